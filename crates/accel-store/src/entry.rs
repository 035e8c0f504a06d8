//! Kept wheels that are ready to be linked.

use std::path::{Path, PathBuf};

use accel_io::mapped::Mapped;
use accel_types::manifest::ArchivedManifest;

use crate::error::{Result, StoreError};
use crate::sealed::{self, Kind};
use crate::store::{Folder, Lookup, Store, checked_sha256};

/// File names within an entry.
pub(crate) const MANIFEST: &str = "manifest.rkyv";
pub(crate) const DIGESTS: &str = "digests";
pub(crate) const TREE: &str = "tree";
pub(crate) const MANIFEST_KIND: Kind = b"manifest";
pub(crate) const DIGESTS_KIND: Kind = b"blake3s\0";

/// An unpacked wheel: a tree of files and the manifest that tells where each of them goes.
///
/// The tree is laid out by area (`lib/`, `scripts/`, `data/`, `headers/`, `otherlib/`), so that
/// every file of it stands at its path below the area.
#[derive(Debug)]
pub struct Entry {
    pub(crate) directory: PathBuf,
    pub(crate) sha256: String,
    pub(crate) manifest: Mapped,
}

impl Entry {
    /// The manifest, read in place. Validated anew with every call, so call it once an install.
    pub fn manifest(&self) -> Result<&ArchivedManifest> {
        let contents = sealed::body(MANIFEST_KIND, &self.manifest).unwrap_or_default();
        rkyv::access::<ArchivedManifest, rkyv::rancor::Error>(contents).map_err(|error| {
            StoreError::Damaged { path: self.directory.join(MANIFEST), reason: error.to_string() }
        })
    }

    /// The directory below which every `source` of the manifest stands.
    pub fn tree(&self) -> PathBuf {
        self.directory.join(TREE)
    }

    /// The sha256 of the wheel, in lower case hexadecimal.
    pub fn wheel_sha256(&self) -> &str {
        &self.sha256
    }

    /// The entry's own directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}

impl Store {
    /// The kept wheel with this sha256. One file is opened and mapped, its checksum compared.
    pub fn lookup(&self, wheel_sha256: &str) -> Result<Lookup<Entry>> {
        let sha256 = checked_sha256(wheel_sha256)?;
        let directory = self.place(Folder::Wheels, &sha256);
        Ok(match self.open_sealed(Folder::Wheels, &directory, MANIFEST, MANIFEST_KIND)? {
            Lookup::Hit(manifest) => Lookup::Hit(Entry { directory, sha256, manifest }),
            Lookup::Miss => Lookup::Miss,
            Lookup::Damaged => Lookup::Damaged,
        })
    }

    /// As [`Store::lookup`], a damaged entry being as good as none.
    pub fn entry(&self, wheel_sha256: &str) -> Result<Option<Entry>> {
        Ok(self.lookup(wheel_sha256)?.hit())
    }

    /// Throws a kept wheel away, for whoever finds one of its files changed while linking it.
    /// Environments that were linked from it stay as they are. Returns its place.
    pub fn discard(&self, wheel_sha256: &str) -> Result<PathBuf> {
        let place = self.place(Folder::Wheels, &checked_sha256(wheel_sha256)?);
        self.throw_away(Folder::Wheels, &place).map(|()| place)
    }
}
