//! `pip-accel install`.

use super::finish;
use crate::terminal::Terminal;
use accel_engine::request::{General, InstallRequest};
use accel_engine::{Level, Listener};
use std::sync::Arc;

pub(super) fn run(request: &InstallRequest) -> u8 {
    let terminal = Arc::new(Terminal::of(&request.general, request.report.clone()));
    let outcome = accel_engine::install(request, terminal.clone());
    let outside = outcome.as_ref().is_ok_and(|summary| !summary.in_venv);
    let code = finish(&terminal, outcome);
    if outside && !request.dry_run {
        warn_root(&request.general, &terminal);
    }
    code
}

/// pip's warning to root who has changed a Python that is no virtual environment's.
pub(super) fn warn_root(general: &General, terminal: &Terminal) {
    if general.warn_root_user && accel_io::process::is_root() {
        terminal.say(Level::Warning, ROOT_WARNING);
    }
}

const ROOT_WARNING: &str = "WARNING: Running pip as the 'root' user can result in broken permissions and conflicting \
     behaviour with the system package manager, possibly rendering your system unusable. It is \
     recommended to use a virtual environment instead: https://pip.pypa.io/warnings/venv. Use the \
     --root-user-action option if you know what you are doing and want to suppress this warning.";
