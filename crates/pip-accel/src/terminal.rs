//! Standard output and standard error as pip uses them.

use crate::{log, output};
use accel_engine::{Level, Listener};
use accel_io::{IoError, interrupt};
use std::borrow::Cow;
use std::io::Write;
use std::sync::Mutex;

/// Prints what the engine says: information to standard output, warnings and errors to standard
/// error, as loud as `--verbose` and `--quiet` ask.
#[derive(Debug)]
pub struct Terminal {
    verbosity: i32,
    report: Option<String>,
    hints: Mutex<Vec<String>>,
}

impl Terminal {
    /// `verbosity` is `--verbose` minus `--quiet`; `report` is the value of `--report`.
    pub fn new(verbosity: i32, report: Option<String>) -> Self {
        Self { verbosity, report, hints: Mutex::default() }
    }

    /// Whether lines of this level are shown.
    fn shows(&self, level: Level) -> bool {
        let least = match level {
            Level::Debug => 2,
            Level::Verbose => 1,
            Level::Info => 0,
            Level::Warning => -1,
            Level::Failure => -2,
            Level::Error => return true,
        };
        self.verbosity >= least
    }

    /// Says an error that pip does not call critical: `-qqq` hides it.
    pub fn say_uncritical(&self, text: &str) {
        if self.verbosity >= -2 {
            self.say(Level::Error, text);
        } else {
            log::write(text);
        }
    }

    /// Says what would help a run that has failed.
    pub fn say_hints(&self) {
        let hints = self.hints.lock().map(|mut hints| std::mem::take(&mut *hints));
        for hint in hints.unwrap_or_default() {
            self.say(Level::Warning, &format!("HINT: {hint}"));
        }
    }
}

impl Listener for Terminal {
    fn hears(&self, level: Level) -> bool {
        self.shows(level) || log::is_open()
    }

    fn say(&self, level: Level, text: &str) {
        log::write(text);
        if !self.shows(level) || level >= Level::Warning && interrupt::requested().is_some() {
            return;
        }
        // Where nothing is coloured there is nothing to take out.
        let (coloured, line) = (text.contains('\x1b'), format!("{}\n", displayed(text)));
        match (level >= Level::Warning, coloured) {
            // Nobody can be told that errors can't be told.
            (true, false) => drop(std::io::stderr().write_all(line.as_bytes())),
            (true, true) => drop(anstream::stderr().write_all(line.as_bytes())),
            (false, false) => output::write(&line),
            (false, true) => output::write_coloured(&line),
        }
    }

    fn answer(&self, text: &str) {
        output::write(&format!("{text}\n"));
    }

    fn process(&self, level: Level, text: &str) {
        log::write(text);
        if self.shows(level) {
            let _ = writeln!(anstream::stderr(), "{text}");
        }
    }

    fn ask(&self, question: &str) -> Option<String> {
        output::ask(question);
        interrupt::read_line()
    }

    fn hint(&self, text: &str) {
        if let Ok(mut hints) = self.hints.lock() {
            hints.push(text.to_owned());
        }
    }

    fn arrived(&self, _name: &str, _done: u64, _total: Option<u64>) {}

    fn report(&self, json: &str) -> Result<(), IoError> {
        match self.report.as_deref() {
            None => Ok(()),
            Some("-") => {
                output::write(&format!("{json}\n"));
                Ok(())
            }
            Some(path) => accel_io::fs::write(path, json),
        }
    }
}

/// A text as pip's console shows it: tabs filled up to the eighth column, and without the controls
/// that move the cursor.
fn displayed(text: &str) -> Cow<'_, str> {
    let is_control = |c: char| matches!(c, '\u{7}' | '\u{8}' | '\u{b}' | '\u{c}' | '\r');
    if !text.contains(|c: char| c == '\t' || is_control(c)) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut column = 0;
    for character in text.chars().filter(|c| !is_control(*c)) {
        match character {
            '\t' => {
                let blanks = TAB - column % TAB;
                shown.extend(std::iter::repeat_n(' ', blanks));
                column += blanks;
            }
            '\n' => {
                shown.push('\n');
                column = 0;
            }
            other => {
                shown.push(other);
                column += 1;
            }
        }
    }
    Cow::Owned(shown)
}

/// Columns between tab stops.
const TAB: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabs_are_filled_and_controls_dropped() {
        assert_eq!(displayed("a\tb\r\n\tc"), "a       b\n        c");
        assert_eq!(displayed("12345678\tb"), "12345678        b");
        assert_eq!(displayed("plain"), "plain");
    }

    #[test]
    fn quiet_hides_step_by_step() {
        let shown = |verbosity: i32| {
            let terminal = Terminal::new(verbosity, None);
            [Level::Debug, Level::Verbose, Level::Info, Level::Warning, Level::Error]
                .map(|level| terminal.shows(level))
        };
        assert_eq!(shown(2), [true; 5]);
        assert_eq!(shown(0), [false, false, true, true, true]);
        assert_eq!(shown(-1), [false, false, false, true, true]);
        assert_eq!(shown(-2), [false, false, false, false, true]);
        assert_eq!(shown(-3), [false, false, false, false, true]);
    }
}
