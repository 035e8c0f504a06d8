//! Checks and measurements of this repository.
fn main() {}
