//! Which node is looked at next: pip's `narrow_requirement_selection` and `get_preference`.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::agenda::Agenda;
use crate::criteria::State;
use crate::factory::Factory;
use crate::identifier::NodeId;
use crate::requirement::DemandKind;

/// A node that was in this many conflicts without being pinned is looked at earlier for good.
const PROMOTED_AFTER: u32 = 5;

/// What conflicts have taught; it survives every backjump.
#[derive(Debug, Default)]
pub(crate) struct Preference {
    conflicts: HashMap<NodeId, u32>,
    promoted: HashSet<NodeId>,
}

impl Preference {
    /// The node to be looked at next, of those that are not satisfied.
    pub(crate) fn next(
        &mut self,
        agenda: &mut Agenda,
        state: &State,
        factory: &Factory<'_>,
    ) -> Option<NodeId> {
        if agenda.len() < 2 {
            return agenda.any();
        }
        match self.narrow(agenda, state, factory) {
            Some(nodes) => nodes.into_iter().min_by_key(|node| self.key(*node, state, factory)),
            None => agenda.first(|node| self.key(node, state, factory)),
        }
    }

    /// The unsatisfied nodes among which to choose; `None` if these are all.
    fn narrow(
        &mut self,
        agenda: &mut Agenda,
        state: &State,
        factory: &Factory<'_>,
    ) -> Option<Vec<NodeId>> {
        let mut blamed = HashSet::new();
        for information in state.causes.iter() {
            let parent = information.parent.as_ref().map(|parent| parent.node);
            for node in [Some(information.demand.node), parent].into_iter().flatten() {
                blamed.insert(node);
                if state.pins.get(node).is_none() {
                    let conflicts = self.conflicts.entry(node).or_default();
                    *conflicts += 1;
                    if *conflicts >= PROMOTED_AFTER
                        && self.promoted.insert(node)
                        && agenda.contains(node)
                    {
                        agenda.insert(node, || self.key(node, state, factory));
                    }
                }
            }
        }
        if agenda.contains(NodeId::PYTHON) {
            return Some(vec![NodeId::PYTHON]);
        }
        [&blamed, &self.promoted].into_iter().find_map(|nodes| {
            let chosen = nodes.iter().copied().filter(|node| agenda.contains(*node));
            let chosen: Vec<NodeId> = chosen.collect();
            (!chosen.is_empty()).then_some(chosen)
        })
    }

    /// pip's sort key: the smallest is preferred.
    pub(crate) fn key(&self, node: NodeId, state: &State, factory: &Factory<'_>) -> Key {
        let mut direct = false;
        let mut pinned = false;
        let mut upper_bounded = false;
        let mut bound = false;
        for information in state.criteria.information(node) {
            match &information.demand.kind {
                DemandKind::Explicit(_) => direct = true,
                DemandKind::Specifier { spec, .. } => {
                    let spec = factory.specs.get(*spec);
                    pinned |= spec.pinned;
                    upper_bounded |= spec.upper_bounded;
                    bound |= !spec.set.is_empty();
                }
                DemandKind::Python { .. } | DemandKind::Unsatisfiable => {}
            }
        }
        let requested = factory.user_requested.get(&node);
        Key {
            not_promoted: !self.promoted.contains(&node),
            not_direct: !direct,
            not_pinned: !pinned,
            not_upper_bounded: !upper_bounded,
            requested: requested.copied().unwrap_or(usize::MAX),
            free: !bound,
            name: Rc::clone(&factory.nodes.get(node).text),
        }
    }
}

/// Compared field by field, in this order. No two nodes have the same name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    not_promoted: bool,
    not_direct: bool,
    not_pinned: bool,
    not_upper_bounded: bool,
    requested: usize,
    free: bool,
    name: Rc<str>,
}
