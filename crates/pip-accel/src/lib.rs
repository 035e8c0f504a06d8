//! A native program to type instead of pip.
//!
//! [`surroundings`] reads the process, [`args`] and [`config`] the command line and configuration,
//! and [`request`] makes of them what the engine is asked.
#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests prepare the world themselves"))]

pub mod args;
pub mod commands;
mod completion;
pub mod config;
pub mod datetime;
pub mod failure;
mod log;
pub mod output;
pub mod outside;
pub mod request;
pub mod settings;
pub mod surroundings;
pub mod terminal;
pub mod timings;

use args::Stop;
use request::Asked;
use surroundings::Surroundings;

/// What this run is asked to do, or why there is nothing to do.
pub fn ask(surroundings: &Surroundings) -> Result<Asked, Stop> {
    request::build(&args::parse(surroundings)?, surroundings)
}
