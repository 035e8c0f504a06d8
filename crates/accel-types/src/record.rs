//! RECORD: the list of an installation's files, in the csv dialect of Python's `csv` module.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::TypesError;
use crate::python_text::split_lines;

/// One row of RECORD.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RecordRow {
    /// Path relative to the folder that holds `.dist-info`, or absolute; separated by `/`.
    pub path: String,
    /// `sha256=` and the digest in urlsafe base64 without padding; empty for RECORD itself and
    /// for `.pyc` files that pip did not write.
    pub hash: String,
    /// Size in bytes; empty where unknown.
    pub size: String,
}

impl RecordRow {
    /// A row with hash and size.
    pub fn new(path: impl Into<String>, hash: impl Into<String>, size: impl fmt::Display) -> Self {
        Self { path: path.into(), hash: hash.into(), size: size.to_string() }
    }
}

/// Reads RECORD as pip does: `csv.reader(text.splitlines())`. Missing columns are empty, further
/// ones are dropped, and so are blank lines.
///
/// A quoted field may go on over a line end, which then is lost, as it is in pip.
///
/// # Errors
/// [`TypesError::Record`] for a field of more than 131,072 characters, Python's default limit.
pub fn parse(text: &str) -> Result<Vec<RecordRow>, TypesError> {
    let mut rows = Vec::new();
    let mut row = Row::default();
    for (index, line) in split_lines(text).into_iter().enumerate() {
        row.read_line(line, index + 1)?;
        if row.is_complete() {
            rows.extend(std::mem::take(&mut row).finish());
        }
    }
    rows.extend(row.finish());
    Ok(rows)
}

/// Longest field that Python's csv module accepts, in characters.
const FIELD_LIMIT: usize = 131_072;

/// Where `csv.reader` stands within a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    StartOfRow,
    StartOfField,
    InField,
    InQuotes,
    /// Behind a quote within quotes: the end of the field, or one half of a doubled quote.
    AfterQuote,
}

/// A row that is being read.
#[derive(Default)]
struct Row {
    columns: Vec<String>,
    field: String,
    length: usize,
    state: State,
}

impl Row {
    fn read_line(&mut self, line: &str, number: usize) -> Result<(), TypesError> {
        if line.is_empty() && self.state == State::StartOfRow {
            return Ok(());
        }
        for character in line.chars() {
            self.state = match (self.state, character) {
                (State::InQuotes, '"') => State::AfterQuote,
                (State::StartOfRow | State::StartOfField, '"') => State::InQuotes,
                (State::AfterQuote, '"') | (State::InQuotes, _) => {
                    self.push(character, number)?;
                    State::InQuotes
                }
                (_, ',') => {
                    self.end_field();
                    State::StartOfField
                }
                _ => {
                    self.push(character, number)?;
                    State::InField
                }
            };
        }
        if self.state != State::InQuotes {
            self.end_field();
            self.state = State::StartOfRow;
        }
        Ok(())
    }

    fn push(&mut self, character: char, line: usize) -> Result<(), TypesError> {
        self.length += 1;
        if self.length > FIELD_LIMIT {
            return Err(TypesError::Record {
                line,
                reason: format!("field larger than field limit ({FIELD_LIMIT})"),
            });
        }
        self.field.push(character);
        Ok(())
    }

    fn end_field(&mut self) {
        self.columns.push(std::mem::take(&mut self.field));
        self.length = 0;
    }

    fn is_complete(&self) -> bool {
        self.state == State::StartOfRow
    }

    /// The row, if there is one; an open quote ends with the text.
    fn finish(mut self) -> Option<RecordRow> {
        if self.state == State::InQuotes {
            self.end_field();
        }
        let mut columns = self.columns.into_iter();
        Some(RecordRow {
            path: columns.next()?,
            hash: columns.next().unwrap_or_default(),
            size: columns.next().unwrap_or_default(),
        })
    }
}

/// Writes rows as pip does: `csv.writer` with minimal quoting, lines ending in `\r\n`.
///
/// The rows stand in the order given; see [`sort_rows`] for pip's.
pub fn write_rows<'a>(rows: impl IntoIterator<Item = &'a RecordRow>) -> String {
    let mut out = String::new();
    for row in rows {
        write_field(&mut out, &row.path);
        out.push(',');
        write_field(&mut out, &row.hash);
        out.push(',');
        write_field(&mut out, &row.size);
        out.push_str("\r\n");
    }
    out
}

/// Sorts rows as pip's `sorted_outrows`: by path, hash, then size as text.
pub fn sort_rows(rows: &mut [RecordRow]) {
    rows.sort_unstable();
}

fn write_field(out: &mut String, field: &str) {
    if field.contains([',', '"', '\n', '\r']) {
        out.push('"');
        for character in field.chars() {
            if character == '"' {
                out.push('"');
            }
            out.push(character);
        }
        out.push('"');
    } else {
        out.push_str(field);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_line_ends_are_those_of_csv() {
        let text = "a.py,sha256=x,1\r\n\"b,\"\"c\"\".py\",,\n\nd\n\"e\"f,g\"h,";
        let rows = parse(text).unwrap();
        assert_eq!(rows[0], RecordRow::new("a.py", "sha256=x", 1));
        assert_eq!(rows[1].path, "b,\"c\".py");
        assert_eq!(rows[2], RecordRow::new("d", "", ""));
        assert_eq!(rows[3], RecordRow::new("ef", "g\"h", ""));
        assert_eq!(rows.len(), 4);
    }

    #[test]
    fn what_is_written_can_be_read() {
        let rows = vec![RecordRow::new("a,\"b\"", "sha256=x", 12), RecordRow::new("c", "", "")];
        let text = write_rows(&rows);
        assert_eq!(text, "\"a,\"\"b\"\"\",sha256=x,12\r\nc,,\r\n");
        assert_eq!(parse(&text).unwrap(), rows);
    }
}
