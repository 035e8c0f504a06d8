//! Unpacking a source distribution.

use crate::BuildError;
use accel_io::archive::tar::{self, Compression};
use accel_io::archive::zip::{ExtractOptions, ZipLimits, ZipReader};
use accel_io::fs;
use std::path::{Path, PathBuf};

/// Whether pip takes a file of this name for a source distribution.
pub fn is_sdist(name: &str) -> bool {
    Compression::of_name(name).is_some() || is_zip(name)
}

fn is_zip(name: &str) -> bool {
    name.len() > 4 && name[name.len() - 4..].eq_ignore_ascii_case(".zip")
}

/// Unpacks `archive` into a new folder below `scratch` and returns the source tree's root.
///
/// The single folder in which a source distribution keeps everything is taken off, as by pip; an
/// archive without such a folder is its own root.
pub fn unpack(archive: &Path, scratch: &Path) -> Result<PathBuf, BuildError> {
    let name = archive.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let dest = scratch.join("source");
    fs::create_dir_all(&dest)?;
    if let Some(compression) = Compression::of_name(&name) {
        tar::extract(archive, compression, &dest)?;
        return Ok(dest);
    } else if is_zip(&name) {
        ZipReader::open(archive, &ZipLimits::default())?
            .extract_all(&dest, &ExtractOptions::default())?;
    } else {
        return Err(BuildError::UnknownArchive { path: archive.to_path_buf() });
    }
    root_of(dest)
}

fn root_of(dest: PathBuf) -> Result<PathBuf, BuildError> {
    let mut names = fs::read_dir(&dest)?;
    match (names.pop(), names.is_empty()) {
        (Some(only), true) if fs::is_dir(dest.join(&only.name)) => Ok(dest.join(only.name)),
        _ => Ok(dest),
    }
}
