//! `cache stage`: trees of modules that stand ready for new environments.

use accel_engine::request::InstallRequest;

use super::{Request, checks, install};
use crate::args::{Parsed, Stop};
use crate::surroundings::Surroundings;

/// What is to stand ready.
#[derive(Debug, Clone)]
pub struct StageRequest {
    /// What would be installed, and how. Its `python` names an interpreter: the trees are for
    /// virtual environments that are made from it.
    pub install: InstallRequest,
    /// How many trees are to stand.
    pub trees: usize,
}

/// The request of `cache stage`.
pub(super) fn make(
    parsed: &Parsed,
    surroundings: &Surroundings,
    warnings: &mut Vec<String>,
) -> Result<Request, Stop> {
    let install = for_new_environments(parsed, surroundings, warnings)?;
    // The option itself takes nothing else than a small number.
    let trees = parsed.options.trees.as_deref().and_then(|text| text.parse().ok()).unwrap_or(1);
    Ok(Request::Stage(Box::new(StageRequest { install, trees })))
}

/// What would be installed into a new virtual environment.
pub(super) fn for_new_environments(
    parsed: &Parsed,
    surroundings: &Surroundings,
    warnings: &mut Vec<String>,
) -> Result<InstallRequest, Stop> {
    if let Some(option) = checks::elsewhere(&parsed.options) {
        return Err(Stop::error(&format!(
            "Can not combine '{}' and '{option}': what it makes ready is for virtual environments",
            parsed.command.name()
        )));
    }
    install::checked(parsed, surroundings, &parsed.arguments, warnings)
}
