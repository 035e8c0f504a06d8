//! Back from a conflict to a state that may avoid it.

use std::collections::HashSet;
use std::rc::Rc;

use crate::criteria::Criterion;
use crate::error::ResolveError;
use crate::found::Incompatible;
use crate::identifier::NodeId;
use crate::requirement::Information;
use crate::resolver::Search;

impl Search<'_, '_> {
    /// Takes pins back until one had to do with the conflict, and excludes that one.
    ///
    /// False if there is nothing left to take back.
    pub(crate) fn backjump(&mut self, causes: &[Rc<Information>]) -> Result<bool, ResolveError> {
        let bad: HashSet<NodeId> = causes
            .iter()
            .flat_map(|information| {
                let parent = information.parent.as_ref().map(|parent| parent.node);
                [Some(information.demand.node), parent]
            })
            .flatten()
            .collect();
        while self.states.len() >= 3 {
            self.states.pop();
            let (broken, node, candidate) = loop {
                let Some(mut broken) = self.states.pop() else {
                    return Ok(false);
                };
                let Some((node, candidate)) = broken.pins.pop() else {
                    return Ok(false);
                };
                if !bad.contains(&node) {
                    if !self.optimistic {
                        break (broken, node, candidate);
                    }
                    if self.saved.is_none() {
                        self.saved = Some(self.states.clone());
                    }
                }
                if self.depends_on_any(&candidate, &bad)? || broken.pins.is_empty() {
                    break (broken, node, candidate);
                }
                if self.states.len() <= 1 {
                    return Ok(false);
                }
            };
            let mut incompatible: Vec<(NodeId, Incompatible)> = broken
                .criteria
                .iter()
                .map(|(node, criterion)| (node, criterion.incompatible.clone()))
                .filter(|(_, incompatible)| !incompatible.is_empty())
                .collect();
            incompatible.push((node, Incompatible::only(&candidate)));
            if let Some(watch) = &mut self.watch {
                watch.turned_down(&candidate, causes);
            }
            self.push();
            if self.exclude(&incompatible)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn depends_on_any(
        &mut self,
        candidate: &Rc<crate::candidate::Candidate>,
        bad: &HashSet<NodeId>,
    ) -> Result<bool, ResolveError> {
        let mut any = false;
        for step in self.factory.steps(candidate).iter() {
            let demands = self.factory.take_step(step, candidate)?;
            any |= demands.iter().any(|demand| bad.contains(&demand.node));
        }
        Ok(any)
    }

    /// Makes the candidate lists of the current state anew without the incompatible ones.
    ///
    /// False as soon as one is empty.
    fn exclude(&mut self, incompatible: &[(NodeId, Incompatible)]) -> Result<bool, ResolveError> {
        for (node, incompatible) in incompatible {
            let Some(criterion) = self.state().criteria.get(*node).cloned() else {
                continue;
            };
            let incompatible = incompatible.union(&criterion.incompatible);
            let criteria = self.state().criteria.clone();
            let candidates = self.factory.find(*node, &criteria, None, &incompatible)?;
            if !candidates.any(self.factory)? {
                return Ok(false);
            }
            let information = criterion.information.clone();
            let criterion = Criterion::new(candidates, information, incompatible);
            self.state_mut().criteria.set(*node, criterion);
        }
        Ok(true)
    }
}
