//! Looks at every file of an environment.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::wares::{Pins, escaped};

/// What is below a folder: digests of files, targets of links, nothing for folders.
pub(super) type Tree = BTreeMap<PathBuf, Option<String>>;

/// Reads a folder.
pub(super) fn tree(folder: &Path) -> Tree {
    let mut found = Tree::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(place) = waiting.pop() {
        for entry in std::fs::read_dir(&place).into_iter().flatten().flatten() {
            let (path, kind) = (entry.path(), entry.file_type().expect("a file has a kind"));
            let words = if kind.is_symlink() {
                Some(std::fs::read_link(&path).expect("a link").display().to_string())
            } else if kind.is_dir() {
                waiting.push(path.clone());
                None
            } else {
                Some(digest(&std::fs::read(&path).expect("a file that was listed")))
            };
            found.insert(path.strip_prefix(folder).expect("below").to_owned(), words);
        }
    }
    found
}

fn digest(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(bytes))
}

/// What is installed, if every file is as a RECORD says and every RECORD is right; else what is
/// wrong. `pristine` is the environment before anything was installed.
pub(super) fn whole(environment: &Path, pristine: &Tree) -> Result<Pins, String> {
    let found = tree(environment);
    let site = site_packages(environment);
    let below = site.strip_prefix(environment).expect("below");
    let mut pins = Pins::new();
    let mut listed: BTreeSet<PathBuf> = BTreeSet::new();
    for path in found.keys().filter(|path| path.parent() == Some(below)) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(pin) = name.strip_suffix(".dist-info") else { continue };
        let (project, version) = pin.split_once('-').unwrap_or((pin, ""));
        if let Some(older) = pins.insert(escaped(project), version.to_owned()) {
            return Err(format!("{project} is there twice: {older} and {version}"));
        }
        for needed in ["METADATA", "WHEEL", "INSTALLER"] {
            if found.get(&path.join(needed)).is_none_or(Option::is_none) {
                return Err(format!("{name} has no {needed}"));
            }
        }
        let record = environment.join(path).join("RECORD");
        let text = std::fs::read_to_string(&record)
            .map_err(|error| format!("RECORD of {name}: {error}"))?;
        for line in text.lines() {
            listed.insert(row(environment, below, line, &found)?);
        }
        if !listed.contains(&path.join("RECORD")) {
            return Err(format!("RECORD of {name} is cut short"));
        }
    }
    // pip leaves empty folders behind.
    for path in found.iter().filter(|(_, content)| content.is_some()).map(|(path, _)| path) {
        let known = pristine.contains_key(path)
            || listed.contains(path)
            // uv's lock, which it leaves there.
            || path == Path::new(".lock")
            || source_of(path).is_some_and(|source| listed.contains(&source));
        if !known {
            return Err(format!("{} belongs to nothing", path.display()));
        }
    }
    if let Some((path, _)) = pristine.iter().find(|(path, kind)| found.get(*path) != Some(*kind)) {
        return Err(format!("{} of the environment itself has changed", path.display()));
    }
    Ok(pins)
}

/// Holds one row of RECORD against its file, which it returns relative to the environment.
fn row(environment: &Path, below: &Path, line: &str, found: &Tree) -> Result<PathBuf, String> {
    let mut fields = line.rsplitn(3, ',');
    let (size, hash) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
    let name = fields.next().ok_or_else(|| format!("RECORD has the row {line}"))?;
    let path = normal(&below.join(name));
    let Some(Some(content)) = found.get(&path) else {
        return Err(format!("{} is missing", path.display()));
    };
    if hash.strip_prefix("sha256=").is_some_and(|hash| hash != content) {
        return Err(format!("{} has other contents", path.display()));
    }
    let length = std::fs::metadata(environment.join(&path)).map_or(0, |found| found.len());
    if size.parse().is_ok_and(|size: u64| size != length) {
        return Err(format!("{} has another size", path.display()));
    }
    if path.extension().is_some_and(|kind| kind == "pyc") && length < 16 {
        return Err(format!("{} is cut short", path.display()));
    }
    Ok(path)
}

/// The source of a `.pyc` file, which not every tool lists.
fn source_of(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let cache = path.parent().filter(|parent| parent.ends_with("__pycache__"))?;
    let stem = name.strip_suffix(".pyc")?.split('.').next()?;
    Some(cache.parent()?.join(format!("{stem}.py")))
}

fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(normal.pop()),
            other => normal.push(other),
        }
    }
    normal
}

/// The names in a folder.
pub(super) fn names(folder: &Path) -> Vec<std::ffi::OsString> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name()).collect();
    names.sort();
    names
}

/// Whether files are empty that are not meant to be.
pub(super) fn has_empty_files(environment: &Path) -> bool {
    let empty = digest(&[]);
    // The journal's own file holds a lock, and nothing else.
    let names = ["REQUESTED", "README.txt", ".pip-accel-journal", ".lock"];
    let meant = |path: &Path| names.iter().any(|name| path.ends_with(name));
    tree(environment).iter().any(|(path, content)| content.as_ref() == Some(&empty) && !meant(path))
}

/// The `site-packages` of an environment.
pub(super) fn site_packages(environment: &Path) -> PathBuf {
    let lib = std::fs::read_dir(environment.join("lib")).expect("an environment has a library");
    let mut versions = lib.flatten().map(|entry| entry.path().join("site-packages"));
    versions.find(|path| path.is_dir()).expect("a site-packages folder")
}

/// What the names of `.dist-info` folders say.
pub(super) fn installed(environment: &Path) -> Pins {
    let entries = std::fs::read_dir(site_packages(environment)).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let pin = |name: String| {
        let (project, version) = name.strip_suffix(".dist-info")?.split_once('-')?;
        Some((escaped(project), version.to_owned()))
    };
    names.filter_map(pin).collect()
}

/// As [`difference`], without what a user would hardly miss: bytecode, empty folders, and what an
/// installer notes of its own work.
pub(super) fn grave_difference(found: &Tree, expected: &Tree) -> Option<String> {
    const NOTES: [&str; 5] = [".lock", "INSTALLER", "REQUESTED", "RECORD", "uv_cache.json"];
    let grave = |tree: &Tree| {
        let mut tree = tree.clone();
        tree.retain(|path, content| {
            let note = NOTES.iter().any(|name| path.ends_with(name));
            content.is_some() && !note && path.extension().is_none_or(|kind| kind != "pyc")
        });
        tree
    };
    difference(&grave(found), &grave(expected))
}

/// As [`difference`], without folders: one that could not be looked into stays, empty, as with pip.
pub(super) fn difference_of_files(found: &Tree, expected: &Tree) -> Option<String> {
    let files = |tree: &Tree| {
        let mut tree = tree.clone();
        tree.retain(|_, content| content.is_some());
        tree
    };
    difference(&files(found), &files(expected))
}

/// The first path in which two trees differ.
pub(super) fn difference(found: &Tree, expected: &Tree) -> Option<String> {
    let paths: BTreeSet<&PathBuf> = found.keys().chain(expected.keys()).collect();
    let path = paths.into_iter().find(|path| found.get(*path) != expected.get(*path))?;
    Some(match (found.get(path), expected.get(path)) {
        (None, _) => format!("{} is missing", path.display()),
        (_, None) => format!("{} is left over", path.display()),
        _ => format!("{} differs", path.display()),
    })
}
