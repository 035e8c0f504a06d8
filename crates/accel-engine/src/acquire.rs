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
use accel_io::net::Progress;
use accel_io::stopwatch::{self, Tier};
use accel_io::{fs, interrupt};
use accel_store::{Entry, StoreError};
use accel_types::Link;
use std::cell::Cell;
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
            let early = early(session, step);
            if let Some(archive) = &early {
                session.note_arrival(archive);
            }
            let told = told_now(session, step).map(|link| {
                let told = told_of(session, link, link.size, early.is_some());
                (words::shown_file(link).to_owned(), told)
            });
            voice.note(at, Told::Here(told));
        }
        entries.push(entry);
    }
    let fetch_one = |at: usize| fetch(session, &steps[at], Turn { all: &voice, at });
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
            _ => voice.note(at, Told::Here(None)),
        }
    }
    let mut archives: Vec<Option<KeptArchive>> = steps.iter().map(|_| None).collect();
    let fetch_one = |at: usize| {
        let StepSource::Link(link) = &steps[at].source else { return Ok(None) };
        let turn = Turn { all: &voice, at };
        let late = told_now(session, &steps[at]);
        let begun = Cell::new(late.is_none());
        let watch = |progress: Progress| turn.watch(link, progress, &begun);
        let archive = session.with_archive_watched(link, &steps[at].hashes, &watch, |kept| {
            if !kept.from_network && fs::sha256_file(&kept.path)? != kept.sha256 {
                let path = kept.path.display();
                return Err(EngineError::installation(format!("the archive {path} is damaged")));
            }
            Ok(kept.clone())
        });
        let archive = archive.map_err(|error| named(error, session, &steps[at]))?;
        turn.ends(late.map(|link| {
            let said = told_of(session, link, Some(archive.size), archive.from_network);
            (words::shown_file(link).to_owned(), said)
        }));
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
    let (next, here) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let failed: Mutex<Option<(usize, EngineError)>> = Mutex::new(None);
    let done: Mutex<Vec<(usize, T)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(places.len()) {
            scope.spawn(|| {
                while let Some(at) = places.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match interrupt::check().map_err(EngineError::from).and_then(|()| work(*at)) {
                        Ok(result) => {
                            let here = here.fetch_add(1, Ordering::Relaxed) + 1;
                            session.voice.acquired(here, places.len());
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
    let entry = session.store.entry(sha256)?;
    stopwatch::answered(Tier::Store, entry.is_some() && early(session, step).is_none());
    Ok(entry)
}

/// The file of a step, if this run fetched it before it was asked for.
fn early(session: &Session<'_>, step: &Step) -> Option<KeptArchive> {
    let StepSource::Link(link) = &step.source else { return None };
    session.index.early(link)
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

/// The line about the file of a link, fetched or kept.
fn told_of(session: &Session<'_>, link: &Link, size: Option<u64>, from_network: bool) -> String {
    let from_network = session.comes_from_network(&link.url, from_network);
    words::fetched(words::shown_file(link), size, from_network)
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
    /// What there is to say about a step.
    lines: HashMap<usize, Told>,
    /// The first of the order was told of while it was on its way.
    first_is_told: bool,
}

/// What there is to say about a step.
enum Told {
    /// Its file is on its way: the file's name, and the line about it.
    Begun(String, String),
    /// It is here.
    Here(Option<(String, String)>),
}

/// The place of one step among those that are told of.
#[derive(Clone, Copy)]
struct Turn<'a> {
    all: &'a InTurn<'a>,
    at: usize,
}

impl Turn<'_> {
    /// Tells of a file whose first bytes are here.
    fn begins(self, link: &Link, total: u64) {
        let said = told_of(self.all.session, link, Some(total), true);
        self.all.note(self.at, Told::Begun(words::shown_file(link).to_owned(), said));
    }

    /// Tells of it as soon as it is known how much there is to come.
    fn watch(self, link: &Link, progress: Progress, begun: &Cell<bool>) {
        if let Some(total) = progress.total.filter(|_| !begun.replace(true)) {
            self.begins(link, total);
        }
    }

    fn ends(self, told: Option<(String, String)>) {
        self.all.note(self.at, Told::Here(told));
    }
}

impl<'a> InTurn<'a> {
    fn new(session: &'a Session<'a>, steps: &[Step]) -> Self {
        let mut order: Vec<usize> = (0..steps.len()).collect();
        order.sort_by_key(|at| std::cmp::Reverse(steps[*at].chosen));
        let turns = Turns { order, lines: HashMap::new(), first_is_told: false };
        Self { session, state: Mutex::new(turns) }
    }

    fn note(&self, at: usize, told: Told) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.lines.insert(at, told);
        while let Some(told) = state.order.last().copied().and_then(|at| state.lines.remove(&at)) {
            let (is_here, line) = match told {
                Told::Begun(name, line) => (false, Some((name, line))),
                Told::Here(line) => (true, line),
            };
            if let Some((name, line)) = line.filter(|_| !state.first_is_told) {
                self.session.voice.info(&line);
                self.session.voice.named(&name);
            }
            state.first_is_told = !is_here;
            if !is_here {
                return;
            }
            state.order.pop();
        }
    }
}

/// Fetches the wheel of a step and unpacks it; `None` where there is something to build.
fn fetch(session: &Session<'_>, step: &Step, turn: Turn<'_>) -> Result<Option<Entry>, EngineError> {
    match &step.source {
        StepSource::Link(link) if link.is_wheel() => {
            let told = told_now(session, step);
            let begun = Cell::new(told.is_none());
            let watch = |progress: Progress| turn.watch(link, progress, &begun);
            let entry = session.with_archive_watched(link, &step.hashes, &watch, |kept| {
                let words = |link: &Link| {
                    let said = told_of(session, link, Some(kept.size), kept.from_network);
                    (words::shown_file(link).to_owned(), said)
                };
                turn.ends(told.map(words));
                session.entry_of(&kept.path, &kept.sha256)
            });
            entry.map(Some).map_err(|error| {
                if let EngineError::Index(IndexError::HashMismatch { size, .. }) = &error {
                    let words = |link: &Link| {
                        let name = words::shown_file(link);
                        (name.to_owned(), words::fetched(name, *size, size.is_some()))
                    };
                    turn.ends(told.map(words));
                }
                named(error, session, step)
            })
        }
        StepSource::Link(_) => {
            turn.ends(None);
            Ok(None)
        }
        StepSource::Direct { url, editable } => {
            turn.ends(None);
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
                requirement: match (session.locked(&step.name), told_now(session, step)) {
                    // What a lock file names pip fetches as soon as it looks at it.
                    (Some(file), _) => {
                        format!("{} from {} (from {})", step.requirement, file.url, file.comes_from)
                    }
                    (None, Some(_)) => "unknown package".to_owned(),
                    (None, None) => format!("{}=={}", step.shown, step.version),
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
        let earlier = from_earlier_build(session, step)?;
        stopwatch::answered(Tier::Built, earlier.is_some());
        match earlier {
            Some(entry) => entries[at] = Some(entry),
            None => missing.push(at),
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    // pip builds in the order in which it chose.
    missing.sort_by_key(|at| steps[*at].chosen);
    let trees: Vec<&Step> = missing.iter().map(|at| &steps[*at]).collect();
    let Built { wheels, failed } =
        build_each(session, &trees, |tree| session.builds.wheel(session, tree))?;
    for (number, entry) in wheels {
        entries[missing[number]] = Some(entry);
    }
    if failed.is_empty() { Ok(()) } else { Err(EngineError::WheelBuild(failed)) }
}

/// What came of builds.
pub(crate) struct Built<T> {
    /// The numbers of the steps whose wheels were built, and what was made of them.
    pub(crate) wheels: Vec<(usize, T)>,
    /// The others, as pip shows them.
    pub(crate) failed: Vec<String>,
}

/// Builds wheels one after the other, and tells of it. A build that fails does not keep the others
/// from theirs.
pub(crate) fn build_each<T>(
    session: &Session<'_>,
    steps: &[&Step],
    make: impl Fn(&SourceTree<'_>) -> Result<(T, Option<Created>), EngineError>,
) -> Result<Built<T>, EngineError> {
    let names: Vec<&str> = steps.iter().map(|step| step.shown.as_str()).collect();
    session.voice.info(&format!("Building wheels for collected packages: {}", names.join(", ")));
    let (mut built, mut done) = (Built { wheels: Vec::new(), failed: Vec::new() }, Vec::new());
    for (number, step) in steps.iter().enumerate() {
        session.voice.indented(true);
        let wheel = with_tree(session, step, &make);
        match wheel {
            Ok((wheel, created)) => {
                built.wheels.push((number, wheel));
                if let Some(created) = created {
                    if let StepSource::Link(link) = &step.source {
                        let mut known =
                            session.built.lock().unwrap_or_else(PoisonError::into_inner);
                        known.insert(words::shown_file(link).to_owned(), created.filename.clone());
                    }
                    tell_created(session, step, &created);
                }
                done.push(step.shown.as_str());
            }
            Err(EngineError::Build(error)) if interrupt::requested().is_none() => {
                tell(session, step, &error)?;
                built.failed.push(step.shown.clone());
            }
            Err(other) => {
                session.voice.indented(false);
                return Err(other);
            }
        }
        session.voice.indented(false);
    }
    if !done.is_empty() {
        session.voice.info(&format!("Successfully built {}", done.join(" ")));
    }
    if !built.failed.is_empty() {
        session.voice.info(&format!("Failed to build {}", built.failed.join(" ")));
    }
    Ok(built)
}

/// Says that a wheel was built.
fn tell_created(session: &Session<'_>, step: &Step, created: &Created) {
    let Created { filename, size, sha256, folder } = created;
    session.voice.info(&format!(
        "Created wheel for {}: filename={filename} size={size} sha256={sha256}",
        step.shown
    ));
    session.voice.info(&format!("Stored in directory: {}", folder.display()));
}

/// Says why a wheel could not be built, or why it is no good, as pip says it at once.
fn tell(session: &Session<'_>, step: &Step, error: &BuildError) -> Result<(), EngineError> {
    if let BuildError::InvalidWheel { wheel, .. } = error {
        tell_created(session, step, &Created::of(wheel, wheel, fs::sha256_file(wheel)?)?);
        session.voice.say(Level::Warning, &error.to_string());
        return Ok(());
    }
    for picture in error.pictures() {
        session.voice.show(Level::Failure, &picture.to_string());
    }
    for detail in error.details() {
        session.voice.process(Level::Verbose, &detail);
    }
    session.voice.say(Level::Failure, &format!("Failed building wheel for {}", step.shown));
    Ok(())
}

fn from_earlier_build(session: &Session<'_>, step: &Step) -> Result<Option<Entry>, EngineError> {
    with_tree(session, step, |tree| session.builds.kept(session, tree))
}

/// Calls `work` with the source tree of a step.
pub(crate) fn with_tree<T>(
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
