//! What goes wrong while requirements are read, in pip's words.

use thiserror::Error;

/// A requirement, requirement file or option inside one that cannot be used.
///
/// `Display` is the sentence that pip prints after `ERROR: `.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RequirementsError {
    /// pip's `InstallationError` and its kin: exit code 1.
    #[error("{0}")]
    Installation(String),
    /// pip's `CommandError`: exit code 1.
    #[error("{0}")]
    Command(String),
    /// A line of a requirement file whose options cannot be parsed. pip prints
    /// [`usage`](RequirementsError::usage) first; exit code 1.
    #[error("Invalid requirement: {line}\n{detail}")]
    Line {
        /// The joined line without its comment.
        line: String,
        /// What optparse or shlex says about it.
        detail: String,
        /// The program name that optparse would print, if it printed its usage.
        program: Option<String>,
    },
    /// pip's `DiagnosticPipError`: a block of lines without `ERROR: ` in front; exit code 1.
    #[error("error: {reference}\n\n× {message}\n╰─> {context}\n\nhint: {hint}")]
    Diagnostic {
        /// The name of the error, such as `invalid-egg-fragment`.
        reference: &'static str,
        /// What is wrong.
        message: String,
        /// Where.
        context: String,
        /// What to do.
        hint: String,
    },
    /// An encoding that is not read here. Python may know it; if not, pip dies with a traceback.
    #[error("could not decode {place}: unknown encoding: {name}")]
    Encoding {
        /// The encoding.
        name: String,
        /// The file.
        place: String,
    },
    /// A file that Python's own reader must judge, in its own words.
    #[error("could not read {0}")]
    Foreign(String),
    /// A file that can't be read, in Python's words (`[Errno 2] …: 'name'`). What comes of it
    /// depends on the command.
    #[error("{0}")]
    Unreadable(String),
    /// A case in which pip dies with a traceback: exit code 2.
    #[error("{0}")]
    Crash(String),
}

impl RequirementsError {
    /// pip's exit code for it.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Crash(_) | Self::Encoding { .. } | Self::Foreign(_) | Self::Unreadable(_) => 2,
            _ => 1,
        }
    }

    /// The lines that optparse prints on standard error before the error itself is reported.
    pub fn usage(&self) -> Option<String> {
        match self {
            Self::Line { program: Some(program), .. } => {
                Some(format!("Usage: {program} [options]\n\n"))
            }
            _ => None,
        }
    }
}
