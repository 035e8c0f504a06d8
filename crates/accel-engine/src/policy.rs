//! The freshness policy: when what is kept answers, and when the index is asked.

use crate::request::{Freshness, IndexRequest, Refresh, Upgrade};
use accel_index::Lookup;
use accel_resolve::{LinkQuery, Standing};
use accel_types::{Link, LinkSource, PackageName};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// What the policy wants, whether or not it suffices; shared by threads.
#[derive(Clone)]
pub(crate) struct Rules {
    freshness: Freshness,
    upgrade: Upgrade,
    refresh: Refresh,
    /// Nothing may be looked up.
    only_kept: bool,
    /// There are indexes besides the find-links places.
    has_indexes: bool,
}

impl Rules {
    pub(crate) fn new(index: &IndexRequest, upgrade: Upgrade) -> Self {
        Self {
            freshness: index.freshness,
            upgrade,
            refresh: index.refresh.clone(),
            only_kept: index.is_for_kept(),
            has_indexes: !index.no_index && !index.index_urls.is_empty(),
        }
    }

    /// Whether looking a project up could find more than `lookup` did.
    pub(crate) fn is_partial(&self, lookup: Lookup) -> bool {
        lookup == Lookup::Kept && !self.only_kept
    }

    /// Where a project is to be looked for. What is left to the local index stays answered once it
    /// is kept, whatever the index says later.
    pub(crate) fn wanted(&self, name: &PackageName, standing: Standing) -> Lookup {
        if self.only_kept {
            return Lookup::Kept;
        }
        if self.refresh.all || self.refresh.names.contains(name) {
            return Lookup::Always;
        }
        match (self.freshness, standing) {
            (Freshness::Always, _) => Lookup::Always,
            (Freshness::Local, _) | (Freshness::Pinned, Standing::Pinned) => Lookup::Kept,
            (Freshness::Pinned, Standing::BroughtByPinned) if self.upgrade != Upgrade::Eager => {
                Lookup::Kept
            }
            // Whoever asks for an upgrade wants to know what there is now.
            (Freshness::Pinned, _) if self.upgrade != Upgrade::ToSatisfyOnly => Lookup::Always,
            (Freshness::Pinned, _) => Lookup::Fresh,
        }
    }
}

/// Decides for each project of one resolution where its files are looked for.
pub(crate) struct Policy {
    rules: Rules,
    asked_kept: RefCell<BTreeSet<PackageName>>,
    insufficient: RefCell<BTreeSet<PackageName>>,
}

impl Policy {
    pub(crate) fn new(rules: Rules) -> Self {
        Self { rules, asked_kept: RefCell::default(), insufficient: RefCell::default() }
    }

    /// What the policy wants for a question, whether or not that suffices.
    pub(crate) fn wanted(&self, query: &LinkQuery<'_>) -> Lookup {
        self.rules.wanted(query.name, query.standing)
    }

    /// Whether looking a project up could find more than `lookup` did.
    pub(crate) fn is_partial(&self, lookup: Lookup) -> bool {
        self.rules.is_partial(lookup)
    }

    /// Where the files of the project in question are looked for.
    pub(crate) fn lookup(&self, query: &LinkQuery<'_>) -> Lookup {
        let wanted = self.wanted(query);
        if !self.rules.is_partial(wanted) {
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

    /// Whether only find-links places answered for a pin, so that better files of the indexes, which
    /// were never asked, would be missed. If so, they are asked from now on.
    pub(crate) fn leaves_out_indexes(
        &self,
        lookup: Lookup,
        name: &PackageName,
        links: &[Link],
    ) -> bool {
        let of = |source| links.iter().any(|link| link.source == source);
        let left_out = self.rules.is_partial(lookup)
            && self.rules.freshness == Freshness::Pinned
            && self.rules.has_indexes
            && of(LinkSource::FindLinks)
            && !of(LinkSource::Index);
        if left_out {
            self.insufficient.borrow_mut().insert(name.clone());
        }
        left_out
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
        let index = IndexRequest {
            index_urls: vec!["https://example.org/simple".to_owned()],
            find_links: Vec::new(),
            no_index: false,
            freshness,
            refresh: Refresh::default(),
        };
        Policy::new(Rules::new(&index, Upgrade::ToSatisfyOnly))
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
    fn find_links_alone_do_not_answer_for_an_index() {
        let policy = policy(Freshness::Pinned);
        let name = PackageName::new("a");
        let link = |source| Link {
            url: "https://example.org/a-1-py3-none-any.whl".into(),
            filename: "a-1-py3-none-any.whl".into(),
            source,
            ..Link::default()
        };
        let index = [link(LinkSource::FindLinks), link(LinkSource::Index)];
        assert!(!policy.leaves_out_indexes(Lookup::Kept, &name, &index));
        assert!(!policy.leaves_out_indexes(Lookup::Fresh, &name, &index[..1]));
        assert!(policy.leaves_out_indexes(Lookup::Kept, &name, &index[..1]));
        assert_eq!(ask(&policy, Standing::Pinned, false), Lookup::Fresh);
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
