//! The change of the environment: bytecode, removal of what is replaced, links, RECORD.

use crate::error::EngineError;
use crate::listener::Level;
use crate::plan::Plan;
use crate::removal::Removal;
use crate::request::{InstallRequest, LinkChoice};
use crate::session::Session;
use crate::staged;
use crate::target::InstalledSet;
use accel_install::Seen;
use accel_install::install::{Job, KeptBytecode, Layout, Outcome};
use accel_install::scheme::Scheme;
use accel_install::target::Target;
use accel_install::uninstall::{Surroundings, UninstallPlan};
use accel_io::interrupt;
use accel_io::link::{LinkMode, Way};
use accel_io::stopwatch::{self, Tier};
use accel_store::{BytecodeEntry, Entry};
use accel_types::manifest::ArchivedArea;
use std::path::PathBuf;

/// Installs the entries of a plan; `installed` is what the plan replaces from. Returns the console
/// scripts of each step.
pub(crate) fn install(
    session: &Session<'_>,
    target: &Target,
    scheme: &Scheme,
    plan: &Plan,
    entries: &[Entry],
    installed: &InstalledSet,
) -> Result<Vec<Vec<PathBuf>>, EngineError> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let bytecode = bytecode(session, target, entries)?;
    interrupt::check()?;
    let previous = previous(session, target, plan, installed)?;
    let layout = layout(session.request, target, scheme, installed.seen());
    with_jobs(plan, entries, &bytecode, &previous, |jobs| {
        match staged::put(session, jobs, &layout)? {
            Outcome::Installed { console_scripts, way } => {
                session.voice.say(Level::Verbose, &format!("  Files are {}", in_words(way)));
                tell_of_startup_files(session, entries)?;
                Ok(console_scripts)
            }
            Outcome::Edited { job, bytecode, source } => Err(edited(jobs, job, bytecode, source)),
        }
    })
}

/// What an edit of installed files reaches, by how they came.
fn in_words(way: Option<Way>) -> &'static str {
    match way {
        Some(Way::Hardlink) => "hard links to those that are kept",
        Some(Way::Reflink) => "reflinks of those that are kept",
        Some(Way::Copy) => "copies of those that are kept",
        None => "moved from a staged tree",
    }
}

/// A file of the store is not as it was kept.
pub(crate) fn edited(jobs: &[Job<'_>], job: usize, bytecode: bool, source: String) -> EngineError {
    let wheel = jobs[job].manifest.wheel_sha256.as_str().to_owned();
    EngineError::Edited { wheel, bytecode, source_path: source }
}

/// Calls `work` with the jobs of a plan.
pub(crate) fn with_jobs<T>(
    plan: &Plan,
    entries: &[Entry],
    bytecode: &[BytecodeEntry],
    previous: &[Option<UninstallPlan>],
    work: impl FnOnce(&[Job<'_>]) -> Result<T, EngineError>,
) -> Result<T, EngineError> {
    let trees: Vec<(PathBuf, Option<PathBuf>)> = entries
        .iter()
        .enumerate()
        .map(|(at, entry)| (entry.tree(), bytecode.get(at).map(BytecodeEntry::tree)))
        .collect();
    let mut jobs = Vec::with_capacity(entries.len());
    for (at, ((step, entry), (tree, bytecode_tree))) in
        plan.steps.iter().zip(entries).zip(&trees).enumerate()
    {
        let kept = match (bytecode.get(at), bytecode_tree) {
            (Some(kept), Some(tree)) => Some(KeptBytecode { manifest: kept.manifest()?, tree }),
            _ => None,
        };
        jobs.push(Job {
            requirement: &step.requirement,
            project: &step.shown,
            manifest: entry.manifest()?,
            tree,
            bytecode: kept,
            requested: step.requested,
            direct_url: step.direct_url.as_deref(),
            previous: previous[at].as_ref(),
        });
    }
    work(&jobs)
}

/// With `-v`: which wheels brought files that Python reads, and may run lines of, at every start.
fn tell_of_startup_files(session: &Session<'_>, entries: &[Entry]) -> Result<(), EngineError> {
    if session.request.general.verbosity < 1 {
        return Ok(());
    }
    for entry in entries {
        let manifest = entry.manifest()?;
        let modules = manifest
            .files
            .iter()
            .filter(|file| matches!(file.area, ArchivedArea::Lib | ArchivedArea::OtherLib));
        for file in modules.filter(|file| is_startup_file(&file.path)) {
            let (name, version) = (&manifest.raw_name, &manifest.version);
            let text =
                format!("  {name} {version} has {}: Python reads it at every start", file.path);
            session.voice.say(Level::Verbose, &text);
        }
    }
    Ok(())
}

/// `NAME.pth` beside the modules, or a module, extension or package that `site` imports by itself.
fn is_startup_file(path: &str) -> bool {
    if path.strip_suffix(".pth").is_some_and(|name| !name.contains('/')) {
        return true;
    }
    let (name, rest) = path.split_at(path.find(['.', '/']).unwrap_or(path.len()));
    let is_first = !rest.starts_with('/') || rest.starts_with("/__init__.");
    matches!(name, "sitecustomize" | "usercustomize") && is_first
}

/// The bytecode of all entries, compiled now where it is not kept.
pub(crate) fn bytecode(
    session: &Session<'_>,
    target: &Target,
    entries: &[Entry],
) -> Result<Vec<BytecodeEntry>, EngineError> {
    if !session.request.writing.compile {
        return Ok(Vec::new());
    }
    let target = session.bytecode_target(&target.interpreter);
    let ahead = session.compiled_ahead();
    let missing = session.shared.take_bytecode(&session.store, entries, &target);
    let bytecode = session.store.bytecode(entries, &target)?;
    for (entry, kept) in entries.iter().zip(&bytecode) {
        let is_new = kept.is_new() || ahead.contains(entry.wheel_sha256());
        stopwatch::answered(Tier::Bytecode, !is_new);
    }
    session.shared.bytecode_made(missing, &target);
    Ok(bytecode)
}

/// What each step replaces, with pip's words about it.
fn previous(
    session: &Session<'_>,
    target: &Target,
    plan: &Plan,
    installed: &InstalledSet,
) -> Result<Vec<Option<UninstallPlan>>, EngineError> {
    let mut plans = Vec::with_capacity(plan.steps.len());
    if plan.steps.iter().all(|step| !step.replaces) {
        plans.resize_with(plan.steps.len(), || None);
        return Ok(plans);
    }
    let surroundings = Surroundings::of(target)?;
    for step in &plan.steps {
        let found = installed.get(&step.name);
        let Some(found) = found.filter(|_| step.replaces) else {
            plans.push(None);
            continue;
        };
        session.voice.info(&format!("  Attempting uninstall: {}", step.shown));
        let removal = Removal::of(&session.voice, "    ", found, &surroundings)?;
        if !removal.plan.is_empty() {
            removal.begins();
            removal.goes();
            removal.is_done();
        }
        plans.push(Some(removal.plan));
    }
    Ok(plans)
}

/// Where and how a request installs.
pub(crate) fn layout(
    request: &InstallRequest,
    target: &Target,
    scheme: &Scheme,
    seen: Option<&Seen>,
) -> Layout {
    let (major, minor, _) = target.interpreter.version();
    Layout {
        scheme: scheme.clone(),
        interpreter: target.interpreter.executable().display().to_string(),
        python: (major, minor),
        umask: request.general.umask,
        link_mode: match request.writing.link_mode {
            LinkChoice::Auto => LinkMode::Auto,
            LinkChoice::Reflink => LinkMode::Reflink,
            LinkChoice::Hardlink => LinkMode::Hardlink,
            LinkChoice::Copy => LinkMode::Copy,
        },
        seen: seen.cloned(),
    }
}

/// pip's warnings about programs that the shell will not find.
pub(crate) fn warn_about_scripts(
    session: &Session<'_>,
    target: &Target,
    console_scripts: &[Vec<PathBuf>],
) {
    if !session.request.writing.warn_script_location {
        return;
    }
    let path = std::env::join_paths(&session.request.general.search_path).unwrap_or_default();
    let path = path.to_string_lossy();
    for scripts in console_scripts {
        let warning = accel_install::install::path_warning::scripts_not_on_path(
            scripts,
            target.interpreter.executable(),
            &path,
        );
        if let Some(warning) = warning {
            session.voice.indented(true);
            session.voice.say(Level::Warning, &warning);
            session.voice.indented(false);
        }
    }
}
