//! `hash`.

use accel_types::HashAlgorithm;

use super::{Request, general};
use crate::args::{self, Parsed, Stop};
use crate::surroundings::Surroundings;

/// A request of `hash`.
#[derive(Debug, Clone)]
pub struct HashRequest {
    /// `--algorithm`.
    pub algorithm: HashAlgorithm,
    /// The files as typed.
    pub files: Vec<String>,
    /// `--verbose` minus `--quiet`.
    pub verbosity: i32,
    /// `--debug`: what goes wrong ends the run as it comes.
    pub debug: bool,
}

/// The request of `hash`.
pub(super) fn make(
    parsed: &Parsed,
    surroundings: &Surroundings,
    _: &mut Vec<String>,
) -> Result<Request, Stop> {
    let options = &parsed.options;
    if parsed.arguments.is_empty() {
        let text = args::usage(surroundings, parsed.command);
        return Err(Stop::Wrong { text, code: 1 });
    }
    Ok(Request::Hash(HashRequest {
        // The table of options allows no other.
        algorithm: options.algorithm.parse().unwrap_or(HashAlgorithm::Sha256),
        files: parsed.arguments.clone(),
        verbosity: general::shown_verbosity(options),
        debug: options.debug_mode,
    }))
}
