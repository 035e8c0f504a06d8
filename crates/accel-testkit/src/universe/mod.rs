//! Worlds of projects, indexes and installed distributions with a command line for both programs.
//!
//! A [`Universe`] is data: [`random`] makes one of a seed, [`play`] plays it, and [`shrink`] makes a
//! smaller one that still differs, to be kept as a file.

mod make;
mod play;
mod serve;
mod shrink;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use make::random;
pub use play::{Outcome, play};
pub use serve::Served;
pub use shrink::shrink;

/// A world and what both programs are asked in it.
///
/// In files and arguments `{index 0}` is the URL of an index, `{links}` the find-links folder,
/// `{url 0 FILE}` and `{sha256 0 FILE}` (`links` instead of the number for the folder) a file's.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Universe {
    /// What it shows, for readers.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// The first is the index, the others are extra ones; none means `--no-index`.
    pub indexes: Vec<Index>,
    /// Distributions of the find-links folder.
    pub links: Vec<Dist>,
    /// What is installed already.
    pub installed: Vec<Dist>,
    /// Files of the current directory.
    pub files: BTreeMap<String, String>,
    /// The arguments after `pip`, options with their value in one word.
    pub arguments: Vec<String>,
}

/// An index and what it can do.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Index {
    /// Pages are HTML.
    pub html: bool,
    /// Files come without their METADATA beside them.
    pub no_metadata: bool,
    /// Files have no digests on their pages.
    pub no_digests: bool,
    /// Its distributions.
    pub files: Vec<Dist>,
    /// Status of the pages of some projects.
    pub pages: BTreeMap<String, u16>,
}

/// A distribution: a file of an index or something installed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dist {
    /// The project's name.
    pub name: String,
    /// The version.
    pub version: String,
    /// The wheel's tag, build number before it; `sdist` for a source distribution.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tag: String,
    /// Its dependencies.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<String>,
    /// Its extras.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extras: Vec<String>,
    /// Its Requires-Python.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub python: Option<String>,
    /// Whether the page is silent about Requires-Python.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub python_hidden: bool,
    /// Why it was yanked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub yanked: Option<String>,
    /// When it was uploaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uploaded: Option<String>,
    /// The URL that it was installed from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direct: Option<String>,
    /// Whether its METADATA has a description and ends lines as Windows does.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub windows: bool,
    /// What is wrong with it: `garbage`, `name`, `version`, `requires`, `missing`, `digest`, `fails`,
    /// `beside` (the METADATA served beside it tells another dependency than the wheel).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub broken: String,
}
