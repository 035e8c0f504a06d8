//! `install`, and what every command asks for that resolves requirements.

use std::path::PathBuf;

use accel_engine::request::{
    BuildOptions, Changes, Dependencies, IndexRequest, InstallPlace, InstallRequest, Refresh,
    Selection, Upgrade, WritingOptions,
};
use accel_requirements::{FileOptions, Origin, Reader, python_path};

use super::gathering::{Gathering, expanded_links, uncritical};
use super::general::{general, python_choice};
use super::own_settings::{freshness, link_mode, stage, system_packages};
use super::{Request, checks, filled};
use crate::args::{LowArgs, Parsed, Stop};
use crate::failure;
use crate::outside::Outside;
use crate::surroundings::Surroundings;

/// The request of `install`.
pub(super) fn make(
    parsed: &Parsed,
    surroundings: &Surroundings,
    warnings: &mut Vec<String>,
) -> Result<Request, Stop> {
    match checked(parsed, surroundings, &parsed.arguments, warnings) {
        Ok(request) => Ok(Request::Install(Box::new(request))),
        Err(stop) => Err(managers_refusal(parsed, surroundings, warnings).unwrap_or(stop)),
    }
}

/// What pip says before it looks at anything else: the environment belongs to another package manager.
fn managers_refusal(
    parsed: &Parsed,
    surroundings: &Surroundings,
    warnings: &mut Vec<String>,
) -> Option<Stop> {
    let options = &parsed.options;
    let report = options.json_report_file.is_some();
    if !place(options, surroundings).checks_externally_managed(options.dry_run, report) {
        return None;
    }
    let general = general(parsed, surroundings).ok()?;
    let error = accel_engine::refused_by_manager(&python_choice(parsed, surroundings), &general)?;
    warnings.clear();
    Some(uncritical(format!("{}\n", failure::text(&error)), parsed))
}

fn place(options: &LowArgs, surroundings: &Surroundings) -> InstallPlace {
    InstallPlace {
        target: target(options, surroundings),
        prefix: filled(options.prefix_path.as_ref()).map(PathBuf::from),
        root: options.root_path.as_ref().map(PathBuf::from),
        user: options.use_user_site,
        break_system_packages: options.override_externally_managed,
    }
}

/// `install` of `arguments`, which `venv` does too.
pub(super) fn checked(
    parsed: &Parsed,
    surroundings: &Surroundings,
    arguments: &[String],
    warnings: &mut Vec<String>,
) -> Result<InstallRequest, Stop> {
    let options = &parsed.options;
    if options.use_user_site == Some(true) && options.target_dir.is_some() {
        return Err(Stop::error("Can not combine '--user' and '--target'"));
    }
    checks::only_dependencies(options)?;
    checks::build_constraints(options)?;
    checks::target_restriction(options, true)?;
    checks::release_control(options)?;
    if options.use_user_site == Some(true) && filled(options.prefix_path.as_ref()).is_some() {
        return Err(Stop::error(
            "Can not combine '--user' and '--prefix' as they imply different installation \
             locations",
        ));
    }
    if let Some(target) = target(options, surroundings)
        && accel_io::fs::exists(&target)
        && !accel_io::fs::is_dir(&target)
    {
        return Err(Stop::error("Target path exists but is not a directory, will not continue."));
    }
    checks::not_native(parsed)?;
    assembled(parsed, surroundings, arguments, warnings)
}

fn target(options: &LowArgs, surroundings: &Surroundings) -> Option<PathBuf> {
    let target = filled(options.target_dir.as_ref())?;
    Some(python_path::abspath(&surroundings.current_dir_text(), target).into())
}

/// Reads what is named and puts it together with the options, whose combinations are checked
/// already. Options that a command does not have are at their defaults.
pub(super) fn assembled(
    parsed: &Parsed,
    surroundings: &Surroundings,
    arguments: &[String],
    warnings: &mut Vec<String>,
) -> Result<InstallRequest, Stop> {
    let options = &parsed.options;
    let release_control = checks::release_control(options)?;
    let target = target(options, surroundings);
    let mut general = general(parsed, surroundings)?;
    let mut index_urls = Vec::new();
    if !options.no_index {
        index_urls.push(options.index_url.clone());
        index_urls.extend(options.extra_index_urls.iter().cloned());
    }
    let outside = Outside::new(surroundings, general.network.settings(&index_urls));
    let mut read = Gathering {
        options,
        outside: &outside,
        parsed,
        reader: Reader::new(
            &outside,
            &surroundings.program,
            FileOptions {
                index_urls,
                find_links: expanded_links(options, surroundings),
                no_index: options.no_index,
                format_control: options.format_control.clone(),
                release_control,
                prefer_binary: options.prefer_binary,
                require_hashes: options.require_hashes,
                no_require_hashes: options.no_require_hashes,
                features: general.features.clone(),
                trusted_hosts: options.trusted_hosts.clone(),
                notes: Vec::new(),
            },
        ),
    }
    .run(arguments, surroundings, warnings)?;

    let reaches_out =
        read.all().any(|input| matches!(input.origin, Origin::Remote(_) | Origin::Vcs { .. }));
    let mut from_files = std::mem::take(&mut read.options);
    if from_files.no_index && from_files.find_links.is_empty() {
        // pip would have nothing to look at; what is kept of the configured indexes answers.
        from_files.index_urls.push(options.index_url.clone());
        from_files.index_urls.extend(options.extra_index_urls.iter().cloned());
    }
    general.features = from_files.features;
    general.notes = from_files.notes;
    general.network.trusted_hosts = from_files.trusted_hosts;
    general.network.offline = from_files.no_index
        && !from_files.find_links.iter().any(|link| link.to_ascii_lowercase().starts_with("http"))
        && !reaches_out
        && read.locks.is_empty();
    let to_target = target.is_some();
    let elsewhere = to_target || filled(options.prefix_path.as_ref()).is_some();
    Ok(InstallRequest {
        requirements: read.requirements,
        constraints: read.constraints,
        build_constraints: read.build_constraints,
        build_constraint_files: options.build_constraints.clone(),
        script_requires_python: read.script,
        index: IndexRequest {
            index_urls: from_files.index_urls,
            find_links: from_files.find_links,
            no_index: from_files.no_index,
            refresh: Refresh { all: options.refresh_all, names: options.refresh_package.clone() },
            freshness: freshness(options, surroundings, &parsed.configuration)?,
        },
        selection: Selection {
            format_control: from_files.format_control,
            release_control: from_files.release_control,
            prefer_binary: from_files.prefer_binary,
            ignore_requires_python: options.ignore_requires_python,
            heed_python_of_pages: false,
            uploaded_prior_to: options.uploaded_prior_to,
        },
        changes: Changes {
            upgrade: match (options.upgrade, options.upgrade_strategy.as_str()) {
                (false, _) => Upgrade::ToSatisfyOnly,
                (true, "eager") => Upgrade::Eager,
                (true, _) => Upgrade::OnlyIfNeeded,
            },
            force_reinstall: options.force_reinstall,
            ignore_installed: options.ignore_installed || to_target,
        },
        dependencies: match (options.ignore_dependencies, options.only_dependencies) {
            (true, _) => Dependencies::Ignore,
            (false, true) => Dependencies::Only,
            (false, false) => Dependencies::Follow,
        },
        require_hashes: from_files.require_hashes || read.has_hashes,
        locks: read.locks,
        heed_hashes_of_locks: !from_files.no_require_hashes,
        locked: Vec::new(),
        place: place(options, surroundings),
        python: python_choice(parsed, surroundings),
        target_python: checks::target_python(options),
        build: BuildOptions {
            isolation: options.build_isolation,
            check_build_dependencies: options.check_build_deps,
            config_settings: options.config_settings.clone(),
            source_directory: options.src_dir.as_ref().map(PathBuf::from),
            no_clean: options.no_clean,
        },
        system_packages: system_packages(options, surroundings, &parsed.configuration)?,
        writing: WritingOptions {
            compile: options.compile,
            link_mode: link_mode(options, surroundings, &parsed.configuration)?,
            stage: stage(surroundings, &parsed.configuration)?,
            warn_script_location: options.warn_script_location && !elsewhere,
            warn_conflicts: options.warn_about_conflicts,
        },
        dry_run: options.dry_run,
        explain: options.explain,
        report: filled(options.json_report_file.as_ref()).cloned(),
        general,
    })
}
