//! From kept wheels to an environment: the files, modes, contents and RECORD that pip's
//! `_install_wheel` makes.

mod atlas;
pub mod error;
mod launcher;
pub mod path_warning;
mod place;
mod plan;
mod record;
pub mod staged;

use std::path::{Path, PathBuf};

use accel_io::link::{LinkMode, Way};
use accel_types::manifest::{ArchivedBytecode, ArchivedManifest};

use crate::journal::Journal;
use crate::scheme::Scheme;
use crate::seen::Seen;
use crate::uninstall::UninstallPlan;
use error::InstallError;
use place::Stop;
use plan::Plan;
use staged::Staged;

/// One distribution to install.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    /// The requirement as `str(Requirement)` writes it: pip's errors start with it.
    pub requirement: &'a str,
    /// The requirement's project name as it was written: the folder of C headers is named so.
    pub project: &'a str,
    /// Manifest of the kept wheel.
    pub manifest: &'a ArchivedManifest,
    /// The kept wheel's `tree/`.
    pub tree: &'a Path,
    /// Its bytecode; `None` with `--no-compile`.
    pub bytecode: Option<KeptBytecode<'a>>,
    /// Whether the user asked for it by name (writes REQUESTED).
    pub requested: bool,
    /// Text of `direct_url.json` (PEP 610) if it came from a URL.
    pub direct_url: Option<&'a str>,
    /// The installed version that it replaces.
    pub previous: Option<&'a UninstallPlan>,
}

/// Bytecode of a kept wheel.
#[derive(Clone, Copy)]
pub struct KeptBytecode<'a> {
    /// Its manifest.
    pub manifest: &'a ArchivedBytecode,
    /// Its `tree/`.
    pub tree: &'a Path,
}

/// Where and how to install.
#[derive(Clone, Debug)]
pub struct Layout {
    /// Folders of the environment, with `headers` being the folder above those of the projects.
    pub scheme: Scheme,
    /// The environment's `sys.executable`: first lines of programs name it.
    pub interpreter: String,
    /// Major and minor version of that interpreter.
    pub python: (u32, u32),
    /// The process's umask.
    pub umask: u32,
    /// How files get from the store into the environment.
    pub link_mode: LinkMode,
    /// What was installed when the jobs were made; `None` where nobody else is at work.
    pub seen: Option<Seen>,
}

/// How an installation ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All is in place.
    Installed {
        /// For each job the console scripts that it got, for
        /// [`scripts_not_on_path`](path_warning::scripts_not_on_path).
        console_scripts: Vec<Vec<PathBuf>>,
        /// How files got out of the store; `None` if a staged tree was moved here.
        way: Option<Way>,
    },
    /// A file of the store is not as its manifest says; everything was undone. The entry must be
    /// made again.
    Edited {
        /// Number of the job.
        job: usize,
        /// Whether the file belongs to the bytecode and not to the wheel.
        bytecode: bool,
        /// Path below the `tree/`.
        source: String,
    },
}

/// Installs kept wheels, in the given order where they meet in one place.
///
/// Versions that they replace are moved aside first. Either everything is in place at the end or,
/// after an error, everything is as it was. Should the process be killed, the next
/// [`recover`](crate::journal::recover) or `install` repairs the environment.
///
/// # Errors
/// Refusals ([`InstallError::Refused`]), pip's before anything is changed; else the disk's.
pub fn install(jobs: &[Job<'_>], layout: &Layout) -> Result<Outcome, InstallError> {
    let done = put(jobs, layout, None)?;
    Ok(done.unwrap_or_else(|| unreachable!("nothing was to be moved")))
}

/// The same, with what a staged tree has moved from there.
///
/// `None` if the tree could not be moved into this environment, which is then as it was, and so is
/// the tree.
pub fn install_from(
    jobs: &[Job<'_>],
    layout: &Layout,
    staged: &Staged<'_>,
) -> Result<Option<Outcome>, InstallError> {
    put(jobs, layout, Some(staged))
}

fn put(
    jobs: &[Job<'_>],
    layout: &Layout,
    staged: Option<&Staged<'_>>,
) -> Result<Option<Outcome>, InstallError> {
    let plan = Plan::new(jobs, layout, staged.map(|staged| staged.cover))?;
    let mut journal = Journal::open_if(&layout.scheme.purelib, layout.seen.as_ref())?;
    let removals = jobs.iter().filter_map(|job| job.previous);
    let done = crate::uninstall::move_aside(removals, &mut journal)
        .map_err(Stop::Failed)
        .and_then(|()| place::put_all(&plan, jobs, layout, staged, &mut journal))
        .and_then(|way| Ok(accel_io::interrupt::check().map(|()| way)?));
    match done {
        Ok(way) => {
            journal.commit()?;
            let console_scripts = plan.parts.into_iter().map(|part| part.console_scripts).collect();
            Ok(Some(Outcome::Installed { console_scripts, way }))
        }
        Err(Stop::Edited { job, bytecode, source }) => {
            journal.undo()?;
            Ok(Some(Outcome::Edited { job, bytecode, source }))
        }
        Err(Stop::Immovable) => {
            journal.undo()?;
            Ok(None)
        }
        Err(Stop::Refused { job, reason }) => {
            let requirement = jobs[job].requirement.to_owned();
            Err(journal.fail(InstallError::Refused { requirement, reason }))
        }
        Err(Stop::Failed(error)) => Err(journal.fail(error)),
    }
}
