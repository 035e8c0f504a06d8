//! The settings that pip does not have, for the documentation.
//!
//! Each may be an option, a variable, or a key of `[pip-accel]` in `pip.conf`; the first that is
//! given counts.

use std::fmt::Write as _;

/// A setting.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its key in `[pip-accel]`; the variable is made of it.
    pub key: &'static str,
    /// Whether there is an option of that name.
    pub option: bool,
    /// What may be given.
    pub values: &'static str,
    /// What holds where nothing is given.
    pub default: &'static str,
    /// What it decides.
    pub meaning: &'static str,
}

impl Setting {
    /// Its environment variable.
    pub fn variable(&self) -> String {
        format!("PIP_ACCEL_{}", self.key.to_uppercase().replace('-', "_"))
    }
}

const fn setting(
    key: &'static str,
    option: bool,
    values: &'static str,
    default: &'static str,
    meaning: &'static str,
) -> Setting {
    Setting { key, option, values, default, meaning }
}

/// All of them.
pub const SETTINGS: [Setting; 14] = [
    setting("cache", false, "a folder", "~/.cache/pip-accel", "where everything is kept"),
    setting("freshness", true, "pinned, local, always", "pinned", "when the index is asked"),
    setting(
        "link-mode",
        true,
        "auto, reflink, hardlink, copy",
        "auto",
        "how files get out of the store",
    ),
    setting(
        "system-packages",
        true,
        "install, ask, hint, off",
        "ask or hint",
        "what a build that lacks a library leads to",
    ),
    setting(
        "timings",
        true,
        "a file, true, false",
        "false",
        "whether a page is written about where the time went",
    ),
    setting("shared-cache", true, "URLs", "none", "where a fleet shares what it has"),
    setting("shared-cache-key", false, "keys", "none", "who is believed there"),
    setting("shared-cache-key-file", false, "a file", "none", "the same, from a file"),
    setting(
        "shared-cache-unsigned",
        false,
        "true, false",
        "false",
        "whether unsigned things are believed",
    ),
    setting(
        "shared-cache-read-only",
        false,
        "true, false",
        "false",
        "whether nothing is put there",
    ),
    setting("shared-cache-timeout", false, "seconds", "10", "how long it is waited for"),
    setting("shared-cache-lease", false, "seconds", "30", "how long the right to build lasts"),
    setting(
        "shared-cache-write",
        false,
        "seconds",
        "60",
        "how long a run may go on to put things there",
    ),
    setting(
        "auto-install",
        false,
        "true, false",
        "none",
        "the old name of system-packages: install or hint",
    ),
];

/// The table in Markdown.
pub fn table() -> String {
    let mut text =
        "| key in `[pip-accel]` | variable | option | values | default | what it decides |\n\
                    |---|---|---|---|---|---|\n"
            .to_owned();
    for setting in SETTINGS {
        let Setting { key, option, values, default, meaning } = setting;
        let variable = setting.variable();
        let option = if option { format!("`--{key}`") } else { String::new() };
        let _ = writeln!(
            text,
            "| `{key}` | `{variable}` | {option} | {values} | {default} | {meaning} |"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Command;

    #[test]
    fn every_option_of_our_own_is_there() {
        let groups = Command::Install.groups();
        let own = groups.iter().find(|(title, _)| *title == "Pip-accel Options").expect("ours");
        for option in own.1 {
            let key = option.name().trim_start_matches('-');
            assert!(SETTINGS.iter().any(|known| known.option && known.key == key), "{key}");
        }
    }
}
