//! Which requirement files and project files are lock files, and what of them is asked for.

use std::collections::BTreeSet;

use crate::text::strip_extras;
use crate::{RequirementsError, python_path};

/// A source of requirements that stands behind `-r`, or a lock file behind `--group`.
#[derive(Debug, Clone)]
pub enum RequirementSource {
    /// A requirement file.
    File(String),
    /// A lock file.
    Lock(LockSource),
}

/// What of a lock file is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockSource {
    /// Its path or URL as pip shows it.
    pub place: String,
    /// Extras, in normal form.
    pub extras: BTreeSet<String>,
    /// Dependency groups.
    pub groups: BTreeSet<String>,
    /// Whether the groups count that the file names itself.
    pub default_groups: bool,
}

/// Requirement files and lock files in pip's order, and the groups of project files, as (path, name).
pub type Sources = (Vec<RequirementSource>, Vec<(String, String)>);

/// Tells lock files from other sources; what is asked of one lock file in several places is put
/// together. `groups` are (path, name).
pub fn requirement_sources(
    requirements: &[String],
    groups: &[(String, String)],
    current_dir: &str,
) -> Result<Sources, RequirementsError> {
    let (mut sources, mut project_groups) = (Vec::new(), Vec::new());
    let mut keys: Vec<((String, String), usize)> = Vec::new();
    let requirements = requirements.iter().map(|place| (place, None));
    let groups = groups.iter().map(|(place, group)| (place, Some(group)));
    for (given, group) in requirements.chain(groups) {
        let (place, extras) = strip_extras(given)?;
        if !is_lock_file(place, true) {
            match group {
                None => sources.push(RequirementSource::File(given.clone())),
                Some(group) => project_groups.push((given.clone(), group.clone())),
            }
            continue;
        }
        let key = key(place, current_dir);
        let at = keys.iter().find(|(known, _)| *known == key).map(|(_, at)| *at);
        let at = at.unwrap_or_else(|| {
            keys.push((key, sources.len()));
            sources.push(RequirementSource::Lock(LockSource {
                place: place.to_owned(),
                extras: BTreeSet::new(),
                groups: BTreeSet::new(),
                default_groups: false,
            }));
            sources.len() - 1
        });
        if let RequirementSource::Lock(lock) = &mut sources[at] {
            lock.extras.extend(extras.iter().map(|extra| extra.as_str().to_owned()));
            lock.groups.extend(group.cloned());
            lock.default_groups |= group.is_none();
        }
    }
    Ok((sources, project_groups))
}

/// Identifies a lock file together with the folder that its paths start at.
fn key(place: &str, current_dir: &str) -> (String, String) {
    if is_url(place) {
        return (place.to_owned(), String::new());
    }
    let absolute = |path: &str| python_path::pure(&python_path::join(current_dir, path));
    (absolute(place), absolute(python_path::dirname(place)))
}

/// Whether a path, or a URL where those are `allowed`, names a lock file: `pylock.toml` or
/// `pylock.NAME.toml`.
pub fn is_lock_file(path: &str, allowed: bool) -> bool {
    let is_url = is_url(path);
    if is_url && !allowed {
        return false;
    }
    let path = if is_url { path.split(['?', '#']).next().unwrap_or_default() } else { path };
    let name = python_path::basename(path);
    let middle = name.strip_prefix("pylock.").and_then(|rest| rest.strip_suffix(".toml"));
    name == "pylock.toml" || middle.is_some_and(|name| !name.is_empty() && !name.contains('.'))
}

/// Whether pip takes the text for a URL.
pub(super) fn is_url(place: &str) -> bool {
    let lower = place.to_lowercase();
    ["http:", "https:", "file:"].iter().any(|scheme| lower.starts_with(scheme))
}
