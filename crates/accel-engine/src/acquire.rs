//! From a plan to kept wheels: the first of store, local index, download and build that answers.

use crate::beside;
use crate::builds::{Created, SourceTree};
use crate::direct::Content;
use crate::error::EngineError;
use crate::hashes::HashProblem;
use crate::listener::Level;
use crate::plan::{Plan, Step, StepSource};
use crate::session::Session;
use crate::words;
use accel_build::BuildError;
use accel_index::{IndexError, KeptArchive};
use accel_io::{fs, interrupt};
use accel_store::{Entry, StoreError};
use accel_types::Link;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Files that are fetched at once.
const AT_ONCE: usize = 16;

/// Makes sure that the wheel of every step is kept; the entries come in the order of the steps.
/// The digests of the wheels are noted in the plan.
pub(crate) fn all(session: &Session<'_>, plan: &mut Plan) -> Result<Vec<Entry>, EngineError> {
    let mut entries = fetched(session, &plan.steps)?;
    let built = build(session, &plan.steps, &mut entries);
    session.builds.give_leases_back();
    built?;
    let entries: Vec<Entry> = entries.into_iter().flatten().collect();
    for (step, entry) in plan.steps.iter_mut().zip(&entries) {
        step.wheel = Some(entry.wheel_sha256().to_owned());
        if step.direct_url.is_none()
            && let StepSource::Direct { url, editable } = &step.source
        {
            let obtained = session.obtain(url, *editable, step.root)?;
            step.direct_url = Some(obtained.direct_url().to_json());
        }
    }
    Ok(entries)
}

/// The entries of the steps that need no build, fetched side by side; `None` for the others.
fn fetched(session: &Session<'_>, steps: &[Step]) -> Result<Vec<Option<Entry>>, EngineError> {
    let mut entries = Vec::with_capacity(steps.len());
    let mut missing = Vec::new();
    let voice = InTurn::new(session, steps);
    for (at, step) in steps.iter().enumerate() {
        let entry = kept(session, step)?;
        if entry.is_none() {
            missing.push(at);
        } else {
            let line = told_now(session, step);
            voice.say(
                at,
                line.map(|link| words::fetched(words::shown_file(link), link.size, false)),
            );
        }
        entries.push(entry);
    }
    let fetch_one = |at: usize| fetch(session, &steps[at], &|line| voice.say(at, line));
    for (at, entry) in side_by_side(session, steps, &missing, fetch_one)? {
        entries[at] = entry;
    }
    missing.sort_by_key(|at| steps[*at].chosen);
    for at in missing {
        if let Some(entry) = &entries[at] {
            beside::check(session, &steps[at], entry)?;
        }
    }
    Ok(entries)
}

/// The archives of the steps of index and find-links that are not yet where they are to be put,
/// fetched side by side, as they are: each whole.
pub(crate) fn archives(
    session: &Session<'_>,
    steps: &[Step],
    is_there: impl Fn(&Link) -> bool,
) -> Result<Vec<Option<KeptArchive>>, EngineError> {
    let voice = InTurn::new(session, steps);
    let mut missing = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        match &step.source {
            StepSource::Link(link) if !is_there(link) => missing.push(at),
            _ => voice.say(at, None),
        }
    }
    let mut archives: Vec<Option<KeptArchive>> = steps.iter().map(|_| None).collect();
    let fetch_one = |at: usize| {
        let StepSource::Link(link) = &steps[at].source else { return Ok(None) };
        let archive = session.with_archive(link, &steps[at].hashes, |kept| {
            if !kept.from_network && fs::sha256_file(&kept.path)? != kept.sha256 {
                let path = kept.path.display();
                return Err(EngineError::installation(format!("the archive {path} is damaged")));
            }
            Ok(kept.clone())
        });
        let archive = archive.map_err(|error| named(error, session, &steps[at]))?;
        let told = told_now(session, &steps[at]).map(|link| {
            words::fetched(words::shown_file(link), Some(archive.size), archive.from_network)
        });
        voice.say(at, told);
        Ok(Some(archive))
    };
    for (at, archive) in side_by_side(session, steps, &missing, fetch_one)? {
        archives[at] = archive;
    }
    Ok(archives)
}

/// Does some work for each of the steps at `places` on several threads; the results come with
/// their places.
fn side_by_side<T: Send>(
    session: &Session<'_>,
    steps: &[Step],
    places: &[usize],
    work: impl Fn(usize) -> Result<T, EngineError> + Sync,
) -> Result<Vec<(usize, T)>, EngineError> {
    let next = AtomicUsize::new(0);
    let failed: Mutex<Option<(usize, EngineError)>> = Mutex::new(None);
    let done: Mutex<Vec<(usize, T)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(places.len()) {
            scope.spawn(|| {
                while let Some(at) = places.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match interrupt::check().map_err(EngineError::from).and_then(|()| work(*at)) {
                        Ok(result) => {
                            done.lock().unwrap_or_else(PoisonError::into_inner).push((*at, result));
                        }
                        Err(error) => {
                            note(&failed, *at, error);
                            next.store(places.len(), Ordering::Relaxed);
                        }
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some((at, error)) = failed {
        if let StepSource::Link(link) = &steps[at].source {
            words::tell_http_error(session, &words::link(link), None, &error);
        }
        return Err(error);
    }
    Ok(done.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// The failure of the earliest step is the one that is reported, whichever came first.
fn note(failed: &Mutex<Option<(usize, EngineError)>>, at: usize, error: EngineError) {
    let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
    if failed.as_ref().is_none_or(|(earlier, _)| at < *earlier) {
        *failed = Some((at, error));
    }
}

/// The unpacked wheel of a step, if it is in the store.
fn kept(session: &Session<'_>, step: &Step) -> Result<Option<Entry>, EngineError> {
    let known = match (&step.wheel, &step.source) {
        (Some(sha256), _) => Some(sha256.as_str()),
        (None, StepSource::Link(link)) if link.is_wheel() => link.sha256(),
        _ => None,
    };
    let Some(sha256) = known else { return Ok(None) };
    Ok(session.store.entry(sha256)?)
}

/// The wheel of a step that pip fetches only now, because its metadata was served beside it; it
/// has told of all others before.
pub(crate) fn told_now<'a>(session: &Session<'_>, step: &'a Step) -> Option<&'a Link> {
    let StepSource::Link(link) = &step.source else { return None };
    let late = link.is_wheel()
        && !link.url.starts_with("file:")
        && link.metadata_url().is_some()
        && !session.request.require_hashes;
    late.then_some(&**link)
}

/// Tells of files in pip's order, the order of choice, however they arrive.
struct InTurn<'a> {
    session: &'a Session<'a>,
    state: Mutex<Turns>,
}

/// What waits for its turn.
struct Turns {
    /// Numbers of steps in the order in which they are told of, last first.
    order: Vec<usize>,
    /// What there is to say about a step, once it is here.
    lines: HashMap<usize, Option<String>>,
}

impl<'a> InTurn<'a> {
    fn new(session: &'a Session<'a>, steps: &[Step]) -> Self {
        let mut order: Vec<usize> = (0..steps.len()).collect();
        order.sort_by_key(|at| std::cmp::Reverse(steps[*at].chosen));
        Self { session, state: Mutex::new(Turns { order, lines: HashMap::new() }) }
    }

    fn say(&self, at: usize, line: Option<String>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.lines.insert(at, line);
        while let Some(line) = state.order.last().copied().and_then(|at| state.lines.remove(&at)) {
            state.order.pop();
            if let Some(line) = line {
                self.session.voice.info(&line);
            }
        }
    }
}

/// Fetches the wheel of a step and unpacks it; `None` where there is something to build.
fn fetch(
    session: &Session<'_>,
    step: &Step,
    say: &dyn Fn(Option<String>),
) -> Result<Option<Entry>, EngineError> {
    match &step.source {
        StepSource::Link(link) if link.is_wheel() => {
            let entry = session.with_archive(link, &step.hashes, |kept| {
                let told = told_now(session, step);
                let words = |link: &Link| {
                    words::fetched(words::shown_file(link), Some(kept.size), kept.from_network)
                };
                say(told.map(words));
                session.entry_of(&kept.path, &kept.sha256)
            });
            entry.map(Some).map_err(|error| {
                if let EngineError::Index(IndexError::HashMismatch { size, .. }) = &error {
                    let words = |link: &Link| {
                        words::fetched(words::shown_file(link), *size, size.is_some())
                    };
                    say(told_now(session, step).map(words));
                }
                named(error, session, step)
            })
        }
        StepSource::Link(_) => {
            say(None);
            Ok(None)
        }
        StepSource::Direct { url, editable } => {
            say(None);
            match &session.obtain(url, *editable, step.root)?.content {
                Content::Wheel(file) => session.entry_of(&file.path, &file.sha256).map(Some),
                _ => Ok(None),
            }
        }
    }
}

/// The errors in which pip names the requirement.
fn named(error: EngineError, session: &Session<'_>, step: &Step) -> EngineError {
    match error {
        EngineError::Index(IndexError::HashMismatch { allowed, got, .. }) => {
            EngineError::Hashes(HashProblem::Mismatch {
                // What it fetches late pip fetches without knowing for which requirement.
                requirement: match told_now(session, step) {
                    Some(_) => "unknown package".to_owned(),
                    None => format!("{}=={}", step.shown, step.version),
                },
                allowed,
                found: got,
            })
        }
        EngineError::Store(StoreError::UnsupportedWheel(reason))
            if reason.starts_with("Invalid script entry point") =>
        {
            EngineError::installation(format!("For req: {}. {reason}", step.requirement))
        }
        other => other,
    }
}

/// Builds what is not a wheel, one after the other, as pip does.
fn build(
    session: &Session<'_>,
    steps: &[Step],
    entries: &mut [Option<Entry>],
) -> Result<(), EngineError> {
    let mut missing = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        if entries[at].is_some() {
            continue;
        }
        match from_earlier_build(session, step)? {
            Some(entry) => entries[at] = Some(entry),
            None => missing.push(at),
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    // pip builds in the order in which it chose.
    missing.sort_by_key(|at| steps[*at].chosen);
    let names: Vec<&str> = missing.iter().map(|at| steps[*at].shown.as_str()).collect();
    session.voice.info(&format!("Building wheels for collected packages: {}", names.join(", ")));
    let (mut built, mut failed) = (Vec::new(), Vec::new());
    for at in missing {
        let step = &steps[at];
        session.voice.indented(true);
        let wheel = with_tree(session, step, |tree| session.builds.wheel(session, tree));
        match wheel {
            Ok((entry, created)) => {
                entries[at] = Some(entry);
                if let Some(Created { filename, size, sha256, folder }) = created {
                    if let StepSource::Link(link) = &step.source {
                        let mut built =
                            session.built.lock().unwrap_or_else(PoisonError::into_inner);
                        built.insert(words::shown_file(link).to_owned(), filename.clone());
                    }
                    session.voice.info(&format!(
                        "Created wheel for {}: filename={filename} size={size} sha256={sha256}",
                        step.shown
                    ));
                    session.voice.info(&format!("Stored in directory: {}", folder.display()));
                }
                built.push(step.shown.as_str());
            }
            Err(EngineError::Build(error)) if interrupt::requested().is_none() => {
                tell(session, &error);
                session
                    .voice
                    .say(Level::Failure, &format!("Failed building wheel for {}", step.shown));
                failed.push(step.shown.clone());
            }
            Err(other) => {
                session.voice.indented(false);
                return Err(other);
            }
        }
        session.voice.indented(false);
    }
    if !built.is_empty() {
        session.voice.info(&format!("Successfully built {}", built.join(" ")));
    }
    if failed.is_empty() {
        return Ok(());
    }
    session.voice.info(&format!("Failed to build {}", failed.join(" ")));
    Err(EngineError::WheelBuild(failed))
}

/// Says why a wheel could not be built, as pip says it at once.
fn tell(session: &Session<'_>, error: &BuildError) {
    for picture in error.pictures() {
        session.voice.show(Level::Failure, &picture.to_string());
    }
    for detail in error.details() {
        session.voice.process(Level::Verbose, &detail);
    }
    if let BuildError::InvalidWheel { .. } = error {
        session.voice.say(Level::Warning, &error.to_string());
    }
}

fn from_earlier_build(session: &Session<'_>, step: &Step) -> Result<Option<Entry>, EngineError> {
    with_tree(session, step, |tree| session.builds.kept(session, tree))
}

/// Calls `work` with the source tree of a step.
fn with_tree<T>(
    session: &Session<'_>,
    step: &Step,
    work: impl Fn(&SourceTree<'_>) -> Result<T, EngineError>,
) -> Result<T, EngineError> {
    match &step.source {
        StepSource::Link(link) => session.with_archive(link, &step.hashes, |file| {
            work(&SourceTree::of_sdist(file, step.root, &step.shown))
        }),
        StepSource::Direct { url, editable } => {
            let obtained = session.obtain(url, *editable, step.root)?;
            match SourceTree::of_direct(&obtained, &step.shown) {
                Some(tree) => work(&tree),
                None => Err(EngineError::installation(format!("{url} is not a source tree"))),
            }
        }
    }
}
