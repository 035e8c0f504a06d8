//! Why an installation or a removal failed.

use accel_io::IoError;

/// What went wrong while an environment was changed. Everything done so far was undone, unless it
/// is [`InstallError::NotUndone`].
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// The disk or the system said no.
    #[error(transparent)]
    Io(#[from] IoError),
    /// pip would refuse this distribution (its `InstallationError`, in its words), or it would put
    /// files over the interpreter or pip.
    #[error("For req: {requirement}. {reason}")]
    Refused {
        /// The requirement as `str(Requirement)` writes it.
        requirement: String,
        /// The sentence, pip's where it has one.
        reason: String,
    },
    /// The journal that an earlier run left can't be read.
    #[error("could not read the journal {}: {reason}", path.display())]
    Journal {
        /// The journal.
        path: std::path::PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Another process has changed what is installed since the change was planned: plan it anew.
    #[error("another process has changed the environment meanwhile")]
    Overtaken,
    /// A failure, after which not everything could be put back. Journal and stash are kept: the
    /// next run tries again.
    #[error("{failure}\nNot everything could be put back: {undo}")]
    NotUndone {
        /// What failed first.
        failure: Box<InstallError>,
        /// What kept the old state from coming back.
        undo: IoError,
    },
}
