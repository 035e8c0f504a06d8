//! What is common to all commands.

use std::path::PathBuf;

use accel_engine::request::{
    General, ProgressBar, PythonChoice, PythonVariables, is_build_variable,
};

use accel_io::fs::is_closed;

use super::network::network;
use super::own_settings::own_setting;
use super::shared_cache::shared_cache;
use crate::args::{Command, LowArgs, Parsed, Stop, closest};
use crate::surroundings::Surroundings;

pub(super) fn general(parsed: &Parsed, surroundings: &Surroundings) -> Result<General, Stop> {
    let options = &parsed.options;
    let home = surroundings.home();
    let cache_root = cache_root(parsed, surroundings)?;
    // Without a cache a run keeps what it needs in a folder of its own, removed at the end.
    let use_cache = !options.no_cache_dir && !is_closed(&cache_root);
    let cache_root = if use_cache { cache_root } else { surroundings.temporary_folder() };
    let verbosity = verbosity(options);
    let mut features = Vec::new();
    for feature in &options.features_enabled {
        if !features.contains(feature) {
            features.push(feature.clone());
        }
    }
    Ok(General {
        python: PythonVariables {
            user_base: surroundings.filled("PYTHONUSERBASE").map(PathBuf::from),
            no_user_site: surroundings.filled("PYTHONNOUSERSITE").is_some(),
            python_path: surroundings
                .filled("PYTHONPATH")
                .map(|path| {
                    let folders = std::env::split_paths(&path);
                    folders.map(|folder| surroundings.current_dir.join(folder)).collect()
                })
                .unwrap_or_default(),
        },
        umask: surroundings.umask,
        build_variables: surroundings
            .variables()
            .filter(|(name, _)| is_build_variable(name))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        current_dir: surroundings.current_dir.clone(),
        cache_root,
        use_cache,
        verbosity: shown_verbosity(options),
        progress_bar: match options.progress_bar.as_str() {
            "on" => ProgressBar::On,
            "off" => ProgressBar::Off,
            "raw" => ProgressBar::Raw,
            _ if verbosity >= 0 => ProgressBar::On,
            _ => ProgressBar::Off,
        },
        dumb_terminal: surroundings.variable("TERM").as_deref() == Some("dumb"),
        no_color: options.no_color || surroundings.variable("NO_COLOR").is_some(),
        log: options.log.as_ref().map(|log| surroundings.current_dir.join(log)),
        no_input: options.no_input,
        exists_action: options.exists_action.clone(),
        no_partial_clone: surroundings
            .variable("PIP_NO_PARTIAL_CLONE_FOR_BROKEN_GIT_SERVER")
            .is_some_and(|value| crate::config::parse_bool(&value) == Ok(true)),
        isolated: options.isolated_mode,
        debug: options.debug_mode,
        disable_version_check: options.disable_pip_version_check || options.no_index,
        warn_root_user: options.root_user_action == "warn",
        features,
        notes: Vec::new(),
        network: network(options, surroundings),
        shared_cache: shared_cache(options, surroundings, &parsed.configuration)?,
        search_path: surroundings.search_path(),
        home,
    })
}

/// What pip says of a cache that belongs to somebody else, who lets nobody look.
pub(super) fn warning_of_cache(parsed: &Parsed, surroundings: &Surroundings) -> Option<String> {
    let uses = [Command::Install, Command::Venv, Command::Download, Command::Wheel, Command::Lock];
    if !uses.contains(&parsed.command) || parsed.options.no_cache_dir {
        return None;
    }
    let root = cache_root(parsed, surroundings).ok()?;
    is_closed(&root).then(|| {
        format!(
            "The directory '{}' or its parent directory is not owned or is not writable by the \
             current user. The cache has been disabled. Check the permissions and owner of that \
             directory. If executing pip with sudo, you should use sudo's -H flag.",
            root.display()
        )
    })
}

/// The root of everything kept.
pub(super) fn cache_root(parsed: &Parsed, surroundings: &Surroundings) -> Result<PathBuf, Stop> {
    own_setting(None, "cache", "PIP_ACCEL_CACHE", surroundings, &parsed.configuration)
        .map(|root| surroundings.current_dir.join(surroundings.expand_user(&root)))
        .or_else(|| {
            let folder = surroundings.filled("XDG_CACHE_HOME").map(PathBuf::from);
            folder
                .or_else(|| surroundings.home().map(|home| home.join(".cache")))
                .map(|folder| folder.join("pip-accel"))
        })
        .ok_or_else(|| {
            Stop::error(
                "There is no place for the cache: set PIP_ACCEL_CACHE or HOME to a directory",
            )
        })
}

/// `--verbose` minus `--quiet`; 2 with `--debug`.
pub(super) fn verbosity(options: &LowArgs) -> i64 {
    if options.debug_mode { 2 } else { options.verbose.saturating_sub(options.quiet) }
}

/// The same as [`General`] has it.
pub(super) fn shown_verbosity(options: &LowArgs) -> i32 {
    let verbosity = verbosity(options);
    i32::try_from(verbosity).unwrap_or(if verbosity < 0 { -3 } else { 3 })
}

/// Stops with an error that `-qqq` silences: pip does not call it critical.
pub(super) fn not_critical<T>(options: &LowArgs, sentence: &str) -> Result<T, Stop> {
    let silent = verbosity(options) <= -3;
    let text = if silent { String::new() } else { format!("ERROR: {sentence}\n") };
    Err(Stop::Wrong { text, code: 1 })
}

/// pip's error about an action that is missing or unknown. A person is told which one may have been
/// meant.
pub(super) fn no_action<T>(
    parsed: &Parsed,
    surroundings: &Surroundings,
    sentence: &str,
) -> Result<T, Stop> {
    let command = parsed.command;
    let known = [command.subcommands(), command.own_subcommands()].concat();
    let typed = parsed.arguments.first().filter(|_| surroundings.interactive);
    let guess = typed.and_then(|word| closest(word, &known));
    let guess = guess.map(|guess| format!(" - maybe you meant \"{guess}\""));
    not_critical(&parsed.options, &format!("{sentence}{}", guess.unwrap_or_default()))
}

/// Which interpreter the command works for.
pub(super) fn python_choice(parsed: &Parsed, surroundings: &Surroundings) -> PythonChoice {
    PythonChoice {
        explicit: parsed.python.clone(),
        program_folder: surroundings.program_folder.clone(),
        virtual_env: surroundings.filled("VIRTUAL_ENV").map(PathBuf::from),
        conda_prefix: surroundings.filled("CONDA_PREFIX").map(PathBuf::from),
        search_path: surroundings.search_path(),
    }
}
