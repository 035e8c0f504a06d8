//! What is installed: one scan of the folders on `sys.path`, as pip's importlib backend sees them.
//!
//! A distribution's name, and with `.dist-info` its version, come from the name of its folder, so
//! that a scan costs one listing per folder; everything else is read when it is asked for. The
//! first distribution of a name on `sys.path` hides the others: folders are gone through in the
//! order in which the file system lists them, as Python does.

mod distribution;
mod listing;
mod requires_txt;
mod text;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use accel_io::fs::{self, DirEntry, real_path};
use accel_types::PackageName;

pub use distribution::{InfoKind, InstalledDistribution, InstalledError};

use crate::paths::starts_with;
use crate::target::{SearchPath, Target};
use distribution::Form;
use listing::Listing;

/// The distributions of an environment.
#[derive(Clone, Debug, Default)]
pub struct Installed {
    /// In the order of `sys.path`, each name once.
    pub distributions: Vec<InstalledDistribution>,
    /// What had to be passed over.
    pub passed_over: Vec<PassedOver>,
    /// Where the distribution of a name stands, or would stand had it not been passed over.
    places: HashMap<PackageName, usize>,
}

/// Something that looks like a distribution and is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// How many distributions are found before it.
    pub after: usize,
    /// pip's warning about it.
    pub warning: String,
    /// Whether pip warns of it once, however often it looks.
    pub once: bool,
}

impl Installed {
    /// The distribution of this name.
    pub fn get(&self, name: &PackageName) -> Option<&InstalledDistribution> {
        let found = self.distributions.get(*self.places.get(name)?);
        found.filter(|distribution| distribution.name() == name)
    }
}

/// The distributions on the target's `sys.path`.
pub fn installed(target: &Target) -> Installed {
    let path = SearchPath::of(target);
    let listed = listed(&path.folders, path.listings);
    scan(target, &listed, egg_links(&listed))
}

/// The distributions in the given folders only: pip's `--path`.
pub fn installed_in(target: &Target, folders: &[PathBuf]) -> Installed {
    // Editables of old are looked for on `sys.path` even so.
    let path = SearchPath::of(target);
    let egg_links = egg_links(&listed(&path.folders, path.listings));
    scan(target, &listed(folders, HashMap::new()), egg_links)
}

/// The folders with what is in them.
fn listed<'a>(
    folders: &'a [PathBuf],
    mut listings: HashMap<PathBuf, Vec<DirEntry>>,
) -> Vec<(&'a Path, Listing)> {
    let listing = |folder: &'a PathBuf| match listings.remove(folder) {
        Some(entries) => Listing::of_entries(entries),
        None => Listing::of(folder),
    };
    folders.iter().map(PathBuf::as_path).zip(folders.iter().map(listing)).collect()
}

/// The first `.egg-link` of each name.
fn egg_links(listed: &[(&Path, Listing)]) -> HashMap<String, PathBuf> {
    let mut egg_links: HashMap<String, PathBuf> = HashMap::new();
    for (folder, listing) in listed {
        for entry in listing.entries() {
            if let Some(name) = entry.name.to_str().filter(|name| name.ends_with(".egg-link")) {
                egg_links.entry(name.to_owned()).or_insert_with(|| folder.join(name));
            }
        }
    }
    egg_links
}

fn scan(
    target: &Target,
    listed: &[(&Path, Listing)],
    egg_links: HashMap<String, PathBuf>,
) -> Installed {
    let mut scan = Scan {
        installed: Installed::default(),
        prefix: target.interpreter.in_venv().then(|| real_path(target.interpreter.prefix())),
        user_site: target.user_site().map(|folder| real_path(&folder)),
        egg_links: Arc::new(egg_links),
    };
    for (folder, listing) in listed {
        scan.folder(folder, listing, folder);
        for entry in listing.entries() {
            if Path::new(&entry.name).extension() == Some(OsStr::new("egg-link"))
                && let Some(linked) = linked_folder(folder, &folder.join(&entry.name))
            {
                scan.folder(&linked, &Listing::of(&linked), folder);
            }
        }
    }
    scan.installed
}

/// Where an `.egg-link` leads: its first line that is not empty.
fn linked_folder(folder: &Path, file: &Path) -> Option<PathBuf> {
    let bytes = fs::read(file).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    Some(folder.join(line))
}

struct Scan {
    installed: Installed,
    /// The real prefix of a virtual environment: what is not below it is not local.
    prefix: Option<PathBuf>,
    user_site: Option<PathBuf>,
    egg_links: Arc<HashMap<String, PathBuf>>,
}

impl Scan {
    /// The distributions whose metadata lies in `folder`; `installed_location` is where they
    /// count as installed.
    fn folder(&mut self, folder: &Path, listing: &Listing, installed_location: &Path) {
        let is_egg =
            folder.file_name().is_some_and(|name| name.to_string_lossy().ends_with(".egg"));
        let (infos, eggs): (Vec<_>, Vec<_>) = listing
            .names()
            .filter(|(name, _)| ends_with(name, "-info"))
            .partition(|(name, _)| ends_with(name, ".dist-info") || ends_with(name, ".egg-info"));
        let eggs =
            eggs.into_iter().filter(|(name, _)| is_egg && name.eq_ignore_ascii_case("egg-info"));
        let mut location = None;
        for (name, kind) in infos.into_iter().chain(eggs) {
            let location = location.get_or_insert_with(|| real_path(installed_location));
            self.info(folder.join(name), name, listing.form(folder, name, kind), location);
        }
    }

    fn info(&mut self, info: PathBuf, file_name: &str, form: Form, location: &Path) {
        let (name, version) = parts(file_name);
        let mut distribution = InstalledDistribution::new(
            PackageName::new(name.unwrap_or_default()),
            version.map(str::to_owned),
            info,
            form,
            location.to_owned(),
            Arc::clone(&self.egg_links),
        );
        if name.is_none() {
            let Some(written) = distribution.written_name() else {
                let info = distribution.info().display();
                let warning = format!("Skipping {info} due to invalid metadata entry 'name'");
                self.pass_over(warning, true);
                return;
            };
            distribution.rename(&written);
        }
        match self.installed.places.entry(distribution.name().clone()) {
            Entry::Occupied(_) => return,
            Entry::Vacant(place) => place.insert(self.installed.distributions.len()),
        };
        if !is_valid_name(distribution.name().as_str()) {
            let place = distribution.location_text();
            let warning = if file_name.starts_with('~') {
                format!(
                    "Ignoring incompletely removed distribution {file_name} ({place}); \
                     '~'-prefixed leftover directories are the result of a previous incomplete \
                     installation, and can be deleted"
                )
            } else {
                format!("Ignoring invalid distribution {} ({place})", distribution.name())
            };
            self.pass_over(warning, false);
            return;
        }
        let local = self.prefix.as_deref().is_none_or(|prefix| starts_with(location, prefix));
        let user = self.user_site.as_deref().is_some_and(|site| starts_with(location, site));
        distribution.place(local, user);
        self.installed.distributions.push(distribution);
    }

    fn pass_over(&mut self, warning: String, once: bool) {
        let after = self.installed.distributions.len();
        self.installed.passed_over.push(PassedOver { after, warning, once });
    }
}

/// Name and version as far as the name of the metadata folder (or file) tells them.
fn parts(file_name: &str) -> (Option<&str>, Option<&str>) {
    let filled = |text: &'_ str| !text.is_empty();
    if let Some(stem) = file_name.strip_suffix(".dist-info") {
        return match stem.split_once('-') {
            Some((name, version)) => {
                (Some(name).filter(|text| filled(text)), Some(version).filter(|text| filled(text)))
            }
            None => (None, None),
        };
    }
    let name = file_name.strip_suffix(".egg-info").and_then(|stem| stem.split('-').next());
    (name.filter(|text| filled(text)), None)
}

fn ends_with(name: &str, ending: &str) -> bool {
    let start = name.len().checked_sub(ending.len());
    start.and_then(|at| name.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(ending))
}

/// The names that PEP 508 allows; pip passes over others.
fn is_valid_name(name: &str) -> bool {
    let ends = |c: char| c.is_ascii_alphanumeric();
    name.starts_with(ends)
        && name.ends_with(ends)
        && name.chars().all(|c| ends(c) || matches!(c, '.' | '_' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_names_tell_name_and_version() {
        assert_eq!(parts("a_b-1.0.dist-info"), (Some("a_b"), Some("1.0")));
        assert_eq!(parts("a-1-2.dist-info"), (Some("a"), Some("1-2")));
        assert_eq!(parts("a.dist-info"), (None, None));
        assert_eq!(parts("a-1.0-py3.11.egg-info"), (Some("a"), None));
        assert_eq!(parts("a.egg-info"), (Some("a"), None));
        assert_eq!(parts("EGG-INFO"), (None, None));
    }

    #[test]
    fn leftovers_have_no_valid_name() {
        assert!(is_valid_name("a") && is_valid_name("a-b.c_d9"));
        assert!(!is_valid_name("~a") && !is_valid_name("-a") && !is_valid_name(""));
    }
}
