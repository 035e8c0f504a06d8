//! `man`: manual pages, made of the tables that command lines are parsed with.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::Request;
use crate::args::{COMMANDS, Command, Group, LowArgs, Parsed, Stop, default_text};
use crate::surroundings::Surroundings;

/// What `man --output-dir` writes.
#[derive(Debug, Clone)]
pub struct ManRequest {
    /// Where to.
    pub folder: PathBuf,
    /// File names and texts.
    pub pages: Vec<(String, String)>,
}

/// The request of `man`, or the one page that it shows.
pub(super) fn make(
    parsed: &Parsed,
    surroundings: &Surroundings,
    _: &mut Vec<String>,
) -> Result<Request, Stop> {
    if let Some(folder) = &parsed.options.man_dir {
        let commands = Command::ALL.into_iter();
        let mut pages: Vec<(String, String)> = commands
            .map(|command| (format!("pip-accel-{}.1", command.name()), of_command(command)))
            .collect();
        pages.push(("pip-accel.1".to_owned(), of_program()));
        let folder = surroundings.current_dir.join(folder);
        return Ok(Request::Man(Box::new(ManRequest { folder, pages })));
    }
    Err(match parsed.arguments.first() {
        None => Stop::Answer(of_program()),
        Some(name) => match Command::named(name) {
            Some(command) => Stop::Answer(of_command(command)),
            None => Stop::error(&format!("unknown command \"{name}\"")),
        },
    })
}

fn of_program() -> String {
    let mut page = head("pip-accel", "a native program to type instead of pip");
    page.push_str(".SH SYNOPSIS\n");
    synopsis(&mut page, "%prog <command> [options]", "pip-accel");
    page.push_str(".SH DESCRIPTION\n");
    page.push_str(&filled(
        "Takes pip's arguments, configuration and requirement files, gives pip's answers, and \
         fills a Python environment at the speed of the disk: what was ever downloaded, built, \
         unpacked or compiled is kept and not done again.",
    ));
    page.push_str(".SH COMMANDS\n");
    for (name, summary) in COMMANDS {
        let _ = write!(page, ".TP\n.BR pip\\-accel\\-{name} (1)\n{}", filled(summary));
    }
    options(&mut page, &Command::main_groups());
    page.push_str(".SH ENVIRONMENT\n");
    for (name, meaning) in VARIABLES {
        let _ = write!(page, ".TP\n.B {}\n{}", escaped(name), filled(meaning));
    }
    page.push_str(".SH EXIT STATUS\nThat of pip: 0 for success, 1 for a failure, 2 for a wrong command line.\n");
    page
}

fn of_command(command: Command) -> String {
    let program = format!("pip-accel {}", command.name());
    let summary = COMMANDS.iter().find(|(name, _)| *name == command.name());
    let summary = summary.map_or("", |(_, summary)| summary.trim_end_matches('.'));
    let mut page = head(&program.replace(' ', "-"), summary);
    page.push_str(".SH SYNOPSIS\n");
    let usage = if command.usage().is_empty() { "%prog [options]" } else { command.usage() };
    synopsis(&mut page, usage, &program);
    page.push_str(".SH DESCRIPTION\n");
    page.push_str(&paragraphs(command.description()));
    options(&mut page, &command.groups());
    page.push_str(".SH SEE ALSO\n.BR pip\\-accel (1)\n");
    page
}

/// The variables that are no options of pip's.
const VARIABLES: [(&str, &str); 4] = [
    ("PIP_ACCEL_CACHE", "Where everything is kept (default: ~/.cache/pip-accel)."),
    (
        "PIP_ACCEL_SHARED_CACHE",
        "Where a fleet shares what it has fetched, built and compiled; as --shared-cache.",
    ),
    ("PIP_ACCEL_FRESHNESS", "When the index is asked: pinned, local or always; as --freshness."),
    ("PIP_<OPTION>", "Any option of pip's, as PIP_INDEX_URL for --index-url."),
];

/// The day of the release, which readers of manual pages want to know.
const RELEASED: &str = "2026-11-27";

fn head(name: &str, summary: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let title = escaped(&name.to_uppercase());
    format!(
        ".TH {title} 1 {RELEASED} \"pip\\-accel {version}\" \"pip\\-accel\"\n.SH NAME\n{} \\- {}\n",
        escaped(name),
        escaped(summary)
    )
}

fn synopsis(page: &mut String, usage: &str, program: &str) {
    let lines = usage.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines: Vec<String> = lines.map(|line| line.replace("%prog", program)).collect();
    page.push_str(".nf\n");
    for line in lines {
        page.push_str(&escaped(&line));
        page.push('\n');
    }
    page.push_str(".fi\n");
}

fn options(page: &mut String, groups: &[Group]) {
    for (title, group) in groups.iter().filter(|(_, group)| !group.is_empty()) {
        let title = if title.is_empty() { "Options" } else { title };
        let _ = writeln!(page, ".SH {}", escaped(&title.to_uppercase()));
        for option in *group {
            let Some(help) = option.help else { continue };
            let names: Vec<String> = option
                .short
                .iter()
                .chain(option.long)
                .map(|name| format!("\\fB{}\\fR", escaped(name)))
                .collect();
            let value = match option.kind.value() {
                None => String::new(),
                Some(_) => format!(" \\fI{}\\fR", escaped(&option.metavar.to_lowercase())),
            };
            let help = help.replace("%default", &default_text(option, &LowArgs::default()));
            let _ = write!(page, ".TP\n{}{value}\n{}", names.join(", "), filled(&help));
        }
    }
}

/// Paragraphs, and lists whose items start with a hyphen.
fn paragraphs(text: &str) -> String {
    let mut page = String::new();
    for (number, block) in text.split("\n\n").enumerate() {
        if block.starts_with("- ") {
            for item in format!("\n{block}").split("\n- ").filter(|item| !item.trim().is_empty()) {
                let _ = write!(page, ".IP \\(bu 2\n{}", filled(item));
            }
            continue;
        }
        if number > 0 {
            page.push_str(".PP\n");
        }
        page.push_str(&filled(block));
    }
    page
}

/// A text whose lines are broken by whoever shows them.
fn filled(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    format!("{}\n", escaped(&words.join(" ")))
}

/// A line that means itself.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_mean_themselves() {
        assert_eq!(filled(".x  -y\n\\z"), "\\&.x \\-y \\ez\n");
        assert_eq!(
            paragraphs("One\ntwo\n\n- a\n  b\n- c\n\nThree"),
            "One two\n.IP \\(bu 2\na b\n.IP \\(bu 2\nc\n.PP\nThree\n"
        );
    }

    #[test]
    fn every_command_has_a_page_with_its_options() {
        for command in Command::ALL {
            let page = of_command(command);
            assert!(
                page.contains(&format!("pip\\-accel\\-{}", command.name().replace('-', "\\-")))
            );
            assert!(page.contains("\\fB\\-\\-help\\fR"), "{}", command.name());
        }
        assert!(of_program().contains(".BR pip\\-accel\\-install (1)\n"));
    }
}
