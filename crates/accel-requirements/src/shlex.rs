//! `shlex.split` of Python: POSIX mode, no comments.

/// A text that ends inside quotes or after a backslash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unfinished;

/// Splits `text` into words.
pub fn split(text: &str) -> Result<Vec<String>, Unfinished> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next().ok_or(Unfinished)? {
                        '\'' => break,
                        other => word.push(other),
                    }
                }
            }
            '"' => double_quoted(&mut characters, word.get_or_insert_default())?,
            '\\' => {
                let escaped = characters.next().ok_or(Unfinished)?;
                word.get_or_insert_default().push(escaped);
            }
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

/// Inside double quotes a backslash escapes only a double quote and itself.
fn double_quoted(
    characters: &mut std::str::Chars<'_>,
    word: &mut String,
) -> Result<(), Unfinished> {
    loop {
        match characters.next().ok_or(Unfinished)? {
            '"' => return Ok(()),
            '\\' => {
                let escaped = characters.next().ok_or(Unfinished)?;
                if !matches!(escaped, '"' | '\\') {
                    word.push('\\');
                }
                word.push(escaped);
            }
            other => word.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_python_words() {
        let split = |text| split(text).map_err(|_| ());
        assert_eq!(
            split(r#"--a="b c" 'd\' e\ f "" g"h"'i'"#).unwrap(),
            ["--a=b c", "d\\", "e f", "", "ghi"]
        );
        assert_eq!(split(r#""a\"\\\n""#).unwrap(), [r#"a"\\n"#]);
        assert_eq!(split("").unwrap(), Vec::<String>::new());
        for unfinished in ["'a", "\"a", "a\\", "\"\\"] {
            assert!(split(unfinished).is_err(), "{unfinished}");
        }
    }
}
