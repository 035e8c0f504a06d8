//! One builder in a fleet for each source tree, and its wheel for all.

use crate::builds::{Builds, PATIENCE, SourceTree, inputs};
use crate::error::EngineError;
use crate::listener::Level;
use crate::session::Session;
use accel_io::interrupt;
use accel_store::shared::{Lease, LeaseAnswer, Provenance, Watch};
use accel_store::{BuildInputs, BuildKey, Entry};
use std::path::PathBuf;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// The pauses between looks at a shelf while somebody else builds.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// A wheel that was built here.
pub(crate) struct Made {
    /// The key without what was resolved for the build.
    pub(crate) asked: BuildKey,
    pub(crate) key: BuildKey,
    pub(crate) resolved: String,
    pub(crate) path: PathBuf,
    pub(crate) provenance: Provenance,
}

/// What people may want to know about a wheel that they did not build themselves.
pub(crate) fn provenance(inputs: &BuildInputs, project: &str) -> Provenance {
    let facts = [
        ("project", project),
        ("source", inputs.source.as_str()),
        ("python", inputs.python_version.as_str()),
        ("platform", inputs.platform.as_str()),
        ("libc", inputs.libc.as_str()),
    ];
    facts.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Puts a wheel on the shared shelves: at once if others wait for it, else after the installation.
pub(crate) fn share(session: &Session<'_>, builds: &Builds, identity: &str, made: Made) {
    let lease = lock(builds).remove(identity);
    if lease.is_some() {
        session.shared.put_built(&made);
    } else {
        session.shared.built_made(made);
    }
}

impl Builds {
    /// The wheel of a tree, if another machine of the fleet was building it and has done so.
    /// Where it is ours to build, others wait from now on.
    pub(crate) fn built_by_others(
        &self,
        session: &Session<'_>,
        tree: &SourceTree<'_>,
    ) -> Result<Option<Entry>, EngineError> {
        let Some(shelves) = session.shared.writable() else { return Ok(None) };
        let Some(inputs) = inputs(session, tree) else { return Ok(None) };
        if self.has_begun(tree) {
            return Ok(None);
        }
        let asked = BuildKey::new(&inputs);
        let (mut watch, mut pause, started) = (Watch::default(), PAUSES.0, Instant::now());
        let mut answer = shelves.lease(asked.as_str());
        loop {
            match answer {
                LeaseAnswer::Ours(lease) => {
                    // It may have been finished between our look and our lease.
                    session.shared.look_again();
                    let entry = self.kept(session, tree)?;
                    if entry.is_none() {
                        lock(self).insert(tree.identity.clone(), lease);
                    }
                    return Ok(entry);
                }
                LeaseAnswer::Held if started.elapsed() < PATIENCE => {}
                LeaseAnswer::Held | LeaseAnswer::NoLeases => return Ok(None),
            }
            if pause == PAUSES.0 {
                let text = format!("Waiting for another machine that builds {}", tree.project);
                session.voice.say_passing(Level::Verbose, &text);
            }
            interrupt::check()?;
            std::thread::sleep(pause);
            pause = (pause * 3 / 2).min(PAUSES.1);
            session.shared.look_again();
            if let Some(entry) = self.kept(session, tree)? {
                return Ok(Some(entry));
            }
            answer = shelves.take_over(asked.as_str(), &mut watch);
        }
    }

    /// Lets others build what was not built in the end.
    pub(crate) fn give_lease_back(&self, identity: &str) {
        let lease = lock(self).remove(identity);
        drop(lease);
    }

    /// Lets others build whatever was not built in the end.
    pub(crate) fn give_leases_back(&self) {
        let leases = std::mem::take(&mut *lock(self));
        drop(leases);
    }
}

fn lock(builds: &Builds) -> std::sync::MutexGuard<'_, std::collections::HashMap<String, Lease>> {
    builds.leases.lock().unwrap_or_else(PoisonError::into_inner)
}
