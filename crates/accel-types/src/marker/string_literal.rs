//! Python string literals, as markers may contain them.

/// The value of a quoted text, quotes included; `None` where `ast.literal_eval` raises.
///
/// `\N{…}` (characters by name) and lone surrogates are refused too: no table of names is kept
/// here, and Rust's strings hold no surrogates.
pub(super) fn evaluate(literal: &str) -> Option<String> {
    let inner = literal.get(1..literal.len().checked_sub(1)?)?;
    let mut value = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\n' | '\r' | '\0' => return None,
            '\\' => escape(&mut characters, &mut value)?,
            character => value.push(character),
        }
    }
    Some(value)
}

/// What stands behind a backslash.
fn escape(characters: &mut std::str::Chars<'_>, value: &mut String) -> Option<()> {
    let character = characters.next()?;
    match character {
        '\n' => {}
        '\r' => {
            if characters.as_str().starts_with('\n') {
                characters.next();
            }
        }
        '\\' | '\'' | '"' => value.push(character),
        'a' => value.push('\u{7}'),
        'b' => value.push('\u{8}'),
        'f' => value.push('\u{c}'),
        'n' => value.push('\n'),
        'r' => value.push('\r'),
        't' => value.push('\t'),
        'v' => value.push('\u{b}'),
        'x' => value.push(hexadecimal(characters, 2)?),
        'u' => value.push(hexadecimal(characters, 4)?),
        'U' => value.push(hexadecimal(characters, 8)?),
        'N' | '\0' => return None,
        '0'..='7' => {
            let mut code = character.to_digit(8)?;
            for _ in 0..2 {
                let Some(digit) = characters.clone().next().and_then(|c| c.to_digit(8)) else {
                    break;
                };
                characters.next();
                code = code * 8 + digit;
            }
            value.push(char::from_u32(code)?);
        }
        other => {
            value.push('\\');
            value.push(other);
        }
    }
    Some(())
}

fn hexadecimal(characters: &mut std::str::Chars<'_>, digits: usize) -> Option<char> {
    let mut code: u32 = 0;
    for _ in 0..digits {
        code = code.checked_mul(16)? + characters.next()?.to_digit(16)?;
    }
    char::from_u32(code)
}

#[cfg(test)]
mod tests {
    use super::evaluate;

    #[test]
    fn escapes_are_python_s() {
        assert_eq!(evaluate(r"'a\x41\101\n\q'").unwrap(), "aAA\n\\q");
        assert_eq!(evaluate("\"it's\"").unwrap(), "it's");
        assert_eq!(evaluate("'a\\\nb'").unwrap(), "ab");
        for bad in [r"'\x4'", r"'a\'", "'a\nb'", r"'\N{DASH}'", r"'\ud800'"] {
            assert_eq!(evaluate(bad), None, "{bad}");
        }
    }
}
