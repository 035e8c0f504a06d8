//! `pip-accel config`.

use crate::config::editing::Loaded;
use crate::config::places::Variant;
use crate::request::{ConfigAction, ConfigRequest};
use crate::terminal::Terminal;
use accel_engine::{Level, Listener};
use accel_io::process::Run;
use accel_types::python_text::repr;
use std::os::unix::process::ExitStatusExt as _;

pub(super) fn run(request: &ConfigRequest) -> u8 {
    let terminal = Terminal::new(request.verbosity, None);
    match act(request, &terminal) {
        Ok(()) => 0,
        Err(sentence) => {
            terminal.say_uncritical(&format!("ERROR: {sentence}"));
            1
        }
    }
}

/// `Err` is pip's sentence.
fn act(request: &ConfigRequest, terminal: &Terminal) -> Result<(), String> {
    let mut loaded = Loaded::load(&request.reading, terminal)?;
    let say = |line: &str| terminal.say(Level::Info, line);
    match &request.action {
        ConfigAction::List => {
            for (key, value) in loaded.list() {
                say(&format!("{key}={}", repr(value)));
            }
        }
        ConfigAction::Get(name) => say(loaded.get(name)?),
        ConfigAction::Set(name, value) => loaded.set(name, value)?,
        ConfigAction::Unset(name) => loaded.unset(name)?,
        ConfigAction::Edit(None) => return Err("Could not determine editor to use.".to_owned()),
        ConfigAction::Edit(Some(editor)) => edit(editor, loaded.file_to_edit()?)?,
        ConfigAction::Debug => debug(request, &loaded, say),
        ConfigAction::WrongCount(sentence) => return Err(sentence.clone()),
    }
    Ok(())
}

/// Opens the file in the user's editor.
fn edit(editor: &str, file: &str) -> Result<(), String> {
    if file.contains('"') {
        return Err(format!("Can not open an editor for a file name containing \"\n{file}"));
    }
    let line = format!("{editor} \"{file}\"");
    let ended = Run::new("/bin/sh").args(["-c", &line]).pass_through();
    let status = ended.map_err(|error| error.to_string())?;
    let killed = || status.signal().map_or(-1, |signal| -signal);
    match status.code().unwrap_or_else(killed) {
        0 => Ok(()),
        code => Err(format!("Editor Subprocess exited with exit code {code}")),
    }
}

/// All places with what they say.
fn debug(request: &ConfigRequest, loaded: &Loaded<'_>, say: impl Fn(&str)) {
    say("env_var:");
    let mut variables = request.variables.clone();
    variables.sort();
    for (name, value) in &variables {
        say(&format!("  PIP_{}={}", name.to_uppercase(), repr(value)));
    }
    let mut places = request.reading.places.files.clone();
    places.sort();
    for (variant, files) in &places {
        say(&format!("{}:", variant.name()));
        for file in files {
            say_file(loaded, *variant, file, &say);
        }
    }
}

fn say_file(loaded: &Loaded<'_>, variant: Variant, file: &str, say: impl Fn(&str)) {
    let exists = accel_io::fs::exists(file);
    say(&format!("  {file}, exists: {}", if exists { "True" } else { "False" }));
    if !exists {
        return;
    }
    for (key, value) in loaded.of_file(variant, file) {
        let value = value.replace('\n', "\n    ");
        say(&format!("    {key}: {value}"));
    }
}
