//! When something kept was last used: the modification time of one file of it.

use std::fs::{File, Metadata};
use std::io::Read as _;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::mended;

use super::{Result, at, is_dir, open, read_dir, remove_tree, symlink_metadata_if_exists};

/// A use is noted at most once in this time, so that a run writes nothing where the last one just
/// did.
const GRANULARITY: Duration = Duration::from_hours(1);

/// Notes on an open file that it was used now. Where that can't be, it seems to be unused for longer
/// than it is, and may be thrown away earlier.
pub fn note_use(file: &File, facts: &Metadata) {
    if is_due(facts) {
        let _ = file.set_modified(SystemTime::now());
    }
}

/// The same by a path, which is opened only where there is something to note.
pub fn note_use_of(path: &Path, facts: &Metadata) {
    if is_due(facts)
        && let Ok(file) = open(path)
    {
        note_use(&file, facts);
    }
}

/// The whole file, whose use is noted, or `None` if there is none that this user may read.
pub fn read_noting_use(path: impl AsRef<Path>) -> Result<Option<Vec<u8>>> {
    let path = path.as_ref();
    let mut file = match open(path) {
        Ok(file) => file,
        Err(error) => return mended::absent(path, error),
    };
    let facts = at("look at", path, file.metadata())?;
    note_use(&file, &facts);
    let mut bytes = Vec::with_capacity(usize::try_from(facts.len()).unwrap_or(0));
    at("read", path, file.read_to_end(&mut bytes))?;
    Ok(Some(bytes))
}

fn is_due(facts: &Metadata) -> bool {
    let age = facts.modified().ok().and_then(|at| at.elapsed().ok());
    age.is_some_and(|age| age > GRANULARITY)
}

/// Removes what lies in a folder, if there is one, and has not changed for so long.
pub fn remove_older(folder: &Path, older: Duration) -> Result<()> {
    if !is_dir(folder) {
        return Ok(());
    }
    for left in read_dir(folder)? {
        let path = folder.join(&left.name);
        let Some(facts) = symlink_metadata_if_exists(&path)? else { continue };
        let age = facts.modified().ok().and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age >= older) {
            remove_tree(&path)?;
        }
    }
    Ok(())
}

/// Whole seconds since 1970.
pub fn seconds_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
