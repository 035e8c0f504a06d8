//! `cargo xtask fuzz TARGET`: feeds a parser with bytes that are almost right, for some minutes.

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use accel_fuzz::{Mutator, PATIENCE, TARGETS, Target, corpus};

const USAGE: &str = "usage: cargo xtask fuzz TARGET|all [--minutes N] [--seed N]";
/// Address space of the whole program: who wants more fails.
const MEMORY: u64 = 4 << 30;
/// Failures of one target after which it is enough.
const ENOUGH: usize = 20;

/// Runs a target, or all of them one after the other, each for so many minutes.
pub fn run(root: &Path, arguments: &[String]) -> Result<(), String> {
    let (name, options) = arguments.split_first().ok_or(USAGE)?;
    let (mut minutes, mut seed) = (10.0, u64::from(std::process::id()));
    for pair in options.chunks(2) {
        let [word, value] = pair else { return Err(USAGE.to_owned()) };
        let wrong = |error: &dyn std::fmt::Display| format!("{word} {value}: {error}");
        match word.as_str() {
            "--minutes" => minutes = value.parse::<f64>().map_err(|error| wrong(&error))?,
            "--seed" => seed = value.parse::<u64>().map_err(|error| wrong(&error))?,
            _ => return Err(USAGE.to_owned()),
        }
    }
    let chosen: Vec<&Target> =
        TARGETS.iter().filter(|target| name == "all" || target.name == name).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        return Err(format!("{USAGE}\ntargets: {}", names.join(", ")));
    }
    nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_AS, MEMORY, MEMORY)
        .map_err(|error| format!("could not limit the memory: {error}"))?;
    let mut failures = 0;
    for target in chosen {
        failures += fuzz(root, target, Duration::from_secs_f64(minutes * 60.0), seed)?;
    }
    if failures == 0 { Ok(()) } else { Err(format!("{failures} inputs fail: fuzz/failures")) }
}

/// Runs one target; the number of inputs that fail, which are in `fuzz/failures/TARGET` then.
fn fuzz(root: &Path, target: &Target, time: Duration, seed: u64) -> Result<usize, String> {
    let corpus = corpus(root, target.name)
        .map_err(|error| format!("the corpus of {}: {error}", target.name))?;
    let folder = root.join("fuzz/failures").join(target.name);
    let now = Arc::new(Mutex::new((Instant::now(), Vec::new())));
    watch(target.name, &folder, &now);
    std::panic::set_hook(Box::new(|_| ()));
    let mut mutator = Mutator::new(seed, target.words);
    let (start, mut inputs, mut failures, mut slowest) = (Instant::now(), 0_u64, 0, Duration::ZERO);
    while start.elapsed() < time && failures < ENOUGH {
        let input = mutator.next(&corpus);
        let began = Instant::now();
        *now.lock().expect("nobody panics with it") = (began, input.clone());
        if catch_unwind(AssertUnwindSafe(|| (target.run)(&input))).is_err() {
            failures += 1;
            keep(&folder, &format!("panic-{seed}-{inputs}"), &input);
        }
        slowest = slowest.max(began.elapsed());
        inputs += 1;
    }
    now.lock().expect("nobody panics with it").1.clear();
    let seconds = start.elapsed().as_secs();
    println!(
        "| {} | {seed} | {seconds} | {inputs} | {} | {failures} |",
        target.name,
        slowest.as_millis()
    );
    Ok(failures)
}

/// Ends the program if one input takes too long, and keeps that input.
fn watch(name: &str, folder: &Path, now: &Arc<Mutex<(Instant, Vec<u8>)>>) {
    let (name, folder, now) = (name.to_owned(), folder.to_owned(), Arc::downgrade(now));
    std::thread::spawn(move || {
        while let Some(now) = now.upgrade() {
            let (began, input) = now.lock().expect("nobody panics with it").clone();
            // Ten times, for the machine may do something else.
            if !input.is_empty() && began.elapsed() > PATIENCE * 10 {
                keep(&folder, "hang", &input);
                eprintln!("{name} hangs: {}", folder.join("hang").display());
                std::process::exit(1);
            }
            drop(now);
            std::thread::sleep(Duration::from_secs(1));
        }
    });
}

fn keep(folder: &Path, name: &str, input: &[u8]) {
    let kept = std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::File::create(folder.join(name))?.write_all(input));
    if let Err(error) = kept {
        eprintln!("could not keep {name} in {}: {error}", folder.display());
    }
}
