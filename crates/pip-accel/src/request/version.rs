//! `--version`.

use std::path::PathBuf;

use accel_engine::request::{General, PythonChoice};

use super::Request;
use super::general::{general, python_choice};
use crate::args::{Parsed, Stop};
use crate::surroundings::Surroundings;

/// What `--version` tells of.
#[derive(Debug, Clone)]
pub struct VersionRequest {
    /// The program file.
    pub program: PathBuf,
    /// Which interpreter is worked for.
    pub python: PythonChoice,
    /// What is common to all commands.
    pub general: General,
}

/// The request of `--version`.
pub(super) fn make(
    parsed: &Parsed,
    surroundings: &Surroundings,
    _: &mut Vec<String>,
) -> Result<Request, Stop> {
    let folder = surroundings.program_folder.clone().unwrap_or_default();
    let file = match surroundings.module_python {
        Some(_) => "pip-accel",
        None => surroundings.program.as_str(),
    };
    Ok(Request::Version(Box::new(VersionRequest {
        program: folder.join(file),
        python: python_choice(parsed, surroundings),
        general: general(parsed, surroundings)?,
    })))
}
