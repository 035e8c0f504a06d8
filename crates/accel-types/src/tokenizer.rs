//! The context-sensitive tokens of dependency specifiers and markers, with parse errors that
//! point at the place as `packaging` points at it.

use crate::python_text::is_word;

/// A text that is being read, token by token.
pub(crate) struct Tokenizer<'a> {
    source: &'a str,
    position: usize,
    depth: usize,
}

/// A syntax error whose `Display` is that of `packaging`'s `ParserSyntaxError`.
pub(crate) struct SyntaxError(pub(crate) String);

/// Nesting at which Python itself gives up, roughly; deeper texts would exhaust the stack.
const MAX_DEPTH: usize = 150;

impl<'a> Tokenizer<'a> {
    pub(crate) fn new(source: &'a str) -> Self {
        Self { source, position: 0, depth: 0 }
    }

    pub(crate) fn rest(&self) -> &'a str {
        &self.source[self.position..]
    }

    /// Byte offset of the next character.
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    pub(crate) fn at_end(&self) -> bool {
        self.rest().is_empty()
    }

    /// Reads the next `length` bytes.
    pub(crate) fn take(&mut self, length: usize) -> &'a str {
        let text = &self.rest()[..length];
        self.position += length;
        text
    }

    pub(crate) fn next_is(&self, text: &str) -> bool {
        self.rest().starts_with(text)
    }

    /// Reads `text` if it comes next.
    pub(crate) fn eat(&mut self, text: &str) -> bool {
        let found = self.next_is(text);
        if found {
            self.position += text.len();
        }
        found
    }

    /// Skips blanks and tabs; whether there were any.
    pub(crate) fn skip_blanks(&mut self) -> bool {
        let rest = self.rest();
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        self.position += blanks;
        blanks > 0
    }

    /// Reads `word` if it comes next and neither neighbour is a word character.
    pub(crate) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.next_is_word(word);
        if found {
            self.position += word.len();
        }
        found
    }

    fn next_is_word(&self, word: &str) -> bool {
        !self.after_word()
            && self
                .rest()
                .strip_prefix(word)
                .is_some_and(|after| !after.chars().next().is_some_and(is_word))
    }

    fn after_word(&self) -> bool {
        self.source[..self.position].chars().next_back().is_some_and(is_word)
    }

    /// Length of the identifier that comes next: `\b[a-zA-Z0-9][a-zA-Z0-9._-]*\b`.
    pub(crate) fn identifier_length(&self) -> Option<usize> {
        let rest = self.rest();
        if self.after_word() || !rest.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return None;
        }
        let run = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')))
            .unwrap_or(rest.len());
        (1..=run).rev().find(|end| {
            let before = rest[..*end].chars().next_back().is_some_and(is_word);
            let after = rest[*end..].chars().next().is_some_and(is_word);
            before != after
        })
    }

    /// Enters a pair of parentheses.
    pub(crate) fn descend(&mut self) -> Result<(), SyntaxError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error("Expression is nested too deeply"));
        }
        Ok(())
    }

    /// Leaves a pair of parentheses.
    pub(crate) fn ascend(&mut self) {
        self.depth -= 1;
    }

    /// An error at the current position.
    pub(crate) fn error(&self, message: &str) -> SyntaxError {
        self.error_between(message, self.position, self.position)
    }

    /// An error that underlines the text from `start` to the current position.
    pub(crate) fn error_from(&self, message: &str, start: usize) -> SyntaxError {
        self.error_between(message, start, self.position)
    }

    /// An error that underlines the bytes from `start` to `end`, which may lie one behind the end.
    pub(crate) fn error_between(&self, message: &str, start: usize, end: usize) -> SyntaxError {
        let column = |byte: usize| match self.source.get(..byte) {
            Some(before) => before.chars().count(),
            None => self.source.chars().count() + 1,
        };
        let (start, end) = (column(start), column(end));
        SyntaxError(format!(
            "{message}\n    {}\n    {}{}^",
            self.source,
            " ".repeat(start),
            "~".repeat(end.saturating_sub(start)),
        ))
    }
}
