//! The doorway: read the process, ask, run, exit.

use pip_accel::{commands, surroundings::Surroundings};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    accel_io::memory::give_back_soon();
    ExitCode::from(commands::main(&Surroundings::of_process()))
}
