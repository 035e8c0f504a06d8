//! What was found to be of no use among what is kept, for the one line that is said of it: damaged,
//! or of somebody else who lets nobody read it. It is thrown away where it is met, and made again.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::error::IoError;
use crate::fs;

/// What was met so far, each once.
static MET: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Notes that what is kept at `path` was of no use.
pub fn note(path: &Path) {
    let mut met = MET.lock().unwrap_or_else(PoisonError::into_inner);
    if !met.iter().any(|known| known == path) {
        met.push(path.to_owned());
    }
}

/// What was noted so far, in its order; forgotten from now on.
pub fn take() -> Vec<PathBuf> {
    std::mem::take(&mut *MET.lock().unwrap_or_else(PoisonError::into_inner))
}

/// What comes of a kept file that can't be opened: one of somebody else that this user may not read
/// is removed, noted, and as good as never there.
pub(crate) fn absent<T>(path: &Path, error: IoError) -> Result<Option<T>, IoError> {
    if error.is_not_found() {
        return Ok(None);
    }
    if error.kind() == std::io::ErrorKind::PermissionDenied && fs::remove_file(path).is_ok() {
        note(path);
        return Ok(None);
    }
    Err(error)
}

/// A kept file, or `None` if there is none that this user may read.
pub fn read(path: impl AsRef<Path>) -> Result<Option<Vec<u8>>, IoError> {
    let path = path.as_ref();
    fs::read(path).map_or_else(|error| absent(path, error), |bytes| Ok(Some(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_told_once() {
        note(Path::new("/cache/a"));
        note(Path::new("/cache/b"));
        note(Path::new("/cache/a"));
        assert_eq!(take(), [Path::new("/cache/a"), Path::new("/cache/b")]);
        assert!(read("/nowhere/at/all").unwrap().is_none());
    }
}
