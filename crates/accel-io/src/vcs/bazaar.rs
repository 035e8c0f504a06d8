//! Bazaar, today as Breezy: both answer to `bzr`.

use std::path::Path;

use super::programs::Arg;
use super::{Change, Names, Programs, Remote, System, VcsError};
use super::{check_argument, path_to_url};
use accel_types::python_url::redacted;

/// Bazaar.
pub(super) struct Bazaar;

const NAMES: Names = Names { program: "bzr", title: "Bazaar", folder: ".bzr", copy: "branch" };

impl System for Bazaar {
    fn names(&self) -> Names {
        NAMES
    }

    fn bring(
        &self,
        programs: &Programs,
        change: Change,
        dest: &Path,
        remote: &Remote,
    ) -> Result<(), VcsError> {
        check_argument(&remote.url)?;
        let revision: Vec<Arg<'_>> =
            remote.revision.iter().flat_map(|name| ["-r".into(), Arg::Plain(name)]).collect();
        match change {
            Change::New => {
                programs.info(&format!(
                    "Checking out {}{} to {}",
                    redacted(&remote.url),
                    remote.revision_words(),
                    programs.shown(dest)
                ));
                let flag = match programs.verbosity {
                    ..=0 => Some("--quiet".to_owned()),
                    1 => None,
                    more => Some(format!("-{}", "v".repeat(more.unsigned_abs() as usize))),
                };
                let folder = dest.to_string_lossy();
                let mut args = vec!["checkout".into(), "--lightweight".into()];
                args.extend(flag.as_deref().map(Arg::Plain));
                args.extend(revision);
                args.extend([Arg::Url(&remote.url), Arg::Plain(&folder)]);
                programs.run(NAMES, &args, None)
            }
            Change::Switch => {
                programs.run(NAMES, &["switch".into(), Arg::Url(&remote.url)], Some(dest))
            }
            Change::Update => {
                let quiet = (programs.verbosity <= 0).then_some(Arg::Plain("-q"));
                let info = programs.ask(NAMES, &["info".into()], Some(dest), &[])?;
                if info.starts_with("Standalone ") {
                    // Older versions of pip made branches; as a checkout it can be updated.
                    let mut args = vec!["bind".into()];
                    args.extend(quiet);
                    args.push(Arg::Url(&remote.url));
                    programs.run(NAMES, &args, Some(dest))?;
                }
                let mut args = vec!["update".into()];
                args.extend(quiet);
                args.extend(revision);
                programs.run(NAMES, &args, Some(dest))
            }
        }
    }

    fn remote_url(&self, programs: &Programs, location: &Path) -> Result<String, VcsError> {
        let info = programs.ask(NAMES, &["info".into()], Some(location), &[])?;
        let places = ["checkout of branch: ", "parent branch: "];
        let place = info
            .lines()
            .map(str::trim)
            .find_map(|line| places.iter().find_map(|start| line.strip_prefix(start)));
        place.map(path_to_url).ok_or(VcsError::NoRemote)
    }

    fn revision(
        &self,
        programs: &Programs,
        location: &Path,
        _pinned: bool,
    ) -> Result<String, VcsError> {
        let text = programs.ask(NAMES, &["revno".into()], Some(location), &[])?;
        let last = text.lines().next_back().map(str::to_owned);
        last.ok_or(VcsError::Answer { command: "bzr revno", answer: text })
    }
}
