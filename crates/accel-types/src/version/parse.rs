//! Reading a version: the pattern of PEP 440, appendix B, as `packaging` applies it.

use super::number::Number;
use super::parts::{LocalSegment, Parts, PreKind};
use crate::python_text::strip;

/// The parts of `text`, or `None` if PEP 440 does not allow it.
pub(super) fn parse(text: &str) -> Option<Parts> {
    let mut cursor = Cursor { rest: strip(text) };
    if !cursor.eat(b'v') {
        cursor.eat(b'V');
    }
    let mut first = cursor.digits()?;
    let mut epoch = Number::ZERO;
    if cursor.eat(b'!') {
        epoch = Number::parse(first)?;
        first = cursor.digits()?;
    }
    let mut release = vec![Number::parse(first)?];
    while let Some(segment) = cursor.digits_after_dot() {
        release.push(Number::parse(segment)?);
    }
    let pre = match cursor.letters(PRE) {
        Some(kind) => Some((kind, cursor.suffix_number()?)),
        None => None,
    };
    let post = cursor.post()?;
    let dev = match cursor.letters(DEV) {
        Some(()) => Some(cursor.suffix_number()?),
        None => None,
    };
    let local = if cursor.eat(b'+') {
        Some(local_segments(cursor.rest)?)
    } else if cursor.rest.is_empty() {
        None
    } else {
        return None;
    };
    Some(Parts { epoch, release, pre, post, dev, local })
}

/// Spellings in the order in which the pattern tries them.
const PRE: &[(&str, PreKind)] = &[
    ("alpha", PreKind::Alpha),
    ("a", PreKind::Alpha),
    ("beta", PreKind::Beta),
    ("b", PreKind::Beta),
    ("preview", PreKind::Candidate),
    ("pre", PreKind::Candidate),
    ("c", PreKind::Candidate),
    ("rc", PreKind::Candidate),
];
const POST: &[(&str, ())] = &[("post", ()), ("rev", ()), ("r", ())];
const DEV: &[(&str, ())] = &[("dev", ())];

/// Dot-, dash- or underscore-separated runs of ASCII letters and digits, lowered.
fn local_segments(text: &str) -> Option<Vec<LocalSegment>> {
    text.split(['.', '-', '_'])
        .map(|segment| {
            if segment.is_empty() || !segment.bytes().all(|b| b.is_ascii_alphanumeric()) {
                None
            } else if segment.bytes().all(|b| b.is_ascii_digit()) {
                Number::parse(segment).map(LocalSegment::Number)
            } else {
                Some(LocalSegment::Text(segment.to_ascii_lowercase().into()))
            }
        })
        .collect()
}

struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    fn eat(&mut self, byte: u8) -> bool {
        let found = self.rest.as_bytes().first() == Some(&byte);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    fn digits(&mut self) -> Option<&'a str> {
        let length = digit_count(self.rest);
        (length > 0).then(|| self.take(length))
    }

    fn digits_after_dot(&mut self) -> Option<&'a str> {
        let length = digit_count(self.rest.strip_prefix('.')?);
        (length > 0).then(|| &self.take(1 + length)[1..])
    }

    /// An optional separator and one of the spellings; nothing is consumed if neither fits.
    fn letters<T: Copy>(&mut self, spellings: &[(&str, T)]) -> Option<T> {
        let skipped = usize::from(starts_with_separator(self.rest));
        let rest = &self.rest.as_bytes()[skipped..];
        let (spelling, meaning) = spellings.iter().find(|(spelling, _)| {
            rest.get(..spelling.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(spelling.as_bytes()))
        })?;
        self.take(skipped + spelling.len());
        Some(*meaning)
    }

    /// The number behind letters, with its optional separator; without digits it is 0. `None` if
    /// the number is longer than Python reads.
    fn suffix_number(&mut self) -> Option<Number> {
        if starts_with_separator(self.rest) {
            self.take(1);
        }
        match self.digits() {
            Some(digits) => Number::parse(digits),
            None => Some(Number::ZERO),
        }
    }

    /// `-1` or `.post1` in its spellings. The outer `None` means an unreadable number.
    #[expect(clippy::option_option, reason = "absent and unreadable are different answers")]
    fn post(&mut self) -> Option<Option<Number>> {
        if let Some(rest) = self.rest.strip_prefix('-') {
            let length = digit_count(rest);
            if length > 0 {
                let digits = &self.take(1 + length)[1..];
                return Number::parse(digits).map(Some);
            }
        }
        match self.letters(POST) {
            Some(()) => self.suffix_number().map(Some),
            None => Some(None),
        }
    }
}

fn digit_count(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

fn starts_with_separator(text: &str) -> bool {
    text.starts_with(['.', '_', '-'])
}
