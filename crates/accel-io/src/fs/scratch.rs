//! Directories that are filled out of sight and then published by one rename.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::{Result, create_dir_all, parent, remove_tree};
use crate::error::IoError;

/// A temporary directory; removed with all that is in it when dropped.
#[derive(Debug)]
pub struct Scratch {
    /// `None` once it was kept or published.
    directory: Option<PathBuf>,
}

impl Scratch {
    /// A new directory below `root`, which is created if it is missing.
    ///
    /// The mode is that of any new directory (0777 less the umask), so that it can be published.
    pub fn new(root: impl AsRef<Path>) -> Result<Self> {
        Self::with_prefix(root, "scratch-")
    }

    /// As [`Scratch::new`], with a name that starts with `prefix`.
    pub fn with_prefix(root: impl AsRef<Path>, prefix: &str) -> Result<Self> {
        let root = root.as_ref();
        let mut builder = tempfile::Builder::new();
        builder.prefix(prefix).permissions(Permissions::from_mode(0o777));
        let made = match builder.tempdir_in(root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create_dir_all(root)?;
                builder.tempdir_in(root)
            }
            other => other,
        };
        let made =
            made.map_err(|source| IoError::new("create a temporary directory in", root, source))?;
        Ok(Self { directory: Some(made.keep()) })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.directory.as_deref().unwrap_or(Path::new(""))
    }

    /// Leaves the directory in place for good.
    pub fn keep(mut self) -> PathBuf {
        self.directory.take().unwrap_or_default()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Some(directory) = self.directory.take() {
            // Nobody can act on a left-over in a temporary place; the next clean-up gets it.
            let _ = remove_tree(directory);
        }
    }
}

/// How [`publish_dir`] ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// Our directory is there now.
    Moved,
    /// Somebody else published the same thing first; ours was thrown away.
    AlreadyThere,
}

/// Renames a filled directory to `dest`; a `dest` that has content already wins.
///
/// Both must be on the same file system. The parent of `dest` is created if needed.
pub fn publish_dir(mut scratch: Scratch, dest: impl AsRef<Path>) -> Result<Published> {
    let dest = dest.as_ref();
    let mut renamed = std::fs::rename(scratch.path(), dest);
    if matches!(&renamed, Err(error) if error.kind() == io::ErrorKind::NotFound) {
        create_dir_all(parent(dest))?;
        renamed = std::fs::rename(scratch.path(), dest);
    }
    match renamed {
        Ok(()) => {
            scratch.directory = None;
            Ok(Published::Moved)
        }
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists
            ) =>
        {
            Ok(Published::AlreadyThere)
        }
        Err(error) => Err(IoError::new("publish", dest, error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs;

    #[test]
    fn the_first_publisher_wins_and_leaves_nothing_behind() {
        let root = Scratch::new(std::env::temp_dir()).unwrap();
        let dest = root.path().join("deep/entry");
        for (text, outcome) in [("first", Published::Moved), ("second", Published::AlreadyThere)] {
            let scratch = Scratch::new(root.path().join("tmp")).unwrap();
            fs::write(scratch.path().join("file"), text).unwrap();
            assert_eq!(publish_dir(scratch, &dest).unwrap(), outcome);
        }
        assert_eq!(fs::read_to_string(dest.join("file")).unwrap(), "first");
        assert!(fs::read_dir(root.path().join("tmp")).unwrap().is_empty());
    }
}
