//! What a resolution is for: the ends that the one way from requirements to archives can have.

use crate::destination::Destination;

/// What a resolution is for.
pub(crate) enum Purpose {
    /// An installation.
    Install,
    /// Archives in a folder, as they are.
    Download(Destination),
    /// Wheels in a folder.
    Wheels {
        /// The folder.
        destination: Destination,
        /// Whether built wheels must be what they promise.
        verify: bool,
    },
    /// A lock file.
    Lock,
}

impl Purpose {
    /// The folder that archives are put into.
    pub(crate) fn destination(&self) -> Option<&Destination> {
        match self {
            Self::Install | Self::Lock => None,
            Self::Download(destination) | Self::Wheels { destination, .. } => Some(destination),
        }
    }

    /// Its name in the key of what is remembered.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Download(_) => "download",
            Self::Wheels { .. } => "wheel",
            Self::Lock => "lock",
        }
    }

    /// Whether it is an installation.
    pub(crate) fn is_install(&self) -> bool {
        matches!(self, Self::Install)
    }

    /// Whether built wheels must be what they promise.
    pub(crate) fn verifies_wheels(&self) -> bool {
        !matches!(self, Self::Wheels { verify: false, .. })
    }

    /// Whether an editable is built as one. Otherwise it is a source tree like any other.
    pub(crate) fn has_editables(&self) -> bool {
        matches!(self, Self::Install | Self::Lock)
    }
}
