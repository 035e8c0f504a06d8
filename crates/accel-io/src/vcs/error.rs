//! Why a repository could not be used.

use crate::IoError;
use crate::process::ProcessError;

/// Why a repository could not be used; `Display` is pip's line, where pip has one.
#[derive(Debug, thiserror::Error)]
pub enum VcsError {
    /// The program is not there.
    #[error("Cannot find command '{0}' - do you have '{0}' installed and in your PATH?")]
    Missing(&'static str),
    /// The program may not be run.
    #[error(
        "No permission to execute '{0}' - install it locally, globally (ask admin), or check your \
         PATH. See possible solutions at \
         https://pip.pypa.io/en/latest/reference/pip_freeze/#fixing-permission-denied."
    )]
    Denied(&'static str),
    /// The program ended with an error.
    #[error("{command} exited with {code}")]
    Failed {
        /// The command line as a shell takes it, passwords redacted.
        command: String,
        /// The exit code; negative for a signal.
        code: i32,
        /// What it wrote, unless that was passed on already: lines with their ends, or the whole
        /// of either stream. pip calls each of them a line.
        output: Option<Vec<String>>,
    },
    /// The URL or revision would be taken for an option.
    #[error("{0:?} is neither a URL nor a revision that a program may be given")]
    LooksLikeOption(String),
    /// The working copy came from nowhere.
    #[error("the working copy has no remote repository")]
    NoRemote,
    /// The working copy came from a place that is no URL.
    #[error("the working copy has the remote repository {0}, which is no valid URL")]
    InvalidRemote(String),
    /// The program wrote something that is not understood.
    #[error("{command} answered with {answer:?}")]
    Answer {
        /// The command.
        command: &'static str,
        /// What it wrote.
        answer: String,
    },
    /// The program could not be run for another reason.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The disk failed.
    #[error(transparent)]
    Io(#[from] IoError),
    /// What the user wanted in the place of something that exists could not be asked.
    #[error("{0}")]
    Unanswered(String),
}
