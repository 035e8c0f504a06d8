//! `list`, `show`, `check`, `inspect`, and what all commands have in common that look at an
//! environment.

use std::path::PathBuf;

use accel_engine::request::{Compared, EnvironmentRequest, ListFormat, ListRequest, ShowRequest};
use accel_types::PackageName;

use super::finding::finding;
use super::general::{general, python_choice};
use super::{Request, checks};
use crate::args::{Parsed, Stop};
use crate::surroundings::Surroundings;

/// Which distributions of which environment are looked at.
pub(super) fn environment(
    parsed: &Parsed,
    surroundings: &Surroundings,
) -> Result<EnvironmentRequest, Stop> {
    let options = &parsed.options;
    Ok(EnvironmentRequest {
        python: python_choice(parsed, surroundings),
        local: options.local,
        user: options.user_only,
        paths: options.paths.iter().map(PathBuf::from).collect(),
        verbose: options.verbose,
        general: general(parsed, surroundings)?,
    })
}

/// `--path` together with what says where to look, too.
pub(super) fn check_paths(parsed: &Parsed) -> Result<(), Stop> {
    let options = &parsed.options;
    if !options.paths.is_empty() && (options.user_only || options.local) {
        return Err(Stop::error("Cannot combine '--path' with '--user' or '--local'"));
    }
    Ok(())
}

/// The names of `--exclude`.
pub(super) fn excludes(parsed: &Parsed) -> Vec<PackageName> {
    parsed.options.excludes.iter().map(|name| PackageName::new(name)).collect()
}

/// The request of `list`.
pub(super) fn list(
    parsed: &Parsed,
    surroundings: &Surroundings,
    _: &mut Vec<String>,
) -> Result<Request, Stop> {
    let options = &parsed.options;
    checks::release_control(options)?;
    if options.outdated && options.uptodate {
        return Err(Stop::error("Options --outdated and --uptodate cannot be combined."));
    }
    let format = match options.list_format.as_deref() {
        Some("freeze") => ListFormat::Freeze,
        Some("json") => ListFormat::Json,
        _ => ListFormat::Columns,
    };
    if options.outdated && format == ListFormat::Freeze {
        return Err(Stop::error("List format 'freeze' cannot be used with the --outdated option."));
    }
    check_paths(parsed)?;
    let mut environment = environment(parsed, surroundings)?;
    let finding = finding(parsed, surroundings, &mut environment.general)?;
    Ok(Request::List(Box::new(ListRequest {
        environment,
        only_editables: options.only_editables,
        include_editables: options.include_editable,
        not_required: options.not_required,
        excludes: excludes(parsed),
        format,
        compared: match (options.outdated, options.uptodate) {
            (true, _) => Some(Compared::Outdated),
            (false, true) => Some(Compared::Uptodate),
            (false, false) => None,
        },
        finding,
    })))
}

/// The request of `show`.
pub(super) fn show(
    parsed: &Parsed,
    surroundings: &Surroundings,
    _: &mut Vec<String>,
) -> Result<Request, Stop> {
    Ok(Request::Show(Box::new(ShowRequest {
        environment: environment(parsed, surroundings)?,
        names: parsed.arguments.clone(),
        files: parsed.options.files,
    })))
}

/// The request of `check`.
pub(super) fn check(
    parsed: &Parsed,
    surroundings: &Surroundings,
    _: &mut Vec<String>,
) -> Result<Request, Stop> {
    Ok(Request::Check(Box::new(environment(parsed, surroundings)?)))
}

/// The request of `inspect`.
pub(super) fn inspect(
    parsed: &Parsed,
    surroundings: &Surroundings,
    _: &mut Vec<String>,
) -> Result<Request, Stop> {
    check_paths(parsed)?;
    Ok(Request::Inspect(Box::new(environment(parsed, surroundings)?)))
}
