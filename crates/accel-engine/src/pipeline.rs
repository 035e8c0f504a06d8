//! The story: request, target, resolution, plan, acquisition, store, installation, report.

use crate::acquire;
use crate::change;
use crate::conflicts;
use crate::error::EngineError;
use crate::explain::{self, Notes};
use crate::listener::{Level, Listener, Voice};
use crate::locks;
use crate::mend;
use crate::report::{self, Summary};
use crate::request::{InstallRequest, ProgressBar};
use crate::resolution;
use crate::session::Session;
use crate::stage::{self, Times};
use crate::target::{self, Decision, InstalledSet};
use crate::target_folder;
use crate::tools::Tools;
use crate::usage;
use accel_install::install::error::InstallError;
use accel_install::scheme::Scheme;
use accel_install::target::Target;
use accel_install::{Seen, journal};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often a change is planned anew because another process was faster.
pub(crate) const TURNS: usize = 100;
/// Half-done work of this age belongs to a run that was killed.
const LEFT_OVER: Duration = Duration::from_hours(24);

/// Installs what the request names into the environment that it names.
#[expect(clippy::needless_pass_by_value, reason = "handed over, as to every command")]
pub fn install(
    request: &InstallRequest,
    listener: Arc<dyn Listener>,
) -> Result<Summary, EngineError> {
    let target = target::locate(&request.python, &request.general)?;
    install_into(request, &target, &listener)
}

/// Installs what the request names into a target that is known already. Where another process changes
/// the environment meanwhile, so that what was read may be half of something, all is asked again.
pub(crate) fn install_into(
    request: &InstallRequest,
    target: &Target,
    listener: &Arc<dyn Listener>,
) -> Result<Summary, EngineError> {
    let request = &*locks::resolved(request, &target.interpreter)?;
    let place = &request.place;
    let checked = place.checks_externally_managed(request.dry_run, request.report.is_some());
    target::refuse_managed(target, !checked)?;
    target::refuse_script(request, &target.interpreter)?;
    let (scheme, decision) = target::scheme(target, &request.place)?;
    let mut turn = 1;
    loop {
        journal::recover(&scheme.purelib)?;
        let ground = Ground { target, scheme: &scheme, decision };
        let voice = Voice::new(Arc::clone(listener));
        let missing = mend::after_cut(request, ground, &voice)?;
        let seen = Seen::of(&scheme.purelib);
        match install_once(request, ground, &seen, Arc::clone(listener)) {
            Err(EngineError::Install(InstallError::Overtaken)) if turn < TURNS => {}
            Err(_) if turn < TURNS && journal::is_moving(&scheme.purelib, &seen) => {}
            done => return missing.weigh(done, &voice),
        }
        turn += 1;
    }
}

/// Where it is installed.
#[derive(Clone, Copy)]
pub(crate) struct Ground<'a> {
    pub(crate) target: &'a Target,
    pub(crate) scheme: &'a Scheme,
    /// Whether it is the user's own place.
    pub(crate) decision: Decision,
}

/// One try: everything is looked up and planned, then done if what is installed is still what was `seen`
/// before.
pub(crate) fn install_once(
    request: &InstallRequest,
    ground: Ground<'_>,
    seen: &Seen,
    listener: Arc<dyn Listener>,
) -> Result<Summary, EngineError> {
    let started = Instant::now();
    let Ground { target, scheme, decision } = ground;
    let user = decision.user;
    let ignore = request.changes.ignore_installed;
    let installed = InstalledSet::of(target, seen, &request.general, user, ignore);
    let voice = Voice::new(listener);
    let tools = Tools::of(request, target.interpreter.executable(), &voice);
    let mut session = Session::new(request, &target.interpreter, tools, voice)?;
    session.notes = request.explain.then(Notes::default);
    session.voice.say_passing(decision.level, decision.line);
    session.announce(installed.warnings());
    session.compile_ahead();

    let mut answer = resolution::of_request(&session, &installed)
        .inspect_err(|error| explain::tell_failure(&session, &installed, error))?;
    explain::tell_choices(&session);
    installed.refuse_hidden(&answer.plan)?;
    if request.report.is_some() {
        let report = report::json(&session, &mut answer.plan, target)?;
        session.voice.report(&report)?;
    }
    if request.dry_run {
        if let Some(would) = report::would_install(&answer.plan) {
            session.voice.info(&would);
        }
        return Ok(Summary::of(&session, answer, false));
    }

    let mut entries = acquire::all(&session, &mut answer.plan)?;
    // Of what is ignored the memory knows nothing.
    if ignore || !answer.is_remembered() {
        let there = ignore.then(|| InstalledSet::of(target, seen, &request.general, user, false));
        let there = there.as_ref().unwrap_or(&installed);
        answer.conflicts = conflicts::of_plan(&session, &answer.plan, &entries, there)?;
    }
    let remembered = answer.is_remembered();
    answer.remember(&session, &entries)?;
    if !remembered {
        // Left-overs cost only space, and a run that had work to do has the time to look.
        let _ = session.store.sweep(LEFT_OVER);
    }
    if !answer.plan.steps.is_empty() {
        session.voice.info(&report::installing(&answer.plan));
    }
    let acquired = Instant::now();
    let scripts = loop {
        let done = match &request.place.target {
            Some(folder) => {
                target_folder::install(&session, target, folder, &answer.plan, &entries)
            }
            None => change::install(&session, target, scheme, &answer.plan, &entries, &installed),
        };
        match done {
            Ok(scripts) => break scripts,
            Err(edited @ EngineError::Edited { .. }) => {
                session.mend(edited)?;
                entries = acquire::all(&session, &mut answer.plan)?;
            }
            Err(error) => return Err(error),
        }
    };
    let times = Times { started, installing: acquired.elapsed() };
    let drawn = request.general.progress_bar == ProgressBar::On && request.general.verbosity >= 0;
    if answer.plan.steps.len() > 1 && drawn {
        // pip's progress bar leaves this behind.
        session.voice.info("");
    }
    session.shared.put_new(&session.store);
    if !remembered && request.place.target.is_none() {
        stage::after(&session, target, scheme, &answer.plan, &entries, &times);
    }
    change::warn_about_scripts(&session, target, &scripts);
    if let Some(conflicts) = &answer.conflicts {
        session.voice.say(Level::Error, conflicts);
    }
    if ignore && request.place.target.is_none() {
        let there = InstalledSet::of(target, seen, &request.general, user, false);
        report::name_what_is_found(&mut answer.plan, scheme, &there);
    }
    let summary = Summary::of(&session, answer, true);
    if request.general.use_cache {
        usage::note(&request.general.cache_root, &summary);
    }
    Ok(summary)
}
