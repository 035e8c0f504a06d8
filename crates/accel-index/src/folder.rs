//! Folders given with `--find-links`, read anew in every run.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use accel_io::fs;
use accel_types::Version;
use accel_types::filename::WheelFilename;
use accel_types::name::PackageName;

use crate::sources::is_html;
use crate::url_text;

/// What a folder offers (pip's `_FlatDirectoryToUrls`).
#[derive(Debug, Default)]
pub(crate) struct Folder {
    /// `file:` URLs of its HTML files.
    pub(crate) pages: Vec<String>,
    /// `file:` URLs of its distributions by project.
    pub(crate) files: HashMap<PackageName, Vec<(String, PathBuf)>>,
}

impl Folder {
    /// Lists a folder in the order in which the file system does, as pip does: the HTML files are
    /// looked at in that order. An unreadable folder is an empty one.
    pub(crate) fn read(path: &Path) -> Self {
        let mut folder = Self::default();
        let Ok(entries) = fs::read_dir_unsorted(path) else { return folder };
        for entry in entries {
            let Ok(name) = entry.name.clone().into_string() else { continue };
            let file = path.join(&entry.name);
            if is_html(&name) {
                folder.pages.push(url_text::from_path(&file));
            } else if let Some(project) = project_of(&name) {
                let url = url_text::from_path(&file);
                folder.files.entry(project).or_default().push((url, file));
            }
        }
        folder
    }
}

/// The project that a file name belongs to: a wheel's, or a sdist's by `packaging`'s rules
/// (`parse_sdist_filename`: only `.tar.gz` and `.zip`, a valid version behind the last hyphen).
pub(crate) fn project_of(filename: &str) -> Option<PackageName> {
    if let Ok(wheel) = WheelFilename::parse(filename) {
        return Some(wheel.name);
    }
    let stem = filename.strip_suffix(".tar.gz").or_else(|| filename.strip_suffix(".zip"))?;
    let (name, version) = stem.rsplit_once('-')?;
    Version::from_str(version).ok()?;
    Some(PackageName::new(name))
}
