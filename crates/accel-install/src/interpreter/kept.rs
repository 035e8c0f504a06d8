//! Facts kept between runs: `interpreters-v1/` below the cache root.
//!
//! An entry is found by the path that was asked and checked by `stat` alone: path, inode,
//! modification time and size of the real executable and of the C library that it uses. Wrapper
//! scripts never get an entry, because what they run can change while they don't.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use accel_io::digest::Digester;
use accel_io::fs;
use accel_types::kept::{Kept, KeptKind};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::ask::PROBE;
use super::facts::{Answer, Facts, VenvTemplate};

/// The folder's name holds the version of the format.
const FOLDER: &str = "interpreters-v1";

/// What `stat` says of a file; any difference makes the facts worthless.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    path: PathBuf,
    inode: u64,
    mtime: (i64, i64),
    size: u64,
}

impl Stamp {
    fn take(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        Some(Self {
            path: path.to_owned(),
            inode: metadata.ino(),
            mtime: (metadata.mtime(), metadata.mtime_nsec()),
            size: metadata.size(),
        })
    }

    fn holds(&self) -> bool {
        Self::take(&self.path).as_ref() == Some(self)
    }
}

#[derive(Serialize, Deserialize)]
struct Record<T> {
    asked: PathBuf,
    /// The real executable, then the witnesses.
    stamps: Vec<Stamp>,
    told: T,
}

/// What was learned about an interpreter's `venv` module; many have none.
#[derive(Serialize, Deserialize)]
pub(super) struct VenvModule {
    pub(super) template: Option<VenvTemplate>,
}

/// The place of what is known about one executable.
pub(super) struct Shelf {
    /// As it was or will be run; decides `sys.executable` and, by its place, `sys.prefix`.
    asked: PathBuf,
    /// The same without symbolic links.
    real: PathBuf,
    facts: PathBuf,
    venv: PathBuf,
}

impl Shelf {
    pub(super) fn new(cache_root: &Path, asked: &Path, real: &Path) -> Self {
        let mut digester = Digester::new(&[]);
        for part in [PROBE.as_bytes(), asked.as_os_str().as_encoded_bytes()] {
            digester.update(part);
            digester.update(b"\0");
        }
        digester.update(real.as_os_str().as_encoded_bytes());
        let key = &digester.finish().sha256[..32];
        let folder = cache_root.join(FOLDER);
        Self {
            asked: asked.to_owned(),
            real: real.to_owned(),
            facts: folder.join(format!("{key}.json")),
            venv: folder.join(format!("{key}.venv.json")),
        }
    }

    /// The facts, if they are kept and nothing has changed since.
    pub(super) fn facts(&self) -> Option<Facts> {
        self.read(&self.facts)
    }

    /// What the interpreter's `venv` module makes, if that is kept and nothing has changed since.
    pub(super) fn venv(&self) -> Option<VenvModule> {
        self.read(&self.venv)
    }

    /// Keeps an answer. That it could not be kept costs the next run time and is no error.
    pub(super) fn keep(&self, answer: &Answer) {
        let files = std::iter::once(&self.real).chain(&answer.facts.witnesses);
        let Some(stamps) = files.map(|path| Stamp::take(path)).collect::<Option<Vec<_>>>() else {
            return;
        };
        let record = Record { asked: self.asked.clone(), stamps, told: &answer.facts };
        write(&self.facts, &record);
        let told = VenvModule { template: answer.venv.clone() };
        write(&self.venv, &Record { asked: record.asked, stamps: record.stamps, told });
    }

    fn read<T: DeserializeOwned>(&self, path: &Path) -> Option<T> {
        let bytes = fs::read_noting_use(path).ok()??;
        let record: Record<T> = serde_json::from_slice(unseal(&bytes)?).ok()?;
        let first = record.stamps.first()?;
        let ours = record.asked == self.asked && first.path == self.real;
        (ours && record.stamps.iter().all(Stamp::holds)).then_some(record.told)
    }
}

fn write<T: Serialize>(path: &Path, record: &Record<T>) {
    if let Ok(json) = serde_json::to_vec(record) {
        let mut bytes = checksum(&json).into_bytes();
        bytes.extend(json);
        let _ = fs::write_atomic(path, bytes);
    }
}

/// What is kept about interpreters.
pub fn inventory(cache_root: &Path) -> Vec<Kept> {
    let folder = cache_root.join(FOLDER);
    let entries = fs::read_dir(&folder).unwrap_or_default().into_iter();
    let described = entries.filter_map(|entry| {
        let path = folder.join(entry.name);
        let facts = fs::symlink_metadata(&path).ok()?;
        let (kind, bytes) = (KeptKind::Interpreter, facts.len());
        let used = fs::mtime_seconds(&facts);
        Some(Kept { kind, path, distribution: None, bytes, freed: bytes, used })
    });
    described.collect()
}

/// What is wrong with a thing of [`inventory`]; `None` if it is whole.
pub fn damage(kept: &Kept) -> Option<String> {
    let bytes = fs::read(&kept.path);
    let gone = bytes.as_ref().is_err_and(accel_io::IoError::is_not_found);
    let whole = bytes.is_ok_and(|bytes| unseal(&bytes).is_some());
    (!whole && !gone).then(|| "its checksum is wrong".to_owned())
}

/// What follows the checksum, if that is right.
fn unseal(bytes: &[u8]) -> Option<&[u8]> {
    let (sum, json) = bytes.split_at_checked(65)?;
    (sum == checksum(json).as_bytes()).then_some(json)
}

/// One line: the sha256 of what follows it.
fn checksum(bytes: &[u8]) -> String {
    let mut digester = Digester::new(&[]);
    digester.update(bytes);
    digester.finish().sha256 + "\n"
}
