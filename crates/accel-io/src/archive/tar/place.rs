//! Where the entries of a tar archive go: the leading folder taken off, links followed.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// The most links that are followed on the way to one place.
const MOST_LINKS: usize = 40;

/// The first part of a name and what follows it; both slashes part, whichever stands first.
pub(super) fn split_leading(name: &str) -> (&str, &str) {
    let name = name.trim_start_matches('/').trim_start_matches('\\');
    name.split_once(['/', '\\']).unwrap_or((name, ""))
}

/// Whether all names begin with the same folder.
pub(super) fn leading_folder<'a>(names: impl IntoIterator<Item = &'a str>) -> bool {
    let mut common = None;
    names.into_iter().all(|name| {
        let lead = split_leading(name).0;
        !lead.is_empty() && *common.get_or_insert(lead) == lead
    })
}

/// `os.path.realpath` of `name` below `root`: links that are there are followed, what is not there
/// yet stands as written. The answer may be outside of `root`.
pub(super) fn resolved(root: &Path, name: &str) -> io::Result<PathBuf> {
    let mut place = root.to_path_buf();
    let mut links = 0;
    follow(&mut place, Path::new(name), &mut links)?;
    Ok(place)
}

fn follow(place: &mut PathBuf, name: &Path, links: &mut usize) -> io::Result<()> {
    for part in name.components() {
        match part {
            Component::CurDir | Component::Prefix(_) => {}
            Component::RootDir => *place = PathBuf::from("/"),
            Component::ParentDir => {
                place.pop();
            }
            Component::Normal(part) => {
                place.push(part);
                if let Ok(target) = fs::read_link(&*place) {
                    *links += 1;
                    if *links > MOST_LINKS {
                        return Err(io::Error::other("too many links"));
                    }
                    place.pop();
                    follow(place, &target, links)?;
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_folders_are_those_of_pip() {
        assert!(leading_folder(["a/x", "a", "a/y/z", "/a/w", "a\\v"]));
        assert!(!leading_folder(["a/x", "b"]));
        assert!(!leading_folder(["a/x", ""]));
        assert_eq!(split_leading("a/b/c"), ("a", "b/c"));
        assert_eq!(split_leading("a"), ("a", ""));
    }

    #[test]
    fn links_are_followed_and_their_loops_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::os::unix::fs::symlink("deep/er", root.join("in")).unwrap();
        std::os::unix::fs::symlink("../..", root.join("out")).unwrap();
        std::os::unix::fs::symlink("loop", root.join("loop")).unwrap();
        assert_eq!(resolved(&root, "in/../x").unwrap(), root.join("deep/x"));
        assert!(!resolved(&root, "out/x").unwrap().starts_with(&root));
        assert!(resolved(&root, "loop").is_err());
    }
}
