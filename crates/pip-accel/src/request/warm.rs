//! `cache warm` and `cache pull`: what an installation would need.

use super::Request;
use super::stage::for_new_environments;
use crate::args::{Command, Parsed, Stop};
use crate::surroundings::Surroundings;

/// The request of `cache warm` and `cache pull`.
pub(super) fn make(
    parsed: &Parsed,
    surroundings: &Surroundings,
    warnings: &mut Vec<String>,
) -> Result<Request, Stop> {
    let mut install = for_new_environments(parsed, surroundings, warnings)?;
    if parsed.command == Command::Pull {
        if install.general.shared_cache.urls.is_empty() {
            return Err(Stop::error(
                "There is no shared cache to pull from (see PIP_ACCEL_SHARED_CACHE)",
            ));
        }
        install.general.shared_cache.read_only = true;
    }
    Ok(Request::Warm(Box::new(install)))
}
