//! Why a build fails, and what pip says about it.

use crate::failure::{self, FailedHook, Picture};
use crate::{Hook, Kind};
use accel_types::python_repr;
use std::path::PathBuf;

/// Why a source tree could not be built. Sentences are pip's where pip has one; for what pip shows
/// as a picture see [`BuildError::pictures`].
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
    #[error("Can not process {project}: build-system.requires is missing in pyproject.toml")]
    NoBuildRequires {
        /// The requirement as the user knows it.
        project: String,
    },
    /// `build-system.requires` breaks PEP 518.
    #[error("Can not process {project}: build-system.requires in pyproject.toml: {reason}")]
    BadBuildRequires {
        /// The requirement as the user knows it.
        project: String,
        /// What is wrong.
        reason: String,
    },
    /// The backend cannot be imported.
    #[error("Failed to build '{project}' when calling build backend hook {}", hook.pip_function())]
    BackendUnavailable {
        /// The distribution's name, or the URL of a requirement that has none.
        project: String,
        /// The hook that was to be called.
        hook: Hook,
        /// The backend as `pyproject.toml` names it.
        backend: String,
        /// The import's failure.
        reason: String,
    },
    /// The backend has no `build_editable`.
    #[error(
        "Project {project} uses a build backend that is missing the 'build_editable' hook, so it cannot be installed in editable mode. Consider using a build backend that supports PEP 660."
    )]
    NoEditable {
        /// The requirement as the user knows it.
        project: String,
    },
    /// The environment holds other versions than the build needs.
    #[error("Some build dependencies for {project} conflict with {with}: {conflicts}.")]
    Conflicts {
        /// The requirement as the user knows it.
        project: String,
        /// With what, in pip's words.
        with: &'static str,
        /// Which, in pip's words.
        conflicts: String,
    },
    /// `--check-build-dependencies` found something missing.
    #[error("Some build dependencies for {project} are missing: {missing}.")]
    MissingRequires {
        /// The requirement as the user knows it.
        project: String,
        /// The missing requirements, each quoted.
        missing: String,
    },
    /// A hook's process failed; its output goes with it.
    #[error(transparent)]
    Hook(Box<FailedHook>),
    /// The environment with the backend's requirements could not be made.
    #[error("{0}")]
    Requires(Box<dyn std::error::Error + Send + Sync>),
    /// The backend's requirements could not be installed, which pip leaves to a process.
    #[error("Failed to build '{project}' when {step}")]
    Dependencies {
        /// The distribution's name, or the URL of a requirement that has none.
        project: String,
        /// What was done, in pip's words.
        step: String,
        /// What was said, unless it was heard when it was said.
        output: Option<Vec<String>>,
    },
    /// The backend answered with something that cannot be used.
    #[error("the build backend of {project} broke its contract: {reason}")]
    Contract {
        /// The requirement as the user knows it.
        project: String,
        /// What it did.
        reason: String,
    },
    /// The built wheel is not what its name and the metadata promise. pip shows it as a warning
    /// and counts the build as failed.
    #[error("Built {kind} for {project} is invalid: {reason}")]
    InvalidWheel {
        /// What was built.
        kind: Kind,
        /// The distribution.
        project: String,
        /// What is wrong with it.
        reason: String,
        /// The file.
        wheel: PathBuf,
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

/// An installation of a backend's requirements that failed, with what it said: what
/// [`BuildRequires`](crate::BuildRequires) returns where pip shows the output of a process.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.as_deref().unwrap_or_default().join("\n"))]
pub struct FailedInstall(pub Option<Vec<String>>);

impl BuildError {
    /// What pip shows at once, before the error's own line; the first one of several is indented
    /// as the step that failed.
    ///
    /// Where [`BuildError::is_told_by_pictures`], the last one stands in place of that line.
    pub fn pictures(&self) -> Vec<Picture> {
        match self {
            Self::Hook(failed) => match failed.hook {
                Hook::MetadataForWheel | Hook::MetadataForEditable => {
                    vec![failed.picture(), failure::metadata_failed(&failed.project)]
                }
                _ => vec![failed.picture()],
            },
            Self::Dependencies { step, output, .. } => {
                let boxed = |output: &Vec<String>| {
                    let head = format!("[{} lines of output]", output.len());
                    let lines = output.iter().map(String::as_str);
                    let all =
                        std::iter::once(head.as_str()).chain(lines).chain(["[end of output]"]);
                    all.collect::<Vec<_>>().join("\n")
                };
                let silent = || "No available output.".to_owned();
                let context = output.as_ref().map_or_else(silent, boxed);
                vec![Picture::of_process(step, 1, context)]
            }
            Self::BackendUnavailable { backend, reason, .. } => vec![Picture {
                reference: "backend-unavailable",
                message: format!("Cannot import build backend {}.", python_repr(backend)),
                context: Some(reason.clone()),
                note: Some("This is likely not a problem with pip."),
                hint: None,
            }],
            Self::NoBuildRequires { project } => vec![failure::bad_table(
                "missing-pyproject-build-system-requires",
                project,
                "This package has an invalid pyproject.toml file.\nThe [build-system] table is \
                 missing the mandatory `requires` key."
                    .to_owned(),
            )],
            Self::BadBuildRequires { project, reason } => vec![failure::bad_table(
                "invalid-pyproject-build-system-requires",
                project,
                format!(
                    "This package has an invalid `build-system.requires` key in \
                     pyproject.toml.\n{reason}"
                ),
            )],
            _ => Vec::new(),
        }
    }

    /// What pip says with `-v` after the first picture.
    pub fn details(&self) -> Vec<String> {
        match self {
            Self::Hook(failed) => vec![
                format!("full command: {}", failed.command),
                format!("cwd: {}", failed.folder.display()),
            ],
            Self::Dependencies { .. } => {
                vec!["full command: none, it is done here".to_owned(), "cwd: [inherit]".to_owned()]
            }
            _ => Vec::new(),
        }
    }

    /// Whether pip prints no `ERROR:` line after the pictures.
    pub fn is_told_by_pictures(&self) -> bool {
        match self {
            Self::NoBuildRequires { .. } | Self::BadBuildRequires { .. } => true,
            Self::Hook(failed) => {
                matches!(failed.hook, Hook::MetadataForWheel | Hook::MetadataForEditable)
            }
            _ => false,
        }
    }
}
