//! What a run takes from the shelves that a fleet shares, and what it puts there when its work is
//! done.

use crate::listener::{Level, Voice};
use crate::memo::Memo;
use crate::request::{General, SharedCacheRequest};
use crate::shared_builds::Made;
use accel_index::Elsewhere;
use accel_io::fs::Scratch;
use accel_io::net::NetworkSettings;
use accel_io::objects::{Objects, ObjectsSettings};
use accel_store::shared::{
    Keyring, Provenance, SharedKind, SharedOptions, SharedShelves, TierReport, Told,
};
use accel_store::{BuildKey, BuiltWheel, BytecodeTarget, Entry, Store, StoreError};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Transfers at once.
const AT_ONCE: usize = 8;

/// The shared shelves of a run.
pub(crate) struct Shared {
    shelves: Option<Arc<SharedShelves>>,
    write_for: Duration,
    voice: Voice,
    new: Mutex<Vec<New>>,
    /// Objects that were looked for in vain.
    missing: Mutex<HashSet<String>>,
}

/// What was fetched or made here and may be wanted elsewhere.
enum New {
    Archive {
        sha256: String,
        path: PathBuf,
    },
    Metadata {
        sha256: String,
        text: Vec<u8>,
    },
    Built(Made),
    /// A wheel that an earlier run has built.
    KeptBuilt {
        key: String,
        path: PathBuf,
    },
    /// What an earlier run has resolved for a build.
    KeptRequires {
        asked: String,
        resolved: Vec<u8>,
    },
    Bytecode {
        sha256: String,
        target: BytecodeTarget,
    },
    Resolution {
        key: String,
        memo: Vec<u8>,
    },
}

impl Shared {
    /// The shelves that a request names. Nothing is opened yet.
    pub(crate) fn new(general: &General, network: &NetworkSettings, voice: &Voice) -> Self {
        let request = &general.shared_cache;
        Self {
            shelves: shelves(request, network, voice).map(Arc::new),
            write_for: request.write_for,
            voice: voice.clone(),
            new: Mutex::default(),
            missing: Mutex::default(),
        }
    }

    /// Whether there are any.
    pub(crate) fn is_there(&self) -> bool {
        self.shelves.is_some()
    }

    fn readable(&self) -> Option<&Arc<SharedShelves>> {
        self.shelves.as_ref().filter(|shelves| shelves.is_readable())
    }

    /// The shelves, if anything can be put there.
    pub(crate) fn writable(&self) -> Option<&Arc<SharedShelves>> {
        self.shelves.as_ref().filter(|shelves| shelves.is_writable())
    }

    /// An object that somebody known has signed. What is not there is looked for once.
    fn object(&self, kind: SharedKind, key: &str) -> Option<(Vec<u8>, Provenance)> {
        let shelves = self.readable()?;
        let name = format!("{kind:?} {key}");
        if lock(&self.missing).contains(&name) {
            return None;
        }
        let found = shelves.object(kind, key);
        if found.is_none() {
            lock(&self.missing).insert(name);
        }
        found
    }

    /// What was not there may be there by now.
    pub(crate) fn look_again(&self) {
        lock(&self.missing).clear();
    }

    /// The memo of a resolution.
    pub(crate) fn resolution(&self, key: &str) -> Option<Memo> {
        let (bytes, _) = self.object(SharedKind::Resolution, key)?;
        Memo::read(&bytes).filter(|memo| memo.pages.is_empty() && memo.plan.is_repeatable())
    }

    /// What was resolved for a build.
    pub(crate) fn requires(&self, asked: &BuildKey) -> Option<Vec<u8>> {
        Some(self.object(SharedKind::Requires, asked.as_str())?.0)
    }

    /// A wheel that was built elsewhere, kept from now on.
    pub(crate) fn built(
        &self,
        store: &Store,
        key: &BuildKey,
    ) -> Result<Option<BuiltWheel>, StoreError> {
        let Some((wheel, provenance)) = self.object(SharedKind::Built, key.as_str()) else {
            return Ok(None);
        };
        let Some(name) = provenance.get(FILENAME).filter(|name| is_plain(name)) else {
            return Ok(None);
        };
        let scratch = Scratch::with_prefix(store.build_scratch(), "shared-")?;
        let path = scratch.path().join(name);
        accel_io::fs::write(&path, wheel)?;
        store.keep_built(key, &path).map(Some)
    }

    /// Fetches the bytecode of wheels that is not kept; which of them will have to be compiled.
    pub(crate) fn take_bytecode(
        &self,
        store: &Store,
        entries: &[Entry],
        target: &BytecodeTarget,
    ) -> Vec<String> {
        if self.shelves.is_none() {
            return Vec::new();
        }
        let wheels = entries.iter().map(|entry| entry.wheel_sha256().to_owned());
        let absent = |sha256: &String| {
            store.lookup_bytecode(sha256, target).is_ok_and(|found| found.hit().is_none())
        };
        let absent: Vec<String> = wheels.filter(absent).collect();
        let still = Mutex::new(Vec::new());
        each(&absent, |sha256| {
            let found = self.object(SharedKind::Bytecode, &bytecode_key(sha256, target));
            let taken = found.is_some_and(|(pack, _)| {
                store.adopt_bytecode(sha256, target, &pack).unwrap_or(false)
            });
            if !taken {
                lock(&still).push(sha256.clone());
            }
        });
        still.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytecode was compiled.
    pub(crate) fn bytecode_made(&self, wheels: Vec<String>, target: &BytecodeTarget) {
        let new = |sha256| New::Bytecode { sha256, target: target.clone() };
        self.note(wheels.into_iter().map(new));
    }

    /// A resolution was made that holds for all machines of this kind.
    pub(crate) fn resolution_made(&self, key: &str, memo: Vec<u8>) {
        self.note([New::Resolution { key: key.to_owned(), memo }]);
    }

    /// A wheel was built for which nobody waits.
    pub(crate) fn built_made(&self, made: Made) {
        self.note([New::Built(made)]);
    }

    /// An archive is kept.
    pub(crate) fn kept_archive(&self, sha256: String, path: PathBuf) {
        self.note([New::Archive { sha256, path }]);
    }

    /// Metadata is kept.
    pub(crate) fn kept_metadata(&self, sha256: String, text: Vec<u8>) {
        self.note([New::Metadata { sha256, text }]);
    }

    /// A wheel is kept that an earlier run has built.
    pub(crate) fn kept_built(&self, key: String, path: PathBuf) {
        self.note([New::KeptBuilt { key, path }]);
    }

    /// It is kept what an earlier run has resolved for a build.
    pub(crate) fn kept_requires(&self, asked: String, resolved: Vec<u8>) {
        self.note([New::KeptRequires { asked, resolved }]);
    }

    /// How each shelf has served so far.
    pub(crate) fn tiers(&self) -> Vec<TierReport> {
        self.shelves.iter().flat_map(|shelves| shelves.report()).collect()
    }

    fn note(&self, new: impl IntoIterator<Item = New>) {
        if self.writable().is_some() {
            lock(&self.new).extend(new);
        }
    }

    /// Puts a wheel on the shelves now.
    pub(crate) fn put_built(&self, made: &Made) {
        if let Some(shelves) = self.writable() {
            put_built(shelves, made, Instant::now() + self.write_for);
        }
    }

    /// Puts everything that is new on the shelves, for as long as a run may take for that.
    pub(crate) fn put_new(&self, store: &Store) {
        let new = std::mem::take(&mut *lock(&self.new));
        let deadline = Instant::now() + self.write_for;
        if let Some(shelves) = self.writable() {
            // Whoever finds one of these looks for files next.
            let resolution =
                |new: &&New| matches!(new, New::Resolution { .. } | New::KeptRequires { .. });
            let (last, first): (Vec<&New>, Vec<&New>) = new.iter().partition(resolution);
            each(&first, |new| put(shelves, store, new, deadline));
            each(&last, |new| put(shelves, store, new, deadline));
        }
        for tier in self.tiers() {
            self.voice.say_passing(
                Level::Verbose,
                &format!(
                    "Shared cache {}: {} found ({} bytes), {} not there, {} refused, {} put ({} \
                     bytes)",
                    tier.place,
                    tier.hits,
                    tier.read,
                    tier.misses,
                    tier.refused,
                    tier.put,
                    tier.written
                ),
            );
        }
    }
}

impl Elsewhere for Shared {
    fn archive(&self, sha256: &str, into: &Path) -> bool {
        self.readable().is_some_and(|shelves| shelves.archive(sha256, into))
    }

    fn metadata(&self, sha256: &str) -> Option<Vec<u8>> {
        Some(self.object(SharedKind::Metadata, sha256)?.0)
    }

    fn archive_came(&self, sha256: &str, path: &Path) {
        self.note([New::Archive { sha256: sha256.to_owned(), path: path.to_owned() }]);
    }

    fn metadata_came(&self, sha256: &str, text: &[u8]) {
        self.note([New::Metadata { sha256: sha256.to_owned(), text: text.to_vec() }]);
    }
}

/// The name of a built wheel in its provenance.
const FILENAME: &str = "filename";

fn is_plain(name: &str) -> bool {
    accel_types::WheelFilename::parse(name).is_ok() && !name.contains('/') && !name.starts_with('.')
}

fn bytecode_key(sha256: &str, target: &BytecodeTarget) -> String {
    format!("{sha256}-{}", target.key)
}

fn put(shelves: &SharedShelves, store: &Store, new: &New, deadline: Instant) {
    let nothing = Provenance::new();
    match new {
        New::Archive { sha256, path } => {
            shelves.put_archive(sha256, path, deadline);
        }
        New::Metadata { sha256, text } => {
            shelves.put_object(SharedKind::Metadata, sha256, text, &nothing, deadline);
        }
        New::Built(made) => put_built(shelves, made, deadline),
        New::KeptBuilt { key, path } => {
            put_wheel(shelves, key, path, nothing, deadline);
        }
        New::KeptRequires { asked, resolved } => {
            shelves.put_object(SharedKind::Requires, asked, resolved, &nothing, deadline);
        }
        New::Bytecode { sha256, target } => {
            // What can't be read now is not shared.
            if let Ok(Some(pack)) = store.pack_bytecode(sha256, target) {
                let key = bytecode_key(sha256, target);
                shelves.put_object(SharedKind::Bytecode, &key, &pack, &nothing, deadline);
            }
        }
        New::Resolution { key, memo } => {
            shelves.put_object(SharedKind::Resolution, key, memo, &nothing, deadline);
        }
    }
}

/// The wheel before what leads to it.
fn put_built(shelves: &SharedShelves, made: &Made, deadline: Instant) {
    let key = made.key.as_str();
    if put_wheel(shelves, key, &made.path, made.provenance.clone(), deadline) {
        let (kind, key) = (SharedKind::Requires, made.asked.as_str());
        shelves.put_object(kind, key, made.resolved.as_bytes(), &made.provenance, deadline);
    }
}

/// A built wheel, with its name.
fn put_wheel(
    shelves: &SharedShelves,
    key: &str,
    path: &Path,
    mut provenance: Provenance,
    deadline: Instant,
) -> bool {
    let Ok(wheel) = accel_io::fs::read(path) else { return false };
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    provenance.insert(FILENAME.to_owned(), name);
    shelves.put_object(SharedKind::Built, key, &wheel, &provenance, deadline)
}

fn shelves(
    request: &SharedCacheRequest,
    network: &NetworkSettings,
    voice: &Voice,
) -> Option<SharedShelves> {
    // Where no network may be used there are folders still.
    let usable = |url: &&String| !network.offline || url.starts_with("file:");
    let urls: Vec<&String> = request.urls.iter().filter(usable).collect();
    if urls.is_empty() {
        return None;
    }
    let told = voice.clone();
    let told: Told = Arc::new(move |text: &str| told.say_passing(Level::Warning, text));
    let keyring = match Keyring::new(&request.keys, request.allow_unsigned) {
        Ok(keyring) => keyring,
        Err(error) => {
            told(&format!("The shared cache is left out of this run: {error}"));
            return None;
        }
    };
    let place = |url: &&String| {
        Objects::new(ObjectsSettings {
            url: (*url).clone(),
            timeout: request.timeout,
            variables: request.variables.clone(),
            network: NetworkSettings { timeout: request.timeout, ..network.clone() },
        })
    };
    let options = SharedOptions { read_only: request.read_only, lease: request.lease };
    Some(SharedShelves::new(urls.iter().map(place).collect(), keyring, options, told))
}

/// Works on all of them, some at a time.
fn each<T: Sync>(all: &[T], work: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(all.len()) {
            scope.spawn(|| {
                while let Some(one) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(one);
                }
            });
        }
    });
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
