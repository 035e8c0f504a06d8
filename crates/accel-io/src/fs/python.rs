//! Questions about paths that pip asks with Python's `os`.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use super::{canonicalize, is_writable, symlink_metadata_if_exists};
use crate::process;

/// `os.path.realpath`: symbolic links resolved; what is not there is only tidied up.
pub fn real_path(path: impl AsRef<Path>) -> PathBuf {
    let path = path.as_ref();
    if let Ok(real) = canonicalize(path) {
        return real;
    }
    let mut real = PathBuf::new();
    for part in path.components() {
        if part == Component::ParentDir {
            real.pop();
            continue;
        }
        real.push(part);
        if let Ok(found) = canonicalize(&real) {
            real = found;
        }
    }
    real
}

/// Whether the first of a path and those above it that exists belongs to root, if that is us, else
/// whether we may write there (pip's `check_path_owner`).
pub fn is_ours(path: &Path) -> bool {
    let mut facts = path.ancestors().map(|path| (path, symlink_metadata_if_exists(path)));
    let nearest = facts.find_map(|(path, facts)| Some((path, facts.ok()??)));
    nearest.is_some_and(|(path, facts)| {
        if process::is_root() { !facts.is_symlink() && facts.uid() == 0 } else { is_writable(path) }
    })
}
