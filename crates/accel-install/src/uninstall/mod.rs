//! Taking distributions out of an environment, as pip's `UninstallPathSet` does.

mod of_target;
mod paths;
mod plan;
mod pth;

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use accel_io::{IoError, fs};

use crate::install::error::InstallError;
use crate::journal::{Journal, Step};
use crate::seen::Seen;
use crate::stash;

pub(crate) use plan::legacy_paths;
pub use plan::{Subject, Surroundings, UninstallError};
pub use pth::PthEdit;

/// What belongs to an installed distribution.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UninstallPlan {
    /// `Name` of its metadata.
    pub name: String,
    /// `Version` of its metadata.
    pub version: String,
    /// Files and folders to remove.
    pub paths: BTreeSet<PathBuf>,
    /// Paths that it claims outside of the environment: they stay.
    pub refused: BTreeSet<PathBuf>,
    /// Lines to take out of `.pth` files.
    pub pth: Vec<PthEdit>,
    /// Lines that pip says at information level while it looks, such as "Not uninstalling …".
    pub notes: Vec<String>,
}

/// What pip shows before it asks whether to proceed; each list is sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Under "Would remove:".
    pub remove: Vec<PathBuf>,
    /// Under "Would not remove (might be manually added):".
    pub skip: Vec<PathBuf>,
    /// Under "Would not remove (outside of prefix):".
    pub refused: Vec<PathBuf>,
    /// Under "Will actually move:", which only a verbose listing has.
    pub moved: Vec<PathBuf>,
}

impl UninstallPlan {
    /// Whether nothing was found: pip then says "Can't uninstall '…'. No files were found to
    /// uninstall." and does nothing, not even to `.pth` files.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// What pip shows before it asks. `verbose` lists every file.
    pub fn listing(&self, verbose: bool) -> Listing {
        let (remove, skip) = if verbose {
            (self.paths.clone(), BTreeSet::new())
        } else {
            paths::for_listing(&self.paths)
        };
        let sorted = |paths: &BTreeSet<PathBuf>| paths::sorted(paths::compact(paths));
        Listing {
            remove: sorted(&remove),
            skip: sorted(&skip),
            refused: sorted(&self.refused),
            moved: if verbose { self.moves() } else { Vec::new() },
        }
    }

    /// What is really moved, in pip's order: whole folders, with a slash at their end, where
    /// everything in them goes.
    pub fn moves(&self) -> Vec<PathBuf> {
        paths::sorted(paths::compact(&paths::for_rename(&self.paths)))
    }
}

/// Removes distributions for good; after an error everything is as it was.
///
/// `purelib` is the environment's folder of pure modules, where the journal stands; `seen` is what was
/// installed there when the plans were made.
///
/// # Errors
/// [`InstallError::Overtaken`]; else the disk's, as [`IoError`] in [`InstallError`].
pub fn uninstall(
    plans: &[UninstallPlan],
    purelib: &Path,
    seen: Option<&Seen>,
) -> Result<(), InstallError> {
    let empties = empties(plans, purelib);
    let mut journal = Journal::open_if(purelib, seen)?;
    match move_aside(plans, &mut journal) {
        Ok(()) => {
            journal.commit()?;
            if empties {
                // Somebody may just have put something there: then it stays.
                let _ = fs::remove_dir(purelib);
            }
            Ok(())
        }
        Err(error) => Err(journal.fail(error)),
    }
}

/// Whether pip would move the folder of the modules itself as a whole: nothing else is in it, and
/// some file goes that is directly in it. The journal and the stash stand there, so that we can't.
fn empties(plans: &[UninstallPlan], purelib: &Path) -> bool {
    let Ok(purelib) = fs::canonicalize(purelib) else { return false };
    let directly = |plan: &UninstallPlan| {
        plan.paths.iter().any(|path| path.parent() == Some(purelib.as_path()))
    };
    plans.iter().rfind(|plan| !plan.is_empty()).is_some_and(directly) && {
        let all = plans.iter().flat_map(|plan| plan.paths.iter().cloned()).collect();
        paths::for_rename(&all).contains(&purelib)
    }
}

/// Moves what the plans list into the stash and edits `.pth` files, journalled.
pub(crate) fn move_aside<'p>(
    plans: impl IntoIterator<Item = &'p UninstallPlan>,
    journal: &mut Journal,
) -> Result<(), IoError> {
    let mut moves = Vec::new();
    let mut edits = Vec::new();
    for plan in plans.into_iter().filter(|plan| !plan.is_empty()) {
        for original in plan.moves() {
            moves.push((original, journal.stash_place()?));
        }
        for edit in &plan.pth {
            if let Some(texts) = edit.texts()? {
                edits.push((&edit.file, journal.stash_place()?, texts));
            }
        }
    }
    if moves.is_empty() && edits.is_empty() {
        return Ok(());
    }
    for (_, copy, texts) in &edits {
        fs::write_durably(copy, &texts.old)?;
    }
    let announced = moves
        .iter()
        .map(|(original, stashed)| Step::Move { original, stashed })
        .chain(edits.iter().map(|(file, copy, _)| Step::Edit { file, copy }));
    journal.announce(announced)?;
    // pip keeps a folder that is moved whole beside its place until the end, so that the folders
    // above it are never found empty; only the folders above single files are.
    let mut held = HashSet::new();
    for (original, stashed) in &moves {
        if fs::symlink_metadata_if_exists(original)?.is_some_and(|found| found.is_dir()) {
            held.extend(original.parent());
            stash::move_aside(original, stashed)?;
        } else {
            stash::move_aside(original, stashed)?;
            stash::prune(original, &held);
        }
    }
    for (file, _, texts) in &edits {
        fs::write_durably(file, &texts.new)?;
    }
    Ok(())
}
