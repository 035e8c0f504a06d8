//! The lines at the bottom of a terminal that change while something is done.
//!
//! They are taken away before anything is printed, and drawn again below it. A thread turns the
//! spinner; it is there from the first such line to the end of the run.

use super::bars::{Arrival, Style};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Between two pictures: pip's spinner turns eight times a second.
const TURN: Duration = Duration::from_millis(125);

/// Files below this size get no bar, as in pip.
const SMALL: u64 = 512 * 1024;

/// At most so many files are shown at once.
const MOST_FILES: usize = 8;

const SPINNER: [&str; 4] = ["-", "\\", "|", "/"];

/// The changing lines of one run.
#[derive(Debug)]
pub(super) struct Live {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Debug)]
struct State {
    colours: bool,
    /// Lines that are on the screen now.
    drawn: usize,
    arriving: Vec<File>,
    arrived: HashMap<String, Arrival>,
    overall: Option<(usize, usize)>,
    /// The step at work, with its indentation.
    step: Option<String>,
    turns: usize,
    ended: bool,
}

#[derive(Debug)]
struct File {
    name: String,
    done: u64,
    total: Option<u64>,
    begun: Instant,
    /// Whether it was told of.
    named: bool,
}

impl Live {
    pub(super) fn new(colours: bool) -> Self {
        let state = State {
            colours,
            drawn: 0,
            arriving: Vec::new(),
            arrived: HashMap::new(),
            overall: None,
            step: None,
            turns: 0,
            ended: false,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), ended: Condvar::new() });
        Self { shared, thread: Mutex::new(None) }
    }

    /// Prints something above the changing lines.
    pub(super) fn above(&self, print: impl FnOnce()) {
        let mut state = self.shared.lock();
        state.erase();
        print();
        state.draw();
    }

    /// So much of a file is here.
    pub(super) fn arrived(&self, name: &str, done: u64, total: Option<u64>) {
        let mut state = self.shared.lock();
        let complete = total.is_some_and(|total| done >= total);
        let at = state.arriving.iter().position(|file| file.name == name);
        let file = match at {
            Some(at) => {
                let file = &mut state.arriving[at];
                (file.done, file.total) = (done, total);
                file
            }
            None if total.is_some_and(|total| total <= SMALL) => return,
            None => {
                let begun = Instant::now();
                state.arriving.push(File {
                    name: name.to_owned(),
                    done,
                    total,
                    begun,
                    named: false,
                });
                drop(state);
                self.begin();
                // All of it may have come at once.
                if complete {
                    self.arrived(name, done, total);
                }
                return;
            }
        };
        if complete {
            let (arrival, named) = (file.arrival(), file.named);
            state.arriving.retain(|file| file.name != name);
            state.arrived.insert(name.to_owned(), arrival);
            if named {
                state.leave(name);
            }
        }
    }

    /// The file was told of: below that its bar stays once it is here.
    pub(super) fn named(&self, name: &str) {
        let mut state = self.shared.lock();
        if let Some(file) = state.arriving.iter_mut().find(|file| file.name == name) {
            file.named = true;
        }
        state.leave(name);
    }

    /// So many files of all are here.
    pub(super) fn overall(&self, done: usize, of: usize) {
        self.shared.lock().overall = (done < of).then_some((done, of));
        self.begin();
    }

    /// A step has begun, in pip's words.
    pub(super) fn step_begun(&self, step: &str) {
        let mut state = self.shared.lock();
        state.step = Some(step.to_owned());
        state.erase();
        state.draw();
        drop(state);
        self.begin();
    }

    /// The step at work has ended so.
    pub(super) fn step_ended(&self, step: &str, status: &str) {
        let mut state = self.shared.lock();
        state.step = None;
        state.erase();
        let _ = std::io::stdout().write_all(format!("{step} ... {status}\n").as_bytes());
        state.draw();
    }

    /// Starts the thread that draws, if it does not run.
    fn begin(&self) {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if thread.is_none() {
            let shared = Arc::clone(&self.shared);
            *thread = std::thread::Builder::new().spawn(move || shared.keep_drawing()).ok();
        }
    }

    /// Takes all changing lines away for good.
    pub(super) fn end(&self) {
        let mut state = self.shared.lock();
        state.erase();
        state.ended = true;
        drop(state);
        self.shared.ended.notify_all();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.end();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep_drawing(&self) {
        let mut state = self.lock();
        while !state.ended {
            state.turns += 1;
            state.erase();
            state.draw();
            let waited = self.ended.wait_timeout(state, TURN);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl State {
    fn style(&self) -> Style {
        let columns = accel_io::terminal::columns().unwrap_or(80);
        Style { columns, colours: self.colours }
    }

    /// Leaves the bar of a file behind that is here.
    fn leave(&mut self, name: &str) {
        let Some(arrival) = self.arrived.remove(name) else { return };
        self.erase();
        let line = self.style().arrival(arrival, None);
        let _ = std::io::stdout().write_all(format!("{line}\n").as_bytes());
        self.draw();
    }

    fn erase(&mut self) {
        if self.drawn > 0 {
            // The terminal itself may have written there, as `^C`.
            let up = format!("\r\x1b[{}A\x1b[J", self.drawn);
            let _ = std::io::stdout().write_all(up.as_bytes());
            self.drawn = 0;
        }
    }

    fn draw(&mut self) {
        if self.ended {
            return;
        }
        let style = self.style();
        let mut lines = Vec::new();
        let named = self.arriving.len() > 1;
        for file in self.arriving.iter().take(MOST_FILES) {
            lines.push(style.arrival(file.arrival(), named.then_some(file.name.as_str())));
        }
        if let Some((done, of)) = self.overall.filter(|(_, of)| *of > 1) {
            lines.push(style.overall(done, of));
        }
        if let Some(step) = &self.step {
            let turn = SPINNER[self.turns % SPINNER.len()];
            // A line that wraps could not be taken away.
            let room = style.columns.saturating_sub(7);
            let step: String = step.chars().take(room).collect();
            lines.push(format!("{step} ... {turn}"));
        }
        if lines.is_empty() {
            return;
        }
        let mut text = String::new();
        for line in &lines {
            let _ = writeln!(text, "{line}");
        }
        let mut out = std::io::stdout();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        self.drawn = lines.len();
    }
}

impl File {
    fn arrival(&self) -> Arrival {
        Arrival { done: self.done, total: self.total, elapsed: self.begun.elapsed() }
    }
}
