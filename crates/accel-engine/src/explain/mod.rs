//! `explain` and `install --explain`: why this version, who asked for it, what else there is.
//!
//! A run that will be explained resolves with everything written down ([`Notes`]); nothing is asked
//! anew for what the search has seen. `reasons` is what there is to tell as plain data: made by
//! `told` of an answer, by `environment` of what is installed, by `conflict` where there is no answer.
//! `words`, `conflict_words` and `block` have the sentences, `json` the same for programs.

mod absent;
mod aside;
mod block;
mod book;
mod chains;
mod conflict;
mod conflict_words;
mod environment;
mod json;
mod reasons;
mod replay;
mod smallest;
mod told;
mod versions;
mod words;

use crate::error::EngineError;
use crate::listener::{Listener, Voice};
use crate::locks;
use crate::request::ExplainRequest;
use crate::resolution;
use crate::roots::{self, Facts};
use crate::session::Session;
use crate::target::{self, InstalledSet};
use crate::tools::Tools;
use accel_install::Seen;
use accel_resolve::{ResolveError, ResolveRequest};
use accel_types::{Json, moment};
use aside::Aside;
use reasons::{Conflict, Explanation, Presence};
use std::sync::Arc;

pub(crate) use book::Notes;

/// Explains projects; whether any of them is there.
pub fn explain(request: &ExplainRequest, listener: Arc<dyn Listener>) -> Result<bool, EngineError> {
    let target = target::locate(&request.resolve.python, &request.resolve.general)?;
    let resolve = &*locks::resolved(&request.resolve, &target.interpreter)?;
    target::refuse_script(resolve, &target.interpreter)?;
    let (scheme, decision) = target::scheme(&target, &resolve.place)?;
    let ignore = resolve.changes.ignore_installed;
    let seen = Seen::of(&scheme.purelib);
    let installed = InstalledSet::of(&target, &seen, &resolve.general, decision.user, ignore);
    let voice = Voice::new(Arc::new(Aside(listener)));
    let tools = Tools::of(resolve, target.interpreter.executable(), &voice);
    let mut session = Session::new(resolve, &target.interpreter, tools, voice)?;
    session.notes = (!request.of_environment).then(Notes::default);
    session.announce(installed.warnings());

    if !request.of_environment
        && let Err(error) = resolution::of_request(&session, &installed)
    {
        tell_conflict(&session, &installed, &error, request.json);
        return Err(error);
    }
    let noted = session.notes.as_ref().map(Notes::noted);
    let names = request.names.iter();
    let told: Result<Vec<Explanation>, EngineError> = names
        .map(|name| match &noted {
            Some(noted) => told::of_project(&session, noted, &installed, name),
            None => environment::told(&session, &installed, name),
        })
        .collect();
    let told = told?;
    if request.json {
        let told = told.iter().map(json::explanation);
        session.voice.answer(&json::document(&session, "explained", Json::List(told.collect())));
    } else {
        let facts = facts(&session);
        let told: Vec<String> =
            told.iter().map(|told| words::lines(told, &facts).join("\n")).collect();
        session.voice.answer(&told.join("\n---\n"));
    }
    let is_there = |told: &Explanation| {
        matches!(told.presence, Presence::Chosen { .. } | Presence::Installed(_))
    };
    Ok(told.iter().any(is_there))
}

/// Keeps for the end of an installation why each version was chosen.
pub(crate) fn tell_choices(session: &Session<'_>) {
    if let Some(notes) = &session.notes {
        session.voice.afterwards(&block::text(session, &notes.noted()));
    }
}

/// Keeps for the end of a run that has no answer which requirements contradict each other.
pub(crate) fn tell_failure(session: &Session<'_>, installed: &InstalledSet, error: &EngineError) {
    tell_conflict(session, installed, error, false);
}

fn tell_conflict(
    session: &Session<'_>,
    installed: &InstalledSet,
    error: &EngineError,
    as_json: bool,
) {
    let impossible = matches!(error, EngineError::Resolve(ResolveError::Impossible { .. }));
    let Some(notes) = session.notes.as_ref().filter(|_| impossible) else { return };
    let question = question(session);
    let told: Option<Conflict> = conflict::of(session, &question, &notes.noted(), installed);
    if as_json {
        let told = told.as_ref().map_or(Json::Null, |told| json::conflict(told, &facts(session)));
        session.voice.answer(&json::document(session, "conflict", told));
        return;
    }
    let text = match &told {
        Some(told) => conflict_words::text(told, &facts(session)),
        None => conflict_words::NOT_FOUND.to_owned(),
    };
    session.voice.afterwards(&text);
}

/// What the resolver was asked.
fn question(session: &Session<'_>) -> ResolveRequest {
    let facts = Facts {
        markers: session.python.markers(),
        tags: session.tags(),
        python: &session.python_version,
    };
    roots::of_install(session.request, &facts)
}

fn facts(session: &Session<'_>) -> words::Facts {
    words::Facts {
        python: session.python_version.clone(),
        prior_to: session.request.selection.uploaded_prior_to.map(moment::shown),
    }
}
