//! Why there is no answer.

use crate::event::Level;
use crate::provider::Stop;

/// Why a resolution ended without an answer.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// The provider ended it.
    #[error(transparent)]
    Stopped(Stop),
    /// The requirements contradict each other or name what does not exist. The message is pip's
    /// final `ERROR:` line.
    #[error("{message}")]
    Impossible {
        /// What pip prints before, in order.
        explanation: Vec<Line>,
        /// pip's final line.
        message: String,
        /// Rounds that the search took; 0 if the roots alone contradict each other.
        rounds: u32,
        /// Candidates that were turned down.
        rejected: u32,
    },
    /// pip's limit of rounds was reached.
    #[error("Dependency resolution exceeded maximum depth")]
    TooDeep,
    /// A requirement or constraint that pip refuses, in pip's words.
    #[error("{0}")]
    Refused(String),
}

impl From<Stop> for ResolveError {
    fn from(stop: Stop) -> Self {
        Self::Stopped(stop)
    }
}

/// A line (or paragraph) that pip prints with a certain loudness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its loudness.
    pub level: Level,
    /// Its text without the level's prefix.
    pub text: String,
}
