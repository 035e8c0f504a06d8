//! Working copies of repositories, through the users' own programs: their credentials, their
//! settings. What is run, in which order and with which words is what pip does.
//!
//! One file a system ([`Git`](git), [`Mercurial`](mercurial), [`Subversion`](subversion),
//! [`Bazaar`](bazaar)); what they have in common is here and in [`Programs`], which runs them.
//!
//! Names of revisions and URLs come from requirement files: none may become an option of a program.

mod bazaar;
mod describe;
mod error;
mod git;
mod mercurial;
mod obtain;
mod programs;
mod subversion;

use std::path::{Path, PathBuf};

use crate::fs;

pub use describe::{Described, describe};
pub use error::VcsError;
pub use obtain::{Choose, checkout, obtain};
pub use programs::{Note, Programs, Tell};

/// What there is to fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// The URL as the program takes it: without `git+`, revision and fragment.
    pub url: String,
    /// The revision that is asked for.
    pub revision: Option<String>,
    /// User name that is not in the URL (Subversion).
    pub user: Option<String>,
    /// Password that is not in the URL (Subversion).
    pub password: Option<String>,
}

impl Remote {
    /// ` (to revision …)` or nothing.
    fn revision_words(&self) -> String {
        self.revision.as_ref().map_or_else(String::new, |name| format!(" (to revision {name})"))
    }
}

/// The names of a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names {
    /// The program, also the prefix of URLs and `vcs` in `direct_url.json`.
    pub program: &'static str,
    /// As pip's comments in `freeze` write it.
    pub title: &'static str,
    /// The folder that marks the top of a working copy.
    pub folder: &'static str,
    /// What a working copy is called.
    pub copy: &'static str,
}

/// What is to become of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It does not exist: a new working copy.
    New,
    /// It is a working copy of another repository.
    Switch,
    /// It is a working copy of the same repository.
    Update,
}

/// How a working copy stands to a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    /// At another one, or it cannot be told.
    Elsewhere,
    /// At that one, which may come to mean another.
    There,
    /// At that one for good: the revision is a commit id and no name of a branch or tag.
    ForGood,
}

/// A version control system.
pub trait System: Sync {
    /// Its names.
    fn names(&self) -> Names;

    /// Makes the folder a working copy of the remote's revision.
    fn bring(
        &self,
        programs: &Programs,
        change: Change,
        dest: &Path,
        remote: &Remote,
    ) -> Result<(), VcsError>;

    /// The URL that the working copy came from.
    fn remote_url(&self, programs: &Programs, location: &Path) -> Result<String, VcsError>;

    /// The revision of the working copy; `pinned`: in the form that requirements name it by.
    fn revision(
        &self,
        programs: &Programs,
        location: &Path,
        pinned: bool,
    ) -> Result<String, VcsError>;

    /// The top of the working copy that a folder lies in, if it lies in one.
    fn root(&self, programs: &Programs, location: &Path) -> Option<PathBuf> {
        let _ = programs;
        is_top(self.names(), location).then(|| location.to_owned())
    }

    /// Where the Python project of a folder lies below the top of the working copy; `None` at the
    /// top itself and where the system cannot tell.
    fn subdirectory(
        &self,
        programs: &Programs,
        location: &Path,
    ) -> Result<Option<String>, VcsError> {
        let _ = (programs, location);
        Ok(None)
    }

    /// How the working copy stands to a revision.
    fn stand(
        &self,
        programs: &Programs,
        location: &Path,
        revision: &str,
    ) -> Result<Stand, VcsError> {
        let _ = (programs, location, revision);
        Ok(Stand::Elsewhere)
    }
}

/// All systems, in pip's order.
pub static SYSTEMS: [&dyn System; 4] =
    [&bazaar::Bazaar, &git::Git, &mercurial::Mercurial, &subversion::Subversion];

/// The system of a program: `bzr`, `git`, `hg` or `svn`.
pub fn system(program: &str) -> Option<&'static dyn System> {
    SYSTEMS.into_iter().find(|system| system.names().program == program)
}

fn is_top(names: Names, location: &Path) -> bool {
    fs::exists(location.join(names.folder))
}

/// A folder in which pip sees a project.
fn is_project(folder: &Path) -> bool {
    fs::is_dir(folder)
        && ["pyproject.toml", "setup.py"].iter().any(|name| fs::is_file(folder.join(name)))
}

/// The project around a folder, relative to the top of its working copy; `None` at the top.
fn project_below(programs: &Programs, location: &Path, top: &Path) -> Option<String> {
    let Some(project) = location.ancestors().find(|folder| is_project(folder)) else {
        programs.warn(&format!(
            "Could not find a Python project for directory {} (tried all parent directories)",
            location.display()
        ));
        return None;
    };
    let same = |a: &Path, b: &Path| match (fs::canonicalize(a), fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    };
    if same(project, top) {
        return None;
    }
    Some(relative(project, top))
}

/// Python's `os.path.relpath` of absolute paths.
fn relative(path: &Path, start: &Path) -> String {
    let (mut path, mut start) = (path.components().peekable(), start.components().peekable());
    while path.peek().is_some() && path.peek() == start.peek() {
        path.next();
        start.next();
    }
    let up = start.map(|_| "..".to_owned());
    let down = path.map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

/// The `file:` URL of a local path; other texts stay as they are.
fn path_to_url(text: &str) -> String {
    if !text.starts_with('/') {
        return text.to_owned();
    }
    url::Url::from_file_path(text).map_or_else(|()| text.to_owned(), String::from)
}

/// Nothing that begins with a dash reaches a program in the place of a name.
fn check_argument(text: &str) -> Result<(), VcsError> {
    let host = text.split_once("://").map_or("", |(_, rest)| rest);
    let host = host.split('/').next().unwrap_or("").rsplit('@').next().unwrap_or("");
    if text.is_empty() || text.starts_with('-') || host.starts_with('-') || text.contains('\0') {
        return Err(VcsError::LooksLikeOption(accel_types::python_url::redacted(text)));
    }
    Ok(())
}
