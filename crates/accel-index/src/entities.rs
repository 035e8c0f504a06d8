//! Character references in attribute values, decoded as Python's `html.unescape` does it (the HTML
//! standard's rules, except that invalid code points vanish).

use std::borrow::Cow;

/// Name, tab, code points in hexadecimal; sorted by name. The HTML standard's list, with the
/// legacy names that need no semicolon.
const NAMED: &str = include_str!("entities.tsv");

/// The longest run of letters that may follow an ampersand.
const LONGEST: usize = 32;

/// Replaces every character reference in `text`.
pub(crate) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken = reference(rest, &mut plain);
        if taken == 0 {
            plain.push('&');
            rest = &rest[1..];
        } else {
            rest = &rest[taken..];
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// Decodes the reference at the start of `text`; returns how many bytes it took, 0 if it is none.
fn reference(text: &str, into: &mut String) -> usize {
    let body = &text[1..];
    if let Some(number) = body.strip_prefix('#') {
        return numeric(number, into);
    }
    let mut length = body
        .char_indices()
        .take(LONGEST)
        .find(|(_, letter)| "\t\n\u{c} <&#;".contains(*letter))
        .map_or_else(
            || body.char_indices().nth(LONGEST).map_or(body.len(), |(at, _)| at),
            |(at, _)| at,
        );
    if length == 0 {
        return 0;
    }
    if body[length..].starts_with(';') {
        length += 1;
    }
    let name = &body[..length];
    let mut end = name.len();
    while end > 1 {
        if name.is_char_boundary(end)
            && let Some(codes) = named(&name[..end])
        {
            into.extend(
                codes
                    .split(' ')
                    .filter_map(|code| u32::from_str_radix(code, 16).ok())
                    .filter_map(char::from_u32),
            );
            return 1 + end;
        }
        end -= 1;
    }
    0
}

fn named(name: &str) -> Option<&'static str> {
    // A binary search over the text itself: no table is built for a page without references.
    let bytes = NAMED.as_bytes();
    let (mut low, mut high) = (0, bytes.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = bytes[low..middle]
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(low, |at| low + at + 1);
        let end = bytes[start..]
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(bytes.len(), |at| start + at);
        let (found, codes) = NAMED[start..end].split_once('\t')?;
        match found.cmp(name) {
            std::cmp::Ordering::Equal => return Some(codes),
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    None
}

/// `&#65;` and `&#x41;`, with the replacements of the HTML standard.
fn numeric(number: &str, into: &mut String) -> usize {
    let hexadecimal = number.strip_prefix(['x', 'X']);
    let (digits, radix, prefix) = match hexadecimal {
        Some(digits) => (digits, 16, 3),
        None => (number, 10, 2),
    };
    let length = digits.bytes().take_while(|byte| char::from(*byte).is_digit(radix)).count();
    if length == 0 {
        return 0;
    }
    let value = digits[..length]
        .trim_start_matches('0')
        .bytes()
        .try_fold(0_u32, |value, digit| {
            value.checked_mul(radix)?.checked_add(char::from(digit).to_digit(radix)?)
        })
        .unwrap_or(u32::MAX);
    if let Some(letter) = character(value) {
        into.push(letter);
    }
    prefix + length + usize::from(digits[length..].starts_with(';'))
}

/// What `0x80..=0x9f` mean: Windows-1252, as browsers read them.
const WINDOWS: [u16; 32] = [
    0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039,
    0x152, 0x8d, 0x17d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc,
    0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178,
];

fn character(value: u32) -> Option<char> {
    match value {
        0x0d => Some('\r'),
        0x80..=0x9f => char::from_u32(u32::from(WINDOWS[value as usize - 0x80])),
        0 | 0xd800..=0xdfff | 0x0011_0000.. => Some('\u{fffd}'),
        0x1..=0x8 | 0xb | 0xe..=0x1f | 0x7f | 0xfdd0..=0xfdef => None,
        _ if value & 0xfffe == 0xfffe => None,
        _ => char::from_u32(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references() {
        for (text, expected) in [
            ("a &amp; b", "a & b"),
            ("&gt;=3.6, &lt;4", ">=3.6, <4"),
            ("&#62;&#x3e;&#X3E", ">>>"),
            ("&notit;", "¬it;"),
            ("&notin;", "∉"),
            ("?a=1&b=2&copy=3", "?a=1&b=2©=3"),
            ("&", "&"),
            ("&&;", "&&;"),
            ("&#;", "&#;"),
            ("&#0;&#1;&#128;", "\u{fffd}€"),
            ("&zzzz;", "&zzzz;"),
            ("&AElig;&zwnj;&Aacute", "Æ\u{200c}Á"),
        ] {
            assert_eq!(unescape(text), expected, "{text}");
        }
    }
}
