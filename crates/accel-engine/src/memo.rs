//! The memo of resolutions: an identical request, asked again, is answered without resolving.
//!
//! The key covers everything that decides a resolution: the requirements, constraints and options
//! as validated, the variables that enter builds, the target's markers, tags and installed
//! distributions, the indexes and the freshness policy. What the key can't cover, the project pages
//! that were consulted, stands in the memo with a digest each and is checked before the memo
//! counts. Names that the local index answered (pins, and what pins bring in) consult no page, so
//! such a memo needs no network.

use crate::listener::Said;
use crate::plan::Plan;
use crate::request::InstallRequest;
use accel_index::PageState;
use accel_types::{MarkerEnvironment, PackageName, TagList};
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// Changes whenever [`Memo`] or the meaning of the key does.
const FORMAT: u32 = 3;

/// A resolution as it is kept.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Memo {
    pub(crate) plan: Plan,
    pub(crate) pages: Vec<PageState>,
    pub(crate) said: Vec<Said>,
    /// pip's text about conflicts with what is installed, if there are any.
    pub(crate) conflicts: Option<String>,
}

impl Memo {
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// The key of a request: a hexadecimal digest.
pub(crate) fn key<'a>(
    request: &InstallRequest,
    markers: &MarkerEnvironment,
    tags: &TagList,
    installed: impl Iterator<Item = (&'a PackageName, String)>,
) -> String {
    let mut text = format!(
        "{FORMAT}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n",
        request.requirements,
        request.constraints,
        request.build_constraints,
        request.index,
        request.selection,
        request.changes,
        request.dependencies,
        request.require_hashes,
        request.build,
        request.general.build_variables,
        request.target_python,
        markers,
    );
    for tag in tags {
        let _ = write!(text, "{tag} ");
    }
    for (name, version) in installed {
        let _ = write!(text, "\n{name} {version}");
    }
    blake3::hash(text.as_bytes()).to_hex().to_string()
}
