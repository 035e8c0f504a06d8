//! Every target of `accel-fuzz` as a program of libFuzzer, by the program's name.
#![no_main]

use accel_fuzz::{Mutator, TARGETS, Target};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

fn target() -> &'static Target {
    let name = env!("CARGO_BIN_NAME");
    TARGETS.iter().find(|target| target.name == name).expect("a target of accel-fuzz")
}

fuzz_target!(|bytes: &[u8]| (target().run)(bytes));

// Half of the changes know the parser's words, the others are libFuzzer's own.
fuzz_mutator!(|bytes: &mut [u8], size: usize, most: usize, seed: u32| {
    if seed % 2 == 0 {
        return fuzzer_mutate(bytes, size, most);
    }
    let changed = Mutator::new(u64::from(seed), target().words).next(&[bytes[..size].to_vec()]);
    let length = changed.len().min(most);
    bytes[..length].copy_from_slice(&changed[..length]);
    length
});
