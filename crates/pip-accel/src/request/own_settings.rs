//! The settings that pip does not have.

use std::path::PathBuf;

use accel_engine::MOST_COPIES;
use accel_engine::request::{Freshness, LinkChoice, SystemPackages, SystemPackagesRequest};

use crate::args::{LowArgs, Stop};
use crate::config::{Configuration, parse_bool};
use crate::surroundings::Surroundings;
use crate::timings::default_page;

pub(super) fn freshness(
    options: &LowArgs,
    surroundings: &Surroundings,
    configuration: &Configuration,
) -> Result<Freshness, Stop> {
    let given = options.freshness.as_deref();
    match own_setting(given, "freshness", "PIP_ACCEL_FRESHNESS", surroundings, configuration) {
        None => Ok(Freshness::default()),
        Some(text) => match text.as_str() {
            "pinned" => Ok(Freshness::Pinned),
            "local" => Ok(Freshness::Local),
            "always" => Ok(Freshness::Always),
            _ => Err(wrong_setting("freshness", &text, "'pinned', 'local', 'always'")),
        },
    }
}

/// `--timings`: the page to write, if one is wanted.
pub(super) fn timings(
    options: &LowArgs,
    surroundings: &Surroundings,
    configuration: &Configuration,
) -> Option<PathBuf> {
    let given = options.timings.as_deref();
    let text = own_setting(given, "timings", "PIP_ACCEL_TIMINGS", surroundings, configuration)?;
    let file = match parse_bool(&text) {
        Ok(false) if !text.is_empty() => return None,
        _ if text.is_empty() => default_page(),
        Ok(_) => default_page(),
        Err(_) => PathBuf::from(surroundings.expand_user(&text)),
    };
    Some(surroundings.current_dir.join(file))
}

pub(super) fn link_mode(
    options: &LowArgs,
    surroundings: &Surroundings,
    configuration: &Configuration,
) -> Result<LinkChoice, Stop> {
    let given = options.link_mode.as_deref();
    match own_setting(given, "link-mode", "PIP_ACCEL_LINK_MODE", surroundings, configuration) {
        None => Ok(LinkChoice::default()),
        Some(text) => match text.as_str() {
            "auto" => Ok(LinkChoice::Auto),
            "reflink" => Ok(LinkChoice::Reflink),
            "hardlink" => Ok(LinkChoice::Hardlink),
            "copy" => Ok(LinkChoice::Copy),
            _ => Err(wrong_setting("link-mode", &text, "'auto', 'reflink', 'hardlink', 'copy'")),
        },
    }
}

/// How many staged trees of a set are left behind: none, unless asked for.
pub(super) fn stage(
    surroundings: &Surroundings,
    configuration: &Configuration,
) -> Result<usize, Stop> {
    match own_setting(None, "stage", "PIP_ACCEL_STAGE", surroundings, configuration) {
        None => Ok(0),
        Some(text) => {
            let copies = text.parse().ok().filter(|copies| *copies <= MOST_COPIES);
            copies.ok_or_else(|| wrong_setting("stage", &text, "'0', '1', '2', '3', '4'"))
        }
    }
}

pub(super) fn system_packages(
    options: &LowArgs,
    surroundings: &Surroundings,
    configuration: &Configuration,
) -> Result<SystemPackagesRequest, Stop> {
    let mode = system_packages_mode(options, surroundings, configuration)?;
    Ok(SystemPackagesRequest { mode, lists: system_package_lists(surroundings) })
}

fn system_packages_mode(
    options: &LowArgs,
    surroundings: &Surroundings,
    configuration: &Configuration,
) -> Result<SystemPackages, Stop> {
    let given = options.system_packages.as_deref();
    let setting =
        |given, key, variable| own_setting(given, key, variable, surroundings, configuration);
    let can_ask = surroundings.interactive && !options.no_input;
    let ask = if can_ask { SystemPackages::Ask } else { SystemPackages::Hint };
    if let Some(text) = setting(given, "system-packages", "PIP_ACCEL_SYSTEM_PACKAGES") {
        return match text.as_str() {
            "install" => Ok(SystemPackages::Install),
            "ask" => Ok(ask),
            "hint" => Ok(SystemPackages::Hint),
            "off" => Ok(SystemPackages::Off),
            _ => Err(wrong_setting("system-packages", &text, "'install', 'ask', 'hint', 'off'")),
        };
    }
    // The name that this had in the program's first life.
    match setting(None, "auto-install", "PIP_ACCEL_AUTO_INSTALL") {
        None => Ok(ask),
        Some(text) => match parse_bool(&text) {
            Ok(true) => Ok(SystemPackages::Install),
            Ok(false) => Ok(SystemPackages::Hint),
            Err(_) => Err(wrong_setting("auto-install", &text, "'true', 'false'")),
        },
    }
}

/// Folders with the user's data files about packages of the operating system.
fn system_package_lists(surroundings: &Surroundings) -> Vec<PathBuf> {
    let home = surroundings.home().map(|home| home.join(".config"));
    let own = surroundings.filled("XDG_CONFIG_HOME").map(PathBuf::from).or(home);
    let shared = surroundings.filled("XDG_CONFIG_DIRS").unwrap_or_else(|| "/etc/xdg".to_owned());
    let shared = std::env::split_paths(&shared).collect::<Vec<_>>();
    let all = own.into_iter().chain(shared).chain([PathBuf::from("/etc")]);
    all.map(|folder| folder.join("pip-accel/system-packages")).collect()
}

/// A setting that pip does not have: option, else variable, else `[pip-accel]` in a file.
pub(super) fn own_setting(
    given: Option<&str>,
    key: &str,
    variable: &str,
    surroundings: &Surroundings,
    configuration: &Configuration,
) -> Option<String> {
    given
        .map(str::to_owned)
        .or_else(|| surroundings.filled(variable))
        .or_else(|| configuration.get("pip-accel", key).map(str::to_owned))
}

pub(super) fn wrong_setting(key: &str, text: &str, choices: &str) -> Stop {
    let text = accel_types::python_text::repr(text);
    Stop::Wrong {
        text: format!(
            "An error occurred during configuration: option {key}: invalid choice: {text} (choose \
             from {choices}).\n"
        ),
        code: 3,
    }
}
