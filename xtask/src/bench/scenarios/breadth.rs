//! Many small wheels, made here: nobody should download a thousand projects to measure breadth.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use accel_testkit::wheel::WheelMaker;
use accel_types::Version;

use crate::bench::ground::{Ground, text};
use crate::bench::player::{Player, Scenario, Target, Turn};

const THOUSAND: &str = "pip-accel, 1,000";
const ALL: &str = "pip-accel, 10,000";

/// A folder of wheels, the file that pins them all, and the number of files that they install.
struct Wheels {
    folder: PathBuf,
    pins: PathBuf,
    files: usize,
}

/// Under the names and versions of `home-assistant.in`, of 4 to 43 modules each.
pub fn home_assistant(ground: &Ground) -> Result<Scenario<'_>, String> {
    let text = crate::read(&ground.requirements("home-assistant.in"))?;
    let mut pins: Vec<(String, String)> = Vec::new();
    for line in text.lines().filter(|line| !line.contains("python_version>=")) {
        let line = line.split([';', '#']).next().unwrap_or_default();
        let Some((name, version)) = line.split_once("==") else { continue };
        let name = name.split('[').next().unwrap_or_default().trim().to_owned();
        let Ok(version) = version.trim().parse::<Version>() else { continue };
        if !pins.iter().any(|(known, _)| same_project(known, &name)) {
            pins.push((name, version.to_string()));
        }
    }
    let wheels = make(ground, "home-assistant", &pins, |number| 4 + number * 7 % 40)?;
    let about = format!(
        "{} pins: the names and versions of `home-assistant.in`, wheels made for the purpose with \
         4 to 43 modules ({} files), in a folder; warm, `--no-deps`, without bytecode.",
        pins.len(),
        wheels.files
    );
    Ok(Scenario {
        about,
        players: vec![accel(ground, "pip-accel", &wheels), uv(ground, "uv", &wheels)],
        targets: vec![Target::new("pip-accel", "uv", 0.65)],
        times: 1,
    })
}

/// Ten thousand wheels of one empty module, and a thousand of them.
pub fn many(ground: &Ground) -> Result<Scenario<'_>, String> {
    let pins = |count: usize| -> Vec<(String, String)> {
        (0..count).map(|number| (format!("module-{number}"), "1.0".to_owned())).collect()
    };
    let thousand = make(ground, "thousand", &pins(1_000), |_| 1)?;
    let all = make(ground, "ten-thousand", &pins(10_000), |_| 1)?;
    Ok(Scenario {
        about: "Wheels of one empty module in a folder; warm, `--no-deps`, without bytecode. The \
                ratio of ten thousand to one thousand is that of the times for each wheel."
            .to_owned(),
        players: vec![
            accel(ground, THOUSAND, &thousand),
            accel(ground, ALL, &all),
            uv(ground, "uv, 1,000", &thousand),
            uv(ground, "uv, 10,000", &all).slow(),
        ],
        targets: vec![
            Target { ours: ALL, theirs: vec![THOUSAND], at_most: Some(1.2), work: 10.0 },
            Target::of_interest(ALL, "uv, 10,000"),
        ],
        times: 1,
    })
}

fn same_project(one: &str, other: &str) -> bool {
    let plain = |name: &str| name.to_lowercase().replace(['_', '.'], "-");
    plain(one) == plain(other)
}

/// A wheel for each pin, of as many modules as `modules` says for its number; made once for all
/// runs, so that later ones find them kept.
fn make(
    ground: &Ground,
    name: &str,
    pins: &[(String, String)],
    modules: impl Fn(usize) -> usize,
) -> Result<Wheels, String> {
    let folder = ground.caches.join("wheels").join(name);
    let about = format!("wheels of {name}");
    let made = ground.is_warm(&about);
    if !made {
        eprintln!("making {} wheels", pins.len());
    }
    let failed = |error: std::io::Error| format!("could not make wheels: {error}");
    fs::create_dir_all(&folder).map_err(failed)?;
    let (mut lines, mut files) = (String::new(), 0);
    for (number, (project, version)) in pins.iter().enumerate() {
        let package = project.to_lowercase().replace(['-', '.'], "_");
        let mut wheel = WheelMaker::new(project, version);
        let count = modules(number);
        for module in 0..count {
            let (below, content) = match (count, module) {
                (1, _) => (format!("{package}.py"), String::new()),
                (_, 0) => (format!("{package}/__init__.py"), String::new()),
                (_, 1..12) => (format!("{package}/part{module}.py"), format!("x = {module}\n")),
                _ => (format!("{package}/below/part{module}.py"), format!("y = {module}\n")),
            };
            wheel = wheel.file(&below, content);
        }
        if !made {
            wheel.write_to(&folder);
        }
        // METADATA, WHEEL, RECORD and INSTALLER at least.
        files += count + 4;
        let _ = writeln!(lines, "{project}=={version}");
    }
    let pins = folder.with_extension("txt");
    fs::write(&pins, lines).map_err(failed)?;
    ground.note_warm(&about)?;
    Ok(Wheels { folder, pins, files })
}

fn accel<'g>(ground: &'g Ground, title: &'static str, wheels: &Wheels) -> Player<'g> {
    let (words, files) = (words(wheels), wheels.files);
    Player::new(title, move |fresh: &Path| {
        ground.environment(fresh)?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let line =
            ground.accel(fresh, &[&["install", "--no-compile", "--quiet"], &*words].concat());
        Ok(Turn::of(line).with("PIP_ACCEL_CACHE", ground.accel_cache()).leaving(fresh, files))
    })
}

fn uv<'g>(ground: &'g Ground, title: &'static str, wheels: &Wheels) -> Player<'g> {
    let (words, files) = (words(wheels), wheels.files);
    Player::new(title, move |fresh: &Path| {
        ground.environment(fresh)?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let line = ground.uv_install(fresh, &[&["--quiet"], &*words].concat());
        Ok(Turn::of(line).leaving(fresh, files))
    })
}

fn words(wheels: &Wheels) -> Vec<String> {
    let (folder, pins) = (text(&wheels.folder), text(&wheels.pins));
    let words = ["--no-index", "--find-links", &folder, "--no-deps", "-r", &pins];
    words.map(str::to_owned).to_vec()
}
