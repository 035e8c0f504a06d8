//! Typed values out of a lock file, with the complaints of `packaging.pylock`.

use std::fmt;

use toml::{Table, Value};

/// What is wrong, and at which key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    message: String,
    context: String,
}

impl Fault {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), context: String::new() }
    }

    /// The same inside of a key.
    pub(super) fn within(mut self, key: &str) -> Self {
        self.context = match self.context.as_str() {
            "" => key.to_owned(),
            inner => format!("{key}.{inner}"),
        };
        self
    }

    fn missing(key: &str) -> Self {
        Self::new("Missing required value").within(key)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)?;
        if self.context.is_empty() {
            return Ok(());
        }
        write!(out, " in {}", accel_types::python_text::repr(&self.context))
    }
}

/// The name of a value's type in Python.
fn type_name(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "str",
        Value::Integer(_) => "int",
        Value::Float(_) => "float",
        Value::Boolean(_) => "bool",
        Value::Array(_) => "list",
        Value::Table(_) => "dict",
        Value::Datetime(moment) => match (moment.date, moment.time) {
            (Some(_), Some(_)) => "datetime",
            (Some(_), None) => "date",
            _ => "time",
        },
    }
}

fn unexpected(value: &Value, expected: &str) -> Fault {
    Fault::new(format!("Unexpected type {} (expected {expected})", type_name(value)))
}

pub(super) fn text<'t>(table: &'t Table, key: &str) -> Result<Option<&'t str>, Fault> {
    match table.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(unexpected(other, "str").within(key)),
    }
}

pub(super) fn required_text<'t>(table: &'t Table, key: &str) -> Result<&'t str, Fault> {
    text(table, key)?.ok_or_else(|| Fault::missing(key))
}

pub(super) fn boolean(table: &Table, key: &str) -> Result<Option<bool>, Fault> {
    match table.get(key) {
        None => Ok(None),
        Some(Value::Boolean(value)) => Ok(Some(*value)),
        Some(other) => Err(unexpected(other, "bool").within(key)),
    }
}

/// Checks that a value is an integer, if it is there.
pub(super) fn check_integer(table: &Table, key: &str) -> Result<(), Fault> {
    match table.get(key) {
        None | Some(Value::Integer(_)) => Ok(()),
        Some(other) => Err(unexpected(other, "int").within(key)),
    }
}

/// A date with a time, as written.
pub(super) fn moment(table: &Table, key: &str) -> Result<Option<String>, Fault> {
    match table.get(key) {
        None => Ok(None),
        Some(value @ Value::Datetime(moment)) if type_name(value) == "datetime" => {
            Ok(Some(moment.to_string()))
        }
        Some(other) => Err(unexpected(other, "datetime").within(key)),
    }
}

pub(super) fn table<'t>(table: &'t Table, key: &str) -> Result<Option<&'t Table>, Fault> {
    match table.get(key) {
        None => Ok(None),
        Some(Value::Table(inner)) => Ok(Some(inner)),
        Some(other) => Err(unexpected(other, "Mapping").within(key)),
    }
}

/// The members of a list, each taken by `take`, which says what it expects of them.
fn list<'t, T>(
    table: &'t Table,
    key: &str,
    expected: &str,
    take: impl Fn(&'t Value) -> Option<T>,
) -> Result<Option<Vec<T>>, Fault> {
    let members = match table.get(key) {
        None => return Ok(None),
        Some(Value::Array(members)) => members,
        Some(other) => return Err(unexpected(other, "Sequence").within(key)),
    };
    let members = members.iter().enumerate().map(|(at, member)| {
        take(member).ok_or_else(|| unexpected(member, expected).within(&format!("{key}[{at}]")))
    });
    members.collect::<Result<_, _>>().map(Some)
}

pub(super) fn texts<'t>(table: &'t Table, key: &str) -> Result<Option<Vec<&'t str>>, Fault> {
    list(table, key, "str", Value::as_str)
}

pub(super) fn tables<'t>(table: &'t Table, key: &str) -> Result<Option<Vec<&'t Table>>, Fault> {
    list(table, key, "Mapping", Value::as_table)
}

/// A text made into something else.
pub(super) fn parsed<T, E: fmt::Display>(
    table: &Table,
    key: &str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Option<T>, Fault> {
    let wrong = |error: E| Fault::new(error.to_string()).within(key);
    text(table, key)?.map(&parse).transpose().map_err(wrong)
}

/// Texts made into something else, one after the other.
pub(super) fn all_parsed<T, E: fmt::Display>(
    table: &Table,
    key: &str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Option<Vec<T>>, Fault> {
    let Some(texts) = texts(table, key)? else { return Ok(None) };
    let made = texts.into_iter().enumerate().map(|(at, text)| {
        parse(text).map_err(|error| Fault::new(error.to_string()).within(&format!("{key}[{at}]")))
    });
    made.collect::<Result<_, _>>().map(Some)
}

/// A table made into something else.
pub(super) fn object<T>(
    outer: &Table,
    key: &str,
    make: impl Fn(&Table) -> Result<T, Fault>,
) -> Result<Option<T>, Fault> {
    table(outer, key)?.map(&make).transpose().map_err(|fault| fault.within(key))
}

/// Tables made into something else, one after the other.
pub(super) fn objects<T>(
    outer: &Table,
    key: &str,
    make: impl Fn(&Table) -> Result<T, Fault>,
) -> Result<Option<Vec<T>>, Fault> {
    let Some(members) = tables(outer, key)? else { return Ok(None) };
    let objects = members
        .into_iter()
        .enumerate()
        .map(|(at, table)| make(table).map_err(|fault| fault.within(&format!("{key}[{at}]"))));
    objects.collect::<Result<_, _>>().map(Some)
}

/// A list that must be there.
pub(super) fn required<T>(value: Option<T>, key: &str) -> Result<T, Fault> {
    value.ok_or_else(|| Fault::missing(key))
}
