//! The one error of this crate: a text that its grammar does not allow.

use thiserror::Error;

/// A foreign text that cannot be what it was taken for.
///
/// Where pip or `packaging` has a sentence for the case, `Display` gives that sentence.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TypesError {
    /// Not a project or extra name of the core metadata specification.
    #[error("name is invalid: {}", crate::python_text::repr(.0))]
    Name(String),
    /// Not a version of PEP 440.
    #[error("Invalid version: {}", crate::python_text::repr(.0))]
    Version(String),
    /// Not a version specifier, or not a comma-separated list of them.
    #[error("Invalid specifier: {}", crate::python_text::repr(.0))]
    Specifier(String),
    /// Not a dependency specifier (PEP 508); the message is the parser's, with its caret line.
    #[error("{0}")]
    Requirement(String),
    /// Not an environment marker; the message is the parser's, with its caret line.
    #[error("{0}")]
    Marker(String),
    /// A marker that can be parsed but not decided in this environment.
    #[error("{0}")]
    MarkerEvaluation(String),
    /// Not the file name of a wheel; the message is pip's.
    #[error("{0}")]
    WheelFilename(String),
    /// Not a `algorithm=hex` or `algorithm:hex` digest, or an algorithm that pip does not know.
    #[error("not a digest: {}", crate::python_text::repr(.0))]
    Digest(String),
    /// A tag that does not have the form `python-abi-platform`.
    #[error("not a compatibility tag: {}", crate::python_text::repr(.0))]
    Tag(String),
    /// A RECORD line that the csv rules of Python do not allow, with its number (from 1).
    #[error("could not read RECORD, line {line}: {reason}")]
    Record {
        /// Line number, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A WHEEL file without what an installer needs.
    #[error("could not read WHEEL: {0}")]
    WheelInfo(String),
    /// An `entry_points.txt` that Python's `configparser` refuses.
    #[error("could not read entry_points.txt, line {line}: {reason}")]
    EntryPoints {
        /// Line number, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A `direct_url.json` that is not valid under PEP 610.
    #[error("could not read direct_url.json: {0}")]
    DirectUrl(String),
    /// One of a pair of options (pip's name for the pair) followed by another option.
    #[error("{0} option requires 1 argument.")]
    MissingValue(&'static str),
    /// A METADATA file whose bytes no encoding that pip tries can read.
    #[error("could not read METADATA: {0}")]
    Metadata(String),
}
