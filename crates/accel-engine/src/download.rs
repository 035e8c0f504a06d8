//! `download`: what an installation would need, put into a folder as it is.

use crate::acquire;
use crate::destination::Destination;
use crate::direct::{self, Content};
use crate::error::EngineError;
use crate::listener::{Level, Listener};
use crate::locks;
use crate::plan::{Plan, Step, StepSource};
use crate::purpose::Purpose;
use crate::request::DownloadRequest;
use crate::resolution;
use crate::session::Session;
use crate::target::{self, InstalledSet};
use accel_index::KeptArchive;
use accel_io::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Puts into the folder that the request names what the request leads to.
pub fn download(request: &DownloadRequest, listener: Arc<dyn Listener>) -> Result<(), EngineError> {
    // Only for installations pip has words of its own for what the system refuses.
    run(request, listener).map_err(EngineError::into_crash)
}

fn run(request: &DownloadRequest, listener: Arc<dyn Listener>) -> Result<(), EngineError> {
    let target = target::locate(&request.resolve.python, &request.resolve.general)?;
    let resolve = &*locks::resolved(&request.resolve, &target.interpreter)?;
    let destination = Destination::open(&request.folder, &resolve.general)?;
    let purpose = Purpose::Download(destination);
    let session = Session::without_environment(resolve, &target.interpreter, purpose, listener)?;

    let answer = resolution::of_request(&session, &InstalledSet::empty())?;
    let saved = save(&session, &answer.plan)?;
    answer.remember(&session, &[])?;
    session.shared.put_new(&session.store);
    if !saved.is_empty() {
        session.voice.info(&format!("Successfully downloaded {}", saved.join(" ")));
    }
    Ok(())
}

/// Puts the archives of a plan into the folder; returns the names of all as pip shows them.
fn save<'p>(session: &Session<'_>, plan: &'p Plan) -> Result<Vec<&'p str>, EngineError> {
    let Some(destination) = session.purpose.destination() else { return Ok(Vec::new()) };
    let archives = acquire::archives(session, &plan.steps, |link| destination.has(&link.filename))?;
    let mut saved = Vec::new();
    for (at, step) in plan.in_order_of_choice() {
        match (&step.source, &archives[at]) {
            (StepSource::Link(link), Some(archive)) => {
                put(session, destination, &link.filename, &link.url, archive)?;
            }
            // It was there before.
            (StepSource::Link(_), None) => {}
            (StepSource::Direct { url, editable }, _) => {
                save_direct(session, destination, step, url, *editable)?;
            }
        }
        saved.push(step.shown.as_str());
    }
    Ok(saved)
}

/// A copy of an archive.
pub(crate) fn put(
    session: &Session<'_>,
    destination: &Destination,
    name: &str,
    url: &str,
    archive: &KeptArchive,
) -> Result<(), EngineError> {
    let is_kept = direct::local_path(url).is_none();
    destination.save(&session.voice, name, &archive.path, is_kept)
}

/// What a URL or path named: an archive as it is, a checkout packed. A folder of the user's stays
/// where it is, unless it was to be an editable.
fn save_direct(
    session: &Session<'_>,
    destination: &Destination,
    step: &Step,
    url: &str,
    editable: bool,
) -> Result<(), EngineError> {
    let obtained = session.obtain(url, editable, step.root)?;
    let tree = match &obtained.content {
        Content::Wheel(archive) | Content::Sdist(archive) => {
            let name = session.index.direct_link(url).filename;
            return put(session, destination, &name, url, archive);
        }
        Content::Folder(_) if !editable => return Ok(()),
        Content::Folder(path) | Content::Checkout { path, .. } => path,
    };
    let version = &session.metadata_of_obtained(&obtained, &step.shown, None)?.version;
    let name = format!("{}-{version}.zip", step.shown);
    if destination.has(&name) && !makes_room(session, destination, &name)? {
        return Ok(());
    }
    let link = accel_requirements::DirectLink { url: url.to_owned() };
    let tree = match link.subdirectory() {
        Some(below) => crate::builds::inside(tree, below)?,
        None => tree.clone(),
    };
    destination.pack(&session.voice, &name, &tree, &step.shown)
}

/// Asks what is to become of a file that is in the way; whether it is out of it now.
fn makes_room(
    session: &Session<'_>,
    destination: &Destination,
    name: &str,
) -> Result<bool, EngineError> {
    let (path, shown) = (destination.at(name), destination.shown(name));
    let question = format!("The file {shown} exists. (i)gnore, (w)ipe, (b)ackup, (a)bort ");
    let answer = direct::choose(session, &question, &["i", "w", "b", "a"]);
    let no_answer = |reason: String| {
        let class = if reason.starts_with("EOF") { "EOFError" } else { "Exception" };
        EngineError::Crash(format!("{class}: {reason}"))
    };
    match answer.map_err(no_answer)?.as_str() {
        "i" => return Ok(false),
        "w" => {
            session.voice.say(Level::Warning, &format!("Deleting {shown}"));
            fs::remove_file(&path)?;
        }
        "b" => {
            let backup = free_name(&path);
            let name = backup.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let to = destination.shown(&name);
            session.voice.say(Level::Warning, &format!("Backing up {shown} to {to}"));
            fs::rename(&path, &backup)?;
        }
        _ => return Err(EngineError::Crash("SystemExit: -1".to_owned())),
    }
    Ok(true)
}

/// The first of `path.bak`, `path.bak2`, … that is free.
fn free_name(path: &Path) -> PathBuf {
    let named = |extension: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(extension);
        PathBuf::from(name)
    };
    let numbered = (2..).map(|number| named(&format!(".bak{number}")));
    let mut all = std::iter::once(named(".bak")).chain(numbered);
    all.find(|free| !fs::exists(free)).unwrap_or_else(|| named(".bak"))
}
