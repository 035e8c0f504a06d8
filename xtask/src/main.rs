//! Checks and measurements of this repository: `cargo xtask floors | lines | parity | reference | bench [SCENARIO] | universes | answers | chaos | fuzz | soak`.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program of its own"
)]

mod answers;
mod bench;
mod chaos;
mod floors;
mod fuzz;
mod lines;
mod parity;
mod reference;
mod universes;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.first().map(String::as_str) {
        Some("floors") => floors::check(&root()),
        Some("lines") => lines::check(&root()),
        Some("parity") => parity::run(&root(), &arguments[1..]),
        Some("reference") => reference::run(&root(), &arguments[1..]),
        Some("bench") => bench::run(&root(), &arguments[1..]),
        Some("answers") => answers::run(&root(), &arguments[1..]),
        Some("chaos") => chaos::run(&root(), &arguments[1..]),
        Some("soak") => chaos::soak(&root(), &arguments[1..]),
        Some("fuzz") => fuzz::run(&root(), &arguments[1..]),
        Some("universes") => universes::run(&root(), &arguments[1..]),
        _ => Err(
            "usage: cargo xtask floors | lines | parity [--check] | reference [--check] | bench [SCENARIO] [--rounds N] \
             | universes [--count N] [--seed N] | answers [--write] | chaos [--tool pip|uv] | fuzz TARGET [--minutes N] | soak [--seconds N]"
                .to_owned(),
        ),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

/// The repository's root: the folder above this crate.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

/// Reads a file of the repository, naming it when that fails.
fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path)
        .map_err(|error| format!("could not read {}: {error}", path.display()))
}
