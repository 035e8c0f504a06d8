//! What a run says that is only to explain: its answer and what went wrong; the rest with `-v`, on
//! standard error, so that standard output has nothing but the answer.

use crate::listener::{Level, Listener, StepState};
use accel_io::IoError;
use std::sync::Arc;

/// Passes on what counts.
pub(super) struct Aside(pub(super) Arc<dyn Listener>);

/// How loud a line is that would be louder if it were an installation.
fn lowered(level: Level) -> Level {
    match level {
        Level::Info => Level::Verbose,
        Level::Verbose => Level::Debug,
        other => other,
    }
}

impl Listener for Aside {
    fn hears(&self, level: Level) -> bool {
        self.0.hears(lowered(level))
    }

    fn say(&self, level: Level, text: &str) {
        if level >= Level::Warning {
            self.0.say(level, text);
        } else {
            self.0.process(lowered(level), text);
        }
    }

    fn answer(&self, text: &str) {
        self.0.answer(text);
    }

    fn afterwards(&self, text: &str) {
        self.0.afterwards(text);
    }

    fn process(&self, level: Level, text: &str) {
        self.0.process(lowered(level), text);
    }

    fn ask(&self, question: &str) -> Option<String> {
        self.0.ask(question)
    }

    fn hint(&self, text: &str) {
        self.0.hint(text);
    }

    fn arrived(&self, _: &str, _: u64, _: Option<u64>) {}

    fn step(&self, step: &str, state: StepState) {
        self.say(Level::Info, &state.line(step));
    }

    fn report(&self, _: &str) -> Result<(), IoError> {
        Ok(())
    }
}
