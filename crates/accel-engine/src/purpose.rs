//! What a resolution is for: the ends that the one way from requirements to archives can have.

use crate::destination::Destination;

/// What a resolution is for.
pub(crate) enum Purpose {
    /// An installation.
    Install,
    /// Archives in a folder, as they are.
    Download(Destination),
}

impl Purpose {
    /// The folder that archives are put into.
    pub(crate) fn destination(&self) -> Option<&Destination> {
        match self {
            Self::Install => None,
            Self::Download(destination) => Some(destination),
        }
    }

    /// Its name in the key of what is remembered.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Download(_) => "download",
        }
    }

    /// Whether it is an installation.
    pub(crate) fn is_install(&self) -> bool {
        matches!(self, Self::Install)
    }

    /// Whether an editable is built as one. Otherwise it is a source tree like any other.
    pub(crate) fn has_editables(&self) -> bool {
        matches!(self, Self::Install)
    }
}
