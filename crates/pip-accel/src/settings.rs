//! The settings that pip does not have, for the documentation.
//!
//! Each may be an option, a variable, or a key of `[pip-accel]` in `pip.conf`; the first that is
//! given counts.

use std::fmt::Write as _;

/// Where a setting may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Places {
    /// As an option, a variable and a key.
    OptionToo,
    /// As a variable and a key.
    Key,
    /// As a variable only: the names of the program's first life.
    VariableOnly,
}

/// A setting.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its key in `[pip-accel]`; the variable is made of it.
    pub key: &'static str,
    /// Where it may be given.
    pub places: Places,
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

    /// Whether there is an option of that name.
    pub fn is_option(&self) -> bool {
        self.places == Places::OptionToo
    }
}

/// All of them.
pub const SETTINGS: [Setting; 20] = [
    key("cache", "a folder", "~/.cache/pip-accel", "where everything is kept"),
    option("freshness", "pinned, local, always", "pinned", "when the index is asked"),
    option("link-mode", "auto, reflink, hardlink, copy", "auto", "how files get out of the store"),
    option(
        "system-packages",
        "install, ask, hint, off",
        "ask or hint",
        "what a build that lacks a library leads to",
    ),
    option(
        "timings",
        "a file, true, false",
        "false",
        "whether a page is written about where the time went",
    ),
    key("stage", "0 to 4", "0", "how many staged trees of a set are left behind"),
    option("shared-cache", "URLs", "none", "where a fleet shares what it has"),
    key("shared-cache-key", "keys", "none", "who is believed there"),
    key("shared-cache-key-file", "a file", "none", "the same, from a file"),
    key("shared-cache-unsigned", "true, false", "false", "whether unsigned things are believed"),
    key("shared-cache-read-only", "true, false", "false", "whether nothing is put there"),
    key("shared-cache-timeout", "seconds", "10", "how long it is waited for"),
    key("shared-cache-lease", "seconds", "30", "how long the right to build lasts"),
    key("shared-cache-write", "seconds", "60", "how long a run may go on to put things there"),
    key("auto-install", "true, false", "none", "the old name of system-packages: install or hint"),
    old("max-retries", "a number", "none", "the old name of pip's retries"),
    old("s3-bucket", "a name", "none", "the old name of a shared cache in a bucket"),
    old("s3-prefix", "a path", "none", "where in that bucket"),
    old("s3-url", "a URL", "Amazon's", "the server of that bucket"),
    old("s3-readonly", "true, false", "false", "whether nothing is put there"),
];

const fn setting(
    key: &'static str,
    places: Places,
    values: &'static str,
    default: &'static str,
    meaning: &'static str,
) -> Setting {
    Setting { key, places, values, default, meaning }
}

const fn option(
    key: &'static str,
    values: &'static str,
    default: &'static str,
    meaning: &'static str,
) -> Setting {
    setting(key, Places::OptionToo, values, default, meaning)
}

const fn key(
    key: &'static str,
    values: &'static str,
    default: &'static str,
    meaning: &'static str,
) -> Setting {
    setting(key, Places::Key, values, default, meaning)
}

const fn old(
    key: &'static str,
    values: &'static str,
    default: &'static str,
    meaning: &'static str,
) -> Setting {
    setting(key, Places::VariableOnly, values, default, meaning)
}

/// The table in Markdown.
pub fn table() -> String {
    let mut text =
        "| variable | key in `[pip-accel]` | option | values | default | what it decides |\n\
                    |---|---|---|---|---|---|\n"
            .to_owned();
    for setting in SETTINGS {
        let Setting { key, places, values, default, meaning } = setting;
        let variable = setting.variable();
        let option = if setting.is_option() { format!("`--{key}`") } else { String::new() };
        let key = if places == Places::VariableOnly { String::new() } else { format!("`{key}`") };
        let _ = writeln!(
            text,
            "| `{variable}` | {key} | {option} | {values} | {default} | {meaning} |"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Command;
    use accel_requirements::optparse::Kind;
    use std::path::Path;

    #[test]
    fn every_option_of_our_own_is_there() {
        let groups = Command::Install.groups();
        let own = groups.iter().find(|(title, _)| *title == "Pip-accel Options").expect("ours");
        // A flag is for one run.
        for option in own.1.iter().filter(|option| option.kind != Kind::True) {
            let key = option.name().trim_start_matches('-');
            assert!(SETTINGS.iter().any(|known| known.is_option() && known.key == key), "{key}");
        }
    }

    /// The variables that a source file names.
    fn named(text: &str) -> impl Iterator<Item = String> + '_ {
        text.split("\"PIP_ACCEL_").skip(1).map(|rest| {
            let mut words = rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            format!("PIP_ACCEL_{}", words.next().unwrap_or_default())
        })
    }

    #[test]
    fn every_variable_that_is_read_is_there() {
        let known: Vec<String> = SETTINGS.iter().map(Setting::variable).collect();
        let mut waiting = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        let mut seen = 0;
        while let Some(folder) = waiting.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.unwrap()) {
                if entry.path().is_dir() {
                    waiting.push(entry.path());
                    continue;
                }
                let text = std::fs::read_to_string(entry.path()).expect("a source file");
                for name in named(&text) {
                    seen += 1;
                    // Names that are put together end with a line.
                    let is_known = known
                        .iter()
                        .any(|it| *it == name || name.ends_with('_') && it.starts_with(&name));
                    assert!(is_known, "{name} of {}", entry.path().display());
                }
            }
        }
        assert!(seen > 8, "only {seen} variables were found");
    }
}
