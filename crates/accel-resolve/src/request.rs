//! What is asked of the resolver: roots, constraints, options and the target's facts.

use accel_types::{
    ExtraName, FormatControl, Hashes, Marker, MarkerEnvironment, ReleaseControl, Requirement,
    TagList, Version,
};

/// Everything that decides a resolution, besides what the [`Provider`](crate::Provider) answers.
#[derive(Debug, Clone)]
pub struct ResolveRequest {
    /// Requirements in pip's order: arguments, groups, editables, requirement files.
    pub roots: Vec<Root>,
    /// Constraints in the order in which they were read. They never add a distribution.
    pub constraints: Vec<Constraint>,
    /// Command-line options that change which candidate is chosen.
    pub options: Options,
    /// Environment of the *running* interpreter: pip evaluates markers in it even if
    /// `--python-version` or `--platform` describe another target.
    pub environment: MarkerEnvironment,
    /// Wheel tags of the target, best first.
    pub tags: TagList,
    /// Full version of the target Python, such as `3.11.7`.
    pub python: Version,
}

/// One requirement of the user (pip's root `InstallRequirement`).
#[derive(Debug, Clone)]
pub struct Root {
    /// What is required.
    pub kind: RootKind,
    /// Where it was written, as pip says it: `-r requirements.txt (line 3)`; none for arguments.
    pub comes_from: Option<String>,
    /// Digests of its `--hash` options.
    pub hashes: Hashes,
    /// Whether the user asked for it (false only for what pip itself adds, such as the
    /// requirements of a build backend): decides upgrades and the REQUESTED file.
    pub user_supplied: bool,
}

/// The two ways in which a root names a distribution.
#[derive(Debug, Clone)]
pub enum RootKind {
    /// `name[extra]>=1; marker`, or PEP 508's `name @ URL`.
    Named(Requirement),
    /// A bare URL, a file, a directory, or an editable.
    Direct(Direct),
}

/// A requirement that is one certain place. The name may be unknown until it was prepared.
#[derive(Debug, Clone, PartialEq)]
pub struct Direct {
    /// What is known of the name (`#egg=`, `name @ URL` of an editable); a wheel's is read from
    /// its file name.
    pub requirement: Option<Requirement>,
    /// The URL with its fragment, VCS scheme included; `file://` for paths.
    pub url: String,
    /// Extras written behind a path: `./project[test]`.
    pub extras: Vec<ExtraName>,
    /// Marker written behind it.
    pub marker: Option<Marker>,
    /// Whether it was given with `-e`.
    pub editable: bool,
}

/// One line of a constraints file. Invalid shapes (unnamed, with extras) are refused by the
/// resolver in pip's words.
#[derive(Debug, Clone)]
pub struct Constraint {
    /// What it says; a URL makes the file at that URL the only candidate.
    pub kind: RootKind,
    /// Where it was written, as pip says it: `-c constraints.txt (line 1)`.
    pub comes_from: Option<String>,
    /// Digests of its `--hash` options.
    pub hashes: Hashes,
}

/// When an installed distribution may be replaced although it satisfies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Upgrade {
    /// Without `--upgrade`: only to satisfy a requirement.
    #[default]
    ToSatisfyOnly,
    /// `--upgrade`: what the user named, the rest only if needed.
    OnlyIfNeeded,
    /// `--upgrade --upgrade-strategy eager`: everything.
    Eager,
}

/// Options that change the answer.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `--upgrade` with its strategy.
    pub upgrade: Upgrade,
    /// `--ignore-installed`: as if nothing were installed.
    pub ignore_installed: bool,
    /// `--force-reinstall`: installed distributions are no candidates and are always replaced.
    pub force_reinstall: bool,
    /// `--ignore-requires-python`.
    pub ignore_requires_python: bool,
    /// What pages say of Pythons counts all the same.
    pub heed_python_of_pages: bool,
    /// `--no-deps`.
    pub no_dependencies: bool,
    /// `--only-deps`: the user's own requirements are resolved but not installed.
    pub only_dependencies: bool,
    /// `--prefer-binary`.
    pub prefer_binary: bool,
    /// `--no-binary` and `--only-binary`.
    pub formats: FormatControl,
    /// `--pre`, `--all-releases` and `--only-final`.
    pub releases: ReleaseControl,
    /// `--uploaded-prior-to`: microseconds since 1970 UTC.
    pub uploaded_prior_to: Option<i64>,
}
