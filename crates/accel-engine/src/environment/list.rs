//! `pip list`.

use super::finding::Finder;
use super::member::{Member, Undecided};
use super::{Environment, PARTS_OF_PYTHON};
use crate::error::EngineError;
use crate::listener::Listener;
use crate::request::{Compared, ListFormat, ListRequest};
use accel_resolve::Available;
use accel_types::python_text::strip_end;
use accel_types::{Headers, Json, PackageName};
use std::collections::HashSet;
use std::sync::Arc;

/// A distribution of the list, and the best that there is of it where that was looked for.
struct Listed<'a> {
    member: Member<'a>,
    latest: Option<Available>,
}

/// Lists what is installed.
pub fn list(request: &ListRequest, listener: Arc<dyn Listener>) -> Result<(), EngineError> {
    let environment = Environment::of(&request.environment, listener)?;
    let mut members = Vec::new();
    environment.each(|member| {
        let unwanted = !request.include_editables && member.is_editable()?
            || request.only_editables && !member.is_editable()?
            || PARTS_OF_PYTHON.contains(&member.name().as_str());
        if !unwanted {
            members.push(member);
        }
        Ok(())
    })?;
    if request.not_required {
        let required = required(&members, &environment)?;
        members.retain(|member| !required.contains(member.name()));
    }
    members.retain(|member| !request.excludes.contains(member.name()));
    let mut listed = match request.compared {
        Some(compared) => compare(members, compared, request, &environment)?,
        None => members.into_iter().map(|member| Listed { member, latest: None }).collect(),
    };
    listed.sort_by(|one, other| one.member.name().cmp(other.member.name()));
    match request.format {
        ListFormat::Columns if listed.is_empty() => {}
        ListFormat::Columns => columns(&listed, request, &environment)?,
        ListFormat::Freeze => {
            for Listed { member, .. } in &listed {
                let pinned = member.pinned()?;
                environment.line(&match request.environment.verbose {
                    1.. => format!("{pinned} ({})", member.found.location_text()),
                    _ => pinned,
                });
            }
        }
        ListFormat::Json => {
            let items: Result<Vec<Json>, EngineError> =
                listed.iter().map(|listed| item(listed, request)).collect();
            environment.line(&Json::List(items?).compact());
        }
    }
    Ok(())
}

/// The names that others require.
fn required(
    members: &[Member<'_>],
    environment: &Environment<'_>,
) -> Result<HashSet<PackageName>, EngineError> {
    let mut required = HashSet::new();
    for member in members {
        let dependencies = member.dependencies(environment.target.interpreter.markers())?;
        required.extend(dependencies.iter().map(accel_types::Requirement::package));
    }
    Ok(required)
}

/// Those that are out of date or up to date.
fn compare<'a>(
    members: Vec<Member<'a>>,
    compared: Compared,
    request: &ListRequest,
    environment: &Environment<'_>,
) -> Result<Vec<Listed<'a>>, EngineError> {
    let (general, python) = (&request.environment.general, &environment.target.interpreter);
    let finder = Finder::new(&request.finding, general, python, &environment.voice)?;
    finder.look_ahead(members.iter().map(Member::name));
    let mut listed = Vec::new();
    for member in members {
        let Some(latest) = finder.offers(member.name())?.into_iter().next() else { continue };
        let version = member.version()?;
        let wanted = match compared {
            Compared::Outdated => latest.version > version,
            Compared::Uptodate => latest.version == version,
        };
        if wanted {
            listed.push(Listed { member, latest: Some(latest) });
        }
    }
    Ok(listed)
}

/// pip's word for the form of a file.
fn form(latest: &Available) -> &'static str {
    if latest.wheel { "wheel" } else { "sdist" }
}

/// The table.
fn columns(
    listed: &[Listed<'_>],
    request: &ListRequest,
    environment: &Environment<'_>,
) -> Result<(), EngineError> {
    let mut builds = Vec::with_capacity(listed.len());
    for Listed { member, .. } in listed {
        let wheel = member.found.read_text("WHEEL")?;
        let build = wheel.and_then(|text| Headers::parse(&text).get("Build").map(str::to_owned));
        builds.push(build.unwrap_or_default());
    }
    let has_builds = builds.iter().any(|build| !build.is_empty());
    let mut has_editables = false;
    for Listed { member, .. } in listed {
        // As pip, no further than needed: looking may give a warning.
        has_editables = has_editables || member.is_editable()?;
    }
    let outdated = request.compared == Some(Compared::Outdated);
    let verbose = request.environment.verbose >= 1;
    let mut header = vec!["Package", "Version"];
    if outdated {
        header.extend(["Latest", "Type"]);
    }
    if has_builds {
        header.push("Build");
    }
    if has_editables {
        header.push("Editable project location");
    }
    if verbose {
        header.extend(["Location", "Installer"]);
    }
    let mut rows: Vec<Vec<String>> = vec![header.into_iter().map(str::to_owned).collect()];
    for (Listed { member, latest }, build) in listed.iter().zip(builds) {
        let mut row = vec![member.raw_name()?.to_owned(), member.raw_version()?.to_owned()];
        if let Some(latest) = latest.as_ref().filter(|_| outdated) {
            row.extend([latest.version.to_string(), form(latest).to_owned()]);
        }
        if has_builds {
            row.push(build);
        }
        if has_editables {
            row.push(member.editable_location()?.unwrap_or_default().to_owned());
        }
        if verbose {
            row.extend([member.found.location_text(), member.found.installer()]);
        }
        rows.push(row);
    }
    for line in table(&rows) {
        environment.line(&line);
    }
    Ok(())
}

/// The rows with their cells below each other, and a line of dashes behind the first.
fn table(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        strip_end(&cells.join(" ")).to_owned()
    };
    let mut lines: Vec<String> = rows.iter().map(line).collect();
    let dashes: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    lines.insert(1, dashes.join(" "));
    lines
}

/// The object of a distribution.
fn item(listed: &Listed<'_>, request: &ListRequest) -> Result<Json, EngineError> {
    let Listed { member, latest } = listed;
    let version = match member.version() {
        Ok(version) => Json::text(version.to_string()),
        Err(Undecided::Other("InvalidVersion", _)) => {
            member.header("Version")?.map_or(Json::Null, Json::text)
        }
        Err(other) => return Err(other.into()),
    };
    let mut members = vec![("name", Json::text(member.raw_name()?)), ("version", version)];
    if request.environment.verbose >= 1 {
        members.push(("location", Json::Text(member.found.location_text())));
        members.push(("installer", Json::Text(member.found.installer())));
    }
    if let Some(latest) = latest.as_ref().filter(|_| request.compared == Some(Compared::Outdated)) {
        members.push(("latest_version", Json::text(latest.version.to_string())));
        members.push(("latest_filetype", Json::text(form(latest))));
    }
    if let Some(location) = member.editable_location()?.filter(|location| !location.is_empty()) {
        members.push(("editable_project_location", Json::text(location)));
    }
    Ok(Json::object(members))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stand_below_each_other() {
        let rows = [["Package", "V"], ["a", "1.0"], ["b", ""]];
        let rows = rows.map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(table(&rows), ["Package V", "------- ---", "a       1.0", "b"]);
    }
}
