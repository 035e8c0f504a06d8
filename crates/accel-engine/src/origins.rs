//! Where the distributions of a run came from.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// What had a distribution, nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The store: it was unpacked by an earlier run.
    Store,
    /// Kept archives and folders of this machine: it was only unpacked now.
    Archives,
    /// What a fleet shares.
    Shared,
    /// An index or another place of the network.
    Network,
    /// A build of this run.
    Build,
}

impl Origin {
    /// All, nearest first.
    pub const ALL: [Self; 5] =
        [Self::Store, Self::Archives, Self::Shared, Self::Network, Self::Build];

    /// Its name, stable.
    pub fn name(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Archives => "archives",
            Self::Shared => "shared",
            Self::Network => "network",
            Self::Build => "build",
        }
    }
}

/// The origins of wheels that the store did not have, by SHA-256.
#[derive(Debug, Default)]
pub(crate) struct Origins(Mutex<HashMap<String, Origin>>);

impl Origins {
    /// Notes where a wheel came from. What is noted first holds: it is kept afterwards.
    pub(crate) fn note(&self, sha256: &str, origin: Origin) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(sha256.to_owned()).or_insert(origin);
    }

    /// Notes it of a wheel that was unpacked before its origin was known.
    pub(crate) fn correct(&self, sha256: &str, origin: Origin) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(sha256.to_owned(), origin);
    }

    /// Where a wheel came from.
    pub(crate) fn of(&self, sha256: &str) -> Origin {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(sha256).copied().unwrap_or(Origin::Store)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_after_it_came_came_from_where_it_was() {
        let origins = Origins::default();
        origins.note("a", Origin::Network);
        origins.note("a", Origin::Archives);
        origins.note("b", Origin::Archives);
        origins.correct("b", Origin::Build);
        assert_eq!(
            ["a", "b", "c"].map(|sha256| origins.of(sha256)),
            [Origin::Network, Origin::Build, Origin::Store]
        );
    }
}
