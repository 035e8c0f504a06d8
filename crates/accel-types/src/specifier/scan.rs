//! The grammar of one version specifier, as a scanner that tells how much of a text belongs to it.
//!
//! Requirements need the scanner as a tokeniser (the longest specifier at a place), specifier
//! sets need it for whole texts.

use super::Operator;
use crate::python_text::is_space;

/// A specifier found at the start of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scanned {
    pub(crate) operator: Operator,
    /// Where the version starts.
    pub(crate) version_start: usize,
    /// Where the specifier ends.
    pub(crate) end: usize,
}

/// The specifier at the start of `text`, if there is one.
pub(crate) fn scan(text: &str) -> Option<Scanned> {
    let operator = Operator::at_start_of(text)?;
    let after = &text[operator.as_str().len()..];
    let version_start = text.len() - after.trim_start_matches(is_space).len();
    let version = &text[version_start..];
    let length = if operator == Operator::Arbitrary {
        version.find(|c: char| is_space(c) || matches!(c, ';' | ')')).unwrap_or(version.len())
    } else {
        version_length(version.as_bytes(), operator)?
    };
    Some(Scanned { operator, version_start, end: version_start + length })
}

/// Length of the version that may follow the operator; `None` if there is none.
fn version_length(text: &[u8], operator: Operator) -> Option<usize> {
    let mut at = usize::from(matches!(text.first(), Some(b'v' | b'V')));
    let mut digits = digit_count(text, at);
    if digits == 0 {
        return None;
    }
    if text.get(at + digits) == Some(&b'!') {
        let release = digit_count(text, at + digits + 1);
        if release > 0 {
            at += digits + 1;
            digits = release;
        }
    }
    at += digits;
    let mut segments = 1;
    while text.get(at) == Some(&b'.') {
        let digits = digit_count(text, at + 1);
        if digits == 0 {
            break;
        }
        at += 1 + digits;
        segments += 1;
    }
    if operator == Operator::Compatible && segments == 1 {
        return None;
    }
    let equality = matches!(operator, Operator::Equal | Operator::NotEqual);
    if equality && text[at..].starts_with(b".*") {
        return Some(at + 2);
    }
    at = letters(text, at, &["alpha", "beta", "preview", "pre", "a", "b", "c", "rc"]).unwrap_or(at);
    at = post(text, at);
    at = letters(text, at, &["dev"]).unwrap_or(at);
    if equality {
        at = local(text, at);
    }
    Some(at)
}

/// End of `[-_.]?(spelling)[-_.]?[0-9]*`.
fn letters(text: &[u8], at: usize, spellings: &[&str]) -> Option<usize> {
    let start = at + usize::from(is_separator(text.get(at)));
    let spelling = spellings.iter().find(|spelling| {
        text.get(start..start + spelling.len())
            .is_some_and(|there| there.eq_ignore_ascii_case(spelling.as_bytes()))
    })?;
    let mut end = start + spelling.len();
    end += usize::from(is_separator(text.get(end)));
    Some(end + digit_count(text, end))
}

fn post(text: &[u8], at: usize) -> usize {
    if text.get(at) == Some(&b'-') {
        let digits = digit_count(text, at + 1);
        if digits > 0 {
            return at + 1 + digits;
        }
    }
    letters(text, at, &["post", "rev", "r"]).unwrap_or(at)
}

fn local(text: &[u8], at: usize) -> usize {
    if text.get(at) != Some(&b'+') {
        return at;
    }
    let run =
        |from: usize| text[from..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let first = run(at + 1);
    if first == 0 {
        return at;
    }
    let mut end = at + 1 + first;
    while is_separator(text.get(end)) {
        let more = run(end + 1);
        if more == 0 {
            break;
        }
        end += 1 + more;
    }
    end
}

fn digit_count(text: &[u8], from: usize) -> usize {
    text.get(from..).map_or(0, |rest| rest.iter().take_while(|byte| byte.is_ascii_digit()).count())
}

fn is_separator(byte: Option<&u8>) -> bool {
    matches!(byte, Some(b'.' | b'_' | b'-'))
}
