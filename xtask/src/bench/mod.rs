//! `cargo xtask bench [SCENARIO …| all] [--rounds N] [--program FILE] [--write]`: whole processes,
//! interleaved.
//!
//! What keeps the figures honest: all programs do the same work in one interleaved run after a
//! warm-up; every target has a name that was never used; nothing is deleted before the end (ext4
//! skips inodes that were freed a moment ago, which slows whoever comes next); what an earlier run
//! wrote is on the disk before the next is measured; each result is checked to be complete;
//! medians are given with their spread.

mod ground;
mod measure;
mod mirror;
mod player;
mod report;
mod scenarios;
mod tree;

use std::path::{Path, PathBuf};

use ground::Ground;
use player::{Player, Scenario, Turn};
use report::Rows;

/// The most rounds of what takes long.
const SLOW_ROUNDS: usize = 3;

/// Runs what the arguments ask for (without any: `web-80`) and prints a table for each scenario;
/// `--write` also puts it into `BENCHMARKS.md`, where the other scenarios' tables stay.
pub fn run(root: &Path, arguments: &[String]) -> Result<(), String> {
    match arguments {
        [word, threads, from, to] if word == "raw-loop" => {
            let threads = threads.parse().map_err(|_| "raw-loop takes a number of threads")?;
            return tree::link(Path::new(from), Path::new(to), threads);
        }
        [word, log, words @ ..] if word == "measure" => {
            return measure::child(Path::new(log), words);
        }
        _ => {}
    }
    let asked = Asked::of(arguments)?;
    let ground = Ground::prepare(root, asked.program.as_deref())?;
    let versions = ground.versions();
    let mut failed = Vec::new();
    for name in &asked.scenarios {
        eprintln!("\n{name}");
        let played = scenarios::prepare(&ground, name).and_then(|scenario| {
            let rows = play(&ground, &scenario, asked.rounds * scenario.times)?;
            Ok(report::section(&scenario, &rows, &versions))
        });
        match played {
            Ok(section) => {
                println!("\n## {name}\n\n{section}");
                if asked.write {
                    report::write(root, name, &section)?;
                }
            }
            Err(reason) => {
                eprintln!("{name}: {reason}");
                failed.push(name.as_str());
            }
        }
    }
    ground.clear()?;
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", "))) }
}

/// The arguments.
struct Asked {
    scenarios: Vec<String>,
    rounds: usize,
    program: Option<PathBuf>,
    write: bool,
}

impl Asked {
    fn of(arguments: &[String]) -> Result<Self, String> {
        let mut asked = Self { scenarios: Vec::new(), rounds: 7, program: None, write: false };
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--rounds" => {
                    let number = words.next().and_then(|text| text.parse().ok());
                    asked.rounds = number.ok_or("--rounds takes a number")?;
                }
                "--program" => {
                    asked.program = Some(words.next().ok_or("--program takes a file")?.into());
                }
                "--write" => asked.write = true,
                "all" => asked.scenarios.extend(scenarios::NAMES.map(str::to_owned)),
                name if scenarios::is_name(name) => asked.scenarios.push(name.to_owned()),
                other => {
                    let names =
                        [&scenarios::NAMES[..], &scenarios::BY_NAME_ONLY].concat().join(", ");
                    return Err(format!("there is no scenario {other}; there are {names}, all"));
                }
            }
        }
        if asked.scenarios.is_empty() {
            asked.scenarios.push("web-80".to_owned());
        }
        Ok(asked)
    }
}

/// Plays all rounds of a scenario.
fn play(ground: &Ground, scenario: &Scenario<'_>, rounds: usize) -> Result<Rows, String> {
    let mut rows = Rows::new();
    for player in scenario.players.iter().filter(|player| player.warm_up) {
        eprintln!("warming up: {}", player.title);
        run_once(ground, player, "warm")?;
    }
    for round in 1..=rounds {
        for player in &scenario.players {
            if player.slow && round > SLOW_ROUNDS {
                continue;
            }
            let (sample, files) = run_once(ground, player, "round")?;
            eprintln!("round {round}: {:<40} {:9.4} s", player.title, sample.wall);
            let row = rows.entry(player.title).or_default();
            row.samples.push(sample);
            row.files = files;
        }
    }
    for player in scenario.players.iter().filter(|player| !player.slow) {
        let fresh = ground.fresh("strace");
        let turn = player.turn(&fresh)?;
        let calls = measure::system_calls(&turn.line, &fresh.with_extension("strace"));
        rows.entry(player.title).or_default().calls = calls;
    }
    Ok(rows)
}

/// Prepares, runs and checks; returns the number of files in the result, too.
fn run_once(
    ground: &Ground,
    player: &Player<'_>,
    label: &str,
) -> Result<(measure::Sample, Option<usize>), String> {
    let fresh = ground.fresh(label);
    let Turn { line, result } = player.turn(&fresh)?;
    // What others have written is not to be written back while this one runs.
    rustix::fs::sync();
    let sample = measure::sample(&line, &fresh.with_extension("log"))?;
    let Some((folder, least)) = result else { return Ok((sample, None)) };
    let files = tree::size(&folder)?.files;
    if files < least {
        return Err(format!("{}: {files} files of {least}", player.title));
    }
    Ok((sample, Some(files)))
}
