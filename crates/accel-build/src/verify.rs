//! Whether a built wheel is what its name and the tree's metadata promise (pip's `_verify_one`).

use crate::BuildError;
use accel_io::archive::zip::{ZipLimits, ZipReader};
use accel_types::{
    CoreMetadata, LineEnds, PackageName, Version, WheelFilename, WheelInfo, python_repr,
};
use std::path::Path;

/// What is wrong with the wheel of the project `name`, in pip's words; `Ok(None)` if nothing is.
pub(crate) fn fault(wheel: &Path, name: &PackageName) -> Result<Option<String>, BuildError> {
    let filename = wheel.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let parsed = match WheelFilename::parse(&filename) {
        Ok(parsed) => parsed,
        Err(error) => return Ok(Some(error.to_string())),
    };
    if parsed.name != *name {
        return Ok(Some(unexpected(name.as_str(), parsed.name.as_str())));
    }
    let archive = ZipReader::open(wheel, &ZipLimits::default())?;
    let metadata = match metadata(&archive, name) {
        Ok(metadata) => metadata,
        Err(reason) => return Ok(Some(reason)),
    };
    let Ok(version) = metadata.version.parse::<Version>() else {
        return Ok(Some(unexpected(&metadata.version, &parsed.version.to_string())));
    };
    if version != parsed.version {
        return Ok(Some(unexpected(&version.to_string(), &parsed.version.to_string())));
    }
    Ok(match metadata.get("Metadata-Version") {
        None => Some("Missing Metadata-Version".to_owned()),
        Some(text) if text.parse::<Version>().is_err() => {
            Some(format!("Invalid Metadata-Version: {text}"))
        }
        Some(_) => None,
    })
}

fn unexpected(expected: &str, got: &str) -> String {
    let (expected, got) = (python_repr(expected), python_repr(got));
    format!("Wheel has unexpected file name: expected {expected}, got {got}")
}

fn metadata(archive: &ZipReader, name: &PackageName) -> Result<CoreMetadata, String> {
    let broken = |reason: String| format!("{name} has an invalid wheel, {reason}");
    let mut folders: Vec<&str> = archive
        .entries()
        .iter()
        .filter_map(|entry| entry.path.split('/').next())
        .filter(|folder| folder.ends_with(".dist-info"))
        .collect();
    folders.sort_unstable();
    folders.dedup();
    let folder = match folders.as_slice() {
        [] => return Err(broken(".dist-info directory not found".to_owned())),
        [only] => *only,
        several => {
            let several = several.join(", ");
            return Err(broken(format!("multiple .dist-info directories found: {several}")));
        }
    };
    if !PackageName::new(folder).as_str().starts_with(name.as_str()) {
        let (folder, name) = (python_repr(folder), python_repr(name.as_str()));
        return Err(broken(format!(".dist-info directory {folder} does not start with {name}")));
    }
    let read = |file: &str| {
        let path = format!("{folder}/{file}");
        let missing = || {
            let path = python_repr(&path);
            let reason = python_repr(&format!("There is no item named {path} in the archive"));
            format!("could not read {path} file: KeyError({reason})")
        };
        let entry = archive.find(&path).ok_or_else(missing)?;
        archive.read(entry).map_err(|error| format!("could not read {path} file: {error}"))
    };
    let wheel = read("WHEEL").map_err(broken)?;
    let wheel = WheelInfo::parse(&wheel).map_err(|error| broken(error.to_string()))?;
    wheel.check_compatibility(name.as_str()).map_err(|error| error.to_string())?;
    let metadata = read("METADATA").map_err(broken)?;
    Ok(CoreMetadata::parse_lenient(&metadata, LineEnds::AsWritten))
}
