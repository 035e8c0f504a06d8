//! Wheels that will be installed whatever else is found, fetched and unpacked while the rest is
//! still looked for.
//!
//! Nothing is decided here: acquisition asks for its files in its own order, waits for those that
//! are on their way, and tells of them as if it had fetched them. What fails here stays silent and
//! is asked for again.

use crate::kept::Holding;
use crate::listener::Voice;
use crate::pins::Pins;
use crate::unpacker::Unpacker;
use crate::words;
use accel_index::{Index, IndexError, KeptArchive};
use accel_io::net::Progress;
use accel_types::{CoreMetadata, Hashes, Link, PackageName, Text, WheelParts};
use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::JoinHandle;

/// Files on their way at once.
const THREADS: usize = 8;

/// Larger files wait until everything is decided.
const LARGEST: u64 = 32 << 20;

/// Files up to this size are fetched whole for their metadata: asking for a part of them and for
/// the rest later would take longer.
const SMALL: u64 = 1 << 20;

/// The threads that fetch early; there are none before there is something to fetch.
pub(crate) struct Early {
    work: Arc<Work>,
    /// What will come; nothing before it is known.
    pins: OnceLock<Arc<Pins>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

struct Work {
    index: Index,
    unpacker: Arc<Unpacker>,
    archives: Arc<Holding>,
    voice: Voice,
    queue: Mutex<Queue>,
    wake: Condvar,
    given_up: Arc<AtomicBool>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Link>,
    /// Files that were looked at, by URL: the resolver asks as well as those who look ahead.
    seen: HashSet<Text>,
    closed: bool,
}

impl Early {
    /// Nothing is fetched yet. `hands` unpack what comes, and hold it.
    pub(crate) fn new(index: Index, hands: (Arc<Unpacker>, Arc<Holding>), voice: Voice) -> Self {
        let (queue, wake, given_up) = (Mutex::default(), Condvar::new(), Arc::default());
        let (unpacker, archives) = hands;
        let work = Work { index, unpacker, archives, voice, queue, wake, given_up };
        Self { work: Arc::new(work), pins: OnceLock::new(), threads: Mutex::default() }
    }

    /// From now on what is pinned may come. The first question of a run counts.
    pub(crate) fn open(&self, pins: Arc<Pins>) {
        self.pins.get_or_init(|| pins);
    }

    /// The metadata of a distribution, as the index tells it. A wheel that will be installed comes
    /// with it.
    pub(crate) fn metadata(&self, link: &Link) -> Result<Option<Arc<CoreMetadata>>, IndexError> {
        let work = &self.work;
        if !self.takes(link) {
            return work.index.metadata(link);
        }
        if link.size.is_some_and(|size| size <= SMALL) {
            let metadata = work.index.metadata_or(link, || work.fetch(link));
            self.fetch(link);
            return metadata;
        }
        self.fetch(link);
        work.index.metadata(link)
    }

    /// Whether a file is a remote wheel that will be installed.
    fn takes(&self, link: &Link) -> bool {
        let Some(pins) = self.pins.get() else { return false };
        link.size.is_some_and(|size| size <= LARGEST)
            && link.url.starts_with("http")
            && WheelParts::split(&link.filename)
                .is_some_and(|parts| pins.settle(&PackageName::new(parts.name), link))
    }

    /// Sees to it that a wheel comes, unless an earlier run kept it.
    fn fetch(&self, link: &Link) {
        if !self.work.lock().seen.insert(link.url.clone()) {
            return;
        }
        let index = &self.work.index;
        let is_kept = || matches!(index.kept_archive(link, &Hashes::new()), Ok(Some(_)));
        if index.early(link).is_none() && is_kept() {
            return;
        }
        let mut queue = self.work.lock();
        if queue.closed {
            return;
        }
        queue.waiting.push_back(link.clone());
        drop(queue);
        self.work.wake.notify_one();
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        if threads.len() < THREADS {
            let work = Arc::clone(&self.work);
            let thread = std::thread::Builder::new().name("early".to_owned());
            // Without threads everything is fetched when it is asked for.
            threads.extend(thread.spawn(move || work.run()).ok());
        }
    }

    /// Begins nothing new; what is on its way comes.
    pub(crate) fn close(&self) {
        let mut queue = self.work.lock();
        queue.closed = true;
        queue.waiting.clear();
        drop(queue);
        self.work.wake.notify_all();
    }
}

impl Drop for Early {
    fn drop(&mut self) {
        self.work.given_up.store(true, Ordering::Relaxed);
        self.close();
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        for thread in threads.drain(..) {
            // A thread that panicked has said so.
            let _ = thread.join();
        }
    }
}

impl Work {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        while let Some(link) = self.next() {
            let fetched = self.fetch(&link);
            if let Some(archive) = fetched.filter(|_| !self.given_up.load(Ordering::Relaxed)) {
                drop(self.unpacker.entry_of(&archive.path, &archive.sha256));
            }
        }
    }

    fn fetch(&self, link: &Link) -> Option<KeptArchive> {
        self.archives.begin();
        self.index.fetch_early(link, &self.given_up, &mut |progress: Progress| {
            self.voice.arrived(words::shown_file(link), progress.received, progress.total);
        })
    }

    fn next(&self) -> Option<Link> {
        let mut queue = self.lock();
        loop {
            if let Some(link) = queue.waiting.pop_front() {
                return Some(link);
            }
            if queue.closed {
                return None;
            }
            queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
