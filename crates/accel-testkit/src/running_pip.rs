//! The newest pip in a process that stays: a command line costs a fork instead of all its imports.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use crate::real_pip;

/// A pip that works for one environment.
#[derive(Debug)]
pub struct RunningPip {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    start: Start,
}

/// How it is started.
#[derive(Debug, Clone)]
struct Start {
    environment: PathBuf,
    options: &'static [&'static str],
    home: PathBuf,
}

/// One command line of it.
#[derive(Debug)]
pub struct Line<'a> {
    /// The current directory.
    pub folder: &'a Path,
    /// The arguments after `pip`.
    pub arguments: &'a [String],
    /// All environment variables.
    pub environment: &'a [(String, String)],
    /// The files that standard output and standard error go to.
    pub outputs: [&'a Path; 2],
    /// It is ended by a signal after so many seconds.
    pub seconds: u32,
}

impl RunningPip {
    /// Starts it under the interpreter of an environment, which needs no pip of its own.
    pub fn start(environment: &Path) -> Self {
        Self::started(Start {
            environment: environment.to_owned(),
            options: &["-I"],
            home: environment.with_file_name("home"),
        })
    }

    /// The same, with the user's own site-packages below `home`, which are there already.
    pub fn start_for_user(environment: &Path, home: &Path) -> Self {
        Self::started(Start {
            environment: environment.to_owned(),
            options: &["-P", "-E"],
            home: home.to_owned(),
        })
    }

    /// Another one like it, whose sets of texts have another order.
    #[must_use]
    pub fn another(&self) -> Self {
        Self::started(self.start.clone())
    }

    fn started(start: Start) -> Self {
        let mut child = Command::new(start.environment.join("bin/python"))
            .args(start.options)
            .args(["-c", include_str!("running_pip.py")])
            .arg(site_packages())
            .env_clear()
            // Where its folders are, pip asks when it is imported: not the developer's.
            .env("HOME", &start.home)
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LANG", "C.UTF-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the environment's Python starts");
        let questions = child.stdin.take();
        let mut answers = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut ready = String::new();
        answers.read_line(&mut ready).expect("the real pip is imported");
        assert_eq!(ready, "ready\n", "the real pip can be imported");
        Self { child, questions, answers, start }
    }

    /// Its exit code; minus the number of the signal that ended it.
    pub fn run(&mut self, line: &Line<'_>) -> i32 {
        let environment: serde_json::Map<String, serde_json::Value> = line
            .environment
            .iter()
            .map(|(name, value)| (name.clone(), value.clone().into()))
            .collect();
        let question = serde_json::json!({
            "folder": line.folder, "arguments": line.arguments, "environment": environment,
            "stdout": line.outputs[0], "stderr": line.outputs[1], "seconds": line.seconds,
            "program": self.start.environment.join("bin/pip"),
        });
        let pipe = self.questions.as_mut().expect("it is open until the end");
        writeln!(pipe, "{question}").and_then(|()| pipe.flush()).expect("the real pip listens");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("the real pip answers");
        answer.trim().parse().expect("an exit code")
    }
}

impl Drop for RunningPip {
    fn drop(&mut self) {
        drop(self.questions.take());
        let _ = self.child.wait();
    }
}

/// The folder that the newest pip lies in.
fn site_packages() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = real_pip::script("import pip; print(pip.__path__[0], end='')", b"");
        let folder = PathBuf::from(String::from_utf8(folder).expect("a plain path"));
        folder.parent().expect("pip lies in a folder").to_path_buf()
    })
}
