//! 365 universes with real pip's answers, pins, rounds and rejections.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::universe::replay;

const CASES: &str = include_str!("../data/cases.jsonl");

#[test]
fn every_case_is_answered_as_pip_answered_it() {
    let mut different = Vec::new();
    let mut count = 0;
    for line in CASES.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        count += 1;
        let (status, chosen, pins, rounds, rejected) = replay(&case);
        let pip = &case["pip"];
        let theirs: Vec<&str> =
            pip["pins"].as_array().unwrap().iter().map(|pin| pin.as_str().unwrap()).collect();
        let their_choice: Option<BTreeMap<String, String>> =
            serde_json::from_value(pip["chosen"].clone()).unwrap();
        // Very long lists of pins are cut in the file.
        let same_pins = pins.len() >= theirs.len() && pins[..theirs.len()] == theirs[..];
        if pip["status"] != status
            || their_choice != chosen
            || !same_pins
            || pip["rounds"] != rounds
            || pip["rejected"] != rejected
        {
            different.push(format!(
                "{}: {status} {} | {rounds} {} | {rejected} {}\n  {pins:?}\n  {theirs:?}",
                case["id"], pip["status"], pip["rounds"], pip["rejected"]
            ));
        }
    }
    assert_eq!(count, 365);
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
}
