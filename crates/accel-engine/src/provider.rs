//! Answers the resolver's questions from the index, the store, the builds and the environment.

use crate::builds::SourceTree;
use crate::error::EngineError;
use crate::hashes::{self, HashProblem, PlaceKind};
use crate::listener::Level;
use crate::locks;
use crate::policy::Policy;
use crate::session::{Session, WORTH_TELLING, project_of};
use crate::walk_back::WalkBack;
use crate::words;
use accel_build::BuildError;
use accel_index::{IndexError, KeptArchive, Lookup, PageState};
use accel_io::interrupt;
use accel_io::stopwatch::{self, Stage};
use accel_io::vcs::VcsError;
use accel_resolve::{Event, Installed, LinkQuery, Links, Place, Prepared, Provider, Source, Stop};
use accel_store::StoreError;
use accel_types::python_url::redacted;
use accel_types::{CoreMetadata, Digest, Hashes, LineEnds, Link, PackageName};
use std::cell::RefCell;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

/// The provider of one resolution.
pub(crate) struct Sources<'a> {
    session: &'a Session<'a>,
    policy: &'a Policy,
    installed: &'a dyn Fn(&PackageName) -> Option<Arc<Installed>>,
    require_hashes: bool,
    pages: RefCell<Vec<PageState>>,
    /// The projects whose pages were noted.
    noted: RefCell<HashSet<PackageName>>,
    walk_back: WalkBack,
}

impl<'a> Sources<'a> {
    pub(crate) fn new(
        session: &'a Session<'a>,
        policy: &'a Policy,
        installed: &'a dyn Fn(&PackageName) -> Option<Arc<Installed>>,
        require_hashes: bool,
    ) -> Self {
        let (pages, noted, walk_back) =
            (RefCell::default(), RefCell::default(), WalkBack::default());
        Self { session, policy, installed, require_hashes, pages, noted, walk_back }
    }

    /// The project pages that were consulted.
    pub(crate) fn into_pages(self) -> Vec<PageState> {
        self.pages.into_inner()
    }

    /// Notes the pages that the answer for a project depends on.
    ///
    /// Of a project that the policy leaves to the local index these are its find-links folders
    /// alone, which are always read anew: a remote page that was asked only because nothing was
    /// kept yet decides nothing the next time.
    fn note_pages(&self, query: &LinkQuery<'_>, found: &[PageState]) {
        let mut pages = self.pages.borrow_mut();
        if !self.noted.borrow_mut().insert(query.name.clone()) {
            pages.retain(|page| page.project != *query.name);
        }
        if self.policy.wanted(query) != Lookup::Kept {
            pages.extend(found.iter().cloned());
            return;
        }
        let folders = found.iter().filter(|page| !page.url.starts_with("http"));
        pages.extend(folders.map(|page| PageState { lookup: Lookup::Kept, ..page.clone() }));
    }

    /// Metadata of a file that a page offers.
    fn of_link(&self, link: &Link, source: &Source<'_>) -> Result<Arc<CoreMetadata>, EngineError> {
        // Where it fetches the whole file pip tells its size, which not every page does.
        let sized = !self.require_hashes || link.size.is_some() || link.metadata_url().is_none();
        if let Some(there) = self.in_destination(link, source)? {
            self.check(&there.sha256, &there.path, source)?;
            return if link.is_wheel() {
                self.session.wheel_metadata(&there)
            } else {
                let tree = SourceTree::of_sdist(&there, source.root, &project_of(source));
                self.session.builds.metadata(self.session, &tree)
            };
        }
        let settled = sized && !self.require_hashes && source.hashes.is_empty()
            || sized && link.digests.iter().any(|digest| source.hashes.allows(digest));
        if link.is_wheel() {
            if settled {
                let (session, python) = (self.session, &self.session.python_version);
                self.walk_back.tries(link, &session.index, session.tags(), python);
            }
            let lap = stopwatch::lap(Stage::Wait, || format!("the metadata of {}", link.filename));
            let found = if settled { self.session.early.metadata(link)? } else { None };
            lap.end_if_longer(WORTH_TELLING);
            if let Some(metadata) = found {
                self.tell_arrival(link, source)?;
                return Ok(metadata);
            }
            return self.session.with_archive(link, &Hashes::new(), |kept| {
                self.session.tell_file(link, kept);
                self.check(&kept.sha256, &kept.path, source)?;
                self.session.wheel_metadata(kept)
            });
        }
        if let (true, Some(name), Some(version)) = (settled, source.name, source.version) {
            let (session, python) = (self.session, &self.session.python_version);
            let next = self.walk_back.asks_sdist(name, version, session.tags(), python);
            session.sdists_ahead.want(next.into_iter());
        }
        self.session.with_archive(link, &Hashes::new(), |kept| {
            let mut tree = SourceTree::of_sdist(kept, source.root, &project_of(source));
            tree.words = Some(source.words.to_owned());
            if let Some((entry, wheel)) = self.session.builds.kept_wheel(self.session, &tree)? {
                self.check(&kept.sha256, &kept.path, source)?;
                self.session.voice.info(&format!("{}{wheel}", words::USING_CACHED));
                return self.session.entry_metadata(&entry, LineEnds::Translated);
            }
            self.session.tell_file(link, kept);
            self.check(&kept.sha256, &kept.path, source)?;
            self.session.builds.metadata(self.session, &tree)
        })
    }

    /// The file of a link, if it lies already where it is to be put.
    fn in_destination(
        &self,
        link: &Link,
        source: &Source<'_>,
    ) -> Result<Option<KeptArchive>, EngineError> {
        let Some(destination) = self.session.purpose.destination() else { return Ok(None) };
        let of_page =
            || link.digests.first().filter(|_| !self.require_hashes).into_iter().collect();
        let wanted =
            if source.hashes.is_empty() { of_page() } else { Hashes::clone(source.hashes) };
        destination.find(&self.session.voice, &link.filename, &wanted)
    }

    /// Says how metadata came. Where it is not served beside the file, or pip would not ask for
    /// that, pip fetches the file.
    fn tell_arrival(&self, link: &Link, source: &Source<'_>) -> Result<(), EngineError> {
        let Some(arrival) = self.session.index.metadata_arrival(link)? else { return Ok(()) };
        let url = link.metadata_url().filter(|_| !self.require_hashes);
        let beside = url.is_some();
        if let (Some(url), Some(requirement)) = (url, source.requirement) {
            let url = redacted(&url);
            let text = format!("Obtaining dependency information for {requirement} from {url}");
            self.session.voice.say(Level::Verbose, &text);
        }
        if beside {
            let name = format!("{}.metadata", words::shown_file(link));
            self.session.voice.info(&words::fetched(&name, arrival.size, arrival.from_network));
        } else {
            let size = if link.metadata_url().is_some() { link.size } else { arrival.size };
            self.session.tell_fetched(&link.url, size, arrival.from_network);
        }
        Ok(())
    }

    /// pip's check of a downloaded file against the digests of its requirement.
    fn check(&self, sha256: &str, path: &Path, source: &Source<'_>) -> Result<(), EngineError> {
        if source.hashes.is_empty() {
            if !self.require_hashes {
                return Ok(());
            }
            return Err(EngineError::Hashes(HashProblem::Missing {
                requirement: asked_for(source),
                found: sha256.to_owned(),
            }));
        }
        if source.hashes.allows(&Digest::sha256(sha256)) {
            return Ok(());
        }
        let found = self.session.digests(path, source.hashes)?;
        if found.iter().any(|digest| source.hashes.allows(digest)) {
            return Ok(());
        }
        Err(EngineError::Hashes(HashProblem::Mismatch {
            requirement: source.words.to_owned(),
            allowed: source.hashes.clone(),
            found,
        }))
    }

    /// Metadata that is served beside its file and names another project: pip minds that before it
    /// minds anything else, in words of its own.
    fn other_name(&self, source: &Source<'_>, metadata: &CoreMetadata) -> Option<Prepared> {
        let (Place::Link(link), Some(requirement)) = (source.place, source.requirement) else {
            return None;
        };
        let beside = link.core_metadata.is_some() && !self.require_hashes;
        let found = &metadata.name;
        let other = !found.is_empty() && PackageName::new(found) != requirement.package();
        (beside && other).then(|| Prepared::Inconsistent {
            field: "Name",
            expected: requirement.name.clone(),
            found: found.clone(),
        })
    }

    /// pip's warning about a source tree whose metadata has another name than its requirement.
    fn warn_of_other_name(&self, source: &Source<'_>, metadata: &CoreMetadata) {
        let Some(requirement) = source.requirement else { return };
        let found = &metadata.name;
        let other = !found.is_empty() && PackageName::new(found) != requirement.package();
        if other && source.place.is_source() {
            let name = &requirement.name;
            let text = format!(
                "Generating metadata for package {name} produced metadata for project name \
                 {found}. Fix your #egg={name} fragments."
            );
            self.session.voice.say(Level::Warning, &text);
        }
    }

    /// Shows what pip shows at once of a build that failed. What fails inside of another build is
    /// shown by that one.
    fn shown(&self, error: EngineError) -> EngineError {
        let EngineError::Build(error) = error else { return error };
        let mut pictures = error.pictures();
        if error.is_told_by_pictures() {
            pictures.pop();
        }
        if pictures.is_empty() || !self.session.building.is_empty() {
            return EngineError::Build(error);
        }
        for picture in pictures {
            self.session.voice.show(Level::Failure, &picture.to_string());
        }
        for detail in error.details() {
            self.session.voice.process(Level::Verbose, &detail);
        }
        EngineError::Told(error)
    }

    /// pip's two lines about a file that a server does not give.
    fn refused(&self, error: EngineError, source: &Source<'_>) -> EngineError {
        let (place, metadata) = match source.place {
            Place::Link(link) => (words::link(link), link.metadata_url()),
            Place::Direct { url, .. } => (redacted(url), None),
        };
        if !words::tell_http_error(self.session, &place, metadata.as_deref(), &error) {
            return error;
        }
        let requirement = source.words;
        EngineError::installation(format!(
            "Could not install requirement {requirement} because of HTTP error {error} for URL \
             {place}"
        ))
    }

    fn prepared(&self, source: &Source<'_>) -> Result<Arc<CoreMetadata>, EngineError> {
        match source.place {
            Place::Link(link) => {
                if self.require_hashes {
                    hashes::check_kind(source, PlaceKind::File).map_err(EngineError::Hashes)?;
                }
                self.of_link(link, source)
            }
            Place::Direct { url, editable } => {
                let kind = self.session.kind_of(url);
                if self.require_hashes {
                    if editable {
                        return Err(EngineError::installation(format!(
                            "The editable requirement {} cannot be installed when requiring \
                             hashes, because there is no single file to hash.",
                            source.words
                        )));
                    }
                    hashes::check_kind(source, kind).map_err(EngineError::Hashes)?;
                }
                let obtained = self.session.obtain(url, editable, source.root)?;
                if let Some(file) = obtained.file() {
                    self.check(&file.sha256, &file.path, source)?;
                }
                let words = Some(source.words.to_owned());
                self.session.metadata_of_obtained(&obtained, &project_of(source), words)
            }
        }
    }
}

impl Provider for Sources<'_> {
    fn links(&self, query: &LinkQuery<'_>) -> Result<Links, Stop> {
        interrupt::check().map_err(fatal)?;
        if let Some(file) = self.session.locked(query.name) {
            let refused = locks::refusal(self.session.request, file);
            return match refused {
                Some(error) => Err(fatal(error)),
                None => Ok(Links::locked(locks::link(file))),
            };
        }
        let mut lookup = self.policy.lookup(query);
        let mut found = self.session.links(query.name, lookup).map_err(fatal)?;
        if self.policy.leaves_out_indexes(lookup, query.name, &found.links) {
            lookup = self.policy.lookup(query);
            found = self.session.links(query.name, lookup).map_err(fatal)?;
        }
        self.note_pages(query, &found.pages);
        self.walk_back.offered(query.name, &found.links);
        let partial = self.policy.is_partial(lookup);
        Ok(Links { partial, ..Links::complete(Arc::clone(&found.links)) })
    }

    fn prepare(&self, source: &Source<'_>) -> Result<Prepared, Stop> {
        self.session.voice.indented(true);
        let prepared = self.prepared(source).map_err(|error| self.refused(error, source));
        let prepared = prepared.map_err(|error| self.shown(error));
        if let Ok(metadata) = &prepared {
            self.warn_of_other_name(source, metadata);
        }
        self.session.voice.indented(false);
        match prepared {
            Ok(metadata) => {
                Ok(self.other_name(source, &metadata).unwrap_or(Prepared::Metadata(metadata)))
            }
            Err(EngineError::Store(StoreError::Inconsistent {
                field, expected, found, ..
            })) => Ok(Prepared::Inconsistent { field, expected, found }),
            Err(error) => Err(fatal(named(error, source))),
        }
    }

    fn installed(&self, name: &PackageName) -> Result<Option<Arc<Installed>>, Stop> {
        Ok((self.installed)(name))
    }

    fn event(&self, event: &Event<'_>) {
        let level = event.level().into();
        // A long search turns a million candidates down: words about it that nobody hears are not
        // made, and not remembered.
        if level <= Level::Verbose && !self.session.voice.hears(level) {
            return;
        }
        if let Event::Processing { path, origin } = event {
            let folder = &self.session.request.general.current_dir;
            let path = words::displayed_path(path, folder);
            let event = Event::Processing { path: &path, origin };
            return self.session.voice.say(level, &event.to_string());
        }
        self.session.voice.say(level, &event.to_string());
    }
}

/// The errors in which pip names the requirement with its URL.
fn named(error: EngineError, source: &Source<'_>) -> EngineError {
    match error {
        EngineError::Index(IndexError::HashMismatch { allowed, got, .. }) => {
            EngineError::Hashes(HashProblem::Mismatch {
                requirement: source.words.to_owned(),
                allowed,
                found: got,
            })
        }
        EngineError::Store(StoreError::UnsupportedWheel(reason))
            if reason.starts_with("Invalid script entry point") =>
        {
            let requirement =
                source.requirement.map_or(source.words.to_owned(), ToString::to_string);
            EngineError::installation(format!("For req: {requirement}. {reason}"))
        }
        EngineError::Build(BuildError::NoProject { .. }) => {
            EngineError::Build(BuildError::NoProject { project: source.words.to_owned() })
        }
        EngineError::Vcs(VcsError::Failed { command, .. }) => EngineError::installation(format!(
            "Failed to build '{}' when {}",
            project_of(source),
            command.to_lowercase()
        )),
        other => other,
    }
}

/// What pip writes in front of `--hash` when one is missing: the URL of a direct requirement, else
/// the requirement.
fn asked_for(source: &Source<'_>) -> String {
    match (source.place, source.requirement) {
        (Place::Direct { url, .. }, _) => url.to_owned(),
        (Place::Link(_), Some(requirement)) => requirement.to_string(),
        (Place::Link(_), None) => source.words.to_owned(),
    }
}

fn fatal(error: impl Into<EngineError>) -> Stop {
    Stop::fatal(Box::new(error.into()) as Box<dyn std::error::Error + Send + Sync>)
}
