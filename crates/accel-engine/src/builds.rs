//! Builds of source trees: once per key, kept, and their metadata before their wheels.

use crate::direct::{Content, Obtained};
use crate::error::EngineError;
use crate::listener::Level;
use crate::origins::Origin;
use crate::pulse::{self, Pulse};
use crate::sdists_ahead::Ready;
use crate::session::{Session, parse_metadata};
use crate::shared_builds::{self, Made};
use accel_build::{Build, BuildOptions, Progress};
use accel_index::KeptArchive;
use accel_io::fs::{self, Scratch};
use accel_io::lock::LockFile;
use accel_io::stopwatch::{self, Stage};
use accel_requirements::ConfigValue;
use accel_store::shared::Lease;
use accel_store::{BuildInputs, BuildKey, Entry, ResolvedRequirement};
use accel_types::{CoreMetadata, LineEnds, PackageName, PlatformFacts};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long another run's build of the same tree is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_hours(1);

/// A source tree to build.
pub(crate) struct SourceTree<'a> {
    /// Identifies the content, where it can't change under this name: digest or commit.
    pub(crate) digest: Option<String>,
    /// Identifies the tree within this run.
    pub(crate) identity: String,
    pub(crate) content: TreeContent<'a>,
    /// `#subdirectory=`.
    pub(crate) subdirectory: Option<String>,
    pub(crate) editable: bool,
    /// The root requirement whose build settings apply.
    pub(crate) root: Option<usize>,
    /// The distribution in words.
    pub(crate) project: String,
    /// The requirement with its place, in pip's words, while it is resolved.
    pub(crate) words: Option<String>,
}

pub(crate) enum TreeContent<'a> {
    Archive(&'a KeptArchive),
    Folder(PathBuf),
}

impl<'a> SourceTree<'a> {
    pub(crate) fn of_sdist(file: &'a KeptArchive, root: Option<usize>, project: &str) -> Self {
        Self {
            digest: Some(format!("sha256:{}", file.sha256)),
            identity: file.sha256.clone(),
            content: TreeContent::Archive(file),
            subdirectory: None,
            editable: false,
            root,
            project: project.to_owned(),
            words: None,
        }
    }

    /// The tree of a direct requirement; `None` for a wheel.
    pub(crate) fn of_direct(obtained: &'a Obtained, project: &str) -> Option<Self> {
        let link = accel_requirements::DirectLink { url: obtained.url.clone() };
        let (digest, content) = match &obtained.content {
            Content::Wheel(_) => return None,
            Content::Sdist(file) => {
                (Some(format!("sha256:{}", file.sha256)), TreeContent::Archive(file))
            }
            Content::Folder(path) => (None, TreeContent::Folder(path.clone())),
            Content::Checkout { path, commit, immutable, vcs } => (
                immutable.then(|| format!("{}:{}@{commit}", vcs.kind.name(), vcs.url)),
                TreeContent::Folder(path.clone()),
            ),
        };
        Some(Self {
            digest: digest.filter(|_| !obtained.editable),
            // The same tree may be asked for twice, once as an editable.
            identity: format!("{}{}", if obtained.editable { "-e " } else { "" }, obtained.url),
            content,
            subdirectory: link.subdirectory().map(str::to_owned),
            editable: obtained.editable,
            root: obtained.root,
            project: project.to_owned(),
            words: None,
        })
    }
}

/// A wheel that was just built, for words.
pub(crate) struct Created {
    pub(crate) filename: String,
    pub(crate) size: u64,
    pub(crate) sha256: String,
    /// Where it is kept.
    pub(crate) folder: PathBuf,
}

impl Created {
    /// What there is to say of a wheel that is kept at `stored`.
    pub(crate) fn of(wheel: &Path, stored: &Path, sha256: String) -> Result<Self, EngineError> {
        let filename = wheel.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let folder = stored.parent().unwrap_or(stored).to_owned();
        Ok(Self { filename, size: fs::metadata(wheel)?.len(), sha256, folder })
    }
}

/// The builds of a run.
#[derive(Default)]
pub(crate) struct Builds {
    /// Wheels that were built.
    pub(crate) made: AtomicUsize,
    running: Mutex<HashMap<String, Arc<Mutex<Running>>>>,
    /// The right to build, where a fleet has to agree on who does, by the trees' identities.
    pub(crate) leases: Mutex<HashMap<String, Lease>>,
}

/// A build that has begun: its metadata may be known, its wheel not yet.
struct Running {
    build: Build,
    scratch: Scratch,
    metadata: Option<Arc<CoreMetadata>>,
    /// What was made and is not yet on shared shelves.
    made: Option<Made>,
}

impl Builds {
    /// The metadata of a source tree: from the kept wheel, else as it was kept, else from the
    /// backend's hook.
    pub(crate) fn metadata(
        &self,
        session: &Session<'_>,
        tree: &SourceTree<'_>,
    ) -> Result<Arc<CoreMetadata>, EngineError> {
        if let Some(metadata) = self.kept_metadata(session, tree)? {
            return Ok(metadata);
        }
        let _turn = turn(session, tree);
        if let Some(metadata) = self.kept_metadata(session, tree)? {
            return Ok(metadata);
        }
        if let Some(entry) = self.built_by_others(session, tree)? {
            return session.entry_metadata(&entry, LineEnds::Translated);
        }
        self.attempt(session, tree, |running| {
            if let Some(metadata) = &running.metadata {
                return Ok(Arc::clone(metadata));
            }
            let bytes = running.build.metadata(session)?;
            session.sdists_ahead.answered(running.build.system());
            let metadata = parse_metadata(&bytes, LineEnds::Translated, &tree.project)?;
            running.metadata = Some(Arc::clone(&metadata));
            if let Some(wheel) = running.build.early_wheel().map(Path::to_owned) {
                // Whoever waits can have it now. A wheel that is no good is complained about when
                // its turn comes.
                let _ = keep(session, tree, running, &wheel);
            } else if let Some(key) = metadata_key(session, tree) {
                session.store.keep_memo(&key, &bytes)?;
            }
            Ok(metadata)
        })
    }

    /// The metadata of a source tree that an earlier run has built, or asked for metadata alone: a
    /// search that goes back a long way asks dozens of sdists which it never builds.
    fn kept_metadata(
        &self,
        session: &Session<'_>,
        tree: &SourceTree<'_>,
    ) -> Result<Option<Arc<CoreMetadata>>, EngineError> {
        if let Some(entry) = self.kept(session, tree)? {
            return session.entry_metadata(&entry, LineEnds::Translated).map(Some);
        }
        if self.has_begun(tree) {
            return Ok(None);
        }
        let Some(key) = metadata_key(session, tree) else { return Ok(None) };
        let Some(bytes) = session.store.memo(&key)? else { return Ok(None) };
        Ok(parse_metadata(&bytes, LineEnds::Translated, &tree.project).ok())
    }

    /// Whether an earlier run may have answered all that could be asked of a tree's backend.
    pub(crate) fn is_known(&self, session: &Session<'_>, tree: &SourceTree<'_>) -> bool {
        let Some(inputs) = inputs(session, tree) else { return false };
        let asked = BuildKey::new(&inputs);
        let keys = [asked.as_str().to_owned(), format!("metadata {}", asked.as_str())];
        let is_kept = |key: &String| !matches!(session.store.memo(key), Ok(None));
        self.has_begun(tree) || session.shared.is_there() || keys.iter().any(is_kept)
    }

    /// The kept wheel of a source tree, if it was built before under the same key.
    pub(crate) fn kept(
        &self,
        session: &Session<'_>,
        tree: &SourceTree<'_>,
    ) -> Result<Option<Entry>, EngineError> {
        Ok(self.kept_wheel(session, tree)?.map(|(entry, _)| entry))
    }

    /// The same with the file name of the wheel.
    pub(crate) fn kept_wheel(
        &self,
        session: &Session<'_>,
        tree: &SourceTree<'_>,
    ) -> Result<Option<(Entry, String)>, EngineError> {
        if self.has_begun_with_wheel(tree) {
            return Ok(None);
        }
        let Some(inputs) = inputs(session, tree) else { return Ok(None) };
        let asked = BuildKey::new(&inputs);
        let kept = session.store.memo(asked.as_str())?;
        let Some(resolved) = kept.or_else(|| session.shared.requires(&asked)) else {
            return Ok(None);
        };
        let key = key_with(inputs, &String::from_utf8_lossy(&resolved));
        session.hold_archives();
        if let Some(built) = session.store.built(&key)? {
            let entry = session.entry_of(&built.path, &built.sha256)?;
            return Ok(Some((entry, built.filename)));
        }
        let Some(built) = session.shared.built(&session.store, &key)? else { return Ok(None) };
        session.origins.note(&built.sha256, Origin::Shared);
        let entry = session.entry_of(&built.path, &built.sha256)?;
        session.store.keep_memo(asked.as_str(), &resolved)?;
        session.index.adopt(&built.path, &built.sha256)?;
        Ok(Some((entry, built.filename)))
    }

    /// The file of the wheel of a source tree that was built before.
    pub(crate) fn kept_file(
        &self,
        session: &Session<'_>,
        tree: &SourceTree<'_>,
    ) -> Result<Option<PathBuf>, EngineError> {
        let Some(entry) = self.kept(session, tree)? else { return Ok(None) };
        let Some(inputs) = inputs(session, tree) else { return Ok(None) };
        let resolved = session.store.memo(BuildKey::new(&inputs).as_str())?.unwrap_or_default();
        let key = key_with(inputs, &String::from_utf8_lossy(&resolved));
        let built = session.store.built(&key)?;
        Ok(built.filter(|built| built.sha256 == entry.wheel_sha256()).map(|built| built.path))
    }

    /// The file of the wheel of a source tree: kept, or built now. One that is not to be verified
    /// may be no good, and is not kept.
    pub(crate) fn wheel_file(
        &self,
        session: &Session<'_>,
        tree: &SourceTree<'_>,
        verify: bool,
    ) -> Result<(PathBuf, Option<Created>), EngineError> {
        if !verify {
            return self.attempt(session, tree, |running| {
                let wheel = running.build.wheel(session, &running.scratch.path().join("wheel"))?;
                let created = Created::of(&wheel, &wheel, fs::sha256_file(&wheel)?)?;
                Ok((wheel, Some(created)))
            });
        }
        let (_, created) = self.wheel(session, tree)?;
        match (created, self.kept_file(session, tree)?) {
            (Some(created), _) => Ok((created.folder.join(&created.filename), Some(created))),
            (None, Some(kept)) => Ok((kept, None)),
            (None, None) => Err(EngineError::installation(format!(
                "the wheel that was built of {} vanished",
                tree.project
            ))),
        }
    }

    /// Builds the wheel of a source tree and keeps it.
    pub(crate) fn wheel(
        &self,
        session: &Session<'_>,
        tree: &SourceTree<'_>,
    ) -> Result<(Entry, Option<Created>), EngineError> {
        if let Some(entry) = self.kept(session, tree)? {
            return Ok((entry, None));
        }
        let _turn = turn(session, tree);
        if let Some(entry) = self.kept(session, tree)? {
            return Ok((entry, None));
        }
        if let Some(entry) = self.built_by_others(session, tree)? {
            return Ok((entry, None));
        }
        self.attempt(session, tree, |running| {
            let out = running.scratch.path().join("wheel");
            let wheel = running.build.wheel(session, &out)?;
            let (entry, created) = keep(session, tree, running, &wheel)?;
            self.made.fetch_add(1, Ordering::Relaxed);
            Ok((entry, Some(created)))
        })
    }

    /// Works with the build of a tree; from its beginning once more, whenever packages of the
    /// operating system were installed that it lacked.
    fn attempt<T>(
        &self,
        session: &Session<'_>,
        tree: &SourceTree<'_>,
        work: impl Fn(&mut Running) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let _lap = stopwatch::lap(Stage::Build, || tree.project.clone());
        let running = self.running(session, tree)?;
        let mut running = running.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match work(&mut running) {
                Err(EngineError::Build(error)) if session.remedies.help(&tree.project, &error) => {
                    *running = begin(session, tree)?;
                }
                Err(error) => {
                    self.give_lease_back(&tree.identity);
                    return Err(error);
                }
                Ok(done) => {
                    if let Some(made) = running.made.take() {
                        shared_builds::share(session, self, &tree.identity, made);
                    }
                    return Ok(done);
                }
            }
        }
    }

    /// Whether this run is at it already.
    pub(crate) fn has_begun(&self, tree: &SourceTree<'_>) -> bool {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.contains_key(&tree.identity)
    }

    /// Whether this run has built the wheel already, for its metadata: then it goes on to say so
    /// where pip says it.
    fn has_begun_with_wheel(&self, tree: &SourceTree<'_>) -> bool {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = running.get(&tree.identity).cloned();
        drop(running);
        begun.is_some_and(|begun| {
            let begun = begun.lock().unwrap_or_else(PoisonError::into_inner);
            begun.build.early_wheel().is_some()
        })
    }

    fn running(
        &self,
        session: &Session<'_>,
        tree: &SourceTree<'_>,
    ) -> Result<Arc<Mutex<Running>>, EngineError> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(begun) = running.get(&tree.identity) {
            return Ok(Arc::clone(begun));
        }
        let begun = Arc::new(Mutex::new(begin(session, tree)?));
        running.insert(tree.identity.clone(), Arc::clone(&begun));
        Ok(begun)
    }
}

/// Keeps the wheel of a build.
fn keep(
    session: &Session<'_>,
    tree: &SourceTree<'_>,
    running: &mut Running,
    wheel: &Path,
) -> Result<(Entry, Created), EngineError> {
    let sha256 = fs::sha256_file(wheel)?;
    let entry = session.entry_of(wheel, &sha256)?;
    session.origins.correct(&sha256, Origin::Build);
    let mut stored = wheel.to_owned();
    if let Some(inputs) = inputs(session, tree) {
        let resolved = running.build.resolved().join("\n");
        let asked = BuildKey::new(&inputs);
        let provenance = shared_builds::provenance(&inputs, &tree.project);
        let key = key_with(inputs, &resolved);
        let kept = session.store.keep_built(&key, wheel)?;
        session.index.adopt(&kept.path, &kept.sha256)?;
        stored = kept.path;
        session.store.keep_memo(asked.as_str(), resolved.as_bytes())?;
        running.made = Some(Made { asked, key, resolved, path: stored.clone(), provenance });
    }
    Ok((entry, Created::of(wheel, &stored, sha256)?))
}

/// The right to build a tree that others may be building at this moment: who comes second waits
/// and finds the wheel kept. It is held for one step at a time, and steps within that step are of
/// the build's own requirements, so that two runs never wait for each other.
fn turn(session: &Session<'_>, tree: &SourceTree<'_>) -> Option<LockFile> {
    let asked = BuildKey::new(&inputs(session, tree)?);
    let path = session.store.root().join("built-v1/.new").join(format!("{}.lock", asked.as_str()));
    // Whoever waited that long builds it, too: that costs time and is right.
    LockFile::exclusive(path, PATIENCE).ok()
}

/// The key of the metadata alone.
fn metadata_key(session: &Session<'_>, tree: &SourceTree<'_>) -> Option<String> {
    Some(format!("metadata {}", BuildKey::new(&inputs(session, tree)?).as_str()))
}

fn begin(session: &Session<'_>, tree: &SourceTree<'_>) -> Result<Running, EngineError> {
    let ready = match &tree.content {
        TreeContent::Archive(file) => session.sdists_ahead.take(&file.sha256),
        TreeContent::Folder(_) => None,
    };
    let (scratch, folder, ahead) = match (ready, &tree.content) {
        (Some(Ready { scratch, folder, ahead }), _) => (scratch, folder, ahead),
        (None, content) => {
            let scratch = session.scratch_folder("build")?;
            let folder = match content {
                TreeContent::Archive(file) => accel_build::unpack(&file.path, scratch.path())?,
                TreeContent::Folder(path) => path.clone(),
            };
            (scratch, folder, None)
        }
    };
    let folder = match &tree.subdirectory {
        Some(below) => inside(&folder, below)?,
        None => folder,
    };
    let voice = session.voice.clone();
    let build = &session.request.build;
    let project = tree.project.clone();
    let command = move |step: &str| match step.strip_prefix("Installing ") {
        None => step.to_owned(),
        Some(what) if PackageName::parse(&project).is_ok() => {
            format!("installing {what} for {project}")
        }
        Some(what) => format!("installing {what}"),
    };
    let warning = session.voice.clone();
    let pulse = Pulse::new(pulse::PAUSE);
    let options = BuildOptions {
        config_settings: config_settings(session, tree.root),
        no_isolation: !build.isolation,
        check_dependencies: build.check_build_dependencies,
        no_verify: !session.purpose.verifies_wheels(),
        watcher: Some(Arc::new(move |step: &str, progress: Progress| match progress {
            Progress::Started => {
                pulse.said();
                voice.step_started(step);
                voice.process(Level::Verbose, &format!("Running command {}", command(step)));
            }
            Progress::Going => {
                if pulse.is_due() {
                    voice.step_goes_on(step);
                }
            }
            Progress::Done => voice.step_ended(step, true),
            Progress::Failed => voice.step_ended(step, false),
        })),
        warned: Some(Arc::new(move |text: &str| warning.say(Level::Warning, text))),
        requirement: tree.words.clone(),
        heard: (session.request.general.verbosity > 0).then(|| {
            let voice = session.voice.clone();
            let hear = move |line: &str| voice.process(Level::Verbose, line);
            Arc::new(hear) as Arc<dyn Fn(&str) + Send + Sync>
        }),
        ..BuildOptions::default()
    };
    let build = Build::open(&folder, &tree.project, scratch.path(), options)?.prepared(ahead);
    let build = match (tree.editable, session.purpose.has_editables()) {
        (true, true) => build.editable(),
        (true, false) => build.of_editable(),
        (false, _) => build,
    };
    Ok(Running { build, scratch, metadata: None, made: None })
}

/// A folder inside of a source tree.
pub(crate) fn inside(folder: &Path, below: &str) -> Result<PathBuf, EngineError> {
    let climbs = below.split('/').any(|part| part == "..") || below.starts_with('/');
    if climbs {
        return Err(EngineError::installation(format!(
            "the subdirectory {below:?} leaves the source tree"
        )));
    }
    Ok(folder.join(below))
}

fn config_settings(session: &Session<'_>, root: Option<usize>) -> Vec<(String, Vec<String>)> {
    let Some(settings) = session.root_settings(root) else { return Vec::new() };
    let values = |value: &ConfigValue| match value {
        ConfigValue::One(one) => vec![one.clone()],
        ConfigValue::Many(many) => many.clone(),
    };
    settings.entries.iter().map(|(name, value)| (name.clone(), values(value))).collect()
}

/// What enters a build, but for the backend's requirements as resolved; `None` where the source
/// can change under the same name.
pub(crate) fn inputs(session: &Session<'_>, tree: &SourceTree<'_>) -> Option<BuildInputs> {
    let facts = session.python.facts();
    let platform = &session.python.tag_facts().platform;
    Some(BuildInputs {
        source: tree.digest.clone()?,
        subdirectory: tree.subdirectory.clone().unwrap_or_default(),
        requirements: Vec::new(),
        implementation: session.python.implementation().to_owned(),
        python_version: session.python.markers().python_full_version.clone(),
        cache_tag: facts.cache_tag.clone().unwrap_or_default(),
        abi: facts.soabi.clone().unwrap_or_default(),
        platform: platform.sysconfig_platform.clone(),
        libc: libc(platform),
        config_settings: config_settings(session, tree.root).into_iter().collect(),
        environment: session.request.general.build_variables.iter().cloned().collect(),
    })
}

fn libc(platform: &PlatformFacts) -> String {
    match (platform.glibc, platform.musl) {
        (Some((major, minor)), _) => format!("glibc {major}.{minor}"),
        (None, Some((major, minor))) => format!("musl {major}.{minor}"),
        (None, None) => String::new(),
    }
}

/// The whole key; `resolved` has a line `name version sha256` for each build requirement.
fn key_with(mut inputs: BuildInputs, resolved: &str) -> BuildKey {
    let line = |line: &str| {
        let mut words = line.split(' ').map(str::to_owned);
        Some(ResolvedRequirement {
            name: words.next()?,
            version: words.next()?,
            sha256: words.next()?,
        })
    };
    inputs.requirements = resolved.lines().filter_map(line).collect();
    BuildKey::new(&inputs)
}
