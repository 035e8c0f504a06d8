//! What the commands that look at an environment ask for: `list`, `freeze`, `show`, `check`,
//! `inspect`, `index`.

use std::path::PathBuf;

use accel_types::PackageName;

use super::{General, IndexRequest, PythonChoice, Selection, TargetPython};

/// Which distributions of which environment are looked at.
#[derive(Debug, Clone)]
pub struct EnvironmentRequest {
    /// Which interpreter is looked at.
    pub python: PythonChoice,
    /// `--local`: not what a virtual environment has from outside.
    pub local: bool,
    /// `--user`: only what is in the user's site folder.
    pub user: bool,
    /// `--path`, as typed; the interpreter's `sys.path` if there is none.
    pub paths: Vec<PathBuf>,
    /// How often `--verbose` was given, whatever `--quiet` says.
    pub verbose: i64,
    /// What is common to all commands.
    pub general: General,
}

/// `pip list`.
#[derive(Debug, Clone)]
pub struct ListRequest {
    /// Which distributions.
    pub environment: EnvironmentRequest,
    /// `--editable`.
    pub only_editables: bool,
    /// Not `--exclude-editable`.
    pub include_editables: bool,
    /// `--not-required`.
    pub not_required: bool,
    /// `--exclude`.
    pub excludes: Vec<PackageName>,
    /// `--format`.
    pub format: ListFormat,
    /// `--outdated`, `--uptodate`.
    pub compared: Option<Compared>,
    /// Where the newest versions are looked for.
    pub finding: FindingRequest,
}

/// `--format` of `pip list`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListFormat {
    /// A table.
    Columns,
    /// `name==version`.
    Freeze,
    /// JSON.
    Json,
}

/// Which of two kinds of distributions `pip list` shows, by what the index has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// There is a newer version.
    Outdated,
    /// It is the newest version.
    Uptodate,
}

/// Where versions are looked for, and which of them count.
#[derive(Debug, Clone)]
pub struct FindingRequest {
    /// The places.
    pub index: IndexRequest,
    /// Which files count.
    pub selection: Selection,
    /// Whose files count.
    pub target_python: TargetPython,
}

/// `pip freeze`.
#[derive(Debug, Clone)]
pub struct FreezeRequest {
    /// Which distributions.
    pub environment: EnvironmentRequest,
    /// `--requirement`: what the files say, in order; none without the option.
    pub requirements: Option<Vec<FreezeLine>>,
    /// `--all`: pip and its like, too.
    pub all: bool,
    /// `--exclude-editable`.
    pub exclude_editables: bool,
    /// `--exclude`.
    pub excludes: Vec<PackageName>,
}

/// What a line of a requirement file is to `pip freeze`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FreezeLine {
    /// A comment, an empty line or an option: repeated, but once.
    Kept(String),
    /// A requirement.
    Requirement {
        /// The file as named by the user.
        file: String,
        /// The line without its comment.
        text: String,
        /// The line.
        whole: String,
        /// What it names, as written, if that is known.
        name: Option<String>,
    },
    /// Something that pip says about a line before it is done with it.
    Warning(String),
    /// pip refuses the line in these words.
    Refused(String),
    /// The file can't be read, or not understood: pip ends in a traceback.
    Unreadable(String),
}

/// `pip show`.
#[derive(Debug, Clone)]
pub struct ShowRequest {
    /// Which environment.
    pub environment: EnvironmentRequest,
    /// The names as typed.
    pub names: Vec<String>,
    /// `--files`.
    pub files: bool,
}

/// `pip index versions`.
#[derive(Debug, Clone)]
pub struct VersionsRequest {
    /// Which environment.
    pub environment: EnvironmentRequest,
    /// The name as typed.
    pub name: String,
    /// `--json`.
    pub json: bool,
    /// Where to look.
    pub finding: FindingRequest,
}
