//! `cargo xtask reference`: the tables of commands, options, variables and keys in `docs`, made of what
//! command lines are parsed with.

use crate::read;
use pip_accel::args::{COMMANDS, Command, LowArgs, default_text};
use pip_accel::settings;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// A page with a generated part.
struct Page {
    path: &'static str,
    part: fn() -> String,
}

const PAGES: [Page; 2] = [
    Page { path: "docs/reference.md", part: tables },
    Page { path: "docs/settings.md", part: settings::table },
];

const START: &str = "<!-- reference: start (cargo xtask reference) -->\n";
const END: &str = "<!-- reference: end -->\n";

/// The `cache` words that take the options of `install`.
const OF_CACHE: [Command; 3] = [Command::Stage, Command::Warm, Command::Pull];

/// Writes the tables; with `--check` one that is out of date is an error.
pub fn run(root: &Path, arguments: &[String]) -> Result<(), String> {
    let check = match arguments {
        [] => false,
        [only] if only == "--check" => true,
        _ => return Err("usage: cargo xtask reference [--check]".to_owned()),
    };
    for Page { path: page, part } in PAGES {
        let path = root.join(page);
        let text = read(&path)?;
        let written = with_part(&text, &part()).ok_or_else(|| format!("{page} has no markers"))?;
        if written == text {
            continue;
        }
        if check {
            return Err(format!("{page} is out of date: run cargo xtask reference"));
        }
        std::fs::write(&path, written)
            .map_err(|error| format!("could not write {page}: {error}"))?;
    }
    Ok(())
}

/// A page with the generated part between its markers.
fn with_part(page: &str, part: &str) -> Option<String> {
    let (before, rest) = page.split_once(START)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{START}\n{part}\n{END}{after}"))
}

/// An option as it is shown, and where it may stand.
struct Row {
    commands: Vec<&'static str>,
    variable: String,
    key: String,
    help: String,
}

fn tables() -> String {
    let mut text =
        "## Commands\n\n| command | what it does | how it is written |\n|---|---|---|\n".to_owned();
    for command in Command::ALL.into_iter().chain(OF_CACHE) {
        let summary = COMMANDS.iter().find(|(name, _)| *name == command.name());
        let first = command.description().split("\n\n").next().unwrap_or_default();
        let summary = summary.map_or_else(|| first.replace('\n', " "), |(_, it)| (*it).to_owned());
        let usage = if command.usage().is_empty() { "%prog [options]" } else { command.usage() };
        let usage = usage.replace("%prog", &format!("pip-accel {}", command.name()));
        let lines = usage.lines().map(str::trim).filter(|line| !line.is_empty()).map(code);
        let lines: Vec<String> = lines.collect();
        let _ = writeln!(
            text,
            "| `{}` | {} | {} |",
            command.name(),
            plain(&summary),
            lines.join("<br>")
        );
    }
    let rows = rows();
    let _ = write!(
        text,
        "\n## Options\n\n| option | variable | key in pip.conf | commands | what it does |\n\
         |---|---|---|---|---|\n"
    );
    for (names, row) in &rows {
        let (_, names) = names;
        let commands = commands(&row.commands);
        let _ = writeln!(
            text,
            "| {names} | {} | {} | {commands} | {} |",
            row.variable, row.key, row.help
        );
    }
    text
}

/// All options by name. What several commands have with the same words is one row.
fn rows() -> BTreeMap<(String, String), Row> {
    let mut rows: BTreeMap<(String, String), Vec<Row>> = BTreeMap::new();
    for command in Command::ALL.into_iter().chain(OF_CACHE) {
        let groups = command.groups();
        for option in groups.iter().flat_map(|(_, options)| options.iter()) {
            let Some(help) = option.help else { continue };
            let value = match option.kind.value() {
                None => String::new(),
                Some(_) => format!(" <{}>", option.metavar.to_lowercase()),
            };
            let names = [option.short, option.long].concat();
            let shown: Vec<String> =
                names.iter().map(|name| code(&format!("{name}{value}"))).collect();
            let key = option.name().trim_start_matches('-');
            let is_setting = settings::SETTINGS.iter().any(|it| it.is_option() && it.key == key);
            let (variable, key) = match (option.long.first(), key) {
                (None, _) | (_, "help" | "version") => (String::new(), String::new()),
                (_, key) if is_setting => {
                    (variable("PIP_ACCEL", key), code(&format!("[pip-accel] {key}")))
                }
                (_, key) => (variable("PIP", key), code(key)),
            };
            let help = help.replace("%default", &default_text(option, &LowArgs::default()));
            let row = Row { commands: vec![command.name()], variable, key, help: plain(&help) };
            let alike = rows.entry((option.name().to_owned(), shown.join(", "))).or_default();
            match alike.iter_mut().find(|known| known.help == row.help) {
                Some(known) => known.commands.push(command.name()),
                None => alike.push(row),
            }
        }
    }
    let told = rows.into_iter().map(|((name, names), alike)| {
        alike
            .into_iter()
            .enumerate()
            .map(move |(at, row)| ((format!("{name} {at}"), names.clone()), row))
    });
    told.flatten().collect()
}

fn variable(start: &str, key: &str) -> String {
    code(&format!("{start}_{}", key.to_uppercase().replace('-', "_")))
}

/// The names of commands, or how many they are.
fn commands(names: &[&str]) -> String {
    let all = Command::ALL.len() + OF_CACHE.len();
    if names.len() == all {
        return "all".to_owned();
    }
    let names: Vec<String> = names.iter().map(|name| code(name)).collect();
    names.join(", ")
}

fn code(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|"))
}

/// A text in a cell of a table that means itself.
fn plain(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut escaped = String::new();
    for letter in words.join(" ").chars() {
        match letter {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '|' | '*' | '_' | '`' | '[' | ']' => escaped.extend(['\\', letter]),
            _ => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_are_current() {
        run(&crate::root(), &["--check".to_owned()]).unwrap();
    }

    #[test]
    fn every_command_and_option_is_there() {
        let text = tables();
        for command in Command::ALL {
            assert!(text.contains(&format!("\n| `{}` |", command.name())));
            let groups = command.groups();
            let shown = groups.iter().flat_map(|(_, options)| options.iter());
            for option in shown.filter(|option| option.help.is_some()) {
                let name = option.name();
                assert!(text.contains(&format!("`{name}")), "{} {name}", command.name());
            }
        }
        assert!(text.contains("| `PIP_ACCEL_FRESHNESS` | `[pip-accel] freshness` |"));
        assert!(text.contains("| `PIP_REQUIREMENT` | `requirement` |"));
    }

    #[test]
    fn cells_keep_their_text() {
        assert_eq!(plain("a|b <c>\n  *d*"), "a\\|b &lt;c&gt; \\*d\\*");
        assert_eq!(code("a|b"), "`a\\|b`");
        let page = format!("a\n{START}old{END}b");
        assert_eq!(with_part(&page, "new"), Some(format!("a\n{START}\nnew\n{END}b")));
        assert_eq!(with_part("a", "new"), None);
    }
}
