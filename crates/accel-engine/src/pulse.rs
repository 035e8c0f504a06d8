//! When a step that takes long says that it is still at work.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// pip's pause between two such lines.
pub(crate) const PAUSE: Duration = Duration::from_mins(1);

/// Whether the last word about a step was long ago.
#[derive(Debug)]
pub(crate) struct Pulse {
    last: Mutex<Instant>,
    pause: Duration,
}

impl Pulse {
    pub(crate) fn new(pause: Duration) -> Self {
        Self { last: Mutex::new(Instant::now()), pause }
    }

    /// Something was said now.
    pub(crate) fn said(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Whether it is time to say something again; then it counts as said.
    pub(crate) fn is_due(&self) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let due = last.elapsed() >= self.pause;
        if due {
            *last = Instant::now();
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_due_after_each_pause() {
        let long = Pulse::new(Duration::from_hours(1));
        assert!(!long.is_due());
        long.said();
        assert!(!long.is_due());
        let short = Pulse::new(Duration::ZERO);
        assert_eq!([short.is_due(), short.is_due()], [true; 2]);
    }
}
