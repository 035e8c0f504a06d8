//! Putting files in place: folders, links, programs, then each `.dist-info`, RECORD last.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use accel_io::link::{DirHandle, LinkMode, Linker, Way};
use accel_io::stopwatch::{self, Stage};
use accel_io::{IoError, fs, interrupt};
use rayon::prelude::*;

use super::atlas::Folder;
use super::plan::{Kept, Part, Placement, Plan};
use super::staged::Staged;
use super::{Job, Layout};
use crate::journal::{Journal, Step};
use crate::lost;
use crate::reserved;
use crate::stash;

/// Files that one thread handles before it looks for the next piece of work.
const UNIT: usize = 64;
/// File type bits of `st_mode`, and the two kinds that matter here.
const KIND: u32 = 0o170_000;
const FOLDER: u32 = 0o040_000;
const REGULAR: u32 = 0o100_000;

/// Why nothing more is put in place.
#[derive(Debug)]
pub(crate) enum Stop {
    /// A kept file is not as its manifest says.
    Edited { job: usize, bytecode: bool, source: String },
    /// A staged tree cannot be moved here.
    Immovable,
    /// It would replace what is not its own.
    Refused { job: usize, reason: String },
    /// The disk said no.
    Failed(IoError),
}

impl From<IoError> for Stop {
    fn from(error: IoError) -> Self {
        Self::Failed(error)
    }
}

/// What is there already.
struct Survey {
    /// Folders that exist, by their number in the plan.
    exists: Vec<bool>,
    /// Files that stand where new ones go: base and path below it.
    occupied: HashSet<(usize, String)>,
    /// Bases that don't exist, and folders above them, outermost first.
    missing: Vec<PathBuf>,
}

/// Carries out a plan, announcing every step in the journal before it is taken.
pub(crate) fn put_all(
    plan: &Plan<'_>,
    jobs: &[Job<'_>],
    layout: &Layout,
    staged: Option<&Staged<'_>>,
    journal: &mut Journal,
) -> Result<Option<Way>, Stop> {
    let survey = survey(plan, jobs, layout)?;
    let moves = announce(plan, &survey, journal)?;
    let library = &layout.scheme.purelib;
    if let Some(staged) = staged {
        announce_moved(staged, library, journal)?;
    }
    for (original, stashed) in &moves {
        stash::move_aside(original, stashed)?;
    }
    for folder in &survey.missing {
        fs::create_dir_all(folder)?;
    }
    if let Some(staged) = staged {
        move_in(staged, library, false)?;
    }
    let ground = Ground::open(plan, jobs, layout, &survey)?;
    ground.put_early(plan, jobs)?;
    if let Some(staged) = staged {
        move_in(staged, library, true)?;
    }
    plan.parts
        .par_iter()
        .zip(jobs)
        .enumerate()
        .try_for_each(|(number, (part, job))| ground.put_late(number, part, job))?;
    Ok(if staged.is_some() { None } else { ground.way() })
}

/// Writes into the journal what will be moved here; not if something has come there meanwhile.
fn announce_moved(staged: &Staged<'_>, library: &Path, journal: &mut Journal) -> Result<(), Stop> {
    let names = || staged.names(false).chain(staged.names(true));
    for name in names() {
        if fs::symlink_metadata_if_exists(library.join(name))?.is_some() {
            return Err(Stop::Immovable);
        }
    }
    journal.announce(std::iter::once(Step::Base(library)).chain(names().map(Step::Tree)))?;
    Ok(())
}

/// Moves what a staged tree has: the metadata folders, or everything else.
fn move_in(staged: &Staged<'_>, library: &Path, metadata: bool) -> Result<(), Stop> {
    for name in staged.names(metadata) {
        match fs::rename(staged.tree.join(name), library.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                return Err(Stop::Immovable);
            }
            moved => moved?,
        }
    }
    Ok(())
}

/// Looks only where something can be: below folders that exist.
fn survey(plan: &Plan<'_>, jobs: &[Job<'_>], layout: &Layout) -> Result<Survey, Stop> {
    let mut handles: Vec<Option<DirHandle>> = Vec::new();
    handles.resize_with(plan.bases.len(), || None);
    let mut exists = Vec::with_capacity(plan.folders.len());
    let mut missing = Vec::new();
    for folder in &plan.folders {
        let found = match folder.parent {
            None => {
                let path = &plan.bases[folder.base];
                match DirHandle::open(path) {
                    Ok(handle) => handles[folder.base] = Some(handle),
                    Err(error) if error.is_not_found() => {
                        let above = path.ancestors().take_while(|above| !fs::exists(above));
                        let chain: Vec<_> = above.map(PathBuf::from).collect();
                        missing.extend(chain.into_iter().rev());
                    }
                    Err(error) => return Err(error.into()),
                }
                handles[folder.base].is_some()
            }
            Some(parent) => match &handles[folder.base] {
                Some(handle) if exists[parent] => {
                    handle.look_at(folder.below.as_bytes())?.is_some()
                }
                _ => false,
            },
        };
        exists.push(found);
    }
    let mut occupied = HashSet::new();
    for (job, part) in plan.parts.iter().enumerate() {
        let placed = part.early.iter().chain(&part.late).map(|placement| &placement.place);
        for place in placed.chain(&part.record) {
            let Some(handle) = handles[place.base].as_ref().filter(|_| exists[place.folder]) else {
                continue;
            };
            match handle.look_at(place.below.as_bytes())? {
                None => {}
                Some(found) if found.mode & KIND == FOLDER => {
                    let path = plan.bases[place.base].join(&*place.below);
                    let reason = io::Error::from(io::ErrorKind::IsADirectory);
                    return Err(IoError::new("replace", path, reason).into());
                }
                Some(_) => {
                    let path = plan.bases[place.base].join(&*place.below);
                    let project = jobs[job].manifest.name.as_str();
                    let (is_pip, scheme) = (project == "pip", &layout.scheme);
                    let owner = reserved::owner(&path, is_pip, &scheme.scripts, &scheme.data);
                    if let Some(owner) = owner {
                        let path = path.display();
                        let reason =
                            format!("It would replace {owner}, {path}, with a file of its own.");
                        return Err(Stop::Refused { job, reason });
                    }
                    occupied.insert((place.base, place.below.to_string()));
                }
            }
        }
    }
    Ok(Survey { exists, occupied, missing })
}

/// Writes into the journal what will be made, and returns what must be moved aside for it.
fn announce(
    plan: &Plan<'_>,
    survey: &Survey,
    journal: &mut Journal,
) -> Result<Vec<(PathBuf, PathBuf)>, IoError> {
    let mut moves = Vec::with_capacity(survey.occupied.len());
    for (base, below) in &survey.occupied {
        moves.push((plan.bases[*base].join(below), journal.stash_place()?));
    }
    let mut steps = Vec::new();
    for folder in &survey.missing {
        steps.extend([Step::Base(folder), Step::Folder("")]);
    }
    let mut current = usize::MAX;
    let mut add = |base: usize, step| {
        if base != current {
            steps.push(Step::Base(&plan.bases[base]));
            current = base;
        }
        steps.push(step);
    };
    // Whether a folder is there before, or is no folder but a base.
    let stands = |number: usize| survey.exists[number] || plan.folders[number].parent.is_none();
    // Of a folder that is new all is ours: it is enough to name the outermost one.
    for (folder, exists) in plan.folders.iter().zip(&survey.exists) {
        if !exists && folder.parent.is_some_and(stands) {
            add(folder.base, Step::Tree(&folder.below));
        }
    }
    for part in &plan.parts {
        let placed = part.early.iter().chain(&part.late).map(|placement| &placement.place);
        for place in placed.chain(&part.record) {
            let occupied = survey.exists[place.folder]
                && survey.occupied.contains(&(place.base, place.below.to_string()));
            if stands(place.folder) && !occupied {
                add(place.base, Step::File(&place.below));
            }
        }
    }
    let aside = moves.iter().map(|(original, stashed)| Step::Move { original, stashed });
    journal.announce(steps.into_iter().chain(aside))?;
    Ok(moves)
}

/// The open bases, and how folders and files get there.
struct Ground<'l, 'p> {
    layout: &'l Layout,
    bases: Vec<Option<(DirHandle, Linker)>>,
    folders: &'p [Folder<'p>],
    /// Folders that are there, by their number in the plan.
    stand: Vec<AtomicBool>,
}

impl<'l, 'p> Ground<'l, 'p> {
    fn open(
        plan: &'p Plan<'p>,
        jobs: &[Job<'_>],
        layout: &'l Layout,
        survey: &Survey,
    ) -> Result<Self, IoError> {
        let mut bases = Vec::new();
        bases.resize_with(plan.bases.len(), || None);
        for folder in plan.folders.iter().filter(|folder| folder.parent.is_none()) {
            let path = &plan.bases[folder.base];
            let store = jobs.first().map_or(path.as_path(), |job| job.tree);
            let linker = Linker::new(layout.link_mode, store, path);
            bases[folder.base] = Some((DirHandle::open(path)?, linker));
        }
        let stands = |(folder, exists): (&Folder<'_>, &bool)| *exists || folder.parent.is_none();
        let stand = plan.folders.iter().zip(&survey.exists).map(stands).map(AtomicBool::new);
        Ok(Self { layout, bases, folders: &plan.folders, stand: stand.collect() })
    }

    /// How files got there, to the first base.
    fn way(&self) -> Option<Way> {
        self.bases.iter().flatten().next().map(|(_, linker)| linker.way())
    }

    fn base(&self, number: usize) -> &(DirHandle, Linker) {
        self.bases[number].as_ref().unwrap_or_else(|| unreachable!("every used base is opened"))
    }

    /// Makes a folder just before its first file comes, and what is missing above it: a thread stays
    /// with one part of the tree, where it seldom waits for another. Where two need one folder at the
    /// same time, the second finds it there.
    fn make_folder(&self, number: usize) -> Result<(), IoError> {
        if self.stand[number].load(Ordering::Acquire) {
            return Ok(());
        }
        let folder = &self.folders[number];
        if let Some(parent) = folder.parent {
            self.make_folder(parent)?;
        }
        self.base(folder.base).0.create_child(folder.below.as_bytes())?;
        self.stand[number].store(true, Ordering::Release);
        Ok(())
    }

    fn put_early(&self, plan: &Plan<'_>, jobs: &[Job<'_>]) -> Result<(), Stop> {
        let units: Vec<(usize, &[Placement<'_>])> = plan
            .parts
            .iter()
            .enumerate()
            .flat_map(|(number, part)| part.early.chunks(UNIT).map(move |unit| (number, unit)))
            .collect();
        units.par_iter().try_for_each(|(number, unit)| self.put_unit(*number, &jobs[*number], unit))
    }

    /// Puts the `.dist-info` in place, RECORD last.
    fn put_late(&self, number: usize, part: &Part<'_>, job: &Job<'_>) -> Result<(), Stop> {
        self.put_unit(number, job, &part.late)?;
        if let Some(record) = &part.record {
            self.make_folder(record.folder)?;
            // What is moved from a staged tree has it.
            if !part.late.is_empty() {
                let info = self.base(record.base).0.path().join(&*job.manifest.dist_info);
                lost::note_source(&info, &job.manifest.wheel_sha256, job.direct_url);
            }
            let text = part.record_text(job, self.layout);
            let (base, _) = self.base(record.base);
            self.write(base, &record.below, text.as_bytes(), 0o666 & !self.layout.umask)?;
        }
        Ok(())
    }

    fn put_unit(&self, number: usize, job: &Job<'_>, unit: &[Placement<'_>]) -> Result<(), Stop> {
        interrupt::check()?;
        let _lap = stopwatch::lap(Stage::Link, || job.project.to_owned());
        let mut trees = Trees { number, job, wheel: None, bytecode: None };
        for placement in unit {
            self.make_folder(placement.place.folder)?;
            let (base, linker) = self.base(placement.place.base);
            let below = &placement.place.below;
            if let Some(kept) = &placement.kept {
                let tree = trees.of(kept)?;
                let found = tree.look_at(kept.source.as_bytes())?;
                let mode = match found {
                    Some(found)
                        if found.mode & KIND == REGULAR
                            && (found.size, found.mtime) == (kept.size, kept.mtime) =>
                    {
                        found.mode & 0o7777
                    }
                    _ => return Err(edited(number, kept)),
                };
                if placement.written.is_none() {
                    if mode == placement.mode {
                        replacing(base, below, || {
                            linker
                                .link_into(tree, kept.source.as_bytes(), base, below.as_bytes())
                                .map(drop)
                        })?;
                    } else {
                        self.copy(tree, kept, base, below, placement.mode)?;
                    }
                }
            }
            if let Some(bytes) = &placement.written {
                self.write(base, below, bytes, placement.mode)?;
            }
        }
        Ok(())
    }

    /// For a file whose permission bits must differ from the kept one's: no link can have that.
    fn copy(
        &self,
        tree: &DirHandle,
        kept: &Kept<'_>,
        base: &DirHandle,
        below: &str,
        mode: u32,
    ) -> Result<(), IoError> {
        let mode_of_link = match self.layout.link_mode {
            LinkMode::Auto | LinkMode::Reflink => LinkMode::Reflink,
            LinkMode::Hardlink | LinkMode::Copy => LinkMode::Copy,
        };
        let copier = Linker::new(mode_of_link, tree.path(), base.path());
        replacing(base, below, || {
            copier.link_into(tree, kept.source.as_bytes(), base, below.as_bytes()).map(drop)
        })?;
        fs::set_mode(base.path().join(below), mode)
    }

    fn write(&self, base: &DirHandle, below: &str, bytes: &[u8], mode: u32) -> Result<(), IoError> {
        replacing(base, below, || base.write_child(below.as_bytes(), bytes, mode))?;
        if mode & self.layout.umask != 0 {
            // The umask took away what pip adds afterwards.
            fs::set_mode(base.path().join(below), mode)?;
        }
        Ok(())
    }
}

/// Puts a file in place; what has come there since the survey is removed, never written to.
fn replacing(
    base: &DirHandle,
    below: &str,
    put: impl Fn() -> Result<(), IoError>,
) -> Result<(), IoError> {
    match put() {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            base.remove_child(below.as_bytes())?;
            put()
        }
        done => done,
    }
}

fn edited(job: usize, kept: &Kept<'_>) -> Stop {
    Stop::Edited { job, bytecode: kept.bytecode, source: kept.source.to_owned() }
}

/// The kept trees of one distribution, opened when they are first needed.
struct Trees<'j> {
    number: usize,
    job: &'j Job<'j>,
    wheel: Option<DirHandle>,
    bytecode: Option<DirHandle>,
}

impl Trees<'_> {
    fn of(&mut self, kept: &Kept<'_>) -> Result<&DirHandle, Stop> {
        let (slot, path) = match self.job.bytecode {
            Some(bytecode) if kept.bytecode => (&mut self.bytecode, bytecode.tree),
            _ => (&mut self.wheel, self.job.tree),
        };
        if slot.is_none() {
            match DirHandle::open(path) {
                Ok(handle) => *slot = Some(handle),
                Err(error) if error.is_not_found() => return Err(edited(self.number, kept)),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(slot.as_ref().unwrap_or_else(|| unreachable!("it was just opened")))
    }
}
