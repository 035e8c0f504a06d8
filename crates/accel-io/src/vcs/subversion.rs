//! Subversion.

use std::io::IsTerminal;
use std::path::Path;

use super::programs::Arg;
use super::{Change, Names, Programs, Remote, System, VcsError};
use super::{check_argument, is_project};
use crate::fs;
use accel_types::python_url::redacted;

/// Subversion.
pub(super) struct Subversion;

const NAMES: Names =
    Names { program: "svn", title: "Subversion", folder: ".svn", copy: "checkout" };

/// From this version on svn asks on the terminal only when it is told to.
const FORCED_QUESTIONS: (u32, u32) = (1, 8);

impl System for Subversion {
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
        let folder = dest.to_string_lossy();
        let mut args = vec![Arg::Plain(match change {
            Change::New => "checkout",
            Change::Switch => "switch",
            Change::Update => "update",
        })];
        if change == Change::New {
            programs.info(&format!(
                "Checking out {}{} to {}",
                redacted(&remote.url),
                remote.revision_words(),
                programs.shown(dest)
            ));
            if programs.verbosity <= 0 {
                args.push("--quiet".into());
            }
        }
        args.extend(questions(programs)?.map(Arg::Plain));
        if let Some(revision) = &remote.revision {
            args.extend(["-r".into(), Arg::Plain(revision)]);
        }
        if let Some(user) = remote.user.as_deref().filter(|user| !user.is_empty()) {
            args.extend(["--username".into(), Arg::Plain(user)]);
        }
        if let Some(password) = remote.password.as_deref().filter(|password| !password.is_empty()) {
            args.extend(["--password".into(), Arg::Secret(password)]);
        }
        if change != Change::Update {
            args.push(Arg::Url(&remote.url));
        }
        args.push(Arg::Plain(&folder));
        programs.run(NAMES, &args, None)
    }

    fn remote_url(&self, programs: &Programs, location: &Path) -> Result<String, VcsError> {
        let Some(project) = location.ancestors().find(|folder| is_project(folder)) else {
            programs.warn(&format!(
                "Could not find Python project for directory {} (tried all parent directories)",
                location.display()
            ));
            return Err(VcsError::NoRemote);
        };
        info(programs, project)?.0.ok_or(VcsError::NoRemote)
    }

    /// The highest revision below a folder, as far as working copies are nested in it.
    fn revision(
        &self,
        programs: &Programs,
        location: &Path,
        _pinned: bool,
    ) -> Result<String, VcsError> {
        let mut highest = 0;
        let mut waiting = vec![location.to_owned()];
        let mut top: Option<String> = None;
        while let Some(folder) = waiting.pop() {
            // Since Subversion 1.7 only the top has a folder of its own.
            if !fs::is_dir(folder.join(NAMES.folder)) {
                continue;
            }
            let subfolders = fs::read_dir(&folder)?;
            let subfolders = subfolders.into_iter().map(|entry| folder.join(entry.name));
            let subfolders =
                subfolders.filter(|path| !path.ends_with(NAMES.folder) && fs::is_dir(path));
            if !fs::exists(folder.join(NAMES.folder).join("entries")) {
                waiting.extend(subfolders);
                continue;
            }
            let (url, revision) = info(programs, &folder)?;
            match (&top, url) {
                (None, Some(url)) => top = Some(url + "/"),
                (Some(top), Some(url)) if url.starts_with(top.as_str()) => {}
                _ => continue,
            }
            highest = highest.max(revision);
            waiting.extend(subfolders);
        }
        Ok(highest.to_string())
    }
}

/// URL and revision of a folder.
fn info(programs: &Programs, folder: &Path) -> Result<(Option<String>, u64), VcsError> {
    let text = folder.to_string_lossy();
    let answer = programs.ask(NAMES, &["info", "--xml", &text].map(Arg::Plain), None, &[]);
    let xml = match answer {
        Err(VcsError::Failed { .. }) => return Ok((None, 0)),
        answer => answer?,
    };
    let url = xml.lines().find_map(|line| {
        let (_, rest) = line.split_once("<url>")?;
        rest.rsplit_once("</url>").map(|(url, _)| url.to_owned())
    });
    let Some(url) = url else { return Err(VcsError::Answer { command: "svn info", answer: xml }) };
    let revisions = xml.match_indices("revision=\"").filter_map(|(at, found)| {
        // `committed-revision` and the like are not meant, and are written otherwise.
        xml[at + found.len()..].split('"').next()?.parse::<u64>().ok()
    });
    Ok((Some(url), revisions.max().unwrap_or(0)))
}

/// Whether svn may ask for passwords, as an option.
fn questions(programs: &Programs) -> Result<Option<&'static str>, VcsError> {
    if !std::io::stdin().is_terminal() {
        return Ok(Some("--non-interactive"));
    }
    let text = programs.ask(NAMES, &["--version".into()], None, &[])?;
    let version = text.strip_prefix("svn, version ").and_then(|rest| {
        let mut numbers = rest.split([' ', '-']).next()?.split('.').map(|part| part.parse().ok());
        Some((numbers.next()??, numbers.next()??))
    });
    Ok((version.unwrap_or((0, 0)) >= FORCED_QUESTIONS).then_some("--force-interactive"))
}
