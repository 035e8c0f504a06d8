//! `pip check`.

use super::Environment;
use crate::error::EngineError;
use crate::listener::{Level, Listener};
use crate::mend;
use crate::request::EnvironmentRequest;
use accel_types::{Headers, PackageName, Requirement, Tag, TagList, Version, python_repr};
use std::collections::HashMap;
use std::sync::Arc;

/// A distribution with what it requires.
struct Detail {
    name: PackageName,
    version: Version,
    dependencies: Vec<Requirement>,
}

/// Checks that what is installed fits together; whether it does.
pub fn check(
    request: &EnvironmentRequest,
    listener: Arc<dyn Listener>,
) -> Result<bool, EngineError> {
    let environment = Environment::of(request, listener)?;
    let markers = environment.target.interpreter.markers();
    let mut details: Vec<Detail> = Vec::new();
    let mut sound = true;
    environment.each(|member| {
        let name = member.name().clone();
        let known = member.dependencies(markers).and_then(|dependencies| {
            Ok(Detail { name: name.clone(), version: member.version()?, dependencies })
        });
        match known {
            Ok(detail) => details.push(detail),
            Err(problem) => {
                let words = problem.words();
                let text = format!("Error parsing dependencies of {name}: {words}");
                environment.voice.say(Level::Warning, &text);
                sound = false;
            }
        }
        Ok(())
    })?;
    let (missing, conflicting) = compare(&details);
    let unsupported = unsupported(&environment)?;
    let lost =
        if request.paths.is_empty() { mend::lost_in(&environment.target) } else { Vec::new() };
    let lost: Vec<String> = lost.iter().map(mend::words).collect();
    for line in missing.iter().chain(&conflicting).chain(&unsupported).chain(&lost) {
        environment.line(line);
    }
    sound &= missing.is_empty() && conflicting.is_empty() && unsupported.is_empty();
    sound &= lost.is_empty();
    if sound {
        environment.line("No broken requirements found.");
    }
    Ok(sound)
}

/// The lines about what is missing, and about what is there in a version that does not fit.
fn compare(details: &[Detail]) -> (Vec<String>, Vec<String>) {
    let versions: HashMap<&PackageName, &Version> =
        details.iter().map(|detail| (&detail.name, &detail.version)).collect();
    let (mut missing, mut conflicting) = (Vec::new(), Vec::new());
    for Detail { name, version, dependencies } in details {
        // With the texts by which pip sorts.
        let mut absent: Vec<(String, String)> = Vec::new();
        let mut unfit: Vec<(String, String)> = Vec::new();
        let mut seen: Vec<&Requirement> = Vec::new();
        for requirement in dependencies {
            if seen.contains(&requirement) {
                continue;
            }
            seen.push(requirement);
            let wanted = requirement.package();
            let quoted = python_repr(wanted.as_str());
            let shown = format!("<Requirement({})>", python_repr(&requirement.to_string()));
            match versions.get(&wanted) {
                None => absent.push((
                    format!("({quoted}, {shown})"),
                    format!("{name} {version} requires {wanted}, which is not installed."),
                )),
                Some(there) if !requirement.specifier.contains(there, Some(true)) => unfit.push((
                    format!("({quoted}, <Version('{there}')>, {shown})"),
                    format!(
                        "{name} {version} has requirement {requirement}, but you have {wanted} \
                         {there}."
                    ),
                )),
                Some(_) => {}
            }
        }
        for (mut found, lines) in [(absent, &mut missing), (unfit, &mut conflicting)] {
            found.sort();
            lines.extend(found.into_iter().map(|(_, line)| line));
        }
    }
    (missing, conflicting)
}

/// The lines about wheels for other platforms.
fn unsupported(environment: &Environment<'_>) -> Result<Vec<String>, EngineError> {
    let mut lines = Vec::new();
    let supported = environment.target.interpreter.tags();
    environment.each(|member| {
        let is_part = super::PARTS_OF_PYTHON.contains(&member.name().as_str());
        // Without virtual environments all is local.
        if is_part || !member.found.is_local() {
            return Ok(());
        }
        let Some(wheel) = member.found.read_text("WHEEL")? else { return Ok(()) };
        if !fits(&wheel, supported) {
            let version = member.version().map_err(EngineError::from)?;
            lines.push(format!(
                "{} {version} is not supported on this platform",
                member.raw_name()?
            ));
        }
        Ok(())
    })?;
    Ok(lines)
}

/// Whether any tag of a WHEEL file is one of the platform's.
fn fits(wheel: &str, supported: &TagList) -> bool {
    let headers = Headers::parse(wheel);
    let tags = headers.get_all("Tag").filter_map(|text| Tag::parse_set(text).ok());
    tags.flatten().any(|tag| supported.rank(&tag).is_some())
}
