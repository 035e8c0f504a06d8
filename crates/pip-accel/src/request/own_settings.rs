//! The settings that pip does not have.

use accel_engine::request::{Freshness, LinkChoice};

use crate::args::{LowArgs, Stop};
use crate::config::Configuration;
use crate::surroundings::Surroundings;

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

fn wrong_setting(key: &str, text: &str, choices: &str) -> Stop {
    let text = accel_types::python_text::repr(text);
    Stop::Wrong {
        text: format!(
            "An error occurred during configuration: option {key}: invalid choice: {text} (choose \
             from {choices}).\n"
        ),
        code: 3,
    }
}
