//! The candidate list of a node: lazy, except that asking whether it holds anything prepares the
//! best candidate.

use std::cell::Cell;
use std::rc::Rc;

use accel_types::Hashes;

use crate::candidate::Candidate;
use crate::combination::SpecId;
use crate::error::ResolveError;
use crate::event::Event;
use crate::factory::{Factory, Made};
use crate::identifier::NodeId;
use crate::project::Ranking;
use crate::wanted::Wanted;

/// Candidates known not to work, by identity.
#[derive(Debug, Clone, Default)]
pub(crate) struct Incompatible(Rc<[u32]>);

impl Incompatible {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn contains(&self, candidate: &Candidate) -> bool {
        self.0.binary_search(&candidate.id).is_ok()
    }

    pub(crate) fn only(candidate: &Candidate) -> Self {
        Self(Rc::new([candidate.id]))
    }

    /// All that either side knows.
    pub(crate) fn union(&self, other: &Self) -> Self {
        if self.is_empty() || Rc::ptr_eq(&self.0, &other.0) {
            return other.clone();
        }
        if other.is_empty() {
            return self.clone();
        }
        let mut ids = [&*self.0, &*other.0].concat();
        ids.sort_unstable();
        ids.dedup();
        Self(ids.into())
    }

    /// Drops those that are known not to work.
    pub(crate) fn exclude(&self, candidates: &mut Vec<Rc<Candidate>>) {
        candidates.retain(|candidate| !self.contains(candidate));
    }
}

/// The candidates of a criterion.
#[derive(Debug, Clone)]
pub(crate) enum Candidates {
    /// Given by requirements themselves.
    Fixed(Rc<[Rc<Candidate>]>),
    /// Found in indexes and in the environment.
    Found(Rc<Found>),
}

impl Candidates {
    pub(crate) fn none() -> Self {
        Self::Fixed(Rc::new([]))
    }

    /// Whether there is any; may prepare the best one.
    pub(crate) fn any(&self, factory: &mut Factory<'_>) -> Result<bool, ResolveError> {
        match self {
            Self::Fixed(candidates) => Ok(!candidates.is_empty()),
            Self::Found(found) => found.any(factory),
        }
    }

    /// From the best to the worst, each prepared when it is its turn.
    pub(crate) fn walk(&self) -> Walk {
        match self {
            Self::Fixed(candidates) => Walk::Fixed(Rc::clone(candidates), 0),
            Self::Found(found) => Walk::Found(FoundWalk::new(Rc::clone(found))),
        }
    }
}

/// What pip's finder would offer for a node.
#[derive(Debug)]
pub(crate) struct Found {
    /// The node that the candidates are of, with the extras that are asked for.
    pub(crate) node: NodeId,
    pub(crate) base: NodeId,
    /// The requirement that stands for all.
    pub(crate) template: Rc<Wanted>,
    pub(crate) spec: SpecId,
    pub(crate) hashes: Hashes,
    pub(crate) installed: Option<Rc<Candidate>>,
    pub(crate) prefers_installed: bool,
    pub(crate) incompatible: Incompatible,
    /// The answer to `any`, once it was given.
    pub(crate) known: Cell<Option<bool>>,
}

impl Found {
    fn any(self: &Rc<Self>, factory: &mut Factory<'_>) -> Result<bool, ResolveError> {
        if let Some(known) = self.known.get() {
            return Ok(known);
        }
        let preferred = self.prefers_installed && self.installed.is_some();
        let any = preferred || FoundWalk::new(Rc::clone(self)).next(factory)?.is_some();
        self.known.set(Some(any));
        Ok(any)
    }
}

/// A walk over candidates.
pub(crate) enum Walk {
    Fixed(Rc<[Rc<Candidate>]>, usize),
    Found(FoundWalk),
}

impl Walk {
    pub(crate) fn next(
        &mut self,
        factory: &mut Factory<'_>,
    ) -> Result<Option<Rc<Candidate>>, ResolveError> {
        match self {
            Self::Fixed(candidates, at) => {
                *at += 1;
                Ok(candidates.get(*at - 1).cloned())
            }
            Self::Found(walk) => walk.next(factory),
        }
    }
}

/// A walk over a found list. Offers are only looked up once the installed candidate, if it comes
/// first, did not serve.
pub(crate) struct FoundWalk {
    found: Rc<Found>,
    ranking: Option<Rc<Ranking>>,
    /// The next place in the ranking.
    at: usize,
    /// Versions that were given, by slot.
    seen: Vec<bool>,
    installed_given: bool,
    /// The installed candidate was just given before the offer at `at`.
    interposed: bool,
}

impl FoundWalk {
    fn new(found: Rc<Found>) -> Self {
        Self {
            found,
            ranking: None,
            at: 0,
            seen: Vec::new(),
            installed_given: false,
            interposed: false,
        }
    }

    fn next(&mut self, factory: &mut Factory<'_>) -> Result<Option<Rc<Candidate>>, ResolveError> {
        while let Some(candidate) = self.next_even_incompatible(factory)? {
            if !self.found.incompatible.contains(&candidate) {
                return Ok(Some(candidate));
            }
        }
        Ok(None)
    }

    fn next_even_incompatible(
        &mut self,
        factory: &mut Factory<'_>,
    ) -> Result<Option<Rc<Candidate>>, ResolveError> {
        let found = Rc::clone(&self.found);
        let installed = found.installed.as_ref();
        if let Some(installed) = installed
            && found.prefers_installed
            && !self.installed_given
        {
            self.installed_given = true;
            return Ok(Some(Rc::clone(installed)));
        }
        let ranking = self.ranking(factory)?;
        while let Some(index) = ranking.best_first.get(self.at) {
            let offer = &ranking.offers.ranked[*index];
            if !self.interposed {
                if self.seen[offer.slot] {
                    self.at += 1;
                    continue;
                }
                // pip gives the installed candidate again before each version that is not newer.
                if let Some(installed) = installed
                    && !found.prefers_installed
                    && installed.version >= offer.version
                {
                    self.interposed = true;
                    self.installed_given = true;
                    self.see(&ranking, installed);
                    return Ok(Some(Rc::clone(installed)));
                }
            }
            self.interposed = false;
            self.at += 1;
            let made = factory.link_candidate(offer, &found.template)?;
            match made {
                Made::Ready(base) => {
                    self.seen[offer.slot] = true;
                    if found.node == found.base {
                        return Ok(Some(base));
                    }
                    let template = Some(&found.template);
                    return Ok(Some(factory.with_extras(&base, found.node, template)));
                }
                Made::Discarded(_) => {}
                Made::Invalid(reason) if installed.is_some() => {
                    return Err(ResolveError::Refused(reason.to_string()));
                }
                Made::Invalid(reason) => {
                    self.seen[offer.slot] = true;
                    factory.say(&Event::InvalidMetadata {
                        version: &offer.version.to_string(),
                        name: found.template.name().unwrap_or_default(),
                        reason: &reason,
                    });
                }
            }
        }
        let last = installed.filter(|_| !self.installed_given);
        self.installed_given = true;
        Ok(last.cloned())
    }

    fn ranking(&mut self, factory: &mut Factory<'_>) -> Result<Rc<Ranking>, ResolveError> {
        if let Some(ranking) = &self.ranking {
            return Ok(Rc::clone(ranking));
        }
        let found = &self.found;
        let ranking = factory.ranking(found.base, found.spec, &found.hashes)?;
        self.seen = vec![false; ranking.offers.versions.len()];
        if let Some(installed) = self.found.installed.clone()
            && self.installed_given
        {
            self.see(&ranking, &installed);
        }
        self.ranking = Some(Rc::clone(&ranking));
        Ok(ranking)
    }

    /// Counts the version of `candidate` as given.
    fn see(&mut self, ranking: &Ranking, candidate: &Candidate) {
        if let Ok(slot) = ranking.offers.versions.binary_search(&candidate.version) {
            self.seen[slot] = true;
        }
    }
}
