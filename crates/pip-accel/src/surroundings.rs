//! Everything that is read from the process: arguments, environment, current directory.
//!
//! This is the only module that touches `std::env`; tests make [`Surroundings`] of plain values.
#![allow(clippy::disallowed_methods, reason = "the one place that reads the process")]

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

/// How `python -m pip_accel` ends the name by which it calls the program.
const MODULE_SUFFIX: &str = " -m pip_accel";

/// What surrounds one run of the program.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The arguments after the program name.
    pub arguments: Vec<String>,
    /// The name by which the program was called: the last part of `argv[0]`.
    pub program: String,
    /// The folder of the program file as it was called, symbolic links unresolved.
    pub program_folder: Option<PathBuf>,
    /// The interpreter behind `python -m pip_accel`, which calls this program by such a name.
    pub module_python: Option<PathBuf>,
    /// The current directory.
    pub current_dir: PathBuf,
    /// Environment variables that are valid text, in the process's order.
    pub environment: Vec<(String, String)>,
    /// The process's umask.
    pub umask: u32,
    /// Columns of the terminal for help.
    pub columns: usize,
    /// Whether a person sits at standard input and sees standard output.
    pub interactive: bool,
}

impl Surroundings {
    /// Those of this process.
    pub fn of_process() -> Self {
        let text = |value: OsString| value.to_string_lossy().into_owned();
        let mut arguments = std::env::args_os();
        let called = arguments.next().unwrap_or_default();
        let module_python = called.to_str().and_then(|called| called.strip_suffix(MODULE_SUFFIX));
        let module_python = module_python.map(PathBuf::from);
        let program = match (&module_python, Path::new(&called).file_name()) {
            (Some(_), _) => text(called.clone()),
            (None, Some(name)) => name.to_string_lossy().into_owned(),
            (None, None) => "pip-accel".to_owned(),
        };
        let mut surroundings = Self {
            arguments: arguments.map(text).collect(),
            program,
            program_folder: None,
            module_python,
            current_dir: std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/")),
            environment: std::env::vars_os()
                .map(|(name, value)| (text(name), text(value)))
                .collect(),
            umask: accel_io::process::umask(),
            columns: 80,
            interactive: std::io::stdin().is_terminal() && std::io::stdout().is_terminal(),
        };
        surroundings.program_folder = match &surroundings.module_python {
            None => surroundings.folder_of(Path::new(&called)),
            Some(_) => std::env::current_exe()
                .ok()
                .and_then(|program| program.parent().map(Path::to_path_buf)),
        };
        let columns = surroundings.variable("COLUMNS").and_then(|c| c.parse().ok());
        surroundings.columns = columns.filter(|columns| *columns > 0).unwrap_or(80);
        surroundings
    }

    /// The value of a variable, empty ones included.
    pub fn variable(&self, name: &str) -> Option<String> {
        self.environment.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    /// The value of a variable, unless it is empty.
    pub fn filled(&self, name: &str) -> Option<String> {
        self.variable(name).filter(|value| !value.is_empty())
    }

    /// All variables.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.environment.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The folders of `PATH`.
    pub fn search_path(&self) -> Vec<PathBuf> {
        self.variable("PATH")
            .map(|path| {
                std::env::split_paths(&path).filter(|f| !f.as_os_str().is_empty()).collect()
            })
            .unwrap_or_default()
    }

    /// The home directory: `$HOME`, else nothing.
    pub fn home(&self) -> Option<PathBuf> {
        self.filled("HOME").map(PathBuf::from)
    }

    /// The name of a temporary folder that only this process uses; it is not made.
    pub fn temporary_folder(&self) -> PathBuf {
        let base = self.filled("TMPDIR").map_or_else(|| PathBuf::from("/tmp"), PathBuf::from);
        base.join(format!("pip-accel-{}", std::process::id()))
    }

    /// `os.path.expanduser`, for `~` alone or before a slash; `~name` stays as it is.
    pub fn expand_user(&self, path: &str) -> String {
        let Some(rest) = path.strip_prefix('~') else { return path.to_owned() };
        if !rest.is_empty() && !rest.starts_with('/') {
            return path.to_owned();
        }
        match self.variable("HOME") {
            Some(home) => {
                let expanded = format!("{}{rest}", home.trim_end_matches('/'));
                if expanded.is_empty() { "/".to_owned() } else { expanded }
            }
            None => path.to_owned(),
        }
    }

    /// The current directory as text.
    pub fn current_dir_text(&self) -> String {
        self.current_dir.to_string_lossy().into_owned()
    }

    /// The folder in which a program was found.
    fn folder_of(&self, called: &Path) -> Option<PathBuf> {
        let parent = called.parent()?;
        if !parent.as_os_str().is_empty() {
            return Some(self.current_dir.join(parent));
        }
        self.search_path().into_iter().find(|folder| folder.join(called).is_file())
    }
}

impl Surroundings {
    /// The folder of the environment that is the target if no `--python` says otherwise, where its
    /// own `pip.conf` may lie: around this program, the active one, or around `python3` on `PATH`.
    pub fn default_prefix(&self) -> Option<PathBuf> {
        if let Some(python) = &self.module_python {
            return Some(prefix_of(python));
        }
        let beside = self.program_folder.iter().map(|folder| folder.join("python"));
        if let Some(python) = beside.into_iter().find(|python| accel_io::fs::exists(python)) {
            return Some(prefix_of(&python));
        }
        if let Some(active) = self.filled("VIRTUAL_ENV").or_else(|| self.filled("CONDA_PREFIX")) {
            return Some(PathBuf::from(active));
        }
        let folders = self.search_path();
        ["python3", "python"]
            .iter()
            .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
            .find(|python| accel_io::fs::is_file(python))
            .map(|python| prefix_of(&python))
    }
}

impl Surroundings {
    /// The interpreter that the program's own name asks for: `pip3.11` is for `python3.11`, and
    /// `PYTHON -m pip_accel` for `PYTHON`.
    pub fn python_by_name(&self) -> Option<PathBuf> {
        if self.module_python.is_some() {
            return self.module_python.clone();
        }
        let version = self.program.strip_prefix("pip")?;
        let (major, minor) = version.split_once('.')?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(major) || !digits(minor) {
            return None;
        }
        let active = self.filled("VIRTUAL_ENV").or_else(|| self.filled("CONDA_PREFIX"));
        let active = active.map(|prefix| PathBuf::from(prefix).join("bin"));
        let folders = self.program_folder.iter().cloned().chain(active).chain(self.search_path());
        let name = format!("python{version}");
        folders.map(|folder| folder.join(&name)).find(|python| accel_io::fs::is_file(python))
    }
}

/// The environment around an interpreter: that of a virtual one, else of the file behind the links.
pub fn prefix_of(python: &Path) -> PathBuf {
    let above = |python: &Path| {
        python.parent().and_then(Path::parent).unwrap_or(Path::new("/")).to_path_buf()
    };
    let prefix = above(python);
    if accel_io::fs::exists(prefix.join("pyvenv.cfg")) {
        return prefix;
    }
    accel_io::fs::canonicalize(python).map_or(prefix, |python| above(&python))
}
