//! Every command in the documentation works: the lines that start with `$` in blocks called `console`,
//! page by page, with an index that offers what they name.

use std::path::Path;
use std::process::Command;

use accel_testkit::index::{IndexOptions, IndexServer};
use accel_testkit::wheel::WheelMaker;

use crate::sandbox::{Ran, Sandbox};

/// The commands of a page.
fn commands(page: &str) -> Vec<&str> {
    let mut commands = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        match line {
            "```console" => inside = true,
            "```" => inside = false,
            line if inside => commands.extend(line.strip_prefix("$ ")),
            _ => {}
        }
    }
    commands
}

#[test]
fn every_command_of_the_documentation_works() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src");
    let summary = std::fs::read_to_string(source.join("SUMMARY.md")).expect("a summary");
    let sandbox = Sandbox::new();
    let dist = sandbox.at("dist");
    for (name, version) in [("flask", "3.0"), ("requests", "2.32")] {
        WheelMaker::new(name, version).file(&format!("{name}.py"), "x = 1\n").write_to(&dist);
    }
    let index = IndexServer::start(&dist, IndexOptions::default());
    let program = Path::new(env!("CARGO_BIN_EXE_pip-accel")).parent().expect("a folder");
    let path = std::env::var("PATH").expect("a path");
    let path = format!("{}:{path}", program.display());
    let mut run = 0;
    for entry in std::fs::read_dir(&source).expect("a folder") {
        let file = entry.expect("an entry").path();
        let name = file.file_name().expect("a name").to_str().expect("plain").to_owned();
        let listed = name == "SUMMARY.md" || summary.contains(&format!("({name})"));
        assert!(listed, "{name} is not in the summary");
        let page = std::fs::read_to_string(&file).expect("a page");
        let commands = commands(&page);
        let folder = sandbox.at(&format!("pages/{name}"));
        std::fs::create_dir_all(&folder).expect("a folder");
        let mut bash = Command::new("bash");
        let url = index.url();
        sandbox
            .surround(&mut bash, &[("PATH", &path), ("PIP_INDEX_URL", &url), ("MANPAGER", "cat")]);
        let script = commands.join("\n");
        let output = bash.args(["-euxo", "pipefail", "-c", &script]).current_dir(&folder).output();
        let ran = Ran::of(&output.expect("bash starts"));
        assert_eq!(ran.code, 0, "{name}\n{}\n{}", ran.stdout, ran.stderr);
        run += commands.len();
    }
    assert!(run > 20, "only {run} commands were found");
    let settings = std::fs::read_to_string(source.join("settings.md")).expect("a page");
    let table = pip_accel::settings::table();
    assert!(settings.contains(&table), "docs/src/settings.md must have this table:\n{table}");
}
