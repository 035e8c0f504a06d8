//! `pip-accel install`.

use super::finish;
use crate::terminal::Terminal;
use accel_engine::request::InstallRequest;
use std::sync::Arc;

pub(super) fn run(request: &InstallRequest) -> u8 {
    let terminal = Arc::new(Terminal::new(request.general.verbosity, request.report.clone()));
    finish(&terminal, accel_engine::install(request, terminal.clone()))
}
