//! The store as a whole: where its folders are, and how entries are found and thrown away.

use std::path::{Path, PathBuf};
use std::time::Duration;

use accel_io::fs::{self, Scratch};
use accel_io::mapped::Mapped;
use accel_io::mended;

use crate::error::{Result, StoreError};
use crate::sealed::{self, Kind};

/// What a look into the store found.
#[derive(Debug)]
pub enum Lookup<T> {
    /// It is there and its checksum is right.
    Hit(T),
    /// It is not there.
    Miss,
    /// It was there and damaged; it has been thrown away and can be made again.
    Damaged,
}

impl<T> Lookup<T> {
    /// What was found, if it was good.
    pub fn hit(self) -> Option<T> {
        match self {
            Self::Hit(found) => Some(found),
            Self::Miss | Self::Damaged => None,
        }
    }
}

/// How often something is made that vanishes before it is held.
const TRIES: usize = 3;

/// Where entries are made before they are published, below each folder.
pub(crate) const NEW: &str = ".new";

/// The folders below the root, with the versions of their formats. A program that changes a
/// format changes the number and leaves the older folder alone.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Folder {
    Wheels,
    Bytecode,
    Built,
    Memos,
    Staged,
}

impl Folder {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Wheels => "store-v1",
            Self::Bytecode => "bytecode-v1",
            Self::Built => "built-v1",
            Self::Memos => "resolutions-v1",
            Self::Staged => "staged-v1",
        }
    }
}

/// Kept wheels, their bytecode, built wheels and memos below one folder.
///
/// Any number of processes may use the same folder at once: everything appears by rename, and who
/// comes second finds the work done.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// The store below `cache_root`. Nothing is read or created before it is needed.
    pub fn new(cache_root: impl Into<PathBuf>) -> Self {
        Self { root: cache_root.into() }
    }

    /// The folder that it was given.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Removes what killed runs have left half done. `older` keeps what a run of today is still
    /// working on.
    pub fn sweep(&self, older: Duration) -> Result<()> {
        let folders = [Folder::Wheels, Folder::Bytecode, Folder::Built, Folder::Staged];
        let scratches = folders.map(|folder| self.root.join(folder.name()).join(NEW));
        for scratches in scratches.into_iter().chain([self.build_scratch()]) {
            fs::remove_older(&scratches, older)?;
        }
        Ok(())
    }

    /// Where builds have their trees, environments and logs while they run.
    pub fn build_scratch(&self) -> PathBuf {
        self.root.join("scratch")
    }

    /// The folder's place.
    pub(crate) fn folder(&self, folder: Folder) -> PathBuf {
        self.root.join(folder.name())
    }

    /// `FOLDER/ab/abcdef…`
    pub(crate) fn place(&self, folder: Folder, key: &str) -> PathBuf {
        self.folder(folder).join(&key[..2]).join(key)
    }

    /// A new directory on the file system of the folder's entries.
    pub(crate) fn scratch(&self, folder: Folder) -> Result<Scratch> {
        Ok(Scratch::new(self.root.join(folder.name()).join(NEW))?)
    }

    /// Takes a directory out of its place at once and removes it then.
    pub(crate) fn throw_away(&self, folder: Folder, place: &Path) -> Result<()> {
        self.take_away(folder, place).map(drop)
    }

    /// Takes a directory out of its place; it is removed when the answer is dropped.
    pub(crate) fn take_away(&self, folder: Folder, place: &Path) -> Result<Scratch> {
        let scratch = self.scratch(folder)?;
        match fs::rename(place, scratch.path().join("thrown")) {
            Err(error) if !error.is_not_found() => Err(error.into()),
            _ => Ok(scratch),
        }
    }

    /// Maps `file` of the entry at `place`, which is held and used from then on, and checks its
    /// envelope; a damaged entry is thrown away.
    pub(crate) fn open_sealed(
        &self,
        folder: Folder,
        place: &Path,
        file: &str,
        kind: Kind,
    ) -> Result<Lookup<Mapped>> {
        let mapped = match Mapped::hold(place.join(file)) {
            Ok(Some(mapped)) => mapped,
            Ok(None) => return Ok(Lookup::Miss),
            Err(error) if error.is_not_found() => {
                // Without its manifest a directory is no entry, and would be in the way of one.
                if !fs::is_dir(place) {
                    return Ok(Lookup::Miss);
                }
                return self.mend(folder, place);
            }
            // Of somebody else who lets nobody read it.
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                return self.mend(folder, place);
            }
            Err(error) => return Err(error.into()),
        };
        if sealed::unseal(kind, &mapped).is_some() {
            return Ok(Lookup::Hit(mapped));
        }
        self.mend(folder, place)
    }

    /// Throws away what is of no use, so that it is made again.
    fn mend<T>(&self, folder: Folder, place: &Path) -> Result<Lookup<T>> {
        self.throw_away(folder, place)?;
        mended::note(place);
        Ok(Lookup::Damaged)
    }
}

/// What an attempt to find something, or else to make and publish it, has found in the end; it is
/// repeated where a prune was faster with throwing it away than the attempt with holding it.
pub(crate) fn held<T>(place: PathBuf, mut attempt: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    for _ in 0..TRIES {
        if let Some(found) = attempt()? {
            return Ok(found);
        }
    }
    Err(StoreError::Damaged { path: place, reason: "vanished while it was kept".to_owned() })
}

/// Lower case digits of a sha256, or an error: it becomes a path.
pub(crate) fn checked_sha256(text: &str) -> Result<String> {
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(text.to_ascii_lowercase());
    }
    Err(StoreError::Sha256(text.to_owned()))
}
