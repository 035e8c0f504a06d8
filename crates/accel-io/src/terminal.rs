//! What standard output is.

use std::io::{IsTerminal as _, stdout};

/// Whether a person sees standard output.
pub fn is_terminal() -> bool {
    stdout().is_terminal()
}

/// The columns of the terminal behind standard output; they change when its window does.
pub fn columns() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}
