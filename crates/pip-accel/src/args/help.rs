//! `--help` in pip's layout.
//!
//! pip colours option names with tags before it breaks lines, so the tags take part in the breaking,
//! and only then disappear. The same happens here, or the lines would break elsewhere.

use std::fmt::Write as _;

use accel_requirements::optparse::OptionSpec;
use accel_types::python_url::redacted;

use super::{COMMANDS, Command, Dest, Group, LowArgs, general_options, wrap};
use crate::surroundings::Surroundings;

/// Where the help of an option starts.
const HELP_COLUMN: usize = 30;

/// What pip writes before an error of its option parser: the usage, and an empty line to come.
pub(super) fn usage(surroundings: &Surroundings, usage: &str, program: &str) -> String {
    if usage.is_empty() {
        return String::new();
    }
    print(surroundings, &format_usage(usage, program))
}

/// The usage of a command, as pip writes it before an error.
pub fn command_usage(surroundings: &Surroundings, command: Command) -> String {
    let program = format!("{} {}", surroundings.program, command.name());
    usage(surroundings, command.usage(), &program)
}

/// The answer to `--help` in front of a command, and to no command.
pub(super) fn main(surroundings: &Surroundings, options: &LowArgs) -> String {
    let mut text = format_usage("\n%prog <command> [options]", &surroundings.program);
    text.push_str("\nCommands:\n");
    for (name, summary) in COMMANDS {
        let _ = writeln!(text, "  {name:27} {summary}");
    }
    text.push('\n');
    text.push_str(&format_option(&general_options::VERSION, options, 1, surroundings.columns));
    text.push('\n');
    let general: Group = ("General Options", &general_options::GENERAL);
    text.push_str(&format_groups(&[general], options, surroundings.columns));
    print(surroundings, text.trim_end())
}

/// The answer to `--help` of a command.
pub(super) fn command(surroundings: &Surroundings, command: Command, options: &LowArgs) -> String {
    let program = format!("{} {}", surroundings.program, command.name());
    let mut text = match command.usage() {
        "" => String::new(),
        usage => format_usage(usage, &program) + "\n",
    };
    text.push_str("Description:\n");
    text.push_str(&indent(command.description()));
    text.push_str("\n\n");
    text.push_str(&format_groups(&command.groups(), options, surroundings.columns));
    print(surroundings, text.trim_end())
}

fn format_usage(usage: &str, program: &str) -> String {
    format!("\nUsage: {}\n", indent(&usage.replace("%prog", program)))
}

fn indent(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| format!("  {line}")).collect();
    lines.join("\n")
}

fn format_groups(groups: &[Group], options: &LowArgs, columns: usize) -> String {
    let mut text = String::new();
    for (title, group) in groups {
        let _ = writeln!(text, "{title}:");
        for option in group.iter().filter(|option| option.help.is_some()) {
            text.push_str(&format_option(option, options, 2, columns));
        }
        text.push('\n');
    }
    text
}

fn format_option(
    option: &OptionSpec<Dest>,
    options: &LowArgs,
    indent: usize,
    columns: usize,
) -> String {
    let mut names: Vec<&str> = option.short.iter().take(1).copied().collect();
    names.extend(option.long.first());
    let mut names = names.join(", ");
    if option.kind.value().is_some() {
        let _ = write!(names, " <{}>", escape(&option.metavar.to_lowercase()));
    }
    let room = HELP_COLUMN - indent - 2;
    let mut text = if names.chars().count() > room {
        format!("{:indent$}{names}\n{:HELP_COLUMN$}", "", "")
    } else {
        format!("{:indent$}{names:room$}  ", "")
    };
    let width = columns.saturating_sub(2).saturating_sub(HELP_COLUMN).max(11);
    for (number, line) in wrap::wrap(&tagged(option, options), width).iter().enumerate() {
        if number > 0 {
            let _ = write!(text, "{:HELP_COLUMN$}", "");
        }
        text.push_str(line);
        text.push('\n');
    }
    untagged(&text)
}

/// What an option's help shows for `%default`: pip shows the configured value.
pub fn default_text(option: &OptionSpec<Dest>, options: &LowArgs) -> String {
    match option.dest {
        Dest::IndexUrl => redacted(&options.index_url),
        Dest::Retries => options.retries.to_string(),
        Dest::ResumeRetries => options.resume_retries.to_string(),
        // Only a configured number is one with a point to Python.
        Dest::Timeout => format!("{:?}", options.timeout).replace("15.0", "15"),
        Dest::KeyringProvider => options.keyring_provider.clone(),
        Dest::UpgradeStrategy => options.upgrade_strategy.clone(),
        _ => option.default.to_owned(),
    }
}

/// The help with the default put in, brackets escaped and option names tagged.
fn tagged(option: &OptionSpec<Dest>, options: &LowArgs) -> String {
    let help = option.help.unwrap_or_default();
    let help = if help.contains("%default") {
        help.replace("%default", &default_text(option, options))
    } else {
        help.to_owned()
    };
    let escaped = escape(&help);
    tag(&tag(&escaped, "-", "shortargs"), "--", "longargs")
}

/// Puts a backslash before brackets that look like tags. pip aligns with the backslashes still there.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for (at, character) in text.char_indices() {
        if character == '[' && looks_like_tag(&text[at + 1..]) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// Whether a bracket followed by `rest` would be taken for a style tag.
fn looks_like_tag(rest: &str) -> bool {
    rest.starts_with(|c: char| c.is_ascii_lowercase() || "#/@".contains(c))
        && rest.find(['[', ']']).is_some_and(|at| rest[at..].starts_with(']'))
}

/// Tags the words that start with `dashes` and no more dashes, together with the space before them.
fn tag(text: &str, dashes: &str, style: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut out = String::new();
    let mut rest = text;
    while let Some(space) = rest.find(|c: char| c.is_whitespace()) {
        let length = rest[space..].chars().next().map_or(1, char::len_utf8);
        let word = &rest[space + length..];
        out.push_str(&rest[..space]);
        let letters = word.strip_prefix(dashes).filter(|rest| rest.starts_with(is_word));
        if let Some(letters) = letters {
            let end = letters.find(|c| !is_word(c) && c != '-').unwrap_or(letters.len());
            let _ = write!(out, "[optparse.{style}] {dashes}{}[/]", &letters[..end]);
            rest = &letters[end..];
        } else {
            out.push_str(&rest[space..space + length]);
            rest = word;
        }
    }
    out.push_str(rest);
    out
}

fn untagged(text: &str) -> String {
    text.replace("[optparse.shortargs]", "")
        .replace("[optparse.longargs]", "")
        .replace("[/]", "")
        .replace("\\[", "[")
}

/// What a console of that width makes of a text: lines that are too long break after a space.
fn print(surroundings: &Surroundings, text: &str) -> String {
    let mut out = String::new();
    for line in text.split('\n') {
        let mut length = 0;
        for word in line.split_inclusive(' ') {
            let width = word.trim_end_matches(' ').chars().count();
            if length > 0 && length + width > surroundings.columns {
                out.push('\n');
                length = 0;
            }
            out.push_str(word);
            length += word.chars().count();
        }
        out.push('\n');
    }
    out
}
