//! `pip-accel list`, `freeze`, `show`, `check`, `inspect` and `index`: they look and change nothing.

use super::failed;
use crate::terminal::Terminal;
use accel_engine::request::{
    EnvironmentRequest, FreezeRequest, ListRequest, ShowRequest, VersionsRequest,
};
use accel_engine::{EngineError, Listener};
use std::sync::Arc;

/// Looks with the engine; the exit code is 1 also where it says that not all is well.
fn look(
    request: &EnvironmentRequest,
    with: impl FnOnce(Arc<dyn Listener>) -> Result<bool, EngineError>,
) -> u8 {
    let terminal = Arc::new(Terminal::of(&request.general, None));
    match with(terminal.clone()) {
        Ok(well) => u8::from(!well),
        Err(error) => failed(&terminal, &error),
    }
}

pub(super) fn list(request: &ListRequest) -> u8 {
    look(&request.environment, |ear| accel_engine::list(request, ear).map(|()| true))
}

pub(super) fn freeze(request: &FreezeRequest) -> u8 {
    look(&request.environment, |ear| accel_engine::freeze(request, ear).map(|()| true))
}

pub(super) fn show(request: &ShowRequest) -> u8 {
    look(&request.environment, |ear| accel_engine::show(request, ear))
}

pub(super) fn check(request: &EnvironmentRequest) -> u8 {
    look(request, |ear| accel_engine::check(request, ear))
}

pub(super) fn inspect(request: &EnvironmentRequest) -> u8 {
    look(request, |ear| accel_engine::inspect(request, ear).map(|()| true))
}

pub(super) fn versions(request: &VersionsRequest) -> u8 {
    look(&request.environment, |ear| match accel_engine::versions(request, ear) {
        // pip logs these, and does not call them critical.
        Err(EngineError::Installation(_)) if request.environment.general.verbosity <= -3 => {
            Ok(false)
        }
        outcome => outcome.map(|()| true),
    })
}
