//! What a person sees: the program in a real terminal (tmux), 80 and 40 columns wide, and what is on
//! the screen at the end. The screens are kept in `tests/data/screens`; `PIP_ACCEL_KEEP_SCREENS=1`
//! writes them anew, to be looked at before they are committed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use accel_testkit::index::{IndexOptions, IndexServer};
use accel_testkit::sdist::SdistMaker;
use accel_testkit::wheel::WheelMaker;

use crate::sandbox::Sandbox;

/// A terminal of tmux in which one command runs.
struct Screen {
    socket: String,
    columns: usize,
}

impl Screen {
    fn open(
        sandbox: &Sandbox,
        (name, columns): (&str, usize),
        variables: &[(&str, &str)],
        command: &str,
    ) -> Self {
        let socket =
            sandbox.at(&format!("tmux-{name}-{columns}")).to_str().expect("plain").to_owned();
        let program = Path::new(env!("CARGO_BIN_EXE_pip-accel")).parent().expect("a folder");
        let path = format!("{}:/usr/bin:/bin", program.display());
        let mut tmux = Command::new("tmux");
        sandbox.surround(&mut tmux, &[("PATH", &path), ("LC_ALL", "C.UTF-8")]);
        // What tmux itself says goes where nobody reads it.
        let script = format!("trap : INT; {command}; echo \"[$?]\"; exec cat");
        let width = columns.to_string();
        tmux.env_remove("COLUMNS")
            .envs(variables.iter().copied())
            .args(["-u", "-S", &socket, "-f", "/dev/null", "new-session", "-d"])
            .args(["-x", &width, "-y", "40", "sh", "-c", &script]);
        let opened = tmux.output().expect("tmux starts");
        assert!(opened.status.success(), "{opened:?}");
        Self { socket, columns }
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let output = Command::new("tmux").args(["-u", "-S", &self.socket]).args(arguments).output();
        String::from_utf8(output.expect("tmux answers").stdout).expect("text")
    }

    /// What is on the screen once something is.
    #[track_caller]
    fn until(&self, shown: impl Fn(&str) -> bool) -> String {
        let start = Instant::now();
        loop {
            let screen = self.tmux(&["capture-pane", "-p", "-J"]);
            if shown(&screen) {
                return screen;
            }
            assert!(start.elapsed() < Duration::from_mins(1), "it does not come so far:\n{screen}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What is on the screen at the end, without what changes from run to run.
    fn last(&self, folder: &str) -> String {
        let screen = self.until(|screen| screen.contains("\n[") || screen.starts_with('['));
        let lines: Vec<String> =
            screen.trim_end().lines().map(|line| plain(line.trim_end(), folder)).collect();
        lines.join("\n") + "\n"
    }

    /// Compares with the kept screen.
    #[track_caller]
    fn is_kept_as(&self, name: &str, folder: &str) {
        let screen = self.last(folder);
        // Whatever else is too long is wrapped by the terminal.
        for line in screen.lines().filter(|line| line.contains('━')) {
            assert!(line.chars().count() <= self.columns, "too wide: {line}");
        }
        let path = kept(&format!("{name}-{}.txt", self.columns));
        if std::env::var_os("PIP_ACCEL_KEEP_SCREENS").is_some() {
            std::fs::write(&path, &screen).expect("the folder takes files");
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(screen, expected, "{}", path.display());
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/screens").join(name)
}

/// A line without what changes from run to run: ports, times, speeds, temporary names.
fn plain(line: &str, folder: &str) -> String {
    let name = folder.rsplit('/').next().unwrap_or(folder);
    let line = line.replace(name, &"#".repeat(name.chars().count()));
    if let Some((before, _)) = line.split_once("Stored in directory: ") {
        return format!("{before}Stored in directory: …");
    }
    if let Some(at) = line.rfind('━') {
        // How long the bar is depends on how the speed is written.
        let mut words = line[at..].split(' ').skip(1);
        let amount = [words.next(), words.next()].map(Option::unwrap_or_default);
        return format!("     ━… {} …", amount.join(" "));
    }
    let mut words: Vec<String> = Vec::new();
    for word in line.split(' ') {
        if word == "s"
            && let Some(number) = words.last_mut()
        {
            "#".clone_into(number);
        }
        words.push(hidden(word));
    }
    words.join(" ")
}

/// A word without the digits of a port.
fn hidden(word: &str) -> String {
    if let Some((before, after)) = word.split_once("127.0.0.1:") {
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        return format!("{before}127.0.0.1:{}{}", "#".repeat(digits), &after[digits..]);
    }
    word.to_owned()
}

/// An index with what the screens show.
fn offered(sandbox: &Sandbox) -> IndexServer {
    let dist = sandbox.at("dist");
    let noise: Vec<u8> = (0..900_000_u64)
        .scan(88_172_645_463_325_252_u64, |state, _| {
            *state ^= *state << 13;
            *state ^= *state >> 7;
            *state ^= *state << 17;
            Some(state.to_le_bytes()[0])
        })
        .collect();
    WheelMaker::new("large", "1.0").file("large.bin", noise).requires("small>=1").write_to(&dist);
    WheelMaker::new("small", "1.0").file("small.py", "s = 1\n").write_to(&dist);
    for (name, body) in [("built", WORKS), ("broken", FAILS), ("endless", WAITS)] {
        SdistMaker::new(name, "1.0")
            .file("pyproject.toml", BACKEND)
            .file("backend.py", body.replace("@NAME@", name))
            .write_to(&dist);
    }
    IndexServer::start(&dist, IndexOptions::default())
}

const BACKEND: &str =
    "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n";

const WORKS: &str = "\
import os, zipfile
def build_wheel(folder, settings=None, metadata=None):
    name = '@NAME@-1.0-py3-none-any.whl'
    info = '@NAME@-1.0.dist-info/'
    with zipfile.ZipFile(os.path.join(folder, name), 'w') as wheel:
        for path, text in [
            ('@NAME@.py', ''),
            (info + 'METADATA', 'Metadata-Version: 2.1\\nName: @NAME@\\nVersion: 1.0\\n'),
            (info + 'WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n'),
            (info + 'RECORD', ''),
        ]:
            wheel.writestr(zipfile.ZipInfo(path), text)
    return name
";

const FAILS: &str = "\
import sys
def build_wheel(folder, settings=None, metadata=None):
    sys.exit('this needs a compiler that nobody has')
";

const WAITS: &str = "\
import time
def build_wheel(folder, settings=None, metadata=None):
    time.sleep(100)
";

#[test]
fn screens_are_as_they_were_looked_at() {
    let sandbox = Sandbox::new();
    let index = offered(&sandbox);
    let base = format!("pip-accel --python env install --index-url {}", index.url());
    let folder = sandbox.text();
    for columns in [80, 40] {
        for (name, requirements) in [
            ("install", "large"),
            ("again", "large"),
            ("build", "built"),
            ("failure", "broken"),
            ("nothing", "nowhere-to-be-found"),
        ] {
            sandbox.environment("env");
            let command = format!("{base} {requirements}");
            // Each width has a cache of its own, so that both see the same.
            let cache = sandbox.at(&format!("cache-{columns}"));
            let variables = [("PIP_ACCEL_CACHE", cache.to_str().expect("plain"))];
            let screen = Screen::open(&sandbox, (name, columns), &variables, &command);
            screen.is_kept_as(name, folder);
            std::fs::remove_dir_all(sandbox.at("env")).expect("it goes");
        }
        sandbox.environment("env");
        let cache = sandbox.at(&format!("cache-{columns}"));
        let variables = [("PIP_ACCEL_CACHE", cache.to_str().expect("plain"))];
        let command = format!("{base} endless");
        let screen = Screen::open(&sandbox, ("interrupt", columns), &variables, &command);
        // The spinner of the second step, whose first has ended.
        screen.until(|screen| {
            let step = screen.lines().find(|line| line.contains("Preparing metadata"));
            step.is_some_and(|step| ["-", "/", "|", "\\"].iter().any(|c| step.ends_with(c)))
        });
        screen.tmux(&["send-keys", "C-c"]);
        screen.is_kept_as("interrupt", folder);
    }
}

#[test]
fn a_very_narrow_terminal_is_not_overrun() {
    let sandbox = Sandbox::new();
    let index = offered(&sandbox);
    sandbox.environment("env");
    let command = format!("pip-accel --python env install --index-url {} large", index.url());
    let screen = Screen::open(&sandbox, ("narrow", 20), &[], &command);
    screen.is_kept_as("narrow", sandbox.text());
}

#[test]
fn colours_are_left_out_where_nobody_wants_them() {
    let sandbox = Sandbox::new();
    let index = offered(&sandbox);
    for (name, variables, option, coloured) in [
        ("coloured", &[][..], "", true),
        ("no-color", &[("NO_COLOR", "1")], "", false),
        ("option", &[], "--no-color", false),
        ("dumb", &[], "", false),
    ] {
        sandbox.environment("env");
        let term = if name == "dumb" { "env TERM=dumb " } else { "" };
        let command = format!(
            "{term}pip-accel --python env {option} install --index-url {} --no-deps large nowhere",
            index.url()
        );
        // One that fails, for the colours of errors, and one that does what it is told.
        let well = command.replace(" nowhere", "");
        let command = format!("{command}; {well}");
        let screen = Screen::open(&sandbox, (name, 80), variables, &command);
        screen.last(sandbox.text());
        let escaped = screen.tmux(&["capture-pane", "-p", "-e", "-J"]);
        assert_eq!(escaped.contains('\u{1b}'), coloured, "{name}: {escaped:?}");
        assert!(escaped.contains("Successfully installed large-1.0"), "{escaped}");
        std::fs::remove_dir_all(sandbox.at("env")).expect("it goes");
    }
}

/// `Progress` lines between the first and the last about a file depend on the time.
fn ends_only(stdout: &str) -> Vec<String> {
    let lines: Vec<&str> = stdout.lines().filter(|line| !line.contains("127.0.0.1")).collect();
    let is_progress = |at: usize| lines.get(at).is_some_and(|line| line.starts_with("Progress "));
    let kept = (0..lines.len()).filter(|at| {
        let between = *at > 0 && is_progress(at - 1) && is_progress(*at) && is_progress(at + 1);
        !between
    });
    kept.map(|at| lines[at].to_owned()).collect()
}

#[test]
fn programs_get_pips_lines_of_progress() {
    let sandbox = Sandbox::new();
    let index = offered(&sandbox);
    let url = index.url();
    let (ours, theirs) = (sandbox.environment("ours"), sandbox.environment("theirs"));
    let arguments = ["--progress-bar=raw", "--index-url", &url, "large", "built"];
    let ours = sandbox.install(&ours, &arguments).good();
    let theirs = sandbox.pip_install(&theirs, &arguments, &[]).good();
    let told = |stdout: &str| {
        let lines = ends_only(stdout).into_iter();
        lines.filter(|line| line.contains("Progress") || line.contains("ownloading")).collect()
    };
    let (ours, theirs): (Vec<String>, Vec<String>) = (told(&ours.stdout), told(&theirs.stdout));
    assert_eq!(ours, theirs);
    assert!(ours.iter().any(|line| line.starts_with("Progress 0 of 9")), "{ours:?}");
}
