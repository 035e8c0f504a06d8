//! `pip-accel install`.

use super::finish;
use crate::terminal::Terminal;
use accel_engine::request::InstallRequest;
use accel_engine::{Level, Listener};
use std::sync::Arc;

pub(super) fn run(request: &InstallRequest) -> u8 {
    let terminal = Arc::new(Terminal::new(request.general.verbosity, request.report.clone()));
    let code = finish(&terminal, accel_engine::install(request, terminal.clone()));
    if code == 0 && request.general.warn_root_user && !request.dry_run {
        warn_root(request, &terminal);
    }
    code
}

/// pip's warning to those who install into the system's own Python.
fn warn_root(request: &InstallRequest, terminal: &Terminal) {
    if !accel_io::process::is_root() {
        return;
    }
    let facts = accel_engine::python_facts(&request.python, &request.general);
    if facts.is_ok_and(|facts| !facts.in_venv) {
        terminal.say(Level::Warning, ROOT_WARNING);
    }
}

/// The warning, which `uninstall` gives too.
pub(super) const ROOT_WARNING: &str = "WARNING: Running pip as the 'root' user can result in broken permissions and conflicting \
     behaviour with the system package manager, possibly rendering your system unusable. It is \
     recommended to use a virtual environment instead: https://pip.pypa.io/warnings/venv. Use the \
     --root-user-action option if you know what you are doing and want to suppress this warning.";
