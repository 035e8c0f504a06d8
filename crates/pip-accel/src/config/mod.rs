//! `pip.conf` at every level and `PIP_*` variables, with pip's precedence.

pub mod document;
pub mod editing;
pub mod ini;
pub mod places;

use std::path::Path;

use accel_types::python_text::repr;

use document::Document;
use places::Places;

use crate::surroundings::Surroundings;

/// The configuration as pip loads it: values by section and key, later sources over earlier ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Configuration {
    /// `(section, key, value)`; a section and key may occur several times, the last one counts.
    entries: Vec<Entry>,
}

/// Section, key, value.
type Entry = (String, String, String);

/// The section that stands for environment variables.
const ENVIRONMENT: &str = ":env:";

impl Configuration {
    /// Loads the files and, unless `isolated`, the variables. `prefix` is the target environment's
    /// folder, which may hold a `pip.conf` of its own.
    ///
    /// `Err` is the text that pip writes to standard error before it exits with code 2.
    pub fn load(
        surroundings: &Surroundings,
        isolated: bool,
        prefix: Option<&Path>,
    ) -> Result<Self, String> {
        let mut sources: Vec<(String, Vec<Entry>)> = Vec::new();
        let places = Places::of(surroundings, isolated, prefix);
        let read = !places.none_is_read();
        let files = places.files.into_iter().flat_map(|(_, files)| files);
        for file in files.filter(|_| read) {
            let document = read_document(&file, encoding(surroundings))?;
            let entries = entries(&document);
            // A file that is named twice keeps its first rank but is read again, like pip's dict.
            match sources.iter_mut().find(|(known, _)| *known == file) {
                Some((_, known)) => *known = entries,
                None => sources.push((file, entries)),
            }
        }
        let mut entries: Vec<_> = sources.into_iter().flat_map(|(_, entries)| entries).collect();
        if !isolated {
            entries.extend(variables(surroundings));
        }
        Ok(Self { entries })
    }

    /// The values that count for a command, in the order in which pip applies them: `[global]`, the
    /// command's own sections, then variables. An empty value takes away what a file of lower rank
    /// said in the same section, and is itself no value.
    pub fn ordered(&self, commands: &[&str]) -> Vec<(String, String)> {
        let mut sections = vec!["global"];
        sections.extend(commands.iter().filter(|command| **command != "global"));
        sections.push(ENVIRONMENT);
        let mut ordered = Vec::new();
        for wanted in sections {
            let mut values: Vec<(String, String)> = Vec::new();
            for (section, key, value) in &self.entries {
                if section != wanted {
                    continue;
                }
                match values.iter_mut().find(|(known, _)| known == key) {
                    Some((_, known)) => known.clone_from(value),
                    None => values.push((key.clone(), value.clone())),
                }
            }
            ordered.extend(values.into_iter().filter(|(_, value)| !value.is_empty()));
        }
        ordered
    }

    /// The value of one key of one section, if it is not empty.
    pub fn get(&self, section: &str, key: &str) -> Option<&str> {
        self.entries
            .iter()
            .rev()
            .find(|(s, k, _)| s == section && k == key)
            .map(|(_, _, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }
}

/// Reads a file; what is not there, or can't be opened, is empty. `Err` is pip's sentence about it.
pub(crate) fn read_document(file: &str, encoding: &str) -> Result<Document, String> {
    let path = Path::new(file);
    if !accel_io::fs::exists(path) {
        return Ok(Document::default());
    }
    // Python's parser passes over what it cannot open, folders among them.
    let Ok(bytes) = accel_io::fs::read(path) else { return Ok(Document::default()) };
    let Ok(text) = String::from_utf8(bytes) else {
        return Err(format!(
            "Configuration file contains invalid {encoding} characters in {file}."
        ));
    };
    ini::parse(&text, file)
        .map_err(|error| format!("Configuration file could not be loaded.\n{error}\n"))
}

/// Python spells its encoding by where it has it from: its UTF-8 mode or the locale.
pub(crate) fn encoding(surroundings: &Surroundings) -> &'static str {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| surroundings.filled(name));
    let plain = locale.is_none_or(|locale| matches!(locale.as_str(), "C" | "POSIX"));
    if plain { "utf-8" } else { "UTF-8" }
}

/// What a file says, as `(section, key, value)`.
fn entries(document: &Document) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (section, keys) in document.items() {
        for (key, value) in keys {
            // pip joins section and key by a dot and splits at the first one again.
            let joined = format!("{section}.{}", ini::normalise_key(&key));
            if let Some((section, key)) = joined.split_once('.') {
                entries.push((section.to_owned(), key.to_owned(), value));
            }
        }
    }
    entries
}

/// `PIP_*` variables but those that pip ignores.
fn variables(surroundings: &Surroundings) -> Vec<Entry> {
    let named = named_variables(surroundings).into_iter();
    named.map(|(name, value)| (ENVIRONMENT.to_owned(), ini::normalise_key(&name), value)).collect()
}

/// The same, as lower-case names without `PIP_`.
pub(crate) fn named_variables(surroundings: &Surroundings) -> Vec<(String, String)> {
    let variables = surroundings.variables().filter_map(|(name, value)| {
        let name = name.strip_prefix("PIP_")?.to_lowercase();
        (!matches!(name.as_str(), "version" | "help")).then(|| (name, value.to_owned()))
    });
    variables.collect()
}

/// pip's `strtobool`; `Err` is its sentence.
pub fn parse_bool(text: &str) -> Result<bool, String> {
    match text.to_lowercase().as_str() {
        "y" | "yes" | "t" | "true" | "on" | "1" => Ok(true),
        "n" | "no" | "f" | "false" | "off" | "0" => Ok(false),
        // pip's message shows the text after it was lowered.
        lower => Err(format!("invalid truth value {}", repr(lower))),
    }
}
