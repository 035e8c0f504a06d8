//! What pip checks before it installs a wheel, in its order and words.

use std::collections::BTreeSet;
use std::path::Path;

use accel_io::archive::zip::ZipReader;
use accel_types::TypesError;
use accel_types::Version;
use accel_types::entry_points::EntryPoints;
use accel_types::manifest::Launcher;
use accel_types::metadata::{CoreMetadata, LineEnds};
use accel_types::name::PackageName;
use accel_types::record::{self, RecordRow};
use accel_types::wheel_info::WheelInfo;

use super::{Expected, launchers};
use crate::error::{Result, StoreError};
use crate::quoted::quoted;

/// A file of the wheel that a later one of the same path replaces.
pub(super) struct Overwritten {
    /// Its name in the archive.
    pub(super) name: String,
    /// Path of both below site-packages.
    pub(super) path: String,
}

/// What the wheel says about itself.
pub(super) struct Facts {
    pub(super) dist_info: String,
    pub(super) raw_name: String,
    pub(super) version: String,
    pub(super) root_is_purelib: bool,
    /// Names under `console_scripts` and `gui_scripts`, before any are left out.
    pub(super) script_names: Vec<String>,
    pub(super) launchers: Vec<Launcher>,
    pub(super) record: Vec<RecordRow>,
    pub(super) overwritten: Vec<Overwritten>,
}

/// Reads and checks the wheel's `.dist-info`.
pub(super) fn facts(wheel: &ZipReader, expected: &Expected<'_>) -> Result<Facts> {
    let name = expected.name.as_str();
    let dist_info = dist_info(wheel, expected.name)
        .map_err(|reason| unsupported(format!("{name} has an invalid wheel, {reason}")))?;
    let read = |file: &str| read(wheel, expected.name, &format!("{dist_info}/{file}"));

    let invalid = |error| match error {
        TypesError::WheelInfo(reason) => {
            unsupported(format!("{name} has an invalid wheel, {reason}"))
        }
        other => text(wheel.path(), "WHEEL", other),
    };
    let info = WheelInfo::parse(&read("WHEEL")?).map_err(invalid)?;
    info.check_compatibility(name).map_err(|error| match error {
        TypesError::WheelInfo(sentence) => unsupported(sentence),
        other => text(wheel.path(), "WHEEL", other),
    })?;

    let metadata = CoreMetadata::parse(&read("METADATA")?, LineEnds::AsWritten)
        .map_err(|error| text(wheel.path(), "METADATA", error))?;
    consistent(wheel.path(), &metadata, expected)?;

    let entry_points = match wheel.find(&format!("{dist_info}/entry_points.txt")) {
        Some(_) => {
            let contents = utf8(wheel, "entry_points.txt", read("entry_points.txt")?)?;
            EntryPoints::parse(&contents)
                .map_err(|error| text(wheel.path(), "entry_points.txt", error))?
        }
        None => EntryPoints::default(),
    };
    let (console, gui) = (entry_points.console_scripts(), entry_points.gui_scripts());
    let mut made = launchers::launchers(&console, false)?;
    made.extend(launchers::launchers(&gui, true)?);

    let record = utf8(wheel, "RECORD", read("RECORD")?)?;
    let record = record::parse(&record).map_err(|error| text(wheel.path(), "RECORD", error))?;
    Ok(Facts {
        raw_name: metadata.name,
        version: metadata.version,
        root_is_purelib: info.root_is_purelib,
        script_names: console.iter().chain(&gui).map(|(name, _)| (*name).to_owned()).collect(),
        launchers: made,
        record,
        overwritten: Vec::new(),
        dist_info,
    })
}

fn unsupported(sentence: String) -> StoreError {
    StoreError::UnsupportedWheel(sentence)
}

fn text(wheel: &Path, file: &str, source: TypesError) -> StoreError {
    StoreError::Text { wheel: wheel.to_path_buf(), file: file.to_owned(), source }
}

/// The one `.dist-info` directory, or pip's reason why there is none.
fn dist_info(wheel: &ZipReader, name: &PackageName) -> std::result::Result<String, String> {
    let found: BTreeSet<&str> = wheel
        .entries()
        .iter()
        .map(|entry| entry.name.split('/').next().unwrap_or_default())
        .filter(|directory| directory.ends_with(".dist-info"))
        .collect();
    let found: Vec<&str> = found.into_iter().collect();
    let [directory] = found[..] else {
        return Err(if found.is_empty() {
            ".dist-info directory not found".to_owned()
        } else {
            format!("multiple .dist-info directories found: {}", found.join(", "))
        });
    };
    if !PackageName::new(directory).as_str().starts_with(name.as_str()) {
        return Err(format!(
            ".dist-info directory {} does not start with {}",
            quoted(directory),
            quoted(name.as_str())
        ));
    }
    Ok(directory.to_owned())
}

fn read(wheel: &ZipReader, name: &PackageName, file: &str) -> Result<Vec<u8>> {
    let reason = match wheel.find(file) {
        Some(entry) => match wheel.read(entry) {
            Ok(bytes) => return Ok(bytes),
            Err(error) => match error.fault() {
                Some(fault) => fault.to_string(),
                None => return Err(super::failed(error, wheel.path(), name)),
            },
        },
        None => format!("KeyError(\"There is no item named {} in the archive\")", quoted(file)),
    };
    Err(unsupported(format!(
        "{name} has an invalid wheel, could not read {} file: {reason}",
        quoted(file)
    )))
}

fn utf8(wheel: &ZipReader, file: &str, bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|error| {
        unsupported(format!(
            "Error decoding metadata for {}: {} in {file} file",
            wheel.path().display(),
            error.utf8_error()
        ))
    })
}

fn consistent(wheel: &Path, metadata: &CoreMetadata, expected: &Expected<'_>) -> Result<()> {
    let differs = |field, expected: String, found: &str| {
        Err(StoreError::Inconsistent {
            wheel: wheel.to_path_buf(),
            field,
            expected,
            found: found.to_owned(),
        })
    };
    if PackageName::new(&metadata.name) != *expected.name {
        return differs("name", expected.name.to_string(), &metadata.name);
    }
    if let Some(version) = expected.version
        && metadata.version.parse::<Version>().as_ref() != Ok(version)
    {
        return differs("version", version.to_string(), &metadata.version);
    }
    Ok(())
}
