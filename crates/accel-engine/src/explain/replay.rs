//! Resolving again without any place: from what is written down, with some dependencies left out.

use super::book::{Book, key};
use crate::target::InstalledSet;
use accel_resolve::{
    Event, Installed, LinkQuery, Links, Pin, PinOrigin, Place, Prepared, Provider, Source, Stop,
};
use accel_types::{CoreMetadata, ExtraName, Link, MarkerEnvironment, PackageName, Requirement};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::iter;
use std::rc::Rc;
use std::sync::Arc;

/// A dependency of all versions of a project; on the interpreter if it is on none.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Needs {
    pub(super) project: PackageName,
    pub(super) on: Option<PackageName>,
}

/// Metadata that is kept of a file.
pub(super) type Kept<'a> = &'a dyn Fn(&Link) -> Option<Arc<CoreMetadata>>;

/// What is read once for all replays of a question.
pub(super) struct Sources<'a> {
    pub(super) book: &'a Book,
    pub(super) installed: &'a InstalledSet,
    kept: Kept<'a>,
    /// Projects of which something was looked at.
    known: HashSet<PackageName>,
    requirements: RefCell<HashMap<String, Option<Rc<Requirement>>>>,
    metadata: RefCell<HashMap<String, Option<Arc<CoreMetadata>>>>,
}

impl<'a> Sources<'a> {
    pub(super) fn new(book: &'a Book, installed: &'a InstalledSet, kept: Kept<'a>) -> Self {
        let prepared = book.prepared.values().filter_map(|prepared| match prepared {
            Prepared::Metadata(metadata) => Some(PackageName::new(&metadata.name)),
            _ => None,
        });
        let known = book.links.keys().cloned().chain(prepared).collect();
        let (requirements, metadata) = (RefCell::default(), RefCell::default());
        Self { book, installed, kept, known, requirements, metadata }
    }

    /// Whether the search has looked at what a requirement is about.
    pub(super) fn knows(&self, requirement: &Requirement) -> bool {
        let name = requirement.package();
        match &requirement.url {
            Some(url) => self.book.prepared.contains_key(&(url.clone(), false)),
            None => self.known.contains(&name) || self.installed.get(&name).is_some(),
        }
    }

    fn requirement(&self, text: &str) -> Option<Rc<Requirement>> {
        if let Some(known) = self.requirements.borrow().get(text) {
            return known.clone();
        }
        let read: Option<Rc<Requirement>> = text.parse().ok().map(Rc::new);
        self.requirements.borrow_mut().insert(text.to_owned(), read.clone());
        read
    }

    fn kept(&self, link: &Link) -> Option<Arc<CoreMetadata>> {
        if let Some(known) = self.metadata.borrow().get(&*link.url) {
            return known.clone();
        }
        let read = (self.kept)(link);
        self.metadata.borrow_mut().insert(link.url.to_string(), read.clone());
        read
    }
}

/// Answers from the book. Of what is not in it the metadata is that which is kept; where none is,
/// a file requires nothing, and neither is required what was never looked at, so that whatever is
/// impossible here is impossible.
pub(super) struct Replay<'a> {
    sources: &'a Sources<'a>,
    left_out: HashMap<&'a PackageName, HashSet<&'a Option<PackageName>>>,
    /// URLs of the files of which nothing was known.
    guessed: RefCell<HashSet<String>>,
    /// By project and version: what it requires that was never looked at.
    unread: RefCell<HashMap<Identity, Vec<Rc<Requirement>>>>,
}

impl<'a> Replay<'a> {
    pub(super) fn new(sources: &'a Sources<'a>, left_out: impl Iterator<Item = &'a Needs>) -> Self {
        let mut by_project: HashMap<_, HashSet<_>> = HashMap::new();
        for needs in left_out {
            by_project.entry(&needs.project).or_default().insert(&needs.on);
        }
        let (guessed, unread) = (RefCell::default(), RefCell::default());
        Self { sources, left_out: by_project, guessed, unread }
    }

    /// Whether all that a pin requires was looked at.
    pub(super) fn is_certain(&self, pin: &Pin, environment: &MarkerEnvironment) -> bool {
        if let PinOrigin::Link(link) = &pin.origin
            && self.guessed.borrow().contains(&*link.url)
        {
            return false;
        }
        let extras: Vec<&str> =
            iter::once("").chain(pin.extras.iter().map(ExtraName::as_str)).collect();
        let counts = |requirement: &Rc<Requirement>| {
            requirement.marker.as_ref().is_none_or(|marker| marker.evaluate(environment, &extras))
        };
        let unread = self.unread.borrow();
        unread.get(&identity(&pin.metadata)).is_none_or(|all| !all.iter().any(counts))
    }

    /// The metadata without the dependencies that are left out, or were never looked at.
    fn thinned(&self, metadata: &Arc<CoreMetadata>) -> Arc<CoreMetadata> {
        let project = PackageName::new(&metadata.name);
        let left_out = self.left_out.get(&project);
        let is_left_out =
            |on: Option<PackageName>| left_out.is_some_and(|left_out| left_out.contains(&on));
        let (mut stay, mut unread) = (Vec::new(), Vec::new());
        for text in &metadata.requires_dist {
            match self.sources.requirement(text) {
                Some(requirement) if is_left_out(Some(requirement.package())) => {}
                Some(requirement) if !self.sources.knows(&requirement) => unread.push(requirement),
                _ => stay.push(text.clone()),
            }
        }
        let any_python = is_left_out(None) && metadata.requires_python.is_some();
        if stay.len() == metadata.requires_dist.len() && !any_python {
            return Arc::clone(metadata);
        }
        if !unread.is_empty() {
            self.unread.borrow_mut().insert(identity(metadata), unread);
        }
        Arc::new(CoreMetadata {
            metadata_version: metadata.metadata_version.clone(),
            name: metadata.name.clone(),
            version: metadata.version.clone(),
            requires_python: metadata.requires_python.clone().filter(|_| !any_python),
            provides_extra: metadata.provides_extra.clone(),
            requires_dist: stay,
            ..CoreMetadata::default()
        })
    }
}

/// Project and version, as the metadata has them.
type Identity = (PackageName, String);

fn identity(metadata: &CoreMetadata) -> Identity {
    (PackageName::new(&metadata.name), metadata.version.trim().to_owned())
}

impl Provider for Replay<'_> {
    fn links(&self, query: &LinkQuery<'_>) -> Result<Links, Stop> {
        match self.sources.book.links.get(query.name) {
            Some(links) => Ok(Links { partial: false, ..links.clone() }),
            None => Err(Stop::fatal(format!("nothing is known of {}", query.name))),
        }
    }

    fn prepare(&self, source: &Source<'_>) -> Result<Prepared, Stop> {
        let key = key(&source.place);
        let metadata = match (self.sources.book.prepared.get(&key), &source.place) {
            (Some(Prepared::Metadata(metadata)), _) => Arc::clone(metadata),
            (Some(other), _) => return Ok(other.clone()),
            (None, Place::Direct { .. }) => {
                return Err(Stop::fatal("nothing is known of a direct requirement"));
            }
            (None, Place::Link(link)) => self.sources.kept(link).unwrap_or_else(|| {
                self.guessed.borrow_mut().insert(key.0);
                Arc::new(CoreMetadata {
                    name: source.name.map(ToString::to_string).unwrap_or_default(),
                    version: source.version.map(ToString::to_string).unwrap_or_default(),
                    ..CoreMetadata::default()
                })
            }),
        };
        Ok(Prepared::Metadata(self.thinned(&metadata)))
    }

    fn installed(&self, name: &PackageName) -> Result<Option<Arc<Installed>>, Stop> {
        let known = self.sources.book.installed.get(name).cloned();
        let found = known.unwrap_or_else(|| self.sources.installed.find(name));
        Ok(found.map(|found| {
            let metadata = self.thinned(&found.metadata);
            Arc::new(Installed { metadata, ..Installed::clone(&found) })
        }))
    }

    fn event(&self, _: &Event<'_>) {}
}
