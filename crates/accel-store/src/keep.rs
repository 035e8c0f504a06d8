//! From a wheel file to a kept entry: checked, unpacked, described, published by one rename.

mod checks;
mod launchers;
mod places;
mod rows;

use std::path::Path;

use accel_io::archive::zip::{ExtractOptions, Extraction, ZipError, ZipLimits, ZipReader};
use accel_io::fs;
use accel_io::stopwatch::{self, Stage};
use accel_types::Version;
use accel_types::manifest::{Manifest, ManifestDirectory, ManifestFile, fixed_mtime};
use accel_types::name::PackageName;

use crate::areas::parents;
use crate::entry::{DIGESTS, DIGESTS_KIND, Entry, MANIFEST, MANIFEST_KIND, TREE};
use crate::error::{Result, StoreError};
use crate::sealed;
use crate::store::{Folder, Store, checked_sha256, held};

use checks::Facts;
use places::Place;

/// What a wheel was taken for.
#[derive(Clone, Debug)]
pub struct Expected<'a> {
    /// The project.
    pub name: &'a PackageName,
    /// The version, if it is known before METADATA is read.
    pub version: Option<&'a Version>,
}

impl Store {
    /// Keeps the wheel at `path`, whose sha256 the caller has verified, and returns the entry; a
    /// wheel that is kept already is not even opened.
    ///
    /// Accepts what pip accepts, except archives that two readers could understand differently.
    /// Like pip it does not compare files with RECORD: the archive's own digest stands for them.
    pub fn keep(&self, path: &Path, sha256: &str, expected: &Expected<'_>) -> Result<Entry> {
        let sha256 = checked_sha256(sha256)?;
        held(self.place(Folder::Wheels, &sha256), || {
            if let Some(entry) = self.entry(&sha256)? {
                return Ok(Some(entry));
            }
            self.unpack(path, &sha256, expected)?;
            self.entry(&sha256)
        })
    }

    /// Checks, unpacks and publishes.
    fn unpack(&self, path: &Path, sha256: &str, expected: &Expected<'_>) -> Result<()> {
        let _lap = stopwatch::lap(Stage::Unpack, || expected.name.to_string());
        let failed = |error| failed(error, path, expected.name);
        let wheel = ZipReader::open(path, &ZipLimits::default()).map_err(failed)?;
        let mut facts = checks::facts(&wheel, expected)?;
        let places = places::places(&wheel, &mut facts)?;

        let scratch = self.scratch(Folder::Wheels)?;
        let tree = scratch.path().join(TREE);
        fs::create_dir(&tree)?;
        let sources: Vec<String> = places.iter().map(Place::source).collect();
        let wanted: Vec<Extraction<'_>> = places
            .iter()
            .zip(&sources)
            .map(|(place, to)| Extraction { entry: place.entry, to })
            .collect();
        let mtime = fixed_mtime(sha256).ok_or_else(|| StoreError::Sha256(sha256.to_owned()))?;
        let options = ExtractOptions { mtime: Some(mtime), digest: true };
        let unpacked = wheel.extract(&tree, &wanted, &options).map_err(failed)?;

        let digests: Vec<u8> =
            unpacked.iter().flat_map(|file| file.digest.unwrap_or_default()).collect();
        fs::write(scratch.path().join(DIGESTS), sealed::seal(DIGESTS_KIND, &digests))?;
        let manifest = describe(sha256.to_owned(), mtime, facts, &places, sources);
        let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&manifest).map_err(|error| {
            StoreError::Damaged { path: path.to_path_buf(), reason: error.to_string() }
        })?;
        fs::write(scratch.path().join(MANIFEST), sealed::seal(MANIFEST_KIND, &bytes))?;
        fs::publish_dir(scratch, self.place(Folder::Wheels, sha256))?;
        Ok(())
    }
}

/// Archives that cannot be read are pip's `InvalidWheel`; the disk is the disk.
fn failed(error: ZipError, path: &Path, name: &PackageName) -> StoreError {
    match error {
        ZipError::Io(error) => error.into(),
        source => StoreError::InvalidWheel {
            name: name.to_string(),
            location: path.to_path_buf(),
            source: Box::new(source),
        },
    }
}

fn describe(
    wheel_sha256: String,
    mtime: i64,
    mut facts: Facts,
    places: &[Place<'_>],
    sources: Vec<String>,
) -> Manifest {
    let mut rows = rows::Rows::new(std::mem::take(&mut facts.record), &facts.dist_info);
    for lost in &facts.overwritten {
        rows.overwrite(&lost.name, &lost.path);
    }
    let files: Vec<ManifestFile> = places
        .iter()
        .zip(sources)
        .map(|(place, source)| {
            let (record_hash, record_size) = rows.take(&place.entry.name);
            ManifestFile {
                source,
                area: place.area,
                path: place.path.clone(),
                size: place.entry.size,
                mtime,
                executable: place.entry.is_executable(),
                record_hash,
                record_size,
                python_script: place.python_script,
            }
        })
        .collect();
    let directories = parents(files.iter().map(|file| (file.area, file.path.as_str())))
        .into_iter()
        .map(|(area, path)| ManifestDirectory { area, path: path.to_owned() })
        .collect();
    Manifest {
        wheel_sha256,
        name: PackageName::new(&facts.raw_name).to_string(),
        raw_name: facts.raw_name,
        version: facts.version,
        root_is_purelib: facts.root_is_purelib,
        dist_info: facts.dist_info,
        directories,
        files,
        launchers: facts.launchers,
        record: rows.rest(),
    }
}
