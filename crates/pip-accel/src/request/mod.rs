//! From options as typed to a validated request: pip's checks in pip's order, requirement files
//! read, and everything that came from the environment put down as plain data.
//!
//! To make a command native that is handed over so far: write `request/COMMAND.rs` with a
//! [`Maker`], name it in [`maker`], give [`Request`] a variant, and carry that out in
//! `commands/COMMAND.rs`. Its options are in the tables of [`crate::args`] already.

mod checks;
mod gathering;
mod general;
mod install;
mod network;
mod own_settings;
mod venv;

use accel_engine::request::{InstallRequest, VenvRequest};

use crate::args::{Command, Parsed, Stop};
use crate::surroundings::Surroundings;

/// What a command line asks for.
#[derive(Debug, Clone)]
pub enum Request {
    /// `install`.
    Install(Box<InstallRequest>),
    /// `venv`.
    Venv(Box<VenvRequest>),
}

/// Makes the request of one command of what was parsed; warnings are appended in order, each without
/// `WARNING: ` in front.
pub type Maker = fn(&Parsed, &Surroundings, &mut Vec<String>) -> Result<Request, Stop>;

/// What makes the request of a command; none for a command that is handed over.
pub fn maker(command: Command) -> Option<Maker> {
    match command {
        Command::Install => Some(install::make),
        Command::Venv => Some(venv::make),
        // Answered while arguments are parsed.
        Command::Help => None,
        Command::Lock
        | Command::Download
        | Command::Uninstall
        | Command::Freeze
        | Command::Inspect
        | Command::List
        | Command::Show
        | Command::Check
        | Command::Config
        | Command::Cache
        | Command::Index
        | Command::Wheel
        | Command::Hash => None,
    }
}

/// A request, and what must be said before it is carried out.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What to do.
    pub request: Request,
    /// Warnings in order, each without `WARNING: ` in front.
    pub warnings: Vec<String>,
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
    let Some(make) = maker(parsed.command) else {
        let reason = parsed.command.name().to_owned();
        return Err(Stop::HandOver { reason, python: parsed.python.clone() });
    };
    match make(parsed, surroundings, &mut warnings) {
        Ok(request) => Ok(Asked { request, warnings }),
        Err(Stop::Wrong { text, code }) => {
            let said: Vec<String> =
                warnings.iter().map(|warning| format!("WARNING: {warning}\n")).collect();
            Err(Stop::Wrong { text: said.concat() + &text, code })
        }
        Err(other) => Err(other),
    }
}

/// An option's text, unless it is empty, which pip mostly takes for absence.
fn filled(text: Option<&String>) -> Option<&String> {
    text.filter(|text| !text.is_empty())
}
