//! Commands whose whole answer is a text: `completion` and `alias`.

use super::Request;
use crate::args::{Parsed, Stop};
use crate::completion;
use crate::surroundings::Surroundings;

/// The answer of `completion`.
pub(super) fn completion(
    parsed: &Parsed,
    surroundings: &Surroundings,
    _: &mut Vec<String>,
) -> Result<Request, Stop> {
    let shell = parsed.options.shell.as_deref();
    Err(match shell.and_then(|shell| completion::script(shell, &surroundings.program)) {
        Some(script) => Stop::Answer(script),
        // To pip this is no failure.
        None => Stop::Wrong {
            text: "ERROR: You must pass --bash or --fish or --powershell or --zsh\n".to_owned(),
            code: 0,
        },
    })
}

/// The answer of `alias`.
pub(super) fn alias(
    parsed: &Parsed,
    surroundings: &Surroundings,
    _: &mut Vec<String>,
) -> Result<Request, Stop> {
    let shell = surroundings.filled("SHELL").unwrap_or_default();
    let shell = shell.rsplit('/').next().unwrap_or_default();
    let place = match parsed.arguments.first() {
        Some(place) => place.as_str(),
        None if ["zsh", "fish"].contains(&shell) => shell,
        None => "bash",
    };
    Err(match place {
        "bash" => Stop::Answer(include_str!("alias/bash.txt").to_owned()),
        "zsh" => Stop::Answer(include_str!("alias/zsh.txt").to_owned()),
        "fish" => Stop::Answer(include_str!("alias/fish.txt").to_owned()),
        "docker" => Stop::Answer(include_str!("alias/docker.txt").to_owned()),
        "ci" => Stop::Answer(include_str!("alias/ci.txt").to_owned()),
        other => Stop::error(&format!(
            "There is no alias for \"{other}\": choose from bash, zsh, fish, docker and ci"
        )),
    })
}
