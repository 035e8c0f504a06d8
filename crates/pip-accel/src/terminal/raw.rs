//! `--progress-bar raw`: lines `Progress N of M` for programs, as pip prints them.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Lines about one file come no faster.
const PAUSE: Duration = Duration::from_millis(250);

/// Files below this size are not told of, as in pip.
const SMALL: u64 = 512 * 1024;

/// What arrives, and which file the lines are about: the one that was named last.
#[derive(Debug, Default)]
pub(super) struct Raw {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    known: HashMap<String, (u64, Option<u64>)>,
    told: Option<String>,
    said: Option<Instant>,
}

impl Raw {
    /// So much of a file is here.
    pub(super) fn arrived(&self, name: &str, done: u64, total: Option<u64>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.known.insert(name.to_owned(), (done, total));
        if state.told.as_deref() == Some(name) {
            state.say(done, total);
        }
    }

    /// The file was named: what follows is about it.
    pub(super) fn named(&self, name: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.told = Some(name.to_owned());
        state.said = None;
        let Some((done, total)) = state.known.get(name).copied() else { return };
        if is_shown(total) {
            line(0, total);
            state.say(done, total);
        }
    }
}

impl State {
    fn say(&mut self, done: u64, total: Option<u64>) {
        let waits = self.said.is_some_and(|said| said.elapsed() < PAUSE);
        if is_shown(total) && (!waits || Some(done) == total) {
            line(done, total);
            self.said = Some(Instant::now());
        }
    }
}

fn is_shown(total: Option<u64>) -> bool {
    total.is_none_or(|total| total > SMALL)
}

fn line(done: u64, total: Option<u64>) {
    let mut out = std::io::stdout();
    let text = format!("Progress {done} of {}\n", total.unwrap_or(0));
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
