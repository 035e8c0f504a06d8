//! Source distribution to wheel: the build frontend.
//!
//! A source tree names its build backend in `pyproject.toml` (PEP 517, PEP 518). The frontend
//! provides an isolated environment with the backend's requirements, and calls the backend's
//! hooks in processes of their own. What provides the environment is the caller's: it implements
//! [`BuildRequires`], because filling an environment needs a resolution and an installation,
//! which live on floors above.
//!
//! ```no_run
//! use accel_build::{Build, BuildOptions, BuildRequires};
//! # fn run(requires: &dyn BuildRequires, options: BuildOptions) -> Result<(), accel_build::BuildError> {
//! let scratch = std::path::Path::new("/tmp/build");
//! let tree = accel_build::unpack(std::path::Path::new("demo-1.0.tar.gz"), scratch)?;
//! let mut build = Build::open(&tree, "demo", scratch, options)?;
//! let metadata = build.metadata(requires)?;
//! let wheel = build.wheel(requires, std::path::Path::new("/tmp/out"))?;
//! # Ok(()) }
//! ```
#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests prepare the world themselves"))]

mod ahead;
mod backend;
mod build;
mod environment;
mod error;
mod failure;
mod pyproject;
mod sdist;
pub mod system;
mod verify;

pub use ahead::Ahead;
pub use backend::Hook;
pub use build::{Build, BuildOptions, Kind, Progress, Warned, Watcher};
pub use environment::{BuildRequires, Provided};
pub use error::{BuildError, FailedInstall};
pub use failure::{FailedHook, Picture};
pub use pyproject::BuildSystem;
pub use sdist::{is_sdist, unpack};
