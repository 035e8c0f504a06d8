//! `--target DIR`: an installation into a staging folder whose parts are then moved to `DIR`.

use crate::change;
use crate::error::EngineError;
use crate::listener::Level;
use crate::plan::Plan;
use crate::request::Upgrade;
use crate::session::Session;
use crate::target::InstalledSet;
use accel_install::target::{SchemeChoice, Target};
use accel_io::fs::{self, Scratch};
use accel_store::Entry;
use std::path::{Path, PathBuf};

/// Installs into `folder` as pip does with `--target`: what is there already stays, with a
/// warning, unless `--upgrade` is given.
pub(crate) fn install(
    session: &Session<'_>,
    target: &Target,
    folder: &Path,
    plan: &Plan,
    entries: &[Entry],
) -> Result<Vec<Vec<PathBuf>>, EngineError> {
    if session.request.place.prefix.is_some() {
        return Err(EngineError::installation("Cannot set --home and --prefix together"));
    }
    fs::create_dir_all(folder)?;
    let staging = Scratch::with_prefix(folder, ".pip-accel-target")?;
    let scheme = target.scheme(&SchemeChoice::Home(staging.path().to_path_buf()), None)?;
    let scripts = change::install(session, target, &scheme, plan, entries, &InstalledSet::empty())?;
    let mut libraries = vec![scheme.purelib.clone()];
    if scheme.platlib != scheme.purelib {
        libraries.push(scheme.platlib.clone());
    }
    for library in libraries.iter().filter(|library| fs::exists(library)) {
        for entry in fs::read_dir(library)? {
            place(session, &library.join(&entry.name), &folder.join(&entry.name))?;
        }
    }
    for entry in fs::read_dir(&scheme.data)? {
        let from = scheme.data.join(&entry.name);
        let holds_library = libraries.iter().any(|library| library.starts_with(&from));
        if !holds_library {
            place(session, &from, &folder.join(&entry.name))?;
        }
    }
    Ok(scripts)
}

fn place(session: &Session<'_>, from: &Path, to: &Path) -> Result<(), EngineError> {
    let upgrade = session.request.changes.upgrade != Upgrade::ToSatisfyOnly;
    if let Some(there) = fs::symlink_metadata_if_exists(to)? {
        let shown = to.display();
        if !upgrade {
            let text = format!(
                "Target directory {shown} already exists. Specify --upgrade to force replacement."
            );
            session.voice.say(Level::Warning, &text);
            return Ok(());
        }
        if there.is_symlink() {
            let text = format!(
                "Target directory {shown} already exists and is a link. pip will not \
                 automatically replace links, please remove if replacement is desired."
            );
            session.voice.say(Level::Warning, &text);
            return Ok(());
        }
        fs::remove_tree(to)?;
    }
    Ok(fs::rename(from, to)?)
}
