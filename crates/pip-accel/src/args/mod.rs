//! The command line as pip reads it: options as data, `optparse`'s grammar, configuration as
//! defaults, and pip's words where it is wrong.
//!
//! An option is a row of a table (`*_options`), a [`Dest`], and a
//! field of [`LowArgs`]; a command is a [`Command`], its tables in `command`, its words in
//! `command_words`. What carries a command out is found by [`crate::request::maker`].

mod build_options;
mod command;
mod command_words;
mod completion_options;
mod environment_options;
mod fetch_options;
mod general_options;
mod help;
mod index_options;
mod install_options;
mod low;
mod own_options;
mod parse;
mod requirement_options;
mod similar;
mod upkeep_options;
mod wrap;

pub use command::Command;
pub use command_words::COMMANDS;
pub use help::command_usage as usage;
pub use help::default_text;
pub use low::LowArgs;
pub use parse::{Parsed, Stop, parse};
pub use similar::closest;

use accel_requirements::optparse::{Kind, OptionSpec};

/// What an option sets, named after pip's own names for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the name of its option")]
pub enum Dest {
    Requirements,
    Constraints,
    BuildConstraints,
    RequirementsFromScripts,
    IgnoreDependencies,
    OnlyDependencies,
    Editables,
    DryRun,
    Explain,
    TargetDir,
    Platforms,
    PythonVersion,
    Implementation,
    Abis,
    UseUserSite,
    RootPath,
    PrefixPath,
    SrcDir,
    Upgrade,
    UpgradeStrategy,
    ForceReinstall,
    IgnoreInstalled,
    IgnoreRequiresPython,
    BuildIsolation,
    UsePep517,
    CheckBuildDeps,
    OverrideExternallyManaged,
    ConfigSettings,
    Compile,
    WarnScriptLocation,
    WarnAboutConflicts,
    RequireHashes,
    NoRequireHashes,
    ProgressBar,
    RootUserAction,
    JsonReportFile,
    DependencyGroups,
    NoClean,
    Pre,
    AllReleases,
    OnlyFinal,
    NoBinary,
    OnlyBinary,
    PreferBinary,
    IndexUrl,
    ExtraIndexUrls,
    NoIndex,
    RefreshPackage,
    FindLinks,
    UploadedPriorTo,
    Help,
    Version,
    DebugMode,
    IsolatedMode,
    RequireVenv,
    Python,
    Verbose,
    Quiet,
    Log,
    NoInput,
    KeyringProvider,
    Proxy,
    NoProxyEnv,
    Retries,
    Timeout,
    ExistsAction,
    TrustedHosts,
    Cert,
    ClientCert,
    CacheDir,
    NoCacheDir,
    DisablePipVersionCheck,
    NoColor,
    NoPythonVersionWarning,
    FeaturesEnabled,
    DeprecatedFeaturesEnabled,
    ResumeRetries,
    Freshness,
    SharedCache,
    SystemPackages,
    LinkMode,
    Trees,
    SystemSitePackages,
    Clear,
    Copies,
    Symlinks,
    WithoutPip,
    Prompt,
    DownloadDir,
    WheelDir,
    NoVerify,
    OutputFile,
    Json,
    Yes,
    Outdated,
    Uptodate,
    OnlyEditables,
    IncludeEditable,
    ExcludeEditable,
    NotRequired,
    ListFormat,
    Local,
    UserOnly,
    Paths,
    Excludes,
    FreezeAll,
    Files,
    Algorithm,
    Editor,
    GlobalFile,
    UserFile,
    SiteFile,
    SearchIndex,
    Shell,
    ManDir,
    MaxAge,
    MaxSize,
    Timings,
}

/// A row of a table of options.
pub type Spec = OptionSpec<Dest>;

/// Options under a heading of the help.
pub type Group = (&'static str, &'static [Spec]);

/// What most rows have in common.
const PLAIN: Spec = OptionSpec {
    short: &[],
    long: &[],
    dest: Dest::Help,
    kind: Kind::True,
    metavar: "",
    help: None,
    default: "",
    abbreviable: true,
};
