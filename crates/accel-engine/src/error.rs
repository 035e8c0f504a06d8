//! Why a request failed: pip's sentence and exit code.

use crate::hashes::HashProblem;
use accel_build::BuildError;
use accel_resolve::ResolveError;

/// Why a request failed. `Display` is the line that pip prints behind `ERROR: `.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// pip's `InstallationError`, `CommandError` and their like: one line.
    #[error("{0}")]
    Installation(String),
    /// pip's `DistributionNotFound`: the resolver's explanation comes first.
    #[error(transparent)]
    Resolve(ResolveError),
    /// A digest is missing or wrong.
    #[error(transparent)]
    Hashes(HashProblem),
    /// The environment belongs to another package manager (PEP 668).
    #[error("externally-managed-environment")]
    ExternallyManaged(String),
    /// Wheels could not be built: pip's names of the distributions.
    #[error("failed-wheel-build-for-install")]
    WheelBuild(Vec<String>),
    /// The network failed where nothing kept could help.
    #[error(transparent)]
    Index(#[from] accel_index::IndexError),
    /// A wheel cannot be used.
    #[error(transparent)]
    Store(#[from] accel_store::StoreError),
    /// The environment could not be changed; it is as it was.
    #[error(transparent)]
    Install(#[from] accel_install::install::error::InstallError),
    /// A file of the store was edited through an environment's link; its entry is made again.
    #[error("the kept file {source_path} of wheel {wheel} is not as it was unpacked")]
    Edited {
        /// sha256 of the wheel.
        wheel: String,
        /// Whether it is a file of the bytecode.
        bytecode: bool,
        /// Path below the tree.
        source_path: String,
    },
    /// The interpreter or its folders can't be used.
    #[error(transparent)]
    Target(#[from] accel_install::target::TargetError),
    /// The environment could not be created.
    #[error(transparent)]
    Venv(#[from] accel_install::venv::VenvError),
    /// What is installed can't be removed.
    #[error(transparent)]
    Uninstall(#[from] accel_install::uninstall::UninstallError),
    /// A requirement cannot be read.
    #[error(transparent)]
    Requirements(#[from] accel_requirements::RequirementsError),
    /// A source tree cannot be built; pip's pictures of the failure come first.
    #[error(transparent)]
    Build(BuildError),
    /// The same, when all pictures but the one that stands for the error's line were shown.
    #[error(transparent)]
    Told(BuildError),
    /// A repository could not be fetched.
    #[error(transparent)]
    Vcs(#[from] accel_io::vcs::VcsError),
    /// Where pip ends with a traceback: the last line of it.
    #[error("Exception:\n{0}")]
    Crash(String),
    /// The disk failed.
    #[error(transparent)]
    Io(#[from] accel_io::IoError),
}

impl EngineError {
    /// One line of pip's.
    pub fn installation(text: impl Into<String>) -> Self {
        Self::Installation(text.into())
    }

    /// What the disk or the system refused, if that is what failed.
    pub fn os_error(&self) -> Option<&accel_io::IoError> {
        match self {
            Self::Io(error)
            | Self::Store(accel_store::StoreError::Io(error))
            | Self::Install(accel_install::install::error::InstallError::Io(error))
            | Self::Uninstall(accel_install::uninstall::UninstallError::Io(error))
            | Self::Build(BuildError::Io(error)) => Some(error),
            Self::Index(accel_index::IndexError::Io(error)) => Some(error),
            _ => None,
        }
    }

    /// pip's exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Crash(_) => 2,
            _ => 1,
        }
    }

    /// What the system refused, in the last line of the traceback that pip then ends with.
    pub(crate) fn into_crash(self) -> Self {
        if let Self::Index(error @ accel_index::IndexError::NoAdapter { .. }) = &self {
            return Self::Crash(format!("pip._vendor.requests.exceptions.InvalidSchema: {error}"));
        }
        match self.os_error().filter(|error| error.raw_os_error().is_some()) {
            Some(error) => Self::Crash(error.python_words()),
            None => self,
        }
    }

    /// The error inside of a box that crossed a seam, where it is one of ours.
    pub(crate) fn unboxed(error: Box<dyn std::error::Error + Send + Sync>) -> Self {
        match error.downcast::<Self>() {
            Ok(ours) => *ours,
            Err(other) => Self::Installation(other.to_string()),
        }
    }
}

impl From<ResolveError> for EngineError {
    fn from(error: ResolveError) -> Self {
        match error {
            ResolveError::Stopped(accel_resolve::Stop::Fatal(inner)) => Self::unboxed(inner),
            other => Self::Resolve(other),
        }
    }
}

impl From<BuildError> for EngineError {
    fn from(error: BuildError) -> Self {
        match error {
            BuildError::Requires(inner) => Self::unboxed(inner),
            other => Self::Build(other),
        }
    }
}
