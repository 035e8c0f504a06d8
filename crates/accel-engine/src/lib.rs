//! The whole story: request to report.
//!
//! The order in which data flows is written down in [`pipeline`]; the modules are its stages:
//! [`request`] (what was asked), `target` (the environment), `resolution` (the memo, or the
//! resolver over `provider`), `plan`, `acquire` (store, local index, download, build), `change`
//! (bytecode, links, RECORD) and [`report`]. `building` ties the knot between builds and
//! installations.
//!
//! Nothing here reads the process environment, prints or exits: a [`Listener`] hears what is said.
//!
//! # In another program
//!
//! An [`InstallRequest`](request::InstallRequest) starts with pip's defaults and is changed field by
//! field; [`install`] carries it out and gives a [`Summary`](report::Summary), which
//! [`to_json`](report::Summary::to_json) writes in a stable form. An [`EngineError`] is pip's sentence,
//! and has left the environment as it was. Several threads and processes may install at once.
//!
//! ```
//! use accel_engine::request::InstallRequest;
//! use accel_engine::{Silence, install};
//! use accel_testkit::wheel::WheelMaker;
//! use std::sync::Arc;
//!
//! # let place = tempfile::tempdir()?;
//! # let folder = place.path();
//! # std::fs::create_dir(folder.join("wheels"))?;
//! # let made = std::process::Command::new("python3")
//! #     .args(["-m", "venv", "--without-pip"])
//! #     .arg(folder.join("env"))
//! #     .status()?;
//! # assert!(made.success());
//! // A folder with a wheel, an environment, and a place for what is kept.
//! WheelMaker::new("demo", "1.0").file("demo.py", "x = 1\n").write_to(&folder.join("wheels"));
//!
//! let python = folder.join("env/bin/python");
//! let mut request = InstallRequest::new(&python, &folder.join("kept"));
//! request.look_only_in([folder.join("wheels").display().to_string()]);
//! request.ask_for("demo>=1")?;
//! let summary = install(&request, Arc::new(Silence))?;
//!
//! assert!(summary.installed);
//! assert_eq!(summary.distributions[0].version, "1.0");
//! assert!(summary.to_json().contains("\"origin\": \"archives\""));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests prepare the world themselves"))]

/// What the documentation shows of this crate compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/embedding.md")]
pub mod embedding {}

mod acquire;
mod beside;
mod building;
mod builds;
mod change;
mod compiled_ahead;
mod conflicts;
mod destination;
mod direct;
mod download;
mod early;
mod environment;
mod error;
mod explain;
mod fitting;
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
mod mend;
mod metadata_json;
mod offline;
mod origins;
mod pins;
mod pip_cache;
pub mod pipeline;
mod plan;
mod policy;
mod provider;
mod pulse;
mod purpose;
mod remedies;
mod removal;
pub mod report;
pub mod request;
mod resolution;
mod roots;
mod sdist_walk;
mod sdists_ahead;
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
mod unpacker;
mod usage;
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
pub use explain::explain;
pub use hashes::HashProblem;
pub use listener::{Level, Listener, Silence, StepState};
pub use lock::lock;
pub use memo::is_memo;
pub use origins::Origin;
pub use pip_cache::PipCache;
pub use pipeline::install;
pub use stage::stage;
pub use target::{PythonFacts, python_facts, refused_by_manager};
pub use uninstall::uninstall;
pub use venv::venv;
pub use warm::warm;
pub use wheels::wheel;
