//! Everything that is kept of indexes, as a list: archives, pages, metadata and records. Each can be
//! read again, and thrown away.

use std::collections::HashSet;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use accel_io::IoError;
use accel_io::fs::{self, EntryKind};
use accel_types::kept::{Kept, KeptKind};

use crate::kept_page::{self, KeptPage};
use crate::local::LocalIndex;
use crate::record::{Reader, key_of, unseal};
use crate::{archive, local, metadata};

/// What is kept of indexes below a cache root.
#[derive(Debug)]
pub struct KeptFiles {
    root: PathBuf,
    local: LocalIndex,
}

impl KeptFiles {
    /// Nothing is read yet.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), local: LocalIndex::new(root) }
    }

    /// Everything, in the order of kinds and names.
    pub fn inventory(&self) -> Vec<Kept> {
        let archives = self.root.join("archives");
        let mut found = Vec::new();
        for shelf in listed(&archives) {
            // `arriving`, `kept-v1` and `outside-v1` are no shelves.
            if name_of(&shelf).len() == 2 {
                found.extend(listed(&shelf).into_iter().map(|path| (KeptKind::Archive, path)));
            }
        }
        for (folder, kind) in [
            ("metadata/v1", KeptKind::Metadata),
            (kept_page::FOLDER, KeptKind::Page),
            ("archives/kept-v1", KeptKind::Record),
            ("archives/outside-v1", KeptKind::Outside),
        ] {
            for label in listed(&self.root.join(folder)) {
                found.extend(listed(&label).into_iter().map(|path| (kind, path)));
            }
        }
        found.into_iter().filter_map(|(kind, path)| describe(kind, path)).collect()
    }

    /// Reads a thing of [`KeptFiles::inventory`] again. What is wrong with it, in a few words;
    /// `None` if it is whole.
    pub fn damage(&self, kept: &Kept) -> Option<String> {
        let right = match kept.kind {
            KeptKind::Archive => return damage_of_archive(&kept.path),
            KeptKind::Metadata => is_metadata(&kept.path),
            KeptKind::Page => self.is_page(&kept.path),
            KeptKind::Record => is_record(&kept.path),
            KeptKind::Outside => is_digest(&kept.path),
            _ => Some(()),
        };
        let gone = || fs::symlink_metadata(&kept.path).is_err();
        (right.is_none() && !gone()).then(|| "its checksum or its place is wrong".to_owned())
    }

    /// Digest and file of an archive.
    pub fn archive(&self, kept: &Kept) -> Option<(String, PathBuf)> {
        let mut files = listed(&kept.path).into_iter();
        let file = files.find(|path| !is_provenance(&name_of(path)))?;
        Some((kept.distribution.clone()?, file))
    }

    /// Metadata, and the digest of its distribution.
    pub fn metadata(&self, kept: &Kept) -> Option<(String, Vec<u8>)> {
        let sha256 = kept.distribution.clone()?;
        let bytes = fs::read(&kept.path).ok()?;
        let text = unseal(&format!("{} {sha256}", metadata::KIND), &bytes)?.to_vec();
        Some((sha256, text))
    }

    /// Throws a thing away; an archive goes out of the local index, too.
    pub fn remove(&self, kept: &Kept) -> Result<(), IoError> {
        match (kept.kind, kept.path.file_name()) {
            (KeptKind::Archive, Some(name)) if fs::is_dir(&kept.path) => {
                self.local.discard(&name.to_string_lossy())?;
                // A name that is no digest is no archive's.
                fs::remove_tree(&kept.path)
            }
            _ => fs::remove_tree(&kept.path),
        }
    }

    /// Takes the link to a built wheel out of the local index.
    pub fn hide(&self, wheel: &Path) -> Result<(), IoError> {
        self.local.hide(wheel)
    }

    /// Removes what stands in the local index for nothing of `kept`, and names it. Copies, where
    /// there are no hard links, are known by their digests.
    pub fn remove_dangling(&self, kept: &[Kept]) -> Result<Vec<PathBuf>, IoError> {
        let digests: HashSet<&str> =
            kept.iter().filter_map(|kept| kept.distribution.as_deref()).collect();
        let mut inodes = HashSet::new();
        for one in kept.iter().filter(|it| matches!(it.kind, KeptKind::Archive | KeptKind::Built)) {
            let files = listed(&one.path).into_iter().filter_map(|path| fs::metadata(path).ok());
            inodes.extend(files.map(|facts| (facts.dev(), facts.ino())));
        }
        let mut removed = Vec::new();
        for path in listed(&self.local.folder()) {
            let known = fs::symlink_metadata(&path)
                .is_ok_and(|facts| inodes.contains(&(facts.dev(), facts.ino())))
                || fs::sha256_file(&path).is_ok_and(|sha256| digests.contains(sha256.as_str()));
            if !known {
                fs::remove_tree(&path)?;
                removed.push(path);
            }
        }
        Ok(removed)
    }

    /// Removes what killed downloads have left.
    pub fn sweep(&self, older: Duration) -> Result<(), IoError> {
        fs::remove_older(&self.local.arrivals(), older)
    }

    /// Whether the path is that of the page in it.
    fn is_page(&self, path: &Path) -> Option<()> {
        let page = KeptPage::parse(fs::read(path).ok()?)?;
        page.links(None)?;
        let label = name_of(path.parent()?);
        (KeptPage::path(&self.root, &label, &page.url) == path).then_some(())
    }
}

/// What lies in a folder, in the order of names; locks and what is being written do not count.
fn listed(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_default().into_iter();
    let counts = |entry: &fs::DirEntry| {
        let name = entry.name.to_string_lossy();
        !(name.starts_with(".new-") || entry.kind == EntryKind::File && name == "lock")
    };
    entries.filter(counts).map(|entry| folder.join(entry.name)).collect()
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// `None` for what has gone meanwhile.
fn describe(kind: KeptKind, path: PathBuf) -> Option<Kept> {
    let facts = fs::symlink_metadata_if_exists(&path).ok()??;
    let of_distribution = matches!(kind, KeptKind::Archive | KeptKind::Metadata);
    let distribution = of_distribution.then(|| name_of(&path));
    let mut kept = Kept { kind, path, distribution, bytes: 0, freed: 0, used: 0 };
    if !facts.is_dir() {
        (kept.bytes, kept.freed, kept.used) = (facts.len(), facts.len(), fs::mtime_seconds(&facts));
        return Some(kept);
    }
    for file in listed(&kept.path) {
        let Ok(facts) = fs::symlink_metadata(&file) else { continue };
        kept.bytes += facts.len();
        // Of an archive there is a second name in the local index.
        kept.freed += if facts.nlink() <= 2 { facts.len() } else { 0 };
        kept.used = kept.used.max(fs::mtime_seconds(&facts));
    }
    Some(kept)
}

fn is_provenance(name: &str) -> bool {
    let is_json = Path::new(name).extension().is_some_and(|kind| kind == "json");
    is_json && name.starts_with("provenance-")
}

fn damage_of_archive(folder: &Path) -> Option<String> {
    let sha256 = name_of(folder);
    let digits = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
    let beside = folder.parent().map(name_of).unwrap_or_default();
    if !digits || !sha256.starts_with(&beside) || !fs::is_dir(folder) {
        return Some("it has no business there".to_owned());
    }
    let mut archives = 0;
    for path in listed(folder) {
        let name = name_of(&path);
        if is_provenance(&name) {
            let read = fs::read(&path).ok();
            let value = read.and_then(|bytes| serde_json::from_slice(&bytes).ok());
            let value: serde_json::Value = value.unwrap_or_default();
            if value["sha256"] != sha256.as_str() && fs::exists(&path) {
                return Some(format!("{name} is damaged"));
            }
            continue;
        }
        archives += 1;
        if fs::sha256_file(&path).is_ok_and(|found| found != sha256) {
            return Some(format!("{name} has another digest"));
        }
    }
    (archives == 0 && fs::is_dir(folder)).then(|| "there is no archive".to_owned())
}

/// Whether the path is that of the metadata in it.
fn is_metadata(path: &Path) -> Option<()> {
    let kind = format!("{} {}", metadata::KIND, name_of(path));
    unseal(&kind, &fs::read(path).ok()?).map(drop)
}

/// Whether the path is that of the record in it.
fn is_record(path: &Path) -> Option<()> {
    let bytes = fs::read(path).ok()?;
    let url = Reader::new(unseal(local::KIND, &bytes)?).text()?;
    (key_of(url) == name_of(path)).then_some(())
}

/// Whether it is the digest of a file; of which one its name does not tell.
fn is_digest(path: &Path) -> Option<()> {
    unseal(archive::KIND, &fs::read(path).ok()?).map(drop)
}
