//! Killed at any moment, the next run finds its way.

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use accel_install::install::{Job, Outcome, install};
use accel_install::journal::{Recovery, recover};
use accel_install::uninstall::uninstall;
use accel_io::fs;
use accel_testkit::wheel::WheelMaker;

use crate::install::{Bench, put};
use crate::kept::{Environment, KeptWheel, Snapshot, assert_same};

/// Tells the child, which is this same program, where to work.
const PLACE: &str = "ACCEL_INSTALL_TEST_PLACE";

/// What the child does.
const WORK: &str = "ACCEL_INSTALL_TEST_WORK";

fn big(version: &str) -> WheelMaker {
    let mut wheel = WheelMaker::new("big", version)
        .data("scripts", "big-tool", format!("#!python\n# {version}\n"))
        .data("data", "share/big/data", version)
        .entry_point("console_scripts", "big", "big:main");
    for folder in 0..40 {
        for file in 0..12 {
            let name = format!("big/p{folder}/m{}_{file}.py", version.replace('.', "_"));
            wheel = wheel.file(&name, format!("v = '{version}'\n"));
        }
        wheel = wheel.file(&format!("big/p{folder}/__init__.py"), format!("v = '{version}'\n"));
    }
    wheel
}

fn upgrade(environment: &Environment, kept: &KeptWheel) -> Outcome {
    let plan = environment.plan("big", "1.0");
    let previous = (!plan.is_empty()).then_some(&plan);
    install(&[Job { previous, ..kept.job() }], &environment.layout()).unwrap()
}

/// The work of the child; as a test of its own it has nothing to do.
#[test]
fn child() {
    let Some(place) = std::env::var_os(PLACE).map(PathBuf::from) else { return };
    let environment = Environment {
        prefix: place.join("env"),
        python: {
            let lib = fs::read_dir(place.join("env/lib")).unwrap();
            let version = lib[0].name.to_str().unwrap().trim_start_matches("python3.").to_owned();
            (3, version.parse().unwrap())
        },
    };
    if std::env::var_os(WORK).is_some_and(|work| work == "uninstall") {
        fs::write(place.join("ready"), "").unwrap();
        let plan = environment.plan("big", "1.0");
        return uninstall(&[plan], &environment.site_packages(), None).unwrap();
    }
    let kept =
        KeptWheel::new(&place.join("wheels").join(big("2.0").filename()), &place.join("child"));
    fs::write(place.join("ready"), "").unwrap();
    upgrade(&environment, &kept);
}

fn run_child(place: &Path, work: &str, delay: Duration) -> bool {
    let _ = fs::remove_file_if_exists(place.join("ready"));
    fs::remove_tree(place.join("child")).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "interrupted::child", "--nocapture"])
        .env(PLACE, place)
        .env(WORK, work)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while !fs::exists(place.join("ready")) {
        assert!(start.elapsed() < Duration::from_mins(1));
        std::thread::sleep(Duration::from_micros(50));
    }
    std::thread::sleep(delay);
    let _ = child.kill();
    child.wait().unwrap().signal().is_some()
}

#[test]
fn killed_upgrades_are_undone_or_finished() {
    let bench = Bench::new();
    let place = bench.root.path();
    let (old, new) = (bench.keep(&big("1.0")), bench.keep(&big("2.0")));
    let environment = bench.environment();
    put(&environment, &[old.job()]);
    let before = environment.snapshot();
    let start = Instant::now();
    upgrade(&environment, &new);
    let needed = start.elapsed();
    let after = environment.snapshot();
    let (mut undone, mut killed) = (0, 0);
    for round in 0..24 {
        let environment = bench.environment();
        put(&environment, &[old.job()]);
        killed += u32::from(run_child(place, "upgrade", needed * round / 20));
        let outcome = recover(&environment.site_packages()).unwrap();
        undone += u32::from(outcome == Recovery::Undone);
        let found: Snapshot = environment.snapshot();
        if found.contains_key("share/big/data") && found["share/big/data"].1 == b"2.0" {
            assert_same(&found, &after);
        } else {
            assert_same(&found, &before);
            upgrade(&environment, &new);
            assert_same(&environment.snapshot(), &after);
        }
    }
    assert!(killed > 0 && undone > 0, "killed {killed}, undone {undone}");
}

#[test]
fn killed_uninstalls_are_undone_or_finished() {
    let bench = Bench::new();
    let place = bench.root.path();
    let kept = bench.keep(&big("1.0"));
    // The folder of modules goes with the last of them, unless the run was killed just before.
    let snapshot = |environment: &Environment| {
        let mut found = environment.snapshot();
        found.retain(|path, _| !path.ends_with("site-packages"));
        found
    };
    let environment = bench.environment();
    put(&environment, &[kept.job()]);
    let before = snapshot(&environment);
    let start = Instant::now();
    uninstall(&[environment.plan("big", "1.0")], &environment.site_packages(), None).unwrap();
    let needed = start.elapsed();
    let after = snapshot(&environment);
    // As with pip, a folder without files of its own stays.
    let left: Vec<&String> = after.keys().filter(|path| path.contains("big/")).collect();
    assert!(left.is_empty(), "{left:?}");
    let mut killed = 0;
    for round in 0..24 {
        let environment = bench.environment();
        put(&environment, &[kept.job()]);
        killed += u32::from(run_child(place, "uninstall", needed * round / 20));
        recover(&environment.site_packages()).unwrap();
        let found = snapshot(&environment);
        let gone = !found.contains_key("share/big/data");
        assert_same(&found, if gone { &after } else { &before });
    }
    assert!(killed > 0);
}

#[test]
fn two_at_once_wait_for_each_other() {
    let bench = Bench::new();
    let kept = bench.keep(&big("1.0"));
    let environment = bench.environment();
    put(&environment, &[kept.job()]);
    let expected = environment.snapshot();
    let environment = bench.environment();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| put(&environment, &[kept.job()]));
        }
    });
    assert_same(&environment.snapshot(), &expected);
}
