//! Staged trees: folders of modules that were installed beforehand, whose top-level entries are
//! moved into an environment instead of being made there file by file.
//!
//! A tree has everything below the folder of modules but the RECORDs that name an environment's own
//! programs; these, the programs, and what lies in other folders are put in place as ever. Pieces of
//! a tree are usable one by one: an entry at its top is moved if all distributions with files in it
//! are installed now, too, in the same order, and nobody else has files there.

use std::collections::{HashMap, HashSet};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use accel_io::fs::{self, EntryKind};
use accel_io::link::DirHandle;
use accel_io::{IoError, interrupt};
use accel_types::manifest::{ArchivedArea, ArchivedManifest};
use accel_types::staged::{
    ArchivedStagedFile, ArchivedStagedSet, StagedFile, StagedSet, StagedTop,
};
use rayon::prelude::*;

use super::{Job, Layout};

/// Files that one thread looks at before it looks for the next piece of work.
const UNIT: usize = 512;

/// A staged tree that is ours to take from.
pub struct Staged<'a> {
    /// The folder with the entries.
    pub tree: &'a Path,
    /// What is in it.
    pub set: &'a ArchivedStagedSet,
    /// What of it is taken.
    pub cover: &'a Cover,
}

/// What of a staged tree serves an installation.
#[derive(Debug, PartialEq, Eq)]
pub struct Cover {
    /// Numbers of the entries at the top that are moved.
    tops: Vec<usize>,
    /// For each job, whether all that it has among the modules is moved.
    jobs: Vec<bool>,
}

/// Whether distributions can be staged for such a layout: with one folder for all modules.
pub fn is_stageable(layout: &Layout) -> bool {
    layout.scheme.purelib == layout.scheme.platlib
}

/// Whether a job's RECORD has rows that depend on the environment.
pub(super) fn has_own_record(manifest: &ArchivedManifest) -> bool {
    !manifest.launchers.is_empty() || manifest.files.iter().any(|file| file.python_script)
}

/// Calls `see` with the name at the top of the folder of modules for every file there, and tells
/// whether some came from the data area, which only looks like modules.
fn names_at_top<'a>(job: &Job<'a>, layout: &Layout, mut see: impl FnMut(&'a str)) -> bool {
    let within = layout.scheme.purelib.strip_prefix(&layout.scheme.data).ok();
    let within = within.and_then(Path::to_str).filter(|below| !below.is_empty());
    let mut strays = false;
    let mut file = |area: ArchivedArea, path: &'a str| {
        let below = match area {
            ArchivedArea::Lib | ArchivedArea::OtherLib => path,
            ArchivedArea::Data => {
                let rest = within.and_then(|within| path.strip_prefix(within));
                let Some(rest) = rest.and_then(|rest| rest.strip_prefix('/')) else { return };
                strays = true;
                rest
            }
            ArchivedArea::Scripts | ArchivedArea::Headers => return,
        };
        see(below.split('/').next().unwrap_or(below));
    };
    for found in job.manifest.files.iter() {
        file(found.area, &found.path);
    }
    for found in job.bytecode.iter().flat_map(|bytecode| bytecode.manifest.files.iter()) {
        file(found.area, &found.path);
    }
    see(&job.manifest.dist_info);
    strays
}

impl Cover {
    /// Works out what of a set serves these jobs, whose identities are `members`; `None` if nothing.
    pub fn of(
        jobs: &[Job<'_>],
        layout: &Layout,
        members: &[String],
        set: &ArchivedStagedSet,
    ) -> Option<Self> {
        if !is_stageable(layout) {
            return None;
        }
        let numbers: HashMap<&str, usize> = members
            .iter()
            .enumerate()
            .filter(|(_, member)| !member.is_empty())
            .map(|(number, member)| (member.as_str(), number))
            .collect();
        // The job of each member of the set.
        let job_of: Vec<Option<usize>> =
            set.members.iter().map(|member| numbers.get(member.as_str()).copied()).collect();
        let mut covered = vec![false; jobs.len()];
        for job in job_of.iter().flatten() {
            covered[*job] = true;
        }
        let mut taken: HashSet<String> = fs::read_dir_unsorted(&layout.scheme.purelib)
            .unwrap_or_default()
            .into_iter()
            .filter_map(|entry| entry.name.into_string().ok())
            .collect();
        for (job, _) in jobs.iter().zip(&covered).filter(|(_, covered)| !**covered) {
            names_at_top(job, layout, |name| {
                taken.insert(name.to_owned());
            });
        }
        let usable = |top: &accel_types::staged::ArchivedStagedTop, covered: &[bool]| {
            let mut last = None;
            !taken.contains(top.name.as_str())
                && top.owners.iter().all(|owner| {
                    let job = job_of.get(owner.to_native() as usize).copied().flatten();
                    let follows = job.is_some_and(|job| covered[job]) && last < job;
                    last = job;
                    follows
                })
        };
        // Who misses one of its entries is installed file by file, and then so are all that share
        // an entry with it.
        loop {
            let mut lost = false;
            for top in set.tops.iter() {
                if usable(top, &covered) {
                    continue;
                }
                for owner in top.owners.iter() {
                    let job = job_of.get(owner.to_native() as usize).copied().flatten();
                    if let Some(job) = job.filter(|job| covered[*job]) {
                        covered[job] = false;
                        lost = true;
                    }
                }
            }
            if !lost {
                break;
            }
        }
        let tops = set.tops.iter().enumerate();
        let tops = tops.filter(|(_, top)| !top.owners.is_empty() && usable(top, &covered));
        let tops: Vec<usize> = tops.map(|(number, _)| number).collect();
        (!tops.is_empty()).then_some(Self { tops, jobs: covered })
    }

    /// The files that are taken, and all that the set has.
    pub fn files(&self, set: &ArchivedStagedSet) -> (usize, usize) {
        let taken = self.tops.iter().map(|top| set.tops[*top].files.len()).sum();
        (taken, set.tops.iter().map(|top| top.files.len()).sum())
    }

    /// Whether every file that would be taken has the size, time and mode that it was staged with:
    /// what was edited through another environment's link must not spread.
    pub fn is_as_described(&self, tree: &Path, set: &ArchivedStagedSet) -> Result<bool, IoError> {
        let handle = DirHandle::open(tree)?;
        let as_staged = |file: &ArchivedStagedFile| {
            let found = handle.look_at(file.path.as_bytes())?;
            Ok::<_, IoError>(found.is_some_and(|found| {
                (found.size, found.mtime, found.mode)
                    == (file.size.to_native(), file.mtime.to_native(), file.mode.to_native())
            }))
        };
        let units = self.tops.par_iter().flat_map(|top| set.tops[*top].files.par_chunks(UNIT));
        let different = units.map(|unit| {
            interrupt::check()?;
            for file in unit {
                if !as_staged(file)? {
                    return Ok(true);
                }
            }
            Ok(false)
        });
        let found = different.find_any(|result| !matches!(result, Ok(false)));
        found.map_or(Ok(true), |found: Result<bool, IoError>| found.map(|different| !different))
    }

    /// Whether everything that this job has among the modules is moved.
    pub(super) fn has(&self, job: usize) -> bool {
        self.jobs[job]
    }
}

impl<'a> Staged<'a> {
    /// The names that are moved: metadata folders, or everything else.
    pub(super) fn names(&self, metadata: bool) -> impl Iterator<Item = &'a str> {
        let set = self.set;
        let names = self.cover.tops.iter().map(|top| set.tops[*top].name.as_str());
        names.filter(move |name| name.ends_with(".dist-info") == metadata)
    }
}

/// Takes from a tree that was just installed what depends on the environment, and describes the
/// rest. `members` are the identities of the jobs.
pub fn describe(
    jobs: &[Job<'_>],
    layout: &Layout,
    members: Vec<String>,
    tree: &Path,
) -> Result<StagedSet, IoError> {
    let mut set = StagedSet { members, ..StagedSet::default() };
    let mut owners: HashMap<&str, Vec<u32>> = HashMap::new();
    for ((number, job), member) in (0..).zip(jobs).zip(&mut set.members) {
        let strays = names_at_top(job, layout, |name| {
            let owners = owners.entry(name).or_default();
            if owners.last() != Some(&number) {
                owners.push(number);
            }
        });
        if strays {
            member.clear();
        }
        if has_own_record(job.manifest) {
            fs::remove_file_if_exists(tree.join(&*job.manifest.dist_info).join("RECORD"))?;
        }
    }
    for entry in fs::read_dir(tree)? {
        let Some(name) = entry.name.to_str() else { continue };
        let Some(owners) = owners.remove(name) else { continue };
        let mut top = StagedTop { name: name.to_owned(), owners, files: Vec::new() };
        look(&mut set, &mut top.files, tree, name, entry.kind)?;
        set.tops.push(top);
    }
    Ok(set)
}

/// Notes a file, or all that are in a folder.
fn look(
    set: &mut StagedSet,
    files: &mut Vec<StagedFile>,
    tree: &Path,
    below: &str,
    kind: EntryKind,
) -> Result<(), IoError> {
    let path = tree.join(below);
    if kind == EntryKind::Directory {
        set.own_inodes += 1;
        for entry in fs::read_dir(&path)? {
            if let Some(name) = entry.name.to_str() {
                look(set, files, tree, &format!("{below}/{name}"), entry.kind)?;
            }
        }
        return Ok(());
    }
    let found = fs::symlink_metadata(&path)?;
    if found.nlink() == 1 {
        set.own_inodes += 1;
        set.own_bytes += found.len();
    }
    files.push(StagedFile {
        path: below.to_owned(),
        size: found.len(),
        mtime: fs::mtime_seconds(&found),
        mode: found.mode(),
    });
    Ok(())
}
