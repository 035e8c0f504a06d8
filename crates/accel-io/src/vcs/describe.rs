//! What stands in `freeze` for a working copy that is installed as an editable.

use std::path::{Path, PathBuf};

use super::{Programs, SYSTEMS, System, VcsError};
use accel_types::python_url::quote;

/// What can be said about a folder, as pip's `freeze` does in `_get_editable_info`.
#[derive(Debug)]
pub enum Described {
    /// It lies in no working copy.
    Unversioned,
    /// `git+https://host/path@commit#egg=name&subdirectory=…`.
    Requirement(String),
    /// It lies in a working copy of this system (`Git`, `Mercurial`, …) that came from nowhere.
    NoRemote(&'static str),
    /// It lies in a working copy of this system that came from this place, which is no URL or is
    /// gone.
    InvalidRemote(&'static str, String),
    /// The program (`git`, `hg`, …) of its system is not there.
    MissingProgram(&'static str),
    /// The program failed.
    Failed(VcsError),
}

/// Describes the working copy that `location` lies in; `project` is the name of the distribution
/// as its metadata writes it.
pub fn describe(programs: &Programs, location: &Path, project: &str) -> Described {
    let Some(system) = system_of(programs, location) else { return Described::Unversioned };
    let names = system.names();
    match requirement(system, programs, location, project) {
        Ok(requirement) => Described::Requirement(requirement),
        Err(VcsError::NoRemote) => Described::NoRemote(names.title),
        Err(VcsError::InvalidRemote(place)) => Described::InvalidRemote(names.title, place),
        Err(VcsError::Missing(_) | VcsError::Denied(_)) => Described::MissingProgram(names.program),
        Err(error) => Described::Failed(error),
    }
}

/// The system of the innermost working copy around a folder.
fn system_of(programs: &Programs, location: &Path) -> Option<&'static dyn System> {
    let mut innermost: Option<(PathBuf, &'static dyn System)> = None;
    for system in SYSTEMS {
        let Some(root) = system.root(programs, location) else { continue };
        // Where two systems share a top, the last one counts, in the place of the first.
        match &mut innermost {
            Some((best, chosen)) if *best == root => *chosen = system,
            Some((best, _)) if best.as_os_str().len() >= root.as_os_str().len() => {}
            _ => innermost = Some((root, system)),
        }
    }
    innermost.map(|(_, system)| system)
}

fn requirement(
    system: &dyn System,
    programs: &Programs,
    location: &Path,
    project: &str,
) -> Result<String, VcsError> {
    let program = system.names().program;
    let url = system.remote_url(programs, location)?;
    // `svn:` and `git:` are schemes of their own, with the system's name in front for these two.
    let always = matches!(program, "git" | "svn");
    let prefixed = always || !url.to_lowercase().starts_with(&format!("{program}:"));
    let url = if prefixed { format!("{program}+{url}") } else { url };
    let revision = system.revision(programs, location, true)?;
    let revision = quote(&revision);
    let egg = project.replace('-', "_");
    let subdirectory = system.subdirectory(programs, location)?;
    let subdirectory = subdirectory.map_or_else(String::new, |at| format!("&subdirectory={at}"));
    Ok(format!("{url}@{revision}#egg={egg}{subdirectory}"))
}
