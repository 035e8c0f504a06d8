//! One hook call: a process of the build environment's interpreter that runs `runner.py`.

use crate::{BuildError, BuildSystem, Provided};
use accel_io::fs;
use accel_io::process::Run;
use serde_json::{Value, json};
use std::fmt;
use std::path::{Path, PathBuf};

const RUNNER: &str = include_str!("runner.py");

/// The hooks of PEP 517 and PEP 660.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hook {
    /// `get_requires_for_build_wheel`
    RequiresForWheel,
    /// `get_requires_for_build_editable`
    RequiresForEditable,
    /// `prepare_metadata_for_build_wheel`
    MetadataForWheel,
    /// `prepare_metadata_for_build_editable`
    MetadataForEditable,
    /// `build_wheel`
    Wheel,
    /// `build_editable`
    Editable,
    /// Which of the optional hooks there are (not a hook of the standard).
    Supports,
}

impl Hook {
    fn function(self) -> &'static str {
        match self {
            Self::RequiresForWheel => "get_requires_for_build_wheel",
            Self::RequiresForEditable => "get_requires_for_build_editable",
            Self::MetadataForWheel => "prepare_metadata_for_build_wheel",
            Self::MetadataForEditable => "prepare_metadata_for_build_editable",
            Self::Wheel => "build_wheel",
            Self::Editable => "build_editable",
            Self::Supports => "supports",
        }
    }

    /// pip's name of the step, as it stands in its messages; `project` is the distribution.
    pub fn step(self, project: &str) -> String {
        match self {
            Self::RequiresForWheel => "Getting requirements to build wheel".to_owned(),
            Self::RequiresForEditable => "Getting requirements to build editable".to_owned(),
            Self::MetadataForWheel => "Preparing metadata (pyproject.toml)".to_owned(),
            Self::MetadataForEditable => "Preparing editable metadata (pyproject.toml)".to_owned(),
            Self::Wheel => format!("Building wheel for {project} (pyproject.toml)"),
            Self::Editable => format!("Building editable for {project} (pyproject.toml)"),
            Self::Supports => "Checking if build backend supports build_editable".to_owned(),
        }
    }
}

/// A hook whose process failed.
#[derive(Debug)]
pub struct FailedHook {
    /// The hook.
    pub hook: Hook,
    /// The distribution or the requirement as the user knows it.
    pub project: String,
    /// The exit code; negative for a signal.
    pub code: i32,
    /// What the process wrote, both streams in order.
    pub output: String,
    /// Where the whole log stands.
    pub log: PathBuf,
}

impl fmt::Display for FailedHook {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "Failed to build '{}' when {}",
            self.project,
            self.hook.step(&self.project).to_lowercase()
        )
    }
}

impl std::error::Error for FailedHook {}

/// What a hook call returned.
pub(crate) enum Answer {
    Value(Value),
    Missing,
}

/// Where and how hooks of one source tree are called.
pub(crate) struct Backend<'a> {
    pub(crate) project: &'a str,
    pub(crate) tree: &'a Path,
    pub(crate) scratch: &'a Path,
    pub(crate) system: &'a BuildSystem,
    pub(crate) environment: &'a [(String, String)],
}

impl Backend<'_> {
    pub(crate) fn call(
        &self,
        provided: &Provided,
        hook: Hook,
        arguments: Value,
    ) -> Result<Answer, BuildError> {
        let control = self.scratch.join(format!("control-{}", hook.function()));
        fs::create_dir_all(&control)?;
        let runner = self.scratch.join("runner.py");
        fs::write_atomic(&runner, RUNNER.as_bytes())?;
        let asked = json!({
            "backend": self.system.backend,
            "path": self.backend_path()?,
            "arguments": arguments,
        });
        fs::write_atomic(&control.join("input.json"), asked.to_string().as_bytes())?;
        let output = control.join("output.json");
        let log = self.scratch.join(format!("{}.log", hook.function()));
        let finished = self
            .process(provided)
            .arg(&runner)
            .arg(hook.function())
            .arg(&control)
            .log(&log)
            .finish()?;
        let answer = fs::read_if_exists(&output)?;
        let Some(answer) = answer.filter(|_| finished.success()) else {
            return Err(BuildError::Hook(Box::new(FailedHook {
                hook,
                project: self.project.to_owned(),
                code: finished.code(),
                output: finished.stdout_text(),
                log,
            })));
        };
        self.understand(&answer)
    }

    fn process(&self, provided: &Provided) -> Run {
        let mut run = Run::new(&provided.python).cwd(self.tree);
        for (name, value) in self.environment {
            run = run.env(name, value);
        }
        for (name, value) in &provided.variables {
            run = run.env(name, value);
        }
        run
    }

    /// The folders of `backend-path`, which must stay inside the tree.
    fn backend_path(&self) -> Result<Vec<PathBuf>, BuildError> {
        let inside = |folder: &String| {
            let path = Path::new(folder);
            let climbs = path.components().any(|part| part == std::path::Component::ParentDir);
            if path.is_absolute() || climbs {
                return Err(BuildError::Contract {
                    project: self.project.to_owned(),
                    reason: format!("its backend-path {folder:?} leaves the source tree"),
                });
            }
            Ok(self.tree.join(path))
        };
        self.system.backend_path.iter().map(inside).collect()
    }

    fn understand(&self, answer: &[u8]) -> Result<Answer, BuildError> {
        let broken =
            |reason: String| BuildError::Contract { project: self.project.to_owned(), reason };
        let mut answer: Value =
            serde_json::from_slice(answer).map_err(|error| broken(error.to_string()))?;
        if let Some(reason) = answer["unavailable"].as_str() {
            return Err(BuildError::BackendUnavailable {
                project: self.project.to_owned(),
                reason: reason.to_owned(),
            });
        }
        if answer["missing"] == true {
            return Ok(Answer::Missing);
        }
        Ok(Answer::Value(answer["value"].take()))
    }
}
