//! Two equal worlds, one for this program and one for the newest pip, used again and again.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::managed;
use crate::running_pip::{Line, RunningPip};
use crate::words::comparable_lines;

/// What a program printed and its exit code.
#[derive(Debug, Clone)]
pub struct Ran {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The exit code; negative for a signal.
    pub code: i32,
}

/// A program's part of the stage.
#[derive(Debug)]
pub struct Side {
    /// Everything of it. In it are `venv`, `home`, `tmp` and `work`, which is the current directory.
    pub folder: PathBuf,
}

impl Side {
    fn new(folder: PathBuf, make: impl Fn(&Path)) -> Self {
        std::fs::create_dir_all(&folder).expect("the stage takes folders");
        make(&folder);
        let side = Self { folder };
        side.clear();
        side
    }

    /// The folder that distributions are installed to.
    pub fn site_packages(&self) -> PathBuf {
        let lib = self.folder.join("venv/lib");
        let mut entries = std::fs::read_dir(lib).expect("an environment has a library");
        entries
            .next()
            .expect("and one folder in it")
            .expect("readable")
            .path()
            .join("site-packages")
    }

    /// Makes everything as it was at first.
    fn clear(&self) {
        // What is known of the interpreter stays: to ask it takes longer than most command lines.
        let kept = self.folder.join("home/kept");
        let (facts, aside) = (kept.join("interpreters-v1"), self.folder.join("facts"));
        if facts.exists() {
            std::fs::rename(&facts, &aside).expect("the stage is its own");
        }
        for name in ["home", "tmp", "work"] {
            empty(&self.folder.join(name));
        }
        if aside.exists() {
            std::fs::create_dir_all(&kept).expect("the stage takes folders");
            std::fs::rename(&aside, &facts).expect("the stage is its own");
        }
        empty(&self.site_packages());
        let entries = std::fs::read_dir(self.folder.join("venv")).expect("a folder");
        for entry in entries.flatten() {
            let name = entry.file_name();
            if !["bin", "lib", "lib64", "pyvenv.cfg"].iter().any(|kept| name == *kept) {
                remove(&entry.path());
            }
        }
        let entries = std::fs::read_dir(self.folder.join("venv/bin")).expect("a folder");
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.starts_with("python") && !name.to_ascii_lowercase().starts_with("activate") {
                std::fs::remove_file(entry.path()).expect("the stage is its own");
            }
        }
    }

    fn environment(&self, more: &[(String, String)]) -> Vec<(String, String)> {
        let at = |name: &str| self.folder.join(name).display().to_string();
        let mut all: Vec<(String, String)> = [
            ("PATH", std::env::var("PATH").unwrap_or_default()),
            ("HOME", at("home")),
            ("TMPDIR", at("tmp")),
            ("LANG", "C.UTF-8".to_owned()),
            ("COLUMNS", "80".to_owned()),
            ("XDG_CONFIG_DIRS", "/nowhere".to_owned()),
            ("PIP_DISABLE_PIP_VERSION_CHECK", "1".to_owned()),
            ("PIP_ROOT_USER_ACTION", "ignore".to_owned()),
            ("PIP_RETRIES", "0".to_owned()),
            // Where pip's own would be it has decided when it was imported.
            ("PIP_CACHE_DIR", at("home/pips-kept")),
            ("PIP_ACCEL_CACHE", at("home/kept")),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
        all.retain(|(name, _)| more.iter().all(|(given, _)| given != name));
        all.extend(more.iter().map(|(name, value)| (name.clone(), self.filled(value))));
        all
    }

    /// A text with the side's folder put in for `@SIDE@`.
    fn filled(&self, text: &str) -> String {
        text.replace("@SIDE@", &self.folder.display().to_string())
    }

    fn ran(&self, code: i32) -> Ran {
        let read = |name: &str| {
            let bytes = std::fs::read(self.folder.join(name)).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        Ran { stdout: read("stdout"), stderr: read("stderr"), code }
    }
}

/// What both programs did with a command line.
#[derive(Debug)]
pub struct Both {
    /// This program.
    pub ours: Ran,
    /// The newest pip.
    pub theirs: Ran,
}

/// Two sides with the programs that work on them.
#[derive(Debug)]
pub struct Stage {
    /// What both sides read.
    folder: tempfile::TempDir,
    /// This program's side.
    pub ours: Side,
    /// pip's side.
    pub theirs: Side,
    /// How long a program may take for a command line.
    pub seconds: u32,
    program: PathBuf,
    pip: RunningPip,
}

impl Stage {
    /// Environments of an interpreter on both sides. `program` is the pip-accel that plays.
    pub fn new(program: &Path, python: &Path) -> Self {
        Self::with(program, python, &[], |side| RunningPip::start(&side.folder.join("venv")))
    }

    /// The same, where the environments see the interpreter's own packages, and the user's.
    pub fn for_users(program: &Path, python: &Path) -> Self {
        Self::with(program, python, &["--system-site-packages"], |side| {
            let name = side.site_packages();
            let version = name.parent().and_then(Path::file_name).expect("lib/pythonX.Y");
            let home = side.folder.join("home");
            let user = home.join(".local/lib").join(version).join("site-packages");
            std::fs::create_dir_all(user).expect("the stage takes folders");
            let pip = RunningPip::start_for_user(&side.folder.join("venv"), &home);
            side.clear();
            pip
        })
    }

    /// Interpreters of their own instead of environments, which say that another package manager looks
    /// after them (PEP 668).
    pub fn managed(program: &Path, python: &Path) -> Self {
        let make = |folder: &Path| managed::interpreter(python, &folder.join("venv"));
        Self::made_by(program, make, |side| {
            RunningPip::start_for_user(&side.folder.join("venv"), &side.folder.join("home"))
        })
    }

    fn with(
        program: &Path,
        python: &Path,
        options: &[&str],
        pip: impl FnOnce(&Side) -> RunningPip,
    ) -> Self {
        let make = |folder: &Path| {
            let made = Command::new(python)
                .args(["-I", "-m", "venv", "--without-pip"])
                .args(options)
                .arg(folder.join("venv"))
                .status();
            assert!(made.is_ok_and(|status| status.success()), "could not make an environment");
        };
        Self::made_by(program, make, pip)
    }

    /// `make` puts an environment or an interpreter at `venv` in a folder.
    fn made_by(
        program: &Path,
        make: impl Fn(&Path),
        pip: impl FnOnce(&Side) -> RunningPip,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("both")).expect("the stage takes folders");
        let ours = Side::new(folder.path().join("ours"), &make);
        let theirs = Side::new(folder.path().join("pips"), &make);
        let pip = pip(&theirs);
        Self { folder, ours, theirs, seconds: 40, program: program.to_owned(), pip }
    }

    /// The folder of what both read.
    pub fn shared(&self) -> PathBuf {
        self.folder.path().join("both")
    }

    /// Both sides, ours first.
    pub fn sides(&self) -> [&Side; 2] {
        [&self.ours, &self.theirs]
    }

    /// Makes everything as it was at first.
    pub fn clear(&self) {
        empty(&self.shared());
        self.ours.clear();
        self.theirs.clear();
    }

    /// Plays a command line to both at the same time; `@SIDE@` in an argument or a variable is the
    /// side's folder.
    pub fn run(&mut self, arguments: &[String], variables: &[(String, String)]) -> Both {
        let (ours, program, seconds) = (&self.ours, &self.program, self.seconds);
        let (theirs, pip) = (&self.theirs, &mut self.pip);
        std::thread::scope(|scope| {
            let ours = scope.spawn(|| run_program(program, ours, arguments, variables, seconds));
            let theirs = run_pip(pip, theirs, arguments, variables, seconds);
            Both { ours: ours.join().expect("no panic"), theirs }
        })
    }

    /// From now on another pip plays, whose sets of texts have another order.
    pub fn change_pip(&mut self) {
        self.pip = self.pip.another();
    }

    /// Plays it to this program only.
    pub fn run_ours(&self, arguments: &[String], variables: &[(String, String)]) -> Ran {
        run_program(&self.program, &self.ours, arguments, variables, self.seconds)
    }

    /// Plays it to pip only.
    pub fn run_theirs(&mut self, arguments: &[String], variables: &[(String, String)]) -> Ran {
        run_pip(&mut self.pip, &self.theirs, arguments, variables, self.seconds)
    }

    /// How the words and codes of a run differ, a line each.
    pub fn differences(&self, both: &Both) -> Vec<String> {
        let mut different = Vec::new();
        if both.ours.code != both.theirs.code {
            different
                .push(format!("exit code: ours {}, pip's {}", both.ours.code, both.theirs.code));
        }
        let (our_errors, their_errors) = errors(both);
        for (name, ours, theirs) in [
            ("stdout", &*both.ours.stdout, &*both.theirs.stdout),
            ("stderr", our_errors, their_errors),
        ] {
            let ours = comparable_lines(ours, &self.ours.folder);
            let theirs = comparable_lines(theirs, &self.theirs.folder);
            different.extend(differing_lines(name, &ours, &theirs));
        }
        different
    }

    /// Paths below a folder that only one side has, a line each.
    pub fn differing_paths(&self, below: &str) -> Vec<String> {
        let [ours, theirs] =
            self.sides().map(|side| crate::twin::listing(&side.folder.join(below)));
        let only = |who: &str, path: &String| format!("{path}: only {who}");
        ours.difference(&theirs)
            .map(|path| only("ours", path))
            .chain(theirs.difference(&ours).map(|path| only("pip's", path)))
            .collect()
    }
}

/// Both standard errors as they are compared. With `--debug` every error of pip's ends with Python's
/// traceback, where this program has its own words about it: there they are compared up to that.
fn errors(both: &Both) -> (&str, &str) {
    let (ours, theirs) = (&*both.ours.stderr, &*both.theirs.stderr);
    let Some(end) = theirs.find(TRACEBACK).filter(|_| !theirs.contains("ERROR: Exception:\n"))
    else {
        return (ours, theirs);
    };
    let begins = |line: &str| line.starts_with("ERROR: ") || line.starts_with("error: ");
    let last = ours.split_inclusive('\n').rev().find(|line| begins(line));
    let last = last.map_or(ours.len(), |line| line.as_ptr() as usize - ours.as_ptr() as usize);
    (&ours[..last], &theirs[..end])
}

/// How Python begins to tell of an exception.
const TRACEBACK: &str = "Traceback (most recent call last):\n";

/// The lines from the first to the last that differ.
fn differing_lines(name: &str, ours: &[String], theirs: &[String]) -> Vec<String> {
    let start = ours.iter().zip(theirs).take_while(|(a, b)| a == b).count();
    let (ours, theirs) = (&ours[start..], &theirs[start..]);
    let end = ours.iter().rev().zip(theirs.iter().rev()).take_while(|(a, b)| a == b).count();
    let lines = |who: &str, lines: &[String]| {
        let lines = &lines[..lines.len() - end];
        lines.iter().map(|line| format!("{name} line {who} {line}")).collect::<Vec<_>>()
    };
    [lines("ours: ", ours), lines("pip's:", theirs)].concat()
}

fn run_pip(
    pip: &mut RunningPip,
    side: &Side,
    arguments: &[String],
    variables: &[(String, String)],
    seconds: u32,
) -> Ran {
    let filled: Vec<String> = arguments.iter().map(|text| side.filled(text)).collect();
    let code = pip.run(&Line {
        folder: &side.folder.join("work"),
        arguments: &filled,
        environment: &side.environment(variables),
        outputs: [&side.folder.join("stdout"), &side.folder.join("stderr")],
        seconds,
    });
    side.ran(code)
}

fn run_program(
    program: &Path,
    side: &Side,
    arguments: &[String],
    variables: &[(String, String)],
    seconds: u32,
) -> Ran {
    let output = |name: &str| {
        Stdio::from(std::fs::File::create(side.folder.join(name)).expect("the stage takes files"))
    };
    let mut child = Command::new(program)
        .arg("--python")
        .arg(side.folder.join("venv/bin/python"))
        .args(arguments.iter().map(|text| side.filled(text)))
        .env_clear()
        .envs(side.environment(variables))
        .current_dir(side.folder.join("work"))
        .stdin(Stdio::null())
        .stdout(output("stdout"))
        .stderr(output("stderr"))
        .spawn()
        .expect("the program starts");
    let end = Instant::now() + Duration::from_secs(u64::from(seconds));
    let code = loop {
        if let Some(status) = child.try_wait().expect("a child of this process") {
            use std::os::unix::process::ExitStatusExt as _;
            break status.code().unwrap_or_else(|| -status.signal().unwrap_or_default());
        }
        if Instant::now() > end {
            let _ = child.kill();
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    side.ran(code)
}

/// Removes a file or a folder with all that it has.
fn remove(path: &Path) {
    let is_folder = path.symlink_metadata().is_ok_and(|facts| facts.is_dir());
    let removed =
        if is_folder { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    removed.expect("the stage is its own");
}

/// Makes a folder an empty one.
fn empty(folder: &Path) {
    if folder.exists() {
        remove(folder);
    }
    std::fs::create_dir_all(folder).expect("the stage takes folders");
}
