//! One measured process.

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs a command as the only child of a small process, so that the resource usage of children is
/// that command's alone.
const MEASURE: &str = "
import json, resource, subprocess, sys, time
log = open(sys.argv[1], 'wb')
start = time.perf_counter()
code = subprocess.call(sys.argv[2:], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
wall = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([code, wall, used.ru_utime + used.ru_stime, used.ru_maxrss]))
";

/// What one run of a program took.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Seconds by the clock.
    pub wall: f64,
    /// Seconds of processor time, children included.
    pub cpu: f64,
    /// Peak resident memory of the largest process, KiB.
    pub memory: u64,
}

/// Runs `command`, its output into `log`; a non-zero exit code is an error. pip-accel keeps what
/// it keeps in `cache`.
pub fn sample(command: &[String], cache: &Path, log: &Path) -> Result<Sample, String> {
    let output = clean(Command::new("python3").arg("-c").arg(MEASURE).arg(log).args(command))
        .env("PIP_ACCEL_CACHE", cache)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("could not run python3: {error}"))?;
    let row: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("could not read the measurement of {command:?}: {error}"))?;
    if row[0] != 0 {
        let text = std::fs::read_to_string(log).unwrap_or_default();
        return Err(format!("{command:?} failed:\n{text}"));
    }
    Ok(Sample {
        wall: row[1].as_f64().unwrap_or_default(),
        cpu: row[2].as_f64().unwrap_or_default(),
        memory: row[3].as_u64().unwrap_or_default(),
    })
}

/// Runs `command` under `strace -c -f` and returns its number of system calls; `None` without
/// strace.
pub fn system_calls(command: &[String], cache: &Path, log: &Path) -> Option<u64> {
    clean(Command::new("strace").args(["-c", "-f", "-o"]).arg(log).args(command))
        .env("PIP_ACCEL_CACHE", cache)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .ok()
        .filter(std::process::ExitStatus::success)?;
    let text = std::fs::read_to_string(log).ok()?;
    let total = text.lines().rev().find(|line| line.trim_end().ends_with("total"))?;
    // "100.00  0.018208  4  4034  93 total": seconds, microseconds per call, calls.
    total.split_whitespace().nth(3)?.parse().ok()
}

/// Takes the surrounding configuration away that would make the programs' work unequal.
pub fn clean(command: &mut Command) -> &mut Command {
    for name in
        ["PIP_FIND_LINKS", "PIP_CONFIG_FILE", "VIRTUAL_ENV", "UV_CACHE_DIR", "PIP_ACCEL_CACHE"]
    {
        command.env_remove(name);
    }
    command
}
