//! Objects as files of a folder, which several machines may have mounted.

use std::path::{Path, PathBuf};

use super::{Listed, ObjectsError, Trouble};
use crate::{IoError, fs};

pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(super) fn open(url: &str) -> Result<Self, ObjectsError> {
        let parsed = url::Url::parse(url).ok().and_then(|url| url.to_file_path().ok());
        let root = parsed.ok_or_else(|| {
            ObjectsError::new(Trouble::Settings, "it is not the URL of a folder of this machine")
        })?;
        // A share that is not mounted is not to be filled in its mount point's place.
        if !fs::is_dir(&root) {
            let reason = format!("the folder {} is not there", root.display());
            return Err(ObjectsError::new(Trouble::Unreachable, reason));
        }
        Ok(Self { root })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub(super) fn get(&self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, ObjectsError> {
        let path = self.path(name);
        match fs::metadata_if_exists(&path)? {
            Some(facts) if facts.len() > limit => Err(ObjectsError::too_large()),
            Some(facts) if facts.is_file() => Ok(fs::read_if_exists(&path)?),
            _ => Ok(None),
        }
    }

    pub(super) fn fetch(&self, name: &str, into: &Path, limit: u64) -> Result<bool, ObjectsError> {
        let path = self.path(name);
        match fs::metadata_if_exists(&path)? {
            Some(facts) if facts.len() > limit => Err(ObjectsError::too_large()),
            Some(facts) if facts.is_file() => {
                fs::copy(&path, into)?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    pub(super) fn put(
        &self,
        name: &str,
        bytes: &[u8],
        only_new: bool,
    ) -> Result<bool, ObjectsError> {
        let path = self.path(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        if !only_new {
            fs::write_atomic(&path, bytes)?;
            return Ok(true);
        }
        let scratch = fs::Scratch::with_prefix(path.parent().unwrap_or(&self.root), ".new-")?;
        let new = scratch.path().join("object");
        fs::write(&new, bytes)?;
        // A link is made only where nothing is, on network shares, too.
        match fs::hard_link(&new, &path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
            Err(_) => copy_new(&new, &path),
        }
    }

    pub(super) fn exists(&self, name: &str) -> bool {
        fs::is_file(self.path(name))
    }

    pub(super) fn remove(&self, name: &str) -> Result<(), ObjectsError> {
        fs::remove_file_if_exists(self.path(name))?;
        Ok(())
    }

    pub(super) fn list(&self, below: &str) -> Result<Vec<Listed>, ObjectsError> {
        let mut found = Vec::new();
        let mut waiting = vec![below.trim_matches('/').to_owned()];
        while let Some(folder) = waiting.pop() {
            let place = self.path(&folder);
            if !fs::is_dir(&place) {
                continue;
            }
            for entry in fs::read_dir(&place)? {
                let name = format!("{folder}/{}", entry.name.to_string_lossy());
                match fs::symlink_metadata_if_exists(self.path(&name))? {
                    Some(facts) if facts.is_dir() => waiting.push(name),
                    Some(facts) if facts.is_file() => {
                        found.push(Listed { name, size: facts.len() });
                    }
                    _ => {}
                }
            }
        }
        found.sort_unstable_by(|left, right| left.name.cmp(&right.name));
        Ok(found)
    }
}

/// For file systems without hard links.
fn copy_new(new: &Path, path: &Path) -> Result<bool, ObjectsError> {
    use std::io::Write as _;
    match fs::create_new(path) {
        Ok(mut file) => {
            let bytes = fs::read(new)?;
            file.write_all(&bytes).map_err(|source| IoError::new("write", path, source))?;
            Ok(true)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error.into()),
    }
}
