//! `cargo xtask parity`: the newest pip's `--help` of every command against our tables.
//!
//! Whatever pip names must be understood here or be handed over; what the table in the README says is
//! made of the same tables, so that it cannot say anything else.

use crate::read;
use accel_testkit::real_pip;
use pip_accel::args::{COMMANDS, Command};
use pip_accel::commands::PIP_VERSION;
use pip_accel::request::{HANDED_OVER, maker};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command as Program;

const START: &str = "<!-- parity: start (cargo xtask parity) -->\n";
const END: &str = "<!-- parity: end -->\n";

/// Compares, and writes the README's table; with `--check` a table that is out of date is an error.
pub fn run(root: &Path, arguments: &[String]) -> Result<(), String> {
    let check = match arguments {
        [] => false,
        [only] if only == "--check" => true,
        _ => return Err("usage: cargo xtask parity [--check]".to_owned()),
    };
    compare()?;
    let path = root.join("README.md");
    let readme = read(&path)?;
    let written = with_table(&readme, &table())?;
    if written == readme {
        return Ok(());
    }
    if check {
        return Err("the README's table is out of date: run cargo xtask parity".to_owned());
    }
    std::fs::write(&path, written).map_err(|error| format!("could not write README.md: {error}"))
}

/// Fails with every command and option of the newest pip that would be refused.
fn compare() -> Result<(), String> {
    let main = help(&[])?;
    let mut wrong = Vec::new();
    for name in commands(&main) {
        if !COMMANDS.iter().any(|(known, _)| *known == name) {
            wrong.push(format!("pip {name}: neither native nor handed over"));
        }
        // What is not in the tables is handed over with its arguments unread.
        let Some(command) = Command::named(&name) else { continue };
        let ours = names(command);
        for option in options(&help(&[&name])?) {
            if !ours.contains(option.as_str()) {
                wrong.push(format!("pip {name} {option}: refused"));
            }
        }
    }
    let general = names(Command::Version);
    for option in options(&main) {
        if !general.contains(option.as_str()) && !["-V", "--version"].contains(&option.as_str()) {
            wrong.push(format!("pip {option}: refused"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// Every spelling of every option that a command understands.
fn names(command: Command) -> BTreeSet<&'static str> {
    let groups = command.groups();
    let options = groups.iter().flat_map(|(_, options)| options.iter());
    options.flat_map(|option| option.short.iter().chain(option.long).copied()).collect()
}

/// The newest pip's help of a command, or of itself.
fn help(command: &[&str]) -> Result<String, String> {
    let mut program = Program::new(real_pip::python());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PIP_") {
            program.env_remove(name);
        }
    }
    let output = program.args(["-I", "-m", "pip"]).args(command).arg("--help").output();
    let output = output.map_err(|error| format!("could not run the newest pip: {error}"))?;
    if !output.status.success() {
        return Err(format!("pip {} --help failed", command.join(" ")));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The commands that a help lists.
fn commands(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = lines.take_while(|line| !line.is_empty()).filter_map(|line| {
        let name = line.strip_prefix("  ")?.split(' ').next()?;
        (!name.is_empty()).then(|| name.to_owned())
    });
    names.collect()
}

/// The spellings of options that a help shows.
fn options(help: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in help.lines() {
        let indent = line.len() - line.trim_start().len();
        if !(1..=2).contains(&indent) {
            continue;
        }
        let is_option = |word: &&str| word.starts_with('-') && word.len() > 1;
        let words = line.split_whitespace().take_while(is_option);
        found.extend(words.map(|word| word.trim_end_matches(',').to_owned()));
    }
    found
}

/// The table of what is carried out how.
fn table() -> String {
    let mut text = format!("| command | how | options, as of pip {PIP_VERSION} |\n|---|---|---|\n");
    for (name, _) in COMMANDS {
        let command = Command::named(name);
        let how = match command {
            Some(Command::Help) => "native",
            Some(command) if maker(command).is_some() => "native",
            _ => "handed to the environment's pip",
        };
        let _ = write!(text, "| `{name}` | {how} | ");
        match command {
            None => text.push_str("unread |\n"),
            Some(command) => {
                let (mut pips, mut own) = (0, Vec::new());
                let groups = command.groups();
                for option in groups.iter().flat_map(|(_, options)| options.iter()) {
                    if option.abbreviable {
                        pips += usize::from(option.help.is_some());
                    } else {
                        own.push(format!("`{}`", option.name()));
                    }
                }
                let more =
                    if own.is_empty() { String::new() } else { format!(", {}", own.join(", ")) };
                let _ = writeln!(text, "{pips} of pip's{more} |");
            }
        }
    }
    if !HANDED_OVER.is_empty() {
        text.push_str("\nOf native commands these are handed to the environment's pip:\n\n");
        for what in HANDED_OVER {
            let _ = writeln!(text, "- {what}");
        }
    }
    text
}

/// The README with the table between its markers.
fn with_table(readme: &str, table: &str) -> Result<String, String> {
    let (before, rest) = readme.split_once(START).ok_or("README.md has no parity marker")?;
    let (_, after) = rest.split_once(END).ok_or("README.md has no end of the parity table")?;
    Ok(format!("{before}{START}\n{table}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_from_a_help() {
        let help = "\nUsage:\n  pip x\n\nCommands:\n  list      x\n  hash      y\n\n -V, --version  z\n\
                    Options:\n  - list: x\n  -r, --requirement <file>\n                   x --no\n  --pre   --y\n";
        assert_eq!(options(help), ["-V", "--version", "-r", "--requirement", "--pre", "--y"]);
        assert_eq!(commands(help), ["list", "hash"]);
    }

    #[test]
    fn only_what_is_between_the_markers_changes() {
        let readme = format!("a\n{START}old{END}b\n");
        assert_eq!(with_table(&readme, "new").unwrap(), format!("a\n{START}\nnew\n{END}b\n"));
        assert!(with_table("a", "new").is_err());
    }
}
