//! A configuration file in memory, to be changed and written as Python's `RawConfigParser` does it:
//! comments and blank lines are lost.

use std::fmt::Write as _;

/// A key and its value.
pub type Item = (String, String);

/// What a file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// The keys of `[DEFAULT]`, which hold in every section.
    pub(super) defaults: Vec<Item>,
    /// All other sections.
    pub(super) sections: Vec<Section>,
}

/// One section.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) name: String,
    /// Its own keys in order of first appearance.
    pub(super) keys: Vec<Item>,
}

impl Document {
    /// The sections by name, each with the defaults put in: they come first, and a section's own
    /// value takes the place of its default.
    pub fn items(&self) -> Vec<(String, Vec<Item>)> {
        let merged = |section: &Section| {
            let mut keys = self.defaults.clone();
            for (key, value) in &section.keys {
                put(&mut keys, key, value);
            }
            (section.name.clone(), keys)
        };
        self.sections.iter().map(merged).collect()
    }

    /// Whether a section has a key, be it by default.
    pub fn has(&self, section: &str, key: &str) -> bool {
        let named = |keys: &[Item]| keys.iter().any(|(known, _)| known == key);
        self.section(section).is_some_and(|section| named(&section.keys) || named(&self.defaults))
    }

    /// Gives a key a value; the section is made if there is none.
    pub fn set(&mut self, section: &str, key: &str, value: &str) {
        let at = self.sections.iter().position(|known| known.name == section);
        let at = at.unwrap_or_else(|| {
            self.sections.push(Section { name: section.to_owned(), keys: Vec::new() });
            self.sections.len() - 1
        });
        put(&mut self.sections[at].keys, key, value);
    }

    /// Removes a key, and its section if nothing holds there any more. False if the section has no
    /// such key of its own.
    pub fn remove(&mut self, section: &str, key: &str) -> bool {
        let Some(at) = self.sections.iter().position(|known| known.name == section) else {
            return false;
        };
        let keys = &mut self.sections[at].keys;
        let before = keys.len();
        keys.retain(|(known, _)| known != key);
        let removed = keys.len() < before;
        if removed && keys.is_empty() && self.defaults.is_empty() {
            self.sections.remove(at);
        }
        removed
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        let mut text = String::new();
        if !self.defaults.is_empty() {
            write_section(&mut text, "DEFAULT", &self.defaults);
        }
        for section in &self.sections {
            write_section(&mut text, &section.name, &section.keys);
        }
        text
    }

    fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.name == name)
    }
}

fn put(keys: &mut Vec<Item>, key: &str, value: &str) {
    match keys.iter_mut().find(|(known, _)| known == key) {
        Some((_, known)) => value.clone_into(known),
        None => keys.push((key.to_owned(), value.to_owned())),
    }
}

fn write_section(text: &mut String, name: &str, keys: &[Item]) {
    let _ = writeln!(text, "[{name}]");
    for (key, value) in keys {
        let _ = writeln!(text, "{key} = {}", value.replace('\n', "\n\t"));
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use crate::config::ini;

    #[test]
    fn what_is_written_is_read_again() {
        let text = "[DEFAULT]\nd = 1\n\n[a]\nlong = \n\tx\n\ty\n\n[b]\n\n";
        let document = ini::parse(text, "f").unwrap();
        assert_eq!(document.text(), text);
    }

    #[test]
    fn a_section_goes_with_its_last_key_unless_defaults_hold_there() {
        let mut document = ini::parse("[a]\nx = 1\n[b]\ny = 2\n", "f").unwrap();
        assert!(document.remove("a", "x"));
        assert!(!document.remove("b", "x"));
        document.set("c", "z", "3\n4");
        assert_eq!(document.text(), "[b]\ny = 2\n\n[c]\nz = 3\n\t4\n\n");
        let mut document = ini::parse("[DEFAULT]\nd=1\n[a]\nx = 1\n", "f").unwrap();
        assert!(document.has("a", "d") && !document.remove("a", "d") && document.remove("a", "x"));
        assert_eq!(document.text(), "[DEFAULT]\nd = 1\n\n[a]\n\n");
    }
}
