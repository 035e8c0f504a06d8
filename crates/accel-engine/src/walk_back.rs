//! Reading ahead while the resolver walks back through the versions of one project.
//!
//! pip's resolver tries one version after the other, newest first, and may try a thousand: each
//! then costs a round trip for its metadata. Who asks for the third version of a project will
//! probably ask for more, so the metadata of the next ones is fetched meanwhile, twice as many each
//! time. This decides nothing: the resolver still asks for each, in its own order.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use crate::sdist_walk::SdistWalk;
use accel_index::Index;
use accel_types::{Link, PackageName, SpecifierSet, TagList, Version, WheelFilename};

/// Versions that are tried before anything is fetched ahead.
const PATIENCE: usize = 2;
/// The most that is fetched ahead at once.
const MOST: usize = 64;

/// What is known of each project that the resolver looks at.
#[derive(Default)]
pub(crate) struct WalkBack {
    projects: RefCell<HashMap<PackageName, Project>>,
}

struct Project {
    offered: Arc<[Link]>,
    /// How many versions were tried.
    tried: usize,
    /// The best wheel of each version, newest first, once it is wanted; and up to where it has been
    /// fetched ahead.
    ahead: Option<(Vec<(Version, usize)>, usize)>,
    /// The walk through those that have no wheel, once one is asked for.
    sdists: Option<SdistWalk>,
}

impl WalkBack {
    /// These are the files of a project.
    pub(crate) fn offered(&self, project: &PackageName, links: &Arc<[Link]>) {
        let new = Project { offered: Arc::clone(links), tried: 0, ahead: None, sdists: None };
        self.projects.borrow_mut().insert(project.clone(), new);
    }

    /// The resolver is about to ask for the metadata of `link`.
    pub(crate) fn tries(&self, link: &Link, index: &Index, tags: &TagList, python: &Version) {
        let Ok(wheel) = WheelFilename::parse(&link.filename) else { return };
        let mut projects = self.projects.borrow_mut();
        let Some(project) = projects.get_mut(&wheel.name) else { return };
        project.tried += 1;
        if project.tried <= PATIENCE {
            return;
        }
        let offered = &project.offered;
        let (wheels, done) =
            project.ahead.get_or_insert_with(|| (newest_first(offered, tags, python), 0));
        let here = wheels.partition_point(|(version, _)| *version >= wheel.version);
        let wanted = MOST.min(project.tried * 2);
        // Half of what was fetched last is still to be used: time enough for the next ones.
        if *done >= here + wanted / 2 {
            return;
        }
        let next = wheels.iter().skip(here.max(*done)).take(wanted);
        let links: Vec<Link> = next.map(|(_, at)| offered[*at].clone()).collect();
        *done = here.max(*done) + links.len();
        if !links.is_empty() {
            index.prefetch_metadata(links);
        }
    }
}

impl WalkBack {
    /// The resolver is about to ask for the metadata of `link`, an sdist of this version; those that
    /// it will probably ask for next.
    pub(crate) fn asks_sdist(
        &self,
        project: &PackageName,
        version: &Version,
        tags: &TagList,
        python: &Version,
    ) -> Vec<Link> {
        let mut projects = self.projects.borrow_mut();
        let Some(Project { offered, sdists, .. }) = projects.get_mut(project) else {
            return Vec::new();
        };
        let walk = sdists.get_or_insert_with(|| {
            let wheels = newest_first(offered, tags, python);
            let with_wheel = wheels.iter().map(|(version, _)| version).collect();
            SdistWalk::new(project, offered, &with_wheel, python)
        });
        walk.asks(version).map(|at| offered[at].clone()).collect()
    }
}

/// The wheel of each version that pip would take, newest version first.
fn newest_first(links: &[Link], tags: &TagList, python: &Version) -> Vec<(Version, usize)> {
    let fits = |(at, link): (usize, &Link)| {
        let wheel = WheelFilename::parse(&link.filename).ok()?;
        let rank = tags.best_rank(&wheel.tags)?;
        let wants = link.requires_python.as_deref().and_then(|text| text.parse().ok());
        let suits = wants.is_none_or(|set: SpecifierSet| set.contains(python, Some(true)));
        (suits && link.yanked.is_none()).then_some((wheel.version, rank, at))
    };
    let mut wheels: Vec<(Version, usize, usize)> =
        links.iter().enumerate().filter(|(_, link)| link.is_wheel()).filter_map(fits).collect();
    wheels.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
    wheels.dedup_by(|later, earlier| later.0 == earlier.0);
    wheels.into_iter().map(|(version, _, at)| (version, at)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use accel_types::Tag;

    fn link(filename: &str) -> Link {
        Link {
            url: format!("https://h/{filename}").into(),
            filename: filename.into(),
            ..Link::default()
        }
    }

    #[test]
    fn the_best_wheel_of_each_version_comes_newest_first() {
        let mut old = link("a-3.0-py3-none-any.whl");
        old.requires_python = Some("<3".into());
        let links = [
            link("a-1.0-py3-none-any.whl"),
            link("a-2.0-py3-none-any.whl"),
            link("a-2.0-cp312-cp312-linux_x86_64.whl"),
            link("a-2.1-cp311-cp311-linux_x86_64.whl"),
            link("a-10.0.tar.gz"),
            old,
        ];
        let tags = ["cp312-cp312-linux_x86_64", "py3-none-any"];
        let tags = TagList::new(tags.iter().flat_map(|tag| Tag::parse_set(tag).unwrap()).collect());
        let found = newest_first(&links, &tags, &"3.12".parse().unwrap());
        let found: Vec<usize> = found.into_iter().map(|(_, at)| at).collect();
        assert_eq!(found, [2, 0]);
    }
}
