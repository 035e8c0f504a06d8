//! The states of the search: cheap to copy, shared until written.

use std::cell::Cell;
use std::rc::Rc;

use crate::blocks::Blocks;
use crate::candidate::Candidate;
use crate::found::{Candidates, Incompatible};
use crate::identifier::NodeId;
use crate::requirement::Information;

/// All that is known about one node: never changed, only replaced.
#[derive(Debug)]
pub(crate) struct Criterion {
    pub(crate) candidates: Candidates,
    pub(crate) information: Vec<Rc<Information>>,
    pub(crate) incompatible: Incompatible,
    /// The last candidate that was held against the information, and the verdict.
    pub(crate) judged: Cell<Option<(u32, bool)>>,
}

impl Criterion {
    pub(crate) fn new(
        candidates: Candidates,
        information: Vec<Rc<Information>>,
        incompatible: Incompatible,
    ) -> Rc<Self> {
        Rc::new(Self { candidates, information, incompatible, judged: Cell::new(None) })
    }
}

/// Criteria in the order in which their nodes were first met.
#[derive(Debug, Clone, Default)]
pub(crate) struct Criteria {
    order: Blocks<NodeId>,
    by_node: Blocks<Option<Rc<Criterion>>>,
}

impl Criteria {
    pub(crate) fn get(&self, node: NodeId) -> Option<&Rc<Criterion>> {
        self.by_node.get(node.index())?.as_ref()
    }

    pub(crate) fn set(&mut self, node: NodeId, criterion: Rc<Criterion>) {
        if self.by_node.replace(node.index(), Some(criterion)).is_none() {
            self.order.push(node);
        }
    }

    pub(crate) fn nodes(&self) -> Blocks<NodeId> {
        self.order.clone()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (NodeId, &Rc<Criterion>)> {
        self.order.iter().filter_map(|node| Some((*node, self.get(*node)?)))
    }

    /// What is known about a node.
    pub(crate) fn information(&self, node: NodeId) -> &[Rc<Information>] {
        self.get(node).map_or(&[], |criterion| &criterion.information)
    }
}

/// Pins in the order in which they were made.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pins {
    order: Blocks<NodeId>,
    by_node: Blocks<Option<Rc<Candidate>>>,
}

impl Pins {
    pub(crate) fn get(&self, node: NodeId) -> Option<&Rc<Candidate>> {
        self.by_node.get(node.index())?.as_ref()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Pins a node anew, as the last one.
    pub(crate) fn pin(&mut self, node: NodeId, candidate: Rc<Candidate>) {
        if self.by_node.replace(node.index(), Some(candidate)).is_some() {
            let mut order = Blocks::default();
            self.order.iter().filter(|other| **other != node).for_each(|other| order.push(*other));
            self.order = order;
        }
        self.order.push(node);
    }

    /// Takes the last pin away.
    pub(crate) fn pop(&mut self) -> Option<(NodeId, Rc<Candidate>)> {
        let node = self.order.pop()?;
        let candidate = self.by_node.get_mut(node.index())?.take()?;
        Some((node, candidate))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (NodeId, &Rc<Candidate>)> {
        self.order.iter().filter_map(|node| Some((*node, self.get(*node)?)))
    }
}

/// One state of the search.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) pins: Pins,
    pub(crate) criteria: Criteria,
    /// The information that the last conflict was made of.
    pub(crate) causes: Rc<[Rc<Information>]>,
}
