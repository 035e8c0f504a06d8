//! The knot: a build needs an environment, which needs a resolution and an installation, which
//! may need builds.

use crate::acquire;
use crate::change;
use crate::error::EngineError;
use crate::listener::{Level, least};
use crate::plan::Plan;
use crate::report;
use crate::resolution;
use crate::roots;
use crate::session::Session;
use crate::target::InstalledSet;
use accel_build::{BuildRequires, FailedInstall, Provided};
use accel_install::Seen;
use accel_install::target::{SchemeChoice, Target, UserSettings};
use accel_install::venv::{VenvOptions, create_venv};
use accel_io::fs;
use accel_resolve::{Options, ResolveRequest, Root, RootKind};
use accel_types::{Hashes, Requirement};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

impl BuildRequires for Session<'_> {
    fn provide(&self, requires: &[String], at: &Path) -> Result<Provided, Boxed> {
        provide(self, requires, at)
    }
}

/// What the requirements of builds have come to in this run, where nothing else was installed: the
/// next build with the same requirements gets the same.
#[derive(Default)]
pub(crate) struct PlansOfBuilds {
    plans: Mutex<HashMap<Vec<String>, Plan>>,
}

impl PlansOfBuilds {
    /// The plan for these requirements, unless each resolution is to be heard.
    fn of(&self, session: &Session<'_>, requires: &[String]) -> Option<Plan> {
        let plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        plans.get(requires).filter(|_| session.request.general.verbosity < 1).cloned()
    }

    fn keep(&self, requires: &[String], plan: &Plan) {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        plans.insert(requires.to_vec(), plan.clone());
    }
}

type Boxed = Box<dyn std::error::Error + Send + Sync>;

fn provide(session: &Session<'_>, requires: &[String], at: &Path) -> Result<Provided, Boxed> {
    if !session.request.build.isolation {
        return Ok(Provided {
            python: session.python.executable().to_path_buf(),
            variables: Vec::new(),
            resolved: Vec::new(),
        });
    }
    let is_new = !fs::is_dir(at);
    let target = environment(session, at)?;
    let inner = session.for_build(requires)?;
    let scheme = target.scheme(&SchemeChoice::Default, None)?;
    let seen = Seen::of(&scheme.purelib);
    let installed = InstalledSet::of(&target, &seen, &session.request.general, false, false);
    if !requires.is_empty() {
        inner.announce(std::iter::empty());
    }
    let known = session.plans_of_builds.of(session, requires).filter(|_| is_new);
    let mut plan = if let Some(plan) = known {
        plan
    } else {
        let question = question(&inner, requires)?;
        let resolved = resolution::resolve(&inner, &question, &installed, false);
        resolved.map_err(|error| of_process(&inner, error))?.0
    };
    let entries = acquire::all(&inner, &mut plan)?;
    if is_new {
        session.plans_of_builds.keep(requires, &plan);
    }
    if !plan.steps.is_empty() {
        inner.voice.info(&report::installing(&plan));
    }
    change::install(&inner, &target, &scheme, &plan, &entries, &installed)?;
    let resolved = note(session, at, &plan);
    if let Some(installed) = report::successfully_installed(&plan) {
        inner.voice.info(&installed);
    }
    let mut path = vec![scheme.scripts.clone()];
    path.extend(session.request.general.search_path.iter().cloned());
    let path = std::env::join_paths(path).unwrap_or_default().to_string_lossy().into_owned();
    Ok(Provided {
        python: target.interpreter.executable().to_path_buf(),
        variables: vec![
            ("PATH".to_owned(), path),
            ("PYTHONNOUSERSITE".to_owned(), "1".to_owned()),
            ("PYTHONPATH".to_owned(), String::new()),
        ],
        resolved,
    })
}

/// Where pip lets a process resolve, a failure comes with all that it said.
fn of_process(session: &Session<'_>, error: EngineError) -> Boxed {
    let EngineError::Resolve(_) = error else { return error.into() };
    session.voice.say(Level::Error, &error.to_string());
    let verbosity = session.request.general.verbosity;
    if verbosity > 0 {
        return Box::new(FailedInstall(None));
    }
    let said = session.voice.take_said();
    let said = said.iter().filter(|said| said.level >= least(verbosity));
    let lines = said.flat_map(|said| said.text.lines()).map(str::to_owned);
    Box::new(FailedInstall(Some(lines.collect())))
}

/// Notes what was installed into the build environment at `at`; returns all that is in it, sorted.
fn note(session: &Session<'_>, at: &Path, plan: &Plan) -> Vec<String> {
    let mut provided = session.provided.lock().unwrap_or_else(PoisonError::into_inner);
    let lines = provided.entry(at.to_path_buf()).or_default();
    lines.extend(plan.steps.iter().map(|step| {
        let wheel = step.wheel.as_deref().unwrap_or_default();
        format!("{} {} {wheel}", step.name, step.version)
    }));
    lines.sort();
    lines.clone()
}

/// The build environment at `at`, made if it is not there yet.
fn environment(session: &Session<'_>, at: &Path) -> Result<Target, EngineError> {
    let user = UserSettings { no_user_site: true, ..UserSettings::default() };
    let interpreter = if fs::is_dir(at) {
        let python = at.join("bin/python");
        accel_install::interpreter::Interpreter::query(&python, &session.request.general.cache_root)
            .map_err(accel_install::target::TargetError::from)?
    } else {
        let options = VenvOptions {
            path: at.to_path_buf(),
            working_directory: at.to_path_buf(),
            without_scm_ignore_files: true,
            ..VenvOptions::default()
        };
        create_venv(session.python, &options)?.interpreter
    };
    Ok(Target { interpreter, user })
}

fn question(session: &Session<'_>, requires: &[String]) -> Result<ResolveRequest, EngineError> {
    let mut wanted = Vec::with_capacity(requires.len());
    for text in requires {
        let requirement: Requirement = text
            .parse()
            .map_err(|_| EngineError::installation(format!("Invalid requirement: '{text}'")))?;
        wanted.push(Root {
            kind: RootKind::Named(requirement),
            comes_from: None,
            hashes: Hashes::new(),
            user_supplied: false,
        });
    }
    let request = session.request;
    Ok(ResolveRequest {
        roots: wanted,
        constraints: request.build_constraints.iter().map(roots::constraint).collect(),
        options: Options {
            prefer_binary: request.selection.prefer_binary,
            formats: request.selection.format_control.clone(),
            releases: request.selection.release_control.clone(),
            uploaded_prior_to: request.selection.uploaded_prior_to,
            ..Options::default()
        },
        environment: session.python.markers().clone(),
        tags: session.python.tags().clone(),
        python: session.python_version.clone(),
    })
}
