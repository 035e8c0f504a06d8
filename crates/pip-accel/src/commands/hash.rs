//! `pip-accel hash`.

use crate::request::HashRequest;
use crate::terminal::Terminal;
use accel_engine::{Level, Listener};

pub(super) fn run(request: &HashRequest) -> u8 {
    let terminal = Terminal::new(request.verbosity, None);
    let name = request.algorithm.name();
    for file in &request.files {
        let digests = match accel_io::fs::digest_file(file, &[request.algorithm]) {
            Ok(digests) => digests,
            Err(error) => return crashed(&terminal, &error.python_words(), request.debug),
        };
        let digest = digests.get(request.algorithm).unwrap_or_default();
        terminal.say(Level::Info, &format!("{file}:\n--hash={name}:{digest}"));
    }
    0
}

/// Ends as pip ends with an exception that it does not expect: with its last line.
fn crashed(terminal: &Terminal, line: &str, debug: bool) -> u8 {
    if debug {
        terminal.say(Level::Error, line);
        return 1;
    }
    terminal.say(Level::Error, &format!("ERROR: Exception:\n{line}"));
    2
}
