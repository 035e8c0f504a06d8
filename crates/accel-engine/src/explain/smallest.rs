//! The smallest set of requirements that has no answer, by leaving out: first many at a time, at the
//! end one by one, until nothing can be left out any more.

use super::book::Book;
use super::replay::{Needs, Replay, Sources};
use accel_io::interrupt;
use accel_resolve::{
    Asker, Prepared, Resolution, ResolveError, ResolveRequest, Root, RootKind, Trace,
};
use accel_types::{CoreMetadata, PackageName, Requirement};
use std::cell::Cell;
use std::collections::{BTreeSet, HashSet};
use std::iter;
use std::time::{Duration, Instant};

/// What may be left out, in the order in which it is told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Element {
    /// A root requirement, by its place in the question.
    Root(usize),
    /// A constraint, likewise.
    Constraint(usize),
    /// A dependency.
    Needs(Needs),
}

/// How much may be tried.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) time: Duration,
    /// Resolutions.
    pub(super) tries: u32,
    /// Rounds of each.
    pub(super) rounds: u32,
}

impl Limits {
    /// Nobody waits longer for a sentence.
    pub(super) const USUAL: Self =
        Self { time: Duration::from_secs(3), tries: 2000, rounds: 20_000 };

    /// Nor for a hint.
    pub(super) const OF_HINTS: Self = Self { time: Duration::from_secs(2), ..Self::USUAL };

    /// Except who has waited much longer for the search itself, which has to be done again.
    pub(super) fn after(self, search: Duration) -> Self {
        Self { time: self.time.max(search / 3), ..self }
    }
}

/// Where it is tried.
pub(super) struct Lab<'a> {
    pub(super) question: &'a ResolveRequest,
    pub(super) sources: &'a Sources<'a>,
    limits: Limits,
    begun: Instant,
    tries: Cell<u32>,
    cut_short: Cell<bool>,
    dependencies: Vec<Needs>,
}

impl<'a> Lab<'a> {
    pub(super) fn new(
        question: &'a ResolveRequest,
        sources: &'a Sources<'a>,
        limits: Limits,
    ) -> Self {
        Self {
            question,
            sources,
            limits,
            begun: Instant::now(),
            tries: Cell::new(0),
            cut_short: Cell::new(false),
            dependencies: dependencies(sources.book),
        }
    }

    /// Whether not everything could be tried.
    pub(super) fn was_cut_short(&self) -> bool {
        self.cut_short.get()
    }

    /// A set that has no answer, though it has one without any of its elements; none if all of it
    /// could not be shown to have none. What the search turned candidates down for is tried first.
    pub(super) fn smallest(&self, trace: &Trace) -> Option<Vec<Element>> {
        let needs = self.dependencies.iter().cloned().map(Element::Needs);
        let constraints = (0..self.question.constraints.len()).map(Element::Constraint);
        let roots = (0..self.question.roots.len()).map(Element::Root);
        // What comes first is left out first: the user's own requirements say most to the user.
        let all: Vec<Element> = needs.chain(constraints).chain(roots).collect();
        let suspects = self.suspects(trace, &all);
        let mut left = if suspects.len() < all.len() && self.is_impossible(&suspects) {
            suspects
        } else if self.is_impossible(&all) {
            all
        } else {
            return None;
        };
        let mut size = left.len().div_ceil(2).max(1);
        loop {
            let mut dropped = false;
            let mut at = 0;
            while at < left.len() {
                let end = (at + size).min(left.len());
                let rest = [&left[..at], &left[end..]].concat();
                if self.is_impossible(&rest) {
                    left = rest;
                    dropped = true;
                } else {
                    at = end;
                }
            }
            if size > 1 {
                size = size.div_ceil(2);
            } else if !dropped {
                left.sort();
                return Some(left);
            }
        }
    }

    /// What is about projects that the search turned candidates down for, or leads there.
    fn suspects(&self, trace: &Trace, all: &[Element]) -> Vec<Element> {
        let mut projects: HashSet<&PackageName> = HashSet::new();
        for cause in trace.turned_down.iter().flat_map(|turned_down| &turned_down.causes) {
            projects.insert(&cause.project);
            if let Asker::Candidate { name, .. } = &cause.by {
                projects.insert(name);
            }
        }
        if projects.is_empty() {
            return all.to_vec();
        }
        loop {
            let before = projects.len();
            for needs in &self.dependencies {
                if needs.on.as_ref().is_some_and(|on| projects.contains(on)) {
                    projects.insert(&needs.project);
                }
            }
            if projects.len() == before {
                break;
            }
        }
        let is_about = |kind: &RootKind| match kind {
            RootKind::Named(requirement) => projects.contains(&requirement.package()),
            RootKind::Direct(_) => true,
        };
        let is_suspect = |element: &&Element| match element {
            Element::Root(at) => is_about(&self.question.roots[*at].kind),
            Element::Constraint(at) => is_about(&self.question.constraints[*at].kind),
            Element::Needs(needs) => {
                projects.contains(&needs.project)
                    && needs.on.as_ref().is_none_or(|on| projects.contains(on))
            }
        };
        all.iter().filter(is_suspect).cloned().collect()
    }

    fn is_impossible(&self, elements: &[Element]) -> bool {
        let mut question = self.question.clone();
        let is_in = |element: &Element| elements.contains(element);
        question.roots = kept_of(&self.question.roots, |at| is_in(&Element::Root(at)));
        question.constraints =
            kept_of(&self.question.constraints, |at| is_in(&Element::Constraint(at)));
        let stay: HashSet<&Needs> = elements
            .iter()
            .filter_map(|element| match element {
                Element::Needs(needs) => Some(needs),
                Element::Root(_) | Element::Constraint(_) => None,
            })
            .collect();
        let left_out = self.dependencies.iter().filter(|needs| !stay.contains(needs));
        let replay = Replay::new(self.sources, left_out);
        matches!(self.resolve(&question, &replay), Some(Err(ResolveError::Impossible { .. })))
    }

    /// The answer to a changed question, and whether all of it is certain; none if there is none or
    /// nobody knows.
    pub(super) fn answer(&self, question: &ResolveRequest) -> Option<(Resolution, bool)> {
        let replay = Replay::new(self.sources, iter::empty());
        let resolution = self.resolve(question, &replay)?.ok()?;
        let certain = question.roots.iter().all(|root| self.is_known(root))
            && resolution.pins.iter().all(|pin| replay.is_certain(pin, &question.environment));
        Some((resolution, certain))
    }

    /// Whether the search has looked at what a root is about, or did not have to.
    fn is_known(&self, root: &Root) -> bool {
        match &root.kind {
            RootKind::Named(requirement) => {
                let environment = &self.question.environment;
                let marker = requirement.marker.as_ref();
                marker.is_some_and(|marker| !marker.evaluate(environment, &[""]))
                    || self.sources.knows(requirement)
            }
            RootKind::Direct(direct) => {
                let key = (direct.url.clone(), direct.editable);
                self.sources.book.prepared.contains_key(&key)
            }
        }
    }

    /// Resolves within the limits; none where they are used up.
    fn resolve(
        &self,
        question: &ResolveRequest,
        replay: &Replay<'_>,
    ) -> Option<Result<Resolution, ResolveError>> {
        let is_time = || self.begun.elapsed() < self.limits.time;
        self.tries.set(self.tries.get() + 1);
        if self.tries.get() > self.limits.tries || !is_time() || interrupt::requested().is_some() {
            self.cut_short.set(true);
            return None;
        }
        let goes_on = |round: u32| round < self.limits.rounds && is_time();
        let mut question = question.clone();
        question.roots.retain(|root| self.is_known(root));
        let outcome = accel_resolve::resolve_within(&question, replay, &goes_on);
        if matches!(outcome, Err(ResolveError::TooDeep)) {
            self.cut_short.set(true);
            return None;
        }
        Some(outcome)
    }
}

/// Those that stay.
fn kept_of<T: Clone>(all: &[T], stays: impl Fn(usize) -> bool) -> Vec<T> {
    let all = all.iter().enumerate();
    all.filter(|(at, _)| stays(*at)).map(|(_, one)| one.clone()).collect()
}

/// All dependencies that the search has met, in a settled order.
fn dependencies(book: &Book) -> Vec<Needs> {
    let mut found = BTreeSet::new();
    let mut add = |metadata: &CoreMetadata| {
        let project = PackageName::new(&metadata.name);
        for text in &metadata.requires_dist {
            if let Ok(requirement) = text.parse::<Requirement>() {
                let on = Some(requirement.package());
                found.insert(Needs { project: project.clone(), on });
            }
        }
        if metadata.requires_python.is_some() {
            found.insert(Needs { project, on: None });
        }
    };
    for prepared in book.prepared.values() {
        if let Prepared::Metadata(metadata) = prepared {
            add(metadata);
        }
    }
    for installed in book.installed.values().flatten() {
        add(&installed.metadata);
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::InstalledSet;
    use accel_resolve::{Links, Options};
    use accel_types::{Link, MarkerEnvironment, Tag, TagList};
    use std::sync::Arc;

    fn question(roots: &[&str]) -> ResolveRequest {
        let root = |text: &&str| Root {
            kind: RootKind::Named(text.parse().unwrap()),
            comes_from: None,
            hashes: accel_types::Hashes::new(),
            user_supplied: true,
        };
        ResolveRequest {
            roots: roots.iter().map(root).collect(),
            constraints: Vec::new(),
            options: Options::default(),
            environment: MarkerEnvironment::default(),
            tags: TagList::new(vec![Tag::new("py3", "none", "any")]),
            python: "3.11.7".parse().unwrap(),
        }
    }

    /// A book with these versions, and what each requires.
    fn book(wheels: &[(&str, &str, &[&str])]) -> Book {
        let mut book = Book::default();
        for (name, version, requires) in wheels {
            let filename = format!("{name}-{version}-py3-none-any.whl");
            let url = format!("https://example.org/{filename}");
            let metadata = CoreMetadata {
                name: (*name).to_owned(),
                version: (*version).to_owned(),
                requires_dist: requires.iter().map(ToString::to_string).collect(),
                ..CoreMetadata::default()
            };
            let metadata = Prepared::Metadata(Arc::new(metadata));
            book.prepared.insert((url.clone(), false), metadata);
            let link = Link { url: url.into(), filename: filename.into(), ..Link::default() };
            let known = book.links.entry(PackageName::new(name));
            let links = known.or_insert_with(|| Links::complete(Vec::new()));
            *links = Links::complete([&links.links[..], &[link]].concat());
        }
        book
    }

    const WHEELS: [(&str, &str, &[&str]); 6] = [
        ("app", "1.0", &["lib<2", "other"]),
        ("tool", "1.0", &["lib>=2"]),
        ("lib", "1.0", &[]),
        ("lib", "2.0", &[]),
        ("other", "1.0", &["lib"]),
        ("bystander", "1.0", &["other"]),
    ];
    const ROOTS: [&str; 3] = ["bystander", "app", "tool"];

    fn found(limits: Limits) -> (Option<Vec<Element>>, bool) {
        let (question, book, installed) = (question(&ROOTS), book(&WHEELS), InstalledSet::empty());
        let sources = Sources::new(&book, &installed, &|_| None);
        let lab = Lab::new(&question, &sources, limits);
        (lab.smallest(&Trace::default()), lab.was_cut_short())
    }

    #[test]
    fn what_is_not_needed_is_left_out() {
        let needs = |project: &str| {
            let on = Some(PackageName::new("lib"));
            Element::Needs(Needs { project: PackageName::new(project), on })
        };
        let smallest = vec![Element::Root(1), Element::Root(2), needs("app"), needs("tool")];
        assert_eq!(found(Limits::USUAL), (Some(smallest), false));
    }

    #[test]
    fn it_ends_when_the_limits_are_reached_and_says_so() {
        let (all, cut_short) = found(Limits { tries: 1, ..Limits::USUAL });
        assert_eq!((all.map(|all| all.len()), cut_short), (Some(8), true));
        let (few, cut_short) = found(Limits { tries: 9, ..Limits::USUAL });
        assert!(cut_short && few.is_some_and(|few| few.len() < 8));
        assert_eq!(found(Limits { rounds: 0, ..Limits::USUAL }), (None, true));
        assert_eq!(found(Limits { time: Duration::ZERO, ..Limits::USUAL }), (None, true));
    }
}
