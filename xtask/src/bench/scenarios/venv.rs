//! Environments: made alone, and made and filled in one go.

use std::path::Path;

use crate::bench::ground::{Ground, text};
use crate::bench::player::{Player, Scenario, Target, Turn};

/// An environment without anything in it; beside it one with pip, which uv does not make.
pub fn alone(ground: &Ground) -> Scenario<'_> {
    let accel = |fresh: &Path, more: &[&str]| {
        let (accel, python) = (text(&ground.accel), text(&ground.python));
        let mut words = vec![accel, "--python".to_owned(), python, "venv".to_owned()];
        words.extend(more.iter().map(|word| (*word).to_owned()));
        words.push(text(fresh));
        Turn::of(words).with("PIP_ACCEL_CACHE", ground.accel_cache()).leaving(fresh, 5)
    };
    Scenario {
        about: "A new environment: empty, and with pip.".to_owned(),
        players: vec![
            Player::new("pip-accel venv --without-pip", move |fresh: &Path| {
                Ok(accel(fresh, &["--without-pip"]))
            }),
            Player::new("uv venv", |fresh: &Path| {
                let words = ["venv", "--python", &text(&ground.python), &text(fresh)];
                Ok(Turn::of(ground.uv(&words)).leaving(fresh, 5))
            }),
            Player::new("pip-accel venv", move |fresh: &Path| Ok(accel(fresh, &[]))),
            Player::new("python -m venv", |fresh: &Path| {
                let words = [&text(&ground.python), "-m", "venv", &text(fresh)];
                Ok(Turn::of(words.map(str::to_owned).to_vec()).leaving(fresh, 5))
            })
            .slow()
            .unwarmed(),
        ],
        targets: vec![
            Target::new("pip-accel venv --without-pip", "uv venv", 0.1),
            Target::of_interest("pip-accel venv", "python -m venv"),
        ],
        times: 1,
    }
}

/// An environment made and filled with a set.
pub fn filled<'g>(ground: &'g Ground, name: &str) -> Result<Scenario<'g>, String> {
    let file = format!("{name}.txt");
    let (_, size) = ground.raw_tree(&file)?;
    let requirements = text(&ground.requirements(&file));
    let for_uv = requirements.clone();
    Ok(Scenario {
        about: format!(
            "`{file}` into an environment that is made in the same go, without bytecode and \
             without pip, everything kept."
        ),
        players: vec![
            Player::new("pip-accel venv -r", move |fresh: &Path| {
                let python = text(&ground.python);
                let words = ["--python", &python, "venv", "--without-pip", "--no-compile", "-r"];
                let mut words: Vec<String> = words.map(str::to_owned).to_vec();
                words.insert(0, text(&ground.accel));
                words.extend([requirements.clone(), text(fresh)]);
                let turn = Turn::of(words).with("PIP_ACCEL_CACHE", ground.accel_cache());
                Ok(turn.leaving(fresh, size.files))
            }),
            Player::new("uv venv && uv pip install -r", move |fresh: &Path| {
                let venv = ground.uv(&["venv", "--python", &text(&ground.python), &text(fresh)]);
                let install = ground.uv_install(fresh, &["-r", &for_uv]);
                let both = format!("{} && {}", venv.join(" "), install.join(" "));
                let words = ["sh".to_owned(), "-c".to_owned(), both];
                Ok(Turn::of(words.to_vec()).leaving(fresh, size.files))
            }),
        ],
        targets: vec![Target::new("pip-accel venv -r", "uv venv && uv pip install -r", 0.5)],
        times: 1,
    })
}
