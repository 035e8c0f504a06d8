//! Fuzzing without tools of its own: every parser of bytes that strangers wrote ([`TARGETS`]), and
//! bytes that are almost what it expects ([`Mutator`]). A seed repeats every byte.
//!
//! A target fails by a panic, by taking longer than [`PATIENCE`], or by breaking a promise that it
//! checks itself, such as that nothing is unpacked outside of a folder. `cargo xtask fuzz` runs one
//! for minutes, `tests/it` all of them for a moment; corpora are in `fuzz/corpus`.
//!
//! ```
//! let target = accel_fuzz::TARGETS.iter().find(|target| target.name == "record").unwrap();
//! (target.run)(b"a.py,sha256=AA,3\n");
//! ```
#![allow(clippy::disallowed_methods, reason = "a test program of its own")]

mod archives;
mod kept;
mod mutator;
mod texts;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use mutator::Mutator;

/// No input of a few kilobytes may take longer.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// A parser of foreign bytes.
pub struct Target {
    /// Its name, and that of its corpus.
    pub name: &'static str,
    /// Feeds it; panics if it breaks a promise.
    pub run: fn(&[u8]),
    /// Words that it knows, for [`Mutator`].
    pub words: &'static [&'static str],
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "zip", run: archives::zip, words: archives::ZIP_WORDS },
    Target { name: "tar", run: archives::tar, words: archives::TAR_WORDS },
    Target { name: "metadata", run: texts::metadata, words: texts::METADATA_WORDS },
    Target { name: "record", run: texts::record, words: texts::RECORD_WORDS },
    Target { name: "wheel", run: texts::wheel, words: texts::METADATA_WORDS },
    Target { name: "entry-points", run: texts::entry_points, words: texts::INI_WORDS },
    Target { name: "simple-html", run: texts::simple_html, words: texts::HTML_WORDS },
    Target { name: "simple-json", run: texts::simple_json, words: texts::JSON_WORDS },
    Target { name: "requirements", run: texts::requirements, words: texts::REQUIREMENT_WORDS },
    Target { name: "pip-conf", run: texts::pip_conf, words: texts::INI_WORDS },
    Target { name: "manifest", run: kept::manifest, words: &[] },
    Target { name: "memo", run: kept::memo, words: texts::JSON_WORDS },
];

/// The inputs that are kept for a target, in the order of their names. `root` is the repository.
///
/// # Errors
/// The system's, if the folder cannot be read.
pub fn corpus(root: &Path, target: &str) -> std::io::Result<Vec<Vec<u8>>> {
    let folder = root.join("fuzz/corpus").join(target);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<_>>()?;
    paths.sort();
    paths.iter().map(std::fs::read).collect()
}
