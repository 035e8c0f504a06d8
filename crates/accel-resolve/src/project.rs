//! Projects and their offers: fetched once, ranked once for each combination of requirements.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use accel_types::{Hashes, Link};

use crate::combination::SpecId;
use crate::error::ResolveError;
use crate::event::Event;
use crate::factory::Factory;
use crate::identifier::NodeId;
use crate::offers::{Offer, Offers, TagRanks};
use crate::provider::{LinkQuery, Standing};

/// One project's offers.
#[derive(Debug)]
struct Project {
    offers: Rc<Offers>,
    /// Other places may hold more.
    partial: bool,
    /// A lock file allows nothing else.
    locked: bool,
}

/// The offers that satisfy a combination of requirements, best first, yanked ones decided.
#[derive(Debug)]
pub(crate) struct Ranking {
    pub(crate) offers: Rc<Offers>,
    /// Indexes into `offers`.
    pub(crate) best_first: Vec<usize>,
}

/// All projects that were looked at.
#[derive(Debug, Default)]
pub(crate) struct Projects {
    by_node: HashMap<NodeId, Project>,
    rankings: HashMap<(NodeId, SpecId, Hashes), Rc<Ranking>>,
    places: HashMap<Box<str>, u32>,
    tag_ranks: TagRanks,
    pub(crate) standings: HashMap<NodeId, Standing>,
    /// Projects whose version something open decides on.
    pub(crate) unsettled: HashSet<NodeId>,
}

impl Factory<'_> {
    /// Offers of the project `base` that satisfy `spec` and `hashes`.
    pub(crate) fn ranking(
        &mut self,
        base: NodeId,
        spec: SpecId,
        hashes: &Hashes,
    ) -> Result<Rc<Ranking>, ResolveError> {
        let key = (base, spec, hashes.clone());
        if let Some(ranking) = self.projects.rankings.get(&key) {
            return Ok(Rc::clone(ranking));
        }
        if !self.projects.by_node.contains_key(&base) {
            self.fetch(base, spec, hashes, false)?;
        }
        let mut ranking = self.rank(base, spec, hashes);
        let served = |ranking: &Ranking| {
            let fits = |at: &usize| {
                let link = &ranking.offers.ranked[*at].link;
                hashes.is_empty() || link.is_hash_allowed(hashes)
            };
            ranking.best_first.iter().any(fits)
        };
        if self.projects.by_node[&base].partial && !served(&ranking) {
            self.fetch(base, spec, hashes, true)?;
            self.projects.rankings.retain(|(node, ..), _| *node != base);
            ranking = self.rank(base, spec, hashes);
        }
        let ranking = Rc::new(ranking);
        self.projects.rankings.insert(key, Rc::clone(&ranking));
        Ok(ranking)
    }

    /// The number under which the candidate of an offer is kept: one for each URL.
    pub(crate) fn place(&mut self, offer: &Offer) -> u32 {
        if let Some(place) = offer.place.get() {
            return place;
        }
        let places = &mut self.projects.places;
        let next = u32::try_from(places.len()).expect("fewer than 2^32 links");
        let place = *places.entry(offer.link.url.as_str().into()).or_insert(next);
        offer.place.set(Some(place));
        place
    }

    /// All offers of a project, whatever is required of it.
    pub(crate) fn all_offers(&mut self, base: NodeId) -> Result<Rc<Offers>, ResolveError> {
        if !self.projects.by_node.contains_key(&base) {
            self.fetch(base, SpecId::EMPTY, &Hashes::new(), false)?;
        }
        Ok(Rc::clone(&self.projects.by_node[&base].offers))
    }

    /// Whether a lock file has chosen the only file of a project.
    pub(crate) fn is_locked(&self, base: NodeId) -> bool {
        self.projects.by_node.get(&base).is_some_and(|project| project.locked)
    }

    fn fetch(
        &mut self,
        base: NodeId,
        spec: SpecId,
        hashes: &Hashes,
        unsatisfied: bool,
    ) -> Result<(), ResolveError> {
        self.act();
        let name = self.nodes.get(base).project.clone();
        let standings = &self.projects.standings;
        let links = self.provider.links(&LinkQuery {
            name: &name,
            specifier: &self.specs.get(spec).set,
            hashes,
            standing: standings.get(&base).copied().unwrap_or(Standing::Open),
            unsatisfied,
        })?;
        let offers =
            Offers::evaluate(&name, &links.links, self.request, &mut self.projects.tag_ranks)?;
        if !offers.other_python.is_empty() && !self.projects.by_node.contains_key(&base) {
            self.tell_other_python(&links.links, &offers);
        }
        self.other_python.extend(offers.other_python.iter().map(|(_, detail)| detail.clone()));
        let partial = links.partial && !unsatisfied;
        let project = Project { offers: Rc::new(offers), partial, locked: links.locked };
        self.projects.by_node.insert(base, project);
        Ok(())
    }

    /// Names the files that their page keeps from this Python.
    fn tell_other_python(&self, links: &[Link], offers: &Offers) {
        let release = self.request.python.release().into_iter().map(|number| number.to_string());
        let padded = release.chain(std::iter::repeat("0".to_owned())).take(3);
        let python = padded.collect::<Vec<_>>().join(".");
        for (at, _) in &offers.other_python {
            let link = &links[*at];
            let required = link.requires_python.as_deref().unwrap_or_default();
            self.say(&Event::OtherPython { python: &python, required, link });
        }
    }

    fn rank(&self, base: NodeId, spec: SpecId, hashes: &Hashes) -> Ranking {
        let project = &self.projects.by_node[&base];
        let name = &self.nodes.get(base).project;
        let spec = self.specs.get(spec);
        let prereleases = self.request.options.releases.allows_prereleases(name);
        let offers = &project.offers;
        let mut best_first = offers.applicable(&spec.set, prereleases, hashes);
        let yanked = |at: &usize| offers.ranked[*at].link.yanked.is_some();
        if !(spec.fixed && best_first.iter().all(yanked)) {
            best_first.retain(|at| !yanked(at));
        }
        Ranking { best_first, offers: Rc::clone(offers) }
    }
}
