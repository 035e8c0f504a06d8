//! The index as callers see it.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock};

use accel_io::net::{Network, Progress};
use accel_types::Text;
use accel_types::hashes::Hashes;
use accel_types::link::Link;
use accel_types::metadata::CoreMetadata;
use accel_types::name::PackageName;
use accel_types::python_url;
use serde::{Deserialize, Serialize};

use crate::elsewhere::Elsewhere;
use crate::error::IndexError;
use crate::folder::Folder;
use crate::local::{LocalIndex, Place};
use crate::lookup::PageFound;
use crate::memo::{Memo, NameLocks, locked};
use crate::metadata::{Found, MetadataArrival};
use crate::prefetch::{Prefetch, Task};
use crate::settings::{Complaint, IndexSettings, Lookup};
use crate::sources;

/// Tells by its name whether a file is of use.
pub type Fits = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// What a look-up of a project found.
#[derive(Debug, Clone, Default)]
pub struct ProjectLinks {
    /// All links in pip's order: archives of find-links places, then the links on pages, those of
    /// find-links pages before those of indexes, each index in the given order. On ties pip
    /// prefers the *last* one.
    pub links: Arc<[Link]>,
    /// The state of every place that was looked at, for a later [`Index::unchanged`].
    pub pages: Vec<PageState>,
    /// What there is to say about the places, in the order in which they were looked at.
    pub complaints: Vec<Complaint>,
}

/// What a place offered for a project at some time.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PageState {
    /// The project.
    pub project: PackageName,
    /// How it was looked up.
    pub lookup: Lookup,
    /// The place, without credentials.
    pub url: String,
    /// Stands for the links found there; empty if the place gave none.
    pub digest: String,
}

/// An archive on this disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptArchive {
    /// Where it is. An archive of a find-links folder stays where it lies.
    pub path: PathBuf,
    /// Its SHA-256 in lower case hexadecimal digits.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
    /// Whether it was fetched just now.
    pub from_network: bool,
    /// Whether that was from what a fleet shares.
    pub from_shared: bool,
}

/// The places that offer distributions, and all that is kept of them.
///
/// Cheap to clone; all clones are one and the same, and may be used by several threads at once.
/// Pages and metadata are remembered for as long as a clone lives, so that a run sees one state
/// of the world.
#[derive(Clone)]
pub struct Index {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) settings: IndexSettings,
    pub(crate) network: Network,
    pub(crate) root: PathBuf,
    pub(crate) local: LocalIndex,
    pub(crate) projects: Memo<(PackageName, Lookup), Arc<ProjectLinks>>,
    pub(crate) pages: Memo<(String, Lookup), Arc<PageFound>>,
    pub(crate) folders: Memo<PathBuf, Arc<Folder>>,
    /// By `comes_from`: the place whose record a link belongs to.
    pub(crate) places: Mutex<HashMap<Text, Place>>,
    /// Servers that did not answer, as `scheme://host:port`.
    pub(crate) silent: Mutex<HashSet<String>>,
    /// Servers about which there was a warning.
    pub(crate) complained: Mutex<HashSet<String>>,
    pub(crate) metadata: Mutex<HashMap<Text, Found>>,
    /// Files whose metadata can't be had without the whole file.
    pub(crate) opaque: Mutex<HashSet<Text>>,
    /// Files that were fetched before anybody asked for them.
    pub(crate) early: Mutex<HashMap<Text, KeptArchive>>,
    pub(crate) files: NameLocks,
    pub(crate) sidecars: NameLocks,
    pub(crate) prefetch: Prefetch,
    pub(crate) elsewhere: Option<Arc<dyn Elsewhere>>,
    pub(crate) fits: OnceLock<Fits>,
}

impl Index {
    /// Nothing is read, written or connected yet.
    pub fn new(settings: IndexSettings, network: Network, cache_root: &Path) -> Self {
        Self::with_elsewhere(settings, network, cache_root, None)
    }

    /// As [`Index::new`], with another place that may have the files.
    pub fn with_elsewhere(
        settings: IndexSettings,
        network: Network,
        cache_root: &Path,
        elsewhere: Option<Arc<dyn Elsewhere>>,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                settings,
                network,
                root: cache_root.to_owned(),
                local: LocalIndex::new(cache_root),
                projects: Memo::default(),
                pages: Memo::default(),
                folders: Memo::default(),
                places: Mutex::default(),
                silent: Mutex::default(),
                complained: Mutex::default(),
                metadata: Mutex::default(),
                opaque: Mutex::default(),
                early: Mutex::default(),
                files: NameLocks::default(),
                sidecars: NameLocks::default(),
                prefetch: Prefetch::default(),
                elsewhere,
                fits: OnceLock::new(),
            }),
        }
    }

    /// From now on the pages of servers give no files but those whose names `fits` accepts. Of the
    /// hundred wheels of a version two or three can be installed here, and the others are most of
    /// what a large resolution would hold in memory. The first call counts.
    pub fn leave_out_unless(&self, fits: impl FnOnce() -> Fits) {
        self.shared.fits.get_or_init(fits);
    }

    /// The settings it was made with.
    pub fn settings(&self) -> &IndexSettings {
        &self.shared.settings
    }

    /// All links that the places offer for a project.
    ///
    /// A page that cannot be fetched gives no links and one complaint, as in pip; but if the
    /// server is unreachable or broken, what is kept from that page answers. So there are
    /// no errors yet; the `Result` is for places that will have some.
    pub fn links(
        &self,
        project: &PackageName,
        lookup: Lookup,
    ) -> Result<Arc<ProjectLinks>, IndexError> {
        match sources::without_adapter(&self.shared.settings, project) {
            Some(url) => Err(IndexError::NoAdapter { url: python_url::redacted(&url) }),
            None => Ok(self.shared.project(project, lookup)),
        }
    }

    /// Whether a server did not answer at all in this run.
    pub fn met_silence(&self) -> bool {
        !locked(&self.shared.silent).is_empty()
    }

    /// Looks projects up in the background. Failures stay silent until somebody asks.
    pub fn prefetch(&self, projects: Vec<(PackageName, Lookup)>) {
        let tasks = projects.into_iter().map(|(name, lookup)| Task::Links(name, lookup));
        Prefetch::start(&self.shared, tasks.collect());
    }

    /// Fetches the metadata of distributions in the background. Failures stay silent.
    pub fn prefetch_metadata(&self, links: Vec<Link>) {
        Prefetch::start(&self.shared, links.into_iter().map(Task::Metadata).collect());
    }

    /// The metadata of a distribution without its whole file: kept, read from the kept archive,
    /// served beside the file (PEP 658), or read by range requests out of the wheel.
    ///
    /// `None` if only the whole file will tell.
    ///
    /// # Errors
    /// If metadata was announced and cannot be had, or does not match its digest: fatal in pip.
    pub fn metadata(&self, link: &Link) -> Result<Option<Arc<CoreMetadata>>, IndexError> {
        Ok(self.shared.metadata(link)?.map(|found| found.metadata))
    }

    /// The metadata of a distribution as far as it can be told without any network.
    pub fn kept_metadata(&self, link: &Link) -> Option<Arc<CoreMetadata>> {
        self.shared.kept_metadata(link)
    }

    /// How [`Index::metadata`] got what it gave; `None` for files on this disk.
    pub fn metadata_arrival(&self, link: &Link) -> Result<Option<MetadataArrival>, IndexError> {
        Ok(self.shared.metadata(link)?.and_then(|found| found.arrival))
    }

    /// As [`Index::metadata`], with the description.
    pub fn whole_metadata(&self, link: &Link) -> Result<Option<CoreMetadata>, IndexError> {
        self.shared.whole_metadata(link)
    }

    /// The distribution itself: kept, or fetched and kept.
    ///
    /// `hashes` are the digests that the user allows; if there are none the page's first digest
    /// counts, as in pip.
    ///
    /// # Errors
    /// [`IndexError::HashMismatch`], and whatever network and disk refuse.
    pub fn archive(&self, link: &Link, hashes: &Hashes) -> Result<KeptArchive, IndexError> {
        self.shared.archive(link, hashes, true, &mut |_| {})
    }

    /// As [`Index::archive`], told how far the download is.
    pub fn archive_with_progress(
        &self,
        link: &Link,
        hashes: &Hashes,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<KeptArchive, IndexError> {
        self.shared.archive(link, hashes, true, progress)
    }

    /// A distribution for which somebody will ask, fetched now by one attempt; its failure is
    /// silent. `None` also where an earlier run kept it.
    ///
    /// Whoever asks for it later hears that it was fetched just now. When `given_up` becomes true
    /// it is no longer waited for.
    pub fn fetch_early(
        &self,
        link: &Link,
        given_up: &Arc<AtomicBool>,
        progress: &mut dyn FnMut(Progress),
    ) -> Option<KeptArchive> {
        self.shared.fetch_early(link, given_up, progress)
    }

    /// A distribution that this run has fetched early.
    pub fn early(&self, link: &Link) -> Option<KeptArchive> {
        self.shared.early(link)
    }

    /// As [`Index::metadata`], but where a part of a wheel would be asked for, `whole` may bring all
    /// of it.
    ///
    /// # Errors
    /// As [`Index::metadata`].
    pub fn metadata_or(
        &self,
        link: &Link,
        whole: impl FnOnce() -> Option<KeptArchive>,
    ) -> Result<Option<Arc<CoreMetadata>>, IndexError> {
        Ok(self.shared.metadata_or(link, whole)?.map(|found| found.metadata))
    }

    /// As [`Index::archive`], for somebody who may ask for it later: he hears the same as without
    /// this, and where this fails he fails by himself.
    pub fn archive_ahead(&self, link: &Link) -> Result<KeptArchive, IndexError> {
        self.shared.archive_ahead(link)
    }

    /// The distribution if it can be had without any network: kept, or on this disk.
    pub fn kept_archive(
        &self,
        link: &Link,
        hashes: &Hashes,
    ) -> Result<Option<KeptArchive>, IndexError> {
        self.shared.without_network(link, hashes)
    }

    /// A distribution given by its URL (`name @ https://…`); a digest in the fragment counts.
    ///
    /// What is kept of this very URL answers, as pip's wheel cache does.
    pub fn direct(&self, url: &str, hashes: &Hashes) -> Result<KeptArchive, IndexError> {
        self.shared.archive(&self.direct_link(url), hashes, true, &mut |_| {})
    }

    /// As [`Index::direct`], but fetched even if it is kept.
    pub fn direct_anew(&self, url: &str, hashes: &Hashes) -> Result<KeptArchive, IndexError> {
        self.shared.archive(&self.direct_link(url), hashes, false, &mut |_| {})
    }

    /// The link that a URL stands for: what [`Index::direct`] fetches.
    pub fn direct_link(&self, url: &str) -> Link {
        crate::page::plain_link(url, accel_types::LinkSource::FindLinks, "")
    }

    /// Whether all places still offer what they offered: pages are revalidated all at once, by
    /// the policy under which they were looked up.
    pub fn unchanged(&self, pages: &[PageState]) -> Result<bool, IndexError> {
        Ok(self.shared.unchanged(pages))
    }

    /// Adds a wheel that was built here to the folder of the local index, under its file name.
    pub fn adopt(&self, wheel: &Path, sha256: &str) -> Result<(), IndexError> {
        Ok(self.shared.local.adopt(wheel, sha256)?)
    }

    /// Throws away a kept archive that turned out to be damaged.
    pub fn discard(&self, sha256: &str) -> Result<(), IndexError> {
        Ok(self.shared.local.discard(sha256)?)
    }

    /// The folder of the local index, for `pip install --no-index --find-links`.
    pub fn folder(&self) -> PathBuf {
        self.shared.local.folder()
    }
}

impl Shared {
    /// The place that a link's record belongs to.
    pub(crate) fn place_of(&self, link: &Link) -> Place {
        if let Some(place) = locked(&self.places).get(&link.comes_from) {
            return place.clone();
        }
        Place::of(link)
    }
}
