//! What shells ask while a command line is typed, answered as pip answers it: the words in
//! `COMP_WORDS`, the place of the cursor in `COMP_CWORD`, and `PIP_AUTO_COMPLETE` set; one line an
//! answer, and exit code 1.

use std::io::Write as _;

use accel_requirements::optparse::{Kind, OptionSpec, python_int};
use accel_requirements::python_path;

use crate::args::{COMMANDS, Command, Dest};
use crate::request::Request;
use crate::surroundings::Surroundings;

/// Answers the question of a shell; nothing if there is none.
pub fn answer(surroundings: &Surroundings) -> Option<u8> {
    surroundings.variable("PIP_AUTO_COMPLETE")?;
    let words = surroundings.filled("COMP_WORDS")?;
    let place = surroundings.filled("COMP_CWORD")?;
    let words: Vec<&str> = words.split_whitespace().skip(1).collect();
    let question = python_int(&place, 10).map(|place| Question { surroundings, words, place });
    // Where the cursor can't be pip ends with a traceback, which no shell shows, and the same code.
    if let Some(text) = question.and_then(|question| question.answer()) {
        let _ = std::io::stdout().write_all(text.as_bytes());
    }
    Some(1)
}

/// The script that makes a shell ask; `None` for a shell that pip does not know.
pub fn script(shell: &str, program: &str) -> Option<String> {
    let script = match shell {
        "bash" => include_str!("completion/bash.txt"),
        "zsh" => include_str!("completion/zsh.txt"),
        "fish" => include_str!("completion/fish.txt"),
        "powershell" => include_str!("completion/powershell.txt"),
        _ => return None,
    };
    let script = script.replace("@PROG@", program);
    let is_pip = program
        .strip_prefix("pip")
        .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
    if shell != "zsh" || is_pip {
        return Some(script);
    }
    // pip's script names only programs like pip3.11.
    let named = script.replace("#compdef -P", &format!("#compdef {program} -P"));
    Some(named.replace("compdef __pip -P", &format!("compdef __pip {program} -P")))
}

/// A command line that is not finished.
struct Question<'a> {
    surroundings: &'a Surroundings,
    /// Without the program.
    words: Vec<&'a str>,
    /// Where the cursor is; the program is word 0.
    place: i64,
}

/// The cursor is beyond all words.
struct Beyond;

/// An option and the name of its value in help.
#[derive(Clone, Copy)]
struct Choice {
    name: &'static str,
    takes_value: bool,
}

impl Question<'_> {
    fn answer(&self) -> Option<String> {
        match self.words.iter().find_map(|word| Command::named(word)) {
            // pip has nothing to say about help, not even its options.
            Some(Command::Help) => None,
            Some(command) => self.of_command(command),
            None => self.of_program(),
        }
    }

    /// The word at the cursor, so far.
    fn current(&self) -> &str {
        self.words.get(index(self.place - 1, self.words.len())).copied().unwrap_or_default()
    }

    fn of_program(&self) -> Option<String> {
        let current = self.current();
        let groups = Command::main_groups();
        let options = || groups.iter().rev().flat_map(|(_, options)| options.iter());
        let mut found: Vec<String> = COMMANDS.iter().map(|(name, _)| (*name).to_owned()).collect();
        if current.starts_with('-') {
            found.extend(choices(options()).map(|choice| choice.name.to_owned()));
        } else if let Some(kind) = self.kind_of_path(options()).ok()? {
            found = self.paths(kind);
        }
        found.retain(|word| word.starts_with(current));
        Some(format!("{}\n", found.join(" ")))
    }

    fn of_command(&self, command: Command) -> Option<String> {
        let current = self.current();
        let is_option = current.starts_with('-');
        if !is_option && matches!(command, Command::Explain | Command::Show | Command::Uninstall) {
            let installed = self.installed();
            if !installed.is_empty() {
                return Some(lines(&installed));
            }
        }
        if !is_option && command == Command::Install {
            return Some(lines(&self.paths("path")));
        }
        let groups = command.groups();
        let options = || groups.iter().flat_map(|(_, options)| options.iter());
        let mut found = match self.kind_of_path(options()).ok()? {
            Some(kind) => self.paths(kind),
            None => self.fitting(choices(options())),
        };
        let subcommands = command.subcommands();
        if !self.words.iter().any(|word| subcommands.contains(word)) {
            let fitting = subcommands.iter().filter(|name| name.starts_with(current));
            found.extend(fitting.map(|name| (*name).to_owned()));
        }
        Some(lines(&found))
    }

    /// The options that go on as the word at the cursor does, and were not given before.
    fn fitting(&self, choices: impl Iterator<Item = Choice>) -> Vec<String> {
        let end = index(self.place - 1, self.words.len()).min(self.words.len());
        let given = self.words.get(1..end).unwrap_or_default();
        let given: Vec<&str> =
            given.iter().map(|word| word.split('=').next().unwrap_or(word)).collect();
        choices
            .filter(|choice| choice.name.starts_with(self.current()))
            .filter(|choice| !given.contains(&choice.name))
            .map(|Choice { name, takes_value }| {
                let value = if takes_value && name.starts_with("--") { "=" } else { "" };
                format!("{name}{value}")
            })
            .collect()
    }

    /// What kind of path the option before the cursor takes, if it takes one.
    fn kind_of_path<'o>(
        &self,
        mut options: impl Iterator<Item = &'o OptionSpec<Dest>>,
    ) -> Result<Option<&'static str>, Beyond> {
        let Some(before) = self.place.checked_sub(2).and_then(|at| usize::try_from(at).ok()) else {
            return Ok(None);
        };
        let word = self.words.get(before).ok_or(Beyond)?;
        let name = word.split('=').next().unwrap_or(word);
        // `--path` of the commands that list has no name for its value in pip.
        let option = options.find(|option| {
            option.dest != Dest::Paths
                && option.help.is_some()
                && (option.long.contains(&name) || option.short.contains(&name))
        });
        let is_path = |part| ["path", "file", "dir"].contains(&part);
        let metavar = option.map(|option| option.metavar);
        Ok(metavar.filter(|metavar| metavar.split('/').any(is_path)))
    }

    /// The files and folders that go on as the word at the cursor does.
    fn paths(&self, kind: &str) -> Vec<String> {
        let current = self.current();
        let (folder, start) = (python_path::dirname(current), python_path::basename(current));
        let place = self.surroundings.current_dir.join(folder);
        accel_io::fs::read_dir(&place)
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.name.into_string().ok())
            .filter(|name| name.starts_with(start))
            .filter_map(|name| {
                let path = if folder.is_empty() {
                    name.clone()
                } else {
                    format!("{}/{name}", folder.trim_end_matches('/'))
                };
                let there = place.join(&name);
                if kind != "dir" && accel_io::fs::is_file(&there) {
                    Some(path)
                } else {
                    accel_io::fs::is_dir(&there).then(|| path + "/")
                }
            })
            .collect()
    }

    /// What is installed in the environment itself and not named yet.
    fn installed(&self) -> Vec<String> {
        let start = self.current().to_lowercase();
        let typed = self.words.get(1..).unwrap_or_default();
        let list = ["list", "--local", "--isolated"].map(str::to_owned).to_vec();
        let surroundings = Surroundings { arguments: list, ..self.surroundings.clone() };
        let Ok(Request::List(list)) = crate::ask(&surroundings).map(|asked| asked.request) else {
            return Vec::new();
        };
        let names = accel_engine::installed_names(&list.environment).unwrap_or_default();
        let mut names: Vec<String> = names.iter().map(ToString::to_string).collect();
        names.retain(|name| name.starts_with(&start) && !typed.contains(&name.as_str()));
        names
    }
}

/// All spellings of all options that help shows.
fn choices<'o>(
    options: impl Iterator<Item = &'o OptionSpec<Dest>>,
) -> impl Iterator<Item = Choice> {
    options.filter(|option| option.help.is_some()).flat_map(|option| {
        // To optparse whatever is called back takes a value, even --no-cache-dir.
        let takes_value = option.kind.value().is_some() || option.kind == Kind::CallbackFlag;
        let names = option.long.iter().chain(option.short);
        names.map(move |name| Choice { name, takes_value })
    })
}

/// The place that a subscript of Python's means, negative ones counted from the end; past the end if
/// there is none.
fn index(subscript: i64, length: usize) -> usize {
    let from_end = i64::try_from(length).unwrap_or(i64::MAX);
    let place = if subscript < 0 { subscript.saturating_add(from_end) } else { subscript };
    usize::try_from(place).unwrap_or(usize::MAX)
}

fn lines(words: &[String]) -> String {
    words.iter().flat_map(|word| [word.as_str(), "\n"]).collect()
}
