//! `pip-accel venv`.

use super::finish;
use crate::terminal::Terminal;
use accel_engine::request::VenvRequest;
use std::sync::Arc;

pub(super) fn run(request: &VenvRequest) -> u8 {
    let install = &request.install;
    let terminal = Arc::new(Terminal::new(install.general.verbosity, install.report.clone()));
    finish(&terminal, accel_engine::venv(request, terminal.clone()))
}
