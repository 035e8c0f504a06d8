//! The text of an installed distribution's RECORD, put together without reading anything again.

use std::borrow::Cow;
use std::path::{Component, Path};

/// One row: path relative to the folder of the modules, hash, size.
pub(crate) type Row<'a> = (Cow<'a, str>, Cow<'a, str>, Cow<'a, str>);

/// Rows sorted and written as pip does: Python's `csv.writer` with its `\r\n`.
pub(crate) fn text(mut rows: Vec<Row<'_>>) -> String {
    rows.sort_unstable();
    let length: usize =
        rows.iter().map(|(path, hash, size)| path.len() + hash.len() + size.len() + 4).sum();
    let mut text = String::with_capacity(length);
    for (path, hash, size) in rows {
        push_field(&mut text, &path);
        text.push(',');
        push_field(&mut text, &hash);
        text.push(',');
        push_field(&mut text, &size);
        text.push_str("\r\n");
    }
    text
}

fn push_field(text: &mut String, field: &str) {
    if field.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\r' | b'\n')) {
        text.push('"');
        text.push_str(&field.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(field);
    }
}

/// How paths below one folder are written relative to another (Python's `os.path.relpath`).
#[derive(Debug)]
pub(crate) struct Relation {
    /// The parts of the other folder below what both share.
    beside: Vec<String>,
    /// The way from what both share to the folder, with a `/` at its end unless it is empty.
    down: String,
}

impl Relation {
    /// The relation of paths below `folder` to `lib`; both are absolute and without `..`.
    pub(crate) fn new(folder: &Path, lib: &Path) -> Self {
        let named = |path: &Path| -> Vec<String> {
            path.components()
                .filter(|part| !matches!(part, Component::RootDir | Component::CurDir))
                .map(|part| part.as_os_str().to_string_lossy().into_owned())
                .collect()
        };
        let (folder, mut lib) = (named(folder), named(lib));
        let shared = folder.iter().zip(&lib).take_while(|(left, right)| left == right).count();
        let mut down = folder[shared..].join("/");
        if !down.is_empty() {
            down.push('/');
        }
        Self { beside: lib.split_off(shared), down }
    }

    /// The path `below` the folder, relative to the other one.
    pub(crate) fn path<'a>(&self, below: &'a str) -> Cow<'a, str> {
        if self.beside.is_empty() && self.down.is_empty() {
            return Cow::Borrowed(below);
        }
        // A data file may be aimed at the folder of the modules: `lib/python3.1/site-packages/x`.
        let (mut rest, mut shared) = (below, 0);
        if self.down.is_empty() {
            for part in &self.beside {
                match rest.strip_prefix(part.as_str()).and_then(|rest| rest.strip_prefix('/')) {
                    Some(after) => (rest, shared) = (after, shared + 1),
                    None => break,
                }
            }
        }
        let mut path = "../".repeat(self.beside.len() - shared);
        path.push_str(&self.down);
        path.push_str(rest);
        Cow::Owned(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_and_quoted() {
        let row = |path: &'static str| -> Row<'static> { (path.into(), "h".into(), "1".into()) };
        let text = text(vec![row("b,c"), row("a\"x"), row("a/é")]);
        assert_eq!(text, "\"a\"\"x\",h,1\r\na/é,h,1\r\n\"b,c\",h,1\r\n");
    }

    #[test]
    fn paths_are_relative_to_the_modules() {
        let lib = Path::new("/v/lib/python3.11/site-packages");
        let relative = |folder: &str, below: &str| {
            Relation::new(Path::new(folder), lib).path(below).into_owned()
        };
        assert_eq!(relative("/v/bin", "a"), "../../../bin/a");
        assert_eq!(relative("/v/lib/python3.11/site-packages", "a/b"), "a/b");
        assert_eq!(relative("/v", "share/a"), "../../../share/a");
        assert_eq!(relative("/v", "lib/python3.11/site-packages/a"), "a");
        assert_eq!(relative("/v", "lib/python3.11/a"), "../a");
        assert_eq!(relative("/v", "library/a"), "../../../library/a");
        assert_eq!(relative("/v/lib64", "a"), "../../../lib64/a");
    }
}
