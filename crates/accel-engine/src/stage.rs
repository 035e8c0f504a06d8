//! Making staged trees (`docs/adr/0004-staged-trees.md`).
//!
//! A tree is made by installing into a folder out of sight, with the very code that installs into
//! environments; so what is moved later is what would have been linked.

use crate::acquire;
use crate::change;
use crate::conflicts;
use crate::error::EngineError;
use crate::listener::{Listener, Voice};
use crate::locks;
use crate::plan::Plan;
use crate::request::InstallRequest;
use crate::resolution::{self, Answer};
use crate::session::Session;
use crate::staged::{apart, identities, key_of};
use crate::target::{self, InstalledSet};
use crate::tools::Tools;
use accel_install::install::staged::describe;
use accel_install::install::{Job, Layout, Outcome, install};
use accel_install::scheme::Scheme;
use accel_install::target::Target;
use accel_install::venv::{VenvOptions, create_venv};
use accel_io::fs::{self, Scratch};
use accel_store::{Entry, MOST_COPIES, Store};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The part of a run's time that its end may spend on staging: a tenth.
const SHARE: u32 = 10;

/// Stages what the request would install into a new virtual environment, until `copies` trees of it
/// stand ready; returns how many do. Nothing is installed.
pub fn stage(
    request: &InstallRequest,
    copies: usize,
    listener: Arc<dyn Listener>,
) -> Result<usize, EngineError> {
    ready(request, listener, |session, target, answer, mut entries| {
        let (scheme, _) = target::scheme(target, &request.place)?;
        loop {
            match trees(session, target, &scheme, &answer.plan, &entries, copies, None) {
                Err(edited @ EngineError::Edited { .. }) => {
                    session.mend(edited)?;
                    entries = acquire::all(session, &mut answer.plan)?;
                }
                done => return done,
            }
        }
    })
}

/// Resolves, fetches and builds what the request would install into a new virtual environment, and
/// calls `work` with it.
pub(crate) fn ready<T>(
    request: &InstallRequest,
    listener: Arc<dyn Listener>,
    work: impl FnOnce(&Session<'_>, &Target, &mut Answer, Vec<Entry>) -> Result<T, EngineError>,
) -> Result<T, EngineError> {
    let general = &request.general;
    let base = target::locate(&request.python, general)?;
    let store = Store::new(&general.cache_root);
    // Never filled: it only tells where an environment has its folders.
    let model = Scratch::with_prefix(store.build_scratch(), "stage")?;
    let options = VenvOptions {
        path: model.path().join("environment"),
        working_directory: general.current_dir.clone(),
        ..VenvOptions::default()
    };
    let created = create_venv(&base.interpreter, &options)?;
    let target = Target { interpreter: created.interpreter, user: target::user_settings(general) };
    let request = &*locks::resolved(request, &target.interpreter)?;
    let installed = InstalledSet::empty();
    let voice = Voice::new(listener);
    let tools = Tools::of(request, target.interpreter.executable(), &voice);
    let session = Session::new(request, &target.interpreter, tools, voice)?;
    session.announce(installed.warnings());
    let mut answer = resolution::of_request(&session, &installed)?;
    let entries = acquire::all(&session, &mut answer.plan)?;
    if !answer.is_remembered() {
        answer.conflicts = conflicts::of_plan(&session, &answer.plan, &entries, &installed)?;
    }
    answer.remember(&session, &entries)?;
    work(&session, &target, &mut answer, entries)
}

/// What the making of trees may take.
#[derive(Clone, Copy)]
struct Limit {
    /// When the last one must be ready.
    until: Instant,
    /// What one will take, before one was made.
    likely: Duration,
}

/// Stages a plan until `copies` trees of it stand ready, or the next one would be ready too late.
/// Returns how many stand.
fn trees(
    session: &Session<'_>,
    target: &Target,
    scheme: &Scheme,
    plan: &Plan,
    entries: &[Entry],
    copies: usize,
    limit: Option<Limit>,
) -> Result<usize, EngineError> {
    if entries.is_empty() {
        return Ok(0);
    }
    let layout = change::layout(session.request, target, scheme, None);
    let bytecode = change::bytecode(session, target, entries)?;
    let previous: Vec<_> = entries.iter().map(|_| None).collect();
    change::with_jobs(plan, entries, &bytecode, &previous, |jobs| {
        let Some(members) = identities(jobs, &layout) else { return Ok(0) };
        let key = key_of(&members);
        let mut standing = session.store.staged_copies(&key)?;
        let mut took = limit.map_or(Duration::ZERO, |limit| limit.likely);
        while standing < copies.min(MOST_COPIES) {
            let start = Instant::now();
            if limit.is_some_and(|limit| start + took > limit.until) {
                break;
            }
            if !one(session, jobs, &layout, &members, &key)? {
                break;
            }
            took = start.elapsed();
            standing += 1;
        }
        Ok(standing)
    })
}

/// How long a run has taken so far.
pub(crate) struct Times {
    /// When it began.
    pub(crate) started: Instant,
    /// What it took to put the files in place: about what a tree takes.
    pub(crate) installing: Duration,
}

/// At the end of a run that had work to do: stages what it installed, as `PIP_ACCEL_STAGE` asks,
/// for at most a tenth of the time that the run took.
pub(crate) fn after(
    session: &Session<'_>,
    target: &Target,
    scheme: &Scheme,
    plan: &Plan,
    entries: &[Entry],
    times: &Times,
) {
    let copies = session.request.writing.stage;
    let upgrades = plan.steps.iter().any(|step| step.replaces);
    if copies == 0 || upgrades || !session.request.general.use_cache {
        return;
    }
    let until = Instant::now() + times.started.elapsed() / SHARE;
    let limit = Limit { until, likely: times.installing };
    // The installation itself is done, and nothing is wrong with it.
    let _ = trees(session, target, scheme, plan, entries, copies, Some(limit));
}

/// Makes one tree; says whether it was kept.
fn one(
    session: &Session<'_>,
    jobs: &[Job<'_>],
    layout: &Layout,
    members: &[String],
    key: &str,
) -> Result<bool, EngineError> {
    let scratch = session.store.staging_scratch()?;
    let Some(apart) = apart(layout, &scratch.path().join("prefix")) else { return Ok(false) };
    let outcome = install(jobs, &apart)?;
    if let Outcome::Edited { job, bytecode, source } = outcome {
        return Err(change::edited(jobs, job, bytecode, source));
    }
    let tree = scratch.path().join("tree");
    fs::rename(&apart.scheme.purelib, &tree)?;
    let set = describe(jobs, &apart, members.to_vec(), &tree)?;
    Ok(session.store.keep_staged(key, &tree, &set)?)
}
