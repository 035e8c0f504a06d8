//! Bytecode of kept wheels, compiled once for each interpreter.
//!
//! What is compiled is what pip compiles: every installed `.py` file of any area, as
//! `compileall.compile_file(path, force=True)` does it, with the kept source's size and fixed
//! time in the header. Sources that do not compile are left out. Two things differ from pip:
//!
//! - `co_filename` is the path below the area (`six.py`), not that of one environment, so that the
//!   files fit every environment. Interpreters replace it by the real path when they import.
//! - `SOURCE_DATE_EPOCH`, with which pip's files would be checked by hash, is not looked at.
//!
//! A `#!python` script of `.data/scripts` is rewritten when it is installed; if its name ends in
//! `.py`, size and time in the header of its bytecode must be, too.

mod compile;

use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use accel_io::fs::{self, Scratch};
use accel_io::mapped::Mapped;
use accel_io::stopwatch::{self, Stage};
use accel_types::Area;
use accel_types::manifest::{
    ArchivedArea, ArchivedBytecode, ArchivedManifest, Bytecode, BytecodeFile, ManifestDirectory,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rayon::prelude::*;

use crate::areas::{folder, parents};
use crate::entry::{Entry, TREE};
use crate::error::{Result, StoreError};
use crate::sealed::{self, Kind};
use crate::store::{Folder, Lookup, Store, held};

use compile::Job;

pub(crate) const MANIFEST: &str = "bytecode.rkyv";
pub(crate) const KIND: Kind = b"bytecode";

/// The interpreter that bytecode is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BytecodeTarget {
    /// Its executable. An environment's will do, and so will the base interpreter's.
    pub python: PathBuf,
    /// Cache tag, magic number and optimisation level: `cpython-312-3531-0`.
    pub key: String,
    /// Optimisation level: 0, 1 (`-O`) or 2 (`-OO`); pip follows the interpreter's own flag.
    pub optimize: u8,
}

/// The kept bytecode of a wheel, laid out by area like the wheel's own tree.
#[derive(Debug)]
pub struct BytecodeEntry {
    pub(crate) directory: PathBuf,
    pub(crate) manifest: Mapped,
    /// Whether it was compiled just now.
    pub(crate) made: bool,
}

impl BytecodeEntry {
    /// Whether it was compiled just now, not kept before.
    pub fn is_new(&self) -> bool {
        self.made
    }

    /// The manifest, read in place. Validated anew with every call.
    pub fn manifest(&self) -> Result<&ArchivedBytecode> {
        let contents = sealed::body(KIND, &self.manifest).unwrap_or_default();
        rkyv::access::<ArchivedBytecode, rkyv::rancor::Error>(contents).map_err(|error| {
            StoreError::Damaged { path: self.directory.join(MANIFEST), reason: error.to_string() }
        })
    }

    /// The directory below which every `source` of the manifest stands.
    pub fn tree(&self) -> PathBuf {
        self.directory.join(TREE)
    }
}

/// Bytecode that is being made.
struct Making<'a> {
    entry: &'a Entry,
    scratch: Scratch,
    place: PathBuf,
}

impl Store {
    /// The bytecode of these wheels, in their order. What is missing is compiled by a few
    /// processes of the interpreter at once.
    pub fn bytecode<E: Borrow<Entry>>(
        &self,
        entries: &[E],
        target: &BytecodeTarget,
    ) -> Result<Vec<BytecodeEntry>> {
        held(self.folder(Folder::Bytecode), || self.kept_or_made(entries, target))
    }

    /// `None` if a prune was faster with some of what was made than this run with holding it.
    fn kept_or_made<E: Borrow<Entry>>(
        &self,
        entries: &[E],
        target: &BytecodeTarget,
    ) -> Result<Option<Vec<BytecodeEntry>>> {
        let mut found = Vec::with_capacity(entries.len());
        let mut making = Vec::new();
        for entry in entries.iter().map(Borrow::borrow) {
            let place = self.bytecode_place(entry.wheel_sha256(), target);
            let kept = self.open_bytecode(&place)?.hit();
            if kept.is_none() {
                making.push(Making { entry, scratch: self.scratch(Folder::Bytecode)?, place });
            }
            found.push(kept);
        }
        // One process compiles them all.
        let name = |one: &Making<'_>| {
            one.entry.manifest().map_or_else(|_| String::new(), |known| known.raw_name.to_string())
        };
        let laps: Vec<_> =
            making.iter().map(|one| stopwatch::lap(Stage::Compile, || name(one))).collect();
        let mut made = self.make(making, target)?.into_iter();
        drop(laps);
        Ok(found.into_iter().map(|kept| kept.or_else(|| made.next().flatten())).collect())
    }

    /// The bytecode of one wheel if it is kept; nothing is compiled.
    pub fn lookup_bytecode(
        &self,
        wheel_sha256: &str,
        target: &BytecodeTarget,
    ) -> Result<Lookup<BytecodeEntry>> {
        let sha256 = crate::store::checked_sha256(wheel_sha256)?;
        self.open_bytecode(&self.bytecode_place(&sha256, target))
    }

    /// Throws the bytecode of a wheel for this interpreter away. Returns its place.
    pub fn discard_bytecode(&self, wheel_sha256: &str, target: &BytecodeTarget) -> Result<PathBuf> {
        let sha256 = crate::store::checked_sha256(wheel_sha256)?;
        let place = self.bytecode_place(&sha256, target);
        self.throw_away(Folder::Bytecode, &place).map(|()| place)
    }

    /// A key that is no plain file name goes by its digest.
    pub(crate) fn bytecode_place(&self, sha256: &str, target: &BytecodeTarget) -> PathBuf {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let key = if target.key.len() <= 100 && target.key.bytes().all(plain) {
            target.key.clone()
        } else {
            blake3::hash(target.key.as_bytes()).to_hex().to_string()
        };
        self.place(Folder::Bytecode, &format!("{sha256}-{key}"))
    }

    pub(crate) fn open_bytecode(&self, place: &Path) -> Result<Lookup<BytecodeEntry>> {
        Ok(match self.open_sealed(Folder::Bytecode, place, MANIFEST, KIND)? {
            Lookup::Hit(manifest) => {
                Lookup::Hit(BytecodeEntry { directory: place.to_path_buf(), manifest, made: false })
            }
            Lookup::Miss => Lookup::Miss,
            Lookup::Damaged => Lookup::Damaged,
        })
    }

    fn make(
        &self,
        making: Vec<Making<'_>>,
        target: &BytecodeTarget,
    ) -> Result<Vec<Option<BytecodeEntry>>> {
        let mut jobs = Vec::new();
        let mut owners = Vec::new();
        for (at, one) in making.iter().enumerate() {
            let tree = one.scratch.path().join(TREE);
            fs::create_dir(&tree)?;
            let sources = one.entry.tree();
            for file in one.entry.manifest()?.files.iter() {
                if !file.path.ends_with(".py") {
                    continue;
                }
                jobs.push(Job {
                    source: sources.join(file.source.as_str()),
                    place: tree.join(file.source.as_str()),
                    shown: file.path.as_str().to_owned(),
                    size: file.size.to_native(),
                    mtime: file.mtime.to_native(),
                });
                owners.push((at, area_of(file.area)));
            }
        }
        let compiled = compile::compile(&jobs, target)?;
        let mut files: Vec<Vec<(Area, PathBuf)>> = making.iter().map(|_| Vec::new()).collect();
        for ((at, area), path) in owners.into_iter().zip(compiled) {
            files[at].extend(path.map(|path| (area, path)));
        }
        making
            .into_par_iter()
            .zip(files)
            .map(|(one, files)| self.publish(one, files, target))
            .collect()
    }

    fn publish(
        &self,
        one: Making<'_>,
        files: Vec<(Area, PathBuf)>,
        target: &BytecodeTarget,
    ) -> Result<Option<BytecodeEntry>> {
        let manifest = one.entry.manifest()?;
        let bytecode = describe(one.scratch.path(), manifest, files, target)?;
        let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&bytecode).map_err(|error| {
            StoreError::Damaged { path: one.place.clone(), reason: error.to_string() }
        })?;
        fs::write(one.scratch.path().join(MANIFEST), sealed::seal(KIND, &bytes))?;
        fs::publish_dir(one.scratch, &one.place)?;
        let kept = self.open_bytecode(&one.place)?.hit();
        Ok(kept.map(|entry| BytecodeEntry { made: true, ..entry }))
    }
}

fn describe(
    scratch: &Path,
    manifest: &ArchivedManifest,
    compiled: Vec<(Area, PathBuf)>,
    target: &BytecodeTarget,
) -> Result<Bytecode> {
    let tree = scratch.join(TREE);
    let mut files = Vec::with_capacity(compiled.len());
    for (area, path) in compiled {
        let facts = fs::metadata(&path)?;
        let outside = || StoreError::Compile {
            python: target.python.clone(),
            reason: format!("it wrote {}", path.display()),
        };
        let source =
            path.strip_prefix(&tree).ok().and_then(Path::to_str).ok_or_else(outside)?.to_owned();
        let below = source
            .strip_prefix(folder(area))
            .and_then(|rest| rest.strip_prefix('/'))
            .ok_or_else(outside)?
            .to_owned();
        files.push(BytecodeFile {
            area,
            path: below,
            size: facts.len(),
            mtime: fs::mtime_seconds(&facts),
            record_hash: record_hash(&path)?,
            source,
        });
    }
    files.sort_unstable_by(|a, b| (a.area, &a.path).cmp(&(b.area, &b.path)));
    let known: BTreeSet<(Area, &str)> =
        manifest.directories.iter().map(|it| (area_of(it.area), it.path.as_str())).collect();
    let directories = parents(files.iter().map(|file| (file.area, file.path.as_str())))
        .difference(&known)
        .map(|&(area, path)| ManifestDirectory { area, path: path.to_owned() })
        .collect();
    Ok(Bytecode {
        wheel_sha256: manifest.wheel_sha256.as_str().to_owned(),
        interpreter: target.key.clone(),
        files,
        directories,
    })
}

/// `sha256=` and the digest in urlsafe base64 without padding, as RECORD has it.
pub(crate) fn record_hash(path: &Path) -> Result<String> {
    let hex = fs::sha256_file(path)?;
    let (pairs, _) = hex.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or_default();
    let bytes: Vec<u8> = pairs
        .iter()
        .filter_map(|&[high, low]| u8::try_from(digit(high) * 16 + digit(low)).ok())
        .collect();
    Ok(format!("sha256={}", URL_SAFE_NO_PAD.encode(bytes)))
}

fn area_of(archived: ArchivedArea) -> Area {
    match archived {
        ArchivedArea::Lib => Area::Lib,
        ArchivedArea::Scripts => Area::Scripts,
        ArchivedArea::Data => Area::Data,
        ArchivedArea::Headers => Area::Headers,
        ArchivedArea::OtherLib => Area::OtherLib,
    }
}
