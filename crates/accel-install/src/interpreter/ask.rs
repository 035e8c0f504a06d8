//! Asking an interpreter for its facts by running the probe script in it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use accel_io::fs::Scratch;
use accel_io::process::{Finished, Run};

use super::InterpreterError;
use super::facts::Answer;

/// The script; see its head for what it can rely on.
pub(super) const PROBE: &str = include_str!("probe.py");
/// The line after which the answer follows: a start-up hook of the distributor may print too.
const MARKER: &str = "@pip-accel-facts@";
/// Nothing here takes a second, but a cold network disk might.
const LIMIT: Duration = Duration::from_mins(2);
/// No environment variable, user site or site-packages may colour the answer.
const ISOLATED: [&str; 4] = ["-E", "-s", "-S", "-c"];

/// Runs the probe in `executable`; `cache_root` is where its throw-away venv may be.
pub(super) fn ask(executable: &Path, cache_root: &Path) -> Result<Answer, InterpreterError> {
    let scratch = Scratch::new(cache_root)?;
    let run = Run::new(executable).args(ISOLATED).arg(PROBE).arg(scratch.path());
    let finished = run_isolated(executable, run)?;
    let stdout = finished.stdout_text();
    let answer = stdout.rsplit_once(MARKER).map_or("", |(_, json)| json);
    serde_json::from_str(answer).map_err(|error| InterpreterError::Answer {
        executable: executable.to_owned(),
        reason: error.to_string(),
    })
}

/// The interpreter that a wrapper script, such as a pyenv shim, runs just now.
pub(super) fn behind_script(script: &Path) -> Result<PathBuf, InterpreterError> {
    let ask = format!("import sys; print({MARKER:?}); print(sys.executable)");
    let finished = run_isolated(script, Run::new(script).args(ISOLATED).arg(ask))?;
    let stdout = finished.stdout_text();
    let path = stdout.rsplit_once(MARKER).map_or("", |(_, path)| path.trim());
    if !path.starts_with('/') || Path::new(path) == script {
        return Err(InterpreterError::Answer {
            executable: script.to_owned(),
            reason: format!("it names no interpreter but {path:?}"),
        });
    }
    Ok(PathBuf::from(path))
}

fn run_isolated(executable: &Path, run: Run) -> Result<Finished, InterpreterError> {
    // Build tools set this to pretend another platform; -E does not cover it.
    let finished = run
        .env_remove("_PYTHON_HOST_PLATFORM")
        .env_remove("__PYVENV_LAUNCHER__")
        .timeout(LIMIT)
        .finish()?;
    if finished.success() {
        return Ok(finished);
    }
    let stderr = finished.stderr_text();
    let last = stderr.lines().map(str::trim).rfind(|line| !line.is_empty());
    Err(InterpreterError::Failed {
        executable: executable.to_owned(),
        code: finished.code(),
        reason: last.unwrap_or("it said nothing").to_owned(),
    })
}
