//! Entry points as scripts, read by the rules of pip's script maker.
//!
//! The special names (`pip`, `easy_install` and their versioned forms) stand here as the wheel
//! has them: which of them are generated depends on the interpreter and is decided when the wheel
//! is installed.

use std::path::{Component, Path};

use accel_types::manifest::Launcher;

use crate::error::{Result, StoreError};
use crate::quoted::quoted;

/// Launchers for the names and values of one group.
pub(super) fn launchers(scripts: &[(&str, &str)], gui: bool) -> Result<Vec<Launcher>> {
    scripts.iter().map(|(name, value)| launcher(name, value, gui)).collect()
}

fn refused(sentence: String) -> StoreError {
    StoreError::UnsupportedWheel(sentence)
}

fn launcher(name: &str, value: &str, gui: bool) -> Result<Launcher> {
    let specification = format!("{name} = {value}");
    let invalid = || refused(format!("Invalid specification {}", quoted(&specification)));
    let name = script_name(name);
    let callable = callable(value);
    if callable.is_empty() {
        return Err(invalid());
    }
    let (module, function) = match callable.split_once(':') {
        Some((_, function)) if function.contains(':') => return Err(invalid()),
        Some((module, function)) => (module, Some(function)),
        None => (callable, None),
    };
    let flags = flags(&value[callable.len()..]);
    if flags.is_none() && specification.contains(['[', ']']) {
        return Err(invalid());
    }
    let Some(function) = function else {
        let flags: Vec<String> = flags
            .map(|flags| flags.split(',').map(|flag| quoted(flag.trim())).collect())
            .unwrap_or_default();
        return Err(refused(format!(
            "Invalid script entry point: <ExportEntry {name} = {module}:None [{}]> - A callable \
             suffix is required. See https://packaging.python.org/specifications/entry-points/\
             #use-for-scripts for more information.",
            flags.join(", ")
        )));
    };
    if !stays_inside(name) {
        return Err(refused(format!(
            "Invalid script entry point name {}: the script would be installed outside the \
             scripts directory.",
            quoted(name)
        )));
    }
    Ok(Launcher {
        name: name.to_owned(),
        module: module.to_owned(),
        function: function.to_owned(),
        gui,
    })
}

/// What distlib's pattern takes for the name: no `[` in front, and of a name with blanks only the
/// last word with the blank before it.
fn script_name(name: &str) -> &str {
    let name = name.trim_start_matches('[');
    match name.char_indices().rev().find(|(_, character)| character.is_whitespace()) {
        Some((at, _)) => &name[at..],
        None => name,
    }
}

/// `\w+([:.]\w+)*` at the start of the value.
fn callable(value: &str) -> &str {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    let word = |from: usize| {
        let rest = &value[from..];
        from + rest.find(|character| !is_word(character)).unwrap_or(rest.len())
    };
    let mut end = word(0);
    while end > 0 && value[end..].starts_with([':', '.']) {
        let next = word(end + 1);
        if next == end + 1 {
            break;
        }
        end = next;
    }
    &value[..end]
}

/// The inside of `[flag, name=value]` directly after the callable.
fn flags(rest: &str) -> Option<&str> {
    let is_word = |text: &str, dash: bool| {
        let fits = |c: char| c.is_alphanumeric() || c == '_' || (dash && c == '-');
        !text.is_empty() && text.chars().all(fits)
    };
    let inside = rest.trim_start().strip_prefix('[')?;
    let inside = inside[..inside.find(']')?].trim();
    let good = inside.split(',').enumerate().all(|(at, flag)| {
        // Only the first flag may have dashes, and none a blank before its comma.
        let flag = if at == 0 { flag } else { flag.trim_start() };
        match flag.split_once('=') {
            Some((name, value)) => is_word(name, at == 0) && is_word(value, false),
            None => is_word(flag, at == 0),
        }
    });
    good.then_some(inside)
}

/// Whether the name, joined to a directory, is a path strictly inside it.
fn stays_inside(name: &str) -> bool {
    let mut depth = 0_usize;
    for component in Path::new(name).components() {
        match component {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir if depth > 0 => depth -= 1,
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return false,
        }
    }
    depth > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str, value: &str) -> std::result::Result<(String, String, String), String> {
        launcher(name, value, false)
            .map(|made| (made.name, made.module, made.function))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn entry_points_become_launchers_as_in_distlib() {
        for (name, value, made) in [
            ("demo", "demo.cli:main", ("demo", "demo.cli", "main")),
            ("demo", "demo:App.run", ("demo", "demo", "App.run")),
            ("demo", "demo:main [extra]", ("demo", "demo", "main")),
            ("demo", "demo:main [a-b,c]", ("demo", "demo", "main")),
            ("my tool", "demo:main", (" tool", "demo", "main")),
            ("a/b", "demo:main", ("a/b", "demo", "main")),
            ("demo", "demo:main-x", ("demo", "demo", "main")),
        ] {
            let made = (made.0.to_owned(), made.1.to_owned(), made.2.to_owned());
            assert_eq!(one(name, value), Ok(made), "{name} = {value}");
        }
    }

    #[test]
    fn what_pip_refuses_is_refused_in_its_words() {
        assert_eq!(
            one("demo", "demo.main").unwrap_err(),
            "Invalid script entry point: <ExportEntry demo = demo.main:None []> - A callable \
             suffix is required. See https://packaging.python.org/specifications/entry-points/\
             #use-for-scripts for more information."
        );
        assert_eq!(one("demo", "a:b:c").unwrap_err(), "Invalid specification 'demo = a:b:c'");
        for (name, value) in [
            ("../demo", "a:b"),
            ("/demo", "a:b"),
            ("..", "a:b"),
            ("a/..", "a:b"),
            ("demo", "-a:b"),
            ("demo", "a:b [c"),
        ] {
            assert!(one(name, value).is_err(), "{name} = {value}");
        }
    }
}
