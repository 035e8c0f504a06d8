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

mod backend;
mod build;
mod pyproject;
mod sdist;

pub use backend::{FailedHook, Hook};
pub use build::{Build, BuildOptions, BuildRequires, Kind, Progress, Provided, Watcher};
pub use pyproject::BuildSystem;
pub use sdist::{is_sdist, unpack};

use std::path::PathBuf;

/// Why a source tree could not be built. Sentences are pip's where pip has one.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Neither `setup.py` nor `pyproject.toml` is there.
    #[error(
        "{project} does not appear to be a Python project: neither 'setup.py' nor 'pyproject.toml' found."
    )]
    NoProject {
        /// The requirement as the user knows it.
        project: String,
    },
    /// `pyproject.toml` is no TOML.
    #[error("could not read {path}: {reason}")]
    Pyproject {
        /// The file.
        path: PathBuf,
        /// The parser's reason.
        reason: String,
    },
    /// `[build-system]` without `requires`.
    #[error(
        "Can not process {project}: it has a pyproject.toml file with a build-system table but not build-system.requires, which is mandatory in the table"
    )]
    NoBuildRequires {
        /// The requirement as the user knows it.
        project: String,
    },
    /// `build-system.requires` breaks PEP 518.
    #[error(
        "Can not process {project}: it has an invalid build-system.requires key in pyproject.toml: {reason}"
    )]
    BadBuildRequires {
        /// The requirement as the user knows it.
        project: String,
        /// What is wrong.
        reason: String,
    },
    /// The backend cannot be imported.
    #[error("Cannot use the build backend of {project}: {reason}")]
    BackendUnavailable {
        /// The requirement as the user knows it.
        project: String,
        /// The import's failure.
        reason: String,
    },
    /// The backend has no `build_editable`.
    #[error(
        "Project {project} has a 'pyproject.toml' and its build backend is missing the 'build_editable' hook, so it cannot be installed in editable mode. Consider using a build backend that supports PEP 660."
    )]
    NoEditable {
        /// The requirement as the user knows it.
        project: String,
    },
    /// A hook's process failed; its output goes with it.
    #[error(transparent)]
    Hook(Box<FailedHook>),
    /// The environment with the backend's requirements could not be made.
    #[error("{0}")]
    Requires(Box<dyn std::error::Error + Send + Sync>),
    /// The backend answered with something that cannot be used.
    #[error("the build backend of {project} broke its contract: {reason}")]
    Contract {
        /// The requirement as the user knows it.
        project: String,
        /// What it did.
        reason: String,
    },
    /// An archive of a kind that pip does not unpack.
    #[error("Cannot unpack file {path} (cannot detect archive format)")]
    UnknownArchive {
        /// The archive.
        path: PathBuf,
    },
    /// The archive is damaged or hostile.
    #[error(transparent)]
    Tar(#[from] accel_io::archive::tar::TarError),
    /// The archive is damaged or hostile.
    #[error(transparent)]
    Zip(#[from] accel_io::archive::zip::ZipError),
    /// The backend's process could not be started.
    #[error(transparent)]
    Process(#[from] accel_io::process::ProcessError),
    /// The disk failed.
    #[error(transparent)]
    Io(#[from] accel_io::IoError),
}
