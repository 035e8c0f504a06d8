//! A folder in which this program and the real pip do the same thing, and what came of it.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use accel_testkit::real_pip;

/// A temporary folder with a home, a cache and room for environments.
pub struct Sandbox {
    folder: tempfile::TempDir,
}

/// What a run printed and its exit code.
#[derive(Debug)]
pub struct Ran {
    pub stdout: String,
    pub stderr: String,
    /// 128 + n if signal n ended it.
    pub code: i32,
}

impl Ran {
    pub fn of(output: &Output) -> Self {
        use std::os::unix::process::ExitStatusExt as _;
        let code = output.status.code();
        Self {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: code.unwrap_or_else(|| 128 + output.status.signal().unwrap_or_default()),
        }
    }

    /// Goes on only if the run succeeded.
    #[track_caller]
    pub fn good(self) -> Self {
        assert_eq!(self.code, 0, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Goes on only if the run failed as pip fails: with 1, and without a panic.
    #[track_caller]
    pub fn bad(self) -> Self {
        assert_eq!(self.code, 1, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// The lines of standard error that start with a word.
    pub fn lines(&self, word: &str) -> Vec<&str> {
        self.stderr.lines().filter(|line| line.trim_start().starts_with(word)).collect()
    }
}

impl Sandbox {
    /// An empty one.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["home", "dist"] {
            std::fs::create_dir(folder.path().join(name)).expect("the folder takes folders");
        }
        Self { folder }
    }

    /// A path below the folder.
    pub fn at(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// The folder as text.
    pub fn text(&self) -> &str {
        self.folder.path().to_str().expect("a temporary folder has a plain name")
    }

    /// Writes a file below the folder.
    pub fn write(&self, below: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at(below);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).expect("the folder takes folders");
        }
        std::fs::write(&path, contents).expect("the folder takes files");
        path
    }

    /// Makes an environment without pip.
    pub fn environment(&self, name: &str) -> PathBuf {
        let folder = self.at(name);
        let python = real_pip::python().to_str().expect("a plain path").to_owned();
        let path = folder.to_str().expect("a plain path");
        self.ours(&["--python", &python, "venv", "--without-pip", path], &[]).good();
        folder
    }

    /// This program with a clean environment; `variables` are added.
    pub fn command(&self, variables: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pip-accel"));
        self.surround(&mut command, variables);
        command
    }

    /// Gives a command the environment of the sandbox.
    pub fn surround(&self, command: &mut Command, variables: &[(&str, &str)]) {
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.at("home"))
            .env("TMPDIR", self.folder.path())
            .env("XDG_CONFIG_DIRS", "/nowhere")
            .env("PIP_ACCEL_CACHE", self.at("cache"))
            .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
            .env("PIP_RETRIES", "0")
            .env("COLUMNS", "200")
            .envs(variables.iter().copied())
            .current_dir(self.folder.path());
    }

    /// Runs this program.
    pub fn ours(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        let output = self.command(variables).args(arguments).output();
        Ran::of(&output.expect("the program starts"))
    }

    /// `pip-accel --python ENVIRONMENT install …`
    pub fn install(&self, environment: &Path, arguments: &[&str]) -> Ran {
        self.install_with(environment, arguments, &[])
    }

    /// The same with variables.
    pub fn install_with(
        &self,
        environment: &Path,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Ran {
        let python = environment.join("bin/python");
        let mut all = vec!["--python", python.to_str().expect("a plain path"), "install"];
        all.extend(arguments);
        self.ours(&all, variables)
    }

    /// `pip --python ENVIRONMENT install …` by the newest real pip.
    pub fn pip_install(
        &self,
        environment: &Path,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Ran {
        // What `pip --python ENVIRONMENT` starts, without the first of its two interpreters.
        let mut command = Command::new(environment.join("bin/python"));
        self.surround(&mut command, variables);
        command
            .env("PIP_CACHE_DIR", self.at("pip-cache"))
            .arg("-I")
            .arg(real_pip::runner())
            .arg("install")
            .args(arguments);
        Ran::of(&command.output().expect("the real pip starts"))
    }
}

/// Every file and folder below a folder: kind, size, mode, contents of small files, target of links.
pub fn tree(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(place) = waiting.pop() {
        let Ok(entries) = std::fs::read_dir(&place) else { continue };
        for entry in entries.filter_map(Result::ok) {
            let path = entry.path();
            let facts = path.symlink_metadata().expect("a file that was listed");
            let words = if facts.is_dir() {
                waiting.push(path.clone());
                "folder".to_owned()
            } else if facts.is_symlink() {
                format!("link to {}", path.read_link().expect("a link").display())
            } else {
                let digest =
                    accel_testkit::wheel::sha256(&std::fs::read(&path).unwrap_or_default());
                format!("file {:o} {} {digest}", facts.mode(), facts.len())
            };
            found.insert(path.strip_prefix(folder).expect("below").to_owned(), words);
        }
    }
    found
}

/// The `site-packages` of an environment.
pub fn site_packages(environment: &Path) -> PathBuf {
    let lib = environment.join("lib");
    let versions = std::fs::read_dir(&lib).expect("a virtual environment").filter_map(Result::ok);
    let mut versions = versions.map(|entry| entry.path().join("site-packages"));
    versions.find(|path| path.is_dir()).expect("a site-packages folder")
}

/// The variables in front of a command line (`NAME=VALUE`), and its arguments.
pub fn command_line(words: &[String]) -> (Vec<(String, String)>, Vec<String>) {
    let assigned = |word: &String| {
        let (name, value) = word.split_once('=')?;
        let named = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        named.then(|| (name.to_owned(), value.to_owned()))
    };
    let variables: Vec<_> = words.iter().map_while(assigned).collect();
    let arguments = words[variables.len()..].to_vec();
    (variables, arguments)
}
