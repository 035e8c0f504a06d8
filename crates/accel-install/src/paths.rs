//! Paths as Python's `os.path` treats them.

use std::path::{Component, Path, PathBuf};

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

/// `text.startswith(start)` on paths, as pip compares them: characters, not components.
pub(crate) fn starts_with(path: &Path, start: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().starts_with(start.as_os_str().as_encoded_bytes())
}
