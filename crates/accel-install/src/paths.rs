//! Paths as Python's `os.path` treats them.

use std::path::{Component, Path, PathBuf};

use accel_io::fs;

/// `os.path.normpath`: `.` and `..` resolved by text alone.
pub(crate) fn normalise(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => match parts.components().next_back() {
                Some(Component::Normal(_)) => {
                    parts.pop();
                }
                Some(Component::RootDir) => {}
                _ => parts.push(".."),
            },
            other => parts.push(other),
        }
    }
    if parts.as_os_str().is_empty() { PathBuf::from(".") } else { parts }
}

/// `os.path.realpath`: symbolic links resolved as far as the path exists.
pub(crate) fn real(path: &Path) -> PathBuf {
    if let Ok(real) = fs::canonicalize(path) {
        return real;
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => real(parent).join(name),
        _ => path.to_owned(),
    }
}

/// `text.startswith(start)` on paths, as pip compares them: characters, not components.
pub(crate) fn starts_with(path: &Path, start: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().starts_with(start.as_os_str().as_encoded_bytes())
}
