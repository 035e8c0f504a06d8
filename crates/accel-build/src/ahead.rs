//! What can be done for a build before its turn: all but running the tree's own code.

use crate::backend::Backend;
use crate::environment::{BuildRequires, Provided};
use crate::{BuildError, BuildSystem, Hook};
use accel_io::process::Waiting;
use std::path::Path;

/// The hooks that metadata takes, in their order.
const HOOKS: [Hook; 2] = [Hook::RequiresForWheel, Hook::MetadataForWheel];

/// A build environment that stands ready, with the processes of the first hooks in it: they have
/// imported the backend and wait. Dropped, it leaves nothing behind but what lies in its folder.
pub struct Ahead {
    pub(crate) provided: Provided,
    pub(crate) waiting: Vec<(Hook, Waiting)>,
}

impl Ahead {
    /// Prepares the build of the tree at `tree`, whose files are to stand below `scratch`, if it is
    /// built as `precedent` says; `None` if not.
    ///
    /// What runs then has run before: the interpreter, and a backend that comes from the very
    /// requirements of an earlier build. A backend inside of the tree is not run.
    pub fn prepare(
        tree: &Path,
        scratch: &Path,
        precedent: &BuildSystem,
        requires: &dyn BuildRequires,
    ) -> Result<Option<Self>, BuildError> {
        let system = BuildSystem::read(tree, "")?;
        if system != *precedent || !system.backend_path.is_empty() || !system.check.is_empty() {
            return Ok(None);
        }
        let at = scratch.join("environment");
        let provided = requires.provide(&system.requires, &at).map_err(BuildError::Requires)?;
        let backend = Backend {
            project: "",
            tree,
            scratch,
            system: &system,
            environment: &[],
            warned: None,
            heard: None,
            watcher: None,
        };
        let start = |hook| Ok((hook, backend.start(&provided, hook)?));
        let waiting = HOOKS.into_iter().map(start).collect::<Result<_, BuildError>>()?;
        Ok(Some(Self { provided, waiting }))
    }
}
