//! The real pip and this program's reading of the same surroundings, side by side.

use std::path::{Path, PathBuf};
use std::process::Command;

use pip_accel::args::Stop;
use pip_accel::surroundings::Surroundings;

/// What a run prints and its exit code; `None` if it goes on to do something.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
}

/// Arguments, variables and a folder to run in.
pub struct Run<'a> {
    pub folder: &'a Path,
    pub arguments: &'a [&'a str],
    pub variables: &'a [(&'a str, &'a str)],
}

impl Run<'_> {
    pub fn environment(&self) -> Vec<(String, String)> {
        let folder = self.folder.to_str().unwrap();
        let mut environment: Vec<(String, String)> = [
            ("HOME", folder),
            ("PATH", "/usr/bin:/bin"),
            ("COLUMNS", "80"),
            ("XDG_CONFIG_DIRS", "/nowhere"),
            ("PIP_DISABLE_PIP_VERSION_CHECK", "1"),
        ]
        .iter()
        .filter(|(name, _)| self.variables.iter().all(|(given, _)| given != name))
        .chain(self.variables)
        .map(|(name, value)| ((*name).to_owned(), value.replace("@ROOT@", folder)))
        .collect();
        environment.sort();
        environment
    }

    /// The folder with the real pip and its interpreter.
    fn bin() -> PathBuf {
        accel_testkit::real_pip::python().parent().unwrap().to_path_buf()
    }

    pub fn surroundings(&self) -> Surroundings {
        let environment = self.environment();
        let columns = environment.iter().find(|(name, _)| name == "COLUMNS");
        Surroundings {
            columns: columns.and_then(|(_, columns)| columns.parse().ok()).unwrap_or(80),
            arguments: self.arguments.iter().map(|a| (*a).to_owned()).collect(),
            program: "pip".to_owned(),
            program_folder: Some(Self::bin()),
            current_dir: self.folder.canonicalize().unwrap(),
            environment,
            umask: 0o022,
        }
    }

    pub fn pip(&self) -> Outcome {
        let finished = Command::new(Self::bin().join("pip"))
            .args(self.arguments)
            .env_clear()
            .envs(self.environment())
            .current_dir(self.folder)
            .output()
            .unwrap();
        Outcome {
            stdout: String::from_utf8(finished.stdout).unwrap(),
            stderr: String::from_utf8(finished.stderr).unwrap(),
            code: finished.status.code().unwrap(),
        }
    }

    pub fn ours(&self) -> Option<Outcome> {
        match pip_accel::ask(&self.surroundings()) {
            Ok(_) | Err(Stop::HandOver { .. }) => None,
            Err(Stop::Answer(stdout)) => Some(Outcome { stdout, stderr: String::new(), code: 0 }),
            Err(Stop::Wrong { text, code }) => {
                Some(Outcome { stdout: String::new(), stderr: text, code: i32::from(code) })
            }
        }
    }
}
