//! `pip-accel venv`.

use super::finish;
use crate::terminal::Terminal;
use accel_engine::request::VenvRequest;
use std::sync::Arc;

pub(super) fn run(request: &VenvRequest) -> u8 {
    let install = &request.install;
    let terminal = Arc::new(Terminal::of(&install.general, install.report.clone()));
    finish(&terminal, accel_engine::venv(request, terminal.clone()))
}
