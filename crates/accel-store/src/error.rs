//! What can go wrong with the store, in pip's words where pip has them.

use std::path::PathBuf;

use accel_io::IoError;
use accel_io::archive::zip::ZipError;
use accel_io::process::ProcessError;
use accel_types::TypesError;

/// A failure of the store. What was not found is no failure: see [`crate::Lookup`].
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk.
    #[error(transparent)]
    Io(#[from] IoError),
    /// The wheel is no archive that can be read; pip's `InvalidWheel`, the reason is the source.
    #[error("Wheel '{name}' located at {} is invalid.", location.display())]
    InvalidWheel {
        /// The project's name.
        name: String,
        /// The wheel.
        location: PathBuf,
        /// What is wrong with it.
        #[source]
        source: Box<ZipError>,
    },
    /// A wheel that pip refuses too; the sentence is pip's (`UnsupportedWheel` or
    /// `InstallationError`).
    #[error("{0}")]
    UnsupportedWheel(String),
    /// One of the wheel's own texts cannot be read; pip fails there, too.
    #[error("could not read {file} of wheel {}: {source}", wheel.display())]
    Text {
        /// The wheel.
        wheel: PathBuf,
        /// Name of the file in the wheel.
        file: String,
        /// What is wrong with it.
        source: TypesError,
    },
    /// Name or version are not those that were asked for.
    #[error("wheel {} has inconsistent {field}: expected '{expected}', but metadata has '{found}'", wheel.display())]
    Inconsistent {
        /// The wheel.
        wheel: PathBuf,
        /// `name` or `version`.
        field: &'static str,
        /// What was asked for.
        expected: String,
        /// What METADATA says.
        found: String,
    },
    /// Not 64 hexadecimal digits.
    #[error("not a sha256: {0:?}")]
    Sha256(String),
    /// An entry that was good when it was opened is no longer.
    #[error("kept entry {} is damaged: {reason}", path.display())]
    Damaged {
        /// The entry or one of its files.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The interpreter could not be run.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The interpreter could not compile; a single source that it refuses is no error.
    #[error("could not compile bytecode with {}: {reason}", python.display())]
    Compile {
        /// The interpreter.
        python: PathBuf,
        /// The end of what it said.
        reason: String,
    },
}

/// What every function here returns.
pub type Result<T> = std::result::Result<T, StoreError>;
