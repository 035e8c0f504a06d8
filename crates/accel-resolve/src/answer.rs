//! From the final state to the answer: what the roots lead to, what is done about it, and in
//! which order.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use accel_types::{ExtraName, Link};

use crate::candidate::{Candidate, CandidateKind, Distribution, DistributionPlace, link_text};
use crate::criteria::State;
use crate::error::ResolveError;
use crate::event::Event;
use crate::factory::Factory;
use crate::identifier::NodeId;
use crate::installation_order::Graph;
use crate::resolution::{Action, Pin, PinOrigin, Resolution};
use crate::url_text;

/// The answer that a final state amounts to.
pub(crate) fn resolution(
    factory: &mut Factory<'_>,
    state: &State,
    rounds: u32,
    rejected: u32,
) -> Result<Resolution, ResolveError> {
    let graph = graph(state);
    let asked: HashSet<NodeId> =
        factory.user_requested.keys().map(|node| factory.nodes.get(*node).base).collect();
    let mut pins = Vec::new();
    let mut wanted = HashMap::new();
    for (node, candidate) in state.pins.iter() {
        let CandidateKind::Base(distribution) = &candidate.kind else {
            continue;
        };
        if !graph.nodes.contains(&node) {
            continue;
        }
        let mut pin = pin(factory, &graph, candidate, distribution)?;
        if factory.request.options.only_dependencies && asked.contains(&node) {
            pin.action = Action::Leave;
        }
        if matches!(pin.action, Action::Install | Action::Replace(_)) {
            wanted.insert(node, pins.len());
        }
        pins.push(pin);
    }
    let nodes: HashSet<NodeId> = wanted.keys().copied().collect();
    let weights = graph.graph.weights(&nodes);
    let mut order: Vec<usize> = wanted.values().copied().collect();
    let weight: HashMap<usize, usize> =
        wanted.iter().map(|(node, at)| (*at, weights.get(node).copied().unwrap_or(0))).collect();
    order.sort_by(|one, other| {
        let key = |at: &usize| (weight[at], &pins[*at].name);
        key(other).cmp(&key(one))
    });
    Ok(Resolution { pins, order, rounds, rejected })
}

/// What the roots lead to.
struct Reached {
    nodes: HashSet<NodeId>,
    /// The pinned nodes of each project, in the order of the pins.
    by_project: HashMap<NodeId, Vec<NodeId>>,
    graph: Graph,
}

/// Follows information whose parent is still pinned, from the user on.
fn graph(state: &State) -> Reached {
    let pinned: HashMap<u32, NodeId> =
        state.pins.iter().map(|(node, candidate)| (candidate.id, node)).collect();
    let mut edges: Vec<(Option<NodeId>, NodeId)> = Vec::new();
    for (node, criterion) in state.criteria.iter() {
        for information in &criterion.information {
            match &information.parent {
                None => edges.push((None, node)),
                Some(parent) => {
                    if let Some(parent) = pinned.get(&parent.id) {
                        edges.push((Some(*parent), node));
                    }
                }
            }
        }
    }
    let mut children: HashMap<Option<NodeId>, Vec<NodeId>> = HashMap::new();
    for (parent, child) in &edges {
        children.entry(*parent).or_default().push(*child);
    }
    let mut reached = HashSet::new();
    let mut open: Vec<Option<NodeId>> = vec![None];
    while let Some(node) = open.pop() {
        for child in children.get(&node).into_iter().flatten() {
            if reached.insert(*child) {
                open.push(Some(*child));
            }
        }
    }
    let mut graph = Graph::default();
    for (parent, child) in edges {
        if reached.contains(&child) {
            graph.connect(parent, child);
        }
    }
    let mut by_project: HashMap<NodeId, Vec<NodeId>> = HashMap::new();
    for (node, candidate) in state.pins.iter().filter(|(node, _)| reached.contains(node)) {
        by_project.entry(candidate.base().node).or_default().push(node);
    }
    Reached { nodes: reached, by_project, graph }
}

fn pin(
    factory: &mut Factory<'_>,
    graph: &Reached,
    candidate: &Rc<Candidate>,
    distribution: &Distribution,
) -> Result<Pin, ResolveError> {
    let own = graph.by_project.get(&candidate.node).map_or(&[] as &[NodeId], Vec::as_slice);
    let extras: BTreeSet<ExtraName> =
        own.iter().flat_map(|node| factory.nodes.get(*node).extras.iter().cloned()).collect();
    let dependencies: BTreeSet<_> = own
        .iter()
        .flat_map(|node| graph.graph.children(Some(*node)))
        .map(|child| factory.nodes.get(*child).base)
        .filter(|base| *base != candidate.node && *base != NodeId::PYTHON)
        .map(|base| factory.nodes.get(base).project.clone())
        .collect();
    let wanted = &distribution.wanted;
    let is_installed = matches!(distribution.place, DistributionPlace::Installed(_));
    let parsed = wanted.parsed.as_ref().filter(|_| !is_installed);
    Ok(Pin {
        name: candidate.project.clone(),
        version: candidate.version.clone(),
        extras: extras.into_iter().collect(),
        origin: match &distribution.place {
            DistributionPlace::Link(link) => PinOrigin::Link(Arc::new(Link::clone(link))),
            DistributionPlace::Installed(installed) => PinOrigin::Installed(Arc::clone(installed)),
            DistributionPlace::Direct { url, editable } => {
                PinOrigin::Direct { url: url.to_string(), editable: *editable }
            }
        },
        metadata: Arc::clone(&distribution.metadata),
        hashes: wanted.hashes(),
        action: action(factory, candidate, distribution)?,
        requested: wanted.user_supplied,
        root: wanted.root,
        requirement: parsed.map(|parsed| parsed.requirement.clone()),
        words: wanted.words(None),
        dependencies: dependencies.into_iter().collect(),
    })
}

/// Whether a pin is installed, replaces what is installed, or is there already.
fn action(
    factory: &mut Factory<'_>,
    candidate: &Candidate,
    distribution: &Distribution,
) -> Result<Action, ResolveError> {
    if matches!(distribution.place, DistributionPlace::Installed(_)) {
        return Ok(Action::Keep);
    }
    let installed =
        factory.installed(&candidate.project)?.filter(|installed| installed.replaceable);
    let action = match installed {
        None => Action::Install,
        Some(installed) => {
            let same_version = installed
                .metadata
                .version
                .trim()
                .parse()
                .is_ok_and(|version: accel_types::Version| version == candidate.version);
            let url = candidate.source_url().unwrap_or_default();
            let editable =
                matches!(distribution.place, DistributionPlace::Direct { editable: true, .. });
            if factory.request.options.force_reinstall
                || !same_version
                || editable
                || installed.editable
            {
                Action::Replace(installed)
            } else if !url_text::is_file(url) {
                return Ok(Action::Keep);
            } else if url_text::is_wheel(url) {
                let name = distribution.wanted.name().unwrap_or_default();
                factory.say(&Event::SameWheelInstalled { name });
                return Ok(Action::Keep);
            } else {
                Action::Replace(installed)
            }
        }
    };
    if let DistributionPlace::Link(link) = &distribution.place
        && let Some(reason) = &link.yanked
    {
        let reason = if reason.is_empty() { "<none given>" } else { reason };
        factory.say(&Event::Yanked {
            name: &candidate.name,
            version: &candidate.version.to_string(),
            link: &link_text(link),
            reason,
        });
    }
    Ok(action)
}
