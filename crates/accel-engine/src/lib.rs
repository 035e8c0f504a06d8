//! The whole story: request to report.
//!
//! The order in which data flows is written down in [`pipeline`]; the modules are its stages:
//! [`request`] (what was asked), `target` (the environment), `resolution` (the memo, or the
//! resolver over `provider`), `plan`, `acquire` (store, local index, download, build), `change`
//! (bytecode, links, RECORD) and [`report`]. `building` ties the knot between builds and
//! installations.
//!
//! Nothing here reads the process environment, prints or exits: a [`Listener`] hears what is said.
#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests prepare the world themselves"))]

mod acquire;
mod beside;
mod building;
mod builds;
mod change;
mod conflicts;
mod destination;
mod direct;
mod download;
mod environment;
mod error;
mod gate;
mod hashes;
pub mod kept;
mod keyring;
mod likeliest;
mod listener;
mod lock;
mod locks;
mod look_ahead;
mod memo;
mod metadata_json;
mod pip_cache;
pub mod pipeline;
mod plan;
mod policy;
mod provider;
mod purpose;
mod remedies;
mod removal;
pub mod report;
pub mod request;
mod resolution;
mod roots;
mod session;
mod shared;
mod shared_builds;
mod stage;
mod staged;
mod target;
mod target_folder;
mod told;
mod tools;
mod uninstall;
mod venv;
mod walk_back;
mod warm;
mod wheels;
mod words;

pub use accel_build::Picture;
pub use accel_index::IndexError;
pub use accel_install::uninstall::UninstallError;
pub use accel_store::MOST_COPIES;
pub use download::download;
pub use environment::{check, freeze, inspect, installed_names, list, show, versions};
pub use error::EngineError;
pub use hashes::HashProblem;
pub use listener::{Level, Listener, StepState};
pub use lock::lock;
pub use memo::is_memo;
pub use pip_cache::PipCache;
pub use pipeline::install;
pub use stage::stage;
pub use target::{PythonFacts, python_facts, refused_by_manager};
pub use uninstall::uninstall;
pub use venv::venv;
pub use warm::warm;
pub use wheels::wheel;
