//! pip's check after a resolution: does what is installed still fit what is about to be?

use crate::error::EngineError;
use crate::plan::Plan;
use crate::request::Dependencies;
use crate::session::Session;
use crate::target::InstalledSet;
use accel_store::Entry;
use accel_types::{CoreMetadata, LineEnds, PackageName, Requirement, Version};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A distribution of the environment as it will be.
struct Member {
    version: String,
    requirements: Vec<Requirement>,
}

/// The distributions of the environment as it will be: those that are there in the order in which
/// they were found, then the new ones.
#[derive(Default)]
struct Members {
    places: BTreeMap<PackageName, usize>,
    all: Vec<(PackageName, Member)>,
}

impl Members {
    fn insert(&mut self, name: PackageName, member: Member) {
        if let Some(at) = self.places.get(&name) {
            self.all[*at].1 = member;
            return;
        }
        self.places.insert(name.clone(), self.all.len());
        self.all.push((name, member));
    }

    fn get(&self, name: &PackageName) -> Option<&Member> {
        self.places.get(name).map(|at| &self.all[*at].1)
    }
}

/// pip's text about dependencies that will be missing or of the wrong version; `None` if there
/// are none, or with `--no-deps` and `--no-warn-conflicts`.
pub(crate) fn of_plan(
    session: &Session<'_>,
    plan: &Plan,
    entries: &[Entry],
    installed: &InstalledSet,
) -> Result<Option<String>, EngineError> {
    let request = session.request;
    let ignored = request.dependencies == Dependencies::Ignore;
    // What was just resolved fits together, if it is all installed; else only what was there before
    // can fail to.
    let others = installed.distributions();
    let fits = request.dependencies == Dependencies::Follow && others.is_empty();
    if ignored || !request.writing.warn_conflicts || plan.steps.is_empty() || fits {
        return Ok(None);
    }
    let mut members = Members::default();
    for found in others {
        let member = member(session, found.version_text(), found.metadata());
        members.insert(found.name().clone(), member);
    }
    let mut new = BTreeSet::new();
    for (step, entry) in plan.steps.iter().zip(entries) {
        let metadata = session.entry_metadata(entry, LineEnds::AsWritten)?;
        members.insert(step.name.clone(), member(session, step.version.clone(), &metadata));
        new.insert(step.name.clone());
    }
    Ok(text_of(&members, &new))
}

fn member(session: &Session<'_>, version: String, metadata: &Arc<CoreMetadata>) -> Member {
    let applies = |requirement: &Requirement| {
        let marker = requirement.marker.as_ref();
        marker.is_none_or(|marker| marker.evaluate(session.python.markers(), &[""]))
    };
    let requirements = metadata.requires_dist.iter().filter_map(|text| text.parse().ok());
    Member { version, requirements: requirements.filter(applies).collect() }
}

fn text_of(members: &Members, new: &BTreeSet<PackageName>) -> Option<String> {
    let concerned = |name: &PackageName, member: &Member| {
        new.contains(name)
            || member.requirements.iter().any(|wanted| new.contains(&wanted.package()))
    };
    let (mut missing, mut conflicting) = (Vec::new(), Vec::new());
    for (name, member) in members.all.iter().filter(|(name, member)| concerned(name, member)) {
        // pip sorts them by project and text, and tells each once.
        let mut requirements: Vec<(PackageName, String, &Requirement)> =
            member.requirements.iter().map(|it| (it.package(), it.to_string(), it)).collect();
        requirements.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
        requirements.dedup_by(|a, b| (&a.0, &a.1) == (&b.0, &b.1));
        for (_, _, wanted) in requirements {
            let version = &member.version;
            match members.get(&wanted.package()) {
                None => missing
                    .push(format!("{name} {version} requires {wanted}, which is not installed.")),
                Some(there) if !accepts(wanted, &there.version) => conflicting.push(format!(
                    "{name} {version} requires {wanted}, but you have {} {} which is incompatible.",
                    wanted.package(),
                    there.version
                )),
                Some(_) => {}
            }
        }
    }
    if missing.is_empty() && conflicting.is_empty() {
        return None;
    }
    let head = "pip's dependency resolver does not currently take into account all the packages \
                that are installed. This behaviour is the source of the following dependency \
                conflicts.";
    let lines: Vec<String> =
        std::iter::once(head.to_owned()).chain(missing).chain(conflicting).collect();
    Some(lines.join("\n"))
}

fn accepts(wanted: &Requirement, version: &str) -> bool {
    version.parse::<Version>().is_ok_and(|version| wanted.specifier.contains(&version, Some(true)))
}
