//! From a question to a plan: the memo of an earlier identical one, or the resolver.

use crate::destination::Destination;
use crate::error::EngineError;
use crate::fitting;
use crate::listener::Said;
use crate::look_ahead;
use crate::memo::{self, Memo};
use crate::offline;
use crate::plan::Plan;
use crate::policy::{Policy, Rules};
use crate::provider::Sources;
use crate::roots::{self, Facts};
use crate::session::Session;
use crate::target::InstalledSet;
use accel_index::PageState;
use accel_io::stopwatch::{self, Stage, Tier};
use accel_resolve::{ResolveError, ResolveRequest, Stop};
use accel_store::Entry;
use std::sync::PoisonError;

/// The answer to a question.
pub(crate) struct Answer {
    pub(crate) plan: Plan,
    /// Where an identical request will find this answer.
    memo: Option<String>,
    /// Where a fleet will find it.
    shared_memo: Option<String>,
    pages: Vec<PageState>,
    said: Vec<Said>,
    /// pip's text about conflicts with what is installed, once it is known.
    pub(crate) conflicts: Option<String>,
    remembered: bool,
}

/// Answers what a request asks for.
pub(crate) fn of_request(
    session: &Session<'_>,
    installed: &InstalledSet,
) -> Result<Answer, EngineError> {
    let request = session.request;
    // What was said so far is said again by every run.
    drop(session.voice.take_said());
    let _lap = stopwatch::lap(Stage::Resolve, || "the resolution".to_owned());
    let (purpose, python) = (session.purpose.name(), session.python);
    let key = request.general.use_cache.then(|| memo::key(request, purpose, python, installed));
    let destination = session.purpose.destination();
    // A remembered answer does not know why.
    if session.notes.is_none()
        && let Some(key) = &key
        && let Some(memo) = session.store.memo(key)?.as_deref().and_then(Memo::read)
        && !destination.is_some_and(|destination| destination.has_any(&memo.plan))
        && session.unchanged(&memo.pages)?
    {
        stopwatch::answered(Tier::Resolutions, true);
        session.voice.repeat(&memo::with_folders(memo.said.clone(), installed));
        return Ok(Answer {
            plan: memo.plan,
            memo: None,
            shared_memo: None,
            pages: memo.pages,
            said: memo.said,
            conflicts: memo.conflicts,
            remembered: true,
        });
    }
    let is_shared =
        session.purpose.is_install() && session.shared.is_there() && session.notes.is_none();
    let shared_key =
        (key.is_some() && is_shared).then(|| memo::shared_key(request, session.python, installed));
    if let Some(memo) = shared_key.as_deref().and_then(|key| session.shared.resolution(key)) {
        session.voice.repeat(&memo::with_folders(memo.said.clone(), installed));
        return Ok(Answer {
            plan: memo.plan,
            memo: key,
            shared_memo: None,
            pages: memo.pages,
            said: memo.said,
            conflicts: memo.conflicts,
            remembered: true,
        });
    }
    stopwatch::answered(Tier::Resolutions, false);
    let facts = Facts {
        markers: session.python.markers(),
        tags: session.tags(),
        python: &session.python_version,
    };
    let question = roots::of_install(request, &facts);
    let (plan, pages) = resolve(session, &question, installed, request.require_hashes)?;
    Ok(Answer {
        plan,
        memo: key,
        shared_memo: shared_key,
        pages,
        said: memo::without_folders(&session.voice.take_said(), installed),
        conflicts: None,
        remembered: false,
    })
}

/// Runs the resolver; once more with the index where the local index did not suffice.
pub(crate) fn resolve(
    session: &Session<'_>,
    question: &ResolveRequest,
    installed: &InstalledSet,
    require_hashes: bool,
) -> Result<(Plan, Vec<PageState>), EngineError> {
    // Whoever wants to know why is also told of what fits elsewhere.
    if session.building.is_empty() && session.notes.is_none() {
        session.index.leave_out_unless(|| fitting::of(session));
    }
    let rules = Rules::new(&session.request.index, session.request.changes.upgrade);
    let found = look_ahead::beside(session, &rules, question, installed, || {
        search(session, &Policy::new(rules.clone()), question, installed, require_hashes)
    });
    found.inspect_err(|error| offline::hint(session, question, installed, error))
}

fn search(
    session: &Session<'_>,
    policy: &Policy,
    question: &ResolveRequest,
    installed: &InstalledSet,
    require_hashes: bool,
) -> Result<(Plan, Vec<PageState>), EngineError> {
    let lookup = |name: &_| installed.find(name);
    loop {
        let sources = Sources::new(session, policy, &lookup, require_hashes);
        let outcome = match &session.notes {
            None => accel_resolve::resolve(question, &sources),
            Some(notes) => notes.resolve(question, &sources),
        };
        match outcome {
            Ok(resolution) => return Ok((Plan::of(&resolution), sources.into_pages())),
            Err(ResolveError::Stopped(Stop::Restart)) => session.begin_again(),
            Err(ResolveError::Impossible { .. }) if policy.widen() => session.begin_again(),
            Err(error) => {
                if let ResolveError::Impossible { explanation, .. } = &error {
                    for line in explanation {
                        session.voice.say(line.level.into(), &line.text);
                    }
                }
                return Err(error.into());
            }
        }
    }
}

impl Answer {
    /// Whether an earlier run had found it.
    pub(crate) fn is_remembered(&self) -> bool {
        self.remembered
    }

    /// Remembers the answer for the next identical request, unless it came from there. Called when
    /// all wheels are kept; `entries` are those of the steps.
    pub(crate) fn remember(
        &self,
        session: &Session<'_>,
        entries: &[Entry],
    ) -> Result<(), EngineError> {
        let Some(key) = &self.memo else { return Ok(()) };
        let is_repeatable = if session.purpose.is_install() {
            self.plan.is_repeatable()
        } else {
            let destination = session.purpose.destination();
            self.plan.is_of_index() && !destination.is_some_and(Destination::was_used)
        };
        if !is_repeatable {
            return Ok(());
        }
        session.store.keep_memo(key, &self.as_memo(session).to_bytes())?;
        match &self.shared_memo {
            Some(key) => self.share_as(key, session, entries),
            None => Ok(()),
        }
    }

    /// Tells a fleet an answer that was remembered here. That of an empty environment, as all are
    /// that something is made ready for.
    pub(crate) fn share(
        &self,
        session: &Session<'_>,
        entries: &[Entry],
    ) -> Result<(), EngineError> {
        let told = self.shared_memo.is_some() || !self.plan.is_repeatable();
        if told || session.shared.writable().is_none() {
            return Ok(());
        }
        let installed = InstalledSet::empty();
        self.share_as(
            &memo::shared_key(session.request, session.python, &installed),
            session,
            entries,
        )
    }

    fn share_as(
        &self,
        key: &str,
        session: &Session<'_>,
        entries: &[Entry],
    ) -> Result<(), EngineError> {
        let memo = self.as_memo(session);
        let metadata = entries.iter().map(|entry| session.metadata_text(entry));
        let metadata: Vec<String> = metadata.collect::<Result<_, _>>()?;
        if memo::is_for_all(&memo, session.request, &metadata) {
            let memo = memo::without_credentials(memo);
            session.shared.resolution_made(key, memo.to_bytes());
        }
        Ok(())
    }

    fn as_memo(&self, session: &Session<'_>) -> Memo {
        let built = session.built.lock().unwrap_or_else(PoisonError::into_inner);
        Memo {
            plan: self.plan.clone(),
            pages: self.pages.clone(),
            said: memo::of_kept_wheels(&self.said, &built),
            conflicts: self.conflicts.clone(),
        }
    }
}
