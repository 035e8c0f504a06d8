//! The freshness policy: when what is kept answers, and when the index is asked.

use crate::request::{Freshness, Refresh, Upgrade};
use accel_index::Lookup;
use accel_resolve::{LinkQuery, Standing};
use accel_types::PackageName;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// Decides for each project of one resolution where its files are looked for.
pub(crate) struct Policy {
    freshness: Freshness,
    upgrade: Upgrade,
    refresh: Refresh,
    asked_kept: RefCell<BTreeSet<PackageName>>,
    insufficient: RefCell<BTreeSet<PackageName>>,
}

impl Policy {
    pub(crate) fn new(freshness: Freshness, upgrade: Upgrade, refresh: Refresh) -> Self {
        Self {
            freshness,
            upgrade,
            refresh,
            asked_kept: RefCell::default(),
            insufficient: RefCell::default(),
        }
    }

    /// Where the files of the project in question are looked for.
    pub(crate) fn lookup(&self, query: &LinkQuery<'_>) -> Lookup {
        let wanted = self.wanted(query);
        if wanted != Lookup::Kept {
            return wanted;
        }
        let mut insufficient = self.insufficient.borrow_mut();
        if query.unsatisfied {
            insufficient.insert(query.name.clone());
        }
        if insufficient.contains(query.name) {
            return Lookup::Fresh;
        }
        self.asked_kept.borrow_mut().insert(query.name.clone());
        Lookup::Kept
    }

    /// Where the policy wants the project to be looked for, whether or not that suffices. What it
    /// leaves to the local index stays answered once it is kept, whatever the index says later.
    pub(crate) fn wanted(&self, query: &LinkQuery<'_>) -> Lookup {
        if self.refresh.all || self.refresh.names.contains(query.name) {
            return Lookup::Always;
        }
        match (self.freshness, query.standing) {
            (Freshness::Always, _) => Lookup::Always,
            (Freshness::Local, _) | (Freshness::Pinned, Standing::Pinned) => Lookup::Kept,
            (Freshness::Pinned, Standing::BroughtByPinned) if self.upgrade != Upgrade::Eager => {
                Lookup::Kept
            }
            (Freshness::Pinned, _) => Lookup::Fresh,
        }
    }

    /// After a resolution that failed: whether asking the index could change that. If so, every
    /// project that the local index answered for is looked up in the next attempt.
    pub(crate) fn widen(&self) -> bool {
        let kept = self.asked_kept.take();
        let mut insufficient = self.insufficient.borrow_mut();
        let before = insufficient.len();
        insufficient.extend(kept);
        insufficient.len() > before
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use accel_types::{Hashes, SpecifierSet};

    fn ask(policy: &Policy, standing: Standing, unsatisfied: bool) -> Lookup {
        let query = LinkQuery {
            name: &PackageName::new("a"),
            specifier: &SpecifierSet::default(),
            hashes: &Hashes::new(),
            standing,
            unsatisfied,
        };
        policy.lookup(&query)
    }

    fn policy(freshness: Freshness) -> Policy {
        Policy::new(freshness, Upgrade::ToSatisfyOnly, Refresh::default())
    }

    #[test]
    fn pins_are_answered_by_what_is_kept() {
        let policy = policy(Freshness::Pinned);
        assert_eq!(ask(&policy, Standing::Pinned, false), Lookup::Kept);
        assert_eq!(ask(&policy, Standing::BroughtByPinned, false), Lookup::Kept);
        assert_eq!(ask(&policy, Standing::Open, false), Lookup::Fresh);
    }

    #[test]
    fn what_is_not_kept_is_looked_up() {
        let policy = policy(Freshness::Local);
        assert_eq!(ask(&policy, Standing::Open, false), Lookup::Kept);
        assert_eq!(ask(&policy, Standing::Open, true), Lookup::Fresh);
        assert_eq!(ask(&policy, Standing::Open, false), Lookup::Fresh);
    }

    #[test]
    fn a_failed_attempt_is_widened_once() {
        let policy = policy(Freshness::Pinned);
        ask(&policy, Standing::Pinned, false);
        assert!(policy.widen());
        assert_eq!(ask(&policy, Standing::Pinned, false), Lookup::Fresh);
        assert!(!policy.widen());
    }

    #[test]
    fn always_asks_always() {
        assert_eq!(ask(&policy(Freshness::Always), Standing::Pinned, false), Lookup::Always);
    }
}
