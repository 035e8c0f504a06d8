//! Why each version of an installation was chosen, in a line or two each.

use super::book::Noted;
use super::chains::Chains;
use super::reasons::{Looked, Others, Reason};
use super::told::{noted_links, others, shown};
use super::words::{joined, of, reason_words, run_words, wish};
use super::{facts, question};
use crate::session::Session;
use accel_resolve::{Action, Demanded, Pin, PinOrigin};

/// So many of those who ask for a project are named.
const ASKERS: usize = 2;
/// So many reasons against newer versions are told.
const REASONS: usize = 2;

/// The block about a resolution that was written down.
pub(super) fn text(session: &Session<'_>, noted: &Noted) -> String {
    let (question, facts) = (question(session), facts(session));
    let chains = Chains::of(&noted.trace.demands);
    let mut pins: Vec<&Pin> =
        noted.resolution.iter().flat_map(|resolution| &resolution.pins).collect();
    pins.sort_by(|one, other| one.name.cmp(&other.name));
    if pins.is_empty() {
        return "Nothing was chosen.".to_owned();
    }
    let mut told = vec!["Why these versions:".to_owned()];
    for pin in pins {
        let (looked, links) = noted_links(noted, pin);
        let newer = others(noted, &question, &chains, pin, &links, true);
        let asked = askers(&chains.on(&pin.name));
        let standing = standing(pin, looked, &newer);
        told.push(format!("  {} {}{standing}{asked}", shown(pin), pin.version));
        if !newer.is_empty() {
            told.push(format!("    {}", reasons(&newer, |reason| reason_words(reason, &facts))));
        }
    }
    told.join("\n")
}

/// What kind of choice it was, where that is not seen from the reasons.
fn standing(pin: &Pin, looked: Looked, newer: &[Others]) -> &'static str {
    match (&pin.origin, &pin.action, looked) {
        (PinOrigin::Direct { .. }, ..) => ", of a URL",
        (PinOrigin::Installed(_), ..) | (_, Action::Keep, _) => ", installed",
        _ if !newer.is_empty() => "",
        (.., Looked::Kept) => ", the newest that is kept",
        (.., Looked::Everywhere | Looked::Nowhere) => ", the newest",
    }
}

/// ` (lib<2 of app 1.0 and 3 more)`.
fn askers(demands: &[&Demanded]) -> String {
    let mut words: Vec<String> = demands
        .iter()
        .take(ASKERS)
        .map(|demand| format!("{} of {}", wish(demand), of(&demand.by)))
        .collect();
    if demands.len() > ASKERS {
        words.push(format!("{} more", demands.len() - ASKERS));
    }
    if words.is_empty() { String::new() } else { format!(" ({})", joined(&words)) }
}

/// `2.1, 2.0: excluded by lib<2 of app 1.0; 1.9: yanked`.
fn reasons(newer: &[Others], words: impl Fn(&Reason) -> String) -> String {
    let mut told: Vec<String> = newer
        .iter()
        .take(REASONS)
        .map(|group| format!("{}: {}", run_words(&group.runs), words(&group.reason)))
        .collect();
    let more: usize = newer.iter().skip(REASONS).map(|group| group.versions.len()).sum();
    if more > 0 {
        told.push(format!("{more} more for other reasons"));
    }
    told.join("; ")
}
