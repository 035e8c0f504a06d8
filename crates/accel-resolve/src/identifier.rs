//! Nodes of the search: a project, a project with a set of extras, or the interpreter.

use std::collections::HashMap;
use std::rc::Rc;

use accel_types::{ExtraName, PackageName};

/// pip's name for the interpreter's node; no project can be called so.
const PYTHON: &str = "<Python from Requires-Python>";

/// An interned identifier; small, so that criteria and pins are indexed by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct NodeId(u32);

impl NodeId {
    /// The interpreter.
    pub(crate) const PYTHON: Self = Self(0);

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// What an identifier stands for.
#[derive(Debug)]
pub(crate) struct Node {
    /// `a` or `a[x,y]`, as pip prints it and sorts by it.
    pub(crate) text: Rc<str>,
    /// The project.
    pub(crate) project: PackageName,
    /// Sorted, without duplicates.
    pub(crate) extras: Rc<[ExtraName]>,
    /// The project's node without extras; itself if it has none.
    pub(crate) base: NodeId,
}

/// All identifiers that were met.
#[derive(Debug)]
pub(crate) struct Nodes {
    nodes: Vec<Rc<Node>>,
    by_text: HashMap<Rc<str>, NodeId>,
}

impl Nodes {
    pub(crate) fn new() -> Self {
        let python = Node {
            text: PYTHON.into(),
            project: PackageName::new("python"),
            extras: Rc::new([]),
            base: NodeId::PYTHON,
        };
        Self {
            by_text: HashMap::from([(Rc::clone(&python.text), NodeId::PYTHON)]),
            nodes: vec![Rc::new(python)],
        }
    }

    pub(crate) fn get(&self, id: NodeId) -> &Rc<Node> {
        &self.nodes[id.index()]
    }

    /// The identifier of a project with these extras.
    pub(crate) fn intern(&mut self, project: &PackageName, extras: &[ExtraName]) -> NodeId {
        if extras.is_empty() {
            if let Some(id) = self.by_text.get(project.as_str()) {
                return *id;
            }
            return self.push(project.as_str().into(), project, Rc::new([]), None);
        }
        let mut sorted = extras.to_vec();
        sorted.sort();
        sorted.dedup();
        let words: Vec<&str> = sorted.iter().map(ExtraName::as_str).collect();
        let text = format!("{project}[{}]", words.join(","));
        if let Some(id) = self.by_text.get(text.as_str()) {
            return *id;
        }
        let base = self.intern(project, &[]);
        self.push(text.into(), project, sorted.into(), Some(base))
    }

    fn push(
        &mut self,
        text: Rc<str>,
        project: &PackageName,
        extras: Rc<[ExtraName]>,
        base: Option<NodeId>,
    ) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).expect("fewer than 2^32 names"));
        self.by_text.insert(Rc::clone(&text), id);
        self.nodes.push(Rc::new(Node {
            text,
            project: project.clone(),
            extras,
            base: base.unwrap_or(id),
        }));
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_extras_is_one_node() {
        let mut nodes = Nodes::new();
        let (a, x, y) = (PackageName::new("A"), ExtraName::new("X"), ExtraName::new("y"));
        let both = nodes.intern(&a, &[y.clone(), x.clone(), y.clone()]);
        assert_eq!(both, nodes.intern(&a, &[x.clone(), y]));
        assert_ne!(both, nodes.intern(&a, &[x]));
        assert_eq!(&*nodes.get(both).text, "a[x,y]");
        let base = nodes.intern(&a, &[]);
        assert_eq!(nodes.get(both).base, base);
    }
}
