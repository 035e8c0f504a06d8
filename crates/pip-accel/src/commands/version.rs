//! `pip-accel --version`, in the form that scripts take apart.

use crate::output;
use crate::request::VersionRequest;
use accel_engine::PythonFacts;

/// The pip whose answers are given.
pub const PIP_VERSION: &str = "26.3";

pub(super) fn run(request: &VersionRequest) -> u8 {
    let program = request.program.display();
    let python = match accel_engine::python_facts(&request.python, &request.general) {
        Ok(PythonFacts { version: (major, minor), .. }) => format!(" (python {major}.{minor})"),
        // Without any Python there is still a program to tell of.
        Err(_) => String::new(),
    };
    output::write(&format!("pip {PIP_VERSION} from {program}{python}\n"));
    if request.general.verbosity > 0 {
        output::write(concat!("pip-accel ", env!("CARGO_PKG_VERSION"), "\n"));
    }
    0
}
