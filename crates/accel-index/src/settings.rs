//! What an index is made of: the places to look at, and what may be said about them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where to look for distributions; the options of the same names.
#[derive(Debug, Clone, Default)]
pub struct IndexSettings {
    /// `--index-url`, then every `--extra-index-url`, in this order. May hold credentials, which
    /// are used for requests and are never written down.
    pub index_urls: Vec<String>,
    /// Every `--find-links` in this order: a folder, an archive, an HTML file, or a URL. A leading
    /// `~` is the caller's to resolve.
    pub find_links: Vec<String>,
    /// `--no-index`: `index_urls` count as empty.
    pub no_index: bool,
    /// `--trusted-host`: `host` or `host:port`; pages of other hosts over plain HTTP are skipped.
    pub trusted_hosts: Vec<String>,
}

/// How a project is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Lookup {
    /// Only what the local index holds; no network. Folders are read anew even so.
    Kept,
    /// A kept page that is younger than the `max-age` its index sent, else a conditional request.
    Fresh,
    /// Always a conditional request.
    Always,
}

/// pip's level of a message: whether and with how many `-v` it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ComplaintLevel {
    /// Shown with `-vv`... pip's `logger.debug`.
    Debug,
    /// pip's `logger.info`.
    Info,
    /// pip's `logger.warning`.
    Warning,
}

/// Something about a place that is worth a line, in pip's words where pip has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// How loud it is.
    pub level: ComplaintLevel,
    /// The line.
    pub text: String,
}

impl Complaint {
    /// A warning.
    pub fn warning(text: impl Into<String>) -> Self {
        Self { level: ComplaintLevel::Warning, text: text.into() }
    }

    /// A line that only `-v` shows.
    pub fn info(text: impl Into<String>) -> Self {
        Self { level: ComplaintLevel::Info, text: text.into() }
    }

    /// A line that only much `-v` shows.
    pub fn debug(text: impl Into<String>) -> Self {
        Self { level: ComplaintLevel::Debug, text: text.into() }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.text)
    }
}
