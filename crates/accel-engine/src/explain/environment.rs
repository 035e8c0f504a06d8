//! A project that is installed, or that is not, where nothing else was asked for.

use super::absent;
use super::question;
use super::reasons::{Explanation, Looked, Origin, Others, Presence};
use super::told::looked_up;
use super::versions::{Case, WhyChosen};
use super::words::plain;
use crate::error::EngineError;
use crate::session::Session;
use crate::target::InstalledSet;
use accel_install::installed::InstalledDistribution;
use accel_resolve::{Asker, Demanded, Wish};
use accel_types::{CoreMetadata, PackageName, Requirement, Version};
use std::collections::HashMap;
use std::sync::Arc;

/// Tells of a project in the environment.
pub(super) fn told(
    session: &Session<'_>,
    installed: &InstalledSet,
    name: &PackageName,
) -> Result<Explanation, EngineError> {
    let there: Vec<(&PackageName, Version, Arc<CoreMetadata>)> = installed
        .distributions()
        .iter()
        .filter_map(|found| {
            let version = found.version_text().parse().ok()?;
            Some((found.name(), version, Arc::clone(found.metadata())))
        })
        .collect();
    let question = question(session);
    let Some(found) = installed.get(name) else {
        let there = there.iter().map(|(name, version, metadata)| (*name, version, &**metadata));
        return Ok(Explanation {
            shown: name.to_string(),
            presence: Presence::NotInstalled(absent::would(name, &question, there)),
            asked: Vec::new(),
            looked: Looked::Nowhere,
            others: Vec::new(),
        });
    };
    let mut demands = Vec::new();
    for (owner, version, metadata) in there.iter().filter(|(owner, ..)| *owner != name) {
        for text in &metadata.requires_dist {
            let Ok(requirement) = text.parse::<Requirement>() else { continue };
            let holds = requirement
                .marker
                .as_ref()
                .is_none_or(|marker| marker.evaluate(&question.environment, &[""]));
            if requirement.package() == *name && holds {
                let by = Asker::Candidate {
                    name: (*owner).clone(),
                    extras: Vec::new(),
                    version: version.clone(),
                };
                let wish = Wish::Version(requirement);
                demands.push(Demanded { project: name.clone(), by, wish });
            }
        }
    }
    let (looked, others) = newer(session, &question, found, &demands)?;
    Ok(Explanation {
        shown: plain(&found.raw_name()),
        presence: Presence::Installed(origin(installed, found)),
        asked: demands.into_iter().map(|demand| vec![demand]).collect(),
        looked,
        others,
    })
}

/// The newer versions that there are, and what stands in their way.
fn newer(
    session: &Session<'_>,
    question: &accel_resolve::ResolveRequest,
    found: &InstalledDistribution,
    demands: &[Demanded],
) -> Result<(Looked, Vec<Others>), EngineError> {
    let Ok(version) = found.version_text().parse::<Version>() else {
        return Ok((Looked::Nowhere, Vec::new()));
    };
    let (looked, links) = looked_up(session, found.name())?;
    let case = Case {
        name: found.name(),
        links: &links,
        question,
        demands: &demands.iter().collect::<Vec<_>>(),
        turned_down: &[],
        unusable: &HashMap::new(),
        chosen: &version,
        why_chosen: WhyChosen::IsThere,
    };
    Ok((looked, case.others(true)))
}

fn origin(installed: &InstalledSet, found: &InstalledDistribution) -> Origin {
    let direct_url = found.direct_url();
    let editable = found.editable_project_location_by(direct_url.as_ref());
    let url = direct_url.map(|direct_url| direct_url.url);
    Origin {
        version: found.raw_version(),
        folder: installed.shown_folder(found),
        requested: found.requested(),
        installer: found.installer(),
        editable: editable.is_some(),
        url: url.or_else(|| editable.map(|folder| folder.display().to_string())),
    }
}
