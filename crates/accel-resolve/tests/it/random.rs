//! Random universes, compared with the model of pip's resolver in Python.
#![allow(clippy::print_stdout, reason = "the seed of a failure, to run it again")]

use std::collections::BTreeMap;

use accel_testkit::real_pip;
use serde_json::Value;

use crate::universe::replay;

const MODEL: &str = include_str!("../data/model.py");
const GENERATOR: &str = include_str!("../data/random_universes.py");

/// How many universes a test run compares; `PIP_ACCEL_TEST_UNIVERSES` asks for another number.
const UNIVERSES: &str = "200";

#[test]
fn random_universes_are_answered_as_the_model_answers_them() {
    let count = std::env::var("PIP_ACCEL_TEST_UNIVERSES").unwrap_or(UNIVERSES.to_owned());
    let seed = std::env::var("PIP_ACCEL_TEST_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| u64::from(std::process::id()));
    println!("seed {seed}, {count} universes");
    let (model, _) = MODEL.split_once("if __name__ ==").unwrap();
    let script = format!("{model}\n{GENERATOR}");
    let output = real_pip::script(&script, format!("{seed} {count}").as_bytes());
    let mut compared = 0;
    for line in String::from_utf8(output).unwrap().lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let model = &case["model"];
        if model["status"] == "toodeep" {
            continue;
        }
        let (status, chosen, pins, rounds, rejected) = replay(&case);
        let choice: Option<BTreeMap<String, String>> =
            serde_json::from_value(model["chosen"].clone()).unwrap();
        // Where nothing but a cycle holds a pin, pip recurses without end while it sums up.
        let crashes = case["crashes"] == true;
        let theirs: Vec<String> = serde_json::from_value(model["pins"].clone()).unwrap();
        assert!(
            model["status"] == status
                && (choice == chosen || crashes)
                && theirs == pins
                && model["rounds"] == rounds
                && model["rejected"] == rejected,
            "seed {seed}: {status} {rounds} {rejected} {chosen:?}\n{pins:?}\n{line}"
        );
        compared += 1;
    }
    assert!(compared > 0);
    println!("{compared} compared");
}
