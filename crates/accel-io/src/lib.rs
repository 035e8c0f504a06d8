//! The only door to disk, processes and network.
//!
//! Everything above this crate that wants to touch the world does it through here: [`fs`] for
//! files, [`link`] for moving store files into environments, [`lock`] between processes,
//! [`mapped`] for reading without copying, [`process`] for other programs, [`vcs`] for
//! repositories, [`net`] for indexes, [`interrupt`] for Ctrl-C, [`memory`]
//! for what was freed, [`mended`] for what is kept and was of no use. Every error says
//! what was attempted, on which path or URL, and why it failed.
//!
//! Nothing here reads the environment, prints, or exits; async stops inside this crate.
#![allow(clippy::disallowed_methods, reason = "this crate is the door")]

pub mod archive;
pub mod claim;
pub mod digest;
mod error;
pub mod fs;
pub mod hold;
pub mod interrupt;
pub mod link;
pub mod lock;
pub mod mapped;
pub mod memory;
pub mod mended;
pub mod net;
pub mod objects;
pub mod process;
pub mod stopwatch;
pub mod terminal;
pub mod vcs;

pub use error::{IoError, python_words};
