//! A staged set: new environments get it by renaming.

use std::path::Path;
use std::process::Command;

use crate::bench::ground::{Ground, text};
use crate::bench::measure::quietly;
use crate::bench::player::{Player, Scenario, Target, Turn};

const SET: &str = "web-80.txt";
const STAGED: &str = "pip-accel, staged, no bytecode";
const LINKED: &str = "pip-accel, linked, no bytecode";
const UV: &str = "uv, no bytecode";
const STAGED_BYTECODE: &str = "pip-accel, staged, bytecode";
const UV_BYTECODE: &str = "uv, bytecode";
const VENV: &str = "pip-accel venv -r, staged, no bytecode";
const UV_VENV: &str = "uv venv && uv pip install -r";

/// The set into a new environment; a tree of it was staged before each run, unmeasured.
pub fn scenario(ground: &Ground) -> Result<Scenario<'_>, String> {
    let (_, size) = ground.raw_tree(SET)?;
    let compiled = size.files + size.sources * 9 / 10;
    let file = text(&ground.requirements(SET));
    let own = |title, staged: bool, files, options: &'static [&'static str]| {
        let file = file.clone();
        Player::new(title, move |fresh: &Path| {
            ground.environment(fresh)?;
            let words = [options, &["-r", &file]].concat();
            if staged {
                stage(ground, &words)?;
            }
            let line = ground.accel(fresh, &[&["install"], &*words].concat());
            let turn = Turn::of(line).with("PIP_ACCEL_CACHE", ground.accel_cache());
            Ok(turn.leaving(fresh, files))
        })
    };
    let uv = |title, files, options: &'static [&'static str]| {
        let file = file.clone();
        Player::new(title, move |fresh: &Path| {
            ground.environment(fresh)?;
            let words = [options, &["-r", &file]].concat();
            Ok(Turn::of(ground.uv_install(fresh, &words)).leaving(fresh, files))
        })
    };
    let (for_venv, for_uv_venv) = (file.clone(), file.clone());
    let venv = Player::new(VENV, move |fresh: &Path| {
        stage(ground, &["--no-compile", "-r", &for_venv])?;
        let (program, python) = (text(&ground.accel), text(&ground.python));
        let words = ["--python", &python, "venv", "--without-pip", "--no-compile", "-r"];
        let mut words: Vec<String> = words.map(str::to_owned).to_vec();
        words.insert(0, program);
        words.extend([for_venv.clone(), text(fresh)]);
        let turn = Turn::of(words).with("PIP_ACCEL_CACHE", ground.accel_cache());
        Ok(turn.leaving(fresh, size.files))
    });
    let uv_venv = Player::new(UV_VENV, move |fresh: &Path| {
        let venv = ground.uv(&["venv", "--python", &text(&ground.python), &text(fresh)]);
        let install = ground.uv_install(fresh, &["-r", &for_uv_venv]);
        let both = format!("{} && {}", venv.join(" "), install.join(" "));
        let words = ["sh".to_owned(), "-c".to_owned(), both];
        Ok(Turn::of(words.to_vec()).leaving(fresh, size.files))
    });
    Ok(Scenario {
        about: format!(
            "`{SET}` into a new environment; before each run of a staged row, one tree was staged \
             by `pip-accel cache stage`, whose time is not in the table: it is about that of the \
             linked row."
        ),
        players: vec![
            own(STAGED, true, size.files, &["--no-compile"]),
            own(LINKED, false, size.files, &["--no-compile"]),
            uv(UV, size.files, &[]),
            own(STAGED_BYTECODE, true, compiled, &[]),
            uv(UV_BYTECODE, compiled, &["--compile-bytecode"]).slow().unwarmed(),
            venv,
            uv_venv,
        ],
        targets: vec![
            Target::new(STAGED, UV, 0.1),
            Target::new(VENV, UV_VENV, 0.1),
            Target { ours: STAGED, theirs: vec![LINKED], at_most: None, work: 1.0 },
            Target { ours: STAGED_BYTECODE, theirs: vec![UV_BYTECODE], at_most: None, work: 1.0 },
        ],
        times: 1,
    })
}

/// Stages one tree.
fn stage(ground: &Ground, words: &[&str]) -> Result<(), String> {
    let mut command = Command::new(&ground.accel);
    command.arg("--python").arg(&ground.python).args(["cache", "stage"]).args(words);
    quietly(command.env("PIP_ACCEL_CACHE", ground.accel_cache()))
}
