//! Names of missing things in a log.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

/// What kind of thing is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// A C header.
    Header,
    /// A library to link with.
    Library,
    /// A program: compiler, tool, `*-config`.
    Program,
    /// A name that `pkg-config` was asked for.
    PkgConfig,
}

/// Something that a log says was missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Clue {
    pub(super) kind: Kind,
    pub(super) name: String,
}

impl fmt::Display for Clue {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dash = if self.kind == Kind::Library { "-l" } else { "" };
        write!(out, "{dash}{}", self.name)
    }
}

/// What a line says is missing.
pub(super) fn clues(line: &str, patterns: &BTreeMap<Kind, Vec<String>>) -> Vec<Clue> {
    let mut found = Vec::new();
    for (kind, patterns) in patterns {
        for pattern in patterns {
            if let Some(name) = captured(line, pattern) {
                let clue = Clue { kind: *kind, name: name.to_owned() };
                if !found.contains(&clue) {
                    found.push(clue);
                }
            }
        }
    }
    found
}

/// The word that stands in a line where the pattern has `{}`.
fn captured<'a>(line: &'a str, pattern: &str) -> Option<&'a str> {
    let (before, after) = pattern.split_once("{}")?;
    let mut rest = line;
    loop {
        let (start, word) = if before.is_empty() {
            let end = rest.find(after)?;
            let start = rest[..end].rfind(char::is_whitespace).map_or(0, |blank| blank + 1);
            (end, &rest[start..end])
        } else {
            let start = rest.find(before)? + before.len();
            let tail = &rest[start..];
            let end = match after {
                "" => tail.find(|c: char| !is_in_names(c)).unwrap_or(tail.len()),
                after => tail.find(after).unwrap_or(0),
            };
            (start, &tail[..end])
        };
        if !word.is_empty() && word.chars().all(is_in_names) {
            return Some(word);
        }
        rest = rest.get(start.max(1)..)?;
    }
}

fn is_in_names(c: char) -> bool {
    c.is_alphanumeric() || "._+-/@".contains(c)
}

#[cfg(test)]
mod tests {
    use super::captured;

    #[test]
    fn words_at_the_place_of_braces() {
        let cases = [
            (
                "a.c:1:2: fatal error: sys/acl.h: No such file",
                "error: {}: No such",
                Some("sys/acl.h"),
            ),
            ("error: no: error: x.h: No such file", "error: {}: No such", Some("x.h")),
            ("error: two words: No such file", "error: {}: No such", None),
            (
                "/bin/ld: cannot find -lxml2: No such file",
                "cannot find -l{}: No such file",
                Some("xml2"),
            ),
            ("/bin/ld: cannot find -lxml2", "cannot find -l{}", Some("xml2")),
            ("make: line 3: swig: command not found", "{}: command not found", Some("swig")),
            (": command not found", "{}: command not found", None),
            ("é: command not found: x: command not found", "{}: command not found", Some("é")),
            ("", "{}", None),
            ("anything", "no braces", None),
        ];
        for (line, pattern, expected) in cases {
            assert_eq!(captured(line, pattern), expected, "{line:?} {pattern:?}");
        }
    }
}
