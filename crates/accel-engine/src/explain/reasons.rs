//! What there is to tell of a choice: plain data. `words` has the sentences, `json` the same for
//! programs.

use accel_resolve::{Asker, Demanded};
use accel_types::{PackageName, SpecifierSet, Version};

/// Why a project is there in the version in which it is, or why it is not there.
#[derive(Debug)]
pub(super) struct Explanation {
    /// The project as its metadata writes it, else as it was asked for.
    pub(super) shown: String,
    pub(super) presence: Presence,
    /// Who asks for it: each a chain of requirements that begins with the user's.
    pub(super) asked: Vec<Vec<Demanded>>,
    /// Whether files of it were looked for at all.
    pub(super) looked: Looked,
    /// Versions that were not chosen, newest first.
    pub(super) others: Vec<Others>,
}

/// Whether and how a project is there.
#[derive(Debug)]
pub(super) enum Presence {
    /// It is part of the answer.
    Chosen { version: Version, fate: Fate, source: Source },
    /// It is installed, and nothing was asked for.
    Installed(Origin),
    /// It is not there; these would bring it in.
    Absent(Vec<Would>),
    /// It is not installed, and nothing was asked for; these would bring it in.
    NotInstalled(Vec<Would>),
}

/// What an installation would do with a distribution.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Install,
    /// The installed version goes.
    Replace(String),
    /// It is installed and stays.
    Keep,
    /// It was resolved for what it requires (`--only-deps`).
    Leave,
}

/// Where a chosen distribution comes from.
#[derive(Debug)]
pub(super) enum Source {
    File {
        /// The page or folder that offers it.
        place: String,
        file: String,
        /// Whether the file is kept here.
        kept: bool,
    },
    Direct {
        url: String,
        editable: bool,
    },
    Installed {
        folder: String,
    },
}

/// What an environment knows of a distribution.
#[derive(Debug)]
pub(super) struct Origin {
    pub(super) version: String,
    pub(super) folder: String,
    /// Whether it has a `REQUESTED` file.
    pub(super) requested: bool,
    /// Who installed it; may be empty.
    pub(super) installer: String,
    /// The URL in `direct_url.json`.
    pub(super) url: Option<String>,
    pub(super) editable: bool,
}

/// What files of a project were looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Looked {
    /// All places were asked.
    Everywhere,
    /// Only what is kept was looked at.
    Kept,
    /// None: a URL or what is installed decided.
    Nowhere,
}

/// What would make a project part of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Would {
    /// `app 1.0`, or a place of the user's.
    pub(super) by: Asker,
    /// The requirement as written.
    pub(super) requirement: String,
    pub(super) how: How,
}

/// Why a requirement does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum How {
    /// This extra would have to be asked for.
    Extra(String),
    /// Its marker does not hold here.
    Marker,
    /// Dependencies are left out (`--no-deps`).
    Dependencies,
    /// Nothing: it is required by what is installed, and missing.
    Missing,
    /// It is a constraint, which asks for nothing.
    Constraint,
}

/// Versions that were not chosen for the same reason, newest first.
#[derive(Debug)]
pub(super) struct Others {
    pub(super) reason: Reason,
    pub(super) versions: Vec<Version>,
    /// The same as runs of versions that follow each other.
    pub(super) runs: Vec<Run>,
}

/// Versions that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) newest: Version,
    pub(super) oldest: Version,
    pub(super) count: usize,
}

/// Why a version was not chosen.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reason {
    /// Specifiers exclude it.
    Excluded(Vec<Bar>),
    /// It requires these versions of Python.
    OtherPython(String),
    OtherPlatform,
    Format,
    /// It was uploaded too late.
    Late,
    /// It was yanked for this reason.
    Yanked(String),
    Prerelease,
    Digest,
    /// Its metadata can't be used, for this reason.
    Unusable(String),
    /// It was tried: the requirements that contradicted each other.
    TurnedDown(Vec<Clause>),
    /// What is installed satisfies.
    Satisfied,
    /// It has no wheel, and wheels are preferred.
    SourceOnly,
    /// The search had chosen before it came to it.
    Settled,
    Older,
    /// Nothing speaks against it.
    Available,
}

impl Reason {
    /// Its name for programs.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Excluded(_) => "excluded",
            Self::OtherPython(_) => "requires-python",
            Self::OtherPlatform => "no-file-for-platform",
            Self::Format => "no-file-of-allowed-format",
            Self::Late => "uploaded-too-late",
            Self::Yanked(_) => "yanked",
            Self::Prerelease => "pre-release",
            Self::Digest => "hash",
            Self::Unusable(_) => "unusable-metadata",
            Self::TurnedDown(_) => "conflict",
            Self::Satisfied => "installed-satisfies",
            Self::SourceOnly => "prefer-binary",
            Self::Settled => "not-tried",
            Self::Older => "older",
            Self::Available => "available",
        }
    }
}

/// A specifier that excludes versions, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bar {
    pub(super) by: Asker,
    /// The requirement as written.
    pub(super) requirement: String,
}

/// One of requirements that contradict each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clause {
    /// None for the version in question itself.
    pub(super) by: Option<Asker>,
    pub(super) requirement: String,
}

/// A set of requirements that contradict each other, none of which could be left out.
#[derive(Debug)]
pub(super) struct Conflict {
    pub(super) parts: Vec<Part>,
    /// What is known of those projects that nothing satisfies.
    pub(super) gaps: Vec<Gap>,
    pub(super) hint: Option<Hint>,
    /// Whether the search for it was cut short, so that it may be larger than need be.
    pub(super) cut_short: bool,
}

/// One requirement of a conflict.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) by: Whose,
    /// What it is about; none for the interpreter.
    pub(super) about: Option<PackageName>,
}

/// Whose requirement it is.
#[derive(Debug)]
pub(super) enum Whose {
    User {
        place: Option<String>,
        requirement: String,
        /// Whether it says more than a name.
        limits: bool,
    },
    Constraint {
        place: Option<String>,
        requirement: String,
    },
    /// Of the versions of a distribution.
    Distribution {
        name: PackageName,
        /// What each of them says: versions, newest first, and the text.
        says: Vec<(Vec<Version>, String)>,
        /// How many versions there are that fit what else is asked for.
        fitting: usize,
        /// How many versions there are.
        all: usize,
    },
}

/// A project of which no version satisfies.
#[derive(Debug)]
pub(super) struct Gap {
    pub(super) about: PackageName,
    /// What the specifiers leave, with what stands in its way.
    pub(super) left: Vec<Others>,
    /// What there is.
    pub(super) there_is: Vec<Run>,
}

/// What may be done about a conflict.
#[derive(Debug)]
pub(super) struct Hint {
    /// The requirement as written.
    pub(super) requirement: String,
    pub(super) place: Option<String>,
    pub(super) constraint: bool,
    /// The same without its limits; none if it would have to go.
    pub(super) instead: Option<String>,
    /// What would then be chosen of the projects of the conflict; empty where that is not certain.
    pub(super) answer: Vec<(PackageName, Version)>,
}

/// What is said of Python where a requirement is about it.
pub(super) fn python_words(specifier: &SpecifierSet) -> String {
    format!("Python {specifier}")
}
