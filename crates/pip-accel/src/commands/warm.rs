//! `pip-accel cache warm`, `pull` and `push`.

use super::failed;
use crate::terminal::Terminal;
use accel_engine::request::{General, InstallRequest};
use accel_engine::{Level, Listener, kept};
use std::sync::Arc;

pub(super) fn run(request: &InstallRequest) -> u8 {
    let terminal = Arc::new(Terminal::new(request.general.verbosity, None));
    match accel_engine::warm(request, terminal.clone()) {
        Ok(count) => {
            terminal.say(Level::Info, &format!("Distributions ready to install: {count}"));
            0
        }
        Err(error) => failed(&terminal, &error),
    }
}

pub(super) fn push(general: &General) -> u8 {
    let terminal = Arc::new(Terminal::new(general.verbosity, None));
    let listener: Arc<dyn Listener> = terminal.clone();
    match kept::push(general, &listener) {
        Ok(taken) => u8::from(!taken),
        Err(error) => failed(&terminal, &error),
    }
}
