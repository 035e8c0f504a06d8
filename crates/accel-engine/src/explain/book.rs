//! What a search was answered, written down, so that it can be asked again without any place.

use accel_resolve::{
    Event, Installed, LinkQuery, Links, Place, Prepared, Provider, Resolution, Source, Stop, Trace,
};
use accel_types::{PackageName, SdistName, Version, WheelFilename};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What is written down while a run resolves that will be explained.
#[derive(Default)]
pub(crate) struct Notes {
    inner: Mutex<Noted>,
}

/// The last search of the run.
#[derive(Default)]
pub(super) struct Noted {
    pub(super) book: Book,
    pub(super) trace: Trace,
    pub(super) resolution: Option<Resolution>,
    /// How long it took.
    pub(super) took: Duration,
}

impl Notes {
    /// Resolves with everything written down.
    pub(crate) fn resolve(
        &self,
        question: &accel_resolve::ResolveRequest,
        provider: &dyn Provider,
    ) -> Result<Resolution, accel_resolve::ResolveError> {
        let recorder = Recorder { provider, book: RefCell::default() };
        let mut trace = Trace::default();
        let begun = Instant::now();
        let outcome = accel_resolve::resolve_traced(question, &recorder, &mut trace);
        let book = recorder.book.into_inner();
        let resolution = outcome.as_ref().ok().cloned();
        *self.noted() = Noted { book, trace, resolution, took: begun.elapsed() };
        outcome
    }

    pub(super) fn noted(&self) -> MutexGuard<'_, Noted> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The answers of one search.
#[derive(Default)]
pub(super) struct Book {
    pub(super) links: HashMap<PackageName, Links>,
    /// By URL, and whether it is an editable.
    pub(super) prepared: HashMap<(String, bool), Prepared>,
    pub(super) installed: HashMap<PackageName, Option<Arc<Installed>>>,
    /// Versions whose metadata could not be used, with why.
    pub(super) unusable: HashMap<PackageName, HashMap<Version, String>>,
}

/// The key of a place.
pub(super) fn key(place: &Place<'_>) -> (String, bool) {
    match place {
        Place::Link(link) => (link.url.to_string(), false),
        Place::Direct { url, editable } => ((*url).to_owned(), *editable),
    }
}

/// Passes questions on and writes the answers down.
struct Recorder<'a> {
    provider: &'a dyn Provider,
    book: RefCell<Book>,
}

impl Provider for Recorder<'_> {
    fn links(&self, query: &LinkQuery<'_>) -> Result<Links, Stop> {
        let links = self.provider.links(query)?;
        self.book.borrow_mut().links.insert(query.name.clone(), links.clone());
        Ok(links)
    }

    fn prepare(&self, source: &Source<'_>) -> Result<Prepared, Stop> {
        let prepared = self.provider.prepare(source)?;
        self.book.borrow_mut().prepared.insert(key(&source.place), prepared.clone());
        Ok(prepared)
    }

    fn installed(&self, name: &PackageName) -> Result<Option<Arc<Installed>>, Stop> {
        let installed = self.provider.installed(name)?;
        self.book.borrow_mut().installed.insert(name.clone(), installed.clone());
        Ok(installed)
    }

    fn event(&self, event: &Event<'_>) {
        match event {
            Event::InvalidMetadata { version, name, reason } => {
                if let Ok(version) = version.parse() {
                    self.unusable(&PackageName::new(name), version, reason);
                }
            }
            Event::Discarding { link, reason } => {
                if let Some((name, version)) = self.offered(link) {
                    self.unusable(&name, version, reason);
                }
            }
            _ => {}
        }
        self.provider.event(event);
    }
}

impl Recorder<'_> {
    fn unusable(&self, name: &PackageName, version: Version, reason: &str) {
        let mut book = self.book.borrow_mut();
        let versions = book.unusable.entry(name.clone()).or_default();
        // Behind the requirement, which may be anybody's: `invalid metadata: …`.
        let reason = reason.lines().next().unwrap_or_default();
        let reason = reason
            .split_once(" has in")
            .map_or(reason, |(_, rest)| &reason[reason.len() - rest.len() - "in".len()..]);
        versions.entry(version).or_insert_with(|| reason.to_owned());
    }

    /// Project and version of the link that pip prints like this.
    fn offered(&self, shown: &str) -> Option<(PackageName, Version)> {
        let url = shown.split(' ').next().unwrap_or(shown);
        let file = url.split(['?', '#']).next()?.rsplit('/').next()?;
        if let Ok(wheel) = WheelFilename::parse(file) {
            return Some((wheel.name, wheel.version));
        }
        let book = self.book.borrow();
        let mut names = book.links.keys();
        names.find_map(|name| {
            let version = SdistName::parse(file, name)?.parsed_version()?;
            Some((name.clone(), version))
        })
    }
}
