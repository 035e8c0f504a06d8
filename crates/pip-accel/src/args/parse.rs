//! From `argv` and configuration to typed options of one command.

use std::path::{Path, PathBuf};

use accel_requirements::optparse::{self, Interspersed, OptionSpec};

use super::low::Refusal;
use super::similar::closest;
use super::{Command, Dest, Group, LowArgs, help};
use crate::config::Configuration;
use crate::surroundings::Surroundings;

/// A command line that is one of ours.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// Which command.
    pub command: Command,
    /// Its options, configuration included.
    pub options: LowArgs,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// The interpreter that `--python` in front of the command means.
    pub python: Option<PathBuf>,
    /// The configuration, for what is no option.
    pub configuration: Configuration,
}

/// Why there is nothing to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The answer is this text on standard output, exit code 0.
    Answer(String),
    /// The command line or configuration is wrong: this text on standard error, and the exit code.
    Wrong {
        /// What to print, with its line ends.
        text: String,
        /// pip's exit code.
        code: u8,
    },
    /// pip itself is to run, with the same arguments.
    HandOver {
        /// What is not native, in a word or two.
        reason: String,
        /// The interpreter whose pip is meant, if `--python` names one.
        python: Option<PathBuf>,
    },
}

impl Stop {
    /// An error that pip logs: one line that starts with `ERROR: `, exit code 1.
    pub fn error(sentence: &str) -> Self {
        Self::Wrong { text: format!("ERROR: {sentence}\n"), code: 1 }
    }
}

/// What is known of a parser: its name in words, its usage, its options.
struct Words<'a> {
    surroundings: &'a Surroundings,
    /// `pip` or `pip install`.
    program: String,
    usage: &'static str,
    groups: Vec<Group>,
}

pub(super) const MAIN_USAGE: &str = "\n%prog <command> [options]";

/// Parses the arguments of this run.
pub fn parse(surroundings: &Surroundings) -> Result<Parsed, Stop> {
    let groups = Command::main_groups().to_vec();
    let program = surroundings.program.clone();
    let words = Words { surroundings, program, usage: MAIN_USAGE, groups };
    let site = surroundings.default_prefix();
    let configuration = load(surroundings, false, site.as_deref())?;
    let (general, rest) = run_parser(
        &words,
        &configuration,
        &[],
        &surroundings.arguments,
        Interspersed::No,
        |options| help::main(surroundings, options),
    )?;
    let python = match general.python.as_deref().filter(|python| !python.is_empty()) {
        None => surroundings.python_by_name(),
        Some(python) => Some(find_interpreter(surroundings, python).ok_or_else(|| {
            Stop::error(&format!("Could not locate Python interpreter {python}"))
        })?),
    };
    if general.version {
        let (command, arguments) = (Command::Version, Vec::new());
        return Ok(Parsed { command, options: general, arguments, python, configuration });
    }
    let Some(name) = rest.first().filter(|name| *name != "help" || rest.len() > 1) else {
        return Err(Stop::Answer(help::main(surroundings, &general)));
    };
    let prefix = python.as_deref().map(crate::surroundings::prefix_of).or(site);
    let command = find_command(name)?;
    let command = command.before(rest.get(1).map(String::as_str));
    let chosen = general.python.is_some();
    let parsed = parse_command(surroundings, command, python, chosen, prefix.as_deref())?;
    if command != Command::Help {
        return Ok(parsed);
    }
    let Some(about) = parsed.arguments.first() else {
        return Err(Stop::Answer(String::new()));
    };
    let about = find_command(about)?;
    let options = defaults(surroundings, about, prefix.as_deref())?;
    Err(Stop::Answer(help::command(surroundings, about, &options)))
}

/// The command of that name, or the one that may have been meant.
fn find_command(name: &str) -> Result<Command, Stop> {
    if let Some(command) = Command::named(name) {
        return Ok(command);
    }
    let names = |own: bool| {
        let commands = Command::ALL.into_iter().filter(move |command| command.is_own() == own);
        commands.map(Command::name).collect::<Vec<_>>()
    };
    // What pip would guess is guessed here, too.
    let lower = name.to_lowercase();
    let guess = closest(&lower, &names(false)).or_else(|| closest(&lower, &names(true)));
    let guess = guess.map(|guess| format!(" - maybe you meant \"{guess}\""));
    Err(Stop::error(&format!("unknown command \"{name}\"{}", guess.unwrap_or_default())))
}

/// Parses all arguments but the command's name, which pip removes where it first occurs. `chosen` says
/// whether `--python` stood in front of it.
fn parse_command(
    surroundings: &Surroundings,
    command: Command,
    python: Option<PathBuf>,
    chosen: bool,
    prefix: Option<&Path>,
) -> Result<Parsed, Stop> {
    let mut arguments = surroundings.arguments.clone();
    for word in command.name().split(' ') {
        if let Some(at) = arguments.iter().position(|argument| argument == word) {
            arguments.remove(at);
        }
    }
    let isolated = arguments.iter().any(|argument| argument == "--isolated");
    let configuration = load(surroundings, isolated, prefix)?;
    let words = command_words(surroundings, command);
    let (options, arguments) = run_parser(
        &words,
        &configuration,
        &command.sections(),
        &arguments,
        Interspersed::Yes,
        |options| help::command(surroundings, command, options),
    )?;
    if options.python.is_some() && !chosen {
        return Err(Stop::error(
            "The --python option must be placed before the pip subcommand name",
        ));
    }
    Ok(Parsed { command, options, arguments, python, configuration })
}

fn command_words(surroundings: &Surroundings, command: Command) -> Words<'_> {
    Words {
        surroundings,
        program: format!("{} {}", surroundings.program, command.name()),
        usage: command.usage(),
        groups: command.groups(),
    }
}

fn load(
    surroundings: &Surroundings,
    isolated: bool,
    prefix: Option<&Path>,
) -> Result<Configuration, Stop> {
    Configuration::load(surroundings, isolated, prefix)
        .map_err(|text| Stop::Wrong { text, code: 2 })
}

/// The options of a command before any argument is looked at.
fn defaults(
    surroundings: &Surroundings,
    command: Command,
    prefix: Option<&Path>,
) -> Result<LowArgs, Stop> {
    let configuration = load(surroundings, false, prefix)?;
    let words = command_words(surroundings, command);
    configured(&words, &configuration, &command.sections())
}

/// The defaults of a parser: pip's, changed by configuration.
fn configured(
    words: &Words<'_>,
    configuration: &Configuration,
    sections: &[&str],
) -> Result<LowArgs, Stop> {
    let mut options = LowArgs::default();
    for (key, value) in configuration.ordered(sections) {
        let name = format!("--{key}");
        let known = words
            .groups
            .iter()
            .flat_map(|(_, options)| options.iter())
            .find(|option| option.long.contains(&name.as_str()));
        // Files hold keys for other commands too.
        if let Some(option) = known {
            options
                .configure(option, &key, &value, words.surroundings)
                .map_err(|refusal| words.stop(refusal))?;
        }
    }
    Ok(options)
}

fn run_parser(
    words: &Words<'_>,
    configuration: &Configuration,
    sections: &[&str],
    arguments: &[String],
    interspersed: Interspersed,
    help: impl Fn(&LowArgs) -> String,
) -> Result<(LowArgs, Vec<String>), Stop> {
    let initial = configured(words, configuration, sections)?;
    let table: Vec<&OptionSpec<Dest>> =
        words.groups.iter().flat_map(|(_, options)| options.iter()).collect();
    let mut options = initial.clone();
    let rest = optparse::parse(&table, arguments, interspersed, |found| {
        if found.option.kind == optparse::Kind::Help {
            return Err(Problem::Help);
        }
        options
            .take(found.option, &found.name, found.value, words.surroundings)
            .map_err(Problem::Refused)
    });
    match rest {
        Ok(rest) => Ok((options, rest)),
        Err(Problem::Help) => Err(Stop::Answer(help(&initial))),
        Err(Problem::Refused(refusal)) => Err(words.stop(refusal)),
    }
}

enum Problem {
    Help,
    Refused(Refusal),
}

impl From<optparse::OptparseError> for Problem {
    fn from(error: optparse::OptparseError) -> Self {
        Self::Refused(Refusal::from(error))
    }
}

impl Words<'_> {
    /// The option that may have been meant by one that there is not. pip has no such guess: only
    /// a person is told.
    fn meant(&self, sentence: &str) -> Option<&'static str> {
        let typed = sentence.strip_prefix("no such option: ")?;
        let options = self.groups.iter().flat_map(|(_, options)| options.iter());
        let shown = options.filter(|option| option.help.is_some());
        let names: Vec<&str> = shown.flat_map(|option| option.long).copied().collect();
        let close = closest(typed, &names);
        // `--pre-release` is more of `--pre` than of `--all-releases`.
        let begun = names
            .into_iter()
            .filter(|name| typed.strip_prefix(name).is_some_and(|rest| rest.starts_with('-')));
        let begun = begun.max_by_key(|name| name.len());
        let is_close = |begun: &&str| close.is_none_or(|close| !close.starts_with(begun));
        begun.filter(is_close).or(close)
    }

    fn stop(&self, refusal: Refusal) -> Stop {
        match refusal {
            Refusal::Usage(sentence) => {
                let usage = help::usage(self.surroundings, self.usage, &self.program);
                let guess = self.meant(&sentence).filter(|_| self.surroundings.interactive);
                let guess = guess.map(|guess| format!("maybe you meant {guess}\n"));
                let guess = guess.unwrap_or_default();
                Stop::Wrong { text: format!("{usage}{sentence}\n{guess}"), code: 2 }
            }
            Refusal::Command(sentence) => Stop::error(&sentence),
            Refusal::Configuration(sentence) => {
                Stop::Wrong { text: format!("{sentence}\n"), code: 3 }
            }
        }
    }
}

/// The interpreter that `--python` names: a file, or an environment's folder.
fn find_interpreter(surroundings: &Surroundings, python: &str) -> Option<PathBuf> {
    let path = surroundings.current_dir.join(python);
    if accel_io::fs::is_dir(&path) {
        return Some(path.join("bin/python")).filter(|path| accel_io::fs::exists(path));
    }
    accel_io::fs::exists(&path).then_some(path)
}
