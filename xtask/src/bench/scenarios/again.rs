//! Environments that have most of it already: nothing to do, and one pin changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bench::ground::{Ground, text};
use crate::bench::measure::quietly;
use crate::bench::player::{Player, Scenario, Target, Turn};

const SET: &str = "web-80.txt";
/// The pin that changes, and the version that it gets: one that all others are content with.
const CHANGED: (&str, &str) = ("certifi", "2025.1.31");

/// Everything is installed already.
pub fn no_op(ground: &Ground) -> Result<Scenario<'_>, String> {
    let requirements = text(&ground.requirements(SET));
    let [with_accel, with_uv, with_pip] = ["accel", "uv", "pip"].map(|by| ground.fresh(by));
    fill(ground, &with_accel, &accel(ground, &with_accel, &requirements))?;
    fill(ground, &with_uv, &ground.uv_install(&with_uv, &["-r", &requirements]))?;
    fill(ground, &with_pip, &accel(ground, &with_pip, &requirements))?;
    let file = requirements.clone();
    Ok(Scenario {
        about: format!("`{SET}` where all of it is installed already."),
        players: vec![
            Player::new("pip-accel", move |_: &Path| {
                let turn = Turn::of(accel(ground, &with_accel, &file));
                Ok(turn.with("PIP_ACCEL_CACHE", ground.accel_cache()))
            }),
            {
                let file = requirements.clone();
                Player::new("uv", move |_: &Path| {
                    Ok(Turn::of(ground.uv_install(&with_uv, &["-r", &file])))
                })
            },
            Player::new("pip", move |_: &Path| {
                Ok(Turn::of(ground.pip_install(&with_pip, &["-r", &requirements])?))
            })
            .slow(),
        ],
        targets: vec![Target::new("pip-accel", "uv", 0.4)],
        times: 3,
    })
}

/// One of the pins is another one than that which is installed.
pub fn one_pin(ground: &Ground) -> Result<Scenario<'_>, String> {
    let before = text(&ground.requirements(SET));
    let after = changed(ground)?;
    let player = |title, uv: bool| {
        let (before, after) = (before.clone(), text(&after));
        Player::new(title, move |fresh: &Path| {
            let words = |file: &str| {
                if uv {
                    ground.uv_install(fresh, &["-r", file])
                } else {
                    accel(ground, fresh, file)
                }
            };
            fill(ground, fresh, &words(&before))?;
            Ok(Turn::of(words(&after)).with("PIP_ACCEL_CACHE", ground.accel_cache()))
        })
    };
    Ok(Scenario {
        about: format!("`{SET}` is installed; {} {} is wanted instead.", CHANGED.0, CHANGED.1),
        players: vec![player("pip-accel", false), player("uv", true)],
        targets: vec![Target::new("pip-accel", "uv", 0.5)],
        times: 1,
    })
}

fn accel(ground: &Ground, environment: &Path, file: &str) -> Vec<String> {
    ground.accel(environment, &["install", "--no-compile", "-r", file])
}

/// Makes an environment and fills it, unmeasured.
fn fill(ground: &Ground, environment: &Path, words: &[String]) -> Result<(), String> {
    ground.environment(environment)?;
    let mut command = Command::new(&words[0]);
    quietly(command.args(&words[1..]).env("PIP_ACCEL_CACHE", ground.accel_cache()))
}

/// The set with the changed pin.
fn changed(ground: &Ground) -> Result<PathBuf, String> {
    let text = crate::read(&ground.requirements(SET))?;
    let (name, version) = CHANGED;
    let lines = text.lines().map(|line| match line.split_once("==") {
        Some((pinned, _)) if pinned == name => format!("{name}=={version}\n"),
        _ => format!("{line}\n"),
    });
    let path = ground.fresh("changed");
    fs::write(&path, lines.collect::<String>())
        .map_err(|error| format!("could not write {}: {error}", path.display()))?;
    Ok(path)
}
