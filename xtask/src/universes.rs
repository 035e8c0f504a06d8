//! `cargo xtask universes`: random universes, played to this program and to the newest pip.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use accel_testkit::interpreters::cpython;
use accel_testkit::stage::Stage;
use accel_testkit::universe::{Outcome, Universe, play, random, shrink};

/// How often a smaller universe is looked for.
const TRIES: usize = 250;

struct Asked {
    count: u64,
    seed: u64,
    jobs: usize,
    shrink: bool,
    program: Option<PathBuf>,
    file: Option<PathBuf>,
}

impl Asked {
    fn of(arguments: &[String]) -> Result<Self, String> {
        let seed = u64::from(std::process::id()) * 1_000_000;
        let mut asked =
            Self { count: 2000, seed, jobs: 2, shrink: false, program: None, file: None };
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} takes a value"));
            let number = |text: &String| {
                text.parse::<u64>().map_err(|error| format!("{word} {text}: {error}"))
            };
            match word.as_str() {
                "--count" => asked.count = number(value()?)?,
                "--seed" => asked.seed = number(value()?)?,
                "--jobs" => asked.jobs = usize::try_from(number(value()?)?).unwrap_or(1).max(1),
                "--program" => asked.program = Some(value()?.into()),
                "--file" => asked.file = Some(value()?.into()),
                "--shrink" => asked.shrink = true,
                _ => return Err(
                    "usage: cargo xtask universes [--count N] [--seed N] [--jobs N] [--shrink] \
                     [--program PIP-ACCEL] [--file UNIVERSE.json]"
                        .to_owned(),
                ),
            }
        }
        Ok(asked)
    }
}

/// Plays them and prints every one that differs.
pub fn run(root: &Path, arguments: &[String]) -> Result<(), String> {
    let asked = Asked::of(arguments)?;
    let program = match &asked.program {
        Some(program) => program.canonicalize().map_err(|error| format!("--program: {error}"))?,
        None => built(root)?,
    };
    if let Some(file) = &asked.file {
        let universe = serde_json::from_str(&crate::read(file)?)
            .map_err(|error| format!("{}: {error}", file.display()))?;
        let mut stage = Stage::new(&program, cpython(3, 11));
        return match play(&mut stage, &universe) {
            Some(Outcome::Different(lines)) => Err(lines.join("\n")),
            outcome => {
                println!("{outcome:?}");
                Ok(())
            }
        };
    }
    println!("{} universes from seed {}", asked.count, asked.seed);
    let (next, counts) = (AtomicUsize::new(0), Mutex::new([0_usize; 4]));
    std::thread::scope(|scope| {
        for _ in 0..asked.jobs {
            scope.spawn(|| {
                let mut stage = Stage::new(&program, cpython(3, 11));
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst) as u64;
                    if number >= asked.count {
                        return;
                    }
                    let seed = asked.seed.wrapping_add(number);
                    let at = one(&mut stage, seed, asked.shrink);
                    counts.lock().expect("no thread panics")[at] += 1;
                }
            });
        }
    });
    let [good, failed, skipped, different] = *counts.lock().expect("no thread panics");
    println!(
        "{good} equal, {failed} more failed alike, {skipped} skipped (pip crashed or did not end), \
         {different} different"
    );
    if different == 0 { Ok(()) } else { Err(format!("{different} universes differ")) }
}

/// Plays one; what came of it as a place in the counts.
fn one(stage: &mut Stage, seed: u64, smaller: bool) -> usize {
    let universe = random(seed);
    let lines = match play(stage, &universe) {
        Some(Outcome::Equal { code: 0 }) => return 0,
        Some(Outcome::Equal { .. }) | None => return 1,
        Some(Outcome::Skipped { reason }) => {
            println!("seed {seed} skipped: {reason}");
            return 2;
        }
        Some(Outcome::Different(lines)) => lines,
    };
    let kind = kind_of(&lines);
    let (mut tries, mut last) = (0, lines);
    let universe = if smaller {
        shrink(&universe, |tried: &Universe| {
            tries += 1;
            if tries > TRIES {
                return false;
            }
            match play(stage, tried) {
                Some(Outcome::Different(lines)) if kind_of(&lines) == kind => {
                    last = lines;
                    true
                }
                _ => false,
            }
        })
    } else {
        universe
    };
    let text = serde_json::to_string(&universe).expect("a universe is data");
    println!("seed {seed} differs:\n  {}\n  {text}", last.join("\n  "));
    3
}

/// What sort of difference it is, so that a smaller universe has the same.
fn kind_of(lines: &[String]) -> String {
    let word = |line: &String| line.split([':', ' ']).next().unwrap_or_default().to_owned();
    lines.first().map(word).unwrap_or_default()
}

/// The program in its release build.
pub fn built(root: &Path) -> Result<PathBuf, String> {
    let status = Command::new("cargo")
        .args(["build", "--release", "--quiet", "--package", "pip-accel"])
        .current_dir(root)
        .status();
    match status {
        Ok(status) if status.success() => Ok(root.join("target/release/pip-accel")),
        _ => Err("could not build pip-accel".to_owned()),
    }
}
