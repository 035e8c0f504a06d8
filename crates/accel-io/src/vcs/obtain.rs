//! A working copy where none was, where one is already, or where something else stands.

use std::path::{Path, PathBuf};

use super::{Change, Programs, Remote, Stand, System, VcsError, is_top};
use crate::fs;
use accel_types::python_url::{redacted, unquote};

/// Asks what to do with something that exists: the question, then the letters that answer it.
pub type Choose<'a> = &'a dyn Fn(&str, &[&str]) -> Result<String, String>;

/// A fresh working copy at `dest`; returns its revision and whether it names that for good.
pub fn checkout(
    system: &dyn System,
    programs: &Programs,
    dest: &Path,
    remote: &Remote,
) -> Result<(String, Stand), VcsError> {
    fs::remove_tree(dest)?;
    system.bring(programs, Change::New, dest, remote)?;
    let stand = match &remote.revision {
        Some(revision) => system.stand(programs, dest, revision)?,
        None => Stand::Elsewhere,
    };
    Ok((system.revision(programs, dest, false)?, stand))
}

/// A working copy of the user's at `dest`, as pip makes or updates it for an editable.
pub fn obtain(
    system: &dyn System,
    programs: &Programs,
    dest: &Path,
    remote: &Remote,
    choose: Choose<'_>,
) -> Result<(), VcsError> {
    if fs::symlink_metadata_if_exists(dest)?.is_none() {
        return system.bring(programs, Change::New, dest, remote);
    }
    let names = system.names();
    let (shown, url) = (programs.shown(dest), redacted(&remote.url));
    let (question, answers): (_, &[&str]) = if is_top(names, dest) {
        let existing = system.remote_url(programs, dest)?;
        if comparable(&existing) == comparable(&remote.url) {
            return update(system, programs, dest, remote);
        }
        programs.warn(&format!(
            "{} {} in {shown} exists with URL {existing}",
            names.program, names.copy
        ));
        ("What to do?  (s)witch, (i)gnore, (w)ipe, (b)ackup ", &["s", "i", "w", "b"])
    } else {
        programs.warn(&format!(
            "Directory {} already exists, and is not a {} {}.",
            dest.display(),
            names.program,
            names.copy
        ));
        ("What to do?  (i)gnore, (w)ipe, (b)ackup ", &["i", "w", "b"])
    };
    programs.warn(&format!("The plan is to install the {} repository {url}", names.program));
    match choose(question, answers).map_err(VcsError::Unanswered)?.as_str() {
        "w" => {
            programs.warn(&format!("Deleting {shown}"));
            fs::remove_tree(dest)?;
            system.bring(programs, Change::New, dest, remote)
        }
        "b" => {
            let aside = free_name(dest);
            programs.warn(&format!("Backing up {shown} to {}", aside.display()));
            fs::rename(dest, &aside)?;
            system.bring(programs, Change::New, dest, remote)
        }
        "s" => {
            programs.info(&format!(
                "Switching {} {shown} to {url}{}",
                names.copy,
                remote.revision_words()
            ));
            system.bring(programs, Change::Switch, dest, remote)
        }
        _ => Ok(()),
    }
}

fn update(
    system: &dyn System,
    programs: &Programs,
    dest: &Path,
    remote: &Remote,
) -> Result<(), VcsError> {
    let stands = match &remote.revision {
        Some(revision) => system.stand(programs, dest, revision)? != Stand::Elsewhere,
        None => false,
    };
    if stands {
        programs.info("Skipping because already up-to-date.");
        return Ok(());
    }
    programs.info(&format!(
        "Updating {} {}{}",
        programs.shown(dest),
        system.names().copy,
        remote.revision_words()
    ));
    system.bring(programs, Change::Update, dest, remote)
}

/// A URL without differences that mean nothing.
fn comparable(url: &str) -> String {
    unquote(url).trim_end_matches('/').to_owned()
}

/// `dest.bak`, `dest.bak2`, … : the first that nothing has.
fn free_name(dest: &Path) -> PathBuf {
    let name = |number: u32| {
        let mut name = dest.as_os_str().to_owned();
        name.push(".bak");
        if number > 1 {
            name.push(number.to_string());
        }
        PathBuf::from(name)
    };
    let mut number = 1;
    while fs::exists(name(number)) {
        number += 1;
    }
    name(number)
}
