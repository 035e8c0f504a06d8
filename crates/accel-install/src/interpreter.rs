//! Interpreters: what pip-accel knows of the Python that it works for.
//!
//! A probe script is run once per base interpreter and its answers are kept (`interpreters-v1/`);
//! from then on a `stat` of the executable and of its C library is all that is asked. A virtual
//! environment is its base's facts with other prefixes, so it never costs a process. Wrapper
//! scripts such as pyenv's shims are asked each time which interpreter they run, since nothing
//! but they can tell.

mod ask;
mod facts;
pub mod kept;
pub(crate) mod pyvenv;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use accel_io::fs;
use accel_io::process::ProcessError;
use accel_types::{MarkerEnvironment, TagFacts, TagList, TagRequest, compatible_tags};

pub use facts::{Facts, Quoting, SchemeTemplate, ScriptTemplate, SiteDirs, VenvTemplate};

use crate::paths::normalise;
use kept::Shelf;
use pyvenv::PyVenv;

/// Why an interpreter's facts could not be had.
#[derive(Debug, thiserror::Error)]
pub enum InterpreterError {
    /// The disk refused something.
    #[error(transparent)]
    Io(#[from] accel_io::IoError),
    /// The interpreter could not be run.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The interpreter ran and failed.
    #[error("could not ask {} about itself: it ended with {code}: {reason}", executable.display())]
    Failed {
        /// The interpreter.
        executable: PathBuf,
        /// Its exit code.
        code: i32,
        /// The last line of what it said.
        reason: String,
    },
    /// The interpreter's answer made no sense.
    #[error("could not read what {} says about itself: {reason}", executable.display())]
    Answer {
        /// The interpreter.
        executable: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// One interpreter in one environment: base facts, and where it stands.
#[derive(Clone, Debug)]
pub struct Interpreter {
    facts: Arc<Facts>,
    executable: PathBuf,
    base_executable: PathBuf,
    prefix: PathBuf,
    exec_prefix: PathBuf,
    /// Present in a virtual environment; whether it includes the base's packages.
    system_site: Option<bool>,
    cache_root: PathBuf,
    markers: MarkerEnvironment,
    tags: OnceLock<TagList>,
}

impl Interpreter {
    /// The interpreter that `executable` (a path) runs. Facts are kept below `cache_root`.
    pub fn query(executable: &Path, cache_root: &Path) -> Result<Self, InterpreterError> {
        let executable = match std::path::absolute(executable) {
            Ok(path) => normalise(&path),
            Err(reason) => {
                return Err(accel_io::IoError::new("resolve", executable, reason).into());
            }
        };
        Self::find(executable, cache_root, 0)
    }

    fn find(
        executable: PathBuf,
        cache_root: &Path,
        depth: usize,
    ) -> Result<Self, InterpreterError> {
        if is_script(&executable)? && depth < 4 {
            let runs = ask::behind_script(&executable)?;
            return Self::find(normalise(&runs), cache_root, depth + 1);
        }
        let Some(settings) = PyVenv::of(&executable)? else {
            return Self::base(executable, cache_root);
        };
        if let Some(base) = settings.base_executable(&executable)
            && depth < 4
            && base != executable
            && let Ok(base) = Self::find(base, cache_root, depth + 1)
            && base.facts.version.0 > 2
            && settings.version().is_none_or(|version| version == base.python_version())
        {
            let mut base_executable = base.base_executable.clone();
            if base.version() >= (3, 11, 0) {
                // getpath.py resolves links first and turns to `home` for copies only.
                let real = fs::canonicalize(&executable)?;
                base_executable = if real == executable { base_executable } else { real };
            }
            return Ok(Self {
                executable,
                base_executable,
                prefix: settings.root.clone(),
                exec_prefix: settings.root.clone(),
                system_site: Some(settings.system_site()),
                ..base
            });
        }
        // An environment that is not understood is asked each time: its facts would be kept
        // under an executable that is not its own.
        let answer = ask::ask(&executable, cache_root)?;
        Ok(Self::standing(answer.facts, Some(settings.system_site()), cache_root))
    }

    fn base(executable: PathBuf, cache_root: &Path) -> Result<Self, InterpreterError> {
        let (asked, shelf) = shelf(&executable, cache_root)?;
        let facts = match shelf.facts() {
            Some(facts) => facts,
            None => ask_and_keep(&asked, &shelf, cache_root)?.facts,
        };
        let mut interpreter = Self::standing(facts, None, cache_root);
        if asked != executable {
            interpreter.base_executable.clone_from(&executable);
            interpreter.executable = executable;
        }
        Ok(interpreter)
    }

    fn standing(facts: Facts, system_site: Option<bool>, cache_root: &Path) -> Self {
        let in_venv = facts.prefix != facts.base_prefix;
        Self {
            executable: facts.executable.clone(),
            base_executable: facts.base_executable.clone(),
            prefix: facts.prefix.clone(),
            exec_prefix: facts.exec_prefix.clone(),
            system_site: if in_venv { system_site.or(Some(false)) } else { None },
            cache_root: cache_root.to_owned(),
            markers: with_running_kernel(&facts.markers),
            tags: OnceLock::new(),
            facts: Arc::new(facts),
        }
    }

    /// The same base in a virtual environment that has just been made at `root`.
    pub(crate) fn in_new_venv(&self, root: &Path, executable: &Path, system_site: bool) -> Self {
        Self {
            executable: executable.to_owned(),
            prefix: root.to_owned(),
            exec_prefix: root.to_owned(),
            system_site: Some(system_site),
            ..self.clone()
        }
    }

    /// What the base interpreter said.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// `sys.executable`.
    pub fn executable(&self) -> &Path {
        &self.executable
    }

    /// The executable of the base, outside of any virtual environment.
    pub fn base_executable(&self) -> &Path {
        &self.base_executable
    }

    /// `sys.prefix`.
    pub fn prefix(&self) -> &Path {
        &self.prefix
    }

    /// `sys.exec_prefix`.
    pub fn exec_prefix(&self) -> &Path {
        &self.exec_prefix
    }

    /// `sys.base_prefix`.
    pub fn base_prefix(&self) -> &Path {
        &self.facts.base_prefix
    }

    /// Whether it runs in a virtual environment, as pip's `running_under_virtualenv` tells.
    pub fn in_venv(&self) -> bool {
        self.system_site.is_some()
    }

    /// Whether it runs in a virtual environment that does not see the base's packages.
    pub fn is_isolated_venv(&self) -> bool {
        self.system_site == Some(false)
    }

    /// Major, minor and micro version.
    pub fn version(&self) -> (u32, u32, u32) {
        self.facts.version
    }

    /// Major and minor version as one text, such as `3.13`.
    pub fn python_version(&self) -> String {
        format!("{}.{}", self.facts.version.0, self.facts.version.1)
    }

    /// `sys.implementation.name`, such as `cpython`.
    pub fn implementation(&self) -> &str {
        &self.facts.tags.implementation
    }

    /// The marker environment (PEP 508); the kernel's release and version are those of now.
    pub fn markers(&self) -> &MarkerEnvironment {
        &self.markers
    }

    /// The wheel tags that it accepts, best first.
    pub fn tags(&self) -> &TagList {
        self.tags.get_or_init(|| compatible_tags(self.tag_facts(), &TagRequest::default()))
    }

    /// The wheel tags for another target: pip's `--platform`, `--python-version`, `--abi`, …
    pub fn tags_for(&self, request: &TagRequest) -> TagList {
        compatible_tags(self.tag_facts(), request)
    }

    /// What the tags are computed from.
    pub fn tag_facts(&self) -> &TagFacts {
        &self.facts.tags
    }

    /// Names the bytecode that it loads: cache tag (or version on Python 2) and magic number.
    pub fn bytecode_key(&self) -> String {
        let tag = self.facts.cache_tag.clone().unwrap_or_else(|| {
            format!("{}-{}{}", self.implementation(), self.facts.version.0, self.facts.version.1)
        });
        format!("{tag}-{}", self.facts.magic)
    }

    /// What its `venv` module makes; `None` if it has no such module.
    pub fn venv_template(&self) -> Result<Option<VenvTemplate>, InterpreterError> {
        let (asked, kept) = shelf(&self.base_executable, &self.cache_root)?;
        match kept.venv() {
            Some(module) => Ok(module.template),
            None => Ok(ask_and_keep(&asked, &kept, &self.cache_root)?.venv),
        }
    }
}

/// Under which path a base interpreter is asked, and where its answers are kept.
///
/// Another name in the same folder gets the same answers, but for the name itself.
fn shelf(executable: &Path, cache_root: &Path) -> Result<(PathBuf, Shelf), accel_io::IoError> {
    let real = fs::canonicalize(executable)?;
    let asked = if executable.parent() == real.parent() { &real } else { executable };
    Ok((asked.to_owned(), Shelf::new(cache_root, asked, &real)))
}

fn ask_and_keep(
    asked: &Path,
    shelf: &Shelf,
    cache_root: &Path,
) -> Result<facts::Answer, InterpreterError> {
    let answer = ask::ask(asked, cache_root)?;
    // An executable that is really another one (a launcher) vouches for nothing.
    if answer.facts.executable == asked {
        shelf.keep(&answer);
    }
    Ok(answer)
}

/// Whether a file is a script: only real executables are witnesses of what they run.
fn is_script(path: &Path) -> Result<bool, accel_io::IoError> {
    use std::io::Read;

    let mut start = [0; 2];
    match fs::open(path)?.read_exact(&mut start) {
        Ok(()) => Ok(&start == b"#!"),
        Err(_) => Ok(true),
    }
}

/// Kept facts outlive a reboot into another kernel.
fn with_running_kernel(kept: &MarkerEnvironment) -> MarkerEnvironment {
    let mut markers = kept.clone();
    if markers.platform_system == "Linux" {
        let read = |name: &str| {
            let text = fs::read_to_string(format!("/proc/sys/kernel/{name}")).ok()?;
            Some(text.trim_end_matches('\n').to_owned())
        };
        if let (Some(release), Some(version)) = (read("osrelease"), read("version")) {
            markers.platform_release = release;
            markers.platform_version = version;
        }
    }
    markers
}
