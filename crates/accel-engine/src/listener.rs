//! What the engine says while it works, and who hears it.

use crate::words;
use accel_io::IoError;
use accel_io::interrupt::{self, Interrupt};
use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How loud a line is; pip's logging levels.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub enum Level {
    /// Shown with `-v -v`.
    Debug,
    /// Shown with `-v`.
    Verbose,
    /// Shown unless `-q`.
    Info,
    /// Shown unless `-q -q`.
    Warning,
    /// Shown unless `-q -q -q`: errors that pip does not call critical.
    Failure,
    /// Shown always: what pip calls critical.
    Error,
}

impl From<accel_resolve::Level> for Level {
    fn from(level: accel_resolve::Level) -> Self {
        match level {
            accel_resolve::Level::Debug => Self::Debug,
            accel_resolve::Level::Verbose => Self::Verbose,
            accel_resolve::Level::Info => Self::Info,
            accel_resolve::Level::Warning => Self::Warning,
            accel_resolve::Level::Critical => Self::Error,
        }
    }
}

/// Hears what the engine says. The command line's listener prints it in pip's form.
pub trait Listener: Send + Sync {
    /// A line, already indented.
    fn say(&self, level: Level, text: &str);

    /// Whether lines of this level go anywhere.
    fn hears(&self, level: Level) -> bool {
        let _ = level;
        true
    }

    /// Lines that are the answer itself, which no `--quiet` hides.
    fn answer(&self, text: &str) {
        let _ = text;
    }

    /// A line about another program, or of it, already indented: pip prints them apart from its
    /// own words.
    fn process(&self, level: Level, text: &str) {
        let _ = (level, text);
    }

    /// Asks the user; `None` where nobody can answer.
    fn ask(&self, question: &str) -> Option<String> {
        let _ = question;
        None
    }

    /// What would help if the run fails: one line, to be shown after pip's own words about it.
    fn hint(&self, text: &str) {
        let _ = text;
    }

    /// Lines to be shown after pip's own last words, however the run ends.
    fn afterwards(&self, text: &str) {
        let _ = text;
    }

    /// `done` of `total` bytes of the file `name` have arrived; several arrive at once.
    fn arrived(&self, name: &str, done: u64, total: Option<u64>);

    /// The line was just said that names the file `name`.
    fn named(&self, name: &str) {
        let _ = name;
    }

    /// `done` of `of` files are here.
    fn acquired(&self, done: usize, of: usize) {
        let _ = (done, of);
    }

    /// A step that takes its time, already indented, begins or ends.
    fn step(&self, step: &str, state: StepState) {
        self.say(Level::Info, &state.line(step));
    }

    /// The text of `--report`, at the moment when pip writes it. What can't be written ends the run.
    fn report(&self, json: &str) -> Result<(), IoError>;
}

/// Where a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    /// At its beginning.
    Started,
    /// At work for a while.
    Going,
    /// At its end, with pip's word for how it ended.
    Finished(&'static str),
}

impl StepState {
    /// pip's line about it where nothing moves.
    pub fn line(self, step: &str) -> String {
        match self {
            Self::Started => format!("{step}: started"),
            Self::Going => format!("{step}: still running..."),
            Self::Finished(status) => format!("{step}: finished with status '{status}'"),
        }
    }
}

/// A line that was said, kept so that a remembered resolution can say it again.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Said {
    pub(crate) level: Level,
    pub(crate) text: String,
}

/// Speaks to the listener with pip's indentation, and remembers what it said.
///
/// A resolution that starts again (because the local index did not suffice) would say its first
/// lines twice; [`Voice::begin_again`] swallows the repetition.
#[derive(Clone)]
pub(crate) struct Voice {
    listener: Arc<dyn Listener>,
    memory: Arc<Memory>,
}

#[derive(Default)]
struct Memory {
    indented: AtomicBool,
    said: Mutex<Vec<Said>>,
    swallow: Mutex<Vec<Said>>,
}

impl Voice {
    pub(crate) fn new(listener: Arc<dyn Listener>) -> Self {
        Self { listener, memory: Arc::default() }
    }

    /// Whether lines of this level go anywhere.
    pub(crate) fn hears(&self, level: Level) -> bool {
        self.listener.hears(level)
    }

    /// Says `text` at the current indentation, with pip's word for its level in front.
    pub(crate) fn say(&self, level: Level, text: &str) {
        let word = match level {
            _ if text.starts_with("DEPRECATION: ") => "",
            Level::Warning => "WARNING: ",
            Level::Failure | Level::Error => "ERROR: ",
            Level::Debug | Level::Verbose | Level::Info => "",
        };
        self.show(level, &format!("{word}{text}"));
    }

    /// Says something about this run that a remembered answer must not repeat.
    pub(crate) fn say_passing(&self, level: Level, text: &str) {
        let word = if level == Level::Warning { "WARNING: " } else { "" };
        self.listener.say(level, &format!("{word}{text}"));
    }

    /// Says every line of `text` at the current indentation as it is.
    ///
    /// After an interrupt nothing is said any more: what fails then fails because of it.
    pub(crate) fn show(&self, level: Level, text: &str) {
        if interrupt::requested().is_none() {
            self.show_always(level, text);
        }
    }

    /// Says how a step ended, an interrupted one included.
    pub(crate) fn step_ended(&self, step: &str, done: bool) {
        let status = match (done, interrupt::requested()) {
            (true, _) => "done",
            (false, None) => "error",
            (false, Some(Interrupt::Keyboard)) => "canceled",
            (false, Some(Interrupt::Signal(_))) => return,
        };
        self.show_step(step, StepState::Finished(status));
    }

    /// Says that a step begins.
    pub(crate) fn step_started(&self, step: &str) {
        if interrupt::requested().is_none() {
            self.show_step(step, StepState::Started);
        }
    }

    /// Says that a step is still at work; a remembered answer does not repeat it.
    pub(crate) fn step_goes_on(&self, step: &str) {
        if interrupt::requested().is_none() {
            self.listener.step(&format!("{}{step}", self.indentation()), StepState::Going);
        }
    }

    fn show_step(&self, step: &str, state: StepState) {
        let step = format!("{}{step}", self.indentation());
        let said = Said { level: Level::Info, text: state.line(&step) };
        self.tell(said, |_| self.listener.step(&step, state));
    }

    fn show_always(&self, level: Level, text: &str) {
        let indent = self.indentation();
        let mut lines: Vec<String> = text.lines().map(|line| format!("{indent}{line}")).collect();
        if text.ends_with('\n') {
            // The line's own end comes after it, as in pip.
            lines.push(String::new());
        }
        let said = Said { level, text: lines.join("\n") };
        self.tell(said, |said| self.listener.say(level, &said.text));
    }

    /// Remembers a line, and tells of it unless it is said for the second time.
    fn tell(&self, said: Said, tell: impl FnOnce(&Said)) {
        let mut swallow = lock(&self.memory.swallow);
        if let Some(at) = swallow.iter().position(|earlier| *earlier == said) {
            swallow.remove(at);
        } else {
            tell(&said);
        }
        lock(&self.memory.said).push(said);
    }

    /// Says a line of pip's at its usual loudness.
    pub(crate) fn info(&self, text: &str) {
        self.say(Level::Info, text);
    }

    /// Says a line about another program, or of it, at the current indentation.
    pub(crate) fn process(&self, level: Level, text: &str) {
        if interrupt::requested().is_none() {
            // pip indents lines, and an empty text has none.
            let indent = if text.is_empty() { "" } else { self.indentation() };
            self.listener.process(level, &format!("{indent}{text}"));
        }
    }

    /// Gives the answer itself.
    pub(crate) fn answer(&self, text: &str) {
        self.listener.answer(text);
    }

    /// Asks the user.
    pub(crate) fn ask(&self, question: &str) -> Option<String> {
        self.listener.ask(question)
    }

    /// Keeps a line for the case that the run fails.
    pub(crate) fn hint(&self, text: &str) {
        self.listener.hint(text);
    }

    /// Keeps lines for the end of the run.
    pub(crate) fn afterwards(&self, text: &str) {
        self.listener.afterwards(text);
    }

    fn indentation(&self) -> &'static str {
        if self.memory.indented.load(Ordering::Relaxed) { "  " } else { "" }
    }

    /// Indents what follows by pip's two columns, or no longer.
    pub(crate) fn indented(&self, indented: bool) {
        self.memory.indented.store(indented, Ordering::Relaxed);
    }

    /// The same lines may come once more: they are not said twice.
    pub(crate) fn begin_again(&self) {
        self.indented(false);
        *lock(&self.memory.swallow) = self.take_said();
    }

    /// Everything that was said so far, taken away.
    pub(crate) fn take_said(&self) -> Vec<Said> {
        std::mem::take(&mut lock(&self.memory.said))
    }

    /// Says remembered lines as they were.
    pub(crate) fn repeat(&self, lines: &[Said]) {
        // One piece for the terminal, however many lines: each would be a system call.
        for alike in lines.chunk_by(|one, next| one.level == next.level) {
            let text: Vec<_> = alike.iter().map(|said| again(&said.text)).collect();
            self.listener.say(alike[0].level, &text.join("\n"));
        }
    }

    /// Tells how much of a file has arrived.
    pub(crate) fn arrived(&self, name: &str, done: u64, total: Option<u64>) {
        self.listener.arrived(name, done, total);
    }

    /// Tells that the line was said that names a file.
    pub(crate) fn named(&self, name: &str) {
        self.listener.named(name);
    }

    /// Tells how many files are here.
    pub(crate) fn acquired(&self, done: usize, of: usize) {
        self.listener.acquired(done, of);
    }

    /// Hands over the text of `--report`.
    pub(crate) fn report(&self, json: &str) -> Result<(), IoError> {
        self.listener.report(json)
    }

    /// A voice for work that pip leaves to another process: heard with `-v`, as that one is.
    pub(crate) fn of_process(&self, verbosity: i32) -> Self {
        if verbosity < 1 {
            return Self::new(Arc::new(Silence));
        }
        Self::new(Arc::new(Process { voice: self.clone(), least: least(verbosity) }))
    }
}

/// A remembered line as it is today: what was fetched then is here now.
fn again(line: &str) -> Cow<'_, str> {
    let bare = line.trim_start();
    match bare.strip_prefix(words::DOWNLOADING) {
        Some(what) => {
            let indent = &line[..line.len() - bare.len()];
            Cow::Owned(format!("{indent}{}{what}", words::USING_CACHED))
        }
        None => Cow::Borrowed(line),
    }
}

/// The least level that another pip shows which is as talkative, and never quiet.
pub(crate) fn least(verbosity: i32) -> Level {
    match verbosity {
        ..=0 => Level::Info,
        1 => Level::Verbose,
        2.. => Level::Debug,
    }
}

/// Hears what another process would say.
struct Process {
    voice: Voice,
    least: Level,
}

impl Listener for Process {
    fn say(&self, level: Level, text: &str) {
        if level >= self.least {
            text.lines().for_each(|line| self.voice.process(Level::Verbose, line));
        }
    }
    fn process(&self, level: Level, text: &str) {
        self.say(level, text);
    }
    fn arrived(&self, _: &str, _: u64, _: Option<u64>) {}
    fn report(&self, _: &str) -> Result<(), IoError> {
        Ok(())
    }
}

/// Hears nothing.
#[derive(Debug, Clone, Copy)]
pub struct Silence;

impl Listener for Silence {
    fn hears(&self, _: Level) -> bool {
        false
    }

    fn say(&self, _: Level, _: &str) {}
    fn arrived(&self, _: &str, _: u64, _: Option<u64>) {}
    fn report(&self, _: &str) -> Result<(), IoError> {
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Ear(Mutex<Vec<String>>);

    impl Listener for Ear {
        fn say(&self, _: Level, text: &str) {
            self.0.lock().unwrap().push(text.to_owned());
        }
        fn arrived(&self, _: &str, _: u64, _: Option<u64>) {}
        fn report(&self, _: &str) -> Result<(), IoError> {
            Ok(())
        }
    }

    #[test]
    fn a_second_start_says_only_what_is_new() {
        let ear = Arc::new(Ear::default());
        let voice = Voice::new(ear.clone());
        voice.say(Level::Info, "Collecting a");
        voice.begin_again();
        voice.say(Level::Info, "Collecting a");
        voice.say(Level::Info, "Collecting b");
        assert_eq!(*ear.0.lock().unwrap(), ["Collecting a", "Collecting b"]);
        assert_eq!(voice.take_said().len(), 2);
    }

    #[test]
    fn a_step_that_goes_on_says_so_and_is_not_remembered() {
        let ear = Arc::new(Ear::default());
        let voice = Voice::new(ear.clone());
        voice.indented(true);
        voice.step_goes_on("Building wheel for a (pyproject.toml)");
        let line = "  Building wheel for a (pyproject.toml): still running...";
        assert_eq!(*ear.0.lock().unwrap(), [line]);
        assert!(voice.take_said().is_empty());
    }

    #[test]
    fn indentation_covers_every_line() {
        let ear = Arc::new(Ear::default());
        let voice = Voice::new(ear.clone());
        voice.indented(true);
        voice.say(Level::Info, "one\ntwo");
        voice.say(Level::Info, "three\n");
        assert_eq!(*ear.0.lock().unwrap(), ["  one\n  two", "  three\n"]);
    }
}
