//! `pip-accel uninstall`.

use super::{failed, install};
use crate::terminal::Terminal;
use accel_engine::request::UninstallRequest;
use std::sync::Arc;

pub(super) fn run(request: &UninstallRequest) -> u8 {
    let terminal = Arc::new(Terminal::of(&request.general, None));
    match accel_engine::uninstall(request, terminal.clone()) {
        Ok(()) => {
            let facts = accel_engine::python_facts(&request.python, &request.general);
            if facts.is_ok_and(|facts| !facts.in_venv) {
                install::warn_root(&request.general, &terminal);
            }
            0
        }
        Err(error) => failed(&terminal, &error),
    }
}
