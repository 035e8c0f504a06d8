//! Standard output: who writes to it, and whether that went well.
//!
//! A reader that has seen enough closes the pipe, and a disk may be full. The work goes on, for an
//! installation that stops half-way helps nobody; but the exit code tells of it, as Python's does.

use std::io::{self, Write};
use std::sync::OnceLock;

/// Why the first write failed that did.
static FAILED: OnceLock<io::Error> = OnceLock::new();

/// The exit code of a run whose output did not arrive, which is Python's.
pub const BROKEN: u8 = 120;

/// Writes text as it is.
pub fn write(text: &str) {
    note(io::stdout().write_all(text.as_bytes()));
}

/// Writes text whose colours go where there is no terminal.
pub fn write_coloured(text: &str) {
    note(anstream::stdout().write_all(text.as_bytes()));
}

/// Writes text that somebody is to answer on the same line.
pub fn ask(text: &str) {
    write_coloured(text);
    note(io::stdout().flush());
}

/// Why something did not arrive, if it did not.
pub fn failure() -> Option<&'static io::Error> {
    // What has no end of line yet waits in the buffer.
    note(io::stdout().flush());
    FAILED.get()
}

fn note(written: io::Result<()>) {
    if let Err(error) = written {
        // The first reason is as good as any.
        let _ = FAILED.set(error);
    }
}
