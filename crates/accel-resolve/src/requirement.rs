//! Requirements as the search knows them: each is about one node.

use std::rc::Rc;

use accel_types::SpecifierSet;

use crate::candidate::Candidate;
use crate::combination::SpecId;
use crate::identifier::NodeId;
use crate::wanted::Wanted;

/// One requirement on one node.
#[derive(Debug)]
pub(crate) struct Demand {
    pub(crate) node: NodeId,
    pub(crate) kind: DemandKind,
}

/// The four kinds.
#[derive(Debug)]
pub(crate) enum DemandKind {
    /// A version that satisfies specifiers.
    Specifier { wanted: Rc<Wanted>, spec: SpecId },
    /// This very candidate.
    Explicit(Rc<Candidate>),
    /// An interpreter of these versions.
    Python { specifier: SpecifierSet, satisfied: bool },
    /// A named URL whose metadata was discarded: nothing serves.
    Unsatisfiable,
}

impl Demand {
    /// pip's `str(requirement)`; `node` is the text of its node.
    pub(crate) fn text(&self, node: &str) -> String {
        match &self.kind {
            DemandKind::Specifier { wanted, .. } => wanted
                .parsed
                .as_ref()
                .map_or_else(|| node.to_owned(), |parsed| parsed.text.to_string()),
            DemandKind::Explicit(candidate) => candidate.to_string(),
            DemandKind::Python { specifier, .. } => format!("Python {specifier}"),
            DemandKind::Unsatisfiable => format!("{node} (unavailable)"),
        }
    }

    /// pip's `format_for_error`: specifiers are joined with `and`.
    pub(crate) fn words_for_error(&self, node: &str) -> String {
        match &self.kind {
            DemandKind::Explicit(candidate) => candidate.words_for_error(),
            DemandKind::Specifier { .. } => {
                let text = self.text(node);
                let parts: Vec<&str> = text.split(',').map(str::trim).collect();
                match parts.split_last() {
                    Some((last, before)) if !before.is_empty() => {
                        format!("{} and {last}", before.join(", "))
                    }
                    _ => text.trim().to_owned(),
                }
            }
            _ => self.text(node),
        }
    }
}

/// A requirement with who made it; the same information is the same allocation.
#[derive(Debug)]
pub(crate) struct Information {
    pub(crate) demand: Rc<Demand>,
    /// None for the user.
    pub(crate) parent: Option<Rc<Candidate>>,
}
