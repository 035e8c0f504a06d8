//! From requirements as typed to what the resolver is asked.

use crate::request::{Changes, Dependencies, InstallRequest, Selection, Upgrade};
use accel_requirements::{Origin, RequirementInput};
use accel_resolve::{Constraint, Direct, Options, ResolveRequest, Root, RootKind};
use accel_types::{MarkerEnvironment, Requirement, TagList, Version};

/// Facts of the target that a resolution depends on.
pub(crate) struct Facts<'a> {
    pub(crate) markers: &'a MarkerEnvironment,
    pub(crate) tags: &'a TagList,
    pub(crate) python: &'a Version,
}

/// The resolver's question for an installation.
pub(crate) fn of_install(request: &InstallRequest, facts: &Facts<'_>) -> ResolveRequest {
    ResolveRequest {
        roots: request.requirements.iter().map(root).collect(),
        constraints: request.constraints.iter().map(constraint).collect(),
        options: options(&request.selection, request.changes, request.dependencies),
        environment: facts.markers.clone(),
        tags: facts.tags.clone(),
        python: facts.python.clone(),
    }
}

fn root(input: &RequirementInput) -> Root {
    Root {
        kind: kind(input),
        comes_from: input.comes_from.clone(),
        hashes: input.hashes.clone(),
        user_supplied: input.user_supplied,
    }
}

/// One line of a constraints file.
pub(crate) fn constraint(input: &RequirementInput) -> Constraint {
    Constraint {
        kind: kind(input),
        comes_from: input.comes_from.clone(),
        hashes: input.hashes.clone(),
    }
}

fn kind(input: &RequirementInput) -> RootKind {
    let by_name = matches!(input.origin, Origin::Index);
    match &input.requirement {
        Some(requirement) if by_name || (requirement.url.is_some() && !input.editable) => {
            RootKind::Named(Requirement {
                marker: requirement.marker.clone().or_else(|| input.marker.clone()),
                ..requirement.clone()
            })
        }
        requirement => RootKind::Direct(Direct {
            requirement: requirement.clone(),
            url: input.origin.link().map(|link| link.url.clone()).unwrap_or_default(),
            extras: input.extras.iter().cloned().collect(),
            marker: input.marker.clone(),
            editable: input.editable,
        }),
    }
}

fn options(selection: &Selection, changes: Changes, dependencies: Dependencies) -> Options {
    Options {
        upgrade: match changes.upgrade {
            Upgrade::ToSatisfyOnly => accel_resolve::Upgrade::ToSatisfyOnly,
            Upgrade::OnlyIfNeeded => accel_resolve::Upgrade::OnlyIfNeeded,
            Upgrade::Eager => accel_resolve::Upgrade::Eager,
        },
        ignore_installed: changes.ignore_installed,
        force_reinstall: changes.force_reinstall,
        ignore_requires_python: selection.ignore_requires_python,
        heed_python_of_pages: selection.heed_python_of_pages,
        no_dependencies: dependencies == Dependencies::Ignore,
        only_dependencies: dependencies == Dependencies::Only,
        prefer_binary: selection.prefer_binary,
        formats: selection.format_control.clone(),
        releases: selection.release_control.clone(),
        uploaded_prior_to: selection.uploaded_prior_to,
    }
}
