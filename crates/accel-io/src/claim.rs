//! A file that exists only while one process works: lock and journal in one.
//!
//! Whoever holds the lock may remove the file, so a waiter compares the file that it has locked
//! with the one that stands at the path and starts again if they differ.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::lock::is_unsupported;
use crate::{IoError, interrupt};

/// How long a waiter sleeps between two attempts.
const PAUSE: Duration = Duration::from_millis(20);

/// A locked file. Dropped without [`Claim::release`], it unlocks and the file stays.
#[derive(Debug)]
pub struct Claim {
    file: File,
    path: PathBuf,
    is_new: bool,
}

impl Claim {
    /// Creates or opens `path` and locks it; waits at most `patience` for another holder.
    ///
    /// On a filesystem without locks the claim is granted at once.
    pub fn take(path: &Path, patience: Duration) -> Result<Self, IoError> {
        Self::try_take(path, patience).map_err(|source| IoError::new("lock", path, source))
    }

    fn try_take(path: &Path, patience: Duration) -> io::Result<Self> {
        let deadline = Instant::now() + patience;
        loop {
            let mut options = File::options();
            options.read(true).write(true);
            let (file, is_new) = match options.clone().create_new(true).open(path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    (options.create(true).truncate(false).open(path)?, false)
                }
                created => (created?, true),
            };
            let claim = |file| Ok(Self { file, path: path.to_owned(), is_new });
            match file.try_lock() {
                Ok(()) => {
                    let mine = file.metadata()?;
                    let same = |found: fs::Metadata| {
                        (found.ino(), found.dev()) == (mine.ino(), mine.dev())
                    };
                    if fs::metadata(path).is_ok_and(same) {
                        return claim(file);
                    }
                }
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    interrupt::check().map_err(io::Error::other)?;
                    std::thread::sleep(PAUSE);
                }
                Err(TryLockError::WouldBlock) => {
                    let reason = "another process is still working there";
                    return Err(io::Error::new(io::ErrorKind::TimedOut, reason));
                }
                Err(TryLockError::Error(error)) if is_unsupported(&error) => return claim(file),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file was not there before.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// Reads the whole file.
    pub fn content(&mut self) -> Result<Vec<u8>, IoError> {
        let mut content = Vec::new();
        self.file
            .seek(SeekFrom::Start(0))
            .and_then(|_| self.file.read_to_end(&mut content))
            .map_err(|source| IoError::new("read", &self.path, source))?;
        Ok(content)
    }

    /// Appends to the file.
    pub fn append(&mut self, content: &[u8]) -> Result<(), IoError> {
        self.file
            .seek(SeekFrom::End(0))
            .and_then(|_| self.file.write_all(content))
            .map_err(|source| IoError::new("write", &self.path, source))
    }

    /// Empties the file.
    pub fn clear(&mut self) -> Result<(), IoError> {
        self.file.set_len(0).map_err(|source| IoError::new("empty", &self.path, source))
    }

    /// Removes the file and unlocks.
    pub fn release(self) -> Result<(), IoError> {
        fs::remove_file(&self.path).map_err(|source| IoError::new("remove", &self.path, source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_one_waits_and_sees_a_fresh_file() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("journal");
        let mut first = Claim::take(&path, Duration::ZERO).unwrap();
        first.append(b"one").unwrap();
        first.append(b" two").unwrap();
        assert_eq!(first.content().unwrap(), b"one two");
        assert!(first.is_new());
        let refused = Claim::take(&path, Duration::ZERO).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::TimedOut);
        let waiter = {
            let path = path.clone();
            let patience = Duration::from_secs(20);
            std::thread::spawn(move || Claim::take(&path, patience).unwrap().content().unwrap())
        };
        std::thread::sleep(Duration::from_millis(50));
        first.release().unwrap();
        assert_eq!(waiter.join().unwrap(), b"");
    }
}
