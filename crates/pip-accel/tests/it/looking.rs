//! The commands that look at an environment, beside the newest pip: every option over environments
//! of every kind. Cases are lines of `tests/data/looking.txt`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use accel_testkit::real_pip;

use crate::pair::{text, work};
use crate::sandbox::{Ran, command_line};

const CASES: &str = include_str!("../data/looking.txt");

/// The folder of the environments that `zoo.py` makes, and the interpreter below all of them.
fn zoo() -> &'static (PathBuf, PathBuf) {
    static ZOO: OnceLock<(PathBuf, PathBuf)> = OnceLock::new();
    ZOO.get_or_init(|| {
        let base = real_pip::script("import sys; print(sys.base_prefix, end='')", b"");
        let base = PathBuf::from(String::from_utf8(base).expect("text")).join("bin/python3");
        let folder = work().join("zoo");
        std::fs::create_dir_all(&folder).expect("the folder takes folders");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/zoo.py");
        let mut command = Command::new(&base);
        let made = command.arg(script).arg(&folder).arg(real_pip::runner()).output();
        let made = Ran::of(&made.expect("the interpreter starts")).good();
        assert_eq!(made.stdout, "");
        (folder.canonicalize().expect("it is there"), base)
    })
}

/// One line of the cases.
struct Case {
    python: PathBuf,
    variables: Vec<(String, String)>,
    arguments: Vec<String>,
}

impl Case {
    fn parse(line: &'static str) -> Option<(&'static str, Self)> {
        let (environment, rest) = line.split_once(": ")?;
        let (folder, base) = zoo();
        let rest = rest.replace("@ZOO@", text(folder));
        let words: Vec<String> = rest.split(' ').map(str::to_owned).collect();
        let (variables, arguments) = command_line(&words);
        let python = match environment {
            "base" => base.clone(),
            name => folder.join(name).join("bin/python"),
        };
        Some((environment, Self { python, variables, arguments }))
    }

    fn run(&self, command: &mut Command) -> Ran {
        let (folder, _) = zoo();
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", folder)
            .env("LANG", "C.UTF-8")
            .env("XDG_CONFIG_DIRS", "/nowhere")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("PIP_ACCEL_CACHE", work().join("looking-cache"))
            .env("PIP_CACHE_DIR", work().join("looking-pip-cache"))
            .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(folder);
        Ran::of(&command.args(&self.arguments).output().expect("it starts"))
    }

    fn ours(&self) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pip-accel"));
        self.run(command.arg("--python").arg(&self.python))
    }

    fn theirs(&self) -> Ran {
        self.run(Command::new(&self.python).arg(real_pip::runner()))
    }
}

/// Standard error with what differs made equal: the way into a crash, and the names in a usage.
fn told(stderr: &str) -> String {
    let stderr = match stderr.split_once("ERROR: Exception:\n") {
        Some((before, crash)) => {
            let last = crash.trim_end().lines().last().unwrap_or_default();
            format!("{before}ERROR: Exception:\n{last}\n")
        }
        None => stderr.to_owned(),
    };
    stderr.replace("__pip-runner__.py ", "pip-accel ")
}

/// Plays all cases of an environment; tells of every one that differs.
#[track_caller]
fn play(wanted: &str) {
    let mut differences = Vec::new();
    let mut played = 0;
    for line in CASES.lines().filter(|line| !line.starts_with('#')) {
        let Some((_, case)) = Case::parse(line).filter(|(name, _)| *name == wanted) else {
            continue;
        };
        played += 1;
        let (ours, theirs) = (case.ours(), case.theirs());
        if ours.code != theirs.code {
            differences.push(format!("{line}\ncode {} and pip's {}", ours.code, theirs.code));
        }
        if ours.stdout != theirs.stdout {
            let (ours, theirs) = (&ours.stdout, &theirs.stdout);
            differences.push(format!("{line}\n--- ours\n{ours}--- pip's\n{theirs}"));
        }
        if told(&ours.stderr) != told(&theirs.stderr) {
            let (ours, theirs) = (&ours.stderr, &theirs.stderr);
            differences.push(format!("{line}\n--- our words\n{ours}--- pip's words\n{theirs}"));
        }
    }
    assert!(played > 0, "no cases for {wanted}");
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}

/// A test for each environment, and one that none was forgotten.
macro_rules! environments {
    ($($name:ident),*) => {
        $(#[test]
        fn $name() {
            play(stringify!($name));
        })*

        #[test]
        fn every_environment_of_the_cases_is_played() {
            let lines = CASES.lines().filter(|line| !line.starts_with('#'));
            for (name, _) in lines.filter_map(|line| line.split_once(": ")) {
                assert!([$(stringify!($name)),*].contains(&name), "{name}");
            }
        }
    };
}

environments!(
    wheels,
    vcs,
    old,
    broken,
    requirement,
    marker,
    bytes,
    versionless,
    numbers,
    system,
    base,
    empty
);
