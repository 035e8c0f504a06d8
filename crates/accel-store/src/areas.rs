//! Areas of an installation as folders of a tree.

use std::collections::BTreeSet;

use accel_types::Area;

/// The folder of an area within an entry's tree.
pub(crate) fn folder(area: Area) -> &'static str {
    match area {
        Area::Lib => "lib",
        Area::Scripts => "scripts",
        Area::Data => "data",
        Area::Headers => "headers",
        Area::OtherLib => "otherlib",
    }
}

/// All directories above these files, parents before children.
pub(crate) fn parents<'a>(
    files: impl Iterator<Item = (Area, &'a str)>,
) -> BTreeSet<(Area, &'a str)> {
    let mut all = BTreeSet::new();
    for (area, mut path) in files {
        while let Some((above, _)) = path.rsplit_once('/') {
            if !all.insert((area, above)) {
                break;
            }
            path = above;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_come_before_children() {
        let files = ["a/b/c", "a-b/x", "a/b/d", "top"].map(|path| (Area::Lib, path));
        let found: Vec<_> = parents(files.into_iter()).into_iter().map(|(_, path)| path).collect();
        assert_eq!(found, ["a", "a-b", "a/b"]);
    }
}
