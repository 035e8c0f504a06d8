//! `pip show`.

use super::member::{Member, Undecided};
use super::{Environment, by_name};
use crate::error::EngineError;
use crate::listener::{Level, Listener};
use crate::request::ShowRequest;
use accel_types::python_text::{split_lines, strip};
use accel_types::{PackageName, Requirement};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// Shows what is known of distributions; whether there was any.
pub fn show(request: &ShowRequest, listener: Arc<dyn Listener>) -> Result<bool, EngineError> {
    let environment = Environment::of(&request.environment, listener)?;
    if request.names.is_empty() {
        let text = "ERROR: Please provide a package name or names.";
        environment.voice.say(Level::Warning, text);
        return Ok(false);
    }
    let members = environment.all()?;
    let places = by_name(&members);
    let wanted: Vec<(&String, PackageName)> =
        request.names.iter().map(|name| (name, PackageName::new(name))).collect();
    let mut missing: Vec<&str> = wanted
        .iter()
        .filter(|(_, package)| !places.contains_key(package))
        .map(|(name, _)| name.as_str())
        .collect();
    if !missing.is_empty() {
        missing.sort_unstable();
        let text = format!("Package(s) not found: {}", missing.join(", "));
        environment.voice.say(Level::Warning, &text);
    }
    let mut any = false;
    for (_, package) in &wanted {
        let Some(at) = places.get(package) else { continue };
        let shown = Shown::of(&members[*at], &members, request, &environment)?;
        if any {
            environment.line("---");
        }
        any = true;
        shown.print(request, &environment)?;
    }
    Ok(any)
}

/// What is gathered of a distribution before any of it is printed.
struct Shown<'a> {
    member: &'a Member<'a>,
    requires: Vec<String>,
    required_by: Vec<String>,
    entry_points: Vec<String>,
    /// Only if asked for.
    files: Option<Vec<String>>,
    homepage: String,
}

impl<'a> Shown<'a> {
    fn of(
        member: &'a Member<'a>,
        members: &[Member<'_>],
        request: &ShowRequest,
        environment: &Environment<'_>,
    ) -> Result<Self, EngineError> {
        let markers = environment.target.interpreter.markers();
        let mut requires: Vec<String> = match member.dependencies(markers) {
            Ok(dependencies) => {
                let names: BTreeSet<String> =
                    dependencies.into_iter().map(|requirement| requirement.name).collect();
                names.into_iter().collect()
            }
            Err(Undecided::Requirement(_)) => member.headers("Requires-Dist")?,
            Err(other) => return Err(other.into()),
        };
        requires.sort_by_key(|name| name.to_lowercase());
        let required_by = match requiring(member.name(), members, environment) {
            Ok(names) => names,
            Err(Undecided::Requirement(_)) => vec!["#N/A".to_owned()],
            Err(other) => return Err(other.into()),
        };
        let text = member.found.read_text("entry_points.txt")?.unwrap_or_default();
        let entry_points = split_lines(&text).into_iter().map(str::to_owned).collect();
        let files = if request.files {
            let mut files = member.found.declared_files()?;
            if let Some(files) = &mut files {
                files.sort_unstable();
            }
            files
        } else {
            None
        };
        let homepage = homepage(member)?;
        Ok(Self { member, requires, required_by, entry_points, files, homepage })
    }

    fn print(
        &self,
        request: &ShowRequest,
        environment: &Environment<'_>,
    ) -> Result<(), EngineError> {
        let member = self.member;
        let header = |name: &str| Ok::<_, EngineError>(member.header(name)?.unwrap_or_default());
        let field = |key: &str, value: &str| environment.line(&format!("{key}: {value}"));
        let metadata_version = header("Metadata-Version")?;
        let is_new = is_at_least_2_4(metadata_version)?;
        field("Name", member.raw_name()?);
        field("Version", member.raw_version()?);
        field("Summary", header("Summary")?);
        field("Home-page", &self.homepage);
        field("Author", header("Author")?);
        field("Author-email", header("Author-email")?);
        let expression = header("License-Expression")?;
        if is_new && !expression.is_empty() {
            field("License-Expression", expression);
        } else {
            field("License", header("License")?);
        }
        field("Location", &member.found.location_text());
        if let Some(location) = member.editable_location()? {
            field("Editable project location", location);
        }
        field("Requires", &self.requires.join(", "));
        field("Required-by", &self.required_by.join(", "));
        let below = |lines: &[String]| {
            for line in lines {
                environment.line(&format!("  {line}"));
            }
        };
        let stripped = |lines: &[String]| -> Vec<String> {
            lines.iter().map(|line| strip(line).to_owned()).collect()
        };
        if request.environment.verbose >= 1 {
            field("Metadata-Version", metadata_version);
            field("Installer", &member.found.installer());
            environment.line("Classifiers:");
            below(&member.headers("Classifier")?);
            environment.line("Entry-points:");
            below(&stripped(&self.entry_points));
            environment.line("Project-URLs:");
            below(&member.headers("Project-URL")?);
        }
        if request.files {
            environment.line("Files:");
            match &self.files {
                None => environment.line("Cannot locate RECORD or installed-files.txt"),
                Some(files) => below(&stripped(files)),
            }
        }
        Ok(())
    }
}

/// The names of those that require a project.
fn requiring(
    name: &PackageName,
    members: &[Member<'_>],
    environment: &Environment<'_>,
) -> Result<Vec<String>, Undecided> {
    let mut names = Vec::new();
    for member in members {
        let dependencies = member.dependencies(environment.target.interpreter.markers())?;
        let required: HashSet<PackageName> =
            dependencies.iter().map(Requirement::package).collect();
        if required.contains(name) {
            let written = member.header("Name")?.filter(|name| !name.is_empty());
            names.push(written.unwrap_or("UNKNOWN").to_owned());
        }
    }
    names.sort_by_key(|name| name.to_lowercase());
    Ok(names)
}

/// The project's page by the header of its own, or else by the label of a URL (PEP 753).
fn homepage(member: &Member<'_>) -> Result<String, EngineError> {
    let written = member.header("Home-page")?.unwrap_or_default();
    if !written.is_empty() {
        return Ok(written.to_owned());
    }
    for url in member.headers("Project-URL")? {
        let Some((label, url)) = url.split_once(',') else {
            return Err(EngineError::Crash(
                "ValueError: not enough values to unpack (expected 2, got 1)".to_owned(),
            ));
        };
        let dropped = |c: char| c.is_ascii_punctuation() || " \t\n\r\u{b}\u{c}".contains(c);
        if label.replace(dropped, "").to_lowercase() == "homepage" {
            return Ok(strip(url).to_owned());
        }
    }
    Ok(String::new())
}

/// Whether the version of the metadata knows license expressions.
fn is_at_least_2_4(version: &str) -> Result<bool, EngineError> {
    if version.is_empty() {
        return Ok(false);
    }
    let mut numbers = Vec::new();
    for part in version.split('.') {
        numbers.push(accel_requirements::optparse::python_int(part, 10).ok_or_else(|| {
            let part = accel_types::python_repr(part);
            EngineError::Crash(format!(
                "ValueError: invalid literal for int() with base 10: {part}"
            ))
        })?);
    }
    Ok(numbers.as_slice() >= [2, 4].as_slice())
}
