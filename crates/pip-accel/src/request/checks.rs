//! Combinations of options that pip refuses; each command makes these checks in an order of its own.

use accel_engine::request::TargetPython;
use accel_requirements::is_lock_file;
use accel_types::ReleaseControl;
use accel_types::python_text::repr;

use super::filled;
use crate::args::{LowArgs, Parsed, Stop};

/// The option that aims at another place than an environment, where only an environment will do.
pub(super) fn elsewhere(options: &LowArgs) -> Option<&'static str> {
    let options = [
        (options.target_dir.is_some(), "--target"),
        (options.prefix_path.is_some(), "--prefix"),
        (options.root_path.is_some(), "--root"),
        (options.use_user_site == Some(true), "--user"),
    ];
    options.into_iter().find_map(|(given, option)| given.then_some(option))
}

/// `--only-deps` with what would leave nothing to do or is not known to it.
pub(super) fn only_dependencies(options: &LowArgs) -> Result<(), Stop> {
    if !options.only_dependencies {
        return Ok(());
    }
    let legacy = options.deprecated_features_enabled.iter().any(|f| f == "legacy-resolver");
    let mut conflicts: Vec<String> = [
        (options.ignore_dependencies, "'--no-deps'"),
        (legacy, "'--use-deprecated legacy-resolver'"),
        (!options.requirements.is_empty(), "'--requirement'"),
        (!options.requirements_from_scripts.is_empty(), "'--requirements-from-script'"),
        (!options.dependency_groups.is_empty(), "'--group'"),
    ]
    .into_iter()
    .filter(|(given, _)| *given)
    .map(|(_, name)| name.to_owned())
    .collect();
    if conflicts.len() > 1
        && let Some(last) = conflicts.last_mut()
    {
        last.insert_str(0, "or ");
    }
    if !conflicts.is_empty() {
        return Err(Stop::error(&format!(
            "Cannot use '--only-dependencies' in combination with {}. If this is unexpected, \
             please refer to the user guide:\n\n    \
             https://pip.pypa.io/en/stable/user_guide/#installing-only-dependencies",
            conflicts.join(", ")
        )));
    }
    Ok(())
}

/// `--build-constraint` without build environments to constrain.
pub(super) fn build_constraints(options: &LowArgs) -> Result<(), Stop> {
    if !options.build_constraints.is_empty() && !options.build_isolation {
        return Err(Stop::error("--build-constraint cannot be used with --no-build-isolation."));
    }
    Ok(())
}

/// `--platform` and its like (`check_dist_restriction`): `installs` is whether the command puts files
/// into environments, which must not be one for another Python.
pub(super) fn target_restriction(options: &LowArgs, installs: bool) -> Result<(), Stop> {
    if !target_python(options).is_set() {
        return Ok(());
    }
    if !options.format_control.is_only_binary_all() && !options.ignore_dependencies {
        return Err(Stop::error(
            "When restricting platform and interpreter constraints using --python-version, \
             --platform, --abi, or --implementation, either --no-deps must be set, or \
             --only-binary=:all: must be set and --no-binary must not be set (or must be set to \
             :none:).",
        ));
    }
    if installs && !options.dry_run && filled(options.target_dir.as_ref()).is_none() {
        return Err(Stop::error(
            "Can not use any platform or abi specific options unless installing via '--target' or \
             using '--dry-run'",
        ));
    }
    let files = options.requirements.iter();
    let files = files.chain(options.dependency_groups.iter().map(|(path, _)| path));
    for file in files {
        let bare = file.rfind('[').filter(|at| file.ends_with(']') && *at > 0);
        let bare = bare.map_or(file.as_str(), |at| file[..at].trim_end());
        if is_lock_file(bare, true) {
            return Err(Stop::error(&format!(
                "Platform and interpreter constraints using --python-version, --platform, --abi, \
                 or --implementation, are not supported when selecting requirements from {}",
                repr(bare)
            )));
        }
    }
    Ok(())
}

/// Which pre-releases are welcome; `--pre` excludes the finer options.
pub(super) fn release_control(options: &LowArgs) -> Result<ReleaseControl, Stop> {
    let mut release_control = options.release_control.clone();
    if options.pre {
        if !release_control.is_empty() {
            return Err(Stop::error("--pre cannot be used with --all-releases or --only-final."));
        }
        release_control.all_releases.all = true;
    }
    Ok(release_control)
}

pub(super) fn target_python(options: &LowArgs) -> TargetPython {
    TargetPython {
        platforms: options.platforms.clone(),
        python_version: options.python_version.clone(),
        implementation: options.implementation.clone(),
        abis: options.abis.clone(),
    }
}

/// What [`not_native`] finds, in the words of the README.
pub const HANDED_OVER: &[&str] = &["`--use-deprecated=legacy-resolver`"];

/// Hands over what only pip itself can do, if any of it is asked for.
pub(super) fn not_native(parsed: &Parsed) -> Result<(), Stop> {
    let hand_over = |reason: String| Err(Stop::HandOver { reason, python: parsed.python.clone() });
    let options = &parsed.options;
    if options.deprecated_features_enabled.iter().any(|feature| feature == "legacy-resolver") {
        return hand_over("--use-deprecated=legacy-resolver".to_owned());
    }
    Ok(())
}
