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

#[cfg(test)]
mod tests {
    use accel_testkit::real_pip;
    use accel_types::PackageName;

    use super::*;
    use crate::identifier::Nodes;

    /// Prints random graphs without cycles, and the weights that pip gives.
    const SCRIPT: &str = r#"
import random
from pip._internal.resolution.resolvelib.resolver import get_topological_weights
from pip._vendor.resolvelib.structs import DirectedGraph
rng = random.Random(20261122)
for _ in range(200):
    size = rng.randint(1, 12)
    graph = DirectedGraph()
    graph.add(None)
    for node in range(size):
        graph.add(str(node))
    edges = [(None, str(node)) for node in range(size) if node == 0 or rng.random() < 0.2]
    edges += [(str(a), str(b)) for a in range(size) for b in range(a + 1, size) if rng.random() < 0.3]
    if rng.random() < 0.5 and size > 2:
        edges.append(("1", "0"))
        edges.append(("0", "1"))
    for a, b in edges:
        graph.connect(a, b)
    graph_nodes = {b for _, b in edges} | {a for a, _ in edges if a}
    for node in range(size):
        if str(node) not in graph_nodes:
            graph.remove(str(node))
    wanted = {node for node in graph_nodes if rng.random() < 0.9}
    weights = get_topological_weights(graph, wanted)
    print(" ".join(f"{a}>{b}" for a, b in edges), "|", " ".join(f"{k}={v}" for k, v in weights.items()))
"#;

    #[test]
    fn weights_are_pips() {
        let output = real_pip::script(SCRIPT, b"");
        let mut nodes = Nodes::new();
        for line in String::from_utf8(output).unwrap().lines() {
            let (edges, weights) = line.split_once('|').unwrap();
            let mut graph = Graph::default();
            let mut node = |text: &str| match text {
                "None" => None,
                text => Some(nodes.intern(&PackageName::new(text), &[])),
            };
            for edge in edges.split_whitespace() {
                let (parent, child) = edge.split_once('>').unwrap();
                let (parent, child) = (node(parent), node(child).unwrap());
                graph.connect(parent, child);
            }
            let theirs: HashMap<NodeId, usize> = weights
                .split_whitespace()
                .map(|pair| pair.split_once('=').unwrap())
                .map(|(name, weight)| (node(name).unwrap(), weight.parse().unwrap()))
                .collect();
            let wanted = theirs.keys().copied().collect();
            assert_eq!(graph.weights(&wanted), theirs, "{line}");
        }
    }
}
