//! Candidates that could not be pinned, and what that rested on: a search that goes in circles tries
//! the same ones thousands of times, against the same criteria.

use std::collections::HashMap;
use std::rc::Rc;

use crate::candidate::Candidate;
use crate::criteria::{Criteria, Criterion};
use crate::identifier::NodeId;

/// Why a candidate could not be pinned.
#[derive(Debug)]
struct Failure {
    /// The criteria that its dependencies met, as they were before, up to the conflict.
    met: Vec<(NodeId, Option<Rc<Criterion>>)>,
    conflict: Rc<Criterion>,
}

/// The last failure of each candidate.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    by_candidate: HashMap<u32, Failure>,
}

impl Failures {
    /// The conflict that a candidate runs into again, if nothing has changed that it depends on.
    ///
    /// Criteria are never changed, only replaced, so that the same one says the same.
    pub(crate) fn again(
        &self,
        candidate: &Candidate,
        criteria: &Criteria,
    ) -> Option<Rc<Criterion>> {
        let failure = self.by_candidate.get(&candidate.id)?;
        let same = failure.met.iter().all(|(node, before)| match (before, criteria.get(*node)) {
            (Some(before), Some(now)) => Rc::ptr_eq(before, now),
            (None, None) => true,
            _ => false,
        });
        same.then(|| Rc::clone(&failure.conflict))
    }

    /// Notes a failure; `met` are the nodes that the dependencies up to the conflict are about.
    pub(crate) fn note(
        &mut self,
        candidate: &Candidate,
        criteria: &Criteria,
        met: &[NodeId],
        conflict: &Rc<Criterion>,
    ) {
        let met = met.iter().map(|node| (*node, criteria.get(*node).cloned())).collect();
        let failure = Failure { met, conflict: Rc::clone(conflict) };
        self.by_candidate.insert(candidate.id, failure);
    }
}
