//! `explain`: a dry run of `install`, told from the point of view of a project.

use accel_engine::request::ExplainRequest;
use accel_types::PackageName;
use accel_types::python_text::repr;

use super::{Request, install};
use crate::args::{Parsed, Stop};
use crate::surroundings::Surroundings;

/// The request of `explain`.
pub(super) fn make(
    parsed: &Parsed,
    surroundings: &Surroundings,
    warnings: &mut Vec<String>,
) -> Result<Request, Stop> {
    let Some((names, requirements)) = parsed.arguments.split_first() else {
        return Err(Stop::error(
            "You must give the name of a project to explain (see \"pip help explain\")",
        ));
    };
    let names: Result<Vec<PackageName>, Stop> = names.split(',').map(project).collect();
    let names = names?;
    let mut parsed = parsed.clone();
    parsed.options.dry_run = true;
    let options = &parsed.options;
    let of_environment = requirements.iter().all(|text| text.trim().is_empty())
        && options.editables.is_empty()
        && options.requirements.is_empty()
        && options.dependency_groups.is_empty()
        && options.requirements_from_scripts.is_empty();
    Ok(Request::Explain(Box::new(ExplainRequest {
        names,
        resolve: install::checked(&parsed, surroundings, requirements, warnings)?,
        of_environment,
        json: options.json,
    })))
}

/// A name as projects may have it.
fn project(name: &str) -> Result<PackageName, Stop> {
    PackageName::parse(name.trim())
        .map_err(|_| Stop::error(&format!("Invalid project name: {}", repr(name))))
}
