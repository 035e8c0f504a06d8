//! Zip archives (wheels, some sdists), read with distrust.
//!
//! The central directory rules: names, sizes and checksums come from it alone. The local headers
//! must agree with it, it must stand where Python's `zipfile` looks for it, and whatever two
//! readers could understand in two ways (duplicates, overlaps, hidden entries, data descriptors
//! and ZIP64 records that lie, `..`, NUL) is refused. Nothing is
//! allocated by a declared size before that size was found plausible.
//!
//! Entries are unpacked as pip unpacks them: every one that is no directory becomes a plain file,
//! symbolic links too, and of the Unix mode only "executable or not" counts.

mod agreement;
mod content;
mod directory;
mod extract;
mod names;
mod pack;

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::IoError;
use crate::mapped::Mapped;

use content::{Method, Unpacker};

pub use extract::{ExtractOptions, Extracted, Extraction};
pub use names::normalised;
pub use pack::pack;

/// How much an archive may ask for; what goes beyond is refused before anything is allocated.
#[derive(Clone, Copy, Debug)]
pub struct ZipLimits {
    /// Number of entries.
    pub entries: usize,
    /// Unpacked bytes of one file.
    pub file_size: u64,
    /// Unpacked bytes of all files.
    pub total_size: u64,
    /// Unpacked bytes of all files, as a multiple of the archive's size; archives that unpack to
    /// less than one GiB are free of it.
    pub ratio: u64,
}

impl Default for ZipLimits {
    /// Some times what the largest wheels on PyPI need.
    fn default() -> Self {
        Self { entries: 1_000_000, file_size: 32 << 30, total_size: 64 << 30, ratio: 200 }
    }
}

/// Why an archive or one of its entries is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ZipFault {
    /// No central directory that can be read.
    #[error("not a zip file: {0}")]
    NotAZip(String),
    /// The central directory is not where the end of the file says it is.
    #[error("the central directory is not at its place")]
    Directory,
    /// Two entries have the same name.
    #[error("two entries have the same name")]
    Duplicate,
    /// A file's name is also the name of a directory.
    #[error("the name is that of a file and of a directory")]
    FileAndDirectory,
    /// Something that looks like a part of an archive belongs to no entry.
    #[error("holds a part of an archive that belongs to no entry")]
    Hidden,
    /// Its bytes belong to another entry, or to the directory, too.
    #[error("overlaps another entry")]
    Overlap,
    /// It needs a password.
    #[error("encrypted")]
    Encrypted,
    /// The compression method is none that is supported.
    #[error("compression method {0} is not supported")]
    Method(u16),
    /// The local header is missing or says something else than the central directory.
    #[error("its header and the central directory disagree about the {0}")]
    Header(&'static str),
    /// The name cannot be a path below a directory.
    #[error("the name {0}")]
    Name(&'static str),
    /// More than [`ZipLimits`] allow.
    #[error("too much: {0}")]
    Limit(String),
    /// The compressed bytes are damaged.
    #[error("damaged: {0}")]
    Damaged(&'static str),
}

/// What can go wrong with an archive.
#[derive(Debug, thiserror::Error)]
pub enum ZipError {
    /// The disk.
    #[error(transparent)]
    Io(#[from] IoError),
    /// The archive as a whole.
    #[error("could not read archive {}: {fault}", path.display())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is wrong with it.
        fault: ZipFault,
    },
    /// One entry of it.
    #[error("could not read {entry:?} in archive {}: {fault}", path.display())]
    Entry {
        /// The archive.
        path: PathBuf,
        /// Name of the entry.
        entry: String,
        /// What is wrong with it.
        fault: ZipFault,
    },
}

impl ZipError {
    /// What is wrong with the archive, unless it was the disk.
    pub fn fault(&self) -> Option<&ZipFault> {
        match self {
            Self::Io(_) => None,
            Self::Archive { fault, .. } | Self::Entry { fault, .. } => Some(fault),
        }
    }
}

/// An entry of the central directory, checked.
#[derive(Clone, Debug)]
pub struct ZipEntry {
    /// Name exactly as the archive has it (UTF-8, or code page 437 decoded).
    pub name: String,
    /// The name without `.`, doubled or trailing slashes: a relative path that stays below.
    pub path: String,
    /// Whether it is a directory (the name ends with a slash).
    pub directory: bool,
    /// Unpacked bytes.
    pub size: u64,
    /// CRC-32 of the unpacked bytes.
    pub crc32: u32,
    /// Unix mode, or 0 where none was recorded.
    pub mode: u32,
    method: Method,
    data: Range<usize>,
}

impl ZipEntry {
    /// A regular file with an executable bit for anybody, by pip's rule.
    pub fn is_executable(&self) -> bool {
        self.mode & 0o170_000 == 0o100_000 && self.mode & 0o111 != 0
    }

    /// Recorded as a symbolic link; unpacked as a plain file nevertheless, as pip does.
    pub fn is_symlink(&self) -> bool {
        self.mode & 0o170_000 == 0o120_000
    }

    /// Bytes that it takes in the archive.
    pub fn compressed_size(&self) -> u64 {
        self.data.len() as u64
    }
}

/// A zip archive whose directory was checked; the entries' contents are checked as they are read.
#[derive(Debug)]
pub struct ZipReader {
    path: PathBuf,
    bytes: Mapped,
    entries: Vec<ZipEntry>,
    by_name: HashMap<String, usize>,
}

impl ZipReader {
    /// Maps the archive and checks its directory and all headers.
    pub fn open(path: impl AsRef<Path>, limits: &ZipLimits) -> Result<Self, ZipError> {
        let path = path.as_ref().to_path_buf();
        let bytes = Mapped::open(&path)?;
        let entries = directory::read(&bytes, limits).map_err(|(entry, fault)| match entry {
            Some(entry) => ZipError::Entry { path: path.clone(), entry, fault },
            None => ZipError::Archive { path: path.clone(), fault },
        })?;
        let by_name =
            entries.iter().enumerate().map(|(at, entry)| (entry.name.clone(), at)).collect();
        Ok(Self { path, bytes, entries, by_name })
    }

    /// The archive's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All entries in the order of the central directory.
    pub fn entries(&self) -> &[ZipEntry] {
        &self.entries
    }

    /// The entry with exactly this name.
    pub fn find(&self, name: &str) -> Option<&ZipEntry> {
        self.by_name.get(name).map(|&at| &self.entries[at])
    }

    /// The contents of one entry, checked against its size and CRC-32.
    pub fn read(&self, entry: &ZipEntry) -> Result<Vec<u8>, ZipError> {
        let mut unpacker = Unpacker::default();
        let contents = unpacker.whole(entry, self.raw(entry));
        contents.map(<[u8]>::to_vec).map_err(|fault| self.at(entry, fault))
    }

    /// Unpacks every entry below `into`, an existing directory, under its own path.
    pub fn extract_all(
        &self,
        into: impl AsRef<Path>,
        options: &ExtractOptions,
    ) -> Result<Vec<Extracted>, ZipError> {
        let all: Vec<_> =
            self.entries.iter().map(|entry| Extraction { entry, to: &entry.path }).collect();
        self.extract(into, &all, options)
    }

    fn raw(&self, entry: &ZipEntry) -> &[u8] {
        // `directory::read` has checked that the range is inside.
        &self.bytes[entry.data.clone()]
    }

    fn at(&self, entry: &ZipEntry, fault: ZipFault) -> ZipError {
        ZipError::Entry { path: self.path.clone(), entry: entry.name.clone(), fault }
    }
}
