//! What a state leaves unsatisfied. A pin changes that in a few places, so that it is worked out
//! anew only after a conflict: else ten thousand pins would be ten thousand looks at each.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::identifier::NodeId;
use crate::preference::Key;

/// The nodes that are not satisfied.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    nodes: HashSet<NodeId>,
    ranked: Option<Ranked>,
}

/// The same by preference.
#[derive(Debug, Default)]
struct Ranked {
    nodes: BTreeMap<Key, NodeId>,
    keys: HashMap<NodeId, Key>,
}

impl Ranked {
    fn insert(&mut self, node: NodeId, key: Key) {
        self.remove(node);
        self.nodes.insert(key.clone(), node);
        self.keys.insert(node, key);
    }

    fn remove(&mut self, node: NodeId) {
        if let Some(key) = self.keys.remove(&node) {
            self.nodes.remove(&key);
        }
    }
}

impl Agenda {
    /// These are the nodes now.
    pub(crate) fn begin(&mut self, nodes: impl Iterator<Item = NodeId>) {
        self.nodes.clear();
        self.nodes.extend(nodes);
        self.ranked = None;
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn contains(&self, node: NodeId) -> bool {
        self.nodes.contains(&node)
    }

    /// Any of the nodes.
    pub(crate) fn any(&self) -> Option<NodeId> {
        self.nodes.iter().next().copied()
    }

    /// A node is satisfied now.
    pub(crate) fn remove(&mut self, node: NodeId) {
        self.nodes.remove(&node);
        if let Some(ranked) = &mut self.ranked {
            ranked.remove(node);
        }
    }

    /// A node is not satisfied now, or another key has come to be its own.
    pub(crate) fn insert(&mut self, node: NodeId, key: impl FnOnce() -> Key) {
        self.nodes.insert(node);
        if let Some(ranked) = &mut self.ranked {
            ranked.insert(node, key());
        }
    }

    /// The node with the smallest key.
    pub(crate) fn first(&mut self, key: impl Fn(NodeId) -> Key) -> Option<NodeId> {
        let ranked = self.ranked.get_or_insert_with(|| {
            let mut ranked = Ranked::default();
            self.nodes.iter().for_each(|node| ranked.insert(*node, key(*node)));
            ranked
        });
        ranked.nodes.values().next().copied()
    }
}
