//! Interpreters and environments; from store entry to installed files; uninstall.
#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests prepare the world themselves"))]

pub mod install;
pub mod installed;
pub mod interpreter;
pub mod journal;
pub mod lost;
pub mod scheme;
pub mod target;
pub mod uninstall;
pub mod venv;

mod mark;
mod paths;
mod reserved;
mod seen;
mod stash;

pub use seen::Seen;

pub use installed::{
    InfoKind, Installed, InstalledDistribution, InstalledError, PassedOver, installed, installed_in,
};
pub use interpreter::{Interpreter, InterpreterError};
pub use target::{SchemeChoice, Target, TargetError, TargetRequest, UserSettings, locate};
pub use venv::{CreatedVenv, VenvError, VenvOptions, create_venv};
