//! The command line as pip reads it: options as data, `optparse`'s grammar, configuration as
//! defaults, and pip's words where it is wrong.

mod general_options;
mod help;
mod index_options;
mod install_options;
mod low;
mod own_options;
mod parse;
mod similar;
mod wrap;

pub use low::{LowArgs, is_pylock};
pub use parse::{Parsed, Stop, parse};

use accel_requirements::optparse::OptionSpec;

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
    LinkMode,
    SystemSitePackages,
    Clear,
    Copies,
    Symlinks,
    WithoutPip,
    Prompt,
}

/// Options under a heading of the help.
pub type Group = (&'static str, &'static [OptionSpec<Dest>]);

/// A subcommand that is native.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// `install`.
    Install,
    /// `venv`.
    Venv,
}

impl Command {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Venv => "venv",
        }
    }

    /// The native command of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Install, Self::Venv].into_iter().find(|command| command.name() == name)
    }

    /// The sections of configuration files that hold for it, later ones over earlier ones.
    fn sections(self) -> &'static [&'static str] {
        match self {
            Self::Install => &["install"],
            Self::Venv => &["install", "venv"],
        }
    }

    /// Its options in the order of its help.
    pub fn groups(self) -> Vec<Group> {
        let mut groups: Vec<Group> = vec![
            ("Install Options", &install_options::INSTALL),
            ("Package Selection Options", &index_options::SELECTION),
            ("Package Index Options", &index_options::INDEX),
            ("General Options", &general_options::GENERAL),
            ("Pip-accel Options", &own_options::OWN),
        ];
        if self == Self::Venv {
            groups.insert(0, ("Venv Options", &own_options::VENV));
        }
        groups
    }

    /// The lines after `Usage:`, with `%prog` for program and command.
    fn usage(self) -> &'static str {
        match self {
            Self::Install => {
                "\n%prog [options] <requirement specifier> [package-index-options] ...\n\
                 %prog [options] -r <requirements file> [package-index-options] ...\n\
                 %prog [options] [-e] <vcs project url> ...\n\
                 %prog [options] [-e] <local project path> ...\n\
                 %prog [options] <archive url/path> ..."
            }
            Self::Venv => {
                "\n%prog [options] <directory>\n\
                 %prog [options] <directory> <requirement specifier> [install-options] ...\n\
                 %prog [options] <directory> -r <requirements file> [install-options] ..."
            }
        }
    }

    /// The text under `Description:`.
    fn description(self) -> &'static str {
        match self {
            Self::Install => {
                "Install packages from:\n\n\
                 - PyPI (and other indexes) using requirement specifiers.\n\
                 - VCS project urls.\n\
                 - Local project directories.\n\
                 - Local or remote source archives.\n\n\
                 pip also supports installing from \"requirements files\", which provide\n\
                 an easy way to specify a whole environment to be installed."
            }
            Self::Venv => {
                "Create a virtual environment, and install what is named into it.\n\n\
                 All options of \"install\" are understood."
            }
        }
    }
}
