//! Resolving again without any place: from what is written down, with some dependencies left out.

use super::book::{Book, key};
use crate::target::InstalledSet;
use accel_resolve::{Event, Installed, LinkQuery, Links, Place, Prepared, Provider, Source, Stop};
use accel_types::{CoreMetadata, Link, PackageName, Requirement};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A dependency of all versions of a project; on the interpreter if it is on none.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Needs {
    pub(super) project: PackageName,
    pub(super) on: Option<PackageName>,
}

/// Metadata that is kept of a file.
pub(super) type Kept<'a> = &'a dyn Fn(&Link) -> Option<Arc<CoreMetadata>>;

/// Answers from the book. Of what is not in it the metadata is that which is kept; where none is,
/// a file requires nothing, so that whatever is impossible here is impossible.
pub(super) struct Replay<'a> {
    book: &'a Book,
    installed: &'a InstalledSet,
    kept: Kept<'a>,
    left_out: HashMap<&'a PackageName, HashSet<&'a Option<PackageName>>>,
    guessed: RefCell<HashSet<String>>,
}

impl<'a> Replay<'a> {
    pub(super) fn new(
        book: &'a Book,
        installed: &'a InstalledSet,
        kept: Kept<'a>,
        left_out: impl Iterator<Item = &'a Needs>,
    ) -> Self {
        let mut by_project: HashMap<_, HashSet<_>> = HashMap::new();
        for needs in left_out {
            by_project.entry(&needs.project).or_default().insert(&needs.on);
        }
        Self { book, installed, kept, left_out: by_project, guessed: RefCell::default() }
    }

    /// URLs of the files of which nothing was known.
    pub(super) fn into_guessed(self) -> HashSet<String> {
        self.guessed.into_inner()
    }

    /// The metadata without the dependencies that are left out.
    fn thinned(&self, metadata: &Arc<CoreMetadata>) -> Arc<CoreMetadata> {
        let project = PackageName::new(&metadata.name);
        let Some(left_out) = self.left_out.get(&project) else { return Arc::clone(metadata) };
        let mut thin = CoreMetadata {
            metadata_version: metadata.metadata_version.clone(),
            name: metadata.name.clone(),
            version: metadata.version.clone(),
            requires_python: metadata.requires_python.clone(),
            provides_extra: metadata.provides_extra.clone(),
            ..CoreMetadata::default()
        };
        let stays = |text: &&String| {
            let on = text.parse::<Requirement>().ok().map(|requirement| requirement.package());
            on.is_none() || !left_out.contains(&on)
        };
        thin.requires_dist = metadata.requires_dist.iter().filter(stays).cloned().collect();
        if left_out.contains(&None) {
            thin.requires_python = None;
        }
        Arc::new(thin)
    }
}

impl Provider for Replay<'_> {
    fn links(&self, query: &LinkQuery<'_>) -> Result<Links, Stop> {
        match self.book.links.get(query.name) {
            Some(links) => Ok(Links { partial: false, ..links.clone() }),
            None => Err(Stop::fatal(format!("nothing is known of {}", query.name))),
        }
    }

    fn prepare(&self, source: &Source<'_>) -> Result<Prepared, Stop> {
        let key = key(&source.place);
        let metadata = match (self.book.prepared.get(&key), &source.place) {
            (Some(Prepared::Metadata(metadata)), _) => Arc::clone(metadata),
            (Some(other), _) => return Ok(other.clone()),
            (None, Place::Direct { .. }) => {
                return Err(Stop::fatal("nothing is known of a direct requirement"));
            }
            (None, Place::Link(link)) => (self.kept)(link).unwrap_or_else(|| {
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
        let known = self.book.installed.get(name).cloned();
        let found = known.unwrap_or_else(|| self.installed.find(name));
        Ok(found.map(|found| {
            let metadata = self.thinned(&found.metadata);
            Arc::new(Installed { metadata, ..Installed::clone(&found) })
        }))
    }

    fn event(&self, _: &Event<'_>) {}
}
