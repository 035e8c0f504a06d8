//! Tests of accel-types against Python's own answers, and against arbitrary texts.
#![allow(clippy::disallowed_methods, reason = "tests prepare and look at the world themselves")]

mod cases;
mod files;
mod never_panics;
mod oracle;
mod packaging;
mod pip;
