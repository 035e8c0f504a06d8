//! Tests of accel-types against Python's own answers, and against arbitrary texts.

mod cases;
mod files;
mod never_panics;
mod oracle;
mod packaging;
mod pip;
