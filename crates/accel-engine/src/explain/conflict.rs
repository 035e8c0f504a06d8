//! What the smallest contradictory set says, version by version, and what could be done.

use super::book::Noted;
use super::reasons::{Conflict, Gap, Hint, Part, Reason, Whose, python_words};
use super::replay::{Needs, Sources};
use super::smallest::{Element, Lab, Limits};
use super::versions::{grouped, hashes_of, runs};
use crate::session::Session;
use crate::target::InstalledSet;
use accel_resolve::{Judged, Prepared, ResolveRequest, RootKind, Verdict};
use accel_types::python_url::redacted;
use accel_types::{CoreMetadata, Link, PackageName, Requirement, SpecifierSet, Version};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// The smallest contradiction of a question that has no answer.
pub(super) fn of(
    session: &Session<'_>,
    question: &ResolveRequest,
    noted: &Noted,
    installed: &InstalledSet,
) -> Option<Conflict> {
    let kept = |link: &Link| session.index.kept_metadata(link);
    let sources = Sources::new(&noted.book, installed, &kept);
    let lab = Lab::new(question, &sources, Limits::USUAL.after(noted.took));
    let elements = lab.smallest(&noted.trace)?;
    let cut_short = lab.was_cut_short();
    // What to do about it is worth some time of its own.
    let lab = Lab::new(question, &sources, Limits::OF_HINTS.after(noted.took));
    let case = Case { lab: &lab, elements: &elements };
    let mut parts: Vec<Part> = elements.iter().filter_map(|element| case.part(element)).collect();
    from_the_user_on(&mut parts);
    let gaps = case.gaps(&parts);
    let hint = case.hint(&parts);
    Some(Conflict { parts, gaps, hint, cut_short })
}

/// A contradiction that is being told.
struct Case<'a> {
    lab: &'a Lab<'a>,
    elements: &'a [Element],
}

impl Case<'_> {
    fn part(&self, element: &Element) -> Option<Part> {
        let question = self.lab.question;
        match element {
            Element::Root(at) => {
                let root = &question.roots[*at];
                let (about, requirement, limits) = self.written(&root.kind)?;
                let place = root.comes_from.clone();
                Some(Part { by: Whose::User { place, requirement, limits }, about: Some(about) })
            }
            Element::Constraint(at) => {
                let constraint = &question.constraints[*at];
                let (about, requirement, _) = self.written(&constraint.kind)?;
                let place = constraint.comes_from.clone();
                Some(Part { by: Whose::Constraint { place, requirement }, about: Some(about) })
            }
            Element::Needs(needs) => {
                let judged = self.judged(&needs.project, &self.limits(&needs.project).0);
                let fits = |one: &&Judged| one.verdict == Verdict::Fits;
                let mut fitting: Vec<Version> =
                    judged.iter().filter(fits).map(|one| one.version.clone()).collect();
                let known = self.known(&needs.project);
                if fitting.is_empty() {
                    fitting = known.keys().rev().cloned().collect();
                }
                let says = self.says(needs, &fitting, &known);
                let by = Whose::Distribution {
                    name: needs.project.clone(),
                    says,
                    fitting: fitting.len(),
                    all: judged.len().max(known.len()),
                };
                Some(Part { by, about: needs.on.clone() })
            }
        }
    }

    /// Project and text of what the user wrote, and whether it says more than a name.
    fn written(&self, kind: &RootKind) -> Option<(PackageName, String, bool)> {
        match kind {
            RootKind::Named(requirement) => {
                let limits = !requirement.specifier.is_empty() || requirement.url.is_some();
                Some((requirement.package(), requirement.to_string(), limits))
            }
            RootKind::Direct(direct) => {
                let key = (direct.url.clone(), direct.editable);
                let name = match (&direct.requirement, self.lab.sources.book.prepared.get(&key)) {
                    (Some(requirement), _) => requirement.package(),
                    (None, Some(Prepared::Metadata(metadata))) => PackageName::new(&metadata.name),
                    _ => return None,
                };
                Some((name, redacted(&direct.url), true))
            }
        }
    }

    /// The metadata that the search has met of a project.
    fn known(&self, name: &PackageName) -> BTreeMap<Version, Arc<CoreMetadata>> {
        let book = self.lab.sources.book;
        let installed = book.installed.get(name).into_iter().flatten();
        let installed = installed.map(|installed| &installed.metadata);
        let prepared = book.prepared.values().filter_map(|prepared| match prepared {
            Prepared::Metadata(metadata) => Some(metadata),
            _ => None,
        });
        let own = installed.chain(prepared).filter(|metadata| name.is(&metadata.name));
        own.filter_map(|metadata| {
            Some((metadata.version.trim().parse().ok()?, Arc::clone(metadata)))
        })
        .collect()
    }

    /// What the elements leave of a project's versions, and whether that is all that they say: what
    /// is not the same for all versions of who says it is left out.
    fn limits(&self, name: &PackageName) -> (SpecifierSet, bool) {
        let (mut set, mut whole) = (SpecifierSet::default(), true);
        for element in self.elements {
            let more = match element {
                Element::Root(at) => of_kind(&self.lab.question.roots[*at].kind, name),
                Element::Constraint(at) => of_kind(&self.lab.question.constraints[*at].kind, name),
                Element::Needs(needs) if needs.on.as_ref() == Some(name) => {
                    let common = self.common_specifier(needs);
                    whole &= common.is_some();
                    common
                }
                Element::Needs(_) => None,
            };
            if let Some(more) = more {
                set = set.intersect(&more);
            }
        }
        (set, whole)
    }

    /// The specifiers of a dependency, if all versions that have it have the same.
    fn common_specifier(&self, needs: &Needs) -> Option<SpecifierSet> {
        let on = needs.on.as_ref()?;
        let known = self.known(&needs.project);
        let all = known.values().flat_map(|metadata| self.requirements(metadata, on));
        let mut sets = all.map(|requirement| requirement.specifier);
        let first = sets.next()?;
        sets.all(|set| set == first).then_some(first)
    }

    /// What a distribution requires of a project here, without markers. What only holds for some extra
    /// counts where there is nothing else.
    fn requirements(&self, metadata: &CoreMetadata, on: &PackageName) -> Vec<Requirement> {
        let environment = &self.lab.question.environment;
        let holding = |extras: &[&str]| -> Vec<Requirement> {
            let all = metadata.requires_dist.iter().filter_map(|text| text.parse().ok());
            let own = all.filter(|requirement: &Requirement| requirement.package() == *on);
            own.filter_map(|mut requirement| {
                let marker = requirement.marker.take();
                let holds = marker.is_none_or(|marker| marker.evaluate(environment, extras));
                holds.then_some(requirement)
            })
            .collect()
        };
        let always = holding(&[""]);
        if !always.is_empty() {
            return always;
        }
        holding(&metadata.provides_extra.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// What each of the versions says, those together that say the same.
    fn says(
        &self,
        needs: &Needs,
        fitting: &[Version],
        known: &BTreeMap<Version, Arc<CoreMetadata>>,
    ) -> Vec<(Vec<Version>, String)> {
        let mut says: Vec<(Vec<Version>, String)> = Vec::new();
        for version in fitting {
            let Some(metadata) = known.get(version) else { continue };
            let texts: BTreeSet<String> = match &needs.on {
                None => {
                    let required = metadata.requires_python.as_ref();
                    let set = required.and_then(|text| text.parse::<SpecifierSet>().ok());
                    set.iter().map(python_words).collect()
                }
                Some(on) => {
                    let requirements = self.requirements(metadata, on);
                    requirements.iter().map(Requirement::to_string).collect()
                }
            };
            if texts.is_empty() {
                continue;
            }
            let text = texts.into_iter().collect::<Vec<_>>().join(" and ");
            match says.iter_mut().find(|(_, known)| *known == text) {
                Some((versions, _)) => versions.push(version.clone()),
                None => says.push((vec![version.clone()], text)),
            }
        }
        says
    }

    fn judged(&self, name: &PackageName, set: &SpecifierSet) -> Vec<Judged> {
        let Some(links) = self.lab.sources.book.links.get(name) else { return Vec::new() };
        let question = self.lab.question;
        let hashes = hashes_of(question, name);
        accel_resolve::judge(name, &links.links, question, set, &hashes).unwrap_or_default()
    }

    /// What there is of the projects that the requirements meet in.
    fn gaps(&self, parts: &[Part]) -> Vec<Gap> {
        let owners: BTreeSet<&PackageName> = parts
            .iter()
            .filter_map(|part| match &part.by {
                Whose::Distribution { name, .. } => Some(name),
                _ => None,
            })
            .collect();
        let about: BTreeSet<&PackageName> =
            parts.iter().filter_map(|part| part.about.as_ref()).collect();
        let ends = about.into_iter().filter(|about| !owners.contains(about));
        ends.filter(|about| self.lab.sources.book.links.contains_key(*about))
            .map(|about| {
                let (set, whole) = self.limits(about);
                let judged = self.judged(about, &set);
                let all: Vec<Version> = judged.iter().map(|one| one.version.clone()).collect();
                let there_is = runs(&all, &all);
                let left = judged.into_iter().filter(|_| whole).filter_map(|one| {
                    let reason = standing_in_the_way(one.verdict)?;
                    Some((one.version, reason))
                });
                let left = grouped(left, &all);
                Gap { about: about.clone(), left, there_is }
            })
            .collect()
    }

    /// What of the user's could be loosened so that there is an answer. Limits and constraints come
    /// first, even if it is not certain that there is an answer without them.
    fn hint(&self, parts: &[Part]) -> Option<Hint> {
        let about: BTreeSet<&PackageName> =
            parts.iter().filter_map(|part| part.about.as_ref()).collect();
        let owners = parts.iter().filter_map(|part| match &part.by {
            Whose::Distribution { name, .. } => Some(name),
            _ => None,
        });
        let concerned: BTreeSet<&PackageName> = about.into_iter().chain(owners).collect();
        let mut uncertain: Option<Hint> = None;
        for loosened in self.loosened() {
            if uncertain.is_some() && loosened.is_without {
                break;
            }
            let Some((resolution, certain)) = self.lab.answer(&loosened.question) else { continue };
            let pins = resolution.pins.iter().filter(|pin| concerned.contains(&pin.name));
            let mut answer: Vec<(PackageName, Version)> =
                pins.map(|pin| (pin.name.clone(), pin.version.clone())).collect();
            // To want nothing of it at all is no advice.
            if answer.is_empty() && loosened.is_without {
                continue;
            }
            answer.sort();
            if certain {
                return Some(Hint { answer, ..loosened.hint });
            }
            uncertain.get_or_insert(loosened.hint);
        }
        uncertain
    }

    /// The question with one requirement of the user's loosened each time: limits first, then
    /// constraints, then what has no limits.
    fn loosened(&self) -> Vec<Loosened> {
        let question = self.lab.question;
        let (mut limits, mut constraints, mut whole) = (Vec::new(), Vec::new(), Vec::new());
        for element in self.elements {
            let mut changed = question.clone();
            match element {
                Element::Root(at) => {
                    let root = &question.roots[*at];
                    let Some((_, requirement, _)) = self.written(&root.kind) else { continue };
                    let place = root.comes_from.clone();
                    let mut hint = Hint::of(requirement, place, false);
                    match &mut changed.roots[*at].kind {
                        RootKind::Named(named) if !named.specifier.is_empty() => {
                            named.specifier = SpecifierSet::default();
                            hint.instead = Some(named.to_string());
                            limits.push(Loosened { question: changed, hint, is_without: false });
                        }
                        _ => {
                            changed.roots.remove(*at);
                            if !changed.roots.is_empty() {
                                whole.push(Loosened { question: changed, hint, is_without: true });
                            }
                        }
                    }
                }
                Element::Constraint(at) => {
                    let constraint = &question.constraints[*at];
                    let Some((_, requirement, _)) = self.written(&constraint.kind) else {
                        continue;
                    };
                    let hint = Hint::of(requirement, constraint.comes_from.clone(), true);
                    changed.constraints.remove(*at);
                    constraints.push(Loosened { question: changed, hint, is_without: false });
                }
                Element::Needs(_) => {}
            }
        }
        limits.into_iter().chain(constraints).chain(whole).collect()
    }
}

/// A changed question, and what was changed.
struct Loosened {
    question: ResolveRequest,
    hint: Hint,
    /// Whether a root is left out.
    is_without: bool,
}

/// Sorts what distributions say by how far they are from the user; what the user says comes first.
fn from_the_user_on(parts: &mut [Part]) {
    let mut depths: HashMap<PackageName, usize> = HashMap::new();
    for part in parts.iter() {
        if let (Whose::User { .. }, Some(about)) = (&part.by, &part.about) {
            depths.insert(about.clone(), 1);
        }
    }
    // As long as something new is reached.
    loop {
        let mut found = Vec::new();
        for part in parts.iter() {
            if let (Whose::Distribution { name, .. }, Some(about)) = (&part.by, &part.about)
                && let Some(depth) = depths.get(name)
                && !depths.contains_key(about)
            {
                found.push((about.clone(), depth + 1));
            }
        }
        if found.is_empty() {
            break;
        }
        depths.extend(found);
    }
    parts.sort_by_key(|part| match &part.by {
        Whose::User { .. } | Whose::Constraint { .. } => 0,
        Whose::Distribution { name, .. } => depths.get(name).copied().unwrap_or(usize::MAX),
    });
}

impl Hint {
    fn of(requirement: String, place: Option<String>, constraint: bool) -> Self {
        Self { requirement, place, constraint, instead: None, answer: Vec::new() }
    }
}

/// The specifiers of what the user wrote, if it is about this project.
fn of_kind(kind: &RootKind, name: &PackageName) -> Option<SpecifierSet> {
    match kind {
        RootKind::Named(requirement) if requirement.package() == *name => {
            Some(requirement.specifier.clone())
        }
        _ => None,
    }
}

/// Why a version can't be chosen that the specifiers accept.
fn standing_in_the_way(verdict: Verdict) -> Option<Reason> {
    match verdict {
        Verdict::Fits | Verdict::Excluded => None,
        Verdict::OtherPlatform => Some(Reason::OtherPlatform),
        Verdict::Format => Some(Reason::Format),
        Verdict::Late(_) => Some(Reason::Late),
        Verdict::OtherPython(required) => Some(Reason::OtherPython(required)),
        Verdict::Yanked(reason) => Some(Reason::Yanked(reason)),
        Verdict::Prerelease => Some(Reason::Prerelease),
        Verdict::Digest => Some(Reason::Digest),
    }
}
