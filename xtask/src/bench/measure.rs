//! One measured process.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

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

/// A command and the variables that it gets besides the surrounding ones.
#[derive(Clone, Debug)]
pub struct Line {
    /// The program and its arguments.
    pub words: Vec<String>,
    /// Names and values.
    pub variables: Vec<(&'static str, PathBuf)>,
}

impl Line {
    fn put_on(&self, command: &mut Command) {
        command.args(&self.words).envs(self.variables.iter().map(|(name, value)| (name, value)));
    }
}

/// Runs a command, its output into `log`; a non-zero exit code is an error.
///
/// A small process of its own starts it and waits for it ([`child`]), so that the resource usage
/// of children is that command's alone, and so that what a fork inherits is next to nothing.
pub fn sample(line: &Line, log: &Path) -> Result<Sample, String> {
    let this = std::env::current_exe().map_err(|error| format!("who am I: {error}"))?;
    let mut command = Command::new(this);
    clean(&mut command).args(["bench", "measure"]).arg(log);
    line.put_on(&mut command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("could not run {:?}: {error}", line.words))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut numbers = text.split_whitespace();
    let mut number = || numbers.next().and_then(|text| text.parse::<f64>().ok());
    let (Some(code), Some(wall), Some(cpu), Some(memory)) =
        (number(), number(), number(), number())
    else {
        return Err(format!("could not measure {:?}: {text}", line.words));
    };
    if code != 0.0 {
        let said = std::fs::read_to_string(log).unwrap_or_default();
        return Err(format!("{:?} ended with {code}:\n{said}", line.words));
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of KiB")]
    Ok(Sample { wall, cpu, memory: memory as u64 })
}

/// The process that [`sample`] starts: runs `words`, waits, prints exit code, seconds, seconds of
/// processor time and KiB as `wait4` tells them.
pub fn child(log: &Path, words: &[String]) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("could not run {words:?}: {error}");
    let out = File::create(log).map_err(failed)?;
    let err = out.try_clone().map_err(failed)?;
    let (program, arguments) = words.split_first().ok_or("nothing to measure")?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(out).stderr(err);
    let start = Instant::now();
    let status = command.status().map_err(failed)?;
    let wall = start.elapsed().as_secs_f64();
    let used = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|error| error.to_string())?;
    #[allow(clippy::cast_precision_loss, reason = "microseconds of a short run")]
    let cpu = (used.user_time() + used.system_time()).num_microseconds() as f64 / 1e6;
    println!("{} {wall} {cpu} {}", status.code().unwrap_or(-1), used.max_rss());
    Ok(())
}

/// Runs a command under `strace -c -f` and returns its number of system calls; `None` without
/// strace.
pub fn system_calls(line: &Line, log: &Path) -> Option<u64> {
    let mut command = Command::new("strace");
    clean(&mut command).args(["-c", "-f", "-o"]).arg(log);
    line.put_on(&mut command);
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
    if !status.success() {
        return None;
    }
    let text = std::fs::read_to_string(log).ok()?;
    let total = text.lines().rev().find(|line| line.trim_end().ends_with("total"))?;
    // "100.00  0.018208  4  4034  93 total": seconds, microseconds per call, calls.
    total.split_whitespace().nth(3)?.parse().ok()
}

/// Runs a command of the preparation; its output is shown only if it fails.
pub fn quietly(command: &mut Command) -> Result<(), String> {
    let output = clean(command).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("could not run {command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command:?} ended with {}:\n{said}", output.status))
}

/// Takes the surrounding configuration away that would make the programs' work unequal; what was
/// set for this command stays.
pub fn clean(command: &mut Command) -> &mut Command {
    for name in [
        "PIP_FIND_LINKS",
        "PIP_CONFIG_FILE",
        "PYTHONDONTWRITEBYTECODE",
        "VIRTUAL_ENV",
        "UV_CACHE_DIR",
        "PIP_ACCEL_CACHE",
        "PIP_ACCEL_STAGE",
    ] {
        let is_set = command.get_envs().any(|(known, value)| known == name && value.is_some());
        if !is_set {
            command.env_remove(name);
        }
    }
    command
}
