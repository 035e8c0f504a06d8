//! Runs the programs of version control systems, and tells what pip tells about them.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Names, VcsError};
use crate::process::{ProcessError, Run, find_program};
use accel_types::python_text::shell_word;
use accel_types::python_url::redacted;

/// Something to be told.
#[derive(Clone, Copy, Debug)]
pub enum Note<'a> {
    /// A line of pip's.
    Info(&'a str),
    /// A warning of pip's.
    Warning(&'a str),
    /// A command that is run, or a line that it wrote.
    Command(&'a str),
    /// The same for a command that pip mentions under `--verbose` only.
    QuietCommand(&'a str),
    /// The failure of a command, with all that it wrote unless that was told before; it is told
    /// again as an error.
    Failure(&'a VcsError),
    /// A question could not be asked because its program is not there.
    NotFound(&'a str),
}

/// Hears [`Note`]s.
pub type Tell = Arc<dyn Fn(Note<'_>) + Send + Sync>;

/// How the programs are found and run.
#[derive(Clone)]
pub struct Programs {
    path: OsString,
    current_dir: PathBuf,
    pub(super) verbosity: i32,
    ask_user: bool,
    pub(super) partial: bool,
    env: Vec<(OsString, OsString)>,
    tell: Option<Tell>,
}

/// An argument of a program.
#[derive(Clone, Copy)]
pub(super) enum Arg<'a> {
    Plain(&'a str),
    /// Shown without its password.
    Url(&'a str),
    /// Not shown.
    Secret(&'a str),
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(text: &'a str) -> Self {
        Self::Plain(text)
    }
}

impl Programs {
    /// Programs on `path` (as in `PATH`), which may ask the user for credentials on the terminal;
    /// `current_dir` is what paths are shown relative to.
    pub fn new(path: impl Into<OsString>, current_dir: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            current_dir: current_dir.into(),
            verbosity: 0,
            ask_user: true,
            partial: true,
            env: Vec::new(),
            tell: None,
        }
    }

    /// `--verbose` minus `--quiet`.
    #[must_use]
    pub fn verbosity(mut self, verbosity: i32) -> Self {
        self.verbosity = verbosity;
        self
    }

    /// Never lets git or ssh ask the user (`--no-input`).
    #[must_use]
    pub fn no_input(mut self) -> Self {
        self.ask_user = false;
        self
    }

    /// Fetches everything, for servers that are broken by git's partial clones
    /// (`PIP_NO_PARTIAL_CLONE_FOR_BROKEN_GIT_SERVER`).
    #[must_use]
    pub fn no_partial_clone(mut self) -> Self {
        self.partial = false;
        self
    }

    /// Sets an environment variable for the programs.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Who hears what is done.
    #[must_use]
    pub fn tell(mut self, tell: Tell) -> Self {
        self.tell = Some(tell);
        self
    }

    pub(super) fn note(&self, note: Note<'_>) {
        if let Some(tell) = &self.tell {
            tell(note);
        }
    }

    pub(super) fn info(&self, text: &str) {
        self.note(Note::Info(text));
    }

    pub(super) fn warn(&self, text: &str) {
        self.note(Note::Warning(text));
    }

    /// A path as pip shows it: relative to the current directory if it lies below it.
    pub(super) fn shown(&self, path: &Path) -> String {
        match path.strip_prefix(&self.current_dir) {
            Ok(below) if !below.as_os_str().is_empty() => format!("./{}", below.display()),
            _ => path.display().to_string(),
        }
    }

    /// Runs a command whose output pip shows as it comes.
    pub(super) fn run(
        &self,
        names: Names,
        args: &[Arg<'_>],
        cwd: Option<&Path>,
    ) -> Result<(), VcsError> {
        self.telling(self.try_to_run(names, args, cwd))
    }

    /// As [`Programs::run`], where a failure is an answer, too.
    pub(super) fn try_to_run(
        &self,
        names: Names,
        args: &[Arg<'_>],
        cwd: Option<&Path>,
    ) -> Result<(), VcsError> {
        let described = describe(names, args);
        let secrets = secrets(args);
        self.note(Note::Command(&format!("Running command {described}")));
        let mut lines = Vec::new();
        let finished = self.prepared(names, args, cwd)?.merged().finish_with(|line| {
            let line = hide(line.trim_end(), &secrets);
            self.note(Note::Command(&line));
            lines.push(line + "\n");
        });
        let finished = finished.map_err(|error| not_run(names, error))?;
        if finished.success() {
            return Ok(());
        }
        let shown = self.verbosity >= 0;
        Err(VcsError::Failed {
            command: described,
            code: finished.code(),
            output: (!shown).then_some(lines),
        })
    }

    /// Runs a command for its answer; `good` are exit codes besides 0 that are no errors.
    pub(super) fn ask(
        &self,
        names: Names,
        args: &[Arg<'_>],
        cwd: Option<&Path>,
        good: &[i32],
    ) -> Result<String, VcsError> {
        let answer = self.ask_quietly(names, args, cwd, good);
        if let Err(VcsError::Missing(program)) = &answer {
            let described = describe(names, args);
            self.note(Note::NotFound(&format!(
                "Error [Errno 2] No such file or directory: '{program}' while executing command \
                 {described}"
            )));
        }
        self.telling(answer)
    }

    /// As [`Programs::ask`], for questions whose failure is an answer, too.
    pub(super) fn ask_quietly(
        &self,
        names: Names,
        args: &[Arg<'_>],
        cwd: Option<&Path>,
        good: &[i32],
    ) -> Result<String, VcsError> {
        let described = describe(names, args);
        let secrets = secrets(args);
        self.note(Note::QuietCommand(&format!("Running command {described}")));
        let finished = self.prepared(names, args, cwd)?.finish();
        let finished = finished.map_err(|error| not_run(names, error))?;
        let (stdout, stderr) = (finished.stdout_text(), finished.stderr_text());
        let both = [hide(&stdout, &secrets), hide(&stderr, &secrets)];
        for line in both.iter().flat_map(|text| text.lines()) {
            self.note(Note::QuietCommand(line));
        }
        if finished.success() || good.contains(&finished.code()) {
            return Ok(stdout);
        }
        let shown = self.verbosity > 0;
        Err(VcsError::Failed {
            command: described,
            code: finished.code(),
            output: (!shown).then(|| both.into()),
        })
    }

    /// Tells of a command's failure.
    fn telling<T>(&self, result: Result<T, VcsError>) -> Result<T, VcsError> {
        if let Err(error @ VcsError::Failed { .. }) = &result {
            self.note(Note::Failure(error));
        }
        result
    }

    fn prepared(
        &self,
        names: Names,
        args: &[Arg<'_>],
        cwd: Option<&Path>,
    ) -> Result<Run, VcsError> {
        let program = find_program(names.program, &self.path);
        let program = program.ok_or(VcsError::Missing(names.program))?;
        // Variables of a surrounding git, in a hook for instance, would lead it astray.
        let mut run = Run::new(program)
            .args(args.iter().map(Arg::as_given))
            .env_remove("GIT_DIR")
            .env_remove("GIT_WORK_TREE");
        for (name, value) in &self.env {
            run = run.env(name, value);
        }
        // Whoever may ask must be in the terminal's foreground.
        run = if self.ask_user {
            run.in_our_group()
        } else {
            run.env("GIT_TERMINAL_PROMPT", "0").env("GIT_SSH_COMMAND", "ssh -oBatchMode=yes")
        };
        Ok(match cwd {
            Some(folder) => run.cwd(folder),
            None => run,
        })
    }
}

impl<'a> Arg<'a> {
    fn as_given(&self) -> &'a str {
        match self {
            Self::Plain(text) | Self::Url(text) | Self::Secret(text) => text,
        }
    }

    fn as_shown(&self) -> String {
        match self {
            Self::Plain(text) => (*text).to_owned(),
            Self::Url(text) => redacted(text),
            Self::Secret(_) => "****".to_owned(),
        }
    }
}

fn describe(names: Names, args: &[Arg<'_>]) -> String {
    let words = args.iter().map(|arg| shell_word(&arg.as_shown()));
    std::iter::once(names.program.to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}

/// What must not be repeated, and what stands in its place.
fn secrets(args: &[Arg<'_>]) -> Vec<(String, String)> {
    args.iter()
        .map(|arg| (arg.as_given().to_owned(), arg.as_shown()))
        .filter(|(given, shown)| given != shown && !given.is_empty())
        .collect()
}

fn hide(line: &str, secrets: &[(String, String)]) -> String {
    secrets.iter().fold(line.to_owned(), |line, (given, shown)| line.replace(given, shown))
}

fn not_run(names: Names, error: ProcessError) -> VcsError {
    match &error {
        ProcessError::Start { source, .. } if source.kind() == io::ErrorKind::NotFound => {
            VcsError::Missing(names.program)
        }
        ProcessError::Start { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
            VcsError::Denied(names.program)
        }
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: Names = Names { program: "sh", title: "Shell", folder: ".sh", copy: "copy" };

    #[test]
    fn secrets_are_neither_described_nor_repeated() {
        let args =
            [Arg::from("-c"), Arg::Url("http://u:pw@h/x"), Arg::Secret("pass word"), "a b".into()];
        assert_eq!(describe(NAMES, &args), "sh -c 'http://u:****@h/x' '****' 'a b'");
        let hidden = hide("no http://u:pw@h/x with pass word", &secrets(&args));
        assert_eq!(hidden, "no http://u:****@h/x with ****");
    }

    #[test]
    fn missing_programs_are_named_as_pip_names_them() {
        let programs = Programs::new("/nowhere", "/");
        let error = programs.run(NAMES, &[], None).unwrap_err();
        let words = "Cannot find command 'sh' - do you have 'sh' installed and in your PATH?";
        assert_eq!(error.to_string(), words);
    }

    #[test]
    fn paths_are_shown_below_the_current_directory() {
        let programs = Programs::new("", "/a/b");
        assert_eq!(programs.shown(Path::new("/a/b/c/d")), "./c/d");
        assert_eq!(programs.shown(Path::new("/a/bc")), "/a/bc");
        assert_eq!(programs.shown(Path::new("/a/b")), "/a/b");
    }
}
