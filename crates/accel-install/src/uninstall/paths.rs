//! Sets of paths in as few words as pip uses for them.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use accel_io::fs;
use accel_io::fs::EntryKind;

use crate::stash::files_below;

/// Without the paths that lie below another path of the set (pip's `compact`).
pub(crate) fn compact(paths: &BTreeSet<PathBuf>) -> BTreeSet<PathBuf> {
    let everything = |path: &Path| path.file_name().is_some_and(|name| name == "*");
    // `folder/*` stands for the whole folder.
    let covered = |path: &PathBuf| -> PathBuf {
        if everything(path) { path.parent().unwrap_or(path).to_owned() } else { path.clone() }
    };
    let mut sorted: Vec<&PathBuf> = paths.iter().collect();
    sorted.sort_by_key(|path| path.as_os_str().len());
    let mut prefixes: HashSet<PathBuf> = HashSet::new();
    let mut short = BTreeSet::new();
    for path in sorted {
        let current = covered(path);
        if !current.ancestors().any(|above| prefixes.contains(above)) {
            prefixes.insert(current);
            short.insert(path.clone());
        }
    }
    short
}

/// Whole folders instead of their files, where all files in a folder go
/// (pip's `compress_for_rename`). As pip shows them, such folders end with a slash.
pub(crate) fn for_rename(paths: &BTreeSet<PathBuf>) -> BTreeSet<PathBuf> {
    let mut roots: Vec<&Path> = paths
        .iter()
        .filter_map(|path| path.parent())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    roots.sort_by_key(|root| root.as_os_str().len());
    let mut whole: BTreeSet<PathBuf> = BTreeSet::new();
    for root in roots {
        if !root.ancestors().any(|above| whole.contains(above)) && all_go(root, paths) {
            whole.insert(root.to_owned());
        }
    }
    let below = |path: &Path| path.ancestors().skip(1).any(|above| whole.contains(above));
    let mut moved: BTreeSet<PathBuf> = paths.iter().filter(|path| !below(path)).cloned().collect();
    // A folder that is in the set itself stays as it is there: the slash makes no difference.
    moved.extend(whole.iter().map(|folder| folder.join("")));
    moved
}

/// Whether every file below a folder is in the set. Stops at the first that is not, and looks at a
/// folder's own files before it goes deeper.
fn all_go(folder: &Path, paths: &BTreeSet<PathBuf>) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    let mut deeper = Vec::new();
    for entry in entries {
        let path = folder.join(&entry.name);
        match entry.kind {
            EntryKind::Directory => deeper.push(path),
            EntryKind::Symlink if fs::is_dir(&path) => {}
            _ if paths.contains(&path) => {}
            _ => return false,
        }
    }
    deeper.iter().all(|path| all_go(path, paths))
}

/// What pip says it would remove and, of the same folders, what it would leave
/// (pip's `compress_for_output_listing`).
pub(crate) fn for_listing(paths: &BTreeSet<PathBuf>) -> (BTreeSet<PathBuf>, BTreeSet<PathBuf>) {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let mut folders = BTreeSet::new();
    let mut files = BTreeSet::new();
    for path in paths {
        let shown = text(path);
        if is_bytecode(path) {
            continue;
        }
        if (shown.ends_with("__init__.py") || shown.contains(".dist-info"))
            && let Some(folder) = path.parent()
        {
            folders.insert(folder.to_owned());
        }
        files.insert(path.clone());
    }
    let folders = compact(&folders);
    let mut skip = BTreeSet::new();
    for folder in &folders {
        let mut found = Vec::new();
        files_below(folder, &mut found);
        skip.extend(
            found
                .into_iter()
                .filter(|path| !is_bytecode(path) && !files.contains(path) && fs::is_file(path)),
        );
    }
    let everything = folders.iter().map(|folder| folder.join("*"));
    (files.into_iter().chain(everything).collect(), skip)
}

/// The paths in the order of their characters, as Python sorts them.
pub(crate) fn sorted(paths: BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let mut sorted: Vec<PathBuf> = paths.into_iter().collect();
    sorted.sort_by(|one, other| one.as_os_str().cmp(other.as_os_str()));
    sorted
}

fn is_bytecode(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().ends_with(b".pyc")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(paths: &[&str]) -> BTreeSet<PathBuf> {
        paths.iter().map(PathBuf::from).collect()
    }

    #[test]
    fn compact_keeps_the_shortest() {
        assert_eq!(
            compact(&set(&["/a/b", "/a/b/c", "/a/bc", "/d"])),
            set(&["/a/b", "/a/bc", "/d"])
        );
        assert_eq!(compact(&set(&["/a/*", "/a/b", "/ab"])), set(&["/a/*", "/ab"]));
    }

    #[test]
    fn a_dash_sorts_before_a_slash() {
        let paths = set(&["/a/b/c", "/a/b-c", "/a/b"]);
        assert_eq!(sorted(paths), ["/a/b", "/a/b-c", "/a/b/c"].map(PathBuf::from));
    }

    #[test]
    fn folders_go_whole_only_if_all_their_files_go() {
        let scratch = fs::Scratch::new(std::env::temp_dir()).unwrap();
        let path = |below: &str| scratch.path().join(below);
        for file in ["p/__init__.py", "p/sub/x.py", "q/__init__.py", "q/own.py", "one.py"] {
            fs::create_dir_all(path(file).parent().unwrap()).unwrap();
            fs::write(path(file), "").unwrap();
        }
        let paths: BTreeSet<PathBuf> =
            ["p/__init__.py", "p/sub/x.py", "q/__init__.py"].map(path).into();
        let moved = for_rename(&paths);
        assert_eq!(moved, [path("p"), path("q/__init__.py")].into());
        assert!(moved.iter().any(|path| path.to_str().unwrap().ends_with("/p/")));
        let (remove, skip) = for_listing(&paths);
        assert_eq!(compact(&remove), [path("p/*"), path("q/*")].into());
        assert_eq!(skip, [path("q/own.py")].into());
    }
}
