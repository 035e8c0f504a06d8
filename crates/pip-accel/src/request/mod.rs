//! From options as typed to a validated request: pip's checks in pip's order, requirement files
//! read, and everything that came from the environment put down as plain data.
//!
//! To make a command native that is handed over so far: write `request/COMMAND.rs` with a
//! [`Maker`], name it in [`maker`], give [`Request`] a variant, and carry that out in
//! `commands/COMMAND.rs`. Its options are in the tables of [`crate::args`] already.

mod answers;
mod aws_profile;
mod cache;
mod checks;
mod config;
mod environment;
mod explain;
mod fetching;
mod finding;
mod freeze;
mod gathering;
mod general;
mod hash;
mod install;
mod man;
mod network;
mod own_settings;
mod quantity;
mod shared_cache;
mod stage;
mod uninstall;
mod venv;
mod version;
mod warm;

use std::path::PathBuf;

use accel_engine::request::{
    DownloadRequest, EnvironmentRequest, ExplainRequest, FreezeRequest, General, InstallRequest,
    ListRequest, LockRequest, ShowRequest, UninstallRequest, VenvRequest, VersionsRequest,
    WheelRequest,
};

use crate::args::{Command, Parsed, Stop};
use crate::surroundings::{Surroundings, prefix_of};

pub use cache::{KeptAction, KeptRequest, PipCacheAction, PipCacheRequest};
pub use checks::HANDED_OVER;
pub use config::{ConfigAction, ConfigRequest};
pub use hash::HashRequest;
pub use man::ManRequest;
pub use stage::StageRequest;
pub use version::VersionRequest;

/// What a command line asks for.
#[derive(Debug, Clone)]
pub enum Request {
    /// `install`.
    Install(Box<InstallRequest>),
    /// `download`.
    Download(Box<DownloadRequest>),
    /// `wheel`.
    Wheel(Box<WheelRequest>),
    /// `lock`.
    Lock(Box<LockRequest>),
    /// `explain`.
    Explain(Box<ExplainRequest>),
    /// `venv`.
    Venv(Box<VenvRequest>),
    /// `cache stage`.
    Stage(Box<StageRequest>),
    /// `uninstall`.
    Uninstall(Box<UninstallRequest>),
    /// `--version`.
    Version(Box<VersionRequest>),
    /// `list`.
    List(Box<ListRequest>),
    /// `freeze`.
    Freeze(Box<FreezeRequest>),
    /// `show`.
    Show(Box<ShowRequest>),
    /// `check`.
    Check(Box<EnvironmentRequest>),
    /// `inspect`.
    Inspect(Box<EnvironmentRequest>),
    /// `index versions`.
    Versions(Box<VersionsRequest>),
    /// `config`.
    Config(Box<ConfigRequest>),
    /// `hash`.
    Hash(HashRequest),
    /// `man --output-dir`.
    Man(Box<ManRequest>),
    /// `cache` about pip's own folder.
    PipCache(Box<PipCacheRequest>),
    /// `cache warm` and `cache pull`.
    Warm(Box<InstallRequest>),
    /// `cache push`.
    Push(Box<General>),
    /// `cache` about what is kept here.
    Kept(KeptRequest),
}

/// Makes the request of one command of what was parsed; warnings are appended in order, each without
/// `WARNING: ` in front.
pub type Maker = fn(&Parsed, &Surroundings, &mut Vec<String>) -> Result<Request, Stop>;

/// What makes the request of a command; none for a command that is handed over.
pub fn maker(command: Command) -> Option<Maker> {
    match command {
        Command::Install => Some(install::make),
        Command::Download => Some(fetching::download),
        Command::Wheel => Some(fetching::wheel),
        Command::Lock => Some(fetching::lock),
        Command::Explain => Some(explain::make),
        Command::Venv => Some(venv::make),
        Command::Stage => Some(stage::make),
        Command::Warm | Command::Pull => Some(warm::make),
        Command::Uninstall => Some(uninstall::make),
        Command::Version => Some(version::make),
        Command::List => Some(environment::list),
        Command::Freeze => Some(freeze::make),
        Command::Show => Some(environment::show),
        Command::Check => Some(environment::check),
        Command::Inspect => Some(environment::inspect),
        Command::Index => Some(finding::index),
        Command::Config => Some(config::make),
        Command::Hash => Some(hash::make),
        Command::Completion => Some(answers::completion),
        Command::Alias => Some(answers::alias),
        Command::Man => Some(man::make),
        Command::Cache => Some(cache::make),
        // Every other is handed over; `help` is answered while arguments are parsed.
        _ => None,
    }
}

/// A request, and what must be said before it is carried out.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What to do.
    pub request: Request,
    /// Warnings in order, each without `WARNING: ` in front.
    pub warnings: Vec<String>,
    /// `--verbose` minus `--quiet`; 2 with `--debug`.
    pub verbosity: i64,
    /// `--timings`: the page to write.
    pub timings: Option<PathBuf>,
}

/// Features that are always on: naming them earns a warning.
const ALWAYS_ENABLED: [&str; 3] =
    ["build-constraint", "no-binary-enable-wheel-cache", "truststore"];

/// Validates a parsed command line and reads the files that it names.
pub fn build(parsed: &Parsed, surroundings: &Surroundings) -> Result<Asked, Stop> {
    let mut warnings = Vec::new();
    let named: Vec<&str> = ALWAYS_ENABLED
        .into_iter()
        .filter(|feature| parsed.options.features_enabled.iter().any(|enabled| enabled == feature))
        .collect();
    if !named.is_empty() {
        warnings.push(format!("The following features are always enabled: {}. ", named.join(", ")));
    }
    if parsed.options.require_venv && !parsed.command.ignores_require_virtualenv() {
        require_virtualenv(parsed, surroundings)?;
    }
    let Some(make) = maker(parsed.command) else {
        let reason = parsed.command.name().to_owned();
        return Err(Stop::HandOver { reason, python: parsed.python.clone() });
    };
    match make(parsed, surroundings, &mut warnings) {
        Ok(request) => {
            let options = &parsed.options;
            warnings.extend(general::warning_of_cache(parsed, surroundings));
            let timings = own_settings::timings(options, surroundings, &parsed.configuration);
            let verbosity = general::verbosity(options);
            Ok(Asked { request, warnings, verbosity, timings })
        }
        Err(Stop::Wrong { text, code }) => {
            let shown = general::verbosity(&parsed.options) >= -1;
            let said = warnings.iter().filter(|_| shown);
            let said: Vec<String> = said.map(|warning| format!("WARNING: {warning}\n")).collect();
            Err(Stop::Wrong { text: said.concat() + &text, code })
        }
        Err(other) => Err(other),
    }
}

/// `--require-virtualenv`: nothing is done to an environment that is not a virtual one.
fn require_virtualenv(parsed: &Parsed, surroundings: &Surroundings) -> Result<(), Stop> {
    let prefix = parsed.python.as_deref().map(prefix_of).or_else(|| surroundings.default_prefix());
    if prefix.is_some_and(|prefix| accel_io::fs::exists(prefix.join("pyvenv.cfg"))) {
        return Ok(());
    }
    let text = "ERROR: Could not find an activated virtualenv (required).\n".to_owned();
    Err(Stop::Wrong { text, code: 3 })
}

/// An option's text, unless it is empty, which pip mostly takes for absence.
fn filled(text: Option<&String>) -> Option<&String> {
    text.filter(|text| !text.is_empty())
}
