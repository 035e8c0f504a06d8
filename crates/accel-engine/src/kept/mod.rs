//! Looking after everything that is kept below the cache root: `cache verify`, `prune` and `stats`.
//!
//! Each crate that keeps something lists it, reads it again and throws it away; here all of it comes
//! together.

mod prune;
mod push;
mod stats;
mod verify;

use crate::error::EngineError;
use accel_index::KeptFiles;
use accel_install::interpreter::kept as interpreters;
use accel_io::fs;
use accel_io::hold::{self, Share};
use accel_store::Store;
use accel_types::kept::{Kept, KeptKind};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

pub use prune::{Limits, prune};
pub use push::push;
pub use stats::stats;
pub use verify::verify;

/// How long a run waits for a prune of archives.
const PATIENCE: Duration = Duration::from_secs(30);

/// The file that runs hold which work with archives or built wheels.
fn archives_in_use(root: &Path) -> PathBuf {
    root.join("archives/lock")
}

/// Keeps archives and built wheels from being pruned, from the first need of them on.
pub(crate) struct Holding {
    root: PathBuf,
    share: OnceLock<Option<Share>>,
}

impl Holding {
    /// Nothing is held yet.
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), share: OnceLock::new() }
    }

    /// From now on nothing goes for as long as this lives.
    pub(crate) fn begin(&self) {
        self.share.get_or_init(|| hold::wait_to_share(&archives_in_use(&self.root), PATIENCE));
    }
}

/// Everything that is kept.
struct Everything {
    root: PathBuf,
    store: Store,
    files: KeptFiles,
}

impl Everything {
    fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), store: Store::new(root), files: KeptFiles::new(root) }
    }

    fn inventory(&self) -> Result<Vec<Kept>, EngineError> {
        let mut all = self.files.inventory();
        all.extend(self.store.inventory()?);
        all.extend(interpreters::inventory(&self.root));
        all.sort_by_key(|kept| kept.kind);
        Ok(all)
    }

    /// What is wrong with a thing.
    fn damage(&self, kept: &Kept) -> Option<String> {
        match kept.kind {
            KeptKind::Archive
            | KeptKind::Metadata
            | KeptKind::Page
            | KeptKind::Record
            | KeptKind::Outside => self.files.damage(kept),
            KeptKind::Interpreter => interpreters::damage(kept),
            KeptKind::Unpacked
            | KeptKind::Bytecode
            | KeptKind::Built
            | KeptKind::Staged
            | KeptKind::Resolution => self.store.damage(kept),
        }
    }

    /// Throws a thing away, unless a running process uses it; whether it is gone.
    fn remove(&self, kept: &Kept) -> Result<bool, EngineError> {
        match kept.kind {
            KeptKind::Archive
            | KeptKind::Metadata
            | KeptKind::Page
            | KeptKind::Record
            | KeptKind::Outside => {
                self.files.remove(kept)?;
                Ok(true)
            }
            KeptKind::Interpreter => {
                fs::remove_tree(&kept.path)?;
                Ok(true)
            }
            KeptKind::Built => {
                for entry in fs::read_dir(&kept.path).unwrap_or_default() {
                    self.files.hide(&kept.path.join(entry.name))?;
                }
                Ok(self.store.remove_unused(kept)?)
            }
            KeptKind::Unpacked | KeptKind::Bytecode | KeptKind::Staged | KeptKind::Resolution => {
                Ok(self.store.remove_unused(kept)?)
            }
        }
    }

    /// The path of a thing in words.
    fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}
