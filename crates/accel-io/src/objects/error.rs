//! Why an object could not be read or written.

/// What kind of trouble it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The URL or the credentials can't be used as they are.
    Settings,
    /// Reading or writing is not allowed.
    Denied,
    /// No answer, not in time, or an answer that broke off.
    Unreachable,
    /// The object is larger than it may be.
    TooLarge,
    /// The other side, or a disk, refused otherwise.
    Refused,
    /// The run was asked to end.
    Interrupted,
}

/// Why an object could not be read or written.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{reason}")]
pub struct ObjectsError {
    /// What kind of trouble it is.
    pub trouble: Trouble,
    /// In words.
    pub reason: String,
}

impl ObjectsError {
    pub(super) fn new(trouble: Trouble, reason: impl Into<String>) -> Self {
        Self { trouble, reason: reason.into() }
    }

    pub(super) fn too_large() -> Self {
        Self::new(Trouble::TooLarge, "an object is larger than it may be")
    }
}

impl From<crate::IoError> for ObjectsError {
    fn from(error: crate::IoError) -> Self {
        let trouble = match error.kind() {
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                Trouble::Denied
            }
            _ => Trouble::Refused,
        };
        Self::new(trouble, error.to_string())
    }
}
