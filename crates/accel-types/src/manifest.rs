//! What is known of an unpacked wheel once and for all: written when the wheel is kept, mapped
//! (not parsed) on every install.
//!
//! The types derive rkyv's traits with checks, so that a damaged file is refused when it is
//! accessed instead of being trusted.

use rkyv::{Archive, Deserialize, Serialize};

/// How the names begin that an installation needs among the modules for itself.
const OWN_NAMES: &[u8] = b".pip-accel-";

/// Whether a name is one that an installation needs among the modules for itself, in any letter case:
/// that of its journal, or of what it has moved aside. No wheel has such names.
pub fn is_own_name(name: &str) -> bool {
    let start = name.as_bytes().get(..OWN_NAMES.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(OWN_NAMES))
}

/// The part of an installation scheme that a file belongs to.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Archive, Serialize, Deserialize,
)]
#[rkyv(derive(Debug, Clone, Copy, PartialEq, Eq))]
pub enum Area {
    /// purelib or platlib, as `Root-Is-Purelib` says.
    Lib,
    /// The folder of executables.
    Scripts,
    /// The prefix itself.
    Data,
    /// The project's own folder of C headers.
    Headers,
    /// The other one of purelib and platlib, from `.data/purelib` or `.data/platlib`.
    OtherLib,
}

/// A directory that an install creates before any file.
#[derive(Debug, Clone, PartialEq, Eq, Archive, Serialize, Deserialize)]
pub struct ManifestDirectory {
    /// Area it belongs to.
    pub area: Area,
    /// Path below the area, separated by `/`.
    pub path: String,
}

/// A file of the unpacked wheel.
#[derive(Debug, Clone, PartialEq, Eq, Archive, Serialize, Deserialize)]
pub struct ManifestFile {
    /// Path below the entry's `tree/`.
    pub source: String,
    /// Area it is installed into.
    pub area: Area,
    /// Path below the area, separated by `/`.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Modification time that the kept file has, in whole seconds since 1970.
    pub mtime: i64,
    /// Whether the installed file gets the executable bits.
    pub executable: bool,
    /// `sha256=…` exactly as the wheel's RECORD has it; empty if absent.
    pub record_hash: String,
    /// Size exactly as the wheel's RECORD has it; empty if absent.
    pub record_size: String,
    /// A file of `.data/scripts` that starts with `#!python`: its first line is rewritten when it
    /// is installed, so it cannot be linked.
    pub python_script: bool,
}

/// A console or GUI script that is generated when the wheel is installed.
#[derive(Debug, Clone, PartialEq, Eq, Archive, Serialize, Deserialize)]
pub struct Launcher {
    /// File name.
    pub name: String,
    /// Module to import.
    pub module: String,
    /// Attribute path to call, as written.
    pub function: String,
    /// Whether it stands under `gui_scripts`.
    pub gui: bool,
}

/// A row of the wheel's own RECORD for which the tree has no file, kept verbatim as pip keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Archive, Serialize, Deserialize)]
pub struct ManifestRecord {
    /// First column.
    pub path: String,
    /// Second column.
    pub hash: String,
    /// Third column.
    pub size: String,
}

/// The manifest of an unpacked wheel.
#[derive(Debug, Clone, PartialEq, Eq, Archive, Serialize, Deserialize)]
pub struct Manifest {
    /// SHA-256 of the wheel, in hexadecimal digits.
    pub wheel_sha256: String,
    /// Canonical project name.
    pub name: String,
    /// `Name` as METADATA has it.
    pub raw_name: String,
    /// `Version` as METADATA has it.
    pub version: String,
    /// `Root-Is-Purelib` of the WHEEL file.
    pub root_is_purelib: bool,
    /// Name of the `.dist-info` directory.
    pub dist_info: String,
    /// Directories, parents before children.
    pub directories: Vec<ManifestDirectory>,
    /// Files.
    pub files: Vec<ManifestFile>,
    /// Scripts to generate.
    pub launchers: Vec<Launcher>,
    /// Rows of the wheel's RECORD that are no files of the tree, its own row included.
    pub record: Vec<ManifestRecord>,
}

/// A `.pyc` file that belongs to a kept wheel.
#[derive(Debug, Clone, PartialEq, Eq, Archive, Serialize, Deserialize)]
pub struct BytecodeFile {
    /// Path below the bytecode entry's own tree.
    pub source: String,
    /// Area it is installed into.
    pub area: Area,
    /// Path below the area, separated by `/`.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Modification time that the kept file has, in whole seconds since 1970.
    pub mtime: i64,
    /// `sha256=…` as RECORD writes it (unpadded urlsafe base64).
    pub record_hash: String,
}

/// The manifest of the bytecode of one wheel for one interpreter.
#[derive(Debug, Clone, PartialEq, Eq, Archive, Serialize, Deserialize)]
pub struct Bytecode {
    /// SHA-256 of the wheel, in hexadecimal digits.
    pub wheel_sha256: String,
    /// Bytecode key: cache tag, magic number and optimisation level.
    pub interpreter: String,
    /// The `.pyc` files.
    pub files: Vec<BytecodeFile>,
    /// Directories that they need beyond the wheel's, parents before children.
    pub directories: Vec<ManifestDirectory>,
}

/// First of the fixed modification times: 2020-01-01 00:00:00 UTC.
const FIRST_MTIME: i64 = 1_577_836_800;
/// The fixed modification times spread over three years.
const MTIME_SPREAD: u32 = 94_608_000;

/// The modification time (whole seconds since 1970) of every file of a kept wheel.
///
/// The same on every machine, so that kept bytecode stays valid, and different between wheels, so
/// that bytecode of one version never looks valid for another. `None` if the text does not start
/// with eight hexadecimal digits.
pub fn fixed_mtime(wheel_sha256: &str) -> Option<i64> {
    let digits = wheel_sha256.get(..8)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let first_bytes = u32::from_str_radix(digits, 16).ok()?;
    Some(FIRST_MTIME + i64::from(first_bytes % MTIME_SPREAD))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkyv::rancor::Error;

    #[test]
    fn the_fixed_time_follows_from_the_digest() {
        assert_eq!(fixed_mtime("00000000ff"), Some(1_577_836_800));
        assert_eq!(fixed_mtime("05a39a81"), Some(1_577_836_801));
        assert_eq!(fixed_mtime("+1234567"), None);
        assert_eq!(fixed_mtime("00"), None);
    }

    #[test]
    fn a_damaged_manifest_is_refused() {
        let bytecode = Bytecode {
            wheel_sha256: "ab".repeat(32),
            interpreter: "cpython-312-0".to_owned(),
            files: vec![],
            directories: vec![ManifestDirectory {
                area: Area::Lib,
                path: "a/__pycache__".to_owned(),
            }],
        };
        let bytes = rkyv::to_bytes::<Error>(&bytecode).unwrap();
        let archived = rkyv::access::<ArchivedBytecode, Error>(&bytes).unwrap();
        assert_eq!(archived.directories[0].area, ArchivedArea::Lib);
        let mut damaged = bytes.clone();
        for byte in damaged.iter_mut() {
            *byte = 0xff;
        }
        assert!(rkyv::access::<ArchivedBytecode, Error>(&damaged).is_err());
    }
}
