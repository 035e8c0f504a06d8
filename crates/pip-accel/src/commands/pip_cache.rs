//! `pip-accel cache` with pip's words.

use super::failed;
use crate::request::{PipCacheAction, PipCacheRequest};
use crate::terminal::Terminal;
use accel_engine::PipCache;

pub(super) fn run(request: &PipCacheRequest) -> u8 {
    let terminal = Terminal::new(request.verbosity, None);
    let kept = PipCache { folder: &request.folder, ear: &terminal };
    match &request.action {
        PipCacheAction::Folder => kept.tell_folder(),
        PipCacheAction::Sizes => kept.tell_sizes(),
        PipCacheAction::List { pattern, paths: false } => kept.list(pattern),
        PipCacheAction::List { pattern, paths: true } => kept.list_paths(pattern),
        PipCacheAction::Remove(pattern) => {
            if let Err(error) = kept.remove(pattern) {
                return failed(&terminal, &error);
            }
        }
    }
    0
}
