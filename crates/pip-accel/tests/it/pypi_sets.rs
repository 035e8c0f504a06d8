//! Whole requirement files from PyPI: environments equal to those of the newest pip.

use std::path::PathBuf;

use accel_testkit::twin;

use crate::pair::{Pair, cache, python311, text};

fn requirements(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../benches/requirements");
    text(&folder.join(name).canonicalize().unwrap()).to_owned()
}

#[test]
fn web_80_then_again_then_each_uninstalls_what_the_other_installed() {
    let web = requirements("web-80.txt");
    let pair = Pair::new(python311());
    let empty = twin::listing(&pair.ours().join("venv"));
    pair.run(&["install", "-r", &web]).succeed();
    pair.equal("venv", false);

    // Nothing is left to do, and both say so.
    pair.run(&["install", "-r", &web]).succeed();
    let check = pair.pip_on(&pair.ours(), &["check"]);
    assert_eq!((check.code, check.stdout.as_str()), (0, "No broken requirements found.\n"));
    let lists = [pair.ours(), pair.theirs()].map(|side| pair.pip_on(&side, &["list"]).stdout);
    assert_eq!(lists[0], lists[1]);

    // From what is kept, without network.
    let again = Pair::new(python311());
    let ran = again.run_ours(&[
        "--python",
        text(&again.ours().join("venv/bin/python")),
        "install",
        "--no-index",
        "--find-links",
        &format!("file://{}", cache().join("index").display()),
        "-r",
        &web,
    ]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    let sides = [again.ours(), pair.theirs()];
    assert_eq!(twin::listing(&sides[0].join("venv")), twin::listing(&sides[1].join("venv")));

    // What we installed, pip takes out, all of it; we do the same for what pip installed.
    let removed = pair.run(&["freeze"]).theirs.stdout;
    let list = pair.shared().join("all.txt");
    std::fs::write(&list, removed).unwrap();
    let arguments = ["uninstall", "--yes", "-r", text(&list)];
    let python = pair.theirs().join("venv/bin/python");
    let by_pip = pair.pip_on(&pair.ours(), &arguments);
    let by_us = pair.run_ours(&[&["--python", text(&python)][..], &arguments].concat());
    for removed in [&by_pip, &by_us] {
        assert_eq!(removed.code, 0, "{removed:#?}");
        assert_eq!(removed.stdout.matches("Successfully uninstalled").count(), 80);
    }
    assert_eq!(by_us.stdout, by_pip.stdout);
    // No file is left; of namespace packages pip leaves the empty folder, its own or ours.
    let [left, theirs] = [pair.ours(), pair.theirs()].map(|side| twin::listing(&side.join("venv")));
    assert_eq!(left, theirs);
    let more: Vec<_> = left.difference(&empty).collect();
    assert!(more.iter().all(|path| pair.ours().join("venv").join(path).is_dir()), "{more:?}");
}

#[test]
fn lab_153() {
    let pair = Pair::new(python311());
    pair.run(&["install", "-r", &requirements("lab-153.txt")]).succeed();
    pair.equal("venv", false);
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
