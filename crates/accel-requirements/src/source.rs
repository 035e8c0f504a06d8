//! The questions that requirements put to the outside world.

use std::io;

use crate::RequirementsError;

/// Answers the questions of this crate, which touches neither disk nor network nor environment.
pub trait Source {
    /// The bytes of a local file; `path` may be relative to [`current_dir`](Source::current_dir).
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;

    /// The document behind an `http:`, `https:` or `file:` URL, redirects followed.
    fn fetch(&self, url: &str) -> Result<Fetched, RequirementsError>;

    /// What is at `path`, symbolic links followed.
    fn kind(&self, path: &str) -> PathKind;

    /// The current directory, absolute, without a trailing slash.
    fn current_dir(&self) -> &str;

    /// An environment variable, for `${NAME}` in requirement files.
    fn variable(&self, name: &str) -> Option<String>;

    /// The name of the locale's encoding as Python gives it, such as `UTF-8`.
    fn locale_encoding(&self) -> &str;
}

/// A document from a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Its bytes, transfer encodings undone.
    pub body: Vec<u8>,
    /// The `Content-Type` header, if there was one; `None` for `file:` URLs.
    pub content_type: Option<String>,
}

/// What is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PathKind {
    /// Nothing, or nothing that can be looked at.
    Missing,
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// Something else: a socket, a device.
    Other,
}
