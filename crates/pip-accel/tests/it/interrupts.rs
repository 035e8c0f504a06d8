//! Ctrl-C and SIGTERM in the middle of a build, of a download and of an installation.

use std::ffi::OsStr;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use accel_testkit::sdist::SdistMaker;
use accel_testkit::wheel::WheelMaker;

use crate::freshness::installed;
use crate::sandbox::{Ran, Sandbox, site_packages, tree};

/// 128 and the number of SIGTERM.
const TERMINATED: i32 = 128 + 15;

/// A program at work, in a process group of its own.
struct AtWork {
    child: Child,
    /// What was read of its standard output.
    said: Vec<u8>,
}

impl AtWork {
    fn start(mut command: Command) -> Self {
        command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { child: command.spawn().unwrap(), said: Vec::new() }
    }

    /// Waits for the last words that it says.
    #[track_caller]
    fn until_it_says(mut self, words: &str) -> Self {
        let stdout = self.child.stdout.as_mut().unwrap();
        while !self.said.ends_with(words.as_bytes()) {
            let mut byte = [0];
            let said = String::from_utf8_lossy(&self.said);
            assert_eq!(stdout.read(&mut byte).unwrap(), 1, "it ended before: {said}");
            self.said.extend(byte);
        }
        self
    }

    /// Waits for something that it does.
    #[track_caller]
    fn until(mut self, happened: impl Fn() -> bool) -> Self {
        let start = Instant::now();
        while !happened() {
            let ended = self.child.try_wait().unwrap();
            assert!(
                ended.is_none(),
                "it ended before: {:?}",
                Ran::of(&self.child.wait_with_output().unwrap())
            );
            assert!(start.elapsed() < Duration::from_mins(1), "it does not come so far");
            std::thread::sleep(Duration::from_millis(1));
        }
        self
    }

    /// Sends a signal to the program alone, or to its whole group as a terminal does.
    fn signal(self, name: &str, group: bool) -> Ran {
        let id = self.child.id();
        let id = if group { format!("-{id}") } else { id.to_string() };
        assert!(Command::new("kill").args(["-s", name, "--", &id]).status().unwrap().success());
        let start = Instant::now();
        let mut output = self.child.wait_with_output().unwrap();
        output.stdout.splice(..0, self.said);
        let ran = Ran::of(&output);
        assert!(start.elapsed() < Duration::from_secs(15), "it took too long: {ran:#?}");
        ran
    }
}

/// A sandbox with a folder for temporary files that must be empty in the end.
struct Scene {
    sandbox: Sandbox,
    environment: PathBuf,
    temporary: String,
}

impl Scene {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let environment = sandbox.environment("environment");
        let temporary = sandbox.at("temporary").to_str().unwrap().to_owned();
        std::fs::create_dir(&temporary).unwrap();
        Self { sandbox, environment, temporary }
    }

    /// A program that minds Ctrl-C, which is ignored by all that whoever runs the tests in the background
    /// starts.
    fn program(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("/usr/bin/env");
        self.sandbox.surround(&mut command, &[("TMPDIR", &self.temporary)]);
        command.arg("--default-signal=INT").arg(program);
        command
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(env!("CARGO_BIN_EXE_pip-accel"));
        command.arg("--python").arg(self.environment.join("bin/python")).args(arguments);
        command
    }

    /// Nothing half-done is anywhere.
    #[track_caller]
    fn is_tidy(&self) {
        let left = tree(Path::new(&self.temporary));
        assert!(left.is_empty(), "{left:?}");
        let cache = tree(&self.sandbox.at("cache"));
        let half_done = |path: &&PathBuf| {
            let text = path.to_str().unwrap();
            (text.contains("/.new/") && path.extension().is_none_or(|kind| kind != "lock"))
                || text.starts_with("scratch/")
                || path.file_name().is_some_and(|name| name.to_str().unwrap().starts_with(".tmp"))
        };
        let left: Vec<_> = cache.keys().filter(half_done).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

/// A sdist whose build starts a process of its own, says so in `log`, and never ends.
fn endless_sdist(folder: &Path, log: &Path) {
    let backend = format!(
        "import os, subprocess, tempfile, time\n\
         def build_wheel(folder, settings=None, metadata=None):\n    \
             with tempfile.TemporaryDirectory() as scratch:\n        \
                 child = subprocess.Popen(['sleep', '1000'])\n        \
                 with open('{0}.new', 'w') as log:\n            \
                     log.write('%d %d' % (os.getpid(), child.pid))\n        \
                 os.rename('{0}.new', '{0}')\n        \
                 time.sleep(1000)\n",
        log.display()
    );
    SdistMaker::new("endless", "1.0")
        .file(
            "pyproject.toml",
            "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n",
        )
        .file("backend.py", backend)
        .write_to(folder);
}

fn is_alive(process: &str) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    state.rsplit_once(')').is_some_and(|(_, rest)| !rest.starts_with(" Z"))
}

#[track_caller]
fn was_cancelled(ran: &Ran) {
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (1, "ERROR: Operation cancelled by user\n"),
        "{ran:#?}"
    );
}

#[test]
fn a_build_is_ended_with_all_that_it_started() {
    let scene = Scene::new();
    let log = scene.sandbox.at("log");
    let dist = scene.sandbox.at("dist");
    endless_sdist(&dist, &log);
    let before = tree(&scene.environment);
    let arguments = ["install", "--no-index", "-f", dist.to_str().unwrap(), "endless"];
    for signal in ["INT", "TERM"] {
        let _ = std::fs::remove_file(&log);
        let ran =
            AtWork::start(scene.command(&arguments)).until(|| log.exists()).signal(signal, false);
        if signal == "INT" {
            was_cancelled(&ran);
            let last = "Preparing metadata (pyproject.toml): finished with status 'canceled'\n";
            assert!(ran.stdout.ends_with(last), "{}", ran.stdout);
        } else {
            assert_eq!((ran.code, ran.stderr.as_str()), (TERMINATED, ""));
        }
        let processes = std::fs::read_to_string(&log).unwrap();
        assert!(!processes.split(' ').any(is_alive), "{processes}");
        assert!(before == tree(&scene.environment), "the environment was changed");
        scene.is_tidy();
    }

    // pip in the same place says and returns the same.
    std::fs::remove_file(&log).unwrap();
    let mut command = scene.program(accel_testkit::real_pip::python());
    command.args(["-m", "pip", "--python"]).arg(scene.environment.join("bin/python"));
    command.args(arguments).arg("--no-cache-dir");
    let ran = AtWork::start(command).until(|| log.exists()).signal("INT", true);
    assert_eq!(ran.stderr.lines().last(), Some("ERROR: Operation cancelled by user"), "{ran:#?}");
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.trim_end().ends_with("finished with status 'canceled'"), "{}", ran.stdout);
}

#[test]
fn a_download_is_given_up() {
    let scene = Scene::new();
    let wheel = WheelMaker::new("slow", "1.0").file("slow.py", vec![b'#'; 1 << 20]).build();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/slow-1.0-py3-none-any.whl", server.local_addr().unwrap());
    let asked = scene.sandbox.at("asked");
    let mark = asked.clone();
    std::thread::spawn(move || {
        for stream in server.incoming() {
            let (mut stream, wheel, mark) = (stream.unwrap(), wheel.clone(), mark.clone());
            std::thread::spawn(move || {
                let mut request = [0; 4096];
                let count = stream.read(&mut request).unwrap();
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", wheel.len());
                stream.write_all(head.as_bytes()).unwrap();
                if request[..count].starts_with(b"GET") {
                    stream.write_all(&wheel[..wheel.len() / 2]).unwrap();
                    std::fs::write(mark, "").unwrap();
                    std::thread::sleep(Duration::from_secs(100));
                }
            });
        }
    });
    let before = tree(&scene.environment);
    for signal in ["INT", "TERM"] {
        let _ = std::fs::remove_file(&asked);
        let command = scene.command(&["install", &url]);
        let ran = AtWork::start(command).until(|| asked.exists()).signal(signal, false);
        if signal == "INT" {
            was_cancelled(&ran);
        } else {
            assert_eq!((ran.code, ran.stderr.as_str()), (TERMINATED, ""));
        }
        assert!(before == tree(&scene.environment), "the environment was changed");
        scene.is_tidy();
    }
}

#[test]
fn an_installation_is_undone() {
    let scene = Scene::new();
    let dist = scene.sandbox.at("dist");
    for version in ["1.0", "2.0"] {
        for number in 0..4 {
            let mut wheel = WheelMaker::new(&format!("many{number}"), version);
            for file in 0..1500 {
                wheel = wheel.file(&format!("many{number}/part{file}.txt"), version);
            }
            wheel.write_to(&dist);
        }
    }
    let names = ["many0", "many1", "many2", "many3"];
    let install = |version: &str| {
        let mut arguments = vec!["install".to_owned(), "--no-index".to_owned(), "-f".to_owned()];
        arguments.push(dist.to_str().unwrap().to_owned());
        arguments.extend(names.map(|name| format!("{name}=={version}")));
        scene.command(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    assert!(install("2.0").arg("--dry-run").output().unwrap().status.success());
    assert!(install("1.0").output().unwrap().status.success());
    let before = tree(&scene.environment);
    let journal = site_packages(&scene.environment).join(".pip-accel-journal");
    let mut undone = 0;
    for (wait, signal) in [(0, "INT"), (0, "TERM"), (5, "INT"), (15, "INT"), (30, "HUP")] {
        let at_work = AtWork::start(install("2.0")).until(|| journal.exists());
        std::thread::sleep(Duration::from_millis(wait));
        let ran = at_work.signal(signal, false);
        scene.is_tidy();
        if ran.code == 0 {
            assert!(installed(&scene.environment).iter().all(|name| name.ends_with("2.0")));
            assert!(install("1.0").output().unwrap().status.success());
            continue;
        }
        undone += 1;
        match signal {
            "INT" => was_cancelled(&ran),
            "TERM" => assert_eq!(ran.code, TERMINATED),
            _ => assert_eq!(ran.code, 129),
        }
        assert!(before == tree(&scene.environment), "the environment was changed");
    }
    assert!(undone > 0, "no signal came in time");
}

#[test]
fn what_is_to_be_ignored_is_ignored() {
    let scene = Scene::new();
    let dist = scene.sandbox.at("dist");
    let log = scene.sandbox.at("log");
    endless_sdist(&dist, &log);
    let mut command = Command::new("sh");
    scene.sandbox.surround(&mut command, &[("TMPDIR", &scene.temporary)]);
    command.args(["-c", "trap '' INT HUP; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_pip-accel")]);
    command.arg("--python").arg(scene.environment.join("bin/python"));
    command.args(["install", "--no-index", "-f", dist.to_str().unwrap(), "endless"]);
    let mut at_work = AtWork::start(command).until(|| log.exists());
    let id = at_work.child.id().to_string();
    for signal in ["INT", "HUP"] {
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
    }
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(at_work.child.try_wait().unwrap(), None);
    let ran = at_work.signal("TERM", false);
    assert_eq!((ran.code, ran.stderr.as_str()), (TERMINATED, ""));
}

#[test]
fn a_question_ends_with_ctrl_c() {
    let scene = Scene::new();
    let sandbox = &scene.sandbox;
    WheelMaker::new("some", "1.0").file("some.py", "").write_to(&sandbox.at("dist"));
    sandbox.install(&scene.environment, &["--no-index", "-f", "dist", "some"]).good();
    let before = tree(&scene.environment);
    let mut command = scene.command(&["uninstall", "some"]);
    command.stdin(Stdio::piped());
    let asked = AtWork::start(command).until_it_says("Proceed (Y/n)? ");
    let ran = asked.signal("INT", true);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, "ERROR: Operation cancelled by user\n"));
    assert!(ran.stdout.ends_with("Proceed (Y/n)? "), "{ran:#?}");
    assert!(before == tree(&scene.environment));
}
