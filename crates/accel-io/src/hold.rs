//! Holding what is kept while it is used, so that nobody throws it away meanwhile.
//!
//! Users share an advisory lock on one file of it; who wants to throw it away must have that lock
//! alone. Nobody waits: what is in use stays, and what is being thrown away is as good as gone. The
//! system gives a lock back when the last of file and [mapping](crate::mapped) is closed, however a
//! process ends. Where a file system has no locks, everything can be thrown away at any time, and
//! who used it makes it again.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::error::IoError;
use crate::{fs, interrupt, lock};

/// Shares the lock on a file; false if somebody has it alone.
pub fn share(file: &File) -> bool {
    !matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

/// A share of a lock, for as long as it lives.
#[derive(Debug)]
pub struct Share {
    /// Closing it gives the lock back.
    _file: File,
}

/// Shares the lock on a file, which is made if there is none, once nobody has it alone any more.
/// `None` if somebody has it for longer than `patience`, or the file can't be made.
pub fn wait_to_share(path: &Path, patience: Duration) -> Option<Share> {
    let file = lock::open(path, OpenOptions::new().append(true)).ok()?;
    let deadline = Instant::now() + patience;
    while !share(&file) {
        if Instant::now() > deadline || interrupt::requested().is_some() {
            return None;
        }
        std::thread::sleep(PAUSE);
    }
    Some(Share { _file: file })
}

/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(10);

/// The right to throw away what a file stands for, until it is dropped; `None` if it is in use.
#[derive(Debug)]
pub struct Alone {
    /// Closing it gives the lock back.
    _file: Option<File>,
}

/// Takes the lock alone. A file that is not there stands for nothing, and nobody uses it.
pub fn alone(path: &Path) -> Result<Option<Alone>, IoError> {
    let file = match fs::open(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound) => {
            return Ok(Some(Alone { _file: None }));
        }
        Err(error) => return Err(error),
    };
    let taken = !matches!(file.try_lock(), Err(TryLockError::WouldBlock));
    Ok(taken.then_some(Alone { _file: Some(file) }))
}
