//! Open requirements, pages and metadata kept: what the resolver itself takes.

use std::path::Path;

use crate::bench::ground::{Ground, text};
use crate::bench::player::{Player, Scenario, Target, Turn};

/// The requirements of `benches/requirements/NAME.in`.
///
/// A dry run of pip-accel remembers no resolution, so that every round resolves.
pub fn scenario<'g>(ground: &'g Ground, name: &str) -> Result<Scenario<'g>, String> {
    let file = text(&ground.requirements(&format!("{name}.in")));
    let environment = ground.fresh("empty");
    ground.environment(&environment)?;
    let python = text(&environment.join("bin/python"));
    let for_uv = file.clone();
    Ok(Scenario {
        about: format!(
            "`{name}.in` resolved, pages and metadata kept: `pip-accel install --dry-run` \
             against `uv pip compile`. Each gives its own answer: pip-accel pip's, uv its own."
        ),
        players: vec![
            Player::new("pip-accel", move |_: &Path| {
                let words = ["install", "--dry-run", "--quiet", "-r", &file];
                let turn = Turn::of(ground.accel(&environment, &words));
                Ok(turn.with("PIP_ACCEL_CACHE", ground.accel_cache()))
            }),
            Player::new("uv", move |_: &Path| {
                let words = ["pip", "compile", "--quiet", "--python", &python, &for_uv];
                Ok(Turn::of(ground.uv(&words)))
            }),
        ],
        targets: vec![Target::new("pip-accel", "uv", 0.7)],
        times: 1,
    })
}
