//! Which source distributions of a project the resolver will ask for next.

use accel_types::{Link, PackageName, SdistName, SpecifierSet, Version};
use std::collections::HashSet;

/// The most that is prepared ahead at once.
const MOST: usize = 4;

/// A walk back through the versions of one project that have no wheel.
pub(crate) struct SdistWalk {
    /// The file of each such version, newest first.
    files: Vec<(Version, usize)>,
    /// The place of the one that was asked for last.
    last: Option<usize>,
    /// How many were asked for in a row.
    row: usize,
}

impl SdistWalk {
    /// The walk through these files; `with_wheel` are versions that are never built.
    pub(crate) fn new(
        project: &PackageName,
        links: &[Link],
        with_wheel: &HashSet<&Version>,
        python: &Version,
    ) -> Self {
        let fits = |(at, link): (usize, &Link)| {
            let version = SdistName::parse(&link.filename, project)?.parsed_version()?;
            let wants = link.requires_python.as_deref().and_then(|text| text.parse().ok());
            let suits = wants.is_none_or(|set: SpecifierSet| set.contains(python, Some(true)));
            let wanted = suits && link.yanked.is_none() && !with_wheel.contains(&version);
            wanted.then_some((version, at))
        };
        let sdists = links.iter().enumerate().filter(|(_, link)| !link.is_wheel());
        let mut files: Vec<(Version, usize)> = sdists.filter_map(fits).collect();
        // Of equal ones pip takes the last.
        files.sort_by(|one, other| other.cmp(one));
        files.dedup_by(|later, earlier| later.0 == earlier.0);
        Self { files, last: None, row: 0 }
    }

    /// This version is asked for now; the places of those that will probably be asked for next. That
    /// is told only of a walk that goes from each to the next one.
    pub(crate) fn asks(&mut self, version: &Version) -> impl Iterator<Item = usize> {
        let here = self.files.iter().position(|(other, _)| other == version);
        let in_row = here.is_some() && here == self.last.map(|last| last + 1);
        self.row = if in_row { self.row + 1 } else { 0 };
        self.last = here;
        let next = here.map_or(self.files.len(), |here| here + 1);
        let wanted = MOST.min(self.row * 2);
        self.files.iter().skip(next).take(wanted).map(|(_, at)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_walk_from_each_to_the_next_is_followed() {
        let names = ["5", "4", "6", "3", "2", "1"].map(|version| format!("a-{version}.tar.gz"));
        let links: Vec<Link> = names
            .iter()
            .map(|name| Link { filename: name.as_str().into(), ..Link::default() })
            .collect();
        let version = |text: &str| text.parse::<Version>().unwrap();
        let (four, python) = (version("4"), version("3.12"));
        let with_wheel = HashSet::from([&four]);
        let mut walk = SdistWalk::new(&PackageName::new("a"), &links, &with_wheel, &python);
        let mut next = |text: &str| {
            let version = version(text);
            let places = walk.asks(&version);
            places.map(|at| names[at].clone()).collect::<Vec<_>>()
        };
        assert!(next("6").is_empty());
        assert_eq!(next("5"), ["a-3.tar.gz", "a-2.tar.gz"]);
        assert_eq!(next("3"), ["a-2.tar.gz", "a-1.tar.gz"]);
        assert!(next("1").is_empty());
        assert!(next("7").is_empty());
    }
}
