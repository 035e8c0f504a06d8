//! The journal that makes a change of an environment safe.
//!
//! While an environment is changed, the file `.pip-accel-journal` stands in its folder of pure
//! modules (`purelib`). It is locked by the process that works, it lists what that process is
//! about to create and to move aside, each part written before the first step of it is done, and
//! it is removed at the end. What is replaced waits in the folder `.pip-accel-stash` beside it.
//!
//! So a journal that nobody holds tells that a run was killed. The next run then puts everything
//! back, or, if the journal ends with the mark that all is in place, only clears the stash away.
//! It survives the death of a process, not of the machine: nothing is flushed to the disk.
//!
//! Format: the line `pip-accel journal 2`, then records of one letter and one or two texts, each
//! text ended by a zero byte. A last record that was cut short describes a step never taken.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use accel_io::claim::Claim;
use accel_io::{IoError, fs};

use crate::install::error::InstallError;
use crate::seen::Seen;
use crate::stash;

/// The journal's name in `purelib`.
const JOURNAL: &str = ".pip-accel-journal";
/// The stash's name in `purelib`.
const STASH: &str = ".pip-accel-stash";
/// First line of a journal.
const HEADER: &[u8] = b"pip-accel journal 2\n";
/// How long to wait for another process that changes the same environment.
const PATIENCE: Duration = Duration::from_mins(10);

/// What [`recover`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// No run was interrupted.
    Nothing,
    /// An interrupted run had everything in place; its left-overs are gone.
    Finished,
    /// An interrupted run was undone: the environment is as it was before.
    Undone,
}

/// One entry of a journal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    /// The following relative paths are below this folder.
    Base(&'a Path),
    /// A folder that will be created.
    Folder(&'a str),
    /// A file that will be created where none is.
    File(&'a str),
    /// A file or folder that will be moved here, with all that is in it, where none is.
    Tree(&'a str),
    /// A file or folder that will be moved into the stash.
    Move { original: &'a Path, stashed: &'a Path },
    /// A file that will be edited, and the copy of it.
    Edit { file: &'a Path, copy: &'a Path },
    /// All is in place.
    Done,
}

/// An open journal: the right to change an environment.
#[derive(Debug)]
pub(crate) struct Journal {
    claim: Claim,
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
        let mut journal = Self { claim, purelib: purelib.to_owned(), made, stashed: 0 };
        let left = journal.claim.content()?;
        if !left.is_empty() {
            journal.repair(&left)?;
            journal.claim.clear()?;
        }
        journal.claim.append(HEADER)?;
        Ok(journal)
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
        let mut text = Vec::new();
        for step in steps {
            step.write(&mut text);
        }
        self.claim.append(&text)
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
        if self.stashed > 0 {
            self.announce([Step::Done])?;
            stash::discard(&self.purelib.join(STASH))?;
        }
        self.claim.release()
    }

    /// Puts everything back. The journal stays if that fails.
    pub(crate) fn undo(mut self) -> Result<(), IoError> {
        let steps = self.claim.content()?;
        undo(&parse(&steps))?;
        stash::discard(&self.purelib.join(STASH))?;
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

    /// Undoes or finishes what the journal of an interrupted run tells.
    fn repair(&mut self, left: &[u8]) -> Result<Recovery, InstallError> {
        // Killed before it announced anything: at most the stash was made. Or the power failed before
        // the journal reached the disk, which leaves it empty or full of zeros.
        if HEADER.starts_with(left) || left.iter().all(|byte| *byte == 0) {
            stash::discard(&self.purelib.join(STASH))?;
            return Ok(Recovery::Undone);
        }
        let Some(steps) = left.strip_prefix(HEADER) else {
            let path = self.claim.path().to_owned();
            let reason = "it was written by another version of this program".to_owned();
            return Err(InstallError::Journal { path, reason });
        };
        let steps = parse_steps(steps);
        let finished = steps.last() == Some(&Step::Done);
        if !finished {
            undo(&steps)?;
        }
        stash::discard(&self.purelib.join(STASH))?;
        Ok(if finished { Recovery::Finished } else { Recovery::Undone })
    }
}

/// Finishes or undoes what a killed run left in the environment whose pure modules are in
/// `purelib`. Costs one failed system call if all is well. Waits while another process works there.
pub fn recover(purelib: &Path) -> Result<Recovery, InstallError> {
    let path = purelib.join(JOURNAL);
    if fs::symlink_metadata_if_exists(&path)?.is_none() {
        return Ok(Recovery::Nothing);
    }
    let claim = Claim::take(&path, PATIENCE)?;
    let mut journal = Journal { claim, purelib: purelib.to_owned(), made: Vec::new(), stashed: 0 };
    let left = journal.claim.content()?;
    let outcome = if left.is_empty() {
        stash::discard(&journal.purelib.join(STASH))?;
        Recovery::Nothing
    } else {
        journal.repair(&left)?
    };
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
fn undo(steps: &[Step<'_>]) -> Result<(), IoError> {
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
            Step::Base(path) => base = path,
            Step::Folder(below) => folders.push(base.join(below)),
            Step::File(below) => note(match fs::remove_file_if_exists(base.join(below)) {
                // Its folder was never made, or something else stands where it should be.
                Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => Ok(()),
                removed => removed.map(drop),
            }),
            Step::Tree(below) => note(fs::remove_tree(base.join(below))),
            Step::Move { .. } | Step::Edit { .. } | Step::Done => {}
        }
    }
    for folder in folders.iter().rev() {
        // Somebody may have put a file of their own there: then it stays.
        let _ = fs::remove_dir(folder);
    }
    for step in steps.iter().rev() {
        match step {
            Step::Move { original, stashed } => note(stash::bring_back(original, stashed)),
            Step::Edit { file, copy } => note(stash::restore_text(file, copy)),
            _ => {}
        }
    }
    failure.map_or(Ok(()), Err)
}

impl Step<'_> {
    fn write(&self, text: &mut Vec<u8>) {
        let (letter, first, second): (u8, &[u8], Option<&[u8]>) = match self {
            Self::Base(path) => (b'B', path.as_os_str().as_bytes(), None),
            Self::Folder(below) => (b'd', below.as_bytes(), None),
            Self::File(below) => (b'f', below.as_bytes(), None),
            Self::Tree(below) => (b'T', below.as_bytes(), None),
            Self::Move { original, stashed } => {
                (b'M', original.as_os_str().as_bytes(), Some(stashed.as_os_str().as_bytes()))
            }
            Self::Edit { file, copy } => {
                (b'E', file.as_os_str().as_bytes(), Some(copy.as_os_str().as_bytes()))
            }
            Self::Done => (b'C', b"", None),
        };
        text.push(letter);
        for part in std::iter::once(first).chain(second) {
            text.extend_from_slice(part);
            text.push(0);
        }
    }
}

fn parse(content: &[u8]) -> Vec<Step<'_>> {
    content.strip_prefix(HEADER).map(parse_steps).unwrap_or_default()
}

fn parse_steps(mut rest: &[u8]) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    while let Some(step) = parse_step(&mut rest) {
        steps.push(step);
    }
    steps
}

fn parse_step<'a>(rest: &mut &'a [u8]) -> Option<Step<'a>> {
    let (letter, mut after) = rest.split_first()?;
    let mut field = || {
        let end = after.iter().position(|byte| *byte == 0)?;
        let field = &after[..end];
        after = &after[end + 1..];
        Some(field)
    };
    let path = |field: &'a [u8]| Path::new(std::ffi::OsStr::from_bytes(field));
    let step = match letter {
        b'B' => Step::Base(path(field()?)),
        b'd' => Step::Folder(std::str::from_utf8(field()?).ok()?),
        b'f' => Step::File(std::str::from_utf8(field()?).ok()?),
        b'T' => Step::Tree(std::str::from_utf8(field()?).ok()?),
        b'M' => Step::Move { original: path(field()?), stashed: path(field()?) },
        b'E' => Step::Edit { file: path(field()?), copy: path(field()?) },
        b'C' => field().map(|_| Step::Done)?,
        _ => return None,
    };
    *rest = after;
    Some(step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStringExt;

    #[test]
    fn steps_are_read_back_and_a_cut_one_is_left_out() {
        let odd = PathBuf::from(std::ffi::OsString::from_vec(b"/a\nb\xff".to_vec()));
        let steps = [
            Step::Base(&odd),
            Step::Folder("x/y"),
            Step::File("x/y/z"),
            Step::Move { original: Path::new("/o"), stashed: &odd },
            Step::Edit { file: Path::new("/p"), copy: Path::new("/q") },
            Step::Done,
        ];
        let mut text = Vec::new();
        for step in &steps {
            step.write(&mut text);
        }
        assert_eq!(parse_steps(&text), steps);
        assert_eq!(parse_steps(&text[..text.len() - 3]), steps[..4]);
    }

    /// The next run left the stash there if it needed none itself.
    #[test]
    fn a_run_that_was_killed_before_its_first_step_leaves_no_stash() {
        let scratch = fs::Scratch::new(std::env::temp_dir()).unwrap();
        let mut journal = Journal::open(scratch.path()).unwrap();
        fs::write(journal.stash_place().unwrap(), "a copy").unwrap();
        drop(journal);
        assert_eq!(recover(scratch.path()).unwrap(), Recovery::Undone);
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
                journal.announce([Step::Done]).unwrap();
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
