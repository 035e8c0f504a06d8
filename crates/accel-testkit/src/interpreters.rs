//! The Python interpreters of the machine that runs the tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// An interpreter that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its executable; neither a wrapper script nor in a virtual environment.
    pub executable: PathBuf,
    /// `cpython` or `pypy`.
    pub implementation: String,
    /// Major and minor version.
    pub version: (u32, u32),
}

/// One interpreter of each implementation and version: pyenv's, then those on `PATH`.
pub fn interpreters() -> &'static [Found] {
    static FOUND: OnceLock<Vec<Found>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let mut found: Vec<Found> = Vec::new();
        for executable in candidates() {
            let Some(interpreter) = ask(&executable) else { continue };
            let known = |other: &Found| {
                (&other.implementation, other.version)
                    == (&interpreter.implementation, interpreter.version)
            };
            if !found.iter().any(known) {
                found.push(interpreter);
            }
        }
        found.sort_by(|a, b| (&a.implementation, a.version).cmp(&(&b.implementation, b.version)));
        found
    })
}

/// The CPython of a version.
///
/// # Panics
/// If there is none: the test that asks cannot say anything without it.
pub fn cpython(major: u32, minor: u32) -> &'static Path {
    let wanted =
        |found: &&Found| found.implementation == "cpython" && found.version == (major, minor);
    match interpreters().iter().find(wanted) {
        Some(found) => &found.executable,
        None => {
            panic!("CPython {major}.{minor} is wanted for this test: neither pyenv nor PATH has it")
        }
    }
}

fn candidates() -> Vec<PathBuf> {
    let home = PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
    let pyenv = std::env::var_os("PYENV_ROOT").map_or_else(|| home.join(".pyenv"), PathBuf::from);
    let mut folders: Vec<PathBuf> = std::fs::read_dir(pyenv.join("versions"))
        .map(|entries| entries.flatten().map(|entry| entry.path().join("bin")).collect())
        .unwrap_or_default();
    folders.sort();
    folders.reverse();
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let mut names: Vec<String> = (6..20).rev().map(|minor| format!("python3.{minor}")).collect();
    names.extend(["python3", "python2.7", "pypy3"].map(str::to_owned));
    let mut found: Vec<PathBuf> = Vec::new();
    for folder in folders {
        for name in &names {
            let executable = folder.join(name);
            let Ok(real) = executable.canonicalize() else { continue };
            let script = std::fs::read(&real).is_ok_and(|bytes| bytes.starts_with(b"#!"));
            let in_venv = folder.join("../pyvenv.cfg").exists();
            let known = found.iter().any(|other| other.canonicalize().is_ok_and(|it| it == real));
            if !script && !in_venv && !known {
                found.push(executable);
            }
        }
    }
    found
}

fn ask(executable: &Path) -> Option<Found> {
    let script = "import platform, sys; \
        print('%s %d %d' % ((platform.python_implementation().lower(),) + sys.version_info[:2]))";
    let finished = Command::new(executable).args(["-E", "-s", "-c", script]).output().ok()?;
    let text = String::from_utf8(finished.stdout).ok()?;
    let mut words = text.split_whitespace();
    let implementation = words.next()?.to_owned();
    let version = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    Some(Found { executable: executable.to_owned(), implementation, version })
}
