//! JSON as Python's `json` module reads and writes it: objects keep their order, and what is wrong
//! is told in its words.

use std::fmt::Write as _;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as written.
    Number(String),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object, in the order in which its keys came first.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// An object of these members.
    pub fn object<K: Into<String>>(members: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Object(members.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// A string.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// An array of strings.
    pub fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(texts.into_iter().map(Self::text).collect())
    }

    /// The member of that name, if this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        members.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The name that Python has for its type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "NoneType",
            Self::Bool(_) => "bool",
            Self::Number(text) if text.contains(['.', 'e', 'E', 'N', 'I']) => "float",
            Self::Number(_) => "int",
            Self::Text(_) => "str",
            Self::List(_) => "list",
            Self::Object(_) => "dict",
        }
    }

    /// The same with the keys of all objects sorted.
    #[must_use]
    pub fn sorted(self) -> Self {
        match self {
            Self::List(values) => Self::List(values.into_iter().map(Self::sorted).collect()),
            Self::Object(members) => {
                let mut members: Vec<_> =
                    members.into_iter().map(|(key, value)| (key, value.sorted())).collect();
                members.sort_by(|one, other| one.0.cmp(&other.0));
                Self::Object(members)
            }
            other => other,
        }
    }

    /// `json.dumps(value)`: one line of ASCII.
    pub fn compact(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, None);
        out
    }

    /// `json.dumps(value, indent=2, ensure_ascii=False)`.
    pub fn pretty(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, Some(0));
        out
    }

    /// Writes on one line, or indented by so many steps.
    fn write(&self, out: &mut String, indent: Option<usize>) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(true) => out.push_str("true"),
            Self::Bool(false) => out.push_str("false"),
            Self::Number(text) => out.push_str(text),
            Self::Text(text) => write_text(out, text, indent.is_none()),
            Self::List(values) => {
                write_all(out, ['[', ']'], values, indent, |out, value, indent| {
                    value.write(out, indent);
                });
            }
            Self::Object(members) => {
                write_all(out, ['{', '}'], members, indent, |out, (key, value), indent| {
                    write_text(out, key, indent.is_none());
                    out.push_str(": ");
                    value.write(out, indent);
                });
            }
        }
    }

    /// `json.loads(text)`.
    ///
    /// # Errors
    /// The words of Python's `JSONDecodeError`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { text, at: 0, depth: 0 };
        if text.starts_with('\u{feff}') {
            return Err(reader.wrong("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0));
        }
        reader.skip_space();
        let value = reader.value()?;
        reader.skip_space();
        if reader.at < text.len() {
            return Err(reader.wrong("Extra data", reader.at));
        }
        Ok(value)
    }
}

fn write_all<T>(
    out: &mut String,
    [start, end]: [char; 2],
    items: &[T],
    indent: Option<usize>,
    mut write: impl FnMut(&mut String, &T, Option<usize>),
) {
    let inner = indent.map(|indent| indent + 1);
    out.push(start);
    for (number, item) in items.iter().enumerate() {
        match inner {
            None if number > 0 => out.push_str(", "),
            None => {}
            Some(indent) => {
                out.push_str(if number > 0 { ",\n" } else { "\n" });
                let _ = write!(out, "{:1$}", "", indent * 2);
            }
        }
        write(out, item, inner);
    }
    if let Some(indent) = indent.filter(|_| !items.is_empty()) {
        let _ = write!(out, "\n{:1$}", "", indent * 2);
    }
    out.push(end);
}

fn write_text(out: &mut String, text: &str, ascii: bool) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(character),
            character if !ascii && character >= ' ' => out.push(character),
            character => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

/// Values within values beyond this are refused, as Python refuses them by its own stack.
const DEEPEST: usize = 500;

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn wrong(&self, what: &str, at: usize) -> String {
        let before = &self.text[..at];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("{what}: line {line} column {column} (char {})", before.chars().count())
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn takes(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn value(&mut self) -> Result<Json, String> {
        for (word, value) in [
            ("null", Json::Null),
            ("true", Json::Bool(true)),
            ("false", Json::Bool(false)),
            ("NaN", Json::Number("NaN".to_owned())),
            ("Infinity", Json::Number("Infinity".to_owned())),
            ("-Infinity", Json::Number("-Infinity".to_owned())),
        ] {
            if self.takes(word) {
                return Ok(value);
            }
        }
        if self.takes("\"") {
            return Ok(Json::Text(self.string()?));
        }
        if self.depth == DEEPEST {
            return Err(self.wrong("Too many levels", self.at));
        }
        self.depth += 1;
        let value = if self.takes("[") {
            self.list()?
        } else if self.takes("{") {
            self.object()?
        } else {
            let number = number(self.rest());
            if number.is_empty() {
                return Err(self.wrong("Expecting value", self.at));
            }
            let number = number.to_owned();
            self.at += number.len();
            Json::Number(number)
        };
        self.depth -= 1;
        Ok(value)
    }

    fn list(&mut self) -> Result<Json, String> {
        let mut values = Vec::new();
        self.skip_space();
        if self.takes("]") {
            return Ok(Json::List(values));
        }
        loop {
            values.push(self.value()?);
            self.skip_space();
            if self.takes("]") {
                return Ok(Json::List(values));
            }
            self.comma()?;
        }
    }

    fn object(&mut self) -> Result<Json, String> {
        let mut members: Vec<(String, Json)> = Vec::new();
        self.skip_space();
        if self.takes("}") {
            return Ok(Json::Object(members));
        }
        loop {
            if !self.takes("\"") {
                let what = "Expecting property name enclosed in double quotes";
                return Err(self.wrong(what, self.at));
            }
            let key = self.string()?;
            self.skip_space();
            if !self.takes(":") {
                return Err(self.wrong("Expecting ':' delimiter", self.at));
            }
            self.skip_space();
            let value = self.value()?;
            match members.iter_mut().find(|(known, _)| *known == key) {
                Some((_, known)) => *known = value,
                None => members.push((key, value)),
            }
            self.skip_space();
            if self.takes("}") {
                return Ok(Json::Object(members));
            }
            self.comma()?;
        }
    }

    fn comma(&mut self) -> Result<(), String> {
        if !self.takes(",") {
            return Err(self.wrong("Expecting ',' delimiter", self.at));
        }
        self.skip_space();
        Ok(())
    }

    /// What follows the opening quotation mark.
    fn string(&mut self) -> Result<String, String> {
        let start = self.at - 1;
        let mut text = String::new();
        loop {
            let Some(character) = self.rest().chars().next() else {
                return Err(self.wrong("Unterminated string starting at", start));
            };
            let at = self.at;
            self.at += character.len_utf8();
            match character {
                '"' => return Ok(text),
                '\\' => {
                    let Some(escaped) = self.rest().chars().next() else {
                        return Err(self.wrong("Unterminated string starting at", start));
                    };
                    self.at += escaped.len_utf8();
                    text.push(match escaped {
                        '"' | '\\' | '/' => escaped,
                        'b' => '\u{8}',
                        'f' => '\u{c}',
                        'n' => '\n',
                        'r' => '\r',
                        't' => '\t',
                        'u' => self.code_point(at)?,
                        _ => return Err(self.wrong("Invalid \\escape", at)),
                    });
                }
                '\0'..='\u{1f}' => return Err(self.wrong("Invalid control character at", at)),
                other => text.push(other),
            }
        }
    }

    /// What `\u` at `at` stands for; halves of pairs that stand alone become U+FFFD.
    fn code_point(&mut self, at: usize) -> Result<char, String> {
        let first = self.hex(at)?;
        let rest = self.rest();
        if (0xd800..0xdc00).contains(&first) && rest.starts_with("\\u") {
            let after = self.at;
            self.at += 2;
            let second = self.hex(after)?;
            if (0xdc00..0xe000).contains(&second) {
                let joined = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(joined).unwrap_or('\u{fffd}'));
            }
            self.at = after;
        }
        Ok(char::from_u32(first).unwrap_or('\u{fffd}'))
    }

    fn hex(&mut self, at: usize) -> Result<u32, String> {
        let digits = self.rest().get(..4).unwrap_or_default();
        let code = u32::from_str_radix(digits, 16).ok().filter(|_| !digits.contains('+'));
        let code = code.ok_or_else(|| self.wrong("Invalid \\uXXXX escape", at + 1))?;
        self.at += 4;
        Ok(code)
    }
}

/// The number at the start of a text; empty if there is none.
fn number(text: &str) -> &str {
    let digits = |from: usize| {
        let rest = &text[from..];
        rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len()
    };
    let sign = usize::from(text.starts_with('-'));
    let whole = if text[sign..].starts_with('0') { 1 } else { digits(sign) };
    if whole == 0 {
        return "";
    }
    let mut end = sign + whole;
    if text[end..].starts_with('.') && digits(end + 1) > 0 {
        end += 1 + digits(end + 1);
    }
    if text[end..].starts_with(['e', 'E']) {
        let signed = end + 1 + usize::from(text[end + 1..].starts_with(['+', '-']));
        if digits(signed) > 0 {
            end = signed + digits(signed);
        }
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_in_their_order() {
        let text =
            r#"{"b": [1, -2.5e3, null], "a": {"x": "ä\u00e4\ud83d\ude00\n"}, "c": {}, "b": true}"#;
        let value = Json::parse(text).unwrap();
        let compact = r#"{"b": true, "a": {"x": "\u00e4\u00e4\ud83d\ude00\n"}, "c": {}}"#;
        assert_eq!(value.compact(), compact);
        let pretty = "{\n  \"b\": true,\n  \"a\": {\n    \"x\": \"ää😀\\n\"\n  },\n  \"c\": {}\n}";
        assert_eq!(value.pretty(), pretty);
        assert!(value.sorted().compact().starts_with("{\"a\""));
    }

    #[test]
    fn mistakes_are_told_in_pythons_words() {
        for (text, words) in [
            ("", "Expecting value: line 1 column 1 (char 0)"),
            ("{\"a\": 1,\n \"b\"}", "Expecting ':' delimiter: line 2 column 5 (char 13)"),
            (
                "{a: 1}",
                "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
            ),
            ("[1 2]", "Expecting ',' delimiter: line 1 column 4 (char 3)"),
            ("\"ä", "Unterminated string starting at: line 1 column 1 (char 0)"),
            ("1 1", "Extra data: line 1 column 3 (char 2)"),
            (r#""\x""#, "Invalid \\escape: line 1 column 2 (char 1)"),
            ("\"\u{1}\"", "Invalid control character at: line 1 column 2 (char 1)"),
        ] {
            assert_eq!(Json::parse(text).unwrap_err(), words);
        }
    }
}
