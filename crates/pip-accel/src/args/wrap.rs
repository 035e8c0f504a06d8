//! `textwrap.wrap` of Python, with its default settings.

/// Breaks `text` into lines of at most `width` characters, at white space and after hyphens.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let flat: String = text.chars().map(|c| if is_space(c) { ' ' } else { c }).collect();
    let mut chunks: Vec<Vec<char>> = split(&flat.chars().collect::<Vec<_>>());
    chunks.reverse();
    let mut lines = Vec::new();
    while !chunks.is_empty() {
        let mut line: Vec<Vec<char>> = Vec::new();
        let mut length = 0;
        // White space at the start of a line is dropped, but not at the start of the text.
        if !lines.is_empty() && chunks.last().is_some_and(|chunk| is_blank(chunk)) {
            chunks.pop();
        }
        while let Some(chunk) = chunks.last() {
            if length + chunk.len() > width {
                break;
            }
            length += chunk.len();
            line.extend(chunks.pop());
        }
        if let Some(chunk) = chunks.last_mut().filter(|chunk| chunk.len() > width) {
            // A chunk longer than a whole line is cut; after a hyphen, if there is a fitting one.
            let room = if width < 1 { 1 } else { width.saturating_sub(length) };
            let hyphen = chunk[..room.min(chunk.len())].iter().rposition(|c| *c == '-');
            let end = match hyphen {
                Some(at) if at > 0 && chunk[..at].iter().any(|c| *c != '-') => at + 1,
                _ => room,
            };
            let rest = chunk.split_off(end);
            line.push(std::mem::replace(chunk, rest));
        }
        if line.last().is_some_and(|chunk| is_blank(chunk)) {
            line.pop();
        }
        if !line.is_empty() {
            lines.push(line.into_iter().flatten().collect());
        }
    }
    lines
}

/// `textwrap.fill`.
pub fn fill(text: &str, width: usize) -> String {
    wrap(text, width).join("\n")
}

fn is_space(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | ' ')
}

fn is_blank(chunk: &[char]) -> bool {
    chunk.iter().all(|c| is_space(*c))
}

fn is_letter(character: char) -> bool {
    character.is_alphabetic() || character == '_'
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn is_word_or_punctuation(character: char) -> bool {
    is_word(character) || "!\"'&.,?".contains(character)
}

/// Splits into chunks that may not be broken: runs of white space, dashes between words, words, and
/// the parts of hyphenated words.
fn split(text: &[char]) -> Vec<Vec<char>> {
    let mut chunks = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let end = start + chunk_length(text, start);
        chunks.push(text[start..end].to_vec());
        start = end;
    }
    chunks
}

fn chunk_length(text: &[char], start: usize) -> usize {
    let spaces = text[start..].iter().take_while(|c| is_space(**c)).count();
    if spaces > 0 {
        return spaces;
    }
    if start > 0 && is_word_or_punctuation(text[start - 1]) {
        let dashes = text[start..].iter().take_while(|c| **c == '-').count();
        if dashes >= 2 && text.get(start + dashes).is_some_and(|c| is_word(*c)) {
            return dashes;
        }
    }
    let at = |index: usize| text.get(index).copied();
    // The shortest run, of one character at least, after which a break is allowed.
    for end in start + 1.. {
        if at(end).is_none_or(is_space) {
            return end - start;
        }
        if ends_hyphenated(text, end) {
            return end + 1 - start;
        }
        let dashes = text[end..].iter().take_while(|c| **c == '-').count();
        if dashes >= 2
            && is_word_or_punctuation(text[end - 1])
            && at(end + dashes).is_some_and(is_word)
        {
            return end - start;
        }
    }
    text.len() - start
}

/// Whether the character at `dash` is a hyphen after which a word may be broken: two letters before
/// it (or letter, hyphen, letter) and two after it.
fn ends_hyphenated(text: &[char], dash: usize) -> bool {
    let at = |index: Option<usize>| index.and_then(|index| text.get(index)).copied();
    let letter = |index: Option<usize>| at(index).is_some_and(is_letter);
    if text.get(dash) != Some(&'-') {
        return false;
    }
    let before = |n: usize| dash.checked_sub(n);
    let two_letters = letter(before(1)) && letter(before(2));
    let after_hyphen = letter(before(1)) && at(before(2)) == Some('-') && letter(before(3));
    if !two_letters && !after_hyphen {
        return false;
    }
    let next = Some(dash + 1);
    letter(next)
        && (letter(Some(dash + 2)) || (at(Some(dash + 2)) == Some('-') && letter(Some(dash + 3))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_as_python_breaks_them() {
        assert_eq!(
            wrap("a minor-major version, well--known e-mail", 10),
            ["a minor-", "major", "version,", "well--", "known", "e-mail"]
        );
        assert_eq!(wrap("  lead abcdefghijklmnop x", 8), ["  lead a", "bcdefghi", "jklmnop", "x"]);
        assert_eq!(wrap("[x.y] --no-deps[/], --a", 12), ["[x.y] --no-", "deps[/], --a"]);
        assert!(wrap("", 5).is_empty());
    }
}
