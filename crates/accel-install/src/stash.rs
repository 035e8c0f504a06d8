//! Moving files and folders aside, and back again.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use accel_io::fs::EntryKind;
use accel_io::{IoError, fs};
use rayon::prelude::*;

/// Moves `original` to `stashed`. Across file systems (an overlay's lower layer is one, for
/// folders) it is done piece by piece. Nothing there is fine.
pub(crate) fn move_aside(original: &Path, stashed: &Path) -> Result<(), IoError> {
    match fs::rename(original, stashed) {
        Err(error) if error.is_not_found() => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            move_piecewise(original, stashed)
        }
        moved => moved,
    }
}

/// Moves what was stashed back to where it was; what a half-done move left there is kept and the
/// rest is added. Nothing in the stash is fine: the move was never made.
pub(crate) fn bring_back(original: &Path, stashed: &Path) -> Result<(), IoError> {
    let Some(found) = fs::symlink_metadata_if_exists(stashed)? else { return Ok(()) };
    if let Some(parent) = original.parent() {
        fs::create_dir_all(parent)?;
    }
    if found.is_dir() && fs::is_dir(original) {
        for entry in fs::read_dir(stashed)? {
            bring_back(&original.join(&entry.name), &stashed.join(&entry.name))?;
        }
        return fs::remove_dir(stashed);
    }
    match fs::rename(stashed, original) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            move_piecewise(stashed, original)
        }
        moved => moved,
    }
}

/// Puts the old text of an edited file back.
pub(crate) fn restore_text(file: &Path, copy: &Path) -> Result<(), IoError> {
    match fs::read_if_exists(copy)? {
        Some(text) => fs::write_durably(file, text),
        None => Ok(()),
    }
}

/// Removes the stash for good.
pub(crate) fn discard(stash: &Path) -> Result<(), IoError> {
    if fs::symlink_metadata_if_exists(stash)?.is_none() {
        return Ok(());
    }
    fs::read_dir(stash)?
        .par_iter()
        .try_for_each(|entry| fs::remove_tree(stash.join(&entry.name)))?;
    fs::remove_tree(stash)
}

/// Removes the folder that a path was in, and those above it, as long as they are empty
/// (Python's `os.removedirs`) and are not among those `held`.
pub(crate) fn prune(path: &Path, held: &HashSet<&Path>) {
    for folder in path.ancestors().skip(1) {
        if held.contains(folder) || fs::remove_dir(folder).is_err() {
            break;
        }
    }
}

fn move_piecewise(from: &Path, to: &Path) -> Result<(), IoError> {
    let found = fs::symlink_metadata(from)?;
    if found.is_dir() {
        if !fs::is_dir(to) {
            fs::create_dir(to)?;
        }
        for entry in fs::read_dir(from)? {
            let (from, to) = (from.join(&entry.name), to.join(&entry.name));
            match fs::rename(&from, &to) {
                Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                    move_piecewise(&from, &to)?;
                }
                moved => moved?,
            }
        }
        return fs::remove_dir(from);
    }
    if found.is_symlink() {
        fs::symlink(fs::read_link(from)?, to)?;
    } else {
        // Complete before it has its name, so that a half copy is never taken for the file.
        let partial = to.with_added_extension("partial");
        fs::copy(from, &partial)?;
        fs::set_mtime(&partial, fs::mtime_seconds(&found))?;
        fs::rename(&partial, to)?;
    }
    fs::remove_file(from)
}

/// The files below a folder (symbolic links to folders are not among them), as `os.walk` lists.
pub(crate) fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap_or_default() {
        let path = folder.join(&entry.name);
        match entry.kind {
            EntryKind::Directory => files_below(&path, found),
            EntryKind::Symlink if fs::is_dir(&path) => {}
            _ => found.push(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_moved_folder_comes_back_whole() {
        let scratch = fs::Scratch::new(std::env::temp_dir()).unwrap();
        let (original, stashed) = (scratch.path().join("a/b"), scratch.path().join("s"));
        fs::create_dir_all(original.join("in")).unwrap();
        fs::create_dir_all(stashed.join("in")).unwrap();
        fs::write(original.join("in/kept"), "1").unwrap();
        fs::write(stashed.join("in/moved"), "2").unwrap();
        bring_back(&original, &stashed).unwrap();
        assert_eq!(fs::read_dir(original.join("in")).unwrap().len(), 2);
        move_piecewise(&original, &stashed).unwrap();
        assert!(!fs::exists(&original));
        bring_back(&original, &stashed).unwrap();
        assert_eq!(fs::read_to_string(original.join("in/moved")).unwrap(), "2");
        bring_back(&original, &stashed).unwrap();
    }
}
