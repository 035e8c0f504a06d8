//! Command lines of `install` beside the newest pip: words, exit codes, trees, reports, left-overs.
//!
//! Cases are lines of `tests/data/install/THEME.txt`:
//!
//! ```text
//! SET: [NAME=VALUE ...] ARGUMENTS     in a fresh environment with this set installed
//! + [NAME=VALUE ...] ARGUMENTS        goes on where the line before has ended
//! ```
//!
//! Words are quoted as in a shell; [`world`] says what sets, indexes and files there are.
//! `PIP_ACCEL_TEST_LINES` plays only the cases that contain its text. What may differ in words is
//! listed in [`accel_testkit::words`], in installed files in [`accel_testkit::twin`]; what may differ
//! besides is [`LOG`] and [`GIT`].

mod world;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;

use accel_testkit::stage::Stage;
use accel_testkit::twin::{Twins, listing};
use pip_accel::args::{Command, Spec};

use crate::pair::python311;
use crate::sandbox::command_line;
use world::World;

/// The file of `--log` in the cases: its lines bear the time, so that only its presence is compared.
const LOG: &str = "pip.log";

/// Variables of every command line that does not set them itself. Of hosts that it does not trust
/// pip keeps nothing where there is no TLS.
const DEFAULTS: [(&str, &str); 2] =
    [("PIP_INDEX_URL", "@{main}"), ("PIP_TRUSTED_HOST", "127.0.0.1")];

/// The folder of git's own files, which bear times.
const GIT: &str = "/.git/";

/// The folder of `--root` in the cases.
const ROOT: &str = "root";

/// What is compared of each side after every line: environment, current directory, user site.
const TREES: [&str; 3] = ["venv", "work", "home/.local"];

/// Command lines that are played one after the other in one environment.
struct Case {
    set: String,
    lines: Vec<String>,
}

/// The cases of a theme.
fn cases(theme: &str) -> Vec<Case> {
    let text = world::data(&format!("{theme}.txt"));
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(more) = line.strip_prefix("+ ") {
            cases.last_mut().expect("a line to go on from").lines.push(more.to_owned());
        } else {
            let (set, line) = line.split_once(": ").expect("a set and a line");
            cases.push(Case { set: set.to_owned(), lines: vec![line.to_owned()] });
        }
    }
    cases
}

/// The variables in front of a command line, and its words.
fn parts(line: &str) -> (Vec<(String, String)>, Vec<String>) {
    command_line(&accel_requirements::shlex::split(line).expect("quotes are closed"))
}

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(World::new)
}

/// Plays a case; what differs is returned, a paragraph for each line.
fn play(stage: &mut Stage, case: &Case) -> Vec<String> {
    stage.clear();
    world().prepare(stage, &case.set);
    let mut told = Vec::new();
    for line in &case.lines {
        let (mut variables, words) = parts(&world().filled(line));
        for (name, value) in DEFAULTS {
            if !variables.iter().any(|(given, _)| given == name) {
                variables.push((name.to_owned(), world().filled(value)));
            }
        }
        let both = stage.run(&words, &variables);
        let mut differences = stage.differences(&both);
        differences.extend(trees(stage));
        if !words.iter().any(|word| word == "--no-clean") {
            let left = listing(&stage.ours.folder.join("tmp"));
            differences.extend(left.into_iter().map(|path| format!("left behind: {path}")));
        }
        if !differences.is_empty() {
            told.push(format!("{}: {line}\n  {}", case.set, differences.join("\n  ")));
        }
    }
    told
}

/// What differs in files and reports.
fn trees(stage: &Stage) -> Vec<String> {
    let mut differences = Vec::new();
    for side in stage.sides() {
        uproot(&side.folder);
    }
    let [ours, theirs] = stage.sides().map(|side| (report(&side.folder), log(&side.folder)));
    if ours != theirs {
        differences.push(format!("report and log: ours {ours:?}\n    pip's {theirs:?}"));
    }
    let (ours, theirs) = (&stage.ours.folder, &stage.theirs.folder);
    for below in TREES {
        match [ours, theirs].map(|side| side.join(below).exists()) {
            [true, true] => {
                let python = python311();
                let twins = Twins { ours, theirs, below, python, built: false };
                differences.extend(twins.differences());
            }
            [false, false] => {}
            [ours, _] => {
                differences.push(format!("{below}: only {}", if ours { "ours" } else { "pip's" }));
            }
        }
    }
    differences.retain(|difference| !difference.contains(GIT));
    differences
}

/// Moves what lies below the folder of `--root` by its whole path, which differs, to one place.
fn uproot(side: &Path) {
    let root = side.join("work").join(ROOT);
    let below = root.join(side.strip_prefix("/").expect("an absolute path"));
    if below.exists() {
        let aside = side.join("rooted");
        std::fs::rename(below, &aside).expect("the stage is its own");
        std::fs::remove_dir_all(&root).expect("the stage is its own");
        std::fs::rename(aside, root).expect("the stage is its own");
    }
}

/// The file of `--report`, which is taken away.
fn report(side: &Path) -> Option<serde_json::Value> {
    let path = side.join("work/report.json");
    let text = std::fs::read_to_string(&path).ok()?;
    std::fs::remove_file(path).expect("the stage is its own");
    let text = text.replace(&side.display().to_string(), "@SIDE@");
    Some(serde_json::from_str(&text).expect("a report is JSON"))
}

/// Whether there is a log, which is taken away.
fn log(side: &Path) -> bool {
    std::fs::remove_file(side.join("work").join(LOG)).is_ok()
}

/// Plays all cases of a theme; tells of every line that differs.
#[track_caller]
fn play_all(theme: &str) {
    let wanted = std::env::var("PIP_ACCEL_TEST_LINES").unwrap_or_default();
    let chosen = cases(theme);
    let chosen: Vec<&Case> =
        chosen.iter().filter(|case| case.lines.iter().any(|line| line.contains(&wanted))).collect();
    // Usages name the program by the name that it was called by.
    let named = tempfile::tempdir().expect("a temporary folder");
    let program = named.path().join("pip");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_pip-accel"), &program).expect("a link");
    let mut stage = match theme {
        "users" => Stage::for_users(&program, python311()),
        "managed" => Stage::managed(&program, python311()),
        _ => Stage::new(&program, python311()),
    };
    let told: Vec<String> = chosen.iter().flat_map(|case| play(&mut stage, case)).collect();
    assert!(told.is_empty(), "{} lines differ:\n{}", told.len(), told.join("\n"));
}

/// A test for each theme.
macro_rules! themes {
    ($($name:ident),*) => {
        $(#[test]
        fn $name() {
            play_all(stringify!($name));
        })*

        /// The lines of all themes.
        fn all_lines() -> Vec<String> {
            let themes = [$(stringify!($name)),*];
            themes.into_iter().flat_map(cases).flat_map(|case| case.lines).collect()
        }

        #[test]
        fn every_theme_is_played() {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/install");
            for entry in std::fs::read_dir(folder).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                let theme = name.strip_suffix(".txt").filter(|theme| *theme != "files");
                assert!(theme.is_none_or(|theme| [$(stringify!($name)),*].contains(&theme)), "{name}");
            }
        }
    };
}

themes!(
    builds,
    conflicts,
    environments,
    indexes,
    managed,
    options,
    requirements,
    sources,
    users,
    words
);

/// Options that pip does not take together, or that change one another.
const PAIRS: [[&str; 2]; 14] = [
    ["--user", "--target"],
    ["--user", "--prefix"],
    ["--user", "--root"],
    ["--target", "--prefix"],
    ["--target", "--root"],
    ["--prefix", "--root"],
    ["--pre", "--only-final"],
    ["--pre", "--all-releases"],
    ["--only-deps", "--no-deps"],
    ["--require-hashes", "--no-require-hashes"],
    ["--build-constraint", "--no-build-isolation"],
    ["--no-index", "--index-url"],
    ["--platform", "--target"],
    ["--cache-dir", "--no-cache-dir"],
];

/// The options of a line by their first long names.
fn options_of(line: &str) -> BTreeSet<&'static str> {
    let (_, words) = parts(line);
    let given = |option: &Spec| {
        let mut names = option.long.iter().chain(option.short);
        names.any(|name| {
            let is_short = !name.starts_with("--");
            let is = |word: &String| match word.split_once('=') {
                Some((long, _)) if !is_short => long == *name,
                _ => word == name || is_short && !word.starts_with("--") && word.starts_with(name),
            };
            words.iter().any(is)
        })
    };
    install_options().filter(|option| given(option)).map(Spec::name).collect()
}

/// The options that pip shows in its help; `cargo xtask parity` compares them with the newest pip's.
fn install_options() -> impl Iterator<Item = &'static Spec> {
    let groups = Command::Install.groups();
    let options = groups.iter().flat_map(|(_, options)| options.iter()).collect::<Vec<_>>();
    options.into_iter().filter(|option| option.abbreviable && option.help.is_some())
}

#[test]
fn every_option_has_a_line_and_so_has_every_pair() {
    let lines: Vec<_> = all_lines().iter().map(|line| options_of(line)).collect();
    // Every line is played with `--python` in front; `args.rs` plays `--help`.
    let elsewhere = |option: &&Spec| ["--python", "--help"].contains(&option.name());
    for option in install_options().filter(|option| !elsewhere(option)) {
        let name = option.name();
        assert!(lines.iter().any(|options| options.contains(name)), "no line has {name}");
    }
    for pair in PAIRS {
        let has = |options: &BTreeSet<&str>| pair.iter().all(|name| options.contains(name));
        assert!(lines.iter().any(has), "no line has both of {pair:?}");
    }
}
