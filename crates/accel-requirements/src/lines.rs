//! The lines of a requirement file: joined, freed of comments, variables filled in.

use std::collections::BTreeSet;

use accel_types::python_text::{self, is_space, strip};

/// A line that says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// The number of its first physical line, from 1.
    pub(crate) number: usize,
    pub(crate) text: String,
}

/// Joins continued lines, strips comments, drops what is empty, fills in `${NAME}`; one line after
/// the other, so that a large file takes no more memory than its text and what comes of it.
pub(crate) fn logical_lines<'a>(
    content: &'a str,
    variable: &'a dyn Fn(&str) -> Option<String>,
) -> impl Iterator<Item = Line> + 'a {
    joined(content).filter_map(|line| {
        let text = strip(without_comment(&line.text));
        (!text.is_empty()).then(|| Line { number: line.number, text: expand(text, variable) })
    })
}

/// A backslash at the end continues a line, except at the end of a comment line.
fn joined(content: &str) -> impl Iterator<Item = Line> {
    let mut physical_lines = (1..).zip(python_text::lines(content));
    std::iter::from_fn(move || {
        let mut open: Option<Line> = None;
        for (number, physical) in physical_lines.by_ref() {
            let is_comment = physical.trim_start_matches(is_space).starts_with('#');
            if physical.ends_with('\\') && !is_comment {
                let part = physical.trim_matches('\\');
                open.get_or_insert_with(|| Line { number, text: String::new() })
                    .text
                    .push_str(part);
                continue;
            }
            let mut line = open.unwrap_or_else(|| Line { number, text: String::new() });
            // A comment that ends a continued line must be found as one, whatever it is glued to.
            if is_comment {
                line.text.push(' ');
            }
            line.text.push_str(physical);
            return Some(line);
        }
        open
    })
}

/// A comment starts with a `#` at the start of the line or after white space.
pub fn without_comment(line: &str) -> &str {
    let start = line.char_indices().find(|(at, character)| {
        *character == '#' && line[..*at].chars().next_back().is_none_or(is_space)
    });
    start.map_or(line, |(at, _)| &line[..at])
}

/// Replaces `${NAME}` where NAME is upper case and has a value that is not empty.
fn expand(line: &str, variable: &dyn Fn(&str) -> Option<String>) -> String {
    let mut names = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find("${") {
        let after = &rest[at + 2..];
        let length = after
            .bytes()
            .take_while(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
            .count();
        if length > 0 && after[length..].starts_with('}') {
            names.push(&after[..length]);
        }
        rest = after;
    }
    let mut expanded = line.to_owned();
    let mut done = BTreeSet::new();
    for name in names {
        if let Some(value) = variable(name).filter(|value| !value.is_empty()) {
            // The first replacement has replaced them all.
            if !value.contains("${") && !done.insert(name) {
                continue;
            }
            expanded = expanded.replace(&format!("${{{name}}}"), &value);
        }
    }
    expanded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(content: &str) -> Vec<(usize, String)> {
        let variable = |name: &str| match name {
            "HOST" => Some("h#1".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        logical_lines(content, &variable).map(|l| (l.number, l.text)).collect()
    }

    #[test]
    fn continuations_keep_the_first_number() {
        assert_eq!(lines("a\\\n\\\nb\nc"), [(1, "ab".to_owned()), (4, "c".to_owned())]);
        assert_eq!(lines("a \\\n  # b\\\nc"), [(1, "a".to_owned()), (3, "c".to_owned())]);
        assert_eq!(lines("a==1 \\"), [(1, "a==1".to_owned())]);
        assert_eq!(lines("\\\\x\\\\\ny"), [(1, "xy".to_owned())]);
    }

    #[test]
    fn comments_need_space_before_them() {
        assert_eq!(lines("a#b\nc #d\n#e\n\t# f"), [(1, "a#b".to_owned()), (2, "c".to_owned())]);
    }

    #[test]
    fn variables_come_after_comments() {
        assert_eq!(
            lines("${HOST} ${EMPTY} ${host} ${NONE} $HOST"),
            [(1, "h#1 ${EMPTY} ${host} ${NONE} $HOST".to_owned())]
        );
    }
}
