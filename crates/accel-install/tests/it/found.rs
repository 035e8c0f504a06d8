//! The interpreters of the machine that runs the tests, and questions to them.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use accel_install::{Interpreter, Target, UserSettings};
use accel_io::fs::Scratch;

/// Executables of all interpreters: those of pyenv, then those on PATH; no wrapper scripts, none
/// twice, none in virtual environments.
pub(crate) fn interpreters() -> &'static [PathBuf] {
    static FOUND: OnceLock<Vec<PathBuf>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let home = std::env::var_os("HOME").unwrap_or_default();
        let pyenv = std::env::var_os("PYENV_ROOT")
            .map_or_else(|| Path::new(&home).join(".pyenv"), PathBuf::from);
        let mut folders: Vec<PathBuf> = std::fs::read_dir(pyenv.join("versions"))
            .map(|entries| entries.flatten().map(|entry| entry.path().join("bin")).collect())
            .unwrap_or_default();
        folders.sort();
        let path = std::env::var_os("PATH").unwrap_or_default();
        folders.extend(std::env::split_paths(&path));
        let mut found: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
        for folder in folders {
            for name in ["python", "python3", "python2", "pypy3"] {
                let executable = folder.join(name);
                let Ok(real) = executable.canonicalize() else { continue };
                let script = std::fs::read(&real).is_ok_and(|bytes| bytes.starts_with(b"#!"));
                let in_venv = folder.join("../pyvenv.cfg").exists();
                if !script && !in_venv {
                    found.entry(real).or_insert(executable);
                }
            }
        }
        assert!(!found.is_empty(), "no Python to test with");
        found.into_values().collect()
    })
}

/// One cache for all tests of the process.
pub(crate) fn cache_root() -> &'static Path {
    static ROOT: OnceLock<Scratch> = OnceLock::new();
    ROOT.get_or_init(scratch).path()
}

pub(crate) fn scratch() -> Scratch {
    Scratch::new(std::env::temp_dir()).unwrap()
}

pub(crate) fn query(executable: &Path) -> Interpreter {
    Interpreter::query(executable, cache_root()).unwrap()
}

pub(crate) fn target(executable: &Path, home: &Path) -> Target {
    let user = UserSettings { home: Some(home.to_owned()), ..UserSettings::default() };
    Target { interpreter: query(executable), user }
}

/// Runs Python with a clean environment and returns what it printed.
pub(crate) fn python<S: AsRef<OsStr>>(executable: &Path, home: &Path, args: &[S]) -> String {
    let finished = Command::new(executable)
        .args(args)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", home)
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .env("PIP_CONFIG_FILE", "/dev/null")
        // Below 3.11 pip still prefers its older backend, whose days are counted.
        .env("_PIP_USE_IMPORTLIB_METADATA", "1")
        .current_dir(home)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&finished.stderr);
    assert!(finished.status.success(), "{} failed:\n{stderr}", executable.display());
    String::from_utf8(finished.stdout).unwrap()
}

pub(crate) fn ask(executable: &Path, home: &Path, script: &str) -> serde_json::Value {
    let text = python(executable, home, &["-c", script]);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

/// The folder that holds the newest pip, for interpreters that it supports.
pub(crate) fn newest_pip() -> &'static str {
    static FOLDER: OnceLock<String> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let script = "import os, pip; print(os.path.dirname(os.path.dirname(pip.__file__)))";
        let bytes = accel_testkit::real_pip::script(script, b"");
        String::from_utf8(bytes).unwrap().trim().to_owned()
    })
}

/// The folder of the newest pip that runs on this interpreter: the newest of all since 3.10, the
/// interpreter's own before; `None` if it has none.
pub(crate) fn pip_for(interpreter: &Interpreter) -> Option<String> {
    if interpreter.version() >= (3, 10, 0) {
        return Some(newest_pip().to_owned());
    }
    let script = "import os, pip; print(os.path.dirname(os.path.dirname(pip.__file__)))";
    let own = Command::new(interpreter.base_executable()).args(["-c", script]).output().ok()?;
    own.status.success().then(|| String::from_utf8_lossy(&own.stdout).trim().to_owned())
}
