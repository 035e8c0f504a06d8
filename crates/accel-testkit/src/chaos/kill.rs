//! One run that is killed.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// When SIGKILL comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kill {
    /// So long after the start.
    After(Duration),
    /// So long after the first change of the environment's `site-packages`.
    AfterChange(Duration),
    /// On entering a system call for the so-manieth time in a thread.
    AtCall {
        /// Its name.
        call: String,
        /// Counted from 1.
        number: usize,
    },
}

/// What a run was like that nobody disturbed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Usual {
    pub whole: Duration,
    pub after_change: Duration,
}

/// Sleep between two looks at a folder.
const GLANCE: Duration = Duration::from_micros(100);

/// Runs a command undisturbed.
pub(super) fn watch(command: &mut Command, folder: &Path) -> (ExitStatus, Usual) {
    let before = facts(folder);
    let start = Instant::now();
    let mut child = silent(command).spawn().expect("the program starts");
    let mut changed = None;
    let status = loop {
        if changed.is_none() && facts(folder) != before {
            changed = Some(start.elapsed());
        }
        if let Some(status) = child.try_wait().expect("our own child") {
            break status;
        }
        std::thread::sleep(GLANCE);
    };
    let whole = start.elapsed();
    (status, Usual { whole, after_change: whole.saturating_sub(changed.unwrap_or_default()) })
}

/// Runs a command and kills it; whether the kill came before its end.
pub(super) fn kill(command: &mut Command, kill: &Kill, folder: &Path) -> bool {
    let before = facts(folder);
    let (wait, for_change) = match kill {
        Kill::After(wait) => (*wait, false),
        Kill::AfterChange(wait) => (*wait, true),
        Kill::AtCall { call, number } => {
            let mut traced =
                traced(command, &[&format!("inject={call}:signal=KILL:when={number}")]);
            traced.args(["-o", "/dev/null"]);
            append(&mut traced, command);
            return is_killed(silent(&mut traced).status().expect("strace starts"));
        }
    };
    let mut child = silent(command).spawn().expect("the program starts");
    while for_change && facts(folder) == before {
        if child.try_wait().expect("our own child").is_some() {
            return false;
        }
        std::thread::sleep(GLANCE);
    }
    std::thread::sleep(wait);
    // Whoever has ended already is not hurt by this.
    let _ = child.kill();
    is_killed(child.wait().expect("our own child"))
}

/// The command with one of its system calls refused.
pub(super) fn refused(command: &Command, how: &str) -> Command {
    let mut traced = traced(command, &[how]);
    traced.args(["-o", "/dev/null"]);
    append(&mut traced, command);
    traced
}

/// Which system calls a command makes, and how many of each at most in one thread.
pub(super) fn calls(command: &Command, log: &Path) -> BTreeMap<String, usize> {
    let mut traced = traced(command, &[]);
    traced.arg("-o").arg(log);
    append(&mut traced, command);
    let status = silent(&mut traced).status().expect("strace starts");
    assert!(status.success(), "strace: {status}");
    let text = String::from_utf8_lossy(&std::fs::read(log).expect("strace's log")).into_owned();
    let mut uses: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for line in text.lines() {
        // `PID call(…` ; the rest of a call that was interrupted begins with `<`.
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let Some((call, _)) = rest.trim_start().split_once('(') else { continue };
        if call.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            *uses.entry((thread, call)).or_default() += 1;
        }
    }
    let mut most: BTreeMap<String, usize> = BTreeMap::new();
    for ((_, call), count) in uses {
        // strace does not see the first one, which starts the program.
        if call != "execve" {
            let known = most.entry(call.to_owned()).or_default();
            *known = count.max(*known);
        }
    }
    most
}

fn traced(command: &Command, expressions: &[&str]) -> Command {
    let mut traced = like(command, "strace");
    traced.args(["-f", "-qq"]);
    for expression in expressions {
        traced.args(["-e", expression]);
    }
    traced
}

/// Another program in the place of a command, with the same variables.
pub(super) fn like(command: &Command, program: &str) -> Command {
    let mut other = Command::new(program);
    other.env_clear();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            other.env(name, value);
        }
    }
    if let Some(folder) = command.get_current_dir() {
        other.current_dir(folder);
    }
    other
}

/// Gives a program that starts others this one to start.
pub(super) fn append(traced: &mut Command, command: &Command) {
    traced.arg(command.get_program()).args(command.get_args());
}

pub(super) fn silent(command: &mut Command) -> &mut Command {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null())
}

fn is_killed(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    status.signal() == Some(9) || status.code() == Some(128 + 9)
}

/// What changes when something is put into a folder or taken out.
fn facts(folder: &Path) -> Option<(i64, i64)> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(folder).ok().map(|found| (found.mtime(), found.mtime_nsec()))
}
