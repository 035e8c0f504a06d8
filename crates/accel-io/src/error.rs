//! The error of everything that touches the disk.

use std::io;
use std::path::{Path, PathBuf};

/// A failed disk operation: what was tried, on which path, and the system's reason.
#[derive(Debug, thiserror::Error)]
#[error("could not {attempt} {}: {source}", path.display())]
pub struct IoError {
    attempt: String,
    path: PathBuf,
    source: io::Error,
}

impl IoError {
    /// Describes a failed `attempt` (an infinitive such as "read") on `path`.
    pub fn new(attempt: impl Into<String>, path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self { attempt: attempt.into(), path: path.into(), source }
    }

    /// An error whose reason is a sentence of ours and not the system's.
    pub fn refused(
        attempt: impl Into<String>,
        path: impl Into<PathBuf>,
        reason: impl Into<String>,
    ) -> Self {
        Self::new(attempt, path, io::Error::other(reason.into()))
    }

    /// The path that the operation was tried on.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The kind of the underlying system error.
    pub fn kind(&self) -> io::ErrorKind {
        self.source.kind()
    }

    /// The system's error number, if the system gave one.
    pub fn raw_os_error(&self) -> Option<i32> {
        self.source.raw_os_error()
    }

    /// The reason alone, without attempt and path.
    pub fn reason(&self) -> &io::Error {
        &self.source
    }

    /// Whether the path did not exist.
    pub fn is_not_found(&self) -> bool {
        self.kind() == io::ErrorKind::NotFound
    }
}
