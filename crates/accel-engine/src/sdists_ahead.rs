//! Preparing source distributions while the resolver walks back through those of one project.
//!
//! Asking a backend for metadata takes a download, a build environment, and two processes that first
//! import the backend: nine tenths of the time. All that is done ahead, for a few of the next
//! versions, by as many workers as there are cores; the processes then wait, and the tree's own code
//! runs when pip would run it, or never. Whatever goes wrong here is left to the build itself, which
//! begins from the start and says what pip says.

use crate::builds::SourceTree;
use crate::session::Session;
use accel_build::{Ahead, BuildSystem};
use accel_io::fs::Scratch;
use accel_types::Link;
use std::collections::{HashMap, VecDeque};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Larger files are fetched when they are asked for.
const MOST_BYTES: u64 = 8 << 20;

/// A source tree that stands ready.
pub(crate) struct Ready {
    pub(crate) scratch: Scratch,
    pub(crate) folder: PathBuf,
    pub(crate) ahead: Option<Ahead>,
}

/// A place where a tree will be ready; locked while it is made so.
type Place = Arc<Mutex<Option<Ready>>>;

/// The source distributions that are prepared.
#[derive(Default)]
pub(crate) struct SdistsAhead {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    wanted: VecDeque<Link>,
    /// By the digest of the archive.
    ready: HashMap<String, Place>,
    /// How the last tree was built whose backend has answered.
    precedent: Option<BuildSystem>,
    stopped: bool,
}

impl SdistsAhead {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The backend of a tree that is built so has answered.
    pub(crate) fn answered(&self, system: &BuildSystem) {
        self.lock().precedent = Some(system.clone());
    }

    /// These will probably be asked for, in this order, and what else was wanted will not.
    pub(crate) fn want(&self, links: impl Iterator<Item = Link>) {
        let mut state = self.lock();
        state.wanted.clear();
        state.wanted.extend(links);
        drop(state);
        self.wake.notify_all();
    }

    /// What was made ready for a tree; waits for it if it is being made.
    pub(crate) fn take(&self, sha256: &str) -> Option<Ready> {
        let place = self.lock().ready.remove(sha256)?;
        let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
        place.take()
    }

    /// No more is wanted, and what was not asked for goes.
    pub(crate) fn stop(&self) {
        let mut state = self.lock();
        state.stopped = true;
        state.wanted.clear();
        let left = std::mem::take(&mut state.ready);
        drop(state);
        drop(left);
        self.wake.notify_all();
    }

    /// Takes up its work; so many threads are to do it. A build that is to be heard, or that has no
    /// environment of its own, is not prepared, nor are the builds within builds.
    pub(crate) fn begin(&self, session: &Session<'_>) -> usize {
        let request = session.request;
        let heard = request.general.verbosity > 0;
        if heard || !request.build.isolation || !session.building.is_empty() {
            return 0;
        }
        self.lock().stopped = false;
        std::thread::available_parallelism().map_or(1, NonZero::get)
    }

    /// Prepares what is wanted until it is stopped.
    pub(crate) fn work(&self, session: &Session<'_>) {
        loop {
            let mut state = self.lock();
            let link = loop {
                if state.stopped {
                    return;
                }
                match state.wanted.pop_front() {
                    Some(link) => break link,
                    None => state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner),
                }
            };
            drop(state);
            self.prepare(session, &link);
        }
    }

    fn prepare(&self, session: &Session<'_>, link: &Link) -> Option<()> {
        link.size.filter(|size| *size <= MOST_BYTES)?;
        session.hold_archives();
        let kept = session.index.archive_ahead(link).ok()?;
        let tree = SourceTree::of_sdist(&kept, None, "");
        if session.builds.is_known(session, &tree) {
            return None;
        }
        let place = Place::default();
        let mut made = place.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.lock();
        if state.stopped || state.ready.contains_key(&kept.sha256) {
            return None;
        }
        let precedent = state.precedent.clone()?;
        state.ready.insert(kept.sha256.clone(), Arc::clone(&place));
        drop(state);
        let scratch = session.scratch_folder("build").ok()?;
        let folder = accel_build::unpack(&kept.path, scratch.path()).ok()?;
        if self.lock().stopped {
            return None;
        }
        let ahead = Ahead::prepare(&folder, scratch.path(), &precedent, session).ok().flatten();
        *made = Some(Ready { scratch, folder, ahead });
        Some(())
    }
}
