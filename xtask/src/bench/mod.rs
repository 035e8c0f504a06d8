//! `cargo xtask bench [SET] [--rounds N] [--write]`: whole processes, interleaved.
//!
//! What keeps the figures honest: all programs do the same work in one interleaved run after a
//! warm-up; every target has a name that was never used; nothing is deleted before the end (ext4
//! skips inodes that were freed a moment ago, which slows whoever comes next); each result is
//! checked to be complete; medians are given with their spread.

mod measure;
mod programs;
mod report;
mod tree;

use measure::Sample;
use programs::{Bench, Program};
use std::collections::BTreeMap;
use std::path::Path;

/// Runs the set that the arguments name (default `web-80`) and prints a table; `--write` also puts
/// it into `BENCHMARKS.md`.
pub fn run(root: &Path, arguments: &[String]) -> Result<(), String> {
    if let [word, from, to] = arguments
        && word == "raw-loop"
    {
        return tree::link(Path::new(from), Path::new(to));
    }
    let mut set = "web-80".to_owned();
    let mut rounds = 7;
    let mut write = false;
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--rounds" => {
                let number = words.next().and_then(|text| text.parse().ok());
                rounds = number.ok_or("--rounds takes a number")?;
            }
            "--write" => write = true,
            name => name.clone_into(&mut set),
        }
    }
    let bench = Bench::prepare(root, &set)?;
    let mut samples: BTreeMap<Program, Vec<Sample>> = BTreeMap::new();
    for program in Program::ALL {
        eprintln!("warming up: {}", program.title());
        bench.run(program, "warm")?;
    }
    for round in 1..=rounds {
        for program in Program::ALL {
            let sample = bench.run(program, &format!("round{round}"))?;
            eprintln!("round {round}: {:<42} {:8.3} s", program.title(), sample.wall);
            samples.entry(program).or_default().push(sample);
        }
    }
    eprintln!("counting system calls");
    let calls = Program::ALL
        .into_iter()
        .map(|program| Ok((program, bench.system_calls(program)?)))
        .collect::<Result<BTreeMap<_, _>, String>>()?;
    let table = report::table(&bench, &samples, &calls);
    println!("{table}");
    if write {
        report::write(root, &set, &table)?;
    }
    bench.clean()
}
