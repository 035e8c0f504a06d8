//! A project of an answer, or one that is not part of it.

use super::absent;
use super::book::Noted;
use super::chains::Chains;
use super::question;
use super::reasons::{Explanation, Fate, Looked, Others, Presence, Source};
use super::versions::{Case, WhyChosen};
use super::words::plain;
use crate::error::EngineError;
use crate::policy::Rules;
use crate::session::Session;
use crate::target::InstalledSet;
use accel_resolve::{Action, Pin, PinOrigin, ResolveRequest, Standing};
use accel_types::{Hashes, Link, PackageName};
use std::collections::HashMap;
use std::sync::Arc;

/// Tells of a project after a resolution that was written down.
pub(super) fn of_project(
    session: &Session<'_>,
    noted: &Noted,
    installed: &InstalledSet,
    name: &PackageName,
) -> Result<Explanation, EngineError> {
    let question = question(session);
    let pins = noted.resolution.iter().flat_map(|resolution| &resolution.pins);
    let Some(pin) = pins.clone().find(|pin| pin.name == *name) else {
        let there = pins.map(|pin| (&pin.name, &pin.version, &*pin.metadata));
        return Ok(Explanation {
            shown: name.to_string(),
            presence: Presence::Absent(absent::would(name, &question, there)),
            asked: Vec::new(),
            looked: Looked::Nowhere,
            others: Vec::new(),
        });
    };
    let chains = Chains::of(&noted.trace.demands);
    let found = match noted_links(noted, pin) {
        (Looked::Nowhere, _) if !matches!(pin.origin, PinOrigin::Direct { .. }) => {
            looked_up(session, name)?
        }
        found => found,
    };
    let others = others(noted, &question, &chains, pin, &found.1, false);
    Ok(Explanation {
        shown: shown(pin),
        presence: presence(session, installed, pin)?,
        asked: chains.on(name).into_iter().map(|demand| chains.to(demand)).collect(),
        looked: found.0,
        others,
    })
}

/// The project as its metadata writes it.
pub(super) fn shown(pin: &Pin) -> String {
    let name = plain(&pin.metadata.name);
    if name.is_empty() { pin.name.to_string() } else { name }
}

/// The files that the search saw.
pub(super) fn noted_links(noted: &Noted, pin: &Pin) -> (Looked, Arc<[Link]>) {
    match noted.book.links.get(&pin.name) {
        None => (Looked::Nowhere, Arc::new([])),
        Some(found) if found.partial => (Looked::Kept, Arc::clone(&found.links)),
        Some(found) => (Looked::Everywhere, Arc::clone(&found.links)),
    }
}

/// The files that the places offer by the usual policy for a name that is left open.
pub(super) fn looked_up(
    session: &Session<'_>,
    name: &PackageName,
) -> Result<(Looked, Arc<[Link]>), EngineError> {
    let rules = Rules::new(&session.request.index, session.request.changes.upgrade);
    let lookup = rules.wanted(name, Standing::Open);
    let looked = if rules.is_partial(lookup) { Looked::Kept } else { Looked::Everywhere };
    Ok((looked, Arc::clone(&session.links(name, lookup)?.links)))
}

/// The versions that were not chosen, or of these only the newer ones.
pub(super) fn others(
    noted: &Noted,
    question: &ResolveRequest,
    chains: &Chains<'_>,
    pin: &Pin,
    links: &Arc<[Link]>,
    newer: bool,
) -> Vec<Others> {
    let none = HashMap::new();
    let why_chosen = match pin.origin {
        PinOrigin::Installed(_) => WhyChosen::Satisfies,
        PinOrigin::Link(_) | PinOrigin::Direct { .. } => WhyChosen::Search,
    };
    Case {
        name: &pin.name,
        links,
        question,
        demands: &chains.on(&pin.name),
        turned_down: &noted.trace.turned_down,
        unusable: noted.book.unusable.get(&pin.name).unwrap_or(&none),
        chosen: &pin.version,
        why_chosen,
    }
    .others(newer)
}

fn presence(
    session: &Session<'_>,
    installed: &InstalledSet,
    pin: &Pin,
) -> Result<Presence, EngineError> {
    let folder = || {
        let found = installed.get(&pin.name);
        found.map(|found| installed.shown_folder(found)).unwrap_or_default()
    };
    let fate = match &pin.action {
        Action::Install => Fate::Install,
        Action::Replace(old) => Fate::Replace(plain(&old.metadata.version)),
        Action::Keep => Fate::Keep,
        Action::Leave => Fate::Leave,
    };
    let source = match &pin.origin {
        _ if fate == Fate::Keep => Source::Installed { folder: folder() },
        PinOrigin::Installed(_) => Source::Installed { folder: folder() },
        PinOrigin::Direct { url, editable } => {
            Source::Direct { url: url.clone(), editable: *editable }
        }
        PinOrigin::Link(link) => {
            let is_elsewhere = link.url.starts_with("http");
            let kept = is_elsewhere && session.index.kept_archive(link, &Hashes::new())?.is_some();
            let place = if link.comes_from.is_empty() { &link.url } else { &link.comes_from };
            Source::File { place: place.to_string(), file: link.filename.to_string(), kept }
        }
    };
    Ok(Presence::Chosen { version: pin.version.clone(), fate, source })
}
