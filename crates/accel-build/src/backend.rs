//! One hook call: a process of the build environment's interpreter that runs `runner.py`.

use crate::failure::{FailedHook, as_pip_reads};
use crate::{BuildError, BuildSystem, Progress, Provided, Warned, Watcher};
use accel_io::fs;
use accel_io::process::{Run, Waiting};
use serde_json::Value;
use std::path::{Path, PathBuf};

const RUNNER: &str = include_str!("runner.py");

/// How much of a hook's output is kept in memory, in bytes; the log has all of it.
const KEPT_OUTPUT: usize = 4 << 20;

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
    /// Which distributions the build environment has (not a hook of the standard).
    Installed,
}

impl Hook {
    /// The name of the function that `runner.py` has for it.
    fn function(self) -> &'static str {
        match self {
            Self::RequiresForWheel => "get_requires_for_build_wheel",
            Self::RequiresForEditable => "get_requires_for_build_editable",
            Self::MetadataForWheel => "prepare_metadata_for_build_wheel",
            Self::MetadataForEditable => "prepare_metadata_for_build_editable",
            Self::Wheel => "build_wheel",
            Self::Editable => "build_editable",
            Self::Supports => "_supported_features",
            Self::Installed => "installed",
        }
    }

    /// The name under which pip's messages know it.
    pub(crate) fn pip_function(self) -> &'static str {
        match self {
            Self::Supports => "supports_feature",
            other => other.function(),
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
            Self::Installed => "Checking the build environment".to_owned(),
        }
    }
}

/// Where and how hooks of one source tree are called.
pub(crate) struct Backend<'a> {
    pub(crate) project: &'a str,
    pub(crate) tree: &'a Path,
    pub(crate) scratch: &'a Path,
    pub(crate) system: &'a BuildSystem,
    pub(crate) environment: &'a [(String, String)],
    pub(crate) warned: Option<&'a Warned>,
    pub(crate) heard: Option<&'a Warned>,
    pub(crate) watcher: Option<&'a Watcher>,
}

impl Backend<'_> {
    /// The process of a hook, started before its turn; the tree's own code does not run yet.
    pub(crate) fn start(&self, provided: &Provided, hook: Hook) -> Result<Waiting, BuildError> {
        Ok(self.hook(provided, hook)?.arg("wait").start_waiting()?)
    }

    /// What the hook returned, with `arguments` by name; `waiting` is its process, if it was started
    /// before.
    pub(crate) fn call(
        &self,
        provided: &Provided,
        hook: Hook,
        arguments: &Value,
        waiting: Option<Waiting>,
    ) -> Result<Value, BuildError> {
        let control = self.control(hook);
        let runner = self.runner();
        fs::create_dir_all(&control)?;
        fs::write_atomic(control.join("input.json"), arguments.to_string().as_bytes())?;
        let output = control.join("output.json");
        fs::remove_file_if_exists(&output)?;
        let log = self.log(hook);
        let step = hook.step(self.project);
        let mut lines = 0;
        let on_line = |line: &str| {
            lines += 1 + line.matches('\r').count();
            match (self.heard, self.watcher) {
                (Some(heard), _) => heard(line.trim_end()),
                (None, Some(watcher)) => watcher(&step, Progress::Going),
                (None, None) => {}
            }
        };
        let finished = match waiting {
            Some(waiting) => waiting.go_on(on_line)?,
            None => self.hook(provided, hook)?.finish_with(on_line)?,
        };
        if !finished.success() {
            let output = as_pip_reads(&finished.stdout);
            return Err(BuildError::Hook(Box::new(FailedHook {
                hook,
                project: self.project.to_owned(),
                code: finished.code(),
                lines: if finished.shortened { lines } else { output.lines().count() },
                output,
                heard: self.heard.is_some(),
                command: [&provided.python, &runner, Path::new(hook.function()), &control]
                    .map(|part| part.display().to_string())
                    .join(" "),
                folder: self.tree.to_path_buf(),
                log,
            })));
        }
        let answer = fs::read_if_exists(&output)?;
        let answer = answer.ok_or_else(|| {
            self.broken(&format!("the process of {} ended early", hook.function()))
        })?;
        self.understand(hook, &answer)
    }

    /// Where arguments and answer of a hook stand.
    fn control(&self, hook: Hook) -> PathBuf {
        self.scratch.join(format!("control-{}", hook.function()))
    }

    fn runner(&self) -> PathBuf {
        self.scratch.join("runner.py")
    }

    fn log(&self, hook: Hook) -> PathBuf {
        self.scratch.join(format!("{}.log", hook.function()))
    }

    /// The process that calls a hook.
    fn hook(&self, provided: &Provided, hook: Hook) -> Result<Run, BuildError> {
        let runner = self.runner();
        fs::write_atomic(&runner, RUNNER.as_bytes())?;
        let run = self.process(provided)?.arg(&runner).arg(hook.function());
        Ok(run.arg(self.control(hook)).log(self.log(hook)).keep_last(KEPT_OUTPUT))
    }

    fn process(&self, provided: &Provided) -> Result<Run, BuildError> {
        let mut run = Run::new(&provided.python).cwd(self.tree);
        for (name, value) in self.environment.iter().chain(&provided.variables) {
            run = run.env(name, value);
        }
        let path = self.backend_path()?;
        run = run.env("_PYPROJECT_HOOKS_BUILD_BACKEND", &self.system.backend);
        Ok(match path.as_slice() {
            [] => run.env_remove("_PYPROJECT_HOOKS_BACKEND_PATH_JSON"),
            path => run.env("_PYPROJECT_HOOKS_BACKEND_PATH_JSON", Value::from(path).to_string()),
        })
    }

    /// The folders of `backend-path`, which must stay inside the tree.
    fn backend_path(&self) -> Result<Vec<String>, BuildError> {
        let inside = |folder: &String| {
            let mut path = self.tree.to_path_buf();
            for part in Path::new(folder).components() {
                match part {
                    std::path::Component::CurDir => {}
                    std::path::Component::Normal(name) => path.push(name),
                    std::path::Component::ParentDir if path != self.tree => {
                        path.pop();
                    }
                    _ => {
                        let reason = format!("its backend-path {folder:?} leaves the source tree");
                        return Err(self.broken(&reason));
                    }
                }
            }
            Ok(path.to_string_lossy().into_owned())
        };
        self.system.backend_path.iter().map(inside).collect()
    }

    fn understand(&self, hook: Hook, answer: &[u8]) -> Result<Value, BuildError> {
        let mut answer: Value =
            serde_json::from_slice(answer).map_err(|error| self.broken(&error.to_string()))?;
        if let Some(reason) = answer["unavailable"].as_str() {
            return Err(BuildError::BackendUnavailable {
                project: self.project.to_owned(),
                hook,
                backend: self.system.backend.clone(),
                reason: reason.to_owned(),
            });
        }
        if let Some(missing) = answer["missing"].as_str() {
            return Err(self.broken(&format!("it does not have the {missing} hook")));
        }
        if let (Some(warned), Some(warnings)) = (self.warned, answer["warnings"].as_array()) {
            warnings.iter().filter_map(Value::as_str).for_each(|warning| warned(warning));
        }
        Ok(answer["value"].take())
    }

    fn broken(&self, reason: &str) -> BuildError {
        BuildError::Contract { project: self.project.to_owned(), reason: reason.to_owned() }
    }
}

/// A path as the backend gets it: absolute.
pub(crate) fn text(path: &Path) -> Value {
    let path: PathBuf = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    Value::from(path.to_string_lossy().into_owned())
}
