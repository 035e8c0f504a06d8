//! What is in a place on `sys.path`: a folder, or a zip archive such as an old egg.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;

use accel_io::archive::zip::{ZipLimits, ZipReader};
use accel_io::fs::{self, DirEntry, EntryKind};
use accel_types::WheelFilename;

use super::distribution::Form;

/// What is in a place.
pub(super) enum Listing {
    /// Of a folder, in the order of the file system; empty for what cannot be listed.
    Folder(Vec<DirEntry>),
    /// Of an archive: the names at its top.
    Archive(Arc<ZipReader>, Vec<String>),
}

impl Listing {
    pub(super) fn of(place: &Path) -> Self {
        match fs::read_dir_unsorted(place) {
            Ok(entries) => Self::Folder(entries),
            Err(_) if fs::is_file(place) && !is_wheel(place) => Self::of_archive(place),
            Err(_) => Self::Folder(Vec::new()),
        }
    }

    pub(super) fn of_entries(entries: Vec<DirEntry>) -> Self {
        Self::Folder(entries)
    }

    fn of_archive(place: &Path) -> Self {
        let Ok(archive) = ZipReader::open(place, &ZipLimits::default()) else {
            return Self::Folder(Vec::new());
        };
        let mut names: Vec<String> = Vec::new();
        for entry in archive.entries() {
            let top = entry.name.split('/').next().unwrap_or_default();
            if !names.iter().any(|name| name == top) {
                names.push(top.to_owned());
            }
        }
        Self::Archive(Arc::new(archive), names)
    }

    /// What is in a folder; nothing is said of archives.
    pub(super) fn entries(&self) -> &[DirEntry] {
        match self {
            Self::Folder(entries) => entries,
            Self::Archive(..) => &[],
        }
    }

    /// The names that are text, with what the file system says of each.
    pub(super) fn names(&self) -> Box<dyn Iterator<Item = (&str, Option<EntryKind>)> + '_> {
        match self {
            Self::Folder(entries) => Box::new(
                entries.iter().filter_map(|entry| Some((entry.name.to_str()?, Some(entry.kind)))),
            ),
            Self::Archive(_, names) => Box::new(names.iter().map(|name| (name.as_str(), None))),
        }
    }

    /// The form of the metadata of that name.
    pub(super) fn form(&self, place: &Path, name: &str, kind: Option<EntryKind>) -> Form {
        match self {
            Self::Archive(archive, _) => Form::Zipped(Arc::clone(archive)),
            Self::Folder(_) => {
                let is_folder = match kind {
                    Some(EntryKind::Directory) => true,
                    Some(EntryKind::Symlink) => fs::is_dir(place.join(name)),
                    _ => false,
                };
                if is_folder { Form::Folder } else { Form::File }
            }
        }
    }
}

/// pip does not look into wheels.
fn is_wheel(place: &Path) -> bool {
    let name = place.file_name().and_then(OsStr::to_str);
    name.is_some_and(|name| WheelFilename::parse(name).is_ok())
}
