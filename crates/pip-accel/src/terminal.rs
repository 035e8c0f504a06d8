//! Standard output and standard error as pip uses them.

mod bars;
mod live;
mod raw;

use crate::{log, output};
use accel_engine::report::Summary;
use accel_engine::request::{General, ProgressBar};
use accel_engine::{Level, Listener, Origin, StepState};
use accel_io::{IoError, interrupt};
use std::borrow::Cow;
use std::io::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use bars::Style;
use live::Live;
use raw::Raw;

/// Prints what the engine says: information to standard output, warnings and errors to standard
/// error, as loud as `--verbose` and `--quiet` ask.
#[derive(Debug)]
pub struct Terminal {
    verbosity: i32,
    debugs: bool,
    report: Option<String>,
    hints: Mutex<Vec<String>>,
    afterwards: Mutex<Vec<String>>,
    picture: Picture,
    begun: Instant,
    colours: bool,
}

/// How progress is shown.
#[derive(Debug)]
enum Picture {
    /// Not at all.
    None,
    /// Lines that move, on a terminal.
    Live(Live),
    /// Lines for programs.
    Raw(Raw),
}

impl Terminal {
    /// For a command with these settings; `report` is the value of `--report`.
    pub fn of(general: &General, report: Option<String>) -> Self {
        let mut terminal = Self::new(general.verbosity, report);
        terminal.debugs = general.debug;
        let shown = general.verbosity >= 0;
        let moves = accel_io::terminal::is_terminal() && !general.dumb_terminal;
        terminal.colours = moves && !general.no_color;
        terminal.picture = match general.progress_bar {
            ProgressBar::Raw if shown => Picture::Raw(Raw::default()),
            ProgressBar::On if shown && moves => Picture::Live(Live::new(terminal.colours)),
            _ => Picture::None,
        };
        terminal
    }

    /// One that shows no progress; `verbosity` is `--verbose` minus `--quiet`.
    pub fn new(verbosity: i32, report: Option<String>) -> Self {
        Self {
            verbosity,
            debugs: false,
            report,
            hints: Mutex::default(),
            afterwards: Mutex::default(),
            picture: Picture::None,
            begun: Instant::now(),
            colours: false,
        }
    }

    /// Whether `--debug` was given.
    pub fn debugs(&self) -> bool {
        self.debugs
    }

    /// On a terminal: what was saved, in one line.
    pub fn say_savings(&self, summary: &Summary) {
        if let Picture::Live(_) = self.picture
            && summary.installed
            && !summary.distributions.is_empty()
        {
            let line = savings(summary, self.begun.elapsed());
            let style = Style { columns: 0, colours: self.colours };
            self.say(Level::Info, &style.dim(&line));
        }
    }

    /// Prints; what moves goes on below it.
    fn print(&self, print: impl FnOnce()) {
        match &self.picture {
            Picture::Live(live) => live.above(print),
            _ => print(),
        }
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

    /// Says what was kept for the end.
    pub fn say_afterwards(&self) {
        let mended = accel_io::mended::take();
        if let Some(first) = mended.first() {
            let more = match mended.len() {
                1 => String::new(),
                count => format!(" and {} more", count - 1),
            };
            let text = format!(
                "WARNING: Kept files were damaged or may not be read by this user; they were \
                 thrown away, to be made again: {}{more}",
                first.display()
            );
            self.say(Level::Warning, &text);
        }
        let kept = self.afterwards.lock().map(|mut kept| std::mem::take(&mut *kept));
        for text in kept.unwrap_or_default() {
            self.say(Level::Info, &text);
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
        self.print(|| {
            match (level >= Level::Warning, coloured) {
                // Nobody can be told that errors can't be told.
                (true, false) => drop(std::io::stderr().write_all(line.as_bytes())),
                (true, true) => drop(anstream::stderr().write_all(line.as_bytes())),
                (false, false) => output::write(&line),
                (false, true) => output::write_coloured(&line),
            }
        });
    }

    fn answer(&self, text: &str) {
        output::write(&format!("{text}\n"));
    }

    fn process(&self, level: Level, text: &str) {
        log::write(text);
        if self.shows(level) {
            self.print(|| drop(writeln!(anstream::stderr(), "{text}")));
        }
    }

    fn ask(&self, question: &str) -> Option<String> {
        self.print(|| output::ask(question));
        interrupt::read_line()
    }

    fn hint(&self, text: &str) {
        if let Ok(mut hints) = self.hints.lock() {
            hints.push(text.to_owned());
        }
    }

    fn afterwards(&self, text: &str) {
        if let Ok(mut kept) = self.afterwards.lock() {
            kept.push(text.to_owned());
        }
    }

    fn arrived(&self, name: &str, done: u64, total: Option<u64>) {
        match &self.picture {
            Picture::None => {}
            Picture::Live(live) => live.arrived(name, done, total),
            Picture::Raw(raw) => raw.arrived(name, done, total),
        }
    }

    fn named(&self, name: &str) {
        match &self.picture {
            Picture::None => {}
            Picture::Live(live) => live.named(name),
            Picture::Raw(raw) => raw.named(name),
        }
    }

    fn acquired(&self, done: usize, of: usize) {
        if let Picture::Live(live) = &self.picture {
            live.overall(done, of);
        }
    }

    fn step(&self, step: &str, state: StepState) {
        match (&self.picture, state) {
            (Picture::Live(live), StepState::Started) => live.step_begun(step),
            // The spinner says so all the time.
            (Picture::Live(_), StepState::Going) => {}
            (Picture::Live(live), StepState::Finished(status)) => live.step_ended(step, status),
            _ => return self.say(Level::Info, &state.line(step)),
        }
        log::write(&state.line(step));
    }

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

/// `80 distributions in 0.4 s · 0 requests · 0 builds · 80 from the store`.
fn savings(summary: &Summary, took: Duration) -> String {
    let counted = |count: usize, one: &str, many: &str| {
        format!("{count} {}", if count == 1 { one } else { many })
    };
    let tally = summary.tally;
    let requests = usize::try_from(tally.requests).unwrap_or(usize::MAX);
    format!(
        "{} in {:.1} s · {} · {} · {} from the store",
        counted(summary.distributions.len(), "distribution", "distributions"),
        took.as_secs_f64(),
        counted(requests, "request", "requests"),
        counted(tally.builds, "build", "builds"),
        summary.from(Origin::Store)
    )
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
    use accel_engine::report::Distribution;

    #[test]
    fn what_was_saved_fits_in_a_line() {
        let (name, version) = ("a".to_owned(), "1".to_owned());
        let one = Distribution { name, version, origin: Some(Origin::Store) };
        let tally = accel_engine::report::Tally { requests: 1, builds: 0 };
        let summary = Summary { distributions: vec![one], tally, ..Summary::default() };
        let line = "1 distribution in 0.4 s · 1 request · 0 builds · 1 from the store";
        assert_eq!(savings(&summary, Duration::from_millis(431)), line);
    }

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
