//! Bytecode of wheels that were just unpacked, compiled while others are still on their way.
//!
//! Nothing is decided here: the installation asks for the bytecode of all its wheels, and compiles what
//! is still missing. What fails here stays silent and is tried again there.

use accel_io::interrupt;
use accel_store::{BytecodeTarget, Entry, Store};
use std::collections::HashSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Wheels that are compiled at once: each time interpreters are started, and whoever gives up waits
/// for them.
const AT_ONCE: usize = 16;

/// The thread that compiles ahead; there is none before there is something to compile.
pub(crate) struct CompiledAhead {
    work: Arc<Work>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Work {
    store: Store,
    target: BytecodeTarget,
    queue: Mutex<Queue>,
    wake: Condvar,
}

#[derive(Default)]
struct Queue {
    /// Digests of wheels.
    waiting: Vec<String>,
    made: HashSet<String>,
    closed: bool,
}

impl CompiledAhead {
    /// Nothing is compiled yet.
    pub(crate) fn new(store: Store, target: BytecodeTarget) -> Self {
        let (queue, wake) = (Mutex::default(), Condvar::new());
        Self { work: Arc::new(Work { store, target, queue, wake }), thread: Mutex::default() }
    }

    /// A wheel is in the store now.
    pub(crate) fn unpacked(&self, sha256: &str) {
        let mut queue = self.work.lock();
        if queue.closed {
            return;
        }
        queue.waiting.push(sha256.to_owned());
        drop(queue);
        self.work.wake.notify_one();
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if thread.is_none() {
            let work = Arc::clone(&self.work);
            let named = std::thread::Builder::new().name("compile".to_owned());
            // Without a thread all is compiled in the end.
            *thread = named.spawn(move || work.run()).ok();
        }
    }

    /// Waits for what is being compiled, and begins nothing more. Returns the wheels whose bytecode
    /// was made here.
    pub(crate) fn close(&self) -> HashSet<String> {
        let mut queue = self.work.lock();
        queue.closed = true;
        queue.waiting.clear();
        drop(queue);
        self.work.wake.notify_all();
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // A thread that panicked has said so.
            let _ = thread.join();
        }
        std::mem::take(&mut self.work.lock().made)
    }
}

impl Drop for CompiledAhead {
    fn drop(&mut self) {
        self.close();
    }
}

impl Work {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        while let Some(wheels) = self.next() {
            let entry = |sha256: &String| self.store.entry(sha256).ok().flatten();
            let entries: Vec<Entry> = wheels.iter().filter_map(entry).collect();
            let made = self.store.bytecode(&entries, &self.target).unwrap_or_default();
            let new = entries.iter().zip(&made).filter(|(_, made)| made.is_new());
            self.lock().made.extend(new.map(|(entry, _)| entry.wheel_sha256().to_owned()));
        }
    }

    /// The next wheels; `None` if there will be no more.
    fn next(&self) -> Option<Vec<String>> {
        let mut queue = self.lock();
        while !queue.closed && interrupt::requested().is_none() {
            if !queue.waiting.is_empty() {
                let some = queue.waiting.len().min(AT_ONCE);
                return Some(queue.waiting.drain(..some).collect());
            }
            queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        None
    }
}
