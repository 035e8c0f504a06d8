//! The real pip and this program's reading of the same surroundings, side by side.

use std::path::{Path, PathBuf};

use pip_accel::args::Stop;
use pip_accel::surroundings::Surroundings;
use serde_json::json;

/// What a run prints and its exit code; `None` if it goes on to do something.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
}

const MANY: &str = r#"
import json, os, sys, tempfile
from pip._internal.cli.main import main
import pip._internal.commands.install, pip._internal.commands.list, pip._vendor.rich.console
answers = []
for case in json.load(sys.stdin):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            code = 70
            try:
                os.dup2(out.fileno(), 1)
                os.dup2(err.fileno(), 2)
                os.environ.clear()
                os.environ.update(case["environment"])
                os.chdir(case["folder"])
                sys.argv = [case["program"], *case["arguments"]]
                code = main()
            except SystemExit as stop:
                code = stop.code or 0
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        texts = []
        for file in out, err:
            file.seek(0)
            texts.append(file.read().decode())
        answers.append([*texts, code])
print(json.dumps(answers))
"#;

/// Arguments, variables and a folder to run in.
#[derive(Clone, Copy)]
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
            module_python: None,
            current_dir: self.folder.canonicalize().unwrap(),
            environment,
            umask: 0o022,
            interactive: false,
        }
    }

    /// What pip answers to many runs. One Python imports pip once and forks for each of them.
    pub fn pip_all(runs: &[Run<'_>]) -> Vec<Outcome> {
        let cases: Vec<serde_json::Value> = runs
            .iter()
            .map(|run| {
                let environment: std::collections::BTreeMap<_, _> =
                    run.environment().into_iter().collect();
                json!({
                    "folder": run.folder, "arguments": run.arguments, "environment": environment,
                    "program": Self::bin().join("pip"),
                })
            })
            .collect();
        let answer = accel_testkit::real_pip::script(MANY, json!(cases).to_string().as_bytes());
        let answers: Vec<(String, String, i32)> = serde_json::from_slice(&answer).unwrap();
        let outcome = |(stdout, stderr, code)| Outcome { stdout, stderr, code };
        answers.into_iter().map(outcome).collect()
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
