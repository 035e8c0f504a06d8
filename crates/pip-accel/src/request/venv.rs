//! `venv`: a new environment and what is installed into it.

use accel_engine::request::VenvRequest;
use accel_requirements::python_path;

use super::{Request, checks, install};
use crate::args::{Parsed, Stop};
use crate::surroundings::Surroundings;

/// The request of `venv`.
pub(super) fn make(
    parsed: &Parsed,
    surroundings: &Surroundings,
    warnings: &mut Vec<String>,
) -> Result<Request, Stop> {
    let options = &parsed.options;
    let Some((directory, requirements)) = parsed.arguments.split_first() else {
        let program = &surroundings.program;
        return Err(Stop::error(&format!(
            "You must give the directory of the environment (see \"{program} help venv\")"
        )));
    };
    if let Some(option) = checks::elsewhere(options) {
        return Err(Stop::error(&format!(
            "Can not combine 'venv' and '{option}' as they imply different installation locations"
        )));
    }
    let current = surroundings.current_dir_text();
    Ok(Request::Venv(Box::new(VenvRequest {
        directory: python_path::abspath(&current, directory).into(),
        directory_as_typed: directory.clone(),
        system_site_packages: options.system_site_packages,
        clear: options.clear,
        copies: options.copies,
        with_pip: !options.without_pip,
        prompt: match options.prompt.as_deref() {
            Some(".") => Some(python_path::basename(&current).to_owned()),
            other => other.map(str::to_owned),
        },
        install: install::checked(parsed, surroundings, requirements, warnings)?,
    })))
}
