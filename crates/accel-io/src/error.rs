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

    /// The last line of the traceback that Python would end with: [`python_words`] of the reason.
    pub fn python_words(&self) -> String {
        python_words(&self.source, &self.path.to_string_lossy())
    }
}

/// An error as Python shows it: `FileNotFoundError: [Errno 2] No such file or directory: 'x'`.
pub fn python_words(reason: &io::Error, path: &str) -> String {
    let class = match reason.kind() {
        io::ErrorKind::NotFound => "FileNotFoundError",
        io::ErrorKind::PermissionDenied => "PermissionError",
        io::ErrorKind::AlreadyExists => "FileExistsError",
        io::ErrorKind::IsADirectory => "IsADirectoryError",
        io::ErrorKind::NotADirectory => "NotADirectoryError",
        _ => "OSError",
    };
    let words = reason.to_string();
    let words = words.split(" (os error").next().unwrap_or_default();
    let number =
        reason.raw_os_error().map_or_else(String::new, |number| format!("[Errno {number}] "));
    format!("{class}: {number}{words}: {}", accel_types::python_text::repr(path))
}
