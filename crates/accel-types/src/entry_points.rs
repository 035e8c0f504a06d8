//! `entry_points.txt`, read as `importlib.metadata` reads it: sections in brackets, `name = value`
//! split at the first `=`, letter case kept, lines that start with `#` skipped.

use serde::{Deserialize, Serialize};

use crate::error::TypesError;
use crate::python_text::{is_word, split_lines, strip};

/// One entry point.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EntryPoint {
    /// Section: `console_scripts`.
    pub group: String,
    /// Left of `=`.
    pub name: String,
    /// Right of `=`: `package.module:attribute [extra]`.
    pub value: String,
}

impl EntryPoint {
    /// Module and attribute path (absent if no `:` follows the module), if the value has the form
    /// that `importlib.metadata` knows: `module[:attribute][ [extras]]`.
    pub fn target(&self) -> Option<(&str, Option<&str>)> {
        let (module, rest) = take_path(&self.value)?;
        let rest = rest.trim_start_matches(char::is_whitespace);
        let (attribute, rest) = match rest.strip_prefix(':') {
            Some(after) => {
                let (attribute, rest) = take_path(after.trim_start_matches(char::is_whitespace))?;
                (Some(attribute), rest.trim_start_matches(char::is_whitespace))
            }
            None => (None, rest),
        };
        let rest = rest.trim_end_matches(char::is_whitespace);
        let extras = rest.starts_with('[') && rest.ends_with(']') && !rest.contains('\n');
        (rest.is_empty() || extras).then_some((module, attribute))
    }
}

/// `[\w.]+` at the start of a text, and what follows.
fn take_path(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !(is_word(c) || c == '.')).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// The entry points of a distribution, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryPoints {
    /// All of them.
    pub entries: Vec<EntryPoint>,
}

impl EntryPoints {
    /// Reads `entry_points.txt`. Lines before the first section are ignored.
    ///
    /// # Errors
    /// [`TypesError::EntryPoints`] for a line without `=` within a section.
    pub fn parse(text: &str) -> Result<Self, TypesError> {
        let mut entries = Vec::new();
        let mut group: Option<&str> = None;
        for (index, line) in split_lines(text).into_iter().enumerate() {
            let line = strip(line);
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if line.starts_with('[') && line.ends_with(']') {
                group = Some(line.trim_matches(['[', ']']));
                continue;
            }
            let Some(group) = group else {
                continue;
            };
            let (name, value) = line.split_once('=').ok_or_else(|| TypesError::EntryPoints {
                line: index + 1,
                reason: "there is no '=' in it".to_owned(),
            })?;
            entries.push(EntryPoint {
                group: group.to_owned(),
                name: strip(name).to_owned(),
                value: strip(value).to_owned(),
            });
        }
        Ok(Self { entries })
    }

    /// The entries of one group, in their order.
    pub fn group<'a>(&'a self, group: &'a str) -> impl Iterator<Item = &'a EntryPoint> + 'a {
        self.entries.iter().filter(move |entry| entry.group == group)
    }

    /// `console_scripts` as pip's `get_entrypoints` has it: of equal names the last one counts,
    /// in the place of the first.
    pub fn console_scripts(&self) -> Vec<(&str, &str)> {
        self.scripts("console_scripts")
    }

    /// `gui_scripts`, likewise.
    pub fn gui_scripts(&self) -> Vec<(&str, &str)> {
        self.scripts("gui_scripts")
    }

    fn scripts(&self, group: &str) -> Vec<(&str, &str)> {
        let mut scripts: Vec<(&str, &str)> = Vec::new();
        for entry in self.entries.iter().filter(|entry| entry.group == group) {
            match scripts.iter_mut().find(|(name, _)| *name == entry.name) {
                Some((_, value)) => *value = &entry.value,
                None => scripts.push((&entry.name, &entry.value)),
            }
        }
        scripts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_colons_and_duplicates_are_kept_as_python_keeps_them() {
        let text =
            "stray\n[console_scripts]\n# no\nFoo:x = a.b:c.d [e]\nfoo=m:n\nfoo = o : p \n[other]\n";
        let entries = EntryPoints::parse(text).unwrap();
        assert_eq!(entries.console_scripts(), [("Foo:x", "a.b:c.d [e]"), ("foo", "o : p")]);
        assert_eq!(entries.entries[0].target(), Some(("a.b", Some("c.d"))));
        assert_eq!(entries.entries[2].target(), Some(("o", Some("p"))));
        assert!(EntryPoints::parse("[a]\nb\n").is_err());
    }
}
