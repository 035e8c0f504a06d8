//! `hash`, `config`, `cache` and what is small in other commands beside the newest pip: words, exit
//! codes and what is left on disk.
//! Cases are lines of `tests/data/upkeep.txt`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use accel_testkit::index::{IndexOptions, IndexServer};
use accel_testkit::stage::{self, Stage};
use accel_testkit::wheel::WheelMaker;

use crate::pair::python311;
use crate::sandbox::{Ran, Sandbox, command_line, tree};

const CASES: &str = include_str!("../data/upkeep.txt");

/// What a line of the cases says.
enum Line {
    /// `write PATH TEXT`: both sides get the file.
    Write(String, String),
    /// `wheel NAME VERSION`: a wheel in @DIST@, which @INDEX@ serves.
    Wheel(String, String),
    /// `remove PATH`: a file or a folder goes from both sides.
    Remove(String),
    /// A command line with the variables in front of it.
    Play { variables: Vec<(String, String)>, arguments: Vec<String> },
}

impl Line {
    fn parse(text: &str) -> Self {
        let mut words = words(text).into_iter().peekable();
        match words.peek().map(String::as_str) {
            Some("write") => {
                let mut rest = words.skip(1);
                let mut next = || rest.next().expect("a path and a text");
                Self::Write(next(), next())
            }
            Some("wheel") => {
                let mut rest = words.skip(1);
                let mut next = || rest.next().expect("a name and a version");
                Self::Wheel(next(), next())
            }
            Some("remove") => Self::Remove(words.nth(1).expect("a path")),
            _ => {
                let words: Vec<String> = words.collect();
                let (variables, arguments) = command_line(&words);
                Self::Play { variables, arguments }
            }
        }
    }
}

/// Splits at spaces outside of single quotes; `\n` and `\t` are what they are in Rust.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), None::<String>, false);
    for letter in text.replace("\\n", "\n").replace("\\t", "\t").chars() {
        match letter {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words
}

/// The paths of a side that a command line may change, with their contents. Of commands that keep
/// something the `home` is left out, where each program has its own.
fn left(side: &Path, keeps: bool) -> BTreeMap<PathBuf, String> {
    let mut all = BTreeMap::new();
    let folders = ["work", "etc", "tmp", "home"];
    for name in &folders[..folders.len() - usize::from(keeps)] {
        for (path, words) in tree(&side.join(name)) {
            let full = side.join(name).join(&path);
            let text = std::fs::read_to_string(&full).unwrap_or_default();
            // Only what names the side differs, and then in its size and digest too.
            let own = side.display().to_string();
            let text = text.replace(&own, "@SIDE@");
            let kind = if text.is_empty() { words } else { "file".to_owned() };
            all.insert(Path::new(name).join(path), format!("{kind} {text}"));
        }
    }
    let of_site = std::fs::read_to_string(side.join("venv/pip.conf")).unwrap_or_default();
    all.insert("venv/pip.conf".into(), of_site);
    all
}

/// Only the last line of a traceback is ours too.
fn without_traceback(ran: &mut stage::Ran) {
    let mut lines: Vec<&str> = Vec::new();
    let mut traced = false;
    for line in ran.stderr.lines() {
        let inside = line.is_empty()
            || line.starts_with(' ')
            || line.starts_with("During handling")
            || line.starts_with("Traceback (");
        if line.starts_with("Traceback (") {
            if traced {
                // An exception in the handling of one takes its place.
                lines.pop();
            }
            traced = true;
        }
        if !(traced && inside) {
            lines.push(line);
        }
        traced &= !line.starts_with("ERROR: ");
    }
    ran.stderr = lines.iter().flat_map(|line| [*line, "\n"]).collect();
}

/// Plays the lines of a theme one after the other in the same two worlds.
#[track_caller]
fn play(theme: &str) {
    let bin = tempfile::tempdir().unwrap();
    let program = bin.path().join("pip");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_pip-accel"), &program).unwrap();
    let mut stage = Stage::new(&program, python311());
    let dist = stage.shared().join("dist");
    std::fs::create_dir_all(&dist).unwrap();
    let server = IndexServer::start(&dist, IndexOptions::default());
    let keeps = matches!(theme, "small" | "index");
    let mut different = Vec::new();
    let mut played = 0;
    let lines = CASES.lines().skip_while(|line| *line != format!("[{theme}]")).skip(1);
    for text in lines.take_while(|line| !line.starts_with('[')) {
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let filled = text.replace("@DIST@", &dist.display().to_string());
        match Line::parse(&filled.replace("@INDEX@", &server.url())) {
            Line::Wheel(name, version) => {
                WheelMaker::new(&name, &version)
                    .file(&format!("{name}.py"), format!("version = '{version}'\n"))
                    .write_to(&dist);
            }
            Line::Write(path, contents) => {
                for side in stage.sides() {
                    let path = side.folder.join(&path);
                    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                    std::fs::write(path, &contents).unwrap();
                }
            }
            Line::Remove(path) => {
                for side in stage.sides() {
                    let path = side.folder.join(&path);
                    let removed = if path.is_dir() {
                        std::fs::remove_dir_all(path)
                    } else {
                        std::fs::remove_file(path)
                    };
                    removed.unwrap();
                }
            }
            Line::Play { mut variables, arguments } => {
                played += 1;
                // The pip that stays has looked for its own folder before it knew of the side.
                if theme == "cache" && variables.iter().all(|(name, _)| name != "PIP_CACHE_DIR") {
                    let folder = "@SIDE@/home/.cache/pip".to_owned();
                    variables.push(("PIP_CACHE_DIR".to_owned(), folder));
                }
                let mut both = stage.run(&arguments, &variables);
                without_traceback(&mut both.theirs);
                let mut differences = stage.differences(&both);
                let [ours, theirs] = stage.sides().map(|side| left(&side.folder, keeps));
                for path in ours.keys().chain(theirs.keys()) {
                    if ours.get(path) != theirs.get(path) {
                        let (ours, theirs) = (ours.get(path), theirs.get(path));
                        let path = path.display();
                        differences.push(format!("{path}\n  ours  {ours:?}\n  pip's {theirs:?}"));
                    }
                }
                differences.extend(stage.differing_paths("venv"));
                if !differences.is_empty() {
                    different.push(format!("{text}\n  {}", differences.join("\n  ")));
                }
            }
        }
    }
    assert!(played > 0, "no cases for {theme}");
    assert!(different.is_empty(), "{} of {played}:\n{}", different.len(), different.join("\n"));
}

#[test]
fn hash() {
    play("hash");
}

#[test]
fn config() {
    play("config");
}

#[test]
fn cache() {
    play("cache");
}

#[test]
fn small() {
    play("small");
}

#[test]
fn index() {
    play("index");
}

#[test]
fn errors_of_a_request_are_in_the_log() {
    let sandbox = Sandbox::new();
    sandbox.ours(&["install", "--log", "a/log", "-r", "missing.txt"], &[]).bad();
    let log = std::fs::read_to_string(sandbox.at("a/log")).unwrap();
    assert!(log.contains(" ERROR: Could not open requirements file: [Errno 2]"), "{log}");
    // There is no log where nothing was said.
    sandbox.ours(&["list", "--log", "b/log", "--path", "nowhere"], &[]).good();
    assert!(!sandbox.at("b").exists());
}

#[test]
fn a_broken_standard_output_is_told_by_the_exit_code() {
    let sandbox = Sandbox::new();
    let file = sandbox.write("file", "text");
    let python = accel_testkit::real_pip::python();
    let run = |mut command: std::process::Command, arguments: &[&str], full: bool| {
        sandbox.surround(&mut command, &[]);
        let output: std::process::Stdio = if full {
            std::fs::File::options().write(true).open("/dev/full").unwrap().into()
        } else {
            std::io::pipe().unwrap().1.into()
        };
        let ended = command.args(arguments).stdout(output).stderr(std::process::Stdio::piped());
        Ran::of(&ended.spawn().unwrap().wait_with_output().unwrap())
    };
    for (arguments, same_words) in [
        (&["hash", file.to_str().unwrap()][..], true),
        (&["config", "debug"], true),
        (&["cache", "dir"], true),
        (&["-q", "cache", "dir"], true),
        (&["--version"], false),
    ] {
        for full in [false, true] {
            let mut pip = std::process::Command::new(python);
            pip.args(["-m", "pip"]);
            let theirs = run(pip, arguments, full);
            let program = std::process::Command::new(env!("CARGO_BIN_EXE_pip-accel"));
            let ours = run(program, arguments, full);
            assert_eq!(ours.code, theirs.code, "{arguments:?} {full} {ours:?} {theirs:?}");
            if same_words && !full {
                assert_eq!(ours.stderr, theirs.stderr, "{arguments:?}");
            }
            assert!(!ours.stderr.contains("panicked"), "{ours:?}");
        }
    }
    let program = std::process::Command::new(env!("CARGO_BIN_EXE_pip-accel"));
    assert_eq!(run(program, &["--help"], true).code, 1);
}

#[test]
fn the_folder_of_pip_is_where_pip_has_it() {
    let sandbox = Sandbox::new();
    for variables in [&[][..], &[("XDG_CACHE_HOME", "/nowhere/else")], &[("XDG_CACHE_HOME", " ")]] {
        let mut pip = std::process::Command::new(accel_testkit::real_pip::python());
        sandbox.surround(&mut pip, variables);
        let theirs = Ran::of(&pip.args(["-m", "pip", "cache", "dir"]).output().unwrap()).good();
        assert_eq!(sandbox.ours(&["cache", "dir"], variables).good().stdout, theirs.stdout);
    }
}
