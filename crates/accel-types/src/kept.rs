//! One thing that is kept below the cache root, for those who look at all of them.

use std::path::PathBuf;

/// What kinds of things are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeptKind {
    /// A distribution as it was downloaded.
    Archive,
    /// A wheel, unpacked.
    Unpacked,
    /// The bytecode of a wheel for an interpreter.
    Bytecode,
    /// A wheel that was built here.
    Built,
    /// A folder of modules that stands ready for the next environment.
    Staged,
    /// METADATA of a distribution.
    Metadata,
    /// A project's page.
    Page,
    /// Which archives are kept of a place.
    Record,
    /// The digest of a file elsewhere.
    Outside,
    /// The memo of a resolution.
    Resolution,
    /// Facts of an interpreter.
    Interpreter,
}

impl KeptKind {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Archive,
        Self::Unpacked,
        Self::Bytecode,
        Self::Built,
        Self::Staged,
        Self::Metadata,
        Self::Page,
        Self::Record,
        Self::Outside,
        Self::Resolution,
        Self::Interpreter,
    ];

    /// What several of them are called.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Archive => "archives",
            Self::Unpacked => "unpacked wheels",
            Self::Bytecode => "bytecode",
            Self::Built => "built wheels",
            Self::Staged => "staged trees",
            Self::Metadata => "metadata",
            Self::Page => "pages",
            Self::Record => "records",
            Self::Outside => "digests",
            Self::Resolution => "resolutions",
            Self::Interpreter => "interpreters",
        }
    }
}

/// One thing that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// What it is.
    pub kind: KeptKind,
    /// The file, or the folder that is nothing else.
    pub path: PathBuf,
    /// The sha256 of the distribution that it is, or that it was made of.
    pub distribution: Option<String>,
    /// Bytes in its files; of a staged tree only in those that it does not share.
    pub bytes: u64,
    /// Those of them that its removal gives back: environments have no links to them.
    pub freed: u64,
    /// When it was last used, in seconds since 1970.
    pub used: i64,
}
