//! `pip-accel cache` with our own words.

use super::failed;
use crate::request::{KeptAction, KeptRequest};
use crate::terminal::Terminal;
use accel_engine::kept;

pub(super) fn run(request: &KeptRequest) -> u8 {
    let terminal = Terminal::new(request.verbosity, None);
    let root = &request.root;
    let outcome = match request.action {
        KeptAction::Verify => kept::verify(root, &terminal),
        KeptAction::Prune(limits) => kept::prune(root, limits, &terminal).map(|()| true),
        KeptAction::Stats { limits, json } => {
            kept::stats(root, limits, json, &terminal).map(|()| true)
        }
    };
    match outcome {
        Ok(well) => u8::from(!well),
        Err(error) => failed(&terminal, &error),
    }
}
