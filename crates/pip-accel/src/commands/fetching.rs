//! `pip-accel download`, `wheel`, `lock` and `explain`: requirements resolved, and nothing installed.

use super::failed;
use crate::terminal::Terminal;
use accel_engine::request::{DownloadRequest, ExplainRequest, General, LockRequest, WheelRequest};
use accel_engine::{EngineError, Listener};
use std::sync::Arc;

fn fetch(general: &General, with: impl FnOnce(Arc<dyn Listener>) -> Result<(), EngineError>) -> u8 {
    look(general, |ear| with(ear).map(|()| true))
}

/// The exit code is 1 also where nothing of what was looked for is there.
fn look(
    general: &General,
    with: impl FnOnce(Arc<dyn Listener>) -> Result<bool, EngineError>,
) -> u8 {
    let terminal = Arc::new(Terminal::of(general, None));
    match with(terminal.clone()) {
        Ok(there) => u8::from(!there),
        Err(error) => failed(&terminal, &error),
    }
}

pub(super) fn download(request: &DownloadRequest) -> u8 {
    fetch(&request.resolve.general, |ear| accel_engine::download(request, ear))
}

pub(super) fn wheel(request: &WheelRequest) -> u8 {
    fetch(&request.resolve.general, |ear| accel_engine::wheel(request, ear))
}

pub(super) fn lock(request: &LockRequest) -> u8 {
    fetch(&request.resolve.general, |ear| accel_engine::lock(request, ear))
}

pub(super) fn explain(request: &ExplainRequest) -> u8 {
    look(&request.resolve.general, |ear| accel_engine::explain(request, ear))
}
