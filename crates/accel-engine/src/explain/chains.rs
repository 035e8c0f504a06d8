//! Who asks for a project: chains of requirements that begin with the user's.

use accel_resolve::{Asker, Demanded, Wish};
use accel_types::PackageName;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet, VecDeque};

/// How far each project is from the user.
pub(super) struct Chains<'a> {
    demands: &'a [Demanded],
    depths: HashMap<&'a PackageName, usize>,
}

impl<'a> Chains<'a> {
    pub(super) fn of(demands: &'a [Demanded]) -> Self {
        let mut depths: HashMap<&PackageName, usize> = HashMap::new();
        let mut waiting = VecDeque::new();
        for demand in demands.iter().filter(|demand| matches!(demand.by, Asker::User { .. })) {
            if depths.insert(&demand.project, 0).is_none() {
                waiting.push_back(&demand.project);
            }
        }
        let mut brought: HashMap<&PackageName, Vec<&PackageName>> = HashMap::new();
        for demand in demands {
            if let Asker::Candidate { name, .. } = &demand.by {
                brought.entry(name).or_default().push(&demand.project);
            }
        }
        while let Some(project) = waiting.pop_front() {
            let depth = depths[project] + 1;
            for next in brought.get(project).into_iter().flatten() {
                if !depths.contains_key(next) {
                    depths.insert(next, depth);
                    waiting.push_back(next);
                }
            }
        }
        Self { demands, depths }
    }

    /// The requirements on a project, each once: not what its own extras have on itself, nor what is
    /// said without extras beside the same with them.
    pub(super) fn on(&self, project: &PackageName) -> Vec<&'a Demanded> {
        let mut found: Vec<&Demanded> = Vec::new();
        for demand in self.demands.iter().filter(|demand| demand.project == *project) {
            let own = matches!(&demand.by, Asker::Candidate { name, .. } if name == project);
            let reached = match &demand.by {
                Asker::User { .. } => true,
                Asker::Candidate { name, .. } => self.depths.contains_key(name),
            };
            if own || !reached {
                continue;
            }
            match found.iter_mut().find(|known| same(known, demand)) {
                Some(known) if says_more(demand, known) => *known = demand,
                Some(_) => {}
                None => found.push(demand),
            }
        }
        found
    }

    /// The requirements from the user's to this one.
    pub(super) fn to(&self, demand: &'a Demanded) -> Vec<Demanded> {
        let mut chain = vec![demand.clone()];
        let mut seen = HashSet::from([&demand.project]);
        let mut current = demand;
        while let Asker::Candidate { name, extras, .. } = &current.by {
            if !seen.insert(name) {
                break;
            }
            let before = self.demands.iter().filter(|before| before.project == *name);
            let before = before.filter(|before| match &before.by {
                Asker::User { .. } => true,
                Asker::Candidate { name, .. } => !seen.contains(name),
            });
            let far = |before: &&Demanded| match &before.by {
                Asker::User { .. } => (false, 0),
                Asker::Candidate { name, .. } => {
                    (true, self.depths.get(name).map_or(usize::MAX, |it| it + 1))
                }
            };
            let lacks = |before: &&Demanded| match &before.wish {
                Wish::Version(requirement) => {
                    !extras.iter().all(|extra| requirement.extras.contains(extra))
                }
                Wish::Place(_) | Wish::Itself | Wish::Python(_) => false,
            };
            let worst =
                |before: &&Demanded| (lacks(before), far(before), Reverse(extras_of(before)));
            let Some(next) = before.min_by_key(worst) else { break };
            chain.push(next.clone());
            current = next;
        }
        chain.reverse();
        chain
    }
}

/// Whether two requirements are one: of the same version of the same project, extras aside.
fn same(one: &Demanded, other: &Demanded) -> bool {
    let by = match (&one.by, &other.by) {
        (
            Asker::Candidate { name, version, .. },
            Asker::Candidate { name: other_name, version: other_version, .. },
        ) => name == other_name && version == other_version,
        (one, other) => one == other,
    };
    by && match (&one.wish, &other.wish) {
        (Wish::Version(one), Wish::Version(other)) => {
            one.specifier == other.specifier && one.marker == other.marker
        }
        (one, other) => one == other,
    }
}

/// Whether a requirement tells more than one that is the same: more extras, or fewer of its owner's.
fn says_more(one: &Demanded, other: &Demanded) -> bool {
    let owners = |demand: &Demanded| match &demand.by {
        Asker::Candidate { extras, .. } => extras.len(),
        Asker::User { .. } => 0,
    };
    (extras_of(one), Reverse(owners(one))) > (extras_of(other), Reverse(owners(other)))
}

/// How many extras a requirement asks for.
fn extras_of(demand: &Demanded) -> usize {
    match &demand.wish {
        Wish::Version(requirement) => requirement.extras.len(),
        Wish::Place(_) | Wish::Itself | Wish::Python(_) => 0,
    }
}
