//! `pip-accel uninstall`.

use super::{failed, install};
use crate::terminal::Terminal;
use accel_engine::request::UninstallRequest;
use std::sync::Arc;

pub(super) fn run(request: &UninstallRequest) -> u8 {
    let terminal = Arc::new(Terminal::of(&request.general, None));
    match accel_engine::uninstall(request, terminal.clone()) {
        Ok(()) => {
            install::warn_root(&request.python, &request.general, &terminal);
            0
        }
        Err(error) => failed(&terminal, &error),
    }
}
