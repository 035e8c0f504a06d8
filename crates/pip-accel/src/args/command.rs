//! The commands: their names, sections of configuration, options, and the words of their help.

use super::{
    Group, completion_options, environment_options, fetch_options, general_options, index_options,
    install_options, own_options, upkeep_options,
};

/// A subcommand whose command line is understood here, whether it is carried out natively or handed
/// over ([`crate::request::maker`] says which).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is the command of that name")]
pub enum Command {
    Install,
    Venv,
    Lock,
    Download,
    Uninstall,
    Freeze,
    Inspect,
    List,
    Show,
    Check,
    Explain,
    Config,
    Search,
    Cache,
    Index,
    Wheel,
    Hash,
    Completion,
    Debug,
    Alias,
    Man,
    Help,
    /// `cache stage`: takes the options of `install`, so it is a command of its own here.
    Stage,
    /// `cache warm`.
    Warm,
    /// `cache pull`.
    Pull,
    /// `--version` in front of a command: no command by name.
    Version,
}

impl Command {
    /// All that have a name, in the order of pip's help.
    pub const ALL: [Self; 22] = [
        Self::Install,
        Self::Venv,
        Self::Lock,
        Self::Download,
        Self::Uninstall,
        Self::Freeze,
        Self::Inspect,
        Self::List,
        Self::Show,
        Self::Check,
        Self::Explain,
        Self::Config,
        Self::Search,
        Self::Cache,
        Self::Index,
        Self::Wheel,
        Self::Hash,
        Self::Completion,
        Self::Debug,
        Self::Alias,
        Self::Man,
        Self::Help,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Venv => "venv",
            Self::Lock => "lock",
            Self::Download => "download",
            Self::Uninstall => "uninstall",
            Self::Freeze => "freeze",
            Self::Inspect => "inspect",
            Self::List => "list",
            Self::Show => "show",
            Self::Check => "check",
            Self::Explain => "explain",
            Self::Config => "config",
            Self::Search => "search",
            Self::Cache => "cache",
            Self::Index => "index",
            Self::Wheel => "wheel",
            Self::Hash => "hash",
            Self::Completion => "completion",
            Self::Debug => "debug",
            Self::Alias => "alias",
            Self::Man => "man",
            Self::Help => "help",
            Self::Stage => "cache stage",
            Self::Warm => "cache warm",
            Self::Pull => "cache pull",
            Self::Version => "--version",
        }
    }

    /// Whether pip has no such command.
    pub fn is_own(self) -> bool {
        matches!(self, Self::Explain | Self::Venv | Self::Alias | Self::Man)
    }

    /// The words that may stand first among its arguments, in pip's order.
    pub fn subcommands(self) -> &'static [&'static str] {
        match self {
            Self::Config => &["list", "edit", "get", "set", "unset", "debug"],
            Self::Cache => &["dir", "info", "list", "remove", "purge"],
            Self::Index => &["versions"],
            _ => &[],
        }
    }

    /// The words that pip does not have there.
    pub fn own_subcommands(self) -> &'static [&'static str] {
        match self {
            Self::Cache => &["verify", "prune", "stats", "stage", "warm", "push", "pull"],
            _ => &[],
        }
    }

    /// The command of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|command| command.name() == name)
    }

    /// The same, or the command that the word after it makes of it.
    pub(super) fn before(self, word: Option<&str>) -> Self {
        match (self, word) {
            (Self::Cache, Some("stage")) => Self::Stage,
            (Self::Cache, Some("warm")) => Self::Warm,
            (Self::Cache, Some("pull")) => Self::Pull,
            _ => self,
        }
    }

    /// The sections of configuration files that hold for it, later ones over earlier ones.
    pub(super) fn sections(self) -> Vec<&'static str> {
        match self {
            Self::Venv => vec!["install", "venv"],
            Self::Explain => vec!["install", "explain"],
            Self::Stage | Self::Warm | Self::Pull => vec!["install"],
            _ => vec![self.name()],
        }
    }

    /// Whether `--require-virtualenv` lets it run without a virtual environment.
    pub fn ignores_require_virtualenv(self) -> bool {
        match self {
            Self::Freeze
            | Self::Inspect
            | Self::List
            | Self::Show
            | Self::Check
            | Self::Explain
            | Self::Config
            | Self::Search
            | Self::Cache
            | Self::Index
            | Self::Hash
            | Self::Completion
            | Self::Debug
            | Self::Alias
            | Self::Man
            | Self::Help
            | Self::Version
            | Self::Stage
            | Self::Warm
            | Self::Pull
            | Self::Venv => true,
            Self::Install | Self::Lock | Self::Download | Self::Uninstall | Self::Wheel => false,
        }
    }

    /// The options in front of a command, in the order of the program's help.
    pub fn main_groups() -> [Group; 2] {
        let version = std::slice::from_ref(&general_options::VERSION);
        [("", version), ("General Options", &general_options::GENERAL)]
    }

    /// Its options in the order of its help.
    pub fn groups(self) -> Vec<Group> {
        let selection: Group = ("Package Selection Options", &index_options::SELECTION);
        let index: Group = ("Package Index Options", &index_options::INDEX);
        let general: Group = ("General Options", &general_options::GENERAL);
        let install: Group = ("Install Options", &install_options::INSTALL);
        let own: Group = ("Pip-accel Options", &own_options::OWN);
        let resolving = |group: Group| vec![group, selection, index, general];
        let own_of_fetching: Group = ("Pip-accel Options", &own_options::OWN_OF_FETCHING);
        let fetching = |group: Group| vec![group, selection, index, general, own_of_fetching];
        let own_of_keeping: Group = ("Pip-accel Options", &own_options::OWN_OF_KEEPING);
        match self {
            Self::Install => vec![install, selection, index, general, own],
            Self::Warm | Self::Pull => vec![install, selection, index, general, own_of_keeping],
            Self::Explain => {
                let explain: Group = ("Explain Options", &own_options::EXPLAIN);
                vec![explain, install, selection, index, general, own_of_fetching]
            }
            Self::Venv => {
                let venv: Group = ("Venv Options", &own_options::VENV);
                vec![venv, install, selection, index, general, own]
            }
            Self::Stage => {
                let stage: Group = ("Stage Options", &own_options::STAGE);
                vec![stage, install, selection, index, general, own_of_keeping]
            }
            Self::Lock => fetching(("Lock Options", &fetch_options::LOCK)),
            Self::Download => fetching(("Download Options", &fetch_options::DOWNLOAD)),
            Self::Wheel => fetching(("Wheel Options", &fetch_options::WHEEL)),
            Self::Index => resolving(("Index Options", &fetch_options::INDEX_COMMAND)),
            Self::List => resolving(("List Options", &environment_options::LIST)),
            Self::Freeze => vec![("Freeze Options", &environment_options::FREEZE), general],
            Self::Inspect => vec![("Inspect Options", &environment_options::INSPECT), general],
            Self::Show => vec![("Show Options", &environment_options::SHOW), general],
            Self::Uninstall => {
                vec![("Uninstall Options", &environment_options::UNINSTALL), general]
            }
            Self::Config => vec![("Config Options", &upkeep_options::CONFIG), general],
            Self::Search => vec![("Search Options", &index_options::SEARCH), general],
            Self::Cache => {
                let own: Group = ("Pip-accel Options", &own_options::CACHE);
                vec![("Cache Options", &upkeep_options::CACHE), general, own]
            }
            Self::Hash => vec![("Hash Options", &upkeep_options::HASH), general],
            Self::Completion => {
                vec![("Completion Options", &completion_options::COMPLETION), general]
            }
            Self::Debug => vec![("Debug Options", &fetch_options::DEBUG), general],
            Self::Man => vec![("Man Options", &own_options::MAN), general],
            Self::Alias | Self::Check | Self::Help | Self::Version => vec![general],
        }
    }
}
