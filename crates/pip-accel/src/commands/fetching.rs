//! `pip-accel download`, `wheel` and `lock`: requirements resolved, and nothing installed.

use super::failed;
use crate::terminal::Terminal;
use accel_engine::request::{DownloadRequest, General, LockRequest, WheelRequest};
use accel_engine::{EngineError, Listener};
use std::sync::Arc;

fn fetch(general: &General, with: impl FnOnce(Arc<dyn Listener>) -> Result<(), EngineError>) -> u8 {
    let terminal = Arc::new(Terminal::of(general, None));
    match with(terminal.clone()) {
        Ok(()) => 0,
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
