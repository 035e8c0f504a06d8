//! `cargo xtask bench [SCENARIO …| all] [--rounds N] [--slow-rounds N] [--minutes N]
//! [--program FILE] [--caches FOLDER] [--write]`: whole processes, interleaved.
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
mod reasons;
mod report;
mod scenarios;
mod tree;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ground::Ground;
use player::{Player, Scenario, Turn};
use report::Rows;

/// Runs what the arguments ask for (without any: `web-80`) and prints a table for each scenario;
/// `--write` also puts it into `BENCHMARKS.md`, where the other scenarios' tables stay. `--minutes`
/// ends a scenario early, between two rounds.
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
    let ground = Ground::prepare(root, asked.program.as_deref(), asked.caches.as_deref())?;
    let versions = ground.versions();
    let mut failed = Vec::new();
    for name in &asked.scenarios {
        eprintln!("\n{name}");
        let played = scenarios::prepare(&ground, name).and_then(|scenario| {
            let rows = play(&ground, name, &scenario, &asked)?;
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
    /// Of what takes long.
    slow_rounds: usize,
    /// For each scenario, its preparation aside.
    minutes: Option<u64>,
    program: Option<PathBuf>,
    caches: Option<PathBuf>,
    write: bool,
}

impl Asked {
    fn of(arguments: &[String]) -> Result<Self, String> {
        let mut asked = Self {
            scenarios: Vec::new(),
            rounds: 7,
            slow_rounds: 3,
            minutes: None,
            program: None,
            caches: None,
            write: false,
        };
        let mut words = arguments.iter();
        let number = |option: &str, text: Option<&String>| {
            let number = text.and_then(|text| text.parse::<u32>().ok());
            number.ok_or_else(|| format!("{option} takes a number"))
        };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--rounds" => asked.rounds = number(word, words.next())? as usize,
                "--slow-rounds" => asked.slow_rounds = number(word, words.next())? as usize,
                "--minutes" => asked.minutes = Some(number(word, words.next())?.into()),
                "--caches" => {
                    asked.caches = Some(words.next().ok_or("--caches takes a folder")?.into());
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
fn play(
    ground: &Ground,
    name: &str,
    scenario: &Scenario<'_>,
    asked: &Asked,
) -> Result<Rows, String> {
    let mut rows = Rows::new();
    for player in scenario.players.iter().filter(|player| player.warm_up) {
        // What takes long is warmed up once for all runs.
        let about = format!("{name} {}", player.title);
        if player.slow && ground.is_warm(&about) {
            continue;
        }
        eprintln!("warming up: {}", player.title);
        run_once(ground, player, "warm")?;
        ground.note_warm(&about)?;
    }
    let start = Instant::now();
    let limit = asked.minutes.map(|minutes| Duration::from_secs(60 * minutes));
    for round in 1..=asked.rounds * scenario.times {
        if round > 1 && limit.is_some_and(|limit| start.elapsed() > limit) {
            eprintln!("{name}: time is up after {} rounds", round - 1);
            break;
        }
        for player in &scenario.players {
            if player.slow && round > asked.slow_rounds {
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
