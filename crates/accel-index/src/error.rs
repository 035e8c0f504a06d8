//! The errors of this crate.

use std::sync::Arc;

use accel_io::IoError;
use accel_types::hashes::{Digest, Hashes};

/// Why a file or page could not be had. Cheap to clone: an answer is remembered for a whole run.
#[derive(Debug, Clone, thiserror::Error)]
pub enum IndexError {
    /// The disk refused.
    #[error(transparent)]
    Io(#[from] Arc<IoError>),

    /// The network or the server refused.
    #[error("{reason}")]
    Http {
        /// The URL, without password.
        url: String,
        /// The HTTP status, if the server answered.
        status: Option<u16>,
        /// What kind of failure it was.
        kind: accel_io::net::NetErrorKind,
        /// The whole sentence, as pip words it where pip has one.
        reason: String,
    },

    /// A place with a scheme by which nothing is fetched, such as `ftp`.
    #[error("No connection adapters were found for '{url}'")]
    NoAdapter {
        /// The URL, without password.
        url: String,
    },

    /// The bytes are not those that were asked for (pip's `HashMismatch`).
    #[error("{}", mismatch(place, allowed, got))]
    HashMismatch {
        /// The URL or path of the file, without password.
        place: String,
        /// What would have been accepted.
        allowed: Hashes,
        /// What the file has, one digest for each algorithm in `allowed`.
        got: Vec<Digest>,
        /// How many bytes came, if the file was fetched.
        size: Option<u64>,
    },
}

impl IndexError {
    /// The same of a file of so many bytes that was fetched.
    pub(crate) fn of_size(self, bytes: u64) -> Self {
        match self {
            Self::HashMismatch { place, allowed, got, .. } => {
                Self::HashMismatch { place, allowed, got, size: Some(bytes) }
            }
            other => other,
        }
    }
}

impl From<IoError> for IndexError {
    fn from(error: IoError) -> Self {
        Self::Io(Arc::new(error))
    }
}

fn mismatch(place: &str, allowed: &Hashes, got: &[Digest]) -> String {
    let expected: Vec<String> =
        allowed.iter().map(|(algorithm, hex)| format!("{algorithm}:{hex}")).collect();
    let got: Vec<String> = got.iter().map(Digest::to_string).collect();
    let expected = if expected.is_empty() { "nothing".to_owned() } else { expected.join(" or ") };
    format!("could not accept {place}: expected {expected}, got {}", got.join(", "))
}
