//! Interpreters and environments; from store entry to installed files; uninstall.

pub mod installed;
pub mod interpreter;
pub mod scheme;
pub mod target;
pub mod venv;

mod paths;

pub use installed::{
    InfoKind, Installed, InstalledDistribution, InstalledError, installed, installed_in,
};
pub use interpreter::{Interpreter, InterpreterError};
pub use target::{SchemeChoice, Target, TargetError, TargetRequest, UserSettings, locate};
pub use venv::{CreatedVenv, VenvError, VenvOptions, create_venv};
