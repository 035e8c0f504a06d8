//! What an answer rests on and what was turned down on the way, for those who want to know why.
//!
//! Notes are only taken for [`resolve_traced`](crate::resolve_traced): during the search they are
//! nothing but shared pointers, and become [`Trace`] at its end.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use accel_types::{ExtraName, PackageName, Requirement, SpecifierSet, Version};

use crate::candidate::{Candidate, CandidateKind};
use crate::criteria::State;
use crate::factory::Factory;
use crate::requirement::{DemandKind, Information};
use crate::wanted::{ComesFrom, Wanted};

/// What the answer rests on, and what was turned down.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// What is asked for in the answer, in the order in which it was met.
    pub demands: Vec<Demanded>,
    /// Candidates that were tried, in the order in which they were turned down for the first time.
    pub turned_down: Vec<TurnedDown>,
}

/// One requirement, and who has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Demanded {
    /// The project that it is about; `python` for the interpreter.
    pub project: PackageName,
    /// Who has it.
    pub by: Asker,
    /// What it says.
    pub wish: Wish,
}

/// Who has a requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asker {
    /// The user.
    User {
        /// Where it was written, as [`Root::comes_from`](crate::Root::comes_from).
        place: Option<String>,
    },
    /// A candidate.
    Candidate {
        /// Its project.
        name: PackageName,
        /// The extras that were asked for.
        extras: Vec<ExtraName>,
        /// Its version.
        version: Version,
    },
}

/// What a requirement says.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    /// A version that satisfies, as it is written.
    Version(Requirement),
    /// What a URL or path holds.
    Place(String),
    /// The very distribution whose extras are asked for.
    Itself,
    /// An interpreter of these versions.
    Python(SpecifierSet),
}

/// A candidate that was tried.
#[derive(Debug, Clone, PartialEq)]
pub struct TurnedDown {
    /// Its project.
    pub project: PackageName,
    /// Its version.
    pub version: Version,
    /// The requirements that contradicted each other when it was turned down for the last time.
    pub causes: Vec<Demanded>,
}

/// The notes of a search that goes on.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    turned_down: Vec<(Rc<Candidate>, Vec<Rc<Information>>)>,
    places: HashMap<u32, usize>,
}

impl Watch {
    /// Notes that a candidate was turned down because of these requirements.
    pub(crate) fn turned_down(&mut self, candidate: &Rc<Candidate>, causes: &[Rc<Information>]) {
        if let Some(place) = self.places.get(&candidate.id) {
            causes.clone_into(&mut self.turned_down[*place].1);
            return;
        }
        self.places.insert(candidate.id, self.turned_down.len());
        self.turned_down.push((Rc::clone(candidate), causes.to_vec()));
    }

    /// The notes in a form that outlives the search, which ended in `state`.
    pub(crate) fn trace(&self, factory: &Factory<'_>, state: &State) -> Trace {
        let pinned: HashSet<u32> = state.pins.iter().map(|(_, candidate)| candidate.id).collect();
        let counts = |information: &&Rc<Information>| {
            let parent = information.parent.as_ref();
            parent.is_none_or(|parent| pinned.contains(&parent.id))
        };
        let information = state.criteria.iter().flat_map(|(_, criterion)| &criterion.information);
        let demands =
            information.filter(counts).map(|information| demanded(factory, information)).collect();
        let turned_down = self.turned_down.iter();
        let turned_down = turned_down.filter(|(candidate, _)| candidate.distribution().is_some());
        let turned_down = turned_down.map(|(candidate, causes)| TurnedDown {
            project: candidate.project.clone(),
            version: candidate.version.clone(),
            causes: causes.iter().map(|cause| demanded(factory, cause)).collect(),
        });
        Trace { demands, turned_down: turned_down.collect() }
    }
}

fn demanded(factory: &Factory<'_>, information: &Information) -> Demanded {
    let demand = &information.demand;
    let project = factory.nodes.get(demand.node).project.clone();
    let written = match &demand.kind {
        DemandKind::Specifier { wanted, .. } => Some(wanted),
        DemandKind::Explicit(candidate) => {
            candidate.distribution().map(|distribution| &distribution.wanted)
        }
        DemandKind::Python { .. } | DemandKind::Unsatisfiable => None,
    };
    let by = match &information.parent {
        None => Asker::User { place: written.and_then(|wanted| place(wanted)) },
        Some(parent) => asker(parent),
    };
    let wish = match &demand.kind {
        DemandKind::Specifier { wanted, .. } => match &wanted.parsed {
            Some(parsed) => Wish::Version(as_written(wanted, &parsed.requirement)),
            None => Wish::Itself,
        },
        DemandKind::Explicit(candidate) => {
            let same = information.parent.as_ref().is_some_and(|parent| {
                matches!(&parent.kind, CandidateKind::Extras { base, .. } if base.id == candidate.id)
            });
            match candidate.source_url().filter(|_| !same) {
                Some(url) => Wish::Place(url.to_owned()),
                None => Wish::Itself,
            }
        }
        DemandKind::Python { specifier, .. } => Wish::Python(specifier.clone()),
        DemandKind::Unsatisfiable => Wish::Itself,
    };
    Demanded { project, by, wish }
}

/// The requirement with the marker that pip keeps apart from it.
fn as_written(wanted: &Wanted, requirement: &Requirement) -> Requirement {
    let mut requirement = requirement.clone();
    if requirement.marker.is_none() {
        requirement.marker = wanted.marker.as_deref().cloned();
    }
    requirement
}

fn asker(parent: &Candidate) -> Asker {
    let extras = match &parent.kind {
        CandidateKind::Extras { extras, .. } => extras.to_vec(),
        _ => Vec::new(),
    };
    Asker::Candidate { name: parent.project.clone(), extras, version: parent.version.clone() }
}

/// Where the user wrote a requirement.
fn place(wanted: &Wanted) -> Option<String> {
    match &wanted.comes_from {
        ComesFrom::Nobody => None,
        ComesFrom::Place(place) => Some(place.to_string()),
        ComesFrom::Wanted(wanted) => place(wanted),
    }
}
