//! Builds of source trees: once per key, kept, and their metadata before their wheels.

use crate::direct::{Content, Obtained};
use crate::error::EngineError;
use crate::session::Session;
use accel_build::{Build, BuildOptions, Progress};
use accel_index::KeptArchive;
use accel_io::fs::Scratch;
use accel_requirements::ConfigValue;
use accel_store::{BuildKey, Entry};
use accel_types::CoreMetadata;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

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
            identity: obtained.url.clone(),
            content,
            subdirectory: link.subdirectory().map(str::to_owned),
            editable: obtained.editable,
            root: obtained.root,
            project: project.to_owned(),
        })
    }
}

/// The builds of a run.
#[derive(Default)]
pub(crate) struct Builds {
    running: Mutex<HashMap<String, Arc<Mutex<Running>>>>,
}

/// A build that has begun: its metadata may be known, its wheel not yet.
struct Running {
    build: Build,
    scratch: Scratch,
    metadata: Option<Arc<CoreMetadata>>,
}

impl Builds {
    /// The metadata of a source tree: from the kept wheel, else from the backend's hook.
    pub(crate) fn metadata(
        &self,
        session: &Session<'_>,
        tree: &SourceTree<'_>,
    ) -> Result<Arc<CoreMetadata>, EngineError> {
        if let Some(entry) = self.kept(session, tree)? {
            return session.entry_metadata(&entry);
        }
        let running = self.running(session, tree)?;
        let mut running = running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(metadata) = &running.metadata {
            return Ok(Arc::clone(metadata));
        }
        let bytes = running.build.metadata(session)?;
        let metadata = Arc::new(CoreMetadata::parse(&bytes));
        running.metadata = Some(Arc::clone(&metadata));
        Ok(metadata)
    }

    /// The kept wheel of a source tree, if it was built before under the same key.
    pub(crate) fn kept(
        &self,
        session: &Session<'_>,
        tree: &SourceTree<'_>,
    ) -> Result<Option<Entry>, EngineError> {
        let Some(asked) = asked_key(session, tree) else { return Ok(None) };
        let Some(resolved) = session.store.memo(asked.as_str())? else { return Ok(None) };
        let resolved = String::from_utf8_lossy(&resolved).lines().map(str::to_owned).collect();
        let Some(built) = session.store.built(&asked.with_requirements(resolved))? else {
            return Ok(None);
        };
        session.entry_of(&built.path, &built.sha256).map(Some)
    }

    /// Builds the wheel of a source tree and keeps it.
    pub(crate) fn wheel(
        &self,
        session: &Session<'_>,
        tree: &SourceTree<'_>,
    ) -> Result<Entry, EngineError> {
        if let Some(entry) = self.kept(session, tree)? {
            return Ok(entry);
        }
        let running = self.running(session, tree)?;
        let mut running = running.lock().unwrap_or_else(PoisonError::into_inner);
        let out = running.scratch.path().join("wheel");
        let wheel = running.build.wheel(session, &out)?;
        let sha256 = accel_io::fs::sha256_file(&wheel)?;
        let Some(asked) = asked_key(session, tree) else {
            return session.entry_of(&wheel, &sha256);
        };
        let resolved = running.build.resolved().to_vec();
        let entry = session.entry_of(&wheel, &sha256)?;
        session.store.keep_built(&asked.clone().with_requirements(resolved.clone()), &wheel)?;
        session.store.keep_memo(asked.as_str(), resolved.join("\n").as_bytes())?;
        session.index.adopt(&wheel, &sha256)?;
        Ok(entry)
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

fn begin(session: &Session<'_>, tree: &SourceTree<'_>) -> Result<Running, EngineError> {
    let scratch = session.scratch_folder("build")?;
    let folder = match &tree.content {
        TreeContent::Archive(file) => accel_build::unpack(&file.path, scratch.path())?,
        TreeContent::Folder(path) => path.clone(),
    };
    let folder = match &tree.subdirectory {
        Some(below) => inside(folder, below)?,
        None => folder,
    };
    let voice = session.voice.clone();
    let options = BuildOptions {
        config_settings: config_settings(session, tree.root),
        environment: Vec::new(),
        watcher: Some(Arc::new(move |step: &str, progress: Progress| {
            let word = match progress {
                Progress::Started => "started",
                Progress::Done => "finished with status 'done'",
                Progress::Failed => "finished with status 'error'",
            };
            voice.info(&format!("{step}: {word}"));
        })),
    };
    let build = Build::open(&folder, &tree.project, scratch.path(), options)?;
    let build = if tree.editable { build.editable() } else { build };
    Ok(Running { build, scratch, metadata: None })
}

fn inside(folder: PathBuf, below: &str) -> Result<PathBuf, EngineError> {
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

/// What is known of a build's key before the backend's requirements are resolved; `None` where
/// the source can change under the same name.
fn asked_key(session: &Session<'_>, tree: &SourceTree<'_>) -> Option<BuildKey> {
    let source = tree.digest.clone()?;
    let source = match &tree.subdirectory {
        Some(below) => format!("{source}#{below}"),
        None => source,
    };
    Some(session.build_key(source, config_settings(session, tree.root)))
}
