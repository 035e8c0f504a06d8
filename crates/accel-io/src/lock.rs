//! Locks between processes, as locked files.
//!
//! They save work (two runs building the same thing) and guard environments; what is published
//! by rename stays right without them. Where the file system has no locks, taking one succeeds.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::IoError;
use crate::{fs, interrupt};

/// Digits of the largest process number.
const WIDTH: usize = 10;
/// The longest pause between two tries.
const PAUSE: Duration = Duration::from_millis(100);

/// A held lock; released when dropped, and by the system when the process ends in any way.
///
/// The file stays: removing it would let two processes hold "the" lock.
#[derive(Debug)]
pub struct LockFile {
    /// Closing it releases the lock.
    _file: File,
    path: PathBuf,
}

impl LockFile {
    /// Takes the lock on `path` for us alone, waiting at most `timeout`.
    ///
    /// The file and its directory are created if missing. An error of kind
    /// [`io::ErrorKind::TimedOut`] names the process that holds it.
    pub fn exclusive(path: impl AsRef<Path>, timeout: Duration) -> Result<Self, IoError> {
        let path = path.as_ref();
        let started = Instant::now();
        let mut pause = Duration::from_millis(1);
        loop {
            if let Some(lock) = Self::try_exclusive(path)? {
                return Ok(lock);
            }
            interrupt::check()?;
            let waited = started.elapsed();
            if waited >= timeout {
                let held = format!("{} has held it for {} s", holder(path), timeout.as_secs());
                let held = io::Error::new(io::ErrorKind::TimedOut, held);
                return Err(IoError::new("lock", path, held));
            }
            std::thread::sleep(pause.min(timeout.saturating_sub(waited)));
            pause = (pause * 2).min(PAUSE);
        }
    }

    /// Takes the lock if it is free now; `None` if somebody holds it.
    pub fn try_exclusive(path: impl AsRef<Path>) -> Result<Option<Self>, IoError> {
        let path = path.as_ref();
        let mut file = open(path, OpenOptions::new().read(true).write(true).truncate(false))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) if is_unsupported(&error) => {}
            Err(TryLockError::Error(error)) => return Err(IoError::new("lock", path, error)),
        }
        // Only for the message of those who wait; the lock holds without it. Always of the same length,
        // as ext4 brings a file that was cut short to the disk as soon as it is closed.
        let _ = writeln!(file, "{:<WIDTH$}", std::process::id());
        Ok(Some(Self { _file: file, path: path.to_owned() }))
    }

    /// The file that is locked.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Opens a file that is locked, made with its folder if there is none.
pub(crate) fn open(path: &Path, options: &mut OpenOptions) -> Result<File, IoError> {
    // In a folder that several users share, a link could lead to a file of ours that is written to.
    let no_link = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    let options = options.create(true).custom_flags(no_link);
    let opened = match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
            options.open(path)
        }
        // One that somebody else has left behind, who lets nobody write to it.
        Err(error)
            if error.kind() == io::ErrorKind::PermissionDenied && fs::remove_file(path).is_ok() =>
        {
            options.open(path)
        }
        opened => opened,
    };
    fs::at("open lock", path, opened)
}

/// Whether the file system has no locks: NFS without its helper, some of FUSE.
pub(crate) fn is_unsupported(error: &io::Error) -> bool {
    use rustix::io::Errno;
    matches!(
        Errno::from_io_error(error),
        Some(Errno::NOSYS | Errno::OPNOTSUPP | Errno::NOLCK | Errno::INVAL)
    )
}

/// The process that wrote itself into the lock file, in words.
fn holder(path: &Path) -> String {
    let mut text = String::new();
    let _ = File::open(path).and_then(|file| file.take(32).read_to_string(&mut text));
    let Ok(id) = text.trim().parse::<u32>() else { return "another process".to_owned() };
    match std::fs::read_to_string(format!("/proc/{id}/comm")) {
        Ok(name) => format!("process {id} ({})", name.trim()),
        Err(_) => format!("process {id}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_waits_and_is_told_who_holds_it() {
        let scratch = fs::Scratch::new(std::env::temp_dir()).unwrap();
        let path = scratch.path().join("locks/one");
        let held = LockFile::exclusive(&path, Duration::ZERO).unwrap();
        assert!(LockFile::try_exclusive(&path).unwrap().is_none());
        let error = LockFile::exclusive(&path, Duration::from_millis(20)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let id = std::process::id();
        assert!(error.to_string().contains(&format!("process {id} (")), "{error}");
        drop(held);
        LockFile::exclusive(&path, Duration::ZERO).unwrap();
    }

    #[test]
    fn links_are_not_followed() {
        let scratch = fs::Scratch::new(std::env::temp_dir()).unwrap();
        let (precious, lock) = (scratch.path().join("precious"), scratch.path().join("lock"));
        std::fs::write(&precious, "mine").unwrap();
        std::os::unix::fs::symlink(&precious, &lock).unwrap();
        assert!(LockFile::exclusive(&lock, Duration::ZERO).is_err());
        assert!(crate::hold::wait_to_share(&lock, Duration::ZERO).is_none());
        assert_eq!(std::fs::read(precious).unwrap(), b"mine");
    }

    #[test]
    fn a_waiter_gets_the_lock_when_it_is_released() {
        let scratch = fs::Scratch::new(std::env::temp_dir()).unwrap();
        let path = scratch.path().join("lock");
        let held = LockFile::exclusive(&path, Duration::ZERO).unwrap();
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| LockFile::exclusive(&path, Duration::from_secs(10)));
            std::thread::sleep(Duration::from_millis(30));
            drop(held);
            assert_eq!(waiter.join().unwrap().unwrap().path(), path);
        });
    }
}
