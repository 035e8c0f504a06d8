//! One command line for two environments: this program fills one, the newest pip the other.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use accel_testkit::twin::Twins;

/// What a run printed and its exit code.
#[derive(Debug)]
pub struct Ran {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
}

impl Ran {
    /// The lines of standard output that scripts read.
    pub fn promised(&self) -> Vec<&str> {
        // Whether anything is built depends on what either side has kept.
        let read = [
            "Successfully installed",
            "Successfully uninstalled",
            "Requirement already satisfied",
            "Would install ",
        ];
        self.stdout
            .lines()
            .map(str::trim_start)
            .filter(|line| read.iter().any(|start| line.starts_with(start)))
            .collect()
    }
}

/// Runs of the same command by both programs.
#[derive(Debug)]
pub struct Both {
    pub ours: Ran,
    pub theirs: Ran,
}

impl Both {
    /// Exit codes and the lines that scripts read must be the same.
    #[track_caller]
    pub fn agree(&self) -> &Self {
        assert_eq!(self.ours.code, self.theirs.code, "{self:#?}");
        assert_eq!(self.ours.promised(), self.theirs.promised(), "{self:#?}");
        self
    }

    /// And both must have succeeded.
    #[track_caller]
    pub fn succeed(&self) -> &Self {
        assert_eq!(self.ours.code, 0, "{self:#?}");
        self.agree()
    }
}

/// Two folders of equally long names, `ours` and `pips`, each with a `venv` and a `home`.
pub struct Pair {
    folder: tempfile::TempDir,
    python: PathBuf,
    variables: Vec<(String, String)>,
}

impl Pair {
    /// With an empty virtual environment on each side.
    pub fn new(python: &Path) -> Self {
        Self::with_options(python, &["--without-pip"])
    }

    /// With a virtual environment made by `venv` with these options on each side.
    pub fn with_options(python: &Path, options: &[&str]) -> Self {
        let pair = Self::without_venv(python);
        let ours = pair.ours().join("venv");
        let python = python.to_str().unwrap();
        let mut arguments = vec!["--python", python, "venv", text(&ours)];
        arguments.extend(options);
        let made = pair.run_ours(&arguments);
        assert_eq!(made.code, 0, "{made:#?}");
        let theirs = pair.theirs().join("venv");
        let made = pair.output(
            Command::new(python).args(["-m", "venv"]).args(options).arg(&theirs),
            &pair.theirs(),
        );
        assert_eq!(made.code, 0, "{made:#?}");
        Self { python: "venv/bin/python".into(), ..pair }
    }

    /// Commands are for the interpreter itself.
    pub fn without_venv(python: &Path) -> Self {
        let folder = tempfile::tempdir_in(work()).unwrap();
        for side in ["ours", "pips"] {
            std::fs::create_dir_all(folder.path().join(side).join("home")).unwrap();
        }
        Self { folder, python: python.to_owned(), variables: Vec::new() }
    }

    /// Sets a variable for both sides.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn ours(&self) -> PathBuf {
        self.folder.path().join("ours")
    }

    pub fn theirs(&self) -> PathBuf {
        self.folder.path().join("pips")
    }

    /// A folder for what both sides read.
    pub fn shared(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a command on both sides at the same time; `@SIDE@` in an argument is the side's
    /// folder, which is also the current one.
    pub fn run(&self, arguments: &[&str]) -> Both {
        std::thread::scope(|scope| {
            let ours = scope.spawn(|| {
                let python = self.ours().join(&self.python);
                let filled = filled(arguments, &self.ours());
                let mut all = vec!["--python", text(&python)];
                all.extend(filled.iter().map(String::as_str));
                self.run_ours(&all)
            });
            let theirs = self.run_pip(arguments);
            Both { ours: ours.join().unwrap(), theirs }
        })
    }

    /// Runs a command on both sides with something to read for both.
    pub fn run_fed(&self, input: &str, arguments: &[&str]) -> Both {
        let path = self.shared().join("input");
        std::fs::write(&path, input).unwrap();
        let fed = || std::fs::File::open(&path).unwrap();
        let (ours, theirs) = (self.ours(), self.theirs());
        let mut command = Command::new(env!("CARGO_BIN_EXE_pip-accel"));
        command.arg("--python").arg(ours.join(&self.python)).args(filled(arguments, &ours));
        Both {
            ours: self.output(command.stdin(fed()), &ours),
            theirs: self.output(self.pip_command(&theirs, arguments).stdin(fed()), &theirs),
        }
    }

    /// Runs this program.
    pub fn run_ours(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pip-accel"));
        self.output(command.args(arguments), &self.ours())
    }

    /// Runs the newest pip for the environment on its side.
    pub fn run_pip(&self, arguments: &[&str]) -> Ran {
        self.pip_on(&self.theirs(), arguments)
    }

    /// Runs the newest pip for an environment on either side.
    pub fn pip_on(&self, side: &Path, arguments: &[&str]) -> Ran {
        self.output(&mut self.pip_command(side, arguments), side)
    }

    fn pip_command(&self, side: &Path, arguments: &[&str]) -> Command {
        let python = side.join(&self.python);
        let mut command = Command::new(accel_testkit::real_pip::python());
        command.args(["-m", "pip", "--python"]).arg(python).args(filled(arguments, side));
        command
    }

    /// Runs a command as both programs are run.
    pub fn output(&self, command: &mut Command, side: &Path) -> Ran {
        command.env_clear().current_dir(side);
        for name in ["PATH", "PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CONFIG_FILE"]
            .into_iter()
            .chain([
                "http_proxy",
                "https_proxy",
                "no_proxy",
                "HTTP_PROXY",
                "HTTPS_PROXY",
                "NO_PROXY",
            ])
            .chain(["PIP_INDEX_URL", "PIP_DEFAULT_TIMEOUT"])
        {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        let finished = command
            .env("HOME", side.join("home"))
            .env("LANG", "C.UTF-8")
            .env("PIP_CACHE_DIR", tmp().join("pip-cache"))
            .env("PIP_ACCEL_CACHE", cache())
            .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
            .env("PIP_ROOT_USER_ACTION", "ignore")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .output()
            .unwrap();
        Ran {
            stdout: String::from_utf8_lossy(&finished.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&finished.stderr).into_owned(),
            code: finished.status.code().unwrap(),
        }
    }

    /// Both sides must hold the same, below `folder` of each.
    #[track_caller]
    pub fn equal(&self, folder: &str, built: bool) {
        same(&self.ours(), &self.theirs(), folder, built);
    }

    /// Runs Python code in our environment; it must succeed.
    #[track_caller]
    pub fn python(&self, code: &str) -> String {
        let ours = self.ours();
        let mut command = Command::new(ours.join(&self.python));
        let ran = self.output(command.args(["-B", "-c", code]), &ours);
        assert_eq!(ran.code, 0, "{ran:#?}");
        ran.stdout
    }
}

/// Two sides must hold the same below a folder of each, but for what the list of allowances names.
#[track_caller]
pub fn same(ours: &Path, theirs: &Path, below: &str, built: bool) {
    let python = [ours.join("venv/bin/python"), python311().to_owned()];
    let python = python.iter().find(|python| python.exists()).unwrap();
    let twins = Twins { ours, theirs, below, python, built };
    let differences = twins.differences();
    assert!(
        differences.is_empty(),
        "{} differences:\n{}",
        differences.len(),
        differences[..differences.len().min(40)].join("\n")
    );
}

/// The newest CPython that the requirement files were made for.
pub fn python311() -> &'static Path {
    accel_testkit::interpreters::cpython(3, 11)
}

pub fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// One cache for all tests of the process: empty at first, so that each run proves the way from
/// PyPI.
pub fn cache() -> PathBuf {
    work().join("cache")
}

/// The folder of this process; those of processes that have ended are deleted.
pub fn work() -> &'static Path {
    static WORK: OnceLock<(PathBuf, std::fs::File)> = OnceLock::new();
    let (work, _lock) = WORK.get_or_init(|| {
        for entry in std::fs::read_dir(tmp()).into_iter().flatten().flatten() {
            let is_lock =
                |name: &str| name.starts_with("pairs-") && name.strip_suffix(".lock").is_some();
            if !entry.file_name().to_str().is_some_and(is_lock) {
                continue;
            }
            let lock = std::fs::File::open(entry.path());
            if lock.is_ok_and(|lock| lock.try_lock().is_ok()) {
                let _ = std::fs::remove_dir_all(entry.path().with_extension(""));
                let _ = std::fs::remove_file(entry.path());
            }
        }
        let work = tmp().join(format!("pairs-{}", std::process::id()));
        let lock = std::fs::File::create(work.with_extension("lock")).unwrap();
        lock.lock().unwrap();
        std::fs::create_dir_all(&work).unwrap();
        (work, lock)
    });
    work
}

/// The folder for files of integration tests, which outlives them: pip's own cache is there.
fn tmp() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

fn filled(arguments: &[&str], side: &Path) -> Vec<String> {
    let fill = |argument: &&str| argument.replace("@SIDE@", text(side));
    arguments.iter().map(fill).collect()
}
