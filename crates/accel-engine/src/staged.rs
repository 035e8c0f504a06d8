//! How an installation takes staged trees (`docs/adr/0004-staged-trees.md`); [`crate::stage`] makes
//! them.
//!
//! Whatever is wrong with a staged tree costs time: the files are then linked one by one.

use crate::error::EngineError;
use crate::session::Session;
use accel_install::install::staged::{Cover, Staged, is_stageable};
use accel_install::install::{Job, Layout, Outcome, install, install_from};
use accel_install::scheme::Scheme;
use accel_store::{MOST_COPIES, StagedTree};
use accel_types::staged::ArchivedStagedSet;
use std::path::{Path, PathBuf};

/// Changes whenever the same text of an identity would stand for other files.
const FORMAT: u32 = 1;
/// A tree is used if this part of its files is: three quarters. The rest is removed.
const WORTHWHILE: (usize, usize) = (3, 4);

/// Installs, by moving a staged tree where there is one that fits.
pub(crate) fn put(
    session: &Session<'_>,
    jobs: &[Job<'_>],
    layout: &Layout,
) -> Result<Outcome, EngineError> {
    if session.building.is_empty()
        && session.request.general.use_cache
        && let Some(outcome) = moved(session, jobs, layout)?
    {
        return Ok(outcome);
    }
    Ok(install(jobs, layout)?)
}

/// Installs from a staged tree; `None` where none fits, or the one that does is of no use.
fn moved(
    session: &Session<'_>,
    jobs: &[Job<'_>],
    layout: &Layout,
) -> Result<Option<Outcome>, EngineError> {
    let store = &session.store;
    if !store.has_staged() {
        return Ok(None);
    }
    let Some(members) = identities(jobs, layout) else { return Ok(None) };
    let key = key_of(&members);
    // Others may be faster with a tree, as often as there are copies of it.
    for _ in 0..=MOST_COPIES {
        let Ok(trees) = store.staged(&key) else { return Ok(None) };
        let mut best: Option<(usize, &StagedTree, &ArchivedStagedSet, Cover)> = None;
        for tree in &trees {
            let Ok(set) = tree.set() else { continue };
            let Some(cover) = Cover::of(jobs, layout, &members, set) else { continue };
            let (taken, all) = cover.files(set);
            if taken * WORTHWHILE.1 >= all * WORTHWHILE.0
                && best.as_ref().is_none_or(|(most, ..)| taken > *most)
            {
                best = Some((taken, tree, set, cover));
            }
        }
        let Some((_, tree, set, cover)) = best else { return Ok(None) };
        let taken = match tree.take(store) {
            Ok(Some(taken)) => taken,
            Ok(None) => continue,
            Err(_) => return Ok(None),
        };
        let folder = taken.tree();
        // What is not as it was staged is not given back: it goes.
        if !cover.is_as_described(&folder, set).unwrap_or(false) {
            return Ok(None);
        }
        let staged = Staged { tree: &folder, set, cover: &cover };
        let outcome = install_from(jobs, layout, &staged)?;
        if outcome.is_none() {
            // Another mount of one disk, or a lower layer of an overlay.
            let _ = taken.give_back();
        }
        return Ok(outcome);
    }
    Ok(None)
}

/// The same layout below another prefix.
pub(crate) fn apart(layout: &Layout, prefix: &Path) -> Option<Layout> {
    let old = &layout.scheme;
    let moved = |folder: &PathBuf| Some(prefix.join(folder.strip_prefix(&old.data).ok()?));
    let scheme = Scheme {
        purelib: moved(&old.purelib)?,
        platlib: moved(&old.platlib)?,
        scripts: moved(&old.scripts)?,
        data: prefix.to_owned(),
        headers: moved(&old.headers)?,
    };
    Some(Layout { scheme, ..layout.clone() })
}

/// What decides about the files that each job has among the modules: its wheel and bytecode, what
/// is written beside them, where programs are as seen from there, and modes. `None` for layouts
/// that are not staged.
pub(crate) fn identities(jobs: &[Job<'_>], layout: &Layout) -> Option<Vec<String>> {
    if !is_stageable(layout) {
        return None;
    }
    let below = apart(layout, Path::new("")).map(|apart| apart.scheme)?;
    let common = format!("{FORMAT}\n{below:?}\n{:?}\n{:?}\n", layout.umask, layout.link_mode);
    let identity = |job: &Job<'_>| {
        let bytecode = job.bytecode.map(|kept| kept.manifest.interpreter.as_str());
        let text = format!(
            "{common}{}\n{bytecode:?}\n{}\n{}\n{:?}\n",
            job.manifest.wheel_sha256, job.project, job.requested, job.direct_url
        );
        blake3::hash(text.as_bytes()).to_hex().to_string()
    };
    Some(jobs.iter().map(identity).collect())
}

/// The key of a set.
pub(crate) fn key_of(members: &[String]) -> String {
    blake3::hash(members.join("\n").as_bytes()).to_hex().to_string()
}
