//! git repositories, through the git program: its credentials and settings are the user's.
//!
//! Names of revisions and URLs come from requirement files: none may become an option of git.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::fs;
use crate::net::redact_url;
use crate::process::{Finished, ProcessError, Run};

/// Why a repository could not be used.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// git could not be run.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// git ended with an error.
    #[error("git {command} failed with exit code {code}: {reason}")]
    Failed {
        /// The command as given, passwords redacted.
        command: String,
        /// git's exit code.
        code: i32,
        /// The end of what git wrote to standard error.
        reason: String,
    },
    /// The URL or revision would be taken for an option of git.
    #[error("{0:?} is neither a URL nor a revision that git may be given")]
    LooksLikeOption(String),
    /// git wrote something that is not understood.
    #[error("git {command} answered with {answer:?}")]
    Answer {
        /// The command as given.
        command: String,
        /// What it wrote.
        answer: String,
    },
}

/// The git program and how to run it.
#[derive(Debug, Clone)]
pub struct Git {
    program: PathBuf,
    ask_user: bool,
    partial: bool,
    env: Vec<(OsString, OsString)>,
}

/// What a [`Git::clone_commit`] gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// The full commit id that is checked out.
    pub commit: String,
    /// Whether the requested revision was that commit id itself, and is the name of no branch
    /// or tag: only then may what is built from it be kept for the same URL.
    pub immutable: bool,
}

impl Git {
    /// Uses this git program; it may ask the user for credentials on the terminal.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), ask_user: true, partial: true, env: Vec::new() }
    }

    /// Never lets git or ssh ask the user (`--no-input`).
    #[must_use]
    pub fn no_input(mut self) -> Self {
        self.ask_user = false;
        self
    }

    /// Fetches everything, for servers that are broken by partial clones
    /// (`PIP_NO_PARTIAL_CLONE_FOR_BROKEN_GIT_SERVER`).
    #[must_use]
    pub fn no_partial_clone(mut self) -> Self {
        self.partial = false;
        self
    }

    /// Sets an environment variable for git.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// The commit that `revision` (a branch, a tag, a full ref; `None` for the default branch)
    /// names in the repository at `url`, without cloning it.
    ///
    /// A full commit id is its own answer. `None` if the repository has no such name; it may
    /// still be the beginning of a commit id.
    pub fn remote_commit(
        &self,
        url: &str,
        revision: Option<&str>,
    ) -> Result<Option<String>, GitError> {
        let revision = revision.unwrap_or("HEAD");
        check_argument(url)?;
        check_argument(revision)?;
        if is_commit_id(revision) {
            return Ok(Some(revision.to_ascii_lowercase()));
        }
        let finished = self.run(None, &["ls-remote", "--", url, revision])?;
        // An annotated tag is listed twice, the second time as the commit it stands for.
        let wanted = [
            format!("refs/heads/{revision}"),
            format!("refs/tags/{revision}^{{}}"),
            format!("refs/tags/{revision}"),
            revision.to_owned(),
        ];
        let text = finished.stdout_text();
        let refs: Vec<_> = text.lines().filter_map(|line| line.split_once('\t')).collect();
        // `ls-remote` matches the end of names only, and lists no `^{}` for a pattern without it.
        let found = wanted.iter().find_map(|name| refs.iter().find(|(_, found)| found == name));
        let Some((id, name)) = found else { return Ok(None) };
        if name.starts_with("refs/tags/") && !name.ends_with("^{}") {
            let peeled = format!("{name}^{{}}");
            let finished = self.run(None, &["ls-remote", "--", url, &peeled])?;
            let text = finished.stdout_text();
            if let Some((commit, _)) = text.lines().find_map(|line| line.split_once('\t')) {
                return commit_id("ls-remote", commit).map(Some);
            }
        }
        commit_id("ls-remote", id).map(Some)
    }

    /// Clones `url` to `dest`, which must not exist or be empty, and checks out `revision` with
    /// its submodules; `None` means the default branch.
    ///
    /// Names are understood as pip does: a branch of the remote, then a tag, then a full ref or
    /// a commit id, which are fetched if the clone did not bring them.
    pub fn clone_commit(
        &self,
        url: &str,
        revision: Option<&str>,
        dest: &Path,
    ) -> Result<Checkout, GitError> {
        check_argument(url)?;
        revision.map_or(Ok(()), check_argument)?;
        let dest_text = dest.to_string_lossy();
        let mut clone = vec!["clone"];
        if self.partial {
            clone.push("--filter=blob:none");
        }
        clone.extend(["--quiet", "--", url, &dest_text]);
        self.run(None, &clone)?;
        if let Some(revision) = revision {
            let target = self.resolve(url, revision, dest)?;
            if self.commit(dest, "HEAD")? != target {
                self.run(Some(dest), &["checkout", "-q", &target, "--"])?;
            }
        }
        if fs::exists(dest.join(".gitmodules")) {
            let update = ["submodule", "update", "--init", "--recursive", "-q"];
            self.run(Some(dest), &update)?;
        }
        let commit = self.commit(dest, "HEAD")?;
        let immutable = match revision {
            Some(revision) => commit == revision && self.named(dest, revision)?.is_none(),
            None => false,
        };
        Ok(Checkout { commit, immutable })
    }

    /// The full commit id of a revision in a local repository.
    pub fn commit(&self, repository: &Path, revision: &str) -> Result<String, GitError> {
        check_argument(revision)?;
        let revision = format!("{revision}^{{commit}}");
        let finished = self.run(Some(repository), &["rev-parse", "--verify", "-q", &revision])?;
        commit_id("rev-parse", finished.stdout_text().trim())
    }

    /// The URL of `origin`, else of the first remote, of a local repository.
    pub fn remote_url(&self, repository: &Path) -> Result<Option<String>, GitError> {
        let args = ["config", "--get-regexp", r"remote\..*\.url"];
        let finished = self.finish(Some(repository), &args)?;
        // 1 says that nothing matched.
        if finished.code() > 1 {
            return Err(failed(&args, &finished));
        }
        let text = finished.stdout_text();
        let remotes: Vec<_> = text.lines().filter_map(|line| line.split_once(' ')).collect();
        let origin = remotes.iter().find(|(name, _)| *name == "remote.origin.url");
        Ok(origin.or(remotes.first()).map(|(_, url)| url.trim().to_owned()))
    }

    /// The top of the working tree that `path` lies in, if it lies in one.
    pub fn root(&self, path: &Path) -> Result<Option<PathBuf>, GitError> {
        let finished = self.finish(Some(path), &["rev-parse", "--show-toplevel"])?;
        let text = finished.stdout_text();
        let root = text.trim_end_matches(['\r', '\n']);
        Ok((finished.success() && !root.is_empty()).then(|| PathBuf::from(root)))
    }

    /// The commit for a revision in a fresh clone, fetched if the clone has it not.
    fn resolve(&self, url: &str, revision: &str, dest: &Path) -> Result<String, GitError> {
        if let Some(named) = self.named(dest, revision)? {
            // A tag may stand for a tag object.
            return self.commit(dest, &named);
        }
        let is_ref = revision.starts_with("refs/");
        if !is_ref {
            match self.commit(dest, revision) {
                Ok(commit) => return Ok(commit),
                // git fetches whole commit ids only.
                Err(error) if !is_commit_id(revision) => return Err(error),
                Err(_) => {}
            }
        }
        self.run(Some(dest), &["fetch", "-q", "--", url, revision])?;
        self.commit(dest, "FETCH_HEAD")
    }

    /// What a remote branch, or else a tag, of this name points to.
    fn named(&self, dest: &Path, revision: &str) -> Result<Option<String>, GitError> {
        let finished = self.finish(Some(dest), &["show-ref", "--", revision])?;
        let text = finished.stdout_text();
        // Only "\n" ends a line: names may hold other separators that look like line ends.
        let refs: Vec<_> = text
            .split('\n')
            .filter_map(|line| line.trim_end_matches('\r').split_once(' '))
            .collect();
        let of = |wanted: String| {
            refs.iter().find(|(_, name)| *name == wanted).map(|(id, _)| (*id).to_owned())
        };
        let branch = of(format!("refs/remotes/origin/{revision}"));
        Ok(branch.or_else(|| of(format!("refs/tags/{revision}"))))
    }

    fn run(&self, cwd: Option<&Path>, args: &[&str]) -> Result<Finished, GitError> {
        let finished = self.finish(cwd, args)?;
        if finished.success() { Ok(finished) } else { Err(failed(args, &finished)) }
    }

    fn finish(&self, cwd: Option<&Path>, args: &[&str]) -> Result<Finished, GitError> {
        // Variables of a surrounding git, in a hook for instance, would lead it astray.
        let mut run = Run::new(&self.program)
            .args(args.iter().copied())
            .env_remove("GIT_DIR")
            .env_remove("GIT_WORK_TREE");
        for (name, value) in &self.env {
            run = run.env(name, value);
        }
        if self.ask_user {
            run = run.in_our_group();
        } else {
            run = run.env("GIT_TERMINAL_PROMPT", "0").env("GIT_SSH_COMMAND", "ssh -oBatchMode=yes");
        }
        if let Some(directory) = cwd {
            run = run.cwd(directory);
        }
        Ok(run.finish()?)
    }
}

fn failed(args: &[&str], finished: &Finished) -> GitError {
    let command: Vec<_> = args.iter().map(|arg| redact_url(arg)).collect();
    let stderr = finished.stderr_text();
    let mut reason = stderr.trim().lines().next_back().unwrap_or("no reason given").to_owned();
    // git repeats the URL that it was given.
    for arg in args {
        reason = reason.replace(arg, &redact_url(arg));
    }
    GitError::Failed { command: command.join(" "), code: finished.code(), reason }
}

/// 40 hexadecimal digits, or 64 for the newer kind of repository.
pub fn is_commit_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn commit_id(command: &str, text: &str) -> Result<String, GitError> {
    if is_commit_id(text) {
        return Ok(text.to_owned());
    }
    Err(GitError::Answer { command: command.to_owned(), answer: text.to_owned() })
}

/// Nothing that begins with a dash reaches git in the place of a name, even behind `--`.
fn check_argument(text: &str) -> Result<(), GitError> {
    if text.is_empty() || text.starts_with('-') || text.contains('\0') {
        return Err(GitError::LooksLikeOption(redact_url(text)));
    }
    Ok(())
}
