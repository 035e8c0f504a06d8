//! `wheel`: the wheels of what an installation would need, built where there are none.

use crate::acquire::{self, Built};
use crate::destination::Destination;
use crate::direct::Content;
use crate::download::put;
use crate::error::EngineError;
use crate::listener::{Level, Listener};
use crate::locks;
use crate::plan::{Plan, Step, StepSource};
use crate::purpose::Purpose;
use crate::request::WheelRequest;
use crate::resolution;
use crate::session::Session;
use crate::target::{self, InstalledSet};
use std::path::PathBuf;
use std::sync::Arc;

/// Puts wheels of what the request leads to into the folder that it names.
pub fn wheel(request: &WheelRequest, listener: Arc<dyn Listener>) -> Result<(), EngineError> {
    // Only for installations pip has words of its own for what the system refuses.
    run(request, listener).map_err(EngineError::into_crash)
}

fn run(request: &WheelRequest, listener: Arc<dyn Listener>) -> Result<(), EngineError> {
    let target = target::locate(&request.resolve.python, &request.resolve.general)?;
    let resolve = &*locks::resolved(&request.resolve, &target.interpreter)?;
    let destination = Destination::open(&request.folder, &resolve.general)?;
    let purpose = Purpose::Wheels { destination, verify: request.verify };
    let session = Session::without_environment(resolve, &target.interpreter, purpose, listener)?;

    let answer = resolution::of_request(&session, &InstalledSet::empty())?;
    let made = make(&session, &answer.plan, request.verify);
    session.builds.give_leases_back();
    made?;
    answer.remember(&session, &[])?;
    session.shared.put_new(&session.store);
    Ok(())
}

/// The wheel of a step.
enum Wheel {
    /// It is in the folder.
    There,
    /// It was built before.
    Built(PathBuf),
    /// It must be built.
    Missing,
}

fn make(session: &Session<'_>, plan: &Plan, verify: bool) -> Result<(), EngineError> {
    let Some(destination) = session.purpose.destination() else { return Ok(()) };
    let is_there = |link: &accel_types::Link| !link.is_wheel() || destination.has(&link.filename);
    let archives = acquire::archives(session, &plan.steps, is_there)?;
    let mut missing = Vec::new();
    for (at, step) in plan.in_order_of_choice() {
        if let (StepSource::Link(link), Some(archive)) = (&step.source, &archives[at]) {
            put(session, destination, &link.filename, &link.url, archive)?;
            continue;
        }
        match look(session, destination, step)? {
            Wheel::There => {}
            Wheel::Built(file) => {
                let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
                destination.save(&session.voice, &name, &file, true)?;
            }
            Wheel::Missing => missing.push(step),
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let Built { wheels, mut failed } = acquire::build_each(session, &missing, |tree| {
        session.builds.wheel_file(session, tree, verify)
    })?;
    for (number, file) in wheels {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Err(error) = destination.replace(&name, &file) {
            let (shown, folder) = (&missing[number].shown, destination.folder().display());
            let reason = match &error {
                EngineError::Io(error) => error.python_words(),
                other => other.to_string(),
            };
            let reason = reason.split_once(": ").map_or(reason.as_str(), |(_, words)| words);
            session.voice.say(
                Level::Warning,
                &format!("Failed to copy built wheel {shown} to {folder}: {reason}"),
            );
            failed.push(shown.clone());
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(EngineError::installation("Failed to build one or more wheels"))
}

/// What there is of a step whose wheel did not come from an index. A wheel that a URL or path named
/// is put into the folder.
fn look(
    session: &Session<'_>,
    destination: &Destination,
    step: &Step,
) -> Result<Wheel, EngineError> {
    match &step.source {
        StepSource::Link(link) if link.is_wheel() => return Ok(Wheel::There),
        StepSource::Link(_) => {}
        StepSource::Direct { url, editable } => {
            let obtained = session.obtain(url, *editable, step.root)?;
            if let Content::Wheel(archive) = &obtained.content {
                let name = session.index.direct_link(url).filename;
                put(session, destination, &name, url, archive)?;
                return Ok(Wheel::There);
            }
        }
    }
    let kept = acquire::with_tree(session, step, |tree| session.builds.kept_file(session, tree))?;
    Ok(kept.map_or(Wheel::Missing, Wheel::Built))
}
