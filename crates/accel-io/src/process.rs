//! Running other programs: output captured, merged into a log, or passed through.

mod kill;
mod waiting;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, BufRead, BufReader, PipeReader, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use crate::error::IoError;
use crate::{fs, interrupt};

use kill::Running;
pub(crate) use kill::interrupt_all;
pub use kill::kill_all;
pub use waiting::Waiting;

/// Why a program did not run to its end.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// The program could not be started.
    #[error("could not run {}: {source}", program.display())]
    Start {
        /// What was to be run.
        program: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// It did not end in time, and was killed with all it had started.
    #[error("{} did not end within {} s and was killed", program.display(), limit.as_secs())]
    Timeout {
        /// What was run.
        program: PathBuf,
        /// The time it had.
        limit: Duration,
    },
    /// Nothing more is started, and what was started has ended: see [`interrupt`](crate::interrupt).
    #[error("{} was interrupted", program.display())]
    Interrupted {
        /// What was, or was to be, run.
        program: PathBuf,
    },
    /// Talking to it failed.
    #[error("could not {attempt} {}: {source}", program.display())]
    Talk {
        /// What was tried.
        attempt: &'static str,
        /// What was run.
        program: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The log file could not be written.
    #[error(transparent)]
    Log(#[from] IoError),
}

/// How a program ended, and what it wrote.
#[derive(Debug)]
pub struct Finished {
    /// The exit status.
    pub status: ExitStatus,
    /// What it wrote to standard output; with [`Run::merged`] both outputs in order.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error; empty with [`Run::merged`].
    pub stderr: Vec<u8>,
    /// Whether [`Run::keep_last`] has left out the beginning of `stdout`.
    pub shortened: bool,
}

impl Finished {
    /// Whether it exited with 0.
    pub fn success(&self) -> bool {
        self.status.success()
    }

    /// The exit code as Python's `subprocess` gives it: the negative signal number if killed.
    pub fn code(&self) -> i32 {
        let killed = || self.status.signal().map_or(-1, |signal| -signal);
        self.status.code().unwrap_or_else(killed)
    }

    /// Standard output as text, what is not UTF-8 replaced.
    pub fn stdout_text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error as text, what is not UTF-8 replaced.
    pub fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}

/// A program to run: arguments, environment, place, and where its output goes.
///
/// Its standard input is empty unless [`Run::stdin`] gives it something. It gets a process group
/// of its own, which is killed as a whole on a timeout, when the caller panics, or some time after
/// an [`interrupt`](crate::interrupt).
#[derive(Debug)]
pub struct Run {
    program: PathBuf,
    args: Vec<OsString>,
    env_clear: bool,
    env: Vec<(OsString, Option<OsString>)>,
    cwd: Option<PathBuf>,
    stdin: Vec<u8>,
    timeout: Option<Duration>,
    merged: bool,
    log: Option<PathBuf>,
    keep: usize,
    own_group: bool,
}

/// The longest line that is handed on as a whole.
const LONGEST_LINE: u64 = 1 << 20;

impl Run {
    /// Runs `program`, a path; see [`find_program`] for names.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            env_clear: false,
            env: Vec::new(),
            cwd: None,
            stdin: Vec::new(),
            timeout: None,
            merged: false,
            log: None,
            keep: usize::MAX,
            own_group: true,
        }
    }

    /// One more argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// More arguments.
    #[must_use]
    pub fn args(mut self, args: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), Some(value.into())));
        self
    }

    /// Takes an environment variable away.
    #[must_use]
    pub fn env_remove(mut self, name: impl Into<OsString>) -> Self {
        self.env.push((name.into(), None));
        self
    }

    /// Inherits nothing: only what [`Run::env`] sets is there.
    #[must_use]
    pub fn env_clear(mut self) -> Self {
        self.env_clear = true;
        self
    }

    /// The directory to run in.
    #[must_use]
    pub fn cwd(mut self, directory: impl Into<PathBuf>) -> Self {
        self.cwd = Some(directory.into());
        self
    }

    /// What it reads from standard input.
    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// Kills it after this time.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Both outputs in one stream, as they come.
    #[must_use]
    pub fn merged(mut self) -> Self {
        self.merged = true;
        self
    }

    /// Appends both outputs to the file at `path`, as they come; implies [`Run::merged`].
    #[must_use]
    pub fn log(mut self, path: impl Into<PathBuf>) -> Self {
        self.log = Some(path.into());
        self.merged()
    }

    /// Keeps only about the last `bytes` of the output in memory, whole lines; at most twice as
    /// much is held in between. Implies [`Run::merged`].
    #[must_use]
    pub fn keep_last(mut self, bytes: usize) -> Self {
        self.keep = bytes;
        self.merged()
    }

    /// Leaves it in our process group, so that it may ask the user on the terminal.
    #[must_use]
    pub fn in_our_group(mut self) -> Self {
        self.own_group = false;
        self
    }

    /// Runs it to its end. A status other than 0 is not an error here.
    pub fn finish(self) -> Result<Finished, ProcessError> {
        self.finish_with(|_| {})
    }

    /// As [`Run::finish`]; with [`Run::merged`], `on_line` sees each line (without its end)
    /// when it comes.
    pub fn finish_with(self, on_line: impl FnMut(&str)) -> Result<Finished, ProcessError> {
        let mut command = self.command();
        command.stdin(if self.stdin.is_empty() { Stdio::null() } else { Stdio::piped() });
        if self.merged { self.run_merged(command, on_line) } else { self.run_captured(command) }
    }

    /// Runs it with our own standard input, output and error, in our process group.
    pub fn pass_through(mut self) -> Result<ExitStatus, ProcessError> {
        self.own_group = false;
        self.command().status().map_err(|source| self.start_error(source))
    }

    /// Becomes the program; only returns if that fails.
    pub fn replace_us(mut self) -> ProcessError {
        self.own_group = false;
        let error = self.command().exec();
        self.start_error(error)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args);
        if self.env_clear {
            command.env_clear();
        }
        for (name, value) in &self.env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if let Some(directory) = &self.cwd {
            command.current_dir(directory);
        }
        if self.own_group {
            command.process_group(0);
        }
        command
    }

    fn start_error(&self, source: io::Error) -> ProcessError {
        // A missing directory and a missing program give the same error number.
        match &self.cwd {
            Some(directory) if source.kind() == io::ErrorKind::NotFound && !directory.is_dir() => {
                ProcessError::Log(IoError::new("enter", directory, source))
            }
            _ => ProcessError::Start { program: self.program.clone(), source },
        }
    }

    fn talk_error(&self, attempt: &'static str) -> impl FnOnce(io::Error) -> ProcessError {
        move |source| ProcessError::Talk { attempt, program: self.program.clone(), source }
    }

    fn run_captured(self, mut command: Command) -> Result<Finished, ProcessError> {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = self.start(&mut command)?;
        let (stdout, stderr) = (running.stdout(), running.stderr());
        let (stdout, stderr) = std::thread::scope(|scope| {
            self.feed(scope, &mut running);
            let stderr = scope.spawn(move || read_all(stderr));
            let stdout = read_all(stdout);
            (stdout, stderr.join().unwrap_or_else(|_| Err(io::Error::other("reader failed"))))
        });
        let status = self.end(running)?;
        let stdout = stdout.map_err(self.talk_error("read the output of"))?;
        let stderr = stderr.map_err(self.talk_error("read the output of"))?;
        Ok(Finished { status, stdout, stderr, shortened: false })
    }

    fn run_merged(
        self,
        command: Command,
        on_line: impl FnMut(&str),
    ) -> Result<Finished, ProcessError> {
        let (running, reader) = self.start_merged(command)?;
        self.finish_merged(running, reader, on_line)
    }

    fn start_merged(&self, mut command: Command) -> Result<(Running, PipeReader), ProcessError> {
        let (reader, writer) = io::pipe().map_err(self.talk_error("make a pipe for"))?;
        let second = writer.try_clone().map_err(self.talk_error("make a pipe for"))?;
        command.stdout(writer).stderr(second);
        let running = self.start(&mut command)?;
        // Our own ends of the pipe are in the command; dropped only later, it would never end.
        Ok((running, reader))
    }

    fn finish_merged(
        &self,
        mut running: Running,
        reader: PipeReader,
        mut on_line: impl FnMut(&str),
    ) -> Result<Finished, ProcessError> {
        let mut log = self.log.as_ref().map(fs::append).transpose()?;
        let output = std::thread::scope(|scope| {
            self.feed(scope, &mut running);
            self.follow(reader, log.as_mut(), &mut on_line)
        });
        let status = self.end(running)?;
        let (stdout, shortened) = output?;
        Ok(Finished { status, stdout, stderr: Vec::new(), shortened })
    }

    fn start(&self, command: &mut Command) -> Result<Running, ProcessError> {
        interrupt::watch();
        if interrupt::requested().is_some() {
            return Err(ProcessError::Interrupted { program: self.program.clone() });
        }
        let child = command.spawn().map_err(|source| self.start_error(source))?;
        Ok(Running::new(child, self.own_group, self.timeout))
    }

    fn feed<'scope>(
        &'scope self,
        scope: &'scope std::thread::Scope<'scope, '_>,
        running: &mut Running,
    ) {
        if let Some(mut stdin) = running.stdin() {
            // A program that does not read all of it has its reasons.
            scope.spawn(move || drop(stdin.write_all(&self.stdin)));
        }
    }

    fn follow(
        &self,
        reader: PipeReader,
        mut log: Option<&mut File>,
        on_line: &mut impl FnMut(&str),
    ) -> Result<(Vec<u8>, bool), ProcessError> {
        let mut reader = BufReader::new(reader);
        let (mut output, mut shortened) = (Vec::new(), false);
        loop {
            let start = output.len();
            let count = (&mut reader)
                .take(LONGEST_LINE)
                .read_until(b'\n', &mut output)
                .map_err(self.talk_error("read the output of"))?;
            if count == 0 {
                return Ok((output, shortened));
            }
            let line = &output[start..];
            if let (Some(log), Some(path)) = (log.as_deref_mut(), &self.log) {
                fs::at("write", path, log.write_all(line))?;
            }
            on_line(String::from_utf8_lossy(line).trim_end_matches(['\r', '\n']));
            if output.len() > self.keep.saturating_mul(2) {
                shortened |= keep_tail(&mut output, self.keep);
            }
        }
    }

    fn end(&self, running: Running) -> Result<ExitStatus, ProcessError> {
        let (status, timed_out) = running.wait().map_err(self.talk_error("wait for"))?;
        match self.timeout {
            Some(limit) if timed_out => {
                Err(ProcessError::Timeout { program: self.program.clone(), limit })
            }
            _ if interrupt::requested().is_some() => {
                Err(ProcessError::Interrupted { program: self.program.clone() })
            }
            _ => Ok(status),
        }
    }
}

/// Drops whole lines from the front until no more than `keep` bytes are left, or one line.
fn keep_tail(output: &mut Vec<u8>, keep: usize) -> bool {
    let from = output.len().saturating_sub(keep);
    let next =
        output[from..].iter().position(|&byte| byte == b'\n').map_or(from, |at| from + at + 1);
    let start = if next == output.len() { from } else { next };
    output.drain(..start);
    start > 0
}

fn read_all(pipe: Option<impl Read>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        pipe.read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// The program that a shell would run for `name`, with `path` as its PATH.
///
/// A name with a slash is taken as it is. Empty parts of `path` are not the current directory,
/// as they are for a shell: nobody wants that.
pub fn find_program(name: &str, path: &OsStr) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(|path| is_program(path));
    }
    std::env::split_paths(path)
        .filter(|folder| !folder.as_os_str().is_empty())
        .map(|folder| folder.join(name))
        .find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    path.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
}

/// Whether the process belongs to root.
pub fn is_root() -> bool {
    rustix::process::getuid().is_root()
}

/// The process's umask, read without setting it where the kernel shows it.
pub fn umask() -> u32 {
    let shown = status("Umask:").and_then(|octal| u32::from_str_radix(octal, 8).ok());
    shown.unwrap_or_else(|| {
        let old = rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
        rustix::process::umask(old);
        old.as_raw_mode() as u32
    })
}

/// The signals that the process was told to ignore: bit n - 1 stands for signal n.
pub(crate) fn ignored_signals() -> u64 {
    status("SigIgn:").and_then(|mask| u64::from_str_radix(mask, 16).ok()).unwrap_or_default()
}

/// What the kernel says about this process, as it was when it was first asked.
fn status(field: &str) -> Option<&'static str> {
    static STATUS: LazyLock<String> =
        LazyLock::new(|| std::fs::read_to_string("/proc/self/status").unwrap_or_default());
    STATUS.lines().find_map(|line| line.strip_prefix(field)).map(str::trim)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn shell(script: &str) -> Run {
        Run::new("/bin/sh").args(["-c", script])
    }

    #[test]
    fn captures_both_outputs_and_the_code() {
        let finished = shell("cat; echo err >&2; exit 3").stdin("in").finish().unwrap();
        assert_eq!((finished.stdout_text(), finished.stderr_text()), ("in".into(), "err\n".into()));
        assert_eq!((finished.code(), finished.success()), (3, false));
        assert_eq!(shell("kill -9 $$").finish().unwrap().code(), -9);
    }

    #[test]
    fn much_input_and_output_do_not_block() {
        let bytes = vec![b'x'; 1 << 20];
        let finished = shell("cat; cat /dev/null >&2").stdin(bytes.clone()).finish().unwrap();
        assert_eq!(finished.stdout, bytes);
        assert!(shell("exit 0").stdin(bytes).finish().unwrap().success());
    }

    #[test]
    fn merged_output_goes_to_the_log_line_by_line() {
        let scratch = fs::Scratch::new(std::env::temp_dir()).unwrap();
        let log = scratch.path().join("log");
        fs::write(&log, "before\n").unwrap();
        let mut lines = Vec::new();
        let finished = shell("echo one; echo two >&2; printf three")
            .log(&log)
            .finish_with(|line| lines.push(line.to_owned()))
            .unwrap();
        assert_eq!(lines, ["one", "two", "three"]);
        assert_eq!(finished.stdout_text(), "one\ntwo\nthree");
        assert_eq!(fs::read_to_string(&log).unwrap(), "before\none\ntwo\nthree");
    }

    #[test]
    fn much_output_is_kept_in_the_log_and_its_end_in_memory() {
        let scratch = fs::Scratch::new(std::env::temp_dir()).unwrap();
        let log = scratch.path().join("log");
        let mut count = 0;
        let script = "i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done";
        let run = shell(script).log(&log).keep_last(1000);
        let finished = run.finish_with(|_| count += 1).unwrap();
        assert_eq!((count, finished.shortened), (2000, true));
        let (kept, whole) = (finished.stdout_text(), fs::read_to_string(&log).unwrap());
        assert!(kept.len() <= 2000 && kept.starts_with("line ") && whole.ends_with(&kept));
        assert_eq!(whole.lines().count(), 2000);
        let finished = shell("echo one; echo two").keep_last(1000).finish().unwrap();
        assert_eq!((finished.stdout_text().as_str(), finished.shortened), ("one\ntwo\n", false));
    }

    #[test]
    fn environment_and_directory() {
        let scratch = fs::Scratch::new(std::env::temp_dir()).unwrap();
        let output = shell("echo $ONE-${TWO-none}; pwd")
            .env_clear()
            .env("ONE", "1")
            .env("TWO", "2")
            .env_remove("TWO")
            .cwd(scratch.path())
            .finish()
            .unwrap();
        assert_eq!(output.stdout_text(), format!("1-none\n{}\n", scratch.path().display()));
    }

    #[test]
    fn a_timeout_kills_grandchildren_too() {
        let started = Instant::now();
        // The grandchild keeps the pipe open: without the group it would hold us for a minute.
        let error = shell("sleep 60 & sleep 60").timeout(Duration::from_millis(100)).finish();
        assert!(matches!(error, Err(ProcessError::Timeout { .. })));
        assert!(started.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn missing_programs_and_directories_are_told_apart() {
        let error = Run::new("/no/such/program").finish().unwrap_err();
        let reason = "No such file or directory (os error 2)";
        assert_eq!(error.to_string(), format!("could not run /no/such/program: {reason}"));
        let error = shell("true").cwd("/no/such/place").finish().unwrap_err();
        assert_eq!(error.to_string(), format!("could not enter /no/such/place: {reason}"));
    }

    #[test]
    fn programs_are_found_on_the_given_path_only() {
        let path = OsStr::new(":/no/such/place:/usr/bin:/bin");
        assert!(find_program("sh", path).is_some());
        assert_eq!(find_program("sh", OsStr::new("")), None);
        assert_eq!(find_program("/bin/sh", OsStr::new("")), Some("/bin/sh".into()));
        assert_eq!(find_program("/etc/passwd", path), None);
    }
}
