//! pip's check that the METADATA served beside a wheel, on which a resolution rests, is what the
//! wheel itself says.
//!
//! It is made once, when the wheel arrives; one that says something else is not kept.

use crate::acquire::told_now;
use crate::error::EngineError;
use crate::listener::Level;
use crate::plan::Step;
use crate::session::Session;
use accel_resolve::Event;
use accel_store::Entry;
use accel_types::{
    CoreMetadata, ExtraName, LineEnds, PackageName, Requirement, SpecifierSet, Version, python_repr,
};
use std::collections::BTreeSet;

/// A field that differs, and what either side says.
struct Difference {
    field: &'static str,
    beside: String,
    inside: String,
}

/// Compares what decides a resolution, of one step whose wheel has just arrived.
pub(crate) fn check(session: &Session<'_>, step: &Step, entry: &Entry) -> Result<(), EngineError> {
    let Some(link) = told_now(session, step) else { return Ok(()) };
    let Some(beside) = session.index.metadata(link)? else { return Ok(()) };
    let inside = session.entry_metadata(entry, LineEnds::AsWritten)?;
    let Some(found) = difference(session, step, &beside, &inside)? else { return Ok(()) };
    session.store.discard(entry.wheel_sha256())?;
    Err(EngineError::installation(format!(
        "Requested {} has inconsistent {} between its PEP 658 .metadata file and the wheel's \
         METADATA: sidecar has {}, wheel has {}",
        step.words,
        found.field,
        python_repr(&found.beside),
        python_repr(&found.inside)
    )))
}

fn difference(
    session: &Session<'_>,
    step: &Step,
    beside: &CoreMetadata,
    inside: &CoreMetadata,
) -> Result<Option<Difference>, EngineError> {
    let found = |field, beside, inside| Ok(Some(Difference { field, beside, inside }));
    let name = |metadata: &CoreMetadata| PackageName::new(&metadata.name);
    if name(beside) != name(inside) {
        return found("Name", name(beside).to_string(), name(inside).to_string());
    }
    let version = |metadata: &CoreMetadata| metadata.version.trim().parse::<Version>().ok();
    if version(beside) != version(inside) {
        return found("Version", beside.version.clone(), inside.version.clone());
    }
    let (ours, theirs) = (
        requirements(step, beside, "the PEP 658 .metadata file")?,
        requirements(step, inside, "the wheel's METADATA")?,
    );
    if ours != theirs {
        return found("Requires-Dist", only(&ours, &theirs), only(&theirs, &ours));
    }
    let (ours, theirs) = (python(session, beside), python(session, inside));
    if ours != theirs {
        return found("Requires-Python", ours, theirs);
    }
    let extras = |metadata: &CoreMetadata| -> BTreeSet<String> {
        let extras = metadata.provides_extra.iter();
        extras.map(|extra| ExtraName::new(extra).as_str().to_owned()).collect()
    };
    let (ours, theirs) = (extras(beside), extras(inside));
    if ours != theirs {
        return found("Provides-Extra", only(&ours, &theirs), only(&theirs, &ours));
    }
    Ok(None)
}

/// The requirements as pip prints them.
fn requirements(
    step: &Step,
    metadata: &CoreMetadata,
    place: &str,
) -> Result<BTreeSet<String>, EngineError> {
    let lines = metadata.requires_dist.iter().map(|line| line.trim().parse::<Requirement>());
    let texts = lines.map(|line| line.map(|requirement| requirement.to_string()));
    texts.collect::<Result<_, _>>().map_err(|error| {
        EngineError::installation(format!(
            "Requested {} has invalid metadata: Requires-Dist in {place}: {error}",
            step.words
        ))
    })
}

/// Requires-Python; pip warns of an invalid one whenever it looks at it.
fn python(session: &Session<'_>, metadata: &CoreMetadata) -> String {
    let Some(text) = &metadata.requires_python else { return String::new() };
    match text.parse::<SpecifierSet>() {
        Ok(set) => set.to_string(),
        Err(error) => {
            let reason = error.to_string();
            let event = Event::InvalidRequiresPython { name: &metadata.name, reason: &reason };
            session.voice.say(Level::Warning, &event.to_string());
            String::new()
        }
    }
}

fn only(these: &BTreeSet<String>, those: &BTreeSet<String>) -> String {
    these.difference(those).cloned().collect::<Vec<_>>().join(", ")
}
