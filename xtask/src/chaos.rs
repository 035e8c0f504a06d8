//! `cargo xtask chaos`: kills this program, pip or uv again and again, and judges the next run.

use std::path::{Path, PathBuf};
use std::time::Instant;

use accel_testkit::chaos::{Chaos, Cuts, DiskKind, Scene, Tally, Tool};
use accel_testkit::dice::Dice;

const USAGE: &str = "usage: cargo xtask chaos [--tool pip-accel|pip|uv] [--kills N] [--seed N] \
                     [--scene NAME] [--calls STEP] [--first N] [--refusals STEP] \
                     [--disk ext4|xfs] [--requirements FILE [--older FILE]] [--program PIP-ACCEL]";

struct Asked {
    tool: String,
    /// Random kills of each scene.
    kills: usize,
    seed: u64,
    scenes: Vec<Scene>,
    /// Also at each so-manieth system call.
    calls: Option<usize>,
    /// Which of so many comes first, so that all can be had in pieces.
    first: usize,
    /// Also refuses each so-manieth call that changes something.
    refusals: Option<usize>,
    /// Cuts the power of such a disk instead of killing.
    disk: Option<DiskKind>,
    requirements: Option<PathBuf>,
    /// Older pins of the same projects, for upgrades.
    older: Option<PathBuf>,
    program: Option<PathBuf>,
}

impl Asked {
    fn of(arguments: &[String]) -> Result<Self, String> {
        let mut asked = Self {
            tool: "pip-accel".to_owned(),
            kills: 100,
            seed: u64::from(std::process::id()),
            scenes: Scene::ALL.to_vec(),
            calls: None,
            first: 0,
            refusals: None,
            disk: None,
            requirements: None,
            older: None,
            program: None,
        };
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let value = words.next().ok_or(format!("{word} takes a value\n{USAGE}"))?;
            let number =
                || value.parse::<usize>().map_err(|error| format!("{word} {value}: {error}"));
            match word.as_str() {
                "--tool" => asked.tool.clone_from(value),
                "--kills" => asked.kills = number()?,
                "--seed" => asked.seed = number()? as u64,
                "--calls" => asked.calls = Some(number()?.max(1)),
                "--first" => asked.first = number()?,
                "--refusals" => asked.refusals = Some(number()?.max(1)),
                "--disk" => {
                    let mut kinds = [DiskKind::Ext4, DiskKind::Xfs].into_iter();
                    let kind = kinds.find(|kind| kind.name() == value);
                    asked.disk = Some(kind.ok_or(USAGE)?);
                }
                "--requirements" => asked.requirements = Some(value.into()),
                "--older" => asked.older = Some(value.into()),
                "--program" => asked.program = Some(value.into()),
                "--scene" => {
                    asked.scenes.retain(|scene| scene.name() == value);
                }
                _ => return Err(USAGE.to_owned()),
            }
        }
        if asked.scenes.is_empty() { Err(USAGE.to_owned()) } else { Ok(asked) }
    }
}

/// `cargo xtask soak`: many processes at once.
pub fn soak(root: &Path, arguments: &[String]) -> Result<(), String> {
    let usage =
        "usage: cargo xtask soak [--processes N] [--seconds N] [--seed N] [--program PIP-ACCEL]";
    let (mut processes, mut seconds, mut seed) = (16, 120, u64::from(std::process::id()));
    let mut program = None;
    for pair in arguments.chunks(2) {
        let [word, value] = pair else { return Err(usage.to_owned()) };
        let number = || value.parse::<u32>().map_err(|error| format!("{word} {value}: {error}"));
        match word.as_str() {
            "--processes" => processes = number()?,
            "--seconds" => seconds = number()?,
            "--seed" => seed = u64::from(number()?),
            "--program" => program = Some(PathBuf::from(value)),
            _ => return Err(usage.to_owned()),
        }
    }
    let program = program.map_or_else(|| crate::universes::built(root), Ok)?;
    let mut chaos = Chaos::new(Tool::PipAccel(program.clone()), &program);
    let time = std::time::Duration::from_secs(u64::from(seconds));
    let soak = chaos.soak(processes as usize, 1, time, seed);
    println!("{processes} processes, {seconds} s, seed {seed}: {} runs", soak.runs);
    if soak.wrong.is_empty() { Ok(()) } else { Err(soak.wrong.join("\n")) }
}

/// Kills, and prints a row of `docs/reliability.md` for each scene.
pub fn run(root: &Path, arguments: &[String]) -> Result<(), String> {
    let mut asked = Asked::of(arguments)?;
    let program = match &asked.program {
        Some(program) => program.canonicalize().map_err(|error| format!("--program: {error}"))?,
        None => crate::universes::built(root)?,
    };
    let tool = match asked.tool.as_str() {
        "pip-accel" => Tool::PipAccel(program.clone()),
        "pip" => Tool::Pip,
        "uv" => Tool::uv(),
        _ => return Err(USAGE.to_owned()),
    };
    if !matches!(tool, Tool::PipAccel(_)) {
        // They compile, where they do, as they install, stage nothing and keep nothing by use.
        let theirs =
            [Scene::Install, Scene::Upgrade, Scene::Uninstall, Scene::Unpack, Scene::Build];
        asked.scenes.retain(|scene| theirs.contains(scene));
    }
    if let Some(kind) = asked.disk {
        return cut(tool, &program, kind, &asked);
    }
    let mut chaos = match &asked.requirements {
        Some(file) => {
            // Other scenes would ask the public index for every kill.
            let local =
                [Scene::Install, Scene::Uninstall, Scene::Compile, Scene::Stage, Scene::Taken];
            let upgrades = asked.older.is_some();
            asked
                .scenes
                .retain(|scene| local.contains(scene) || *scene == Scene::Upgrade && upgrades);
            let full = |file: &PathBuf| {
                file.canonicalize().map_err(|error| format!("{}: {error}", file.display()))
            };
            let (file, older) = (full(file)?, asked.older.as_ref().map(full).transpose()?);
            Chaos::with_requirements(tool, &program, &file, older.as_deref())
        }
        None => Chaos::new(tool, &program),
    };
    let mut dice = Dice::new(asked.seed);
    println!("seed {}", asked.seed);
    println!(
        "| {} | kills | amid changes | whole | silently broken | stuck | seconds |",
        asked.tool
    );
    println!("|---|---|---|---|---|---|---|");
    let mut all = Tally::default();
    let began = Instant::now();
    for scene in &asked.scenes {
        let start = Instant::now();
        let tally = chaos.random(*scene, asked.kills, &mut dice);
        row(scene.name(), &tally, start);
        all.add(tally);
        if let Some(step) = asked.calls {
            let start = Instant::now();
            let tally = chaos.every_call(*scene, (asked.first, step));
            row(&format!("{}, at system calls", scene.name()), &tally, start);
            all.add(tally);
        }
        if let Some(step) = asked.refusals {
            let start = Instant::now();
            let tally = chaos.every_refusal(*scene, (asked.first, step));
            row(&format!("{}, refused", scene.name()), &tally, start);
            all.add(tally);
        }
    }
    row("all", &all, began);
    for story in &all.stories {
        println!("{story}");
    }
    if all.wrong() == 0 { Ok(()) } else { Err(format!("{} kills were not got over", all.wrong())) }
}

/// Cuts the power, and prints a row for each scene.
fn cut(tool: Tool, program: &Path, kind: DiskKind, asked: &Asked) -> Result<(), String> {
    let mut chaos = Chaos::on_disk(tool, program, kind)?;
    let mut dice = Dice::new(asked.seed);
    println!("seed {}", asked.seed);
    println!(
        "| {} on {} | cuts | amid changes | emptied files | whole | silently broken | stuck |",
        asked.tool,
        kind.name()
    );
    println!("|---|---|---|---|---|---|---|");
    let mut all = Tally::default();
    for scene in &asked.scenes {
        let Cuts { tally, emptied } = chaos.cuts(*scene, asked.kills, &mut dice);
        let Tally { kills, amid, whole, silent, stuck, .. } = &tally;
        let name = scene.name();
        println!("| {name} | {kills} | {amid} | {emptied} | {whole} | {silent} | {stuck} |");
        all.add(tally);
    }
    for story in &all.stories {
        println!("{story}");
    }
    if all.wrong() == 0 { Ok(()) } else { Err(format!("{} cuts were not got over", all.wrong())) }
}

fn row(name: &str, tally: &Tally, start: Instant) {
    let Tally { kills, amid, whole, silent, stuck, .. } = tally;
    let seconds = start.elapsed().as_secs();
    println!("| {name} | {kills} | {amid} | {whole} | {silent} | {stuck} | {seconds} |");
}
