//! The build of one source tree: requirements, metadata, wheel.

use crate::ahead::Ahead;
use crate::backend::{Backend, Hook, text};
use crate::environment::{BuildRequires, Provided};
use crate::{BuildError, BuildSystem, verify};
use accel_io::fs;
use accel_types::{CoreMetadata, LineEnds, PackageName};
use serde_json::{Value, json};
use std::fmt;
use std::path::{Path, PathBuf};

/// What is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A wheel with the distribution's files.
    Wheel,
    /// A wheel that points at the source tree (PEP 660).
    Editable,
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(if *self == Self::Wheel { "wheel" } else { "editable" })
    }
}

/// What the user may set for a build.
#[derive(Clone, Default)]
pub struct BuildOptions {
    /// `--config-settings`: a value is a string, or a list of strings when given repeatedly.
    pub config_settings: Vec<(String, Vec<String>)>,
    /// Variables for the backend's processes in addition to the inherited ones.
    pub environment: Vec<(String, String)>,
    /// The requirement in pip's words, with where it comes from; else the project.
    pub requirement: Option<String>,
    /// `--no-build-isolation`: nothing is provided but the interpreter, and the backend is not
    /// asked for requirements.
    pub no_isolation: bool,
    /// `--check-build-dependencies`
    pub check_dependencies: bool,
    /// `--no-verify` of `pip wheel`: the built wheel is not compared with its metadata.
    pub no_verify: bool,
    /// Hears of each step, with pip's name of it, as it starts and as it ends.
    pub watcher: Option<Watcher>,
    /// Hears the warnings about a tree that pip would print as `WARNING:` lines.
    pub warned: Option<Warned>,
    /// Hears the warnings of the backend, as pip shows them: as `WARNING:` for a folder, for an
    /// archive only with `-vv`.
    pub backend_warned: Option<Warned>,
    /// Hears every line that a backend writes when it comes; pictures of failures then leave them
    /// out.
    pub heard: Option<Warned>,
}

/// Hears of the steps of a build.
pub type Watcher = std::sync::Arc<dyn Fn(&str, Progress) + Send + Sync>;

/// Hears warnings.
pub type Warned = std::sync::Arc<dyn Fn(&str) + Send + Sync>;

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It has begun.
    Started,
    /// Its process has written a line that nobody hears.
    Going,
    /// It ended well.
    Done,
    /// It failed.
    Failed,
}

/// The build of one source tree.
pub struct Build {
    tree: PathBuf,
    pub(crate) project: String,
    pub(crate) scratch: PathBuf,
    pub(crate) system: BuildSystem,
    pub(crate) options: BuildOptions,
    pub(crate) kind: Kind,
    /// Whether the backend must be able to build editables, whatever is built.
    pub(crate) must_support_editable: bool,
    pub(crate) provided: Option<Provided>,
    pub(crate) ahead: Option<Ahead>,
    metadata: Option<Prepared>,
    wheel: Option<PathBuf>,
}

/// The metadata, in a folder of its own.
#[derive(Clone)]
struct Prepared {
    folder: PathBuf,
    bytes: Vec<u8>,
    /// The project's name as pip prints it from now on.
    name: String,
    /// The wheel that a backend without metadata hook had to build for it.
    wheel: Option<PathBuf>,
}

impl Build {
    /// Reads how the tree at `tree` is built; `project` names it in messages: the distribution's
    /// name, or the URL of a requirement that has none. Logs, the build environment and what the
    /// backend hands over stand below `scratch`.
    pub fn open(
        tree: &Path,
        project: &str,
        scratch: &Path,
        options: BuildOptions,
    ) -> Result<Self, BuildError> {
        let named = options.requirement.as_deref().unwrap_or(project);
        Ok(Self {
            tree: std::path::absolute(tree)
                .map_err(|source| accel_io::IoError::new("find", tree, source))?,
            project: project.to_owned(),
            scratch: scratch.to_path_buf(),
            system: BuildSystem::read(tree, named)?,
            options,
            kind: Kind::Wheel,
            must_support_editable: false,
            provided: None,
            ahead: None,
            metadata: None,
            wheel: None,
        })
    }

    /// Builds an editable wheel instead of an ordinary one.
    #[must_use]
    pub fn editable(self) -> Self {
        Self { kind: Kind::Editable, ..self.of_editable() }
    }

    /// Builds an ordinary wheel of what is meant as an editable, which the backend must be able to
    /// build.
    #[must_use]
    pub fn of_editable(self) -> Self {
        Self { must_support_editable: true, ..self }
    }

    /// Makes use of what was prepared for this very tree and scratch folder.
    #[must_use]
    pub fn prepared(self, ahead: Option<Ahead>) -> Self {
        Self { ahead, ..self }
    }

    /// How the tree is built.
    pub fn system(&self) -> &BuildSystem {
        &self.system
    }

    /// What was resolved for the build environment, once it has been made.
    pub fn resolved(&self) -> &[String] {
        self.provided.as_ref().map_or(&[], |provided| &provided.resolved)
    }

    /// The tree's `METADATA`, from the backend's metadata hook, or from the wheel where the
    /// backend has no such hook.
    pub fn metadata(&mut self, requires: &dyn BuildRequires) -> Result<Vec<u8>, BuildError> {
        Ok(self.prepare(requires)?.bytes)
    }

    /// The wheel, if the backend had to build it for its metadata.
    pub fn early_wheel(&self) -> Option<&Path> {
        self.metadata.as_ref()?.wheel.as_deref()
    }

    /// Builds the wheel into the folder `out` and returns its path. As with pip, the metadata is
    /// prepared before, and the wheel must agree with it.
    pub fn wheel(
        &mut self,
        requires: &dyn BuildRequires,
        out: &Path,
    ) -> Result<PathBuf, BuildError> {
        if let Some(wheel) = &self.wheel {
            return Ok(wheel.clone());
        }
        let prepared = self.prepare(requires)?;
        let provided = self.environment(requires)?;
        fs::create_dir_all(out)?;
        // A folder of its own: what the backend leaves beside its wheel is nobody's.
        let fresh = fs::Scratch::with_prefix(out, ".build-")?;
        let built = self.build(&provided, &prepared, fresh.path())?;
        let wheel = out.join(built.file_name().unwrap_or_default());
        fs::rename(&built, &wheel)?;
        if !self.options.no_verify {
            let name = PackageName::new(&prepared.name);
            if let Some(reason) = verify::fault(&wheel, &name)? {
                let project = prepared.name;
                return Err(BuildError::InvalidWheel { kind: self.kind, project, reason, wheel });
            }
        }
        self.wheel = Some(wheel.clone());
        Ok(wheel)
    }

    fn build(
        &self,
        provided: &Provided,
        prepared: &Prepared,
        into: &Path,
    ) -> Result<PathBuf, BuildError> {
        let hook = match self.kind {
            Kind::Wheel => Hook::Wheel,
            Kind::Editable => Hook::Editable,
        };
        let step = hook.step(&prepared.name);
        self.watched(&step, || {
            if let Some(built) = &prepared.wheel {
                let copy = into.join(built.file_name().unwrap_or_default());
                fs::copy(built, &copy)?;
                return Ok(copy);
            }
            let arguments = json!({
                "wheel_directory": text(into),
                "config_settings": self.config_settings(),
                "metadata_directory": text(&prepared.folder),
            });
            let backend = Backend { project: &prepared.name, ..self.backend() };
            let answer = backend.call(provided, hook, &arguments, None)?;
            let name = answer.as_str().ok_or_else(|| self.broken("it named no wheel"))?;
            self.named(into, name, "wheel").and_then(|wheel| {
                let missing = format!("the wheel {name:?} that it named is not there");
                if fs::is_file(&wheel) { Ok(wheel) } else { Err(self.broken(&missing)) }
            })
        })
    }

    fn prepare(&mut self, requires: &dyn BuildRequires) -> Result<Prepared, BuildError> {
        if let Some(prepared) = &self.metadata {
            return Ok(prepared.clone());
        }
        let provided = self.environment(requires)?;
        let folder = self.scratch.join("metadata");
        fs::create_dir_all(&folder)?;
        let hook = match self.kind {
            Kind::Wheel => Hook::MetadataForWheel,
            Kind::Editable => Hook::MetadataForEditable,
        };
        let arguments = json!({
            "metadata_directory": text(&folder),
            "config_settings": self.config_settings(),
        });
        let answer = self.call(&provided, hook, &arguments)?;
        let (name, wheel) = match &answer {
            Value::String(name) => (Some(name.as_str()), None),
            both => (both["metadata"].as_str(), both["wheel"].as_str()),
        };
        let name = name.ok_or_else(|| self.broken("it named no metadata folder"))?;
        let wheel = wheel.map(|wheel| self.named(&folder, wheel, "wheel")).transpose()?;
        let folder = self.named(&folder, name, "metadata folder")?;
        let bytes = fs::read(folder.join("METADATA"))?;
        let found = CoreMetadata::parse_lenient(&bytes, LineEnds::Translated).name;
        // The user's spelling, unless the metadata tells another project.
        let same = PackageName::new(&self.project) == PackageName::new(&found);
        let name = if same { self.project.clone() } else { found };
        let prepared = Prepared { folder, bytes, name, wheel };
        self.metadata = Some(prepared.clone());
        Ok(prepared)
    }

    /// The path of what the backend has put into `folder`, by the name that it returned.
    fn named(&self, folder: &Path, name: &str, what: &str) -> Result<PathBuf, BuildError> {
        if name.is_empty() || name.contains('/') || name == ".." || name == "." {
            return Err(self.broken(&format!("{name:?} is no name of a {what}")));
        }
        Ok(folder.join(name))
    }

    pub(crate) fn call(
        &mut self,
        provided: &Provided,
        hook: Hook,
        arguments: &Value,
    ) -> Result<Value, BuildError> {
        let waiting = self.ahead.as_mut().and_then(|ahead| {
            let at = ahead.waiting.iter().position(|(other, _)| *other == hook)?;
            Some(ahead.waiting.swap_remove(at).1)
        });
        let step = hook.step(&self.project);
        self.watched(&step, || self.backend().call(provided, hook, arguments, waiting))
    }

    /// A step counts as done for pip when its process ended well, whatever it answered.
    pub(crate) fn watched<T>(
        &self,
        step: &str,
        work: impl FnOnce() -> Result<T, BuildError>,
    ) -> Result<T, BuildError> {
        let Some(watcher) = &self.options.watcher else { return work() };
        watcher(step, Progress::Started);
        let done = work();
        let failed = matches!(
            done,
            Err(BuildError::Hook(_)
                | BuildError::Requires(_)
                | BuildError::Dependencies { .. }
                | BuildError::Process(_))
        );
        watcher(step, if failed { Progress::Failed } else { Progress::Done });
        done
    }

    pub(crate) fn warn(&self, warning: &str) {
        if let Some(warned) = &self.options.warned {
            warned(warning);
        }
    }

    pub(crate) fn backend(&self) -> Backend<'_> {
        Backend {
            project: &self.project,
            tree: &self.tree,
            scratch: &self.scratch,
            system: &self.system,
            environment: &self.options.environment,
            warned: self.options.backend_warned.as_ref(),
            heard: self.options.heard.as_ref(),
            watcher: self.options.watcher.as_ref(),
        }
    }

    /// The requirement in pip's words.
    pub(crate) fn requirement(&self) -> &str {
        self.options.requirement.as_deref().unwrap_or(&self.project)
    }

    /// `None` where nothing was set, as pip passes it; else pairs in the user's order.
    pub(crate) fn config_settings(&self) -> Value {
        if self.options.config_settings.is_empty() {
            return Value::Null;
        }
        let one = |(name, values): &(String, Vec<String>)| match values.as_slice() {
            [only] => json!([name, only]),
            several => json!([name, several]),
        };
        Value::Array(self.options.config_settings.iter().map(one).collect())
    }

    pub(crate) fn broken(&self, reason: &str) -> BuildError {
        BuildError::Contract { project: self.project.clone(), reason: reason.to_owned() }
    }
}
