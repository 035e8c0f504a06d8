//! The lines of a requirement file: joined, freed of comments, variables filled in.

use accel_types::python_text::{is_space, split_lines, strip};

/// A line that says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// The number of its first physical line, from 1.
    pub(crate) number: usize,
    pub(crate) text: String,
}

/// Joins continued lines, strips comments, drops what is empty, fills in `${NAME}`.
pub(crate) fn logical_lines(content: &str, variable: &dyn Fn(&str) -> Option<String>) -> Vec<Line> {
    join(content)
        .into_iter()
        .filter_map(|line| {
            let text = strip(without_comment(&line.text));
            (!text.is_empty()).then(|| Line { number: line.number, text: expand(text, variable) })
        })
        .collect()
}

/// A backslash at the end continues a line, except at the end of a comment line.
fn join(content: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut open: Option<Line> = None;
    for (index, physical) in split_lines(content).into_iter().enumerate() {
        let number = index + 1;
        let is_comment = physical.trim_start_matches(is_space).starts_with('#');
        if physical.ends_with('\\') && !is_comment {
            let part = physical.trim_matches('\\');
            open.get_or_insert_with(|| Line { number, text: String::new() }).text.push_str(part);
            continue;
        }
        // A comment that ends a continued line must still be found as one, whatever it is glued to.
        let text = if is_comment { format!(" {physical}") } else { physical.to_owned() };
        match open.take() {
            Some(mut line) => {
                line.text.push_str(&text);
                lines.push(line);
            }
            None => lines.push(Line { number, text }),
        }
    }
    lines.extend(open);
    lines
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
    for name in names {
        if let Some(value) = variable(name).filter(|value| !value.is_empty()) {
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
        logical_lines(content, &variable).into_iter().map(|l| (l.number, l.text)).collect()
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
