//! The local index is a folder that stock pip installs from.

use std::process::Command;

use accel_index::Lookup;
use accel_testkit::index::IndexOptions;
use accel_testkit::wheel::WheelMaker;
use accel_types::Hashes;

use crate::{World, project};

#[test]
fn stock_pip_installs_from_the_local_index() {
    let world = World::new(IndexOptions::default());
    WheelMaker::new("demo", "1.0").file("demo.py", "x = 1\n").write_to(world.folder.path());
    let run = world.run();
    let link = run.links(&project("demo"), Lookup::Fresh).unwrap().links[0].clone();
    run.archive(&link, &Hashes::new()).unwrap();
    // A wheel that was built here joins it.
    let built = tempfile::tempdir().unwrap();
    let wheel = WheelMaker::new("built", "2.0")
        .requires("demo")
        .file("built.py", "y = 2\n")
        .write_to(built.path());
    let sha256 = accel_testkit::wheel::sha256(&std::fs::read(&wheel).unwrap());
    run.adopt(&wheel, &sha256).unwrap();
    run.adopt(&wheel, &sha256).unwrap();
    // A newer build of the same name replaces it.
    let wheel = WheelMaker::new("built", "2.0")
        .requires("demo")
        .file("built.py", "y = 3\n")
        .write_to(built.path());
    let sha256 = accel_testkit::wheel::sha256(&std::fs::read(&wheel).unwrap());
    run.adopt(&wheel, &sha256).unwrap();

    let target = built.path().join("target");
    let output = Command::new(accel_testkit::real_pip::python())
        .args([
            "-I",
            "-m",
            "pip",
            "install",
            "--isolated",
            "--no-index",
            "--no-cache-dir",
            "--quiet",
            "built==2.0",
        ])
        .arg(format!("--find-links=file://{}", run.folder().display()))
        .arg("--target")
        .arg(&target)
        .env_remove("PIP_FIND_LINKS")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(target.join("demo.py").exists());
    assert_eq!(std::fs::read_to_string(target.join("built.py")).unwrap(), "y = 3\n");
}
