//! The few rules of Python's `str` that formats written by Python rely on.

/// Whether `\s` of Python's `re` and `str.isspace` count this character as white space.
///
/// Unlike [`char::is_whitespace`] that includes the separators U+001C to U+001F.
pub fn is_space(character: char) -> bool {
    matches!(character, '\u{1c}'..='\u{1f}') || character.is_whitespace()
}

/// Whether `\w` of Python's `re` matches the character.
pub fn is_word(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

/// `str.strip()`.
pub fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// `str.rstrip()`.
pub fn strip_end(text: &str) -> &str {
    text.trim_end_matches(is_space)
}

/// `repr(text)` of Python, for messages that pip prints with it.
pub fn repr(text: &str) -> String {
    use std::fmt::Write as _;
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if is_printable(c) => out.push(c),
            // Writing into a string can't fail.
            c => {
                let _ = match c as u32 {
                    code @ 0..=0xff => write!(out, "\\x{code:02x}"),
                    code @ 0x100..=0xffff => write!(out, "\\u{code:04x}"),
                    code => write!(out, "\\U{code:08x}"),
                };
            }
        }
    }
    out.push(quote);
    out
}

/// `shlex.quote(text)`: one word for a shell.
pub fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\"'\"'"))
}

/// `str.isprintable()`: not for controls, blanks but the space, format characters and private use;
/// code points that Unicode has not given out yet count as printable here.
fn is_printable(character: char) -> bool {
    let hidden = character.is_control()
        || character.is_whitespace() && character != ' '
        || matches!(
            character,
            '\u{ad}'
                | '\u{600}'..='\u{605}'
                | '\u{61c}'
                | '\u{6dd}'
                | '\u{70f}'
                | '\u{890}'..='\u{891}'
                | '\u{8e2}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{e000}'..='\u{f8ff}'
                | '\u{feff}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{110bd}'
                | '\u{110cd}'
                | '\u{13430}'..='\u{1343f}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0001}'..='\u{e007f}'
                | '\u{f0000}'..
        );
    !hidden
}

/// `str.splitlines()` of Python, without the line ends, one after the other.
pub fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some((at, end)) = rest.char_indices().find(|(_, character)| is_line_end(*character))
        else {
            return Some(std::mem::take(&mut rest));
        };
        let width = if rest[at..].starts_with("\r\n") { 2 } else { end.len_utf8() };
        let line = &rest[..at];
        rest = &rest[at + width..];
        Some(line)
    })
}

/// All of [`lines`].
pub fn split_lines(text: &str) -> Vec<&str> {
    lines(text).collect()
}

/// The characters at which `str.splitlines()` breaks.
pub fn is_line_end(character: char) -> bool {
    matches!(
        character,
        '\n' | '\r'
            | '\u{b}'
            | '\u{c}'
            | '\u{1c}'
            | '\u{1d}'
            | '\u{1e}'
            | '\u{85}'
            | '\u{2028}'
            | '\u{2029}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repr_chooses_quotes_as_python_does() {
        assert_eq!(repr("a"), "'a'");
        assert_eq!(repr("it's"), "\"it's\"");
        assert_eq!(repr("'\""), "'\\'\"'");
        assert_eq!(repr("\n\u{1}\\"), "'\\n\\x01\\\\'");
        assert_eq!(repr("\u{a0}\u{2028}\u{feff}ä"), "'\\xa0\\u2028\\ufeffä'");
    }

    #[test]
    fn lines_end_where_python_ends_them() {
        assert_eq!(split_lines("a\r\nb\rc\n\nd"), ["a", "b", "c", "", "d"]);
        assert_eq!(split_lines("a\u{85}b\n"), ["a", "b"]);
        assert!(split_lines("").is_empty());
    }
}
