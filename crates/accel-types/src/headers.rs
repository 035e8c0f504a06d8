//! Messages in the form of RFC 822 as Python's `email.parser` reads them (policy `compat32`):
//! METADATA, PKG-INFO and WHEEL.

use serde::{Deserialize, Serialize};

/// The headers of a message in their order, and its body.
///
/// Nothing is ever refused; what is no header ends the headers, as in Python.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Headers {
    entries: Vec<(String, String)>,
    body: String,
}

impl Headers {
    /// Reads a message.
    pub fn parse(text: &str) -> Self {
        let mut lines = Lines { rest: text };
        let mut head = Vec::new();
        loop {
            let before = lines.rest;
            let Some(line) = lines.next() else {
                break;
            };
            match Line::of(line) {
                Line::Blank => break,
                Line::Other => {
                    lines.rest = before;
                    break;
                }
                of_head => head.push((line, of_head)),
            }
        }
        // A `From ` at the end of the head counts as the first line of the body, although the
        // blank line between them is gone.
        let mut body = String::new();
        if head.len() > 1
            && let Some((line, _)) = head.pop_if(|(_, kind)| matches!(kind, Line::Envelope))
        {
            body.push_str(line);
        }
        body.push_str(lines.rest);
        Self { entries: entries(head), body }
    }

    /// The first value of a header, as `message.get(name)`; letter case does not matter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.entries
            .iter()
            .find(|(candidate, _)| is_same_name(candidate, name))
            .map(|(_, value)| value.as_str())
    }

    /// All values of a header, as `message.get_all(name)`.
    pub fn get_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.entries
            .iter()
            .filter(move |(candidate, _)| is_same_name(candidate, name))
            .map(|(_, value)| value.as_str())
    }

    /// All headers with their values in their order, names as written.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> + '_ {
        self.entries.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Adds a header behind the others.
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        self.entries.push((name.to_owned(), value.to_owned()));
    }

    /// What follows the headers.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// Takes the indentation out of values of several lines, as `importlib.metadata` does.
    pub(crate) fn redent(&mut self) {
        for (_, value) in &mut self.entries {
            if value.contains('\n') {
                *value = dedent(&format!("        {value}"));
            }
        }
    }
}

/// Puts folded values together.
fn entries(head: Vec<(&str, Line<'_>)>) -> Vec<(String, String)> {
    let mut entries: Vec<(String, String)> = Vec::new();
    // Whether a continuation has a header to continue: one behind a line without name, or behind
    // `From `, is dropped.
    let mut open = false;
    for (line, kind) in head {
        match kind {
            Line::Continuation => {
                if let (true, Some((_, value))) = (open, entries.last_mut()) {
                    value.push_str(line);
                }
            }
            Line::Header { name, value } if !name.is_empty() => {
                open = true;
                let value = value.trim_start_matches([' ', '\t']);
                entries.push((name.to_owned(), value.to_owned()));
            }
            _ => open = false,
        }
    }
    for (_, value) in &mut entries {
        value.truncate(value.trim_end_matches(['\r', '\n']).len());
    }
    entries
}

/// Names of headers are ASCII.
fn is_same_name(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// What a line means to the headers.
enum Line<'a> {
    Header {
        name: &'a str,
        value: &'a str,
    },
    Continuation,
    /// `From `, as the mailboxes of Unix have it.
    Envelope,
    Blank,
    Other,
}

impl<'a> Line<'a> {
    fn of(line: &'a str) -> Self {
        if line.starts_with([' ', '\t']) {
            return Self::Continuation;
        }
        if line.starts_with("From ") {
            return Self::Envelope;
        }
        if line.starts_with(['\r', '\n']) {
            return Self::Blank;
        }
        match line.split_once(':') {
            Some((name, value)) if name.bytes().all(|byte| matches!(byte, 0x21..=0x7e)) => {
                Self::Header { name, value }
            }
            _ => Self::Other,
        }
    }
}

/// Lines with their ends, which are `\r\n`, `\n` or `\r`.
struct Lines<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let end = match self.rest.find(['\r', '\n']) {
            Some(at) if self.rest[at..].starts_with("\r\n") => at + 2,
            Some(at) => at + 1,
            None => self.rest.len(),
        };
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(line)
    }
}

/// `textwrap.dedent`.
fn dedent(text: &str) -> String {
    let is_blank = |c: char| matches!(c, ' ' | '\t');
    let indent_of = |line: &'_ str| line.len() - line.trim_start_matches(is_blank).len();
    let mut margin: Option<&str> = None;
    for line in text.split('\n') {
        if line.trim_start_matches(is_blank).is_empty() {
            continue;
        }
        let indent = &line[..indent_of(line)];
        margin = Some(match margin {
            None => indent,
            Some(margin) => {
                let common = margin.bytes().zip(indent.bytes()).take_while(|(a, b)| a == b).count();
                &margin[..common]
            }
        });
    }
    let margin = margin.unwrap_or_default();
    let lines: Vec<&str> =
        text.split('\n')
            .map(|line| {
                if line.trim_start_matches(is_blank).is_empty() {
                    ""
                } else {
                    &line[margin.len()..]
                }
            })
            .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_values_keep_their_lines() {
        let headers = Headers::parse("Name: a\nLicense: b\n  c\n\tdx\nNAME: e\n\nbody\n\nmore");
        assert_eq!(headers.get("license"), Some("b\n  c\n\tdx"));
        assert_eq!(headers.get_all("name").collect::<Vec<_>>(), ["a", "e"]);
        assert_eq!(headers.body(), "body\n\nmore");
    }

    #[test]
    fn a_line_that_is_no_header_starts_the_body() {
        let headers = Headers::parse("A: 1\nno header\nB: 2\n");
        assert_eq!(headers.iter().collect::<Vec<_>>(), [("A", "1")]);
        assert_eq!(headers.body(), "no header\nB: 2\n");
    }
}
