//! Every interpreter of the machine as a target.

use std::path::Path;
use std::process::Command;

use accel_testkit::interpreters::{Found, interpreters};
use accel_testkit::twin::Twins;

use crate::pair::{Pair, text};

/// Pins that suit an interpreter: a universal wheel, a pure one, a compiled one; what to import.
fn pins(found: &Found) -> (&'static [&'static str], &'static str) {
    match (found.implementation.as_str(), found.version) {
        ("pypy", _) => {
            (&["six==1.16.0", "attrs==22.2.0", "kiwisolver==1.4.4"], "import six, attr, kiwisolver")
        }
        (_, (3, 6)) => (
            &["six==1.16.0", "attrs==22.2.0", "markupsafe==2.0.1"],
            "import six, attr, markupsafe._speedups",
        ),
        (_, (3, 7 | 8)) => (
            &["six==1.16.0", "attrs==22.2.0", "markupsafe==2.1.5"],
            "import six, attr, markupsafe._speedups",
        ),
        _ => (
            &["six==1.17.0", "attrs==25.3.0", "markupsafe==3.0.2"],
            "import six, attr, markupsafe._speedups",
        ),
    }
}

#[test]
fn each_gets_an_environment() {
    let found: Vec<&Found> = interpreters().iter().filter(|it| it.version >= (3, 6)).collect();
    assert!(!found.is_empty(), "no Python 3 to test with");
    let half = found.len().div_ceil(2);
    std::thread::scope(|scope| {
        for some in found.chunks(half) {
            scope.spawn(move || some.iter().for_each(|found| check(found)));
        }
    });
}

fn check(found: &Found) {
    let (pins, imports) = pins(found);
    let python = &found.executable;
    let pair = Pair::new(python);
    let [ours, theirs] = [pair.ours().join("venv"), pair.theirs().join("venv")];
    same(&pair, python);

    // Seeded with what `python -m venv` seeds; its launchers are as that old pip writes them.
    let made = pair.run_ours(&["--python", text(python), "venv", "--clear", text(&ours)]);
    assert_eq!(made.code, 0, "{found:?} {made:#?}");
    let mut command = Command::new(python);
    let made = pair.output(command.args(["-m", "venv", "--clear"]).arg(&theirs), &pair.theirs());
    assert_eq!(made.code, 0, "{found:?} {made:#?}");
    let lists = [&ours, &theirs].map(|venv| {
        let mut command = Command::new(venv.join("bin/python"));
        pair.output(command.args(["-m", "pip", "list"]), &pair.ours()).stdout
    });
    assert_eq!(lists[0], lists[1], "{found:?}");

    // Filled by us, it is an environment like any other to its own pip.
    let mut arguments = vec!["venv", "--clear", text(&ours)];
    arguments.extend(pins);
    let mut all = vec!["--python", text(python)];
    all.extend(arguments);
    let made = pair.run_ours(&all);
    assert_eq!(made.code, 0, "{found:?} {made:#?}");
    let inside = |arguments: &[&str]| {
        let ran = pair.output(Command::new(ours.join("bin/python")).args(arguments), &pair.ours());
        assert_eq!(ran.code, 0, "{found:?} {arguments:?} {ran:#?}");
        ran
    };
    assert_eq!(inside(&["-m", "pip", "check"]).stdout, "No broken requirements found.\n");
    let list = inside(&["-m", "pip", "list", "--format=freeze"]).stdout.to_lowercase();
    assert!(pins.iter().all(|pin| list.contains(pin)), "{found:?} {list}");
    // Python itself takes the bytecode: nothing is compiled again.
    let traced = inside(&["-B", "-v", "-c", imports]).stderr;
    for module in ["six", "attr"] {
        let said = format!("__pycache__/{module}.");
        let package = format!("{module}/__pycache__/__init__.");
        let matches = |line: &&str| {
            line.contains(" matches ") && (line.contains(&said) || line.contains(&package))
        };
        assert!(
            traced.lines().any(|line| matches(&line)),
            "{found:?}: {module} was compiled again"
        );
    }
    let names = pins.iter().map(|pin| pin.split('=').next().unwrap_or(pin));
    let mut uninstall = vec!["-m", "pip", "uninstall", "--yes"];
    uninstall.extend(names);
    inside(&uninstall);
    // Older pips left no REQUESTED beside themselves; Debian's ensurepip leaves the wheels that it
    // took pip from in `share`.
    let programs = |venv: &Path| {
        let all = left(venv).into_iter();
        all.filter(|path| !path.ends_with("/REQUESTED") && !path.starts_with("share"))
            .collect::<Vec<_>>()
    };
    assert_eq!(programs(&ours), programs(&theirs), "{found:?}");
}

/// Environments without pip are equal file by file.
fn same(pair: &Pair, python: &Path) {
    let (ours, theirs) = (pair.ours(), pair.theirs());
    let twins = Twins { ours: &ours, theirs: &theirs, below: "venv", python, built: false };
    assert_eq!(twins.differences(), Vec::<String>::new(), "{}", python.display());
}

/// Everything but the bytecode that running pip leaves.
fn left(environment: &Path) -> Vec<String> {
    let all = accel_testkit::twin::listing(environment);
    all.into_iter().filter(|path| !path.contains("__pycache__")).collect()
}

#[test]
fn python_2_is_a_target() {
    let python = accel_testkit::interpreters::cpython(2, 7);
    let pair = Pair::without_venv(python);
    let pins = ["six==1.16.0", "attrs==21.4.0", "markupsafe==1.1.1"];
    for place in ["--target", "--prefix"] {
        let folder = pair.ours().join(place);
        let mut arguments = vec!["--python", text(python), "install", place, text(&folder)];
        arguments.extend(pins);
        let ran = pair.run_ours(&arguments);
        assert_eq!(ran.code, 0, "{ran:#?}");
    }
    let path = pair.ours().join("--target");
    let script = format!(
        "import sys; sys.path.insert(0, {:?}); import six, attr, markupsafe._speedups; print(six.__file__)",
        text(&path)
    );
    let ran = pair.output(Command::new(python).args(["-B", "-v", "-c", &script]), &pair.ours());
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(ran.stderr.contains("six.pyc matches"), "{ran:#?}");
    // Its own pip, if it has one, installs the same.
    let theirs = pair.theirs().join("--target");
    let mut command = Command::new(python);
    command.args(["-m", "pip", "install", "--target"]).arg(&theirs).args(pins);
    let ran = pair.output(&mut command, &pair.theirs());
    if ran.code == 0 {
        let modules = |folder: &Path| -> Vec<String> {
            let all = accel_testkit::twin::listing(folder);
            all.into_iter().filter(|path| !path.contains(".dist-info")).collect()
        };
        assert_eq!(modules(&path), modules(&theirs));
    }
}
