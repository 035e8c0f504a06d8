//! pip's order of installation: what depends on nothing first, cycles broken somewhere.

use std::collections::{HashMap, HashSet};

use crate::identifier::NodeId;

/// A node that was visited this often is not visited again.
const MOST_VISITS: usize = 5;

/// pip's walk over cycles can take forever; ours ends after so many steps, far beyond what pip
/// itself could wait for.
const MOST_STEPS: usize = 2_000_000;

/// Who depends on whom; `None` is the user.
#[derive(Debug, Clone, Default)]
pub(crate) struct Graph {
    children: HashMap<Option<NodeId>, Vec<NodeId>>,
    nodes: Vec<NodeId>,
    known: HashSet<NodeId>,
    edges: HashSet<(Option<NodeId>, NodeId)>,
}

impl Graph {
    pub(crate) fn connect(&mut self, parent: Option<NodeId>, child: NodeId) {
        for node in [parent, Some(child)].into_iter().flatten() {
            if self.known.insert(node) {
                self.nodes.push(node);
            }
        }
        if self.edges.insert((parent, child)) {
            self.children.entry(parent).or_default().push(child);
        }
    }

    pub(crate) fn children(&self, node: Option<NodeId>) -> &[NodeId] {
        self.children.get(&node).map_or(&[], Vec::as_slice)
    }

    /// The weight of each of `wanted`: the heaviest are installed first.
    pub(crate) fn weights(mut self: Graph, wanted: &HashSet<NodeId>) -> HashMap<NodeId, usize> {
        let mut weights: HashMap<NodeId, Vec<usize>> = HashMap::new();
        // Leaves are pruned until there are none; those found first weigh most.
        loop {
            let is_leaf = |node: &&NodeId| self.children(Some(**node)).is_empty();
            let leaves: HashSet<NodeId> = self.nodes.iter().filter(is_leaf).copied().collect();
            if leaves.is_empty() {
                break;
            }
            // The user counts as a node of pip's graph, and is not counted.
            let weight = self.nodes.len();
            for leaf in leaves.iter().filter(|leaf| wanted.contains(leaf)) {
                weights.insert(*leaf, vec![weight]);
            }
            self.nodes.retain(|node| !leaves.contains(node));
            for children in self.children.values_mut() {
                children.retain(|child| !leaves.contains(child));
            }
        }
        let mut walk = Walk { graph: &self, wanted, weights, path: HashSet::new(), steps: 0 };
        walk.visit(None);
        walk.weights
            .into_iter()
            .map(|(node, weights)| (node, weights.into_iter().max().unwrap_or(0)))
            .collect()
    }
}

/// The walk over what pruning left: cycles and what leads to them.
struct Walk<'a> {
    graph: &'a Graph,
    wanted: &'a HashSet<NodeId>,
    weights: HashMap<NodeId, Vec<usize>>,
    path: HashSet<Option<NodeId>>,
    steps: usize,
}

impl Walk<'_> {
    fn visit(&mut self, node: Option<NodeId>) {
        self.steps += 1;
        let visits = |node| self.weights.get(&node).map_or(0, Vec::len);
        if self.path.contains(&node)
            || node.is_some_and(|node| visits(node) >= MOST_VISITS)
            || self.steps > MOST_STEPS
        {
            return;
        }
        self.path.insert(node);
        for child in self.graph.children(node) {
            self.visit(Some(*child));
        }
        self.path.remove(&node);
        if let Some(node) = node.filter(|node| self.wanted.contains(node)) {
            self.weights.entry(node).or_default().push(self.path.len());
        }
    }
}
