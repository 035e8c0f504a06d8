//! `pip-accel cache stage`.

use super::failed;
use crate::request::StageRequest;
use crate::terminal::Terminal;
use accel_engine::{Level, Listener};
use std::sync::Arc;

pub(super) fn run(request: &StageRequest) -> u8 {
    let install = &request.install;
    let terminal = Arc::new(Terminal::of(&install.general, install.report.clone()));
    match accel_engine::stage(install, request.trees, terminal.clone()) {
        Ok(standing) => {
            let noun = if standing == 1 { "tree stands" } else { "trees stand" };
            terminal.say(Level::Info, &format!("{standing} staged {noun} ready for this set"));
            0
        }
        Err(error) => failed(&terminal, &error),
    }
}
