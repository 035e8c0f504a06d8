//! TOML as pip's writer lays it out (`tomli_w`).

use std::fmt::Write as _;

/// A value of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    True,
    List(Vec<Value>),
    Table(Table),
}

/// Keys with their values, in order.
pub(super) type Table = Vec<(&'static str, Value)>;

/// What is longer does not stand on one line.
const WIDTH: usize = 100;

const INDENT: &str = "    ";

/// The text of a document.
pub(super) fn document(table: &Table) -> String {
    let mut text = String::new();
    write_table(&mut text, table, "", false);
    text
}

fn write_table(text: &mut String, table: &Table, name: &str, in_list: bool) {
    let mut tables: Vec<(&str, &Table, bool)> = Vec::new();
    let mut plain = Vec::new();
    for (key, value) in table {
        match value {
            Value::Table(table) => tables.push((key, table, false)),
            Value::List(values) => match as_tables(values) {
                Some(members) => {
                    tables.extend(members.into_iter().map(|table| (*key, table, true)));
                }
                None => plain.push((key, value)),
            },
            Value::Text(_) | Value::True => plain.push((key, value)),
        }
    }
    let mut something = in_list || !name.is_empty() && (!plain.is_empty() || tables.is_empty());
    if something {
        let (open, close) = if in_list { ("[[", "]]") } else { ("[", "]") };
        let _ = writeln!(text, "{open}{name}{close}");
    }
    something |= !plain.is_empty();
    for (key, value) in plain {
        let _ = writeln!(text, "{key} = {}", literal(value, 0));
    }
    for (key, table, in_list) in tables {
        if something {
            text.push('\n');
        }
        something = true;
        let name = if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") };
        write_table(text, table, &name, in_list);
    }
}

/// The members of a list that is written as tables of their own: tables not all of which fit on a
/// line.
fn as_tables(values: &[Value]) -> Option<Vec<&Table>> {
    let tables = values.iter().map(|value| match value {
        Value::Table(table) => Some(table),
        _ => None,
    });
    let tables: Vec<&Table> = tables.collect::<Option<_>>()?;
    let fits = |table: &&Table| {
        let line = inline(table);
        INDENT.len() + line.chars().count() < WIDTH && !line.contains('\n')
    };
    (!tables.iter().all(fits)).then_some(tables)
}

fn literal(value: &Value, depth: usize) -> String {
    match value {
        Value::Text(text) => quoted(text),
        Value::True => "true".to_owned(),
        Value::Table(table) => inline(table),
        Value::List(values) if values.is_empty() => "[]".to_owned(),
        Value::List(values) => {
            let indent = INDENT.repeat(depth + 1);
            let items = values.iter().map(|value| literal(value, depth + 1));
            let items: Vec<String> = items.map(|item| format!("{indent}{item}")).collect();
            format!("[\n{},\n{}]", items.join(",\n"), INDENT.repeat(depth))
        }
    }
}

fn inline(table: &Table) -> String {
    let members = table.iter().map(|(key, value)| format!("{key} = {}", literal(value, 0)));
    format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
}

fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '\u{8}' => quoted.push_str("\\b"),
            '\n' => quoted.push_str("\\n"),
            '\u{c}' => quoted.push_str("\\f"),
            '\r' => quoted.push_str("\\r"),
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\t' => quoted.push('\t'),
            control if control < ' ' || control == '\u{7f}' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn short_tables_share_a_line_and_long_ones_stand_alone() {
        let short = Value::Table(vec![("name", text("a")), ("b", Value::Table(vec![]))]);
        let list = vec![("packages", Value::List(vec![short.clone()]))];
        assert_eq!(document(&list), "packages = [\n    { name = \"a\", b = {  } },\n]\n");
        let long = Value::Table(vec![("url", text(&"x".repeat(100))), ("in", short)]);
        let list = vec![("v", text("1")), ("packages", Value::List(vec![long]))];
        let expected = format!(
            "v = \"1\"\n\n[[packages]]\nurl = \"{}\"\n\n[packages.in]\nname = \"a\"\n\n[packages.in.b]\n",
            "x".repeat(100)
        );
        assert_eq!(document(&list), expected);
        assert_eq!(document(&vec![("packages", Value::List(vec![]))]), "packages = []\n");
    }

    #[test]
    fn texts_are_quoted() {
        let quoted = document(&vec![("t", text("a\"\\\u{1}\n\té"))]);
        assert_eq!(quoted, "t = \"a\\\"\\\\\\u0001\\n\té\"\n");
    }
}
