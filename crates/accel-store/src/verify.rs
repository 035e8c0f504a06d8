//! Reading again what is kept, byte by byte. Nothing is thrown away or noted as used.

use std::collections::HashSet;
use std::path::Path;

use accel_io::fs::{self, EntryKind};
use accel_io::mapped::Mapped;
use accel_types::kept::{Kept, KeptKind};
use accel_types::manifest::ArchivedManifestFile;
use accel_types::staged::ArchivedStagedSet;
use rayon::prelude::*;

use crate::built;
use crate::bytecode::{self, BytecodeEntry, record_hash};
use crate::entry::{DIGESTS, DIGESTS_KIND, Entry, MANIFEST, MANIFEST_KIND};
use crate::error::{Result, StoreError};
use crate::memo;
use crate::sealed::{self, Kind};
use crate::staged;
use crate::store::{Store, checked_sha256};

/// What is wrong with something, in a few words.
pub type Damage = String;

impl Store {
    /// Reads a thing of [`Store::inventory`] again; `None` if it is whole.
    pub fn damage(&self, kept: &Kept) -> Option<Damage> {
        let found = match kept.kind {
            KeptKind::Unpacked => self.damage_of_wheel(kept),
            KeptKind::Bytecode => damage_of_bytecode(kept),
            KeptKind::Built => damage_of_built(&kept.path),
            KeptKind::Resolution => memo::damage(&kept.path),
            KeptKind::Staged => damage_of_staged(&kept.path),
            _ => None,
        };
        // What has gone meanwhile was not damaged.
        found.filter(|_| fs::symlink_metadata(&kept.path).is_ok())
    }

    fn damage_of_wheel(&self, kept: &Kept) -> Option<Damage> {
        let name = name_of(&kept.path);
        let Ok(sha256) = checked_sha256(&name) else { return Some(FOREIGN.to_owned()) };
        let Some(manifest) = mapped(&kept.path.join(MANIFEST), MANIFEST_KIND) else {
            return Some("its manifest is damaged".to_owned());
        };
        let entry = Entry { directory: kept.path.clone(), sha256, manifest };
        let Ok(described) = entry.manifest() else {
            return Some("its manifest is damaged".to_owned());
        };
        if described.wheel_sha256.as_str() != entry.sha256 {
            return Some("it is another wheel".to_owned());
        }
        let Ok(mut wrong) = self.verify(&entry) else {
            return Some("its digests are damaged".to_owned());
        };
        let known = described.files.iter().map(|file| file.source.as_str()).collect();
        wrong.extend(strangers(&entry.tree(), &known));
        wrong_files(&wrong)
    }

    /// Reads every file of a kept wheel again; the answer lists the paths below
    /// [`Entry::tree`] that are missing or not as they were unpacked (contents, size, mtime).
    pub fn verify(&self, entry: &Entry) -> Result<Vec<String>> {
        let manifest = entry.manifest()?;
        let path = entry.directory.join(DIGESTS);
        let damaged = || StoreError::Damaged { path: path.clone(), reason: "damaged".to_owned() };
        let bytes = fs::read(&path)?;
        let digests = sealed::unseal(DIGESTS_KIND, &bytes).ok_or_else(damaged)?;
        let (digests, rest) = digests.as_chunks::<32>();
        if digests.len() != manifest.files.len() || !rest.is_empty() {
            return Err(damaged());
        }
        let tree = entry.tree();
        let wrong = |(digest, file): (&[u8; 32], &ArchivedManifestFile)| {
            let path = tree.join(file.source.as_str());
            let same = as_described(&path, file.size.to_native(), file.mtime.to_native())
                && fs::blake3_file(&path).is_ok_and(|found| found == *digest);
            (!same).then(|| file.source.as_str().to_owned())
        };
        Ok(digests.par_iter().zip(manifest.files.as_slice()).filter_map(wrong).collect())
    }
}

const FOREIGN: &str = "it has no business there";

fn damage_of_bytecode(kept: &Kept) -> Option<Damage> {
    let name = name_of(&kept.path);
    let digest = name.split_once('-').map_or("", |(digest, _)| digest);
    let Ok(sha256) = checked_sha256(digest) else { return Some(FOREIGN.to_owned()) };
    let Some(manifest) = mapped(&kept.path.join(bytecode::MANIFEST), bytecode::KIND) else {
        return Some("its manifest is damaged".to_owned());
    };
    let entry = BytecodeEntry { directory: kept.path.clone(), manifest, made: false };
    let Ok(described) = entry.manifest() else {
        return Some("its manifest is damaged".to_owned());
    };
    if described.wheel_sha256.as_str() != sha256 {
        return Some("it is of another wheel".to_owned());
    }
    let tree = entry.tree();
    let wrong = described.files.as_slice().par_iter().filter_map(|file| {
        let path = tree.join(file.source.as_str());
        let same = as_described(&path, file.size.to_native(), file.mtime.to_native())
            && record_hash(&path).is_ok_and(|found| found == file.record_hash.as_str());
        (!same).then(|| file.source.as_str().to_owned())
    });
    let mut wrong: Vec<String> = wrong.collect();
    let known = described.files.iter().map(|file| file.source.as_str()).collect();
    wrong.extend(strangers(&tree, &known));
    wrong_files(&wrong)
}

fn damage_of_built(place: &Path) -> Option<Damage> {
    if !fs::is_dir(place) {
        return Some(FOREIGN.to_owned());
    }
    let Some(wheel) = built::wheel_of(place) else {
        return Some("its record or its size is wrong".to_owned());
    };
    let same = fs::sha256_file(&wheel.path).is_ok_and(|found| found == wheel.sha256);
    if !same {
        return Some("its digest is wrong".to_owned());
    }
    let known = HashSet::from([built::RECORD, wheel.filename.as_str()]);
    wrong_files(&strangers(place, &known))
}

/// Contents are not compared: what a tree shares is read where it lies in the store.
fn damage_of_staged(place: &Path) -> Option<Damage> {
    let Some(set) = mapped(&place.join(staged::SET), staged::KIND) else {
        return Some("its description is damaged".to_owned());
    };
    let contents = sealed::body(staged::KIND, &set).unwrap_or_default();
    let Ok(set) = rkyv::access::<ArchivedStagedSet, rkyv::rancor::Error>(contents) else {
        return Some("its description is damaged".to_owned());
    };
    let tree = place.join(staged::TREE);
    let files = || set.tops.iter().flat_map(|top| top.files.iter());
    let wrong = files().filter(|file| {
        let path = tree.join(file.path.as_str());
        !as_described(&path, file.size.to_native(), file.mtime.to_native())
    });
    let mut wrong: Vec<String> = wrong.map(|file| file.path.as_str().to_owned()).collect();
    let known = files().map(|file| file.path.as_str()).collect();
    wrong.extend(strangers(&tree, &known));
    wrong_files(&wrong)
}

/// The last part of a path.
fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// A whole file in its envelope.
fn mapped(path: &Path, kind: Kind) -> Option<Mapped> {
    let mapped = Mapped::open(path).ok()?;
    sealed::unseal(kind, &mapped).is_some().then_some(mapped)
}

fn as_described(path: &Path, size: u64, mtime: i64) -> bool {
    fs::symlink_metadata(path).is_ok_and(|facts| {
        facts.is_file() && facts.len() == size && fs::mtime_seconds(&facts) == mtime
    })
}

/// Files below a folder that are not among those that it should have.
fn strangers(folder: &Path, known: &HashSet<&str>) -> Vec<String> {
    let mut found = Vec::new();
    let mut waiting = vec![String::new()];
    while let Some(below) = waiting.pop() {
        for entry in fs::read_dir(folder.join(&below)).unwrap_or_default() {
            let name = entry.name.to_string_lossy();
            let path = if below.is_empty() { name.into() } else { format!("{below}/{name}") };
            if entry.kind == EntryKind::Directory {
                waiting.push(path);
            } else if !known.contains(path.as_str()) {
                found.push(path);
            }
        }
    }
    found
}

fn wrong_files(wrong: &[String]) -> Option<Damage> {
    match wrong {
        [] => None,
        [one] => Some(format!("{one} is not as it was made")),
        [one, rest @ ..] => {
            Some(format!("{one} and {} more are not as they were made", rest.len()))
        }
    }
}
