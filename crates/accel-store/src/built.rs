//! Wheels that were built here, by everything that entered their build.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use accel_io::fs;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::key::BuildKey;
use crate::sealed::{self, Kind};
use crate::store::{Folder, Lookup, Store, held};

pub(crate) const RECORD: &str = "built";
const KIND: Kind = b"built\0\0\0";

/// A wheel that was built before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltWheel {
    /// Its sha256, in lower case hexadecimal.
    pub sha256: String,
    /// The kept wheel.
    pub path: PathBuf,
    /// Its file name.
    pub filename: String,
}

#[derive(Serialize, Deserialize)]
struct Record {
    filename: String,
    sha256: String,
    size: u64,
}

/// What the record at a place says of the wheel there, if it is whole.
pub(crate) fn wheel_of(place: &Path) -> Option<BuiltWheel> {
    let bytes = fs::read_if_exists(place.join(RECORD)).ok()??;
    let record: Record = serde_json::from_slice(sealed::unseal(KIND, &bytes)?).ok()?;
    let path = place.join(&record.filename);
    let whole = fs::metadata_if_exists(&path).ok()?.is_some_and(|it| it.len() == record.size);
    let Record { filename, sha256, .. } = record;
    whole.then_some(BuiltWheel { sha256, path, filename })
}

impl Store {
    /// The wheel that was built from exactly this, if it is kept.
    pub fn built(&self, key: &BuildKey) -> Result<Option<BuiltWheel>> {
        let place = self.place(Folder::Built, key.as_str());
        let Lookup::Hit(bytes) = self.open_sealed(Folder::Built, &place, RECORD, KIND)? else {
            return Ok(None);
        };
        let record: Option<Record> =
            sealed::body(KIND, &bytes).and_then(|json| serde_json::from_slice(json).ok());
        if let Some(record) = record {
            let path = place.join(&record.filename);
            if fs::metadata_if_exists(&path)?.is_some_and(|facts| facts.len() == record.size) {
                return Ok(Some(BuiltWheel {
                    sha256: record.sha256,
                    path,
                    filename: record.filename,
                }));
            }
        }
        self.throw_away(Folder::Built, &place)?;
        Ok(None)
    }

    /// Keeps a copy of the wheel under this key. If somebody else was first, theirs stays and is
    /// the answer.
    pub fn keep_built(&self, key: &BuildKey, wheel: &Path) -> Result<BuiltWheel> {
        held(self.place(Folder::Built, key.as_str()), || match self.built(key)? {
            Some(known) => Ok(Some(known)),
            None => self.publish_built(key, wheel),
        })
    }

    fn publish_built(&self, key: &BuildKey, wheel: &Path) -> Result<Option<BuiltWheel>> {
        let filename = wheel.file_name().and_then(OsStr::to_str).unwrap_or_default().to_owned();
        let scratch = self.scratch(Folder::Built)?;
        let copy = scratch.path().join(&filename);
        fs::copy(wheel, &copy)?;
        let digests = fs::digest_file(&copy, &[])?;
        let record = Record { filename, sha256: digests.sha256, size: digests.size };
        let json = serde_json::to_vec(&record).unwrap_or_default();
        fs::write(scratch.path().join(RECORD), sealed::seal(KIND, &json))?;
        fs::publish_dir(scratch, self.place(Folder::Built, key.as_str()))?;
        self.built(key)
    }
}
