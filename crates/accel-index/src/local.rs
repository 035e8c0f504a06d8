//! The local index: what is kept of which place.
//!
//! - `archives/AB/SHA256/FILENAME`: an archive as it was downloaded, beside it one
//!   `provenance-KEY.json` for each place it came from.
//! - `archives/kept-v1/LABEL/KEY`: the links of one place (a project's page, a find-links page)
//!   that are kept, with their digests. One small file answers a look-up without network.
//! - `index/FILENAME`: all archives and built wheels as hard links, for stock pip.
//!
//! Everything appears by rename. Records are read, changed and replaced under one lock; a writer
//! without lock (some network file systems) can lose another's line, which costs a download.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use accel_io::lock::LockFile;
use accel_io::{IoError, fs, mended};
use accel_types::link::{Link, LinkSource};

use crate::kept_page::{now, write_below};
use crate::memo::locked;
use crate::record::{Reader, Writer, key_of, seal, unseal};
use accel_types::python_url;

pub(crate) const KIND: &str = "pip-accel kept links 1";

/// How long another process may hold the lock before we go on without.
const PATIENCE: Duration = Duration::from_secs(5);

/// A place that a kept archive answers for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    /// Project of the page, `find-links` for pages of many projects, `direct` for single files.
    pub(crate) label: String,
    /// URL of the page or file, without credentials, before redirects.
    pub(crate) url: String,
}

impl Place {
    pub(crate) fn new(label: &str, url: &str) -> Self {
        Self { label: label.to_owned(), url: python_url::without_credentials(url) }
    }

    /// The place of a link about whose page nothing else is known.
    pub(crate) fn of(link: &Link) -> Self {
        if link.comes_from.is_empty() {
            return Self::new("direct", &link.url);
        }
        let segment = link.comes_from.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        match link.source {
            LinkSource::Index => Self::new(&python_url::unquote(segment), &link.comes_from),
            LinkSource::FindLinks => Self::new("find-links", &link.comes_from),
        }
    }
}

/// One kept archive of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptLink {
    pub(crate) link: Link,
    pub(crate) sha256: String,
    pub(crate) size: u64,
}

/// An archive in `archives/`.
#[derive(Debug, Clone)]
pub(crate) struct Archive {
    pub(crate) path: PathBuf,
    pub(crate) sha256: String,
    pub(crate) size: u64,
}

#[derive(Debug)]
pub(crate) struct LocalIndex {
    root: PathBuf,
    /// URLs of places and files that are known to be on record.
    noted: Mutex<HashSet<(String, String)>>,
    /// Held by the thread that changes a record: others of this process wait for it rather than look
    /// again and again whether the lock is free.
    changing: Mutex<()>,
}

impl LocalIndex {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), noted: Mutex::default(), changing: Mutex::default() }
    }

    /// The plain folder of hard links.
    pub(crate) fn folder(&self) -> PathBuf {
        self.root.join("index")
    }

    /// Where downloads are written before they have a name.
    pub(crate) fn arrivals(&self) -> PathBuf {
        self.root.join("archives/arriving")
    }

    fn archive_folder(&self, sha256: &str) -> PathBuf {
        self.root.join("archives").join(sha256.get(..2).unwrap_or("--")).join(sha256)
    }

    fn record_path(&self, place: &Place) -> PathBuf {
        self.root.join("archives/kept-v1").join(&place.label).join(key_of(&place.url))
    }

    /// The kept links of a place, by file name.
    pub(crate) fn kept(&self, place: &Place) -> Vec<KeptLink> {
        let read = || {
            let bytes = mended::read(self.record_path(place)).ok()??;
            let mut reader = Reader::new(unseal(KIND, &bytes)?);
            if reader.text()? != place.url {
                return None;
            }
            (0..reader.count()?)
                .map(|_| {
                    Some(KeptLink {
                        link: reader.link()?,
                        sha256: reader.text()?.to_owned(),
                        size: reader.number()?,
                    })
                })
                .collect::<Option<Vec<_>>>()
        };
        let kept = read().unwrap_or_default();
        let mut noted = locked(&self.noted);
        noted.extend(kept.iter().map(|one| (place.url.clone(), one.link.url.to_string())));
        kept
    }

    /// Changes the record of a place; `change` says whether there is anything to write.
    fn change(
        &self,
        place: &Place,
        change: impl FnOnce(&mut Vec<KeptLink>) -> bool,
    ) -> Result<(), IoError> {
        let _alone = locked(&self.changing);
        let _lock = LockFile::exclusive(self.root.join("archives/kept-v1/lock"), PATIENCE).ok();
        let mut kept = self.kept(place);
        if !change(&mut kept) {
            return Ok(());
        }
        kept.sort_by(|left, right| {
            (&left.link.filename, &left.link.url).cmp(&(&right.link.filename, &right.link.url))
        });
        let mut writer = Writer::default();
        writer.text(&place.url);
        writer.number(kept.len() as u64);
        for one in &kept {
            writer.link(&one.link);
            writer.text(&one.sha256);
            writer.number(one.size);
        }
        write_below(&self.record_path(place), &seal(KIND, &writer.finish()))
    }

    /// As [`Self::record`], unless the place is known to have the file on record.
    pub(crate) fn note(
        &self,
        place: &Place,
        link: &Link,
        archive: &Archive,
    ) -> Result<(), IoError> {
        let note = (place.url.clone(), python_url::without_credentials(&link.url));
        if locked(&self.noted).contains(&note) { Ok(()) } else { self.record(place, link, archive) }
    }

    /// Notes that an archive came from a place: in the place's record and beside the archive.
    pub(crate) fn record(
        &self,
        place: &Place,
        link: &Link,
        archive: &Archive,
    ) -> Result<(), IoError> {
        let mut link = link.clone();
        link.url = python_url::without_credentials(&link.url).into();
        link.comes_from = python_url::without_credentials(&link.comes_from).into();
        let note = (place.url.clone(), link.url.to_string());
        let new = KeptLink { link, sha256: archive.sha256.clone(), size: archive.size };
        locked(&self.noted).insert(note);
        let file =
            format!("provenance-{}.json", key_of(&format!("{} {}", place.url, new.link.url)));
        let provenance = serde_json::json!({
            "index_url": place.url,
            "file_url": new.link.url,
            "filename": new.link.filename,
            "sha256": new.sha256,
            "size": new.size,
            "requires_python": new.link.requires_python,
            "yanked": new.link.yanked,
            "upload_time": new.link.upload_time,
            "kept": now(),
        });
        self.change(place, |kept| {
            if kept.contains(&new) {
                return false;
            }
            kept.retain(|other| other.link.url != new.link.url);
            kept.push(new);
            true
        })?;
        let path = self.archive_folder(&archive.sha256).join(file);
        if fs::exists(&path) {
            return Ok(());
        }
        write_below(&path, format!("{provenance:#}\n").as_bytes())
    }

    /// Takes over what a fresh page says about links that are kept: a file may have been yanked.
    pub(crate) fn refresh(
        &self,
        place: &Place,
        links: impl FnOnce() -> Option<Arc<[Link]>>,
    ) -> Result<(), IoError> {
        if !fs::exists(self.record_path(place)) {
            return Ok(());
        }
        let Some(links) = links() else { return Ok(()) };
        let current = |one: &KeptLink| links.iter().find(|link| link.url == one.link.url);
        let stale = |one: &KeptLink| current(one).is_some_and(|link| *link != one.link);
        if !self.kept(place).iter().any(stale) {
            return Ok(());
        }
        self.change(place, |kept| {
            for one in kept.iter_mut() {
                let same = one.link.digests.is_empty()
                    || current(one).is_some_and(|link| link.digests == one.link.digests);
                if let Some(link) = current(one).filter(|_| same) {
                    one.link = link.clone();
                }
            }
            // A page that gives other digests than before has replaced the file.
            kept.retain(|one| {
                current(one).is_none_or(|link| {
                    link.sha256().is_none_or(|sha256| sha256.eq_ignore_ascii_case(&one.sha256))
                })
            });
            true
        })
    }

    /// The archive that is kept of this link: by the page's SHA-256, else by place and URL.
    pub(crate) fn find(&self, place: &Place, link: &Link) -> Option<Archive> {
        if let Some(sha256) = link.sha256() {
            return self.by_sha256(&sha256.to_ascii_lowercase(), &link.filename);
        }
        let url = python_url::without_credentials(&link.url);
        let kept = self.kept(place).into_iter().find(|kept| kept.link.url == url)?;
        let path = self.archive_folder(&kept.sha256).join(&link.filename);
        let facts = fs::metadata(&path).ok().filter(|found| found.len() == kept.size)?;
        fs::note_use_of(&path, &facts);
        Some(Archive { path, sha256: kept.sha256, size: kept.size })
    }

    /// An archive with this digest and file name.
    pub(crate) fn by_sha256(&self, sha256: &str, filename: &str) -> Option<Archive> {
        if sha256.len() != 64 || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let path = self.archive_folder(sha256).join(filename);
        let facts = fs::metadata(&path).ok().filter(std::fs::Metadata::is_file)?;
        fs::note_use_of(&path, &facts);
        let size = facts.len();
        Some(Archive { path, sha256: sha256.to_owned(), size })
    }

    /// Where an archive with this digest belongs; its folder is made.
    pub(crate) fn shelve(&self, sha256: &str, filename: &str) -> Result<PathBuf, IoError> {
        let folder = self.archive_folder(sha256);
        fs::create_dir_all(&folder)?;
        Ok(folder.join(filename))
    }

    /// Puts a hard link (a copy where there are none) into the folder of the local index.
    pub(crate) fn expose(&self, archive: &Path) -> Result<(), IoError> {
        let Some(name) = archive.file_name() else { return Ok(()) };
        let folder = self.folder();
        let link = folder.join(name);
        let failed = match fs::hard_link(archive, &link) {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        if failed.is_not_found() {
            fs::create_dir_all(&folder)?;
        } else if failed.kind() == std::io::ErrorKind::AlreadyExists && same_file(archive, &link) {
            return Ok(());
        }
        // The newest file of a name wins.
        let scratch = fs::Scratch::with_prefix(&folder, ".new-")?;
        let new = scratch.path().join(name);
        if fs::hard_link(archive, &new).is_err() {
            fs::copy(archive, &new)?;
        }
        fs::rename(&new, &link)
    }

    /// Adds a wheel that was built here.
    ///
    /// If the archive is kept under its digest already, that file is linked, so that a second copy
    /// takes no room.
    pub(crate) fn adopt(&self, wheel: &Path, sha256: &str) -> Result<(), IoError> {
        let name = wheel.file_name().unwrap_or_default().to_string_lossy();
        match self.by_sha256(sha256, &name) {
            Some(archive) => self.expose(&archive.path),
            None => self.expose(wheel),
        }
    }

    /// Removes an archive; records that name it find nothing and are overruled by a download.
    pub(crate) fn discard(&self, sha256: &str) -> Result<(), IoError> {
        let folder = self.archive_folder(sha256);
        if let Ok(entries) = fs::read_dir(&folder) {
            for entry in entries {
                self.hide(&folder.join(&entry.name))?;
            }
            fs::remove_tree(&folder)?;
        }
        Ok(())
    }

    /// Takes the link to a file out of the folder of the local index, if it is there.
    pub(crate) fn hide(&self, file: &Path) -> Result<(), IoError> {
        let link = self.folder().join(file.file_name().unwrap_or_default());
        if same_file(file, &link) {
            fs::remove_file_if_exists(&link)?;
        }
        Ok(())
    }
}

fn same_file(left: &Path, right: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (fs::metadata(left), fs::metadata(right)) {
        (Ok(left), Ok(right)) => left.dev() == right.dev() && left.ino() == right.ino(),
        _ => false,
    }
}
