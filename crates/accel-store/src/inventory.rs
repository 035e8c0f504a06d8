//! Everything that the store keeps, as a list, and how one thing of it is thrown away.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use accel_io::fs;
use accel_io::hold;
use accel_types::kept::{Kept, KeptKind};
use rayon::prelude::*;

use crate::built::BuiltWheel;
use crate::bytecode::BytecodeTarget;
use crate::error::Result;
use crate::store::{Folder, NEW, Store};
use crate::{built, bytecode, entry, memo, staged};

/// The store's folders, and what lies in them.
const FOLDERS: [(Folder, KeptKind); 5] = [
    (Folder::Wheels, KeptKind::Unpacked),
    (Folder::Bytecode, KeptKind::Bytecode),
    (Folder::Built, KeptKind::Built),
    (Folder::Memos, KeptKind::Resolution),
    (Folder::Staged, KeptKind::Staged),
];

impl Store {
    /// Everything, in the order of the folders and of the names in them.
    pub fn inventory(&self) -> Result<Vec<Kept>> {
        let mut places = Vec::new();
        for (folder, kind) in FOLDERS {
            for shelf in listed(&self.folder(folder)) {
                // What is no folder has no business between them, and is to be seen.
                let is_shelf = kind != KeptKind::Staged && fs::is_dir(&shelf);
                let found = if is_shelf { listed(&shelf) } else { vec![shelf] };
                places.extend(found.into_iter().map(|path| (kind, path)));
            }
        }
        Ok(places.into_par_iter().filter_map(|(kind, path)| describe(kind, path)).collect())
    }

    /// Key and wheel of a build.
    pub fn built_at(&self, kept: &Kept) -> Option<(String, BuiltWheel)> {
        let key = kept.path.file_name()?.to_str()?.to_owned();
        Some((key, built::wheel_of(&kept.path)?))
    }

    /// The wheel and the interpreter that bytecode is of. Nothing can be compiled with the answer.
    pub fn bytecode_at(&self, kept: &Kept) -> Option<(String, BytecodeTarget)> {
        let name = kept.path.file_name()?.to_str()?;
        let (sha256, key) = name.split_once('-')?;
        let target = BytecodeTarget { python: PathBuf::new(), key: key.to_owned(), optimize: 0 };
        // A key that is no plain name goes by its digest, and is not told here.
        let known = self.lookup_bytecode(sha256, &target).ok()?.hit()?;
        let same = known.manifest().ok()?.interpreter.as_str() == key;
        same.then(|| (sha256.to_owned(), target))
    }

    /// Key and value of a memo.
    pub fn memo_at(&self, kept: &Kept) -> Option<(String, Vec<u8>)> {
        memo::read(&kept.path)
    }

    /// Throws a thing away unless somebody uses it at this moment; whether it is gone.
    pub fn remove_unused(&self, kept: &Kept) -> Result<bool> {
        let Some((folder, _)) = FOLDERS.into_iter().find(|(_, kind)| *kind == kept.kind) else {
            return Ok(false);
        };
        if kept.kind == KeptKind::Resolution || !fs::is_dir(&kept.path) {
            fs::remove_tree(&kept.path)?;
            return Ok(true);
        }
        let Some(alone) = hold::alone(&kept.path.join(sign(kept.kind)))? else { return Ok(false) };
        let thrown = self.take_away(folder, &kept.path)?;
        // From here on nobody finds it, and the removal may take its time.
        drop(alone);
        drop(thrown);
        Ok(true)
    }
}

/// The file of a folder that is held by its users, and tells of its last use.
pub(crate) fn sign(kind: KeptKind) -> &'static str {
    match kind {
        KeptKind::Bytecode => bytecode::MANIFEST,
        KeptKind::Built => built::RECORD,
        KeptKind::Staged => staged::SET,
        _ => entry::MANIFEST,
    }
}

/// What lies in a folder but for what is being made; nothing if there is no such folder.
fn listed(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_default().into_iter();
    entries.filter(|entry| entry.name != NEW).map(|entry| folder.join(entry.name)).collect()
}

/// `None` for what has gone meanwhile.
fn describe(kind: KeptKind, path: PathBuf) -> Option<Kept> {
    let mut facts = fs::symlink_metadata_if_exists(&path).ok()??;
    // A built wheel has a second name in the local index.
    let (bytes, freed) = sizes(&path, if kind == KeptKind::Built { 2 } else { 1 });
    let bytes = if kind == KeptKind::Staged { freed } else { bytes };
    if facts.is_dir()
        && let Ok(Some(found)) = fs::metadata_if_exists(path.join(sign(kind)))
    {
        facts = found;
    }
    let name = path.file_name()?.to_string_lossy().into_owned();
    let distribution = match kind {
        KeptKind::Unpacked | KeptKind::Bytecode => name.get(..64).map(str::to_owned),
        KeptKind::Built => built::wheel_of(&path).map(|wheel| wheel.sha256),
        _ => None,
    };
    let used = fs::mtime_seconds(&facts);
    Some(Kept { kind, path, distribution, bytes, freed, used })
}

/// The bytes in all files below a path, and in those with no more than `own` names.
fn sizes(path: &Path, own: u64) -> (u64, u64) {
    let Ok(facts) = fs::symlink_metadata(path) else { return (0, 0) };
    if !facts.is_dir() {
        let freed = if facts.nlink() <= own { facts.len() } else { 0 };
        return (facts.len(), freed);
    }
    let entries = fs::read_dir_unsorted(path).unwrap_or_default();
    let below = entries.iter().map(|entry| sizes(&path.join(&entry.name), own));
    below.fold((0, 0), |(bytes, freed), (more, free)| (bytes + more, freed + free))
}
