//! pip's words for why there is no answer.

use std::collections::BTreeSet;
use std::fmt;
use std::rc::Rc;

use accel_types::Version;

use crate::candidate::{Candidate, CandidateKind, DistributionPlace};
use crate::criteria::Criterion;
use crate::error::{Line, ResolveError};
use crate::event::Level;
use crate::factory::Factory;
use crate::requirement::{Demand, DemandKind, Information};
use crate::wanted::ComesFrom;

/// pip's final line after a conflict.
const SEE_DOCUMENTATION: &str = "ResolutionImpossible: for help visit \
     https://pip.pypa.io/en/latest/topics/dependency-resolution/\
     #dealing-with-dependency-conflicts";

/// What pip prints, and its final line.
pub(crate) struct Explanation {
    pub(crate) lines: Vec<Line>,
    pub(crate) message: String,
}

/// pip's explanation of the information that contradicts itself (`get_installation_error`).
pub(crate) fn impossible(
    factory: &mut Factory<'_>,
    causes: &[Rc<Information>],
) -> Result<Explanation, ResolveError> {
    let pythons: Vec<(&Information, String)> = causes
        .iter()
        .filter_map(|cause| match &cause.demand.kind {
            DemandKind::Python { specifier, satisfied: false } => {
                Some((&**cause, specifier.to_string()))
            }
            _ => None,
        })
        .collect();
    if !pythons.is_empty() {
        return Ok(other_python(factory, &pythons));
    }
    if let [cause] = causes
        && !factory.constraints.contains_key(&cause.demand.node)
    {
        return not_found(factory, cause);
    }
    Ok(conflict(factory, causes))
}

/// Some distributions do not support this Python.
fn other_python(factory: &Factory<'_>, causes: &[(&Information, String)]) -> Explanation {
    let python = &factory.request.python;
    let message = if let [(cause, specifier)] = causes {
        let name = cause.parent.as_ref().map_or("", |parent| &parent.name);
        format!("Package '{name}' requires a different Python: {python} not in '{specifier}'")
    } else {
        let mut message = format!("Packages require a different Python. {python} not in:");
        for (cause, specifier) in causes {
            let parent = cause.parent.as_ref();
            let package = parent.map(|parent| parent.words_for_error());
            let package = package.unwrap_or_default();
            message = format!("{message}\n'{specifier}' (required by {package})");
        }
        message
    };
    Explanation { lines: Vec::new(), message }
}

/// One requirement that nothing satisfies.
fn not_found(factory: &mut Factory<'_>, cause: &Information) -> Result<Explanation, ResolveError> {
    let demand = &cause.demand;
    let node = Rc::clone(factory.nodes.get(demand.node));
    let text = demand.text(&node.text);
    let mut shown = match &demand.kind {
        DemandKind::Specifier { wanted, .. } => match &wanted.parsed {
            Some(parsed) => {
                let mut bare = parsed.requirement.clone();
                bare.marker = None;
                bare.to_string()
            }
            None => text.clone(),
        },
        _ => text.clone(),
    };
    if let Some(parent) = &cause.parent {
        shown = format!("{shown} (from {})", parent.name);
    }
    let offers = factory.all_offers(node.base)?;
    let versions = |yanked: bool| -> String {
        let mut versions: Vec<(&Version, usize)> = offers
            .ranked
            .iter()
            .filter(|offer| offer.link.yanked.is_some() == yanked)
            .map(|offer| (&offer.version, offer.link.place()))
            .collect();
        // Of equal versions that are written differently pip shows the one that it met first.
        versions.sort_unstable();
        versions.dedup_by_key(|(version, _)| *version);
        let texts: Vec<String> =
            versions.into_iter().map(|(version, _)| version.to_string()).collect();
        texts.join(", ")
    };
    let mut explanation = Vec::new();
    let mut say = |level, text| explanation.push(Line { level, text });
    let yanked = versions(true);
    if !yanked.is_empty() {
        let text = format!("Ignored the following yanked versions: {yanked}");
        say(Level::Critical, text);
    }
    if !factory.other_python.is_empty() {
        let skipped: Vec<&str> = factory.other_python.iter().map(String::as_str).collect();
        let text = format!(
            "Ignored the following versions that require a different python version: {}",
            skipped.join("; ")
        );
        say(Level::Critical, text);
    }
    let finals = factory.request.options.releases.allows_prereleases(&node.project) == Some(false);
    let kind = if finals { "final version" } else { "version" };
    let locked = offers.ranked.first().filter(|_| factory.is_locked(node.base));
    let mut from = versions(false);
    if from.is_empty() {
        "none".clone_into(&mut from);
    }
    let sentence = match locked {
        None => format!(
            "Could not find a {kind} that satisfies the requirement {shown} (from versions: {from})"
        ),
        Some(offer) if finals && offer.version.is_prerelease() => format!(
            "A pre-release version {} is specified in a provided lock file for {} but only final \
             versions are allowed",
            offer.version, node.project
        ),
        Some(_) => format!(
            "The requirement {shown} is not compatible with version {from} specified in a provided \
             lock file"
        ),
    };
    say(Level::Critical, sentence);
    if text == "requirements.txt" {
        let hint = "HINT: You are attempting to install a package literally named \
                    \"requirements.txt\" (which cannot exist). Consider using the '-r' flag to \
                    install the packages listed in requirements.txt";
        say(Level::Info, hint.to_owned());
    }
    Ok(Explanation {
        lines: explanation,
        message: format!("No matching distribution found for {shown}"),
    })
}

/// Several requirements that nothing satisfies together.
fn conflict(factory: &Factory<'_>, causes: &[Rc<Information>]) -> Explanation {
    let triggers: BTreeSet<String> = causes
        .iter()
        .map(|cause| match &cause.parent {
            None => in_error(factory, &cause.demand),
            Some(parent) => trigger(parent),
        })
        .collect();
    let triggers: Vec<String> = triggers.into_iter().collect();
    let info = match triggers.split_last() {
        None => "the requested packages".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
    };
    let mut text = "\nThe conflict is caused by:".to_owned();
    let mut constrained = BTreeSet::new();
    for cause in causes {
        let node = factory.nodes.get(cause.demand.node);
        if let Some(bound) = factory.constraints.get(&cause.demand.node) {
            let words = bound.words_for_error(&factory.specs);
            constrained.insert(format!("{}{words}", node.text));
        }
        text.push_str("\n    ");
        text.push_str(&cause_words(factory, cause));
    }
    for constraint in constrained {
        text.push_str("\n    The user requested (constraint) ");
        text.push_str(&constraint);
    }
    // pip means to list those without any candidate, but asks in a way that finds none for any.
    let names: BTreeSet<&str> =
        causes.iter().map(|cause| &*factory.nodes.get(cause.demand.node).text).collect();
    let names: Vec<&str> = names.into_iter().collect();
    text.push_str(
        "\n\nAdditionally, some packages in these conflicts have no matching distributions \
         available for your environment:\n    ",
    );
    text.push_str(&names.join("\n    "));
    text.push_str(
        "\n\nTo fix this you could try to:\n1. loosen the range of package versions you've \
         specified\n2. remove package versions to allow pip to attempt to solve the dependency \
         conflict\n",
    );
    let headline = format!(
        "Cannot install {info} because these package versions have conflicting dependencies."
    );
    Explanation {
        lines: vec![
            Line { level: Level::Critical, text: headline },
            Line { level: Level::Info, text },
        ],
        message: SEE_DOCUMENTATION.to_owned(),
    }
}

/// What a candidate is said to come from.
fn trigger(parent: &Candidate) -> String {
    if let CandidateKind::Base(distribution) = &parent.kind
        && !matches!(distribution.place, DistributionPlace::Installed(_))
    {
        match &distribution.wanted.comes_from {
            ComesFrom::Nobody => {}
            ComesFrom::Place(place) => return place.to_string(),
            ComesFrom::Wanted(wanted) => return wanted.name().unwrap_or("None").to_owned(),
        }
    }
    format!("{}=={}", parent.name, parent.version)
}

fn in_error(factory: &Factory<'_>, demand: &Demand) -> String {
    demand.words_for_error(&factory.nodes.get(demand.node).text)
}

/// `a 1.0 depends on b<2`, or `The user requested b<2`.
fn cause_words(factory: &Factory<'_>, cause: &Information) -> String {
    let demand = in_error(factory, &cause.demand);
    match &cause.parent {
        Some(parent) => format!("{} {} depends on {demand}", parent.name, parent.version),
        None => format!("The user requested {demand}"),
    }
}

/// The requirements that turned a candidate down, for pip's debug log.
pub(crate) struct Conflict<'a, 'p> {
    factory: &'a Factory<'p>,
    candidate: &'a Candidate,
    criterion: &'a Criterion,
}

impl<'a, 'p> Conflict<'a, 'p> {
    pub(crate) fn new(
        factory: &'a Factory<'p>,
        candidate: &'a Candidate,
        criterion: &'a Criterion,
    ) -> Self {
        Self { factory, candidate, criterion }
    }
}

impl fmt::Display for Conflict<'_, '_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for cause in &self.criterion.information {
            write!(formatter, "\n    {}", cause_words(self.factory, cause))?;
        }
        let name = &self.candidate.name;
        let specs = &self.factory.specs;
        match self.factory.constraints.get(&self.candidate.node) {
            Some(bound) if bound.spec != crate::combination::SpecId::EMPTY => write!(
                formatter,
                "\n    The user requested (constraint) {name}{}",
                bound.words_for_error(specs)
            ),
            _ => Ok(()),
        }
    }
}
