//! Things that several threads want and only one of them should make.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Locks a mutex; what a panicking thread left behind is whole, for values enter in one step.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers that are made once a run.
#[derive(Debug)]
pub(crate) struct Memo<K, V> {
    cells: Mutex<HashMap<K, Arc<OnceLock<V>>>>,
}

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self { cells: Mutex::default() }
    }
}

impl<K: Eq + Hash, V: Clone> Memo<K, V> {
    /// The answer; made by the first caller while the others wait for it.
    pub(crate) fn get(&self, key: K, make: impl FnOnce() -> V) -> V {
        let cell = Arc::clone(locked(&self.cells).entry(key).or_default());
        cell.get_or_init(make).clone()
    }
}

/// One lock per name, for work on that name.
#[derive(Debug, Default)]
pub(crate) struct NameLocks {
    held: Mutex<HashMap<String, Arc<Mutex<()>>>>,
}

impl NameLocks {
    /// Works on a name while nobody else does.
    pub(crate) fn with<R>(&self, name: &str, work: impl FnOnce() -> R) -> R {
        let lock = Arc::clone(locked(&self.held).entry(name.to_owned()).or_default());
        let _guard = locked(&lock);
        work()
    }
}
