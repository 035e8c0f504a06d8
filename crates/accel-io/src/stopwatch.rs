//! What a run spends its time on, measured only where somebody wants to know.
//!
//! There is one stopwatch for the process. As long as nobody has started it, a lap costs the reading
//! of one flag, and nothing is kept.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

static RUNNING: AtomicBool = AtomicBool::new(false);
static BEGUN: OnceLock<Instant> = OnceLock::new();
static RECORD: Mutex<Record> =
    Mutex::new(Record { laps: Vec::new(), answers: Vec::new(), requests: 0 });
static THREADS: AtomicU32 = AtomicU32::new(0);

thread_local! {
    static THREAD: Cell<Option<u32>> = const { Cell::new(None) };
}

/// What time is spent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// A project page comes.
    Page,
    /// Metadata comes without its file.
    Metadata,
    /// A file comes.
    Download,
    /// Hooks of a build backend run, and what they need is provided.
    Build,
    /// A wheel is unpacked into the store.
    Unpack,
    /// A wheel's modules are compiled.
    Compile,
    /// Files are put into the environment.
    Link,
    /// The search for a resolution, with all that it waits for.
    Resolve,
    /// The search waits for a page or for metadata.
    Wait,
}

impl Stage {
    /// All, in the order in which a distribution goes through them.
    pub const ALL: [Self; 9] = [
        Self::Page,
        Self::Metadata,
        Self::Download,
        Self::Build,
        Self::Unpack,
        Self::Compile,
        Self::Link,
        Self::Resolve,
        Self::Wait,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Metadata => "metadata",
            Self::Download => "download",
            Self::Build => "build",
            Self::Unpack => "unpack",
            Self::Compile => "compile",
            Self::Link => "link",
            Self::Resolve => "resolve",
            Self::Wait => "wait",
        }
    }
}

/// Something that may have what is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Remembered resolutions.
    Resolutions,
    /// Kept project pages that were still good, or that the server confirmed.
    Pages,
    /// Kept metadata.
    Metadata,
    /// Kept archives.
    Archives,
    /// Unpacked wheels.
    Store,
    /// Compiled modules.
    Bytecode,
    /// Wheels that were built before.
    Built,
    /// What a fleet shares.
    Shared,
}

impl Tier {
    /// All, nearest first.
    pub const ALL: [Self; 8] = [
        Self::Resolutions,
        Self::Store,
        Self::Bytecode,
        Self::Built,
        Self::Archives,
        Self::Metadata,
        Self::Pages,
        Self::Shared,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Resolutions => "resolutions",
            Self::Pages => "pages",
            Self::Metadata => "metadata",
            Self::Archives => "archives",
            Self::Store => "store",
            Self::Bytecode => "bytecode",
            Self::Built => "built wheels",
            Self::Shared => "shared cache",
        }
    }
}

/// One piece of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lap {
    /// What was done.
    pub stage: Stage,
    /// To what: a project or a file.
    pub what: String,
    /// When it began, since the start.
    pub start: Duration,
    /// When it ended.
    pub end: Duration,
    /// Which thread did it, numbered from 0.
    pub thread: u32,
    /// Bytes that came over the network.
    pub bytes: u64,
}

/// Everything that was measured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// In the order in which they ended.
    pub laps: Vec<Lap>,
    /// Whether each tier that was asked had what was wanted.
    pub answers: Vec<(Tier, bool)>,
    /// Requests that were sent.
    pub requests: u64,
}

/// Starts the stopwatch.
pub fn start() {
    BEGUN.get_or_init(Instant::now);
    RUNNING.store(true, Ordering::Relaxed);
}

/// Stops it; returns what was measured.
pub fn stop() -> Record {
    RUNNING.store(false, Ordering::Relaxed);
    std::mem::take(&mut *record())
}

/// The time since the start; zero if there was none.
pub fn now() -> Duration {
    BEGUN.get().map(Instant::elapsed).unwrap_or_default()
}

/// Begins a lap, which ends when what is returned is dropped.
pub fn lap(stage: Stage, what: impl FnOnce() -> String) -> Running {
    if !RUNNING.load(Ordering::Relaxed) {
        return Running(None);
    }
    let (start, thread) = (now(), thread());
    let lap = Lap { stage, what: what(), start, end: start, thread, bytes: 0 };
    Running(Some(Box::new(lap)))
}

/// A tier was asked, and had it or not.
pub fn answered(tier: Tier, had: bool) {
    if RUNNING.load(Ordering::Relaxed) {
        record().answers.push((tier, had));
    }
}

/// A request is sent.
pub fn requested() {
    if RUNNING.load(Ordering::Relaxed) {
        record().requests += 1;
    }
}

/// A lap that has begun.
#[derive(Debug)]
#[must_use = "the lap ends when this is dropped"]
pub struct Running(Option<Box<Lap>>);

impl Running {
    /// So many bytes have come so far.
    pub fn received(&mut self, bytes: u64) {
        if let Some(lap) = &mut self.0 {
            lap.bytes = bytes;
        }
    }

    /// Ends it; a shorter one than this is not worth telling.
    pub fn end_if_longer(mut self, least: Duration) {
        if self.0.as_ref().is_some_and(|lap| now().saturating_sub(lap.start) < least) {
            self.0 = None;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut lap) = self.0.take()
            && RUNNING.load(Ordering::Relaxed)
        {
            lap.end = now();
            record().laps.push(*lap);
        }
    }
}

fn record() -> MutexGuard<'static, Record> {
    RECORD.lock().unwrap_or_else(PoisonError::into_inner)
}

fn thread() -> u32 {
    THREAD.with(|own| {
        own.get().unwrap_or_else(|| {
            let number = THREADS.fetch_add(1, Ordering::Relaxed);
            own.set(Some(number));
            number
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_running_stopwatch_keeps_laps() {
        drop(lap(Stage::Page, || unreachable!("nobody wants to know")));
        answered(Tier::Store, true);
        start();
        let mut download = lap(Stage::Download, || "a.whl".to_owned());
        download.received(7);
        drop(download);
        lap(Stage::Wait, || "b".to_owned()).end_if_longer(Duration::from_hours(1));
        answered(Tier::Store, false);
        requested();
        let Record { laps, answers, requests } = stop();
        assert_eq!(requests, 1);
        assert_eq!((laps.len(), laps[0].bytes, laps[0].stage), (1, 7, Stage::Download));
        assert!(laps[0].end >= laps[0].start);
        assert_eq!(answers, [(Tier::Store, false)]);
        drop(lap(Stage::Link, String::new));
        assert_eq!(stop(), Record::default());
    }
}
