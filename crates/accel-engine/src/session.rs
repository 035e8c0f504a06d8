//! What one run works with: the index, the store, the builds, the target's facts.

use crate::building::PlansOfBuilds;
use crate::builds::{Builds, SourceTree};
use crate::direct::{self, Content, Obtained};
use crate::early::Early;
use crate::error::EngineError;
use crate::explain::Notes;
use crate::hashes::PlaceKind;
use crate::kept::Holding;
use crate::listener::{Level, Listener, Voice};
use crate::origins::{Origin, Origins};
use crate::plan::{Step, StepSource};
use crate::purpose::Purpose;
use crate::remedies::Remedies;
use crate::report::Tally;
use crate::request::InstallRequest;
use crate::sdists_ahead::SdistsAhead;
use crate::shared::Shared;
use crate::told::ToldFiles;
use crate::tools::Tools;
use crate::unpacker::Unpacker;
use crate::words;
use accel_index::{ComplaintLevel, Index, KeptArchive, Lookup, PageState, ProjectLinks};
use accel_install::interpreter::Interpreter;
use accel_io::fs::{self, Scratch};
use accel_io::mended;
use accel_io::net::{Network, Progress};
use accel_io::stopwatch::{self, Stage};
use accel_io::vcs::{Note, Programs};
use accel_requirements::{ConfigSettings, LockedFile};
use accel_resolve::Source;
use accel_store::{BytecodeTarget, Entry, Store};
use accel_types::python_url::redacted;
use accel_types::{
    CoreMetadata, Digest, HashAlgorithm, Hashes, LineEnds, Link, PackageName, TagList, Version,
};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// The index that pip asks where none is configured, and does not mention.
const DEFAULT_INDEX: &str = "https://pypi.org/simple";

/// Waits of this length are seen.
pub(crate) const WORTH_TELLING: Duration = Duration::from_millis(1);

/// Builds whose requirements need builds whose requirements … end here.
const MOST_NESTED_BUILDS: usize = 12;

/// What pip says of a feature that is here no experiment, and always on.
const FAST_DEPS: &str = "pip is using lazily downloaded wheels using HTTP range requests to obtain \
                         dependency information. This experimental feature is enabled through \
                         --use-feature=fast-deps and it is not ready for production.";

/// Whether a text has neither scheme nor host.
fn is_no_url(text: &str) -> bool {
    let scheme = text.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    });
    !scheme && !text.starts_with("//")
}

/// What one run works with. Shared by threads.
pub(crate) struct Session<'a> {
    pub(crate) request: &'a InstallRequest,
    pub(crate) index: Index,
    pub(crate) network: Network,
    pub(crate) store: Store,
    pub(crate) programs: Programs,
    pub(crate) remedies: Arc<Remedies>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) voice: Voice,
    pub(crate) python: &'a Interpreter,
    pub(crate) python_version: Version,
    pub(crate) builds: Builds,
    /// Distributions whose build requirements are being provided, outermost first.
    pub(crate) building: Vec<String>,
    /// What this run resolves for.
    pub(crate) purpose: Purpose,
    /// File names of the wheels that this run has built, by those of their sdists.
    pub(crate) built: Mutex<HashMap<String, String>>,
    obtained: Mutex<HashMap<String, Arc<Obtained>>>,
    /// What was said about the places of a project.
    complained: Mutex<HashSet<(PackageName, String)>>,
    told: ToldFiles,
    /// What was put into each build environment so far: lines `name version sha256`.
    pub(crate) provided: Mutex<HashMap<PathBuf, Vec<String>>>,
    pub(crate) plans_of_builds: PlansOfBuilds,
    pub(crate) sdists_ahead: SdistsAhead,
    scratch: Mutex<Vec<Scratch>>,
    tags: OnceLock<TagList>,
    unpacker: Arc<Unpacker>,
    /// What comes before it is asked for.
    pub(crate) early: Early,
    /// Keeps the archives that this run works with from being pruned meanwhile.
    archives: Arc<Holding>,
    /// What is written down for those who want to know why; nothing as a rule.
    pub(crate) notes: Option<Notes>,
    /// Where wheels came from that the store did not have.
    pub(crate) origins: Origins,
}

impl<'a> Session<'a> {
    pub(crate) fn new(
        request: &'a InstallRequest,
        python: &'a Interpreter,
        tools: Tools,
        voice: Voice,
    ) -> Result<Self, EngineError> {
        let python_version = crate::target::version_for(&request.target_python, python)?;
        let unpacker = Arc::new(Unpacker::new(tools.store.clone()));
        let archives = Arc::new(Holding::new(tools.store.root()));
        let hands = (Arc::clone(&unpacker), Arc::clone(&archives));
        Ok(Self {
            early: Early::new(tools.index.clone(), hands, voice.clone()),
            unpacker,
            request,
            index: tools.index,
            network: tools.network,
            store: tools.store,
            programs: hearing(tools.programs, &voice),
            remedies: tools.remedies,
            shared: tools.shared,
            voice,
            python,
            python_version,
            builds: Builds::default(),
            origins: Origins::default(),
            building: Vec::new(),
            purpose: Purpose::Install,
            built: Mutex::default(),
            obtained: Mutex::default(),
            complained: Mutex::default(),
            told: ToldFiles::default(),
            provided: Mutex::default(),
            plans_of_builds: PlansOfBuilds::default(),
            sdists_ahead: SdistsAhead::default(),
            scratch: Mutex::default(),
            tags: OnceLock::new(),
            archives,
            notes: None,
        })
    }

    /// A session that leaves the environment as it is; what is installed there does not count.
    pub(crate) fn without_environment(
        request: &'a InstallRequest,
        python: &'a Interpreter,
        purpose: Purpose,
        listener: Arc<dyn Listener>,
    ) -> Result<Self, EngineError> {
        let voice = Voice::new(listener);
        let tools = Tools::of(request, python.executable(), &voice);
        let session = Self { purpose, ..Self::new(request, python, tools, voice)? };
        session.announce(std::iter::empty());
        Ok(session)
    }

    /// The wheel tags to resolve for, worked out when something is resolved.
    pub(crate) fn tags(&self) -> &TagList {
        self.tags.get_or_init(|| crate::target::tags_for(&self.request.target_python, self.python))
    }

    /// A session for the requirements of a build: same tools, same interpreter, unheard.
    ///
    /// A build that leads to itself would never end; it is refused, as pip refuses it.
    pub(crate) fn for_build(&self, requires: &[String]) -> Result<Self, EngineError> {
        if self.building.len() >= MOST_NESTED_BUILDS {
            let chain = self.building.join(", ");
            return Err(EngineError::installation(format!(
                "could not build: build requirements lead to ever more builds ({chain})"
            )));
        }
        let tools = Tools {
            index: self.index.clone(),
            network: self.network.clone(),
            store: self.store.clone(),
            programs: self.programs.clone(),
            remedies: Arc::clone(&self.remedies),
            shared: Arc::clone(&self.shared),
        };
        let mut session = Self::new(
            self.request,
            self.python,
            tools,
            self.voice.of_process(self.request.general.verbosity),
        )?;
        session.building.clone_from(&self.building);
        session.building.push(requires.join(" "));
        Ok(session)
    }

    /// pip's first lines: where it looks, and what the scan of the environment passed over.
    pub(crate) fn announce<'w>(&self, warnings: impl Iterator<Item = &'w str>) {
        let is_build = !self.building.is_empty();
        // A remembered answer must not repeat what is said anew each time.
        let say = |level, text: &str| {
            if is_build { self.voice.say(level, text) } else { self.voice.say_passing(level, text) }
        };
        warnings.for_each(|warning| say(Level::Warning, warning));
        if !is_build {
            self.request.general.notes.iter().for_each(|note| say(Level::Info, note));
        }
        let index = &self.request.index;
        let places =
            |urls: &[String]| urls.iter().map(|url| redacted(url)).collect::<Vec<_>>().join(", ");
        let only_default = index.index_urls.len() == 1 && index.index_urls[0] == DEFAULT_INDEX;
        if !index.no_index && !index.index_urls.is_empty() && !only_default {
            for url in index.index_urls.iter().filter(|url| is_no_url(url)) {
                let url = redacted(url);
                let text =
                    format!("The index url \"{url}\" seems invalid, please provide a scheme.");
                say(Level::Warning, &text);
            }
            say(Level::Info, &format!("Looking in indexes: {}", places(&index.index_urls)));
        }
        if !index.find_links.is_empty() {
            say(Level::Info, &format!("Looking in links: {}", places(&index.find_links)));
        }
        let features = &self.request.general.features;
        if !is_build && features.iter().any(|feature| feature == "fast-deps") {
            say(Level::Warning, FAST_DEPS);
        }
    }

    /// Throws away what was edited in the store, so that it is made again.
    pub(crate) fn mend(&self, error: EngineError) -> Result<(), EngineError> {
        let EngineError::Edited { wheel, bytecode, .. } = error else { return Err(error) };
        let place = if bytecode {
            self.store.discard_bytecode(&wheel, &self.bytecode_target(self.python))?
        } else {
            self.store.discard(&wheel)?
        };
        mended::note(&place);
        Ok(())
    }

    /// The interpreter that bytecode is compiled for.
    pub(crate) fn bytecode_target(&self, interpreter: &Interpreter) -> BytecodeTarget {
        BytecodeTarget {
            python: interpreter.base_executable().to_path_buf(),
            key: interpreter.bytecode_key(),
            optimize: 0,
        }
    }

    /// From now on wheels are compiled while others are still on their way, unless a shared cache may
    /// have their bytecode.
    pub(crate) fn compile_ahead(&self) {
        if self.request.writing.compile && !self.request.dry_run && !self.shared.is_there() {
            self.unpacker.compile_for(self.bytecode_target(self.python));
        }
    }

    /// Waits for what is compiled ahead. Returns the wheels whose bytecode this run has made.
    pub(crate) fn compiled_ahead(&self) -> HashSet<String> {
        self.unpacker.compiled()
    }

    /// What it took so far.
    pub(crate) fn tally(&self) -> Tally {
        Tally {
            requests: self.network.requests(),
            builds: self.builds.made.load(Ordering::Relaxed),
        }
    }

    /// Whether any network connection was opened.
    pub(crate) fn used_network(&self) -> bool {
        self.network.was_used()
    }

    /// The metadata of a step that is not installed yet.
    pub(crate) fn metadata_of_step(&self, step: &Step) -> Result<Arc<CoreMetadata>, EngineError> {
        match &step.source {
            StepSource::Link(link) if link.is_wheel() => {
                if let Some(metadata) = self.index.metadata(link)? {
                    return Ok(metadata);
                }
                self.with_archive(link, &step.hashes, |kept| self.wheel_metadata(kept))
            }
            StepSource::Link(link) => self.with_archive(link, &step.hashes, |kept| {
                let tree = SourceTree::of_sdist(kept, step.root, &step.shown);
                self.builds.metadata(self, &tree)
            }),
            StepSource::Direct { url, editable } => {
                let obtained = self.obtain(url, *editable, step.root)?;
                self.metadata_of_obtained(&obtained, &step.shown, None)
            }
        }
    }

    /// The same with the description.
    pub(crate) fn whole_metadata_of_step(
        &self,
        step: &Step,
    ) -> Result<Arc<CoreMetadata>, EngineError> {
        match &step.source {
            StepSource::Link(link) if link.is_wheel() => match self.index.whole_metadata(link)? {
                Some(metadata) => Ok(Arc::new(metadata)),
                None => self.metadata_of_step(step),
            },
            _ => self.metadata_of_step(step),
        }
    }

    /// The one file that lock files allow for a project.
    pub(crate) fn locked(&self, project: &PackageName) -> Option<&LockedFile> {
        // Requirements of a build are nobody's lock file's.
        let locked = self.request.locked.iter().filter(|_| self.building.is_empty());
        locked.into_iter().find(|file| file.name == *project)
    }

    /// All links of a project; complaints about its places are made once.
    pub(crate) fn links(
        &self,
        project: &PackageName,
        lookup: Lookup,
    ) -> Result<Arc<ProjectLinks>, EngineError> {
        let lap = stopwatch::lap(Stage::Wait, || format!("the page of {project}"));
        let found = self.index.links(project, lookup)?;
        lap.end_if_longer(WORTH_TELLING);
        let mut complained = self.complained.lock().unwrap_or_else(PoisonError::into_inner);
        for complaint in &found.complaints {
            if complained.insert((project.clone(), complaint.text.clone())) {
                let level = match complaint.level {
                    ComplaintLevel::Debug => Level::Debug,
                    ComplaintLevel::Info => Level::Info,
                    ComplaintLevel::Warning => Level::Warning,
                };
                self.voice.say_passing(level, &complaint.text);
            }
        }
        Ok(found)
    }

    /// Whether the places offer what they offered before.
    pub(crate) fn unchanged(&self, pages: &[PageState]) -> Result<bool, EngineError> {
        if !self.index.unchanged(pages)? {
            return Ok(false);
        }
        for page in pages {
            self.links(&page.project, page.lookup)?;
        }
        Ok(true)
    }

    /// From now on archives and built wheels stay where they are.
    pub(crate) fn hold_archives(&self) {
        self.archives.begin();
    }

    /// The file behind a link, kept or downloaded.
    pub(crate) fn archive(&self, link: &Link, hashes: &Hashes) -> Result<KeptArchive, EngineError> {
        self.archive_watched(link, hashes, &|_| {})
    }

    /// The same; `watch` is told how far it is.
    fn archive_watched(
        &self,
        link: &Link,
        hashes: &Hashes,
        watch: &dyn Fn(Progress),
    ) -> Result<KeptArchive, EngineError> {
        self.hold_archives();
        let mut watch = |progress: Progress| {
            self.voice.arrived(words::shown_file(link), progress.received, progress.total);
            watch(progress);
        };
        let kept = self.index.archive_with_progress(link, hashes, &mut watch)?;
        self.note_arrival(&kept);
        Ok(kept)
    }

    /// Notes where an archive came from.
    pub(crate) fn note_arrival(&self, kept: &KeptArchive) {
        if kept.from_network {
            let origin = if kept.from_shared { Origin::Shared } else { Origin::Network };
            self.origins.note(&kept.sha256, origin);
        }
    }

    /// Works with the file behind a link. If that fails because the kept file is damaged, it is
    /// fetched again: kept files are not read through before they are used.
    pub(crate) fn with_archive<T>(
        &self,
        link: &Link,
        hashes: &Hashes,
        work: impl Fn(&KeptArchive) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        self.with_archive_watched(link, hashes, &|_| {}, work)
    }

    /// The same; `watch` is told how far a download is.
    pub(crate) fn with_archive_watched<T>(
        &self,
        link: &Link,
        hashes: &Hashes,
        watch: &dyn Fn(Progress),
        work: impl Fn(&KeptArchive) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let kept = self.archive_watched(link, hashes, watch)?;
        let failed = match work(&kept) {
            Err(error) if !kept.from_network => error,
            done => return done,
        };
        let whole = fs::sha256_file(&kept.path).is_ok_and(|found| found == kept.sha256);
        if whole {
            return Err(failed);
        }
        mended::note(&kept.path);
        self.index.discard(&kept.sha256)?;
        work(&self.archive(link, hashes)?)
    }

    /// Says that a file is there.
    pub(crate) fn tell_file(&self, link: &Link, kept: &KeptArchive) {
        if !link.url.starts_with("file:") {
            self.tell_fetched(&link.url, Some(kept.size), kept.from_network);
            self.voice.named(words::shown_file(link));
        }
    }

    /// Says how a file came.
    pub(crate) fn tell_fetched(&self, url: &str, size: Option<u64>, from_network: bool) {
        let from_network = self.comes_from_network(url, from_network);
        self.voice.info(&words::fetched(words::file_of(url), size, from_network));
        self.told.note(url, from_network);
    }

    /// Whether pip would say that a file is downloaded. One that this run has told of before it
    /// fetches again, unless it keeps what comes from there: over TLS, or from hosts that it trusts.
    pub(crate) fn comes_from_network(&self, url: &str, from_network: bool) -> bool {
        let keeps = self.request.general.use_cache
            && (url.starts_with("https:") || self.network.trusts(url));
        self.told.earlier(url).map_or(from_network, |earlier| earlier && !keeps)
    }

    /// The resolution starts again, and with it what is said about it.
    pub(crate) fn begin_again(&self) {
        self.told.forget();
        self.voice.begin_again();
    }

    /// The file behind a URL that a requirement names.
    pub(crate) fn direct(&self, url: &str, hashes: &Hashes) -> Result<KeptArchive, EngineError> {
        self.hold_archives();
        let kept = self.index.direct(url, hashes)?;
        self.note_arrival(&kept);
        Ok(kept)
    }

    /// The metadata inside of a wheel, which is unpacked for it.
    pub(crate) fn wheel_metadata(
        &self,
        wheel: &KeptArchive,
    ) -> Result<Arc<CoreMetadata>, EngineError> {
        let entry = self.entry_of(&wheel.path, &wheel.sha256)?;
        self.entry_metadata(&entry, LineEnds::AsWritten)
    }

    /// The metadata of a kept wheel.
    pub(crate) fn entry_metadata(
        &self,
        entry: &Entry,
        ends: LineEnds,
    ) -> Result<Arc<CoreMetadata>, EngineError> {
        let path = metadata_path(entry)?;
        parse_metadata(&fs::read(&path)?, ends, &path.display().to_string())
    }

    /// The same as it is written.
    pub(crate) fn metadata_text(&self, entry: &Entry) -> Result<String, EngineError> {
        Ok(String::from_utf8_lossy(&fs::read(metadata_path(entry)?)?).into_owned())
    }

    /// The store's entry of a wheel on disk, unpacked now if it was not yet.
    pub(crate) fn entry_of(&self, wheel: &Path, sha256: &str) -> Result<Entry, EngineError> {
        if let Some(entry) = self.store.entry(sha256)? {
            return Ok(entry);
        }
        let entry = self.unpacker.entry_of(wheel, sha256)?;
        self.origins.note(sha256, Origin::Archives);
        Ok(entry)
    }

    /// Digests of a file by all algorithms that `hashes` mentions.
    pub(crate) fn digests(&self, path: &Path, hashes: &Hashes) -> Result<Vec<Digest>, EngineError> {
        let wanted: Vec<HashAlgorithm> = hashes.algorithms().collect();
        let found = fs::digest_file(path, &wanted)?;
        let digest = |algorithm| Some(Digest::new(algorithm, found.get(algorithm)?));
        Ok(wanted.iter().filter_map(|algorithm| digest(*algorithm)).collect())
    }

    /// What kind of place a URL names.
    pub(crate) fn kind_of(&self, url: &str) -> PlaceKind {
        direct::kind_of(url)
    }

    /// What a direct requirement names, fetched once a run.
    pub(crate) fn obtain(
        &self,
        url: &str,
        editable: bool,
        root: Option<usize>,
    ) -> Result<Arc<Obtained>, EngineError> {
        let known = self.obtained.lock().unwrap_or_else(PoisonError::into_inner).get(url).cloned();
        if let Some(known) = known.filter(|known| known.editable == editable) {
            return Ok(known);
        }
        let obtained = direct::obtain(self, url, editable, root)?;
        let mut all = self.obtained.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(url.to_owned(), Arc::clone(&obtained));
        Ok(obtained)
    }

    /// The metadata of a direct requirement; `project` names it, `words` are pip's for it.
    pub(crate) fn metadata_of_obtained(
        &self,
        obtained: &Obtained,
        project: &str,
        words: Option<String>,
    ) -> Result<Arc<CoreMetadata>, EngineError> {
        if let Content::Wheel(file) = &obtained.content {
            return self.wheel_metadata(file);
        }
        match SourceTree::of_direct(obtained, project) {
            Some(tree) => self.builds.metadata(self, &SourceTree { words, ..tree }),
            None => Err(EngineError::installation(format!("{} is no source tree", obtained.url))),
        }
    }

    /// Where pip checks out editables from repositories: `--src`, else `src` in the environment,
    /// else `src` in the current folder.
    pub(crate) fn editable_checkout(&self, name: &str) -> PathBuf {
        let folder = match &self.request.build.source_directory {
            Some(folder) => folder.clone(),
            None if self.python.in_venv() => self.python.prefix().join("src"),
            None => self.request.general.current_dir.join("src"),
        };
        folder.join(PackageName::new(name).as_str())
    }

    /// A new folder that lives as long as the session.
    pub(crate) fn fresh_folder(&self, name: &str) -> Result<PathBuf, EngineError> {
        let scratch = self.scratch_folder(name)?;
        let path = scratch.path().join(name);
        self.scratch.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
        Ok(path)
    }

    /// A new folder that lives as long as its handle.
    pub(crate) fn scratch_folder(&self, name: &str) -> Result<Scratch, EngineError> {
        Ok(Scratch::with_prefix(self.store.build_scratch(), name)?)
    }

    /// The build settings of a root requirement.
    pub(crate) fn root_settings(&self, root: Option<usize>) -> Option<&ConfigSettings> {
        // Requirements of a build have no settings of their own.
        if !self.building.is_empty() {
            return None;
        }
        self.request.requirements.get(root?).map(|input| &input.config_settings)
    }
}

fn metadata_path(entry: &Entry) -> Result<PathBuf, EngineError> {
    let folder = entry.manifest()?.dist_info.as_str();
    Ok(entry.tree().join("lib").join(folder).join("METADATA"))
}

/// The programs, with this voice telling what they do.
fn hearing(programs: Programs, voice: &Voice) -> Programs {
    let voice = voice.clone();
    programs.tell(Arc::new(move |note: Note<'_>| hear(&voice, note)))
}

/// Says what pip says of what the programs do.
pub(crate) fn hear(voice: &Voice, note: Note<'_>) {
    match note {
        Note::Info(text) => voice.info(text),
        Note::Warning(text) => voice.say(Level::Warning, text),
        Note::Command(text) => voice.process(Level::Info, text),
        Note::QuietCommand(text) => voice.process(Level::Verbose, text),
        Note::Failure(error) => {
            if let Some(picture) = direct::picture(error) {
                voice.show(Level::Failure, &picture.to_string());
            }
        }
        // The error that ends the run says it.
        Note::NotFound(_) => {}
    }
}

/// The project in words: the requirement's name as it is written, else the requirement.
pub(crate) fn project_of(source: &Source<'_>) -> String {
    let written = source.requirement.map(|requirement| requirement.name.clone());
    let known = || source.name.map_or_else(|| source.words.to_owned(), ToString::to_string);
    written.unwrap_or_else(known)
}

/// METADATA as pip takes it: in UTF-8 or not at all.
pub(crate) fn parse_metadata(
    bytes: &[u8],
    ends: LineEnds,
    of: &str,
) -> Result<Arc<CoreMetadata>, EngineError> {
    let parsed = CoreMetadata::parse(bytes, ends);
    let parsed = parsed.map_err(|error| {
        EngineError::installation(format!("could not read the metadata of {of}: {error}"))
    })?;
    Ok(Arc::new(parsed))
}
