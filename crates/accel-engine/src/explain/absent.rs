//! What would bring a project in that is not there.

use super::reasons::{How, Would};
use super::versions::constraints_on;
use accel_resolve::{Asker, ResolveRequest, RootKind};
use accel_types::{CoreMetadata, PackageName, Requirement, Version};

/// The requirements on a project that do not count: of the user, and of distributions that are there.
pub(super) fn would<'m>(
    name: &PackageName,
    question: &ResolveRequest,
    there: impl Iterator<Item = (&'m PackageName, &'m Version, &'m CoreMetadata)>,
) -> Vec<Would> {
    let mut would = Vec::new();
    for root in &question.roots {
        let RootKind::Named(requirement) = &root.kind else { continue };
        if requirement.package() == *name {
            let by = Asker::User { place: root.comes_from.clone() };
            would.push(Would { by, requirement: requirement.to_string(), how: How::Marker });
        }
    }
    for (project, version, metadata) in there {
        for text in &metadata.requires_dist {
            let Ok(requirement) = text.parse::<Requirement>() else { continue };
            if requirement.package() != *name {
                continue;
            }
            let by = Asker::Candidate {
                name: project.clone(),
                extras: Vec::new(),
                version: version.clone(),
            };
            let how = how(&requirement, metadata, question);
            would.push(Would { by, requirement: requirement.to_string(), how });
        }
    }
    for (constraint, requirement) in constraints_on(question, name) {
        let by = Asker::User { place: constraint.comes_from.clone() };
        would.push(Would { by, requirement: requirement.to_string(), how: How::Constraint });
    }
    would
}

fn how(requirement: &Requirement, metadata: &CoreMetadata, question: &ResolveRequest) -> How {
    let counts = if question.options.no_dependencies { How::Dependencies } else { How::Missing };
    let Some(marker) = &requirement.marker else { return counts };
    if marker.evaluate(&question.environment, &[""]) {
        return counts;
    }
    let extras = metadata.provides_extra.iter();
    let mut fitting =
        extras.filter(|extra| marker.evaluate(&question.environment, &[extra.as_str()]));
    fitting.next().map_or(How::Marker, |extra| How::Extra(extra.clone()))
}
