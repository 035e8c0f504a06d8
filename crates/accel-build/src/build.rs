//! The build of one source tree: requirements, metadata, wheel.

use crate::backend::{Answer, Backend, Hook};
use crate::{BuildError, BuildSystem};
use accel_io::archive::zip::{ZipLimits, ZipReader};
use accel_io::fs;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// Fills build environments. The engine implements it, because it takes a resolution and an
/// installation.
pub trait BuildRequires {
    /// Makes the environment at `at` if it is not there yet, and adds `requires` to it.
    ///
    /// Called a second time for the requirements that the backend asks for itself.
    fn provide(
        &self,
        requires: &[String],
        at: &Path,
    ) -> Result<Provided, Box<dyn std::error::Error + Send + Sync>>;
}

/// An environment that has what a backend needs.
#[derive(Clone, Debug)]
pub struct Provided {
    /// Its interpreter.
    pub python: PathBuf,
    /// Variables for the backend's processes, `PATH` among them.
    pub variables: Vec<(String, String)>,
    /// What was resolved for it, as `name==version` lines in order: part of a build's key.
    pub resolved: Vec<String>,
}

/// What is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A wheel with the distribution's files.
    Wheel,
    /// A wheel that points at the source tree (PEP 660).
    Editable,
}

/// What the user may set for a build.
#[derive(Clone, Default)]
pub struct BuildOptions {
    /// `--config-settings`: a value is a string, or a list of strings when given repeatedly.
    pub config_settings: Vec<(String, Vec<String>)>,
    /// Variables for the backend's processes in addition to the inherited ones.
    pub environment: Vec<(String, String)>,
    /// Hears of each step, with pip's name of it, as it starts and as it ends.
    pub watcher: Option<Watcher>,
}

/// Hears of the steps of a build.
pub type Watcher = std::sync::Arc<dyn Fn(&str, Progress) + Send + Sync>;

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It has begun.
    Started,
    /// It ended well.
    Done,
    /// It failed.
    Failed,
}

/// The build of one source tree.
pub struct Build {
    tree: PathBuf,
    project: String,
    scratch: PathBuf,
    system: BuildSystem,
    options: BuildOptions,
    kind: Kind,
    provided: Option<Provided>,
    metadata: Option<PathBuf>,
    wheel: Option<PathBuf>,
}

impl Build {
    /// Reads how the tree at `tree` is built; `project` names it in messages. Logs, the build
    /// environment and what the backend hands over stand below `scratch`.
    pub fn open(
        tree: &Path,
        project: &str,
        scratch: &Path,
        options: BuildOptions,
    ) -> Result<Self, BuildError> {
        Ok(Self {
            tree: tree.to_path_buf(),
            project: project.to_owned(),
            scratch: scratch.to_path_buf(),
            system: BuildSystem::read(tree, project)?,
            options,
            kind: Kind::Wheel,
            provided: None,
            metadata: None,
            wheel: None,
        })
    }

    /// Builds an editable wheel instead of an ordinary one.
    #[must_use]
    pub fn editable(mut self) -> Self {
        self.kind = Kind::Editable;
        self
    }

    /// The requirements that `pyproject.toml` names.
    pub fn requires(&self) -> &[String] {
        &self.system.requires
    }

    /// What was resolved for the build environment, once it has been made.
    pub fn resolved(&self) -> &[String] {
        self.provided.as_ref().map_or(&[], |provided| &provided.resolved)
    }

    /// The tree's `METADATA`, from the backend's metadata hook, or from the wheel where the
    /// backend has no such hook.
    pub fn metadata(&mut self, requires: &dyn BuildRequires) -> Result<Vec<u8>, BuildError> {
        let provided = self.environment(requires)?;
        if let Some(folder) = self.prepare_metadata(&provided)? {
            return Ok(fs::read(&folder.join("METADATA"))?);
        }
        let out = self.scratch.join("wheel");
        let wheel = self.wheel(requires, &out)?;
        let archive = ZipReader::open(&wheel, &ZipLimits::default())?;
        let entry = archive.entries().iter().find(|entry| is_metadata(&entry.path));
        let entry = entry.ok_or_else(|| self.broken("its wheel has no METADATA"))?;
        Ok(archive.read(entry)?)
    }

    /// Builds the wheel into the folder `out` and returns its path.
    pub fn wheel(
        &mut self,
        requires: &dyn BuildRequires,
        out: &Path,
    ) -> Result<PathBuf, BuildError> {
        if let Some(wheel) = &self.wheel {
            return Ok(wheel.clone());
        }
        let provided = self.environment(requires)?;
        fs::create_dir_all(out)?;
        let hook = match self.kind {
            Kind::Wheel => Hook::Wheel,
            Kind::Editable => Hook::Editable,
        };
        let arguments = json!({
            "wheel_directory": out,
            "config_settings": self.config_settings(),
            "metadata_directory": self.metadata,
        });
        let answer = self.call(&provided, hook, arguments)?;
        let Answer::Value(Value::String(name)) = answer else {
            return Err(self.broken("it named no wheel"));
        };
        let wheel = out.join(&name);
        if name.contains('/') || !fs::is_file(&wheel) {
            return Err(self.broken(&format!("the wheel {name:?} that it named is not there")));
        }
        self.wheel = Some(wheel.clone());
        Ok(wheel)
    }

    /// The build environment: the tree's requirements, then those that the backend asks for.
    fn environment(&mut self, requires: &dyn BuildRequires) -> Result<Provided, BuildError> {
        if let Some(provided) = &self.provided {
            return Ok(provided.clone());
        }
        let at = self.scratch.join("environment");
        let mut provided = self.watched("Installing build dependencies", || {
            requires.provide(&self.system.requires, &at).map_err(BuildError::Requires)
        })?;
        let hook = match self.kind {
            Kind::Wheel => Hook::RequiresForWheel,
            Kind::Editable => {
                self.must_support_editable(&provided)?;
                Hook::RequiresForEditable
            }
        };
        let arguments = json!({ "config_settings": self.config_settings() });
        let more = match self.call(&provided, hook, arguments)? {
            Answer::Value(Value::Array(more)) => more,
            _ => return Err(self.broken("its requirements are not a list")),
        };
        let more: Option<Vec<String>> =
            more.into_iter().map(|text| text.as_str().map(str::to_owned)).collect();
        let more = more.ok_or_else(|| self.broken("its requirements are not strings"))?;
        if !more.is_empty() {
            provided = self.watched("Installing backend dependencies", || {
                requires.provide(&more, &at).map_err(BuildError::Requires)
            })?;
        }
        self.provided = Some(provided.clone());
        Ok(provided)
    }

    fn must_support_editable(&self, provided: &Provided) -> Result<(), BuildError> {
        let arguments = json!({ "hooks": ["build_editable"] });
        match self.call(provided, Hook::Supports, arguments)? {
            Answer::Value(Value::Array(hooks)) if !hooks.is_empty() => Ok(()),
            _ => Err(BuildError::NoEditable { project: self.project.clone() }),
        }
    }

    fn prepare_metadata(&mut self, provided: &Provided) -> Result<Option<PathBuf>, BuildError> {
        if self.metadata.is_none() {
            let folder = self.scratch.join("metadata");
            fs::create_dir_all(&folder)?;
            let hook = match self.kind {
                Kind::Wheel => Hook::MetadataForWheel,
                Kind::Editable => Hook::MetadataForEditable,
            };
            let arguments = json!({
                "metadata_directory": folder,
                "config_settings": self.config_settings(),
            });
            self.metadata = match self.call(provided, hook, arguments)? {
                Answer::Missing => None,
                Answer::Value(Value::String(name)) if !name.contains('/') => {
                    Some(folder.join(name))
                }
                Answer::Value(_) => return Err(self.broken("it named no metadata folder")),
            };
        }
        Ok(self.metadata.clone())
    }

    fn call(
        &self,
        provided: &Provided,
        hook: Hook,
        arguments: Value,
    ) -> Result<Answer, BuildError> {
        self.watched(&hook.step(&self.project), || self.backend().call(provided, hook, arguments))
    }

    fn watched<T>(
        &self,
        step: &str,
        work: impl FnOnce() -> Result<T, BuildError>,
    ) -> Result<T, BuildError> {
        let Some(watcher) = &self.options.watcher else { return work() };
        watcher(step, Progress::Started);
        let done = work();
        watcher(step, if done.is_ok() { Progress::Done } else { Progress::Failed });
        done
    }

    fn backend(&self) -> Backend<'_> {
        Backend {
            project: &self.project,
            tree: &self.tree,
            scratch: &self.scratch,
            system: &self.system,
            environment: &self.options.environment,
        }
    }

    /// `None` where nothing was set, as pip passes it.
    fn config_settings(&self) -> Value {
        if self.options.config_settings.is_empty() {
            return Value::Null;
        }
        let one = |(name, values): &(String, Vec<String>)| {
            let value = match values.as_slice() {
                [only] => json!(only),
                several => json!(several),
            };
            (name.clone(), value)
        };
        Value::Object(self.options.config_settings.iter().map(one).collect::<Map<_, _>>())
    }

    fn broken(&self, reason: &str) -> BuildError {
        BuildError::Contract { project: self.project.clone(), reason: reason.to_owned() }
    }
}

fn is_metadata(name: &str) -> bool {
    name.split_once('/')
        .is_some_and(|(folder, file)| folder.ends_with(".dist-info") && file == "METADATA")
}
