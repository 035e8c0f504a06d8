//! The journal that makes a change of an environment safe.
//!
//! While an environment is changed, the file `.pip-accel-journal` stands in its folder of pure
//! modules (`purelib`), locked by the process that works. Beside it symbolic links, `-0`, `-1` and so
//! on, list in their targets what that process is about to create and to move aside, each part written
//! before the first step of it is done ([`pages`]). What is replaced waits in the folder
//! `.pip-accel-stash`. When all is in place the first link goes, and with it the whole list; then the
//! rest.
//!
//! So a journal that nobody holds tells that a run was killed, or that the power failed. The next run
//! then puts everything back, or, if there is no list, only clears the stash away. Nothing of this is
//! data that would have to be flushed: all of it reaches the disk in the order in which it was done.

mod pages;
mod steps;

use std::path::{Path, PathBuf};
use std::time::Duration;

use accel_io::claim::Claim;
use accel_io::{IoError, fs};

use crate::install::error::InstallError;
use crate::mark;
use crate::seen::Seen;
use crate::stash;
use pages::{Left, Pages};
pub(crate) use steps::Step;
use steps::Told;

/// The journal's name in `purelib`.
const JOURNAL: &str = ".pip-accel-journal";
/// The stash's name in `purelib`.
const STASH: &str = ".pip-accel-stash";
/// How long to wait for another process that changes the same environment.
const PATIENCE: Duration = Duration::from_mins(10);

/// What [`recover`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// No run was interrupted.
    Nothing,
    /// An interrupted run had everything in place, or had not begun; its left-overs are gone.
    Finished,
    /// An interrupted run was undone: the environment is as it was before.
    Undone,
}

/// An open journal: the right to change an environment.
#[derive(Debug)]
pub(crate) struct Journal {
    claim: Claim,
    pages: Pages,
    /// What was announced.
    text: Vec<u8>,
    purelib: PathBuf,
    /// Folders above and including `purelib` that did not exist; outermost first.
    made: Vec<PathBuf>,
    stashed: usize,
}

impl Journal {
    /// Waits for the environment, repairs what an interrupted run left, and opens a journal.
    pub(crate) fn open(purelib: &Path) -> Result<Self, InstallError> {
        let mut made: Vec<PathBuf> = Vec::new();
        let path = purelib.join(JOURNAL);
        let claim = match Claim::take(&path, PATIENCE) {
            Err(error) if error.is_not_found() => {
                let missing = purelib.ancestors().take_while(|folder| !fs::exists(folder));
                made = missing.map(Path::to_owned).collect();
                made.reverse();
                fs::create_dir_all(purelib)?;
                Claim::take(&path, PATIENCE)?
            }
            taken => taken?,
        };
        let mut journal = Self::of(claim, purelib);
        journal.made = made;
        journal.repair()?;
        mark::before_change(purelib);
        Ok(journal)
    }

    fn of(claim: Claim, purelib: &Path) -> Self {
        let (text, made) = (Vec::new(), Vec::new());
        let purelib = purelib.to_owned();
        Self { claim, pages: Pages::default(), text, purelib, made, stashed: 0 }
    }

    /// Opens it if what is installed is still what was `seen`.
    pub(crate) fn open_if(purelib: &Path, seen: Option<&Seen>) -> Result<Self, InstallError> {
        let journal = Self::open(purelib)?;
        if seen.is_some_and(|seen| *seen != Seen::of(purelib)) {
            return Err(journal.fail(InstallError::Overtaken));
        }
        Ok(journal)
    }

    /// Writes the steps that are about to be taken.
    pub(crate) fn announce<'a>(
        &mut self,
        steps: impl IntoIterator<Item = Step<'a>>,
    ) -> Result<(), IoError> {
        let before = self.text.len();
        for step in steps {
            step.write(&mut self.text);
        }
        self.pages.append(&mut self.claim, &self.text[before..])
    }

    /// A place in the stash that nothing has yet; the stash is made when it is first needed.
    pub(crate) fn stash_place(&mut self) -> Result<PathBuf, IoError> {
        let stash = self.purelib.join(STASH);
        if self.stashed == 0 {
            fs::remove_tree(&stash)?;
            fs::create_dir(&stash)?;
        }
        self.stashed += 1;
        Ok(stash.join(self.stashed.to_string()))
    }

    /// All is in place: forgets the old state.
    pub(crate) fn commit(mut self) -> Result<(), IoError> {
        if !self.text.is_empty() {
            self.pages.forget(&mut self.claim)?;
        }
        if self.stashed > 0 {
            stash::discard(&self.purelib.join(STASH))?;
        }
        self.pages.remove(&self.claim)?;
        self.claim.release()
    }

    /// Puts everything back. The journal stays if that fails.
    pub(crate) fn undo(mut self) -> Result<(), IoError> {
        undo(&steps::parse(&self.text))?;
        if !self.text.is_empty() {
            self.pages.forget(&mut self.claim)?;
        }
        stash::discard(&self.purelib.join(STASH))?;
        self.pages.remove(&self.claim)?;
        self.claim.release()?;
        for folder in self.made.iter().rev() {
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Puts everything back after a failure, and tells of both.
    pub(crate) fn fail(self, failure: impl Into<InstallError>) -> InstallError {
        let failure = failure.into();
        match self.undo() {
            Ok(()) => failure,
            Err(undo) => InstallError::NotUndone { failure: Box::new(failure), undo },
        }
    }

    /// Undoes what the journal of an interrupted run tells, and clears it away.
    fn repair(&mut self) -> Result<Recovery, InstallError> {
        let (pages, left) = pages::left(&mut self.claim)?;
        let outcome = match left {
            Left::Nothing if self.claim.is_new() => return Ok(Recovery::Nothing),
            Left::Nothing => Recovery::Finished,
            Left::Text(text) => {
                undo(&steps::parse(&text))?;
                Recovery::Undone
            }
            Left::Foreign => {
                let path = self.claim.path().to_owned();
                let reason = "it was written by another version of this program".to_owned();
                return Err(InstallError::Journal { path, reason });
            }
        };
        pages.forget(&mut self.claim)?;
        stash::discard(&self.purelib.join(STASH))?;
        pages::sweep(self.claim.path())?;
        Ok(outcome)
    }
}

/// Finishes or undoes what a killed run left in the environment whose pure modules are in
/// `purelib`. Costs one failed system call if all is well. Waits while another process works there.
pub fn recover(purelib: &Path) -> Result<Recovery, InstallError> {
    let path = purelib.join(JOURNAL);
    if fs::symlink_metadata_if_exists(&path)?.is_none() {
        return Ok(Recovery::Nothing);
    }
    let mut journal = Journal::of(Claim::take(&path, PATIENCE)?, purelib);
    let outcome = journal.repair()?;
    journal.claim.release()?;
    Ok(outcome)
}

/// Whether another process is changing the environment, or has changed what is installed since it was
/// `seen`: what was read in between may be half of something.
pub fn is_moving(purelib: &Path, seen: &Seen) -> bool {
    fs::exists(purelib.join(JOURNAL)) || *seen != Seen::of(purelib)
}

/// Removes what was created, then moves back what was moved aside, last first.
///
/// Goes on after a failure, so that as much as possible is as before; returns the first one.
fn undo(steps: &[Told]) -> Result<(), IoError> {
    let mut failure = None;
    let mut note = |result: Result<(), IoError>| {
        if let Err(error) = result {
            failure.get_or_insert(error);
        }
    };
    let mut base = Path::new("");
    let mut folders = Vec::new();
    for step in steps {
        match step {
            Told::Base(path) => base = path.as_path(),
            Told::Folder(below) => folders.push(base.join(below)),
            Told::File(below) => note(match fs::remove_file_if_exists(base.join(below)) {
                // Its folder was never made, or something else stands where it should be.
                Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => Ok(()),
                removed => removed.map(drop),
            }),
            Told::Tree(below) => note(fs::remove_tree(base.join(below))),
            Told::Move { .. } | Told::Edit { .. } => {}
        }
    }
    for folder in folders.iter().rev() {
        // Somebody may have put a file of their own there: then it stays.
        let _ = fs::remove_dir(folder);
    }
    for step in steps.iter().rev() {
        match step {
            Told::Move { original, stashed } => note(stash::bring_back(original, stashed)),
            Told::Edit { file, copy } => note(stash::restore_text(file, copy)),
            _ => {}
        }
    }
    failure.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The next run left the stash there if it needed none itself.
    #[test]
    fn a_run_that_was_killed_before_its_first_step_leaves_no_stash() {
        let scratch = fs::Scratch::new(std::env::temp_dir()).unwrap();
        let mut journal = Journal::open(scratch.path()).unwrap();
        fs::write(journal.stash_place().unwrap(), "a copy").unwrap();
        drop(journal);
        assert_eq!(recover(scratch.path()).unwrap(), Recovery::Finished);
        assert_eq!(fs::read_dir(scratch.path()).unwrap(), []);
    }

    /// Nobody has to clean up by hand where a power cut took the journal's contents.
    #[test]
    fn a_journal_that_never_reached_the_disk_is_cleared_away() {
        let scratch = fs::Scratch::new(std::env::temp_dir()).unwrap();
        for lost in [vec![], vec![0; 4096]] {
            fs::create_dir(scratch.path().join(STASH)).unwrap();
            fs::write(scratch.path().join(STASH).join("1"), "old").unwrap();
            fs::write(scratch.path().join(JOURNAL), lost).unwrap();
            recover(scratch.path()).unwrap();
            assert_eq!(fs::read_dir(scratch.path()).unwrap(), []);
        }
    }

    #[test]
    fn a_killed_run_is_undone_and_a_finished_one_is_cleared() {
        let scratch = fs::Scratch::new(std::env::temp_dir()).unwrap();
        let lib = scratch.path();
        fs::create_dir(lib.join("old")).unwrap();
        fs::write(lib.join("old/one"), "1").unwrap();
        assert_eq!(recover(lib).unwrap(), Recovery::Nothing);
        for finish in [false, true] {
            let mut journal = Journal::open(lib).unwrap();
            let (original, stashed) = (lib.join("old"), journal.stash_place().unwrap());
            let step = Step::Move { original: &original, stashed: &stashed };
            journal.announce([step]).unwrap();
            stash::move_aside(&original, &stashed).unwrap();
            let created = [Step::Base(lib), Step::Folder("new"), Step::File("new/a")];
            journal.announce(created).unwrap();
            fs::create_dir(lib.join("new")).unwrap();
            fs::write(lib.join("new/a"), "2").unwrap();
            if finish {
                journal.pages.forget(&mut journal.claim).unwrap();
            }
            drop(journal);
            let expected = if finish { Recovery::Finished } else { Recovery::Undone };
            assert_eq!(recover(lib).unwrap(), expected);
            assert_eq!(fs::exists(lib.join("old/one")), !finish);
            assert_eq!(fs::exists(lib.join("new/a")), finish);
            assert_eq!(fs::read_dir(lib).unwrap().len(), 1);
        }
    }
}
