//! The configuration file grammar of Python's `RawConfigParser`, with pip's key names.
//!
//! `=` and `:` both delimit, `#` and `;` start comments on lines of their own only, deeper indented
//! lines continue a value, empty lines belong to it, duplicates are errors, and what stands in
//! `[DEFAULT]` holds in every section.

use std::fmt::Write as _;

use accel_types::python_text::repr;

use super::document::{Document, Section};

/// Reads `text`, the content of the file named `file`. `Err` is the message of Python's exception.
pub fn parse(text: &str, file: &str) -> Result<Document, String> {
    let mut reader = Reader { file, sections: Vec::new(), current: None, bad_lines: Vec::new() };
    reader.read(text)?;
    if !reader.bad_lines.is_empty() {
        let mut message = format!("Source contains parsing errors: {}", repr(file));
        for (number, line) in &reader.bad_lines {
            let _ = write!(message, "\n\t[line {number:2}]: {}", repr(line));
        }
        return Err(message);
    }
    Ok(reader.finish())
}

/// What a key normalises to: lower case, dashes, without a leading `--`.
pub fn normalise_key(name: &str) -> String {
    let name = name.to_lowercase().replace('_', "-");
    name.strip_prefix("--").map(str::to_owned).unwrap_or(name)
}

struct OpenSection {
    name: String,
    /// Values as lines, to be joined at the end.
    keys: Vec<(String, Vec<String>)>,
}

struct Reader<'a> {
    file: &'a str,
    sections: Vec<OpenSection>,
    /// The index of the section being read.
    current: Option<usize>,
    bad_lines: Vec<(usize, String)>,
}

const DEFAULT: &str = "DEFAULT";

impl Reader<'_> {
    fn read(&mut self, text: &str) -> Result<(), String> {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        // Whether a key is open for continuation lines, and how deep its first line is indented.
        let mut open_key = false;
        let mut indent = 0;
        for (index, line) in text.split_inclusive('\n').enumerate() {
            let number = index + 1;
            let value = trim(line);
            if value.starts_with(['#', ';']) {
                continue;
            }
            if value.is_empty() {
                if open_key {
                    self.continue_value("");
                }
                continue;
            }
            let depth = line.chars().take_while(|c| is_space(*c)).count();
            if open_key && depth > indent {
                self.continue_value(value);
                continue;
            }
            indent = depth;
            if let Some(name) = header(value) {
                self.open_section(name, number)?;
                open_key = false;
            } else if let Some(current) = self.current {
                match split_option(value) {
                    Some((key, value)) => {
                        if key.is_empty() {
                            self.bad_lines.push((number, line.to_owned()));
                        }
                        self.add_key(current, &normalise_key(key), value, number)?;
                        open_key = true;
                    }
                    None => self.bad_lines.push((number, line.to_owned())),
                }
            } else {
                return Err(format!(
                    "File contains no section headers.\nfile: {}, line: {number}\n{}",
                    repr(self.file),
                    repr(line)
                ));
            }
        }
        Ok(())
    }

    fn open_section(&mut self, name: &str, number: usize) -> Result<(), String> {
        let known = self.sections.iter().position(|section| section.name == name);
        if known.is_some() && name != DEFAULT {
            return Err(format!(
                "While reading from {} [line {number:2}]: section {} already exists",
                repr(self.file),
                repr(name)
            ));
        }
        self.current = Some(known.unwrap_or_else(|| {
            self.sections.push(OpenSection { name: name.to_owned(), keys: Vec::new() });
            self.sections.len() - 1
        }));
        Ok(())
    }

    fn add_key(
        &mut self,
        section: usize,
        key: &str,
        value: &str,
        number: usize,
    ) -> Result<(), String> {
        let section = &mut self.sections[section];
        if section.keys.iter().any(|(known, _)| known == key) {
            return Err(format!(
                "While reading from {} [line {number:2}]: option {} in section {} already exists",
                repr(self.file),
                repr(key),
                repr(&section.name)
            ));
        }
        section.keys.push((key.to_owned(), vec![value.to_owned()]));
        Ok(())
    }

    fn continue_value(&mut self, line: &str) {
        let section = self.current.and_then(|current| self.sections.get_mut(current));
        if let Some((_, lines)) = section.and_then(|section| section.keys.last_mut()) {
            lines.push(line.to_owned());
        }
    }

    fn finish(self) -> Document {
        let join = |keys: Vec<(String, Vec<String>)>| -> Vec<(String, String)> {
            let value = |lines: Vec<String>| trim_end(&lines.join("\n")).to_owned();
            keys.into_iter().map(|(key, lines)| (key, value(lines))).collect()
        };
        let mut document = Document::default();
        for section in self.sections {
            let keys = join(section.keys);
            if section.name == DEFAULT {
                document.defaults = keys;
            } else {
                document.sections.push(Section { name: section.name, keys });
            }
        }
        document
    }
}

/// `[name]`, where the name reaches to the last bracket of the line and something may follow it.
fn header(value: &str) -> Option<&str> {
    let inner = value.strip_prefix('[')?;
    let end = inner.rfind(']').filter(|end| *end > 0)?;
    Some(&inner[..end])
}

/// Key and value around the first `=` or `:`.
fn split_option(value: &str) -> Option<(&str, &str)> {
    let at = value.find(['=', ':'])?;
    Some((trim_end(&value[..at]), trim(&value[at + 1..])))
}

fn is_space(character: char) -> bool {
    matches!(character, '\u{1c}'..='\u{1f}') || character.is_whitespace()
}

fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

fn trim_end(text: &str) -> &str {
    text.trim_end_matches(is_space)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_on_where_lines_are_deeper() {
        let text = "[DEFAULT]\nd = 0\n[a]\nX_y: 1\n  2\n# c\n  ; c\n\n  3\n\n[b] rest\n--Z=\n d=1\nd = 2\n";
        assert_eq!(
            parse(text, "f").unwrap().items(),
            [
                ("a".into(), vec![("d".into(), "0".into()), ("x-y".into(), "1\n2\n\n3".into())]),
                ("b".into(), vec![("d".into(), "2".into()), ("z".into(), "\nd=1".into())]),
            ]
        );
    }

    #[test]
    fn errors_are_pythons() {
        assert_eq!(
            parse("x = 1\n", "f").unwrap_err(),
            "File contains no section headers.\nfile: 'f', line: 1\n'x = 1\\n'"
        );
        assert_eq!(
            parse("[a]\n[a]\n", "f").unwrap_err(),
            "While reading from 'f' [line  2]: section 'a' already exists"
        );
        assert_eq!(
            parse("[a]\nx=1\nX:2", "f").unwrap_err(),
            "While reading from 'f' [line  3]: option 'x' in section 'a' already exists"
        );
        assert_eq!(
            parse("[a]\nx\ny\n", "f").unwrap_err(),
            "Source contains parsing errors: 'f'\n\t[line  2]: 'x\\n'\n\t[line  3]: 'y\\n'"
        );
    }
}
