//! Whole requirement files from PyPI: environments equal to those of the newest pip.

use std::path::PathBuf;

use crate::pair::{Pair, python311, text};

fn requirements(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../benches/requirements");
    text(&folder.join(name).canonicalize().unwrap()).to_owned()
}

#[test]
fn trio_38_with_its_report_and_a_second_time() {
    let trio = requirements("trio-38.txt");
    let pair = Pair::new(python311());
    let arguments = ["install", "--report", "@SIDE@/report.json", "-r", &trio];
    pair.run(&arguments).succeed();
    pair.equal("venv", false);
    // Equal as JSON, whatever the order of an object's keys, but for one gap: kept metadata ends
    // before the description, so that reports lack it.
    let reports = [pair.ours(), pair.theirs()].map(|side| -> serde_json::Value {
        let text = std::fs::read(side.join("report.json")).unwrap();
        let mut report: serde_json::Value = serde_json::from_slice(&text).unwrap();
        for item in report["install"].as_array_mut().unwrap() {
            item["metadata"].as_object_mut().unwrap().remove("description");
        }
        report
    });
    assert!(reports[0] == reports[1], "{}", first_difference(&reports));

    let again = Pair::new(python311());
    let python = again.ours().join("venv/bin/python");
    let ran = again.run_ours(&["--python", text(&python), "install", "-r", &trio]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    crate::pair::same(&again.ours(), &pair.theirs(), "venv", false);
}

fn first_difference(reports: &[serde_json::Value; 2]) -> String {
    let [ours, theirs] =
        reports.each_ref().map(|report| serde_json::to_string_pretty(report).unwrap());
    let differs = ours.lines().zip(theirs.lines()).enumerate().find(|(_, (a, b))| a != b);
    format!("the reports differ at {differs:?}")
}
