//! Source distributions: what was built once is installed like any wheel.

use std::path::Path;

use crate::bench::ground::{Ground, text};
use crate::bench::player::{Player, Scenario, Target, Turn};

const SDISTS: &str = "pip-accel, built from sdists before";
const WHEELS: &str = "pip-accel, wheels";

/// The second installation of a set of sdists, and of the same set as wheels.
pub fn scenario(ground: &Ground) -> Result<Scenario<'_>, String> {
    let path = ground.requirements("sdists-12.txt");
    let names: Vec<String> = crate::read(&path)?
        .lines()
        .filter_map(|line| line.split_once("==").map(|(name, _)| name.to_owned()))
        .collect();
    let (file, names) = (text(&path), names.join(","));
    let player = |title, options: Vec<String>| {
        let file = file.clone();
        Player::new(title, move |fresh: &Path| {
            ground.environment(fresh)?;
            let mut words = vec!["install", "--no-compile", "--no-deps", "-r", &file];
            words.extend(options.iter().map(String::as_str));
            let turn = Turn::of(ground.accel(fresh, &words));
            Ok(turn.with("PIP_ACCEL_CACHE", ground.accel_cache()).leaving(fresh, 100))
        })
    };
    Ok(Scenario {
        about:
            "`sdists-12.txt` into a new environment: from sdists that an earlier run built, and \
                as wheels; no bytecode."
                .to_owned(),
        players: vec![
            player(SDISTS, vec!["--no-binary".to_owned(), names]),
            player(WHEELS, Vec::new()),
        ],
        targets: vec![Target::new(SDISTS, WHEELS, 1.1)],
        times: 3,
    })
}
