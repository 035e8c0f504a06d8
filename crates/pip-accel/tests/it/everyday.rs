//! A script of everyday commands (`tests/data/everyday.sh`) under `alias pip=pip-accel`: the words, exit
//! codes and files of pip.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use accel_testkit::index::{IndexOptions, IndexServer};
use accel_testkit::real_pip;
use accel_testkit::wheel::WheelMaker;
use accel_testkit::words::comparable_lines;

use crate::pair::{Pair, Ran, python311, text};

const SCRIPT: &str = include_str!("../data/everyday.sh");

/// The wheels of the index.
fn offer(dist: &Path) {
    std::fs::create_dir_all(dist).unwrap();
    let module = |name: &str, version: &str| {
        WheelMaker::new(name, version).file(&format!("{name}/__init__.py"), "x = 1\n")
    };
    module("flask", "3.0")
        .requires("click>=8")
        .requires("werkzeug ; python_version >= '3'")
        .entry_point("console_scripts", "flask", "flask:x")
        .write_to(dist);
    for version in ["8.0", "8.1", "8.2"] {
        module("click", version).metadata("Summary: Options and commands").write_to(dist);
    }
    for version in ["1.0", "2.0", "2.1", "3.0"] {
        module("requests", version).write_to(dist);
    }
    module("werkzeug", "2.5").write_to(dist);
    module("rich", "13.0").requires("pygments").write_to(dist);
    module("pygments", "2.0").write_to(dist);
}

/// What a side finds in its folder.
fn prepare(side: &Path) {
    let write = |name: &str, contents: &str| {
        let path = side.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, contents).unwrap();
    };
    write("requirements.txt", "# what the service needs\nflask\nrequests\n");
    write("constraints.txt", "requests<2.1\nclick<8.2\n");
    write("project/backend.py", include_str!("../data/install/backend.py"));
    write("project/project.py", "");
    write(
        "project/pyproject.toml",
        "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n",
    );
    write(
        "project/METADATA.in",
        "Metadata-Version: 2.1\nName: project\nVersion: 1.0\nProvides-Extra: extra\n\
         Requires-Dist: werkzeug\nRequires-Dist: pygments; extra == 'extra'\n",
    );
}

/// Where this program says that a file is kept which pip has fetched once more because it came
/// without TLS.
fn compared(output: &str, side: &Path) -> Vec<String> {
    let lines = comparable_lines(output, side).into_iter();
    lines.map(|line| line.replace("Using cached ", "Downloading ")).collect()
}

#[test]
fn a_script_of_everyday_commands_changes_nothing() {
    let dist = tempfile::tempdir().unwrap();
    offer(dist.path());
    let index = IndexServer::start(dist.path(), IndexOptions::default());
    let cache = tempfile::tempdir().unwrap();
    let pair = Pair::new(python311())
        .variable("PIP_INDEX_URL", &index.url())
        .variable("PIP_RETRIES", "0")
        .variable("COLUMNS", "80")
        .variable("PIP_CACHE_DIR", text(&cache.path().join("pip")))
        .variable("PIP_ACCEL_CACHE", text(&cache.path().join("kept")));
    let lines: Vec<&str> = SCRIPT.lines().filter(|line| !line.starts_with('#')).collect();
    let commands: usize = lines.iter().map(|line| line.matches("pip ").count()).sum();
    assert!(commands > 20, "only {commands} commands");
    let play = |side: &Path, pip: &str| {
        prepare(side);
        // Each line is read when the one before has ended, as an alias wants it.
        let mut script =
            format!("shopt -s expand_aliases\n. venv/bin/activate\nalias pip='{pip}'\n");
        for line in &lines {
            let _ = write!(script, "{line}\nended=$?; echo \"[$ended]\"; echo \"[$ended]\" >&2\n");
        }
        std::fs::write(side.join("script"), script).unwrap();
        pair.output(Command::new("bash").arg("script"), side)
    };
    let (ours, theirs) = (pair.ours(), pair.theirs());
    let program = env!("CARGO_BIN_EXE_pip-accel");
    let pip = format!(
        "{} -m pip --python {}",
        text(real_pip::python()),
        text(&theirs.join("venv/bin/python"))
    );
    let ran = [play(&ours, program), play(&theirs, &pip)];
    let outputs: [fn(&Ran) -> &str; 2] = [|ran| &ran.stdout, |ran| &ran.stderr];
    let mut different = Vec::new();
    for read in outputs {
        let of = |at: usize, side: &Path| split(&compared(read(&ran[at]), side));
        let [mine, pips] = [of(0, &ours), of(1, &theirs)];
        assert_eq!([mine.len(), pips.len()], [lines.len(); 2], "{ran:#?}");
        for ((line, mine), pips) in lines.iter().zip(mine).zip(pips) {
            // Where each program lies is no news.
            let same =
                if *line == "pip --version" { mine.last() == pips.last() } else { mine == pips };
            different
                .extend((!same).then(|| format!("{line}\n  ours  {mine:#?}\n  pip's {pips:#?}")));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    pair.equal("venv", false);
    for name in ["wheels", "home/.config"] {
        pair.equal(name, false);
    }
}

/// The lines of each command, its exit code being the last.
fn split(lines: &[String]) -> Vec<Vec<String>> {
    let is_code = |line: &&String| {
        let digits = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    lines.split_inclusive(|line| is_code(&line)).map(<[String]>::to_vec).collect()
}
