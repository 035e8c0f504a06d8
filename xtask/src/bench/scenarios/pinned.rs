//! A pinned set into a new environment, everything kept: the main scenario.

use std::path::Path;

use crate::bench::ground::{Ground, text};
use crate::bench::player::{Player, Scenario, Target, Turn};

const RAW_ONE: &str = "raw loop, one thread";
const RAW_TWO: &str = "raw loop, two threads";
const ACCEL: &str = "pip-accel, no bytecode";
const UV: &str = "uv, no bytecode";
const ACCEL_BYTECODE: &str = "pip-accel, bytecode";
const UV_BYTECODE: &str = "uv, bytecode";
const PIP: &str = "pip, bytecode";

/// The set `name` of `benches/requirements`.
pub fn scenario<'g>(ground: &'g Ground, name: &str) -> Result<Scenario<'g>, String> {
    let file = format!("{name}.txt");
    let (raw, size) = ground.raw_tree(&file)?;
    let requirements = text(&ground.requirements(&file));
    // Some sources do not compile, and are not meant to.
    let compiled = size.files + size.sources * 9 / 10;
    let loops = move |title, threads: &'static str| {
        let raw = raw.clone();
        Player::new(title, move |fresh: &Path| {
            let this = std::env::current_exe().map_err(|error| error.to_string())?;
            let words = [&this, Path::new("bench"), Path::new("raw-loop"), Path::new(threads)];
            let words = words.into_iter().chain([&*raw, fresh]).map(text).collect();
            Ok(Turn::of(words).leaving(fresh, size.files))
        })
    };
    let into_new = |title, files, words: Words<'g>| {
        let requirements = requirements.clone();
        Player::new(title, move |fresh: &Path| {
            ground.environment(fresh)?;
            let turn = Turn::of(words(ground, fresh, &requirements)?);
            Ok(turn.with("PIP_ACCEL_CACHE", ground.accel_cache()).leaving(fresh, files))
        })
    };
    Ok(Scenario {
        about: format!(
            "`{file}` into a new environment, everything kept: {} files and {} folders without \
             bytecode.",
            size.files, size.folders
        ),
        players: vec![
            loops(RAW_ONE, "1"),
            loops(RAW_TWO, "2"),
            into_new(
                ACCEL,
                size.files,
                Box::new(|ground, fresh, file| {
                    Ok(ground.accel(fresh, &["install", "--no-compile", "-r", file]))
                }),
            ),
            into_new(
                UV,
                size.files,
                Box::new(|ground, fresh, file| Ok(ground.uv_install(fresh, &["-r", file]))),
            ),
            into_new(
                ACCEL_BYTECODE,
                compiled,
                Box::new(|ground, fresh, file| Ok(ground.accel(fresh, &["install", "-r", file]))),
            ),
            into_new(
                UV_BYTECODE,
                compiled,
                Box::new(|ground, fresh, file| {
                    Ok(ground.uv_install(fresh, &["--compile-bytecode", "-r", file]))
                }),
            )
            .slow()
            .unwarmed(),
            into_new(
                PIP,
                compiled,
                Box::new(|ground, fresh, file| ground.pip_install(fresh, &["-r", file])),
            )
            .slow(),
        ],
        targets: vec![
            Target::new(ACCEL, UV, 0.65),
            Target { ours: ACCEL, theirs: vec![RAW_ONE, RAW_TWO], at_most: Some(1.25), work: 1.0 },
            Target::new(ACCEL_BYTECODE, UV_BYTECODE, 0.03),
            Target::new(ACCEL_BYTECODE, PIP, 0.015),
        ],
        times: 1,
    })
}

/// Makes the command for a new environment and a requirement file.
type Words<'g> = Box<dyn Fn(&'g Ground, &Path, &str) -> Result<Vec<String>, String> + 'g>;
