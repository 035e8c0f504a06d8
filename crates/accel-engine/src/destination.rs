//! The folder that archives are put into, and what lies there already.

use crate::error::EngineError;
use crate::listener::{Level, Voice};
use crate::plan::{Plan, StepSource};
use crate::request::General;
use crate::words;
use accel_index::KeptArchive;
use accel_io::{IoError, archive, fs};
use accel_types::{Digest, HashAlgorithm, Hashes};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// A folder that archives are put into. What lies there under an archive's name is taken for it.
pub(crate) struct Destination {
    folder: PathBuf,
    current_dir: PathBuf,
    umask: u32,
    was_used: AtomicBool,
}

impl Destination {
    /// The folder at this absolute path, made if it is not there.
    pub(crate) fn open(folder: &Path, general: &General) -> Result<Self, EngineError> {
        if !fs::exists(folder) {
            fs::create_dir_all(folder)?;
        }
        Ok(Self {
            folder: folder.to_owned(),
            current_dir: general.current_dir.clone(),
            umask: general.umask,
            was_used: AtomicBool::new(false),
        })
    }

    /// The archive of this name that lies there. One that has none of the `wanted` digests, if there
    /// are any, is thrown away.
    pub(crate) fn find(
        &self,
        voice: &Voice,
        name: &str,
        wanted: &Hashes,
    ) -> Result<Option<KeptArchive>, EngineError> {
        let path = self.folder.join(name);
        if !fs::exists(&path) {
            return Ok(None);
        }
        self.was_used.store(true, Ordering::Relaxed);
        voice.info(&format!("File was already downloaded {}", path.display()));
        let algorithms: Vec<HashAlgorithm> = wanted.algorithms().collect();
        let found = fs::digest_file(&path, &algorithms)?;
        let is_allowed = |algorithm: &HashAlgorithm| {
            found.get(*algorithm).is_some_and(|hex| wanted.allows(&Digest::new(*algorithm, hex)))
        };
        if wanted.is_empty() || algorithms.iter().any(is_allowed) {
            let (sha256, size) = (found.sha256.clone(), found.size);
            let (from_network, from_shared) = (false, false);
            return Ok(Some(KeptArchive { path, sha256, size, from_network, from_shared }));
        }
        voice.say(
            Level::Warning,
            &format!("Previously-downloaded file {} has bad hash. Re-downloading.", path.display()),
        );
        fs::remove_file(&path)?;
        Ok(None)
    }

    /// The folder itself.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether an archive of this name lies there.
    pub(crate) fn has(&self, name: &str) -> bool {
        fs::exists(self.folder.join(name))
    }

    /// Whether [`Destination::find`] would find an archive of a plan.
    pub(crate) fn has_any(&self, plan: &Plan) -> bool {
        plan.steps.iter().any(|step| match &step.source {
            StepSource::Link(link) => self.has(&link.filename),
            StepSource::Direct { .. } => true,
        })
    }

    /// Whether something was found there, which another run may find changed.
    pub(crate) fn was_used(&self) -> bool {
        self.was_used.load(Ordering::Relaxed)
    }

    /// Puts a copy of an archive there, unless one of its name lies there. One that was kept gets
    /// the mode of any new file, one of the user's keeps its own.
    pub(crate) fn save(
        &self,
        voice: &Voice,
        name: &str,
        archive: &Path,
        is_kept: bool,
    ) -> Result<(), EngineError> {
        if self.has(name) {
            return Ok(());
        }
        self.put(name, |path| {
            fs::copy(archive, path)?;
            if is_kept { fs::set_mode(path, 0o666 & !self.umask) } else { Ok(()) }
        })?;
        voice.info(&format!("Saved {}", self.shown(name)));
        Ok(())
    }

    /// Puts a copy of a kept file there, whatever lies there.
    pub(crate) fn replace(&self, name: &str, file: &Path) -> Result<(), EngineError> {
        self.put(name, |path| {
            fs::copy(file, path)?;
            fs::set_mode(path, 0o666 & !self.umask)
        })
    }

    /// Packs a source tree there.
    pub(crate) fn pack(
        &self,
        voice: &Voice,
        name: &str,
        tree: &Path,
        top: &str,
    ) -> Result<(), EngineError> {
        self.put(name, |path| archive::zip::pack(tree, top, path))?;
        voice.info(&format!("Saved {}", self.shown(name)));
        Ok(())
    }

    /// Makes a file there: all of it or nothing.
    fn put(
        &self,
        name: &str,
        make: impl FnOnce(&Path) -> Result<(), IoError>,
    ) -> Result<(), EngineError> {
        let dest = self.folder.join(name);
        // Whoever looks at the folder meanwhile does not take half a file for the whole one.
        let part = self.folder.join(format!(".{name}.{}.part", std::process::id()));
        let done = make(&part).and_then(|()| fs::rename(&part, &dest));
        if done.is_err() {
            // If it can't even be removed, the error tells why.
            let _ = fs::remove_file_if_exists(&part);
        }
        done.map_err(|error| {
            // pip works on the file itself, so that is what it names.
            let reason = io::Error::new(error.kind(), error.reason().to_string());
            let reason = error.raw_os_error().map_or(reason, io::Error::from_raw_os_error);
            IoError::new("write", &dest, reason).into()
        })
    }

    /// The path of a file there, for what asks about it.
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The path of a file there as pip shows it: from the current folder, if it is below.
    pub(crate) fn shown(&self, name: &str) -> String {
        words::displayed_path(&self.folder.join(name).to_string_lossy(), &self.current_dir)
    }
}
