//! What an interpreter says about itself: the data that the probe script prints and that is kept.

use std::path::PathBuf;

use accel_types::{MarkerEnvironment, TagFacts};
use serde::{Deserialize, Serialize};

/// The answers of one interpreter, independent of the user who asked.
///
/// Texts in braces are placeholders: `{base}`, `{platbase}`, `{installed_base}` and
/// `{installed_platbase}` as in `sysconfig`, `{userbase}` and `{home}` for the user's folders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Major, minor and micro version.
    pub version: (u32, u32, u32),
    /// `sys.implementation.cache_tag`, such as `cpython-313`; absent on Python 2.
    pub cache_tag: Option<String>,
    /// The bytecode magic number, in lower case hexadecimal (four bytes).
    pub magic: String,
    /// `sys.executable`.
    pub executable: PathBuf,
    /// `sys._base_executable`, or `sys.executable` where there is no such thing.
    pub base_executable: PathBuf,
    /// `sys.prefix`.
    pub prefix: PathBuf,
    /// `sys.exec_prefix`.
    pub exec_prefix: PathBuf,
    /// `sys.base_prefix`.
    pub base_prefix: PathBuf,
    /// `sys.base_exec_prefix`.
    pub base_exec_prefix: PathBuf,
    /// `sys.path` before `site` adds to it.
    pub stdlib_paths: Vec<PathBuf>,
    /// sysconfig's `stdlib` folder.
    pub stdlib: PathBuf,
    /// The folders that `site` adds.
    pub site_dirs: SiteDirs,
    /// Whether `site` passes over `.pth` files whose name starts with a dot.
    pub skips_hidden_pth: bool,
    /// The user's site folder below `{userbase}`.
    pub user_site: Option<String>,
    /// The user's base folder below `{home}`.
    pub user_base: Option<String>,
    /// Installation schemes.
    pub schemes: SchemeTemplates,
    /// The marker environment (PEP 508).
    pub markers: MarkerEnvironment,
    /// What wheel tags depend on.
    pub tags: TagFacts,
    /// sysconfig's `SOABI`.
    pub soabi: Option<String>,
    /// `sys.abiflags`.
    pub abiflags: String,
    /// Other files (the C library) whose change makes these facts doubtful.
    pub witnesses: Vec<PathBuf>,
}

/// The folders that Python's `site` module adds to `sys.path`, where they exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteDirs {
    /// Outside of a virtual environment.
    pub plain: Vec<String>,
    /// A virtual environment's own.
    pub venv: Vec<String>,
    /// Those of the base, as seen from a virtual environment that includes them.
    pub system: Vec<String>,
}

/// Installation schemes by use, picked as pip's `locations` picks them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemeTemplates {
    /// The default outside of a virtual environment.
    pub prefix: SchemeTemplate,
    /// `--prefix` outside of a virtual environment.
    pub custom: SchemeTemplate,
    /// In a virtual environment.
    pub venv: SchemeTemplate,
    /// `--home`, which `--target` uses.
    pub home: SchemeTemplate,
    /// `--user`; absent where the interpreter has none.
    pub user: Option<SchemeTemplate>,
}

/// One scheme, with placeholders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemeTemplate {
    /// Modules without compiled code.
    pub purelib: String,
    /// Modules with compiled code.
    pub platlib: String,
    /// Programs.
    pub scripts: String,
    /// Data files.
    pub data: String,
    /// C headers, without the distribution's name.
    pub include: String,
}

/// What the interpreter's own `venv` module makes, as data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VenvTemplate {
    /// Directories, parents first, relative to the environment.
    pub directories: Vec<String>,
    /// Symbolic links and their texts; `accel-exe` stands for the executable's own name.
    pub links: Vec<(String, String)>,
    /// Other files and their content.
    pub files: Vec<(String, String)>,
    /// Activation scripts.
    pub scripts: Vec<ScriptTemplate>,
    /// The keys of `pyvenv.cfg`, in order.
    pub settings: Vec<String>,
    /// The folder of programs.
    pub bin: String,
    /// How the prompt is shown: `({prompt}) `, or `{prompt}` where the scripts add the rest.
    pub prompt: String,
    /// The wheels that `ensurepip` would install.
    pub seeds: Vec<PathBuf>,
}

/// An activation script of the `venv` module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptTemplate {
    /// Where it goes below the folder of programs.
    pub path: String,
    /// Its permission bits.
    pub mode: u32,
    /// Its text, with `__VENV_…__` variables.
    pub text: String,
    /// How values are quoted; absent where that could not be learned.
    pub quoting: Option<Quoting>,
}

/// How a `venv` module quotes what it puts into a script (CPython gh-124651).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quoting {
    /// Not at all.
    None,
    /// As Python's `shlex.quote`.
    Shell,
    /// In single quotes, which are doubled inside.
    PowerShell,
}

/// All that one run of the probe script tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answer {
    #[serde(flatten)]
    pub(crate) facts: Facts,
    pub(crate) venv: Option<VenvTemplate>,
}
