//! Where the distributions of a lock file are: paths start at the lock file.

use accel_types::Hashes;
use accel_types::python_text::repr;
use accel_types::python_url::{join, split};

use super::document::{Direct, Package, Place};
use super::sources::is_url;
use crate::requirement::{ConfigSettings, RequirementInput};
use crate::text::{Given, editable, named_or_direct};
use crate::{RequirementsError, Source, python_path, url_text};

fn installation<T>(sentence: String) -> Result<T, RequirementsError> {
    Err(RequirementsError::Installation(sentence))
}

/// The URL of a place that is named in the lock file at `lock`, a path or URL.
pub(super) fn url_of(
    lock: &str,
    current_dir: &str,
    place: &Place,
) -> Result<String, RequirementsError> {
    let Some(path) = &place.path else { return Ok(place.url.clone().unwrap_or_default()) };
    match (is_url(lock), path.starts_with('/')) {
        (true, true) => installation(format!(
            "Absolute paths are not supported in pylock files obtained from a URL: {} in {}",
            repr(path),
            repr(lock)
        )),
        (true, false) => {
            let url = join(lock, path).unwrap_or_else(|| path.clone());
            let server = |url: &str| {
                split(url).map(|parts| (parts.scheme.to_string(), parts.netloc.to_owned()))
            };
            if server(&url) == server(lock) {
                return Ok(url);
            }
            installation(format!(
                "Path {} in pylock file obtained from a URL resolves outside its location: {}",
                repr(path),
                repr(lock)
            ))
        }
        (false, _) => {
            let path = python_path::join(python_path::dirname(lock), path);
            Ok(url_text::path_to_url(&python_path::abspath(current_dir, &path)))
        }
    }
}

/// A URL with the folder of the distribution inside of what is behind it.
pub(super) fn with_subdirectory(
    url: String,
    subdirectory: Option<&str>,
    lock: &str,
) -> Result<String, RequirementsError> {
    match subdirectory.filter(|below| !below.is_empty()) {
        None => Ok(url),
        Some(_) if url.contains('#') => installation(format!(
            "Package URL {} cannot contain fragments in combination with subdirectory field (in \
             {})",
            repr(&url),
            repr(lock)
        )),
        Some(below) => Ok(format!("{url}#subdirectory={below}")),
    }
}

/// The URL of a folder.
pub(super) fn folder_url(
    lock: &str,
    current_dir: &str,
    path: &str,
    subdirectory: Option<&str>,
) -> Result<String, RequirementsError> {
    if is_url(lock) && !lock.to_lowercase().starts_with("file:") {
        return installation(format!(
            "Directory entries are not supported in remote pylock.toml {}",
            repr(lock)
        ));
    }
    let place = Place { path: Some(path.to_owned()), url: None };
    let mut url = url_of(lock, current_dir, &place)?;
    for part in [Some(""), subdirectory.filter(|below| !below.is_empty())].into_iter().flatten() {
        url.push_str(part);
        if !url.ends_with('/') {
            url.push('/');
        }
    }
    Ok(url)
}

/// The requirement of what a URL or path names.
pub(super) fn direct(
    lock: &str,
    package: &Package,
    direct: &Direct,
    source: &dyn Source,
) -> Result<RequirementInput, RequirementsError> {
    let current_dir = source.current_dir();
    let given = |hashes| Given {
        user_supplied: true,
        comes_from: Some(lock.to_owned()),
        hashes,
        config_settings: ConfigSettings::default(),
        ..Given::default()
    };
    let mut unheard = Vec::new();
    match direct {
        Direct::Vcs { kind, place, commit, subdirectory } => {
            let place = url_of(lock, current_dir, place)?;
            let url = format!("{kind}+{place}@{commit}");
            let url = with_subdirectory(url, subdirectory.as_deref(), lock)?;
            let text = format!("{} @ {url}", package.name);
            named_or_direct(&text, given(Hashes::new()), source, &mut unheard)
        }
        Direct::Archive { place, hashes, subdirectory } => {
            let url = url_of(lock, current_dir, place)?;
            let url = with_subdirectory(url, subdirectory.as_deref(), lock)?;
            let text = format!("{} @ {url}", package.name);
            named_or_direct(&text, given(hashes.iter().collect()), source, &mut unheard)
        }
        Direct::Directory { path, editable: is_editable, subdirectory } => {
            let url = folder_url(lock, current_dir, path, subdirectory.as_deref())?;
            if *is_editable {
                editable(&url, given(Hashes::new()), source)
            } else {
                named_or_direct(&url, given(Hashes::new()), source, &mut unheard)
            }
        }
    }
}
