//! The scenarios by name.

mod again;
mod breadth;
mod cold;
mod fleet;
mod pinned;
mod resolve;
mod sdists;
mod staged;
mod venv;

use std::time::Duration;

use super::ground::Ground;
use super::player::Scenario;

/// All names, in the order in which `all` plays them: what writes most comes last.
pub const NAMES: [&str; 17] = [
    "no-op",
    "one-pin",
    "venv",
    "venv-fill",
    "sdists",
    "resolve-jupyter",
    "resolve-boto3",
    "resolve-lab",
    "home-assistant",
    "many-wheels",
    "staged",
    "web-80",
    "trio-38",
    "lab-153",
    "cold",
    "cold-20ms",
    "fleet-20ms",
];

/// Scenarios that `all` leaves out: `airflow.in` was not resolved within a quarter of an hour, and
/// needs what builds mysqlclient.
pub const BY_NAME_ONLY: [&str; 1] = ["resolve-airflow"];

/// Whether there is a scenario of this name.
pub fn is_name(name: &str) -> bool {
    NAMES.contains(&name) || BY_NAME_ONLY.contains(&name)
}

/// Prepares the scenario of this name.
pub fn prepare<'g>(ground: &'g Ground, name: &str) -> Result<Scenario<'g>, String> {
    match name {
        "no-op" => again::no_op(ground),
        "one-pin" => again::one_pin(ground),
        "venv" => Ok(venv::alone(ground)),
        "venv-fill" => venv::filled(ground, "web-80"),
        "sdists" => sdists::scenario(ground),
        "staged" => staged::scenario(ground),
        "resolve-jupyter" | "resolve-boto3" | "resolve-lab" | "resolve-airflow" => {
            resolve::scenario(ground, name.trim_start_matches("resolve-"))
        }
        "home-assistant" => breadth::home_assistant(ground),
        "many-wheels" => breadth::many(ground),
        "web-80" | "trio-38" | "lab-153" => pinned::scenario(ground, name),
        "cold" => cold::scenario(ground, Duration::ZERO),
        "cold-20ms" => cold::scenario(ground, Duration::from_millis(20)),
        "fleet-20ms" => fleet::scenario(ground, Duration::from_millis(20)),
        _ => Err(format!("there is no scenario {name}; there are {}", NAMES.join(", "))),
    }
}
