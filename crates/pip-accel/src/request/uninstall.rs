//! `uninstall`: only the names of what is given count.

use accel_engine::request::UninstallRequest;
use accel_requirements::{ConfigSettings, FileOptions, Reader, RequirementInput};
use accel_types::PackageName;
use accel_types::python_text::repr;

use super::Request;
use super::gathering::stop;
use super::general::{general, python_choice};
use crate::args::{Parsed, Stop};
use crate::outside::Outside;
use crate::surroundings::Surroundings;

/// The request of `uninstall`.
pub(super) fn make(
    parsed: &Parsed,
    surroundings: &Surroundings,
    warnings: &mut Vec<String>,
) -> Result<Request, Stop> {
    let options = &parsed.options;
    let mut general = general(parsed, surroundings)?;
    // pip asks the variable itself, for which even `0` means not to ask anybody.
    general.no_input |= surroundings.filled("PIP_NO_INPUT").is_some();
    let outside = Outside::new(surroundings, general.network.settings(&[]));
    let mut reader = Reader::new(&outside, &surroundings.program, FileOptions::default());
    let mut names = Names::default();
    for text in &parsed.arguments {
        let read = reader.argument(text, &ConfigSettings::default());
        warnings.append(&mut reader.warnings);
        if !names.take(&read.map_err(|error| stop(&error, parsed))?) {
            warnings.push(format!(
                "Invalid requirement: {} ignored - the uninstall command expects named \
                 requirements.",
                repr(text)
            ));
        }
    }
    for file in &options.requirements {
        let read = reader.read(file, false);
        warnings.append(&mut reader.warnings);
        for input in read.map_err(|error| stop(&error, parsed))? {
            names.take(&input);
        }
    }
    if names.0.is_empty() {
        return Err(Stop::error(
            "You must give at least one requirement to uninstall (see \"pip help uninstall\")",
        ));
    }
    Ok(Request::Uninstall(Box::new(UninstallRequest {
        names: names.0.into_iter().map(|(_, name)| name).collect(),
        yes: options.yes,
        break_system_packages: options.override_externally_managed,
        python: python_choice(parsed, surroundings),
        general,
    })))
}

/// Names as typed. One that comes again in another form keeps its place, and is shown as it came
/// last.
#[derive(Default)]
struct Names(Vec<(PackageName, String)>);

impl Names {
    /// Takes the name of a requirement, if it has one.
    fn take(&mut self, input: &RequirementInput) -> bool {
        let Some(requirement) = &input.requirement else { return false };
        let package = requirement.package();
        match self.0.iter_mut().find(|(known, _)| *known == package) {
            Some((_, shown)) => shown.clone_from(&requirement.name),
            None => self.0.push((package, requirement.name.clone())),
        }
        true
    }
}
