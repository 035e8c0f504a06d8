//! Random universes, and those that once differed, played to both programs.
#![allow(clippy::print_stdout, reason = "the seed of a failure, to run it again")]

use std::path::Path;
use std::sync::Mutex;

use accel_testkit::stage::Stage;
use accel_testkit::universe::{Outcome, Universe, play, random};

use crate::pair::python311;

/// How many a test run plays; `PIP_ACCEL_TEST_UNIVERSES` asks for another number.
const UNIVERSES: u64 = 200;

/// The seed of the first, each further one having the next; `PIP_ACCEL_TEST_SEED` names another.
/// New ground is for `cargo xtask universes`, whose seeds are new each time.
const SEED: u64 = 1000;

/// Plays universes on two stages; returns what differs, and how many were equal and succeeded.
fn play_all(universes: Vec<(String, Universe)>) -> (Vec<String>, usize) {
    let waiting = Mutex::new(universes);
    let (different, succeeded) = (Mutex::new(Vec::new()), Mutex::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut stage = Stage::new(Path::new(env!("CARGO_BIN_EXE_pip-accel")), python311());
                while let Some((name, universe)) = { waiting.lock().unwrap().pop() } {
                    match play(&mut stage, &universe) {
                        Some(Outcome::Equal { code: 0 }) => *succeeded.lock().unwrap() += 1,
                        Some(Outcome::Equal { .. }) => {}
                        Some(Outcome::Skipped { reason }) => println!("{name} skipped: {reason}"),
                        Some(Outcome::Different(lines)) => {
                            let text = serde_json::to_string(&universe).unwrap();
                            let lines = lines.join("\n  ");
                            different.lock().unwrap().push(format!("{name}\n  {lines}\n  {text}"));
                        }
                        None => different.lock().unwrap().push(format!("{name} makes no sense")),
                    }
                }
            });
        }
    });
    (different.into_inner().unwrap(), succeeded.into_inner().unwrap())
}

#[test]
fn random_universes_are_answered_as_pip_answers_them() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let count = number("PIP_ACCEL_TEST_UNIVERSES").unwrap_or(UNIVERSES);
    let seed = number("PIP_ACCEL_TEST_SEED").unwrap_or(SEED);
    println!("{count} universes from seed {seed}");
    let universes = (0..count).map(|at| (format!("seed {}", seed + at), random(seed + at)));
    let (different, succeeded) = play_all(universes.collect());
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
    // Universes that only fail would show little.
    assert!(count < 100 || succeeded as u64 > count / 3, "only {succeeded} of {count} succeeded");
}

#[test]
fn universes_that_once_differed_are_equal() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/universes");
    let mut universes = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let universe = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        universes.push((path.display().to_string(), universe));
    }
    assert!(!universes.is_empty());
    let (different, _) = play_all(universes);
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
}
