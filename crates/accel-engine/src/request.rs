//! What was asked for, validated: plain data between the command line and the engine.
//!
//! `pip-accel` makes these out of arguments, configuration files, `PIP_*` variables and requirement
//! files; nothing below this point looks at any of those again, nor at the process environment.
//! Every path that pip would make absolute is absolute here.

mod embedding;
mod environment;
mod fetching;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use accel_io::net::{NetworkSettings, ProxyVariables};
use accel_requirements::{ConfigSettings, LockFile, LockedFile, RequirementInput};
use accel_types::{FormatControl, PackageName, ReleaseControl};

pub use accel_store::is_build_variable;
pub use environment::{
    Compared, EnvironmentRequest, FindingRequest, FreezeLine, FreezeRequest, ListFormat,
    ListRequest, ShowRequest, VersionsRequest,
};
pub use fetching::{DownloadRequest, ExplainRequest, LockRequest, WheelRequest};

/// Everything that `pip-accel install` needs to know.
#[derive(Debug, Clone)]
pub struct InstallRequest {
    /// What to install, in pip's order: arguments, dependency groups, editables, requirement files,
    /// script. Requirements whose marker does not hold for the target are still in it.
    pub requirements: Vec<RequirementInput>,
    /// Constraints, from `-c` and from `-c` lines inside requirement files, in order.
    pub constraints: Vec<RequirementInput>,
    /// Constraints that hold in isolated build environments only (`--build-constraint`).
    pub build_constraints: Vec<RequirementInput>,
    /// The files behind `build_constraints` as named by the user, for words.
    pub build_constraint_files: Vec<String>,
    /// `requires-python` of the PEP 723 script (`--requirements-from-script`), to be checked against
    /// the target interpreter unless `selection.ignore_requires_python`.
    pub script_requires_python: Option<ScriptRequiresPython>,
    /// Where distributions are looked for.
    pub index: IndexRequest,
    /// Which of the distributions found are acceptable.
    pub selection: Selection,
    /// What happens to what is installed already.
    pub changes: Changes,
    /// Whether dependencies are followed.
    pub dependencies: Dependencies,
    /// Whether every distribution must match a hash, be pinned, and so on: `--require-hashes`, or
    /// some requirement has `--hash` and `--no-require-hashes` was not given.
    pub require_hashes: bool,
    /// Lock files, each with its place among the requirements.
    pub locks: Vec<LockedAt>,
    /// Whether hashes in lock files turn `require_hashes` on, as those of requirements do.
    pub heed_hashes_of_locks: bool,
    /// The files that lock files allow; made of `locks` as soon as the target is known.
    pub locked: Vec<LockedFile>,
    /// Where files are put.
    pub place: InstallPlace,
    /// Which interpreter is installed for.
    pub python: PythonChoice,
    /// Wheel tags and interpreter version to pretend, for `--platform` and its like.
    pub target_python: TargetPython,
    /// How source trees are built.
    pub build: BuildOptions,
    /// What helps builds that lack packages of the operating system.
    pub system_packages: SystemPackagesRequest,
    /// How files are written.
    pub writing: WritingOptions,
    /// `--dry-run`: resolve and say what would be installed.
    pub dry_run: bool,
    /// `--explain`: say why each version was chosen, or what contradicts itself.
    pub explain: bool,
    /// `--report FILE`; `-` is standard output.
    pub report: Option<String>,
    /// What is common to all commands.
    pub general: General,
}

impl InstallRequest {
    /// The same settings with nothing asked for.
    #[must_use]
    pub fn without_requirements(&self) -> Self {
        Self {
            requirements: Vec::new(),
            constraints: Vec::new(),
            script_requires_python: None,
            require_hashes: false,
            locks: Vec::new(),
            locked: Vec::new(),
            dry_run: false,
            explain: false,
            report: None,
            ..self.clone()
        }
    }
}

/// A lock file among requirements.
#[derive(Debug, Clone)]
pub struct LockedAt {
    /// How many requirements come before it.
    pub at: usize,
    /// The file.
    pub file: LockFile,
}

/// Everything that `pip-accel venv` needs to know.
#[derive(Debug, Clone)]
pub struct VenvRequest {
    /// The directory of the new environment, absolute.
    pub directory: PathBuf,
    /// The directory as typed, for words.
    pub directory_as_typed: String,
    /// `--system-site-packages`.
    pub system_site_packages: bool,
    /// `--clear`: delete what is in the directory first.
    pub clear: bool,
    /// `--copies` rather than symbolic links to the interpreter.
    pub copies: bool,
    /// False with `--without-pip`.
    pub with_pip: bool,
    /// `--prompt`; `.` means the name of the current directory, already replaced here.
    pub prompt: Option<String>,
    /// What to install once the environment is there. Its `python` names the *base* interpreter;
    /// the new environment is the target. With no requirements nothing is installed.
    pub install: InstallRequest,
}

/// A script's own demand on the interpreter (PEP 723).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptRequiresPython {
    /// The script as named by the user.
    pub script: String,
    /// The text of `requires-python`; not validated.
    pub requires_python: String,
}

/// Where distributions are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexRequest {
    /// Index URLs in order, with credentials if typed. Empty with `--no-index` and
    /// `--find-links`; with `--no-index` alone, those whose kept distributions answer.
    pub index_urls: Vec<String>,
    /// `--find-links` values in order: URLs or paths, `~` expanded where that exists.
    pub find_links: Vec<String>,
    /// `--no-index`: no index is asked, and no socket is opened for one.
    pub no_index: bool,
    /// `--refresh-package`: names whose pages are revalidated whatever the policy.
    pub refresh: Refresh,
    /// When kept pages and archives answer without asking the network.
    pub freshness: Freshness,
}

impl IndexRequest {
    /// Whether only kept distributions of the indexes may answer: `--no-index`, and no other
    /// place is named.
    pub fn is_for_kept(&self) -> bool {
        self.no_index && !self.index_urls.is_empty()
    }
}

/// The value of `--refresh-package`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refresh {
    /// `:all:` was given.
    pub all: bool,
    /// The names given.
    pub names: BTreeSet<PackageName>,
}

/// When what is kept answers without the network (`--freshness`, `PIP_ACCEL_FRESHNESS`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Freshness {
    /// Pins are answered by what is kept, open names are looked up.
    #[default]
    Pinned,
    /// Anything kept that satisfies will do.
    Local,
    /// Every page is revalidated, as pip does.
    Always,
}

/// Which of the distributions found are acceptable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// `--no-binary` and `--only-binary`, in the order given.
    pub format_control: FormatControl,
    /// `--all-releases` and `--only-final`, with `--pre` folded in as `--all-releases :all:`.
    pub release_control: ReleaseControl,
    /// `--prefer-binary`.
    pub prefer_binary: bool,
    /// `--ignore-requires-python`.
    pub ignore_requires_python: bool,
    /// What pages say of Pythons counts all the same, as it does for `pip wheel`.
    pub heed_python_of_pages: bool,
    /// `--uploaded-prior-to`: microseconds since 1970-01-01 UTC; files uploaded at or after it are
    /// not candidates.
    pub uploaded_prior_to: Option<i64>,
}

/// What happens to what is installed already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changes {
    /// `--upgrade` with its strategy.
    pub upgrade: Upgrade,
    /// `--force-reinstall`.
    pub force_reinstall: bool,
    /// `--ignore-installed`, also implied by `--target`.
    pub ignore_installed: bool,
}

/// How far an upgrade goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Upgrade {
    /// No `--upgrade`: what is installed stays if it satisfies.
    ToSatisfyOnly,
    /// `--upgrade`: what the user named is upgraded, dependencies only when they must be.
    OnlyIfNeeded,
    /// `--upgrade --upgrade-strategy eager`.
    Eager,
}

/// Whether dependencies are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dependencies {
    /// As usual.
    Follow,
    /// `--no-deps`.
    Ignore,
    /// `--only-deps`: the dependencies without what was named.
    Only,
}

/// Where files are put.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InstallPlace {
    /// `--target DIR`, absolute.
    pub target: Option<PathBuf>,
    /// `--prefix DIR` as typed.
    pub prefix: Option<PathBuf>,
    /// `--root DIR` as typed.
    pub root: Option<PathBuf>,
    /// `--user` (`Some(true)`), `--no-user` (`Some(false)`) or neither: pip then decides by whether
    /// site-packages is writable.
    pub user: Option<bool>,
    /// `--break-system-packages`.
    pub break_system_packages: bool,
}

impl InstallPlace {
    /// Whether PEP 668's marker file must be looked for, given `--dry-run` and `--report`.
    pub fn checks_externally_managed(&self, dry_run: bool, report: bool) -> bool {
        !(dry_run && report)
            && self.root.is_none()
            && self.target.is_none()
            && self.prefix.is_none()
            && !self.break_system_packages
    }
}

/// `uninstall`.
#[derive(Debug, Clone, PartialEq)]
pub struct UninstallRequest {
    /// What to remove: names as typed, each once.
    pub names: Vec<String>,
    /// `--yes`: nobody is asked.
    pub yes: bool,
    /// `--break-system-packages`.
    pub break_system_packages: bool,
    /// The environment.
    pub python: PythonChoice,
    /// What is common to all commands.
    pub general: General,
}

/// Which interpreter is installed for; the first that exists wins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PythonChoice {
    /// `--python`, resolved to an interpreter that exists.
    pub explicit: Option<PathBuf>,
    /// The folder of this program's own executable, links unresolved: an interpreter in it is meant.
    pub program_folder: Option<PathBuf>,
    /// `$VIRTUAL_ENV`.
    pub virtual_env: Option<PathBuf>,
    /// `$CONDA_PREFIX`.
    pub conda_prefix: Option<PathBuf>,
    /// The folders of `$PATH`, in order, for `python3` and then `python`.
    pub search_path: Vec<PathBuf>,
}

/// Pretended target for wheel tags and `Requires-Python`; all empty as a rule.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TargetPython {
    /// `--platform`, repeated.
    pub platforms: Vec<String>,
    /// `--python-version`: one to three numbers.
    pub python_version: Option<Vec<u32>>,
    /// `--implementation`.
    pub implementation: Option<String>,
    /// `--abi`, repeated.
    pub abis: Vec<String>,
}

impl TargetPython {
    /// Whether anything is pretended.
    pub fn is_set(&self) -> bool {
        !self.platforms.is_empty()
            || self.python_version.as_ref().is_some_and(|version| !version.is_empty())
            || self.implementation.as_ref().is_some_and(|name| !name.is_empty())
            || !self.abis.is_empty()
    }
}

/// How source trees are built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildOptions {
    /// False with `--no-build-isolation`.
    pub isolation: bool,
    /// `--check-build-dependencies`.
    pub check_build_dependencies: bool,
    /// `--config-settings` of the command line: they apply to requirements named there, whose
    /// [`RequirementInput::config_settings`] hold them already.
    pub config_settings: ConfigSettings,
    /// `--src DIR`, absolute: where editable VCS checkouts go. `None` means pip's default, which
    /// depends on the target (`<venv>/src`, else `<current dir>/src`).
    pub source_directory: Option<PathBuf>,
    /// `--no-clean`: leave build directories behind.
    pub no_clean: bool,
}

/// Packages of the operating system that builds lack. No build depends on this.
#[derive(Debug, Clone)]
pub struct SystemPackagesRequest {
    /// What happens then.
    pub mode: SystemPackages,
    /// Folders with the user's data files about such packages, most important first.
    pub lists: Vec<PathBuf>,
}

/// What happens when a build lacks packages of the operating system (`--system-packages`,
/// `PIP_ACCEL_SYSTEM_PACKAGES`, `PIP_ACCEL_AUTO_INSTALL`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemPackages {
    /// They are installed.
    Install,
    /// The user is asked whether to install them.
    Ask,
    /// They are named.
    Hint,
    /// Nothing.
    Off,
}

/// How files are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WritingOptions {
    /// Byte-compile (true unless `--no-compile`).
    pub compile: bool,
    /// How files get from the store into the environment (`--link-mode`, `PIP_ACCEL_LINK_MODE`).
    pub link_mode: LinkChoice,
    /// How many staged trees of a set a run that had work to do leaves behind (`PIP_ACCEL_STAGE`).
    pub stage: usize,
    /// Warn about scripts outside `PATH`; false with `--target`, `--prefix` and
    /// `--no-warn-script-location`.
    pub warn_script_location: bool,
    /// Warn about broken dependencies; false with `--no-warn-conflicts`.
    pub warn_conflicts: bool,
}

/// How files get from the store into the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LinkChoice {
    /// Reflink, else hard link, else copy.
    #[default]
    Auto,
    /// Copy-on-write clones.
    Reflink,
    /// Hard links.
    Hardlink,
    /// Plain copies.
    Copy,
}

/// What is common to all commands.
#[derive(Debug, Clone, PartialEq)]
pub struct General {
    /// The current directory, absolute.
    pub current_dir: PathBuf,
    /// The user's home directory, if known.
    pub home: Option<PathBuf>,
    /// The root of everything kept: `$PIP_ACCEL_CACHE`, `[pip-accel] cache`, `$XDG_CACHE_HOME`.
    pub cache_root: PathBuf,
    /// False with `--no-cache-dir`: nothing kept is used and nothing is kept beyond the run.
    pub use_cache: bool,
    /// `--verbose` minus `--quiet`; 2 with `--debug`.
    pub verbosity: i32,
    /// `--progress-bar`, `auto` resolved by verbosity.
    pub progress_bar: ProgressBar,
    /// Whether the terminal moves no lines (`TERM=dumb`).
    pub dumb_terminal: bool,
    /// `--no-color` or `$NO_COLOR`.
    pub no_color: bool,
    /// `--log FILE`.
    pub log: Option<PathBuf>,
    /// `--no-input`.
    pub no_input: bool,
    /// `--exists-action`, in order: `s`, `i`, `w`, `b`, `a`.
    pub exists_action: Vec<String>,
    /// `$PIP_NO_PARTIAL_CLONE_FOR_BROKEN_GIT_SERVER` says yes.
    pub no_partial_clone: bool,
    /// `--isolated`.
    pub isolated: bool,
    /// `--debug`.
    pub debug: bool,
    /// `--disable-pip-version-check` (or `--no-index`): no question about a newer pip.
    pub disable_version_check: bool,
    /// False with `--root-user-action=ignore`.
    pub warn_root_user: bool,
    /// `--use-feature`, deduplicated, in order.
    pub features: Vec<String>,
    /// What pip says of options in requirement files as it reads them.
    pub notes: Vec<String>,
    /// How the network is reached.
    pub network: NetworkRequest,
    /// The folders of `$PATH`, in order: for `git`, `keyring` and the warning about scripts.
    pub search_path: Vec<PathBuf>,
    /// The variables that change what Python sees.
    pub python: PythonVariables,
    /// The process's umask.
    pub umask: u32,
    /// The variables that compilers and build backends read (`CC`, `CFLAGS`, … as listed by
    /// [`is_build_variable`]) with their values: part of a build's key.
    pub build_variables: Vec<(String, String)>,
    /// Shelves that a fleet shares.
    pub shared_cache: SharedCacheRequest,
}

/// Shelves that a fleet shares (`--shared-cache`, `PIP_ACCEL_SHARED_CACHE`).
#[derive(Clone, PartialEq)]
pub struct SharedCacheRequest {
    /// Their URLs, in the order in which they are asked.
    pub urls: Vec<String>,
    /// Keys that sign or verify what no index vouches for.
    pub keys: Vec<String>,
    /// Whether what nobody has signed is believed and written.
    pub allow_unsigned: bool,
    /// Nothing is written.
    pub read_only: bool,
    /// How long a shelf may be silent before it is left out.
    pub timeout: Duration,
    /// A builder of whom nothing was heard for so long is taken for dead.
    pub lease: Duration,
    /// How long a run may take to write what it has made, after its work is done.
    pub write_for: Duration,
    /// Variables with credentials and endpoints.
    pub variables: Vec<(String, String)>,
}

impl std::fmt::Debug for SharedCacheRequest {
    // Keys and credentials are not shown.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("SharedCacheRequest")
            .field("shelves", &self.urls.len())
            .field("allow_unsigned", &self.allow_unsigned)
            .field("read_only", &self.read_only)
            .finish_non_exhaustive()
    }
}

/// The variables that change what Python sees as its `sys.path`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PythonVariables {
    /// `$PYTHONUSERBASE`, if set and not empty.
    pub user_base: Option<PathBuf>,
    /// Whether `$PYTHONNOUSERSITE` is set and not empty.
    pub no_user_site: bool,
    /// `$PYTHONPATH`, taken apart.
    pub python_path: Vec<PathBuf>,
}

/// What is drawn while files arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProgressBar {
    /// A bar.
    On,
    /// Nothing.
    Off,
    /// Lines `Progress N of M`, for programs.
    Raw,
}

/// How the network is reached.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkRequest {
    /// `--timeout`, seconds; zero means none.
    pub timeout: f64,
    /// `--retries`.
    pub retries: u32,
    /// `--resume-retries`.
    pub resume_retries: u32,
    /// Where requests go through.
    pub proxy: Proxy,
    /// `--cert`, else `$REQUESTS_CA_BUNDLE`, else `$CURL_CA_BUNDLE` (the two only where pip looks
    /// at them). A file or a folder; replaces the default roots.
    pub cert: Option<PathBuf>,
    /// `--client-cert`: private key and certificate in one PEM file.
    pub client_cert: Option<PathBuf>,
    /// `--trusted-host` of arguments, configuration and requirement files: `host` or `host:port`.
    pub trusted_hosts: Vec<String>,
    /// `--keyring-provider`: `auto`, `disabled`, `import` or `subprocess`.
    pub keyring_provider: String,
    /// The netrc file to read, if any: `$NETRC`, else `~/.netrc`, else `~/_netrc`.
    pub netrc: Option<PathBuf>,
    /// `$PIP_USER_AGENT_USER_DATA` (`$PIP_USER_AGENT_…`), reported to the index as pip does.
    pub user_agent_data: Option<String>,
    /// Whether the environment looks like continuous integration, reported to the index.
    pub ci: bool,
    /// No socket may be opened at all (`--no-index`, unless a requirement is itself a URL).
    pub offline: bool,
}

impl NetworkRequest {
    /// The settings of the network that this describes; `index_urls` lend their credentials to
    /// requests to the same hosts.
    pub fn settings(&self, index_urls: &[String]) -> NetworkSettings {
        let mut settings = NetworkSettings {
            offline: self.offline,
            // pip's zero means to wait for ever; a day is as good and cannot overflow.
            timeout: Duration::try_from_secs_f64(self.timeout)
                .ok()
                .filter(|timeout| !timeout.is_zero() && *timeout < DAY)
                .unwrap_or(DAY),
            retries: self.retries,
            resume_retries: self.resume_retries,
            cert: self.cert.clone(),
            client_cert: self.client_cert.clone(),
            trusted_hosts: self.trusted_hosts.clone(),
            index_urls: index_urls.to_vec(),
            netrc: self.netrc.clone(),
            ..NetworkSettings::default()
        };
        match &self.proxy {
            Proxy::Url(url) => settings.proxy = Some(url.clone()),
            Proxy::Direct => settings.proxy = Some(String::new()),
            Proxy::Environment { http, https, all, no_proxy } => {
                settings.proxy_variables = ProxyVariables {
                    http: http.clone(),
                    https: https.clone(),
                    all: all.clone(),
                    no_proxy: no_proxy.clone(),
                };
            }
        }
        settings
    }
}

const DAY: Duration = Duration::from_hours(24);

/// Where requests go through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proxy {
    /// `--proxy URL` for everything.
    Url(String),
    /// `--proxy ''` or `--no-proxy-env`: straight.
    Direct,
    /// What the `*_proxy` variables said, each as found (lower case first).
    Environment {
        /// `http_proxy`.
        http: Option<String>,
        /// `https_proxy`.
        https: Option<String>,
        /// `all_proxy`.
        all: Option<String>,
        /// `no_proxy`.
        no_proxy: Option<String>,
    },
}
