//! The target: which environment to work for, and where things go in it.

mod search_path;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use accel_io::fs;
use accel_io::process::find_program;

use crate::interpreter::{Interpreter, InterpreterError, SchemeTemplate};
use crate::paths::normalise;
use crate::scheme::Scheme;

pub(crate) use search_path::SearchPath;

/// Why no target was found, or why it has no place for what was asked.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// `--python` names nothing that runs; pip's words.
    #[error("Could not locate Python interpreter {0}")]
    NotLocated(String),
    /// Nothing at all was found.
    #[error(
        "could not find a Python interpreter: there is none beside this program, in \
         $VIRTUAL_ENV or $CONDA_PREFIX, and neither python3 nor python on PATH"
    )]
    NoPython,
    /// The interpreter has no user scheme.
    #[error("could not use the user scheme of {}: it has none", .0.display())]
    NoUserScheme(PathBuf),
    /// The interpreter could not be asked.
    #[error(transparent)]
    Interpreter(#[from] InterpreterError),
}

/// Where to look, as the edge of the program has read it from arguments and environment.
#[derive(Clone, Debug, Default)]
pub struct TargetRequest {
    /// `--python`: a path, a command, or the folder of a virtual environment.
    pub python: Option<String>,
    /// The folder of our own executable, which may be an environment's `bin`.
    pub beside: Option<PathBuf>,
    /// `$VIRTUAL_ENV`.
    pub virtual_env: Option<PathBuf>,
    /// `$CONDA_PREFIX`.
    pub conda_prefix: Option<PathBuf>,
    /// `$PATH`.
    pub path: OsString,
    /// What the user's own environment says.
    pub user: UserSettings,
    /// The root of the cache; facts of interpreters are kept below it.
    pub cache_root: PathBuf,
}

/// The part of the user's environment that decides what `sys.path` is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserSettings {
    /// `$HOME`.
    pub home: Option<PathBuf>,
    /// `$PYTHONUSERBASE`, if set and not empty.
    pub user_base: Option<PathBuf>,
    /// Whether `$PYTHONNOUSERSITE` is set and not empty.
    pub no_user_site: bool,
    /// `$PYTHONPATH`, taken apart.
    pub python_path: Vec<PathBuf>,
}

/// The environment that is worked for.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its interpreter.
    pub interpreter: Interpreter,
    /// What the user's environment adds.
    pub user: UserSettings,
}

/// Which installation scheme is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SchemeChoice {
    /// The environment's own.
    #[default]
    Default,
    /// `--user`.
    User,
    /// `--prefix`.
    Prefix(PathBuf),
    /// A home folder, which pip uses for the staging folder of `--target`.
    Home(PathBuf),
}

/// Finds the target: `--python`, beside us, `$VIRTUAL_ENV`, `$CONDA_PREFIX`, then PATH.
pub fn locate(request: &TargetRequest) -> Result<Target, TargetError> {
    let executable = match &request.python {
        Some(python) => named(python, request)?,
        None => first_found(request).ok_or(TargetError::NoPython)?,
    };
    let interpreter = Interpreter::query(&executable, &request.cache_root)?;
    Ok(Target { interpreter, user: request.user.clone() })
}

fn named(python: &str, request: &TargetRequest) -> Result<PathBuf, TargetError> {
    let path = Path::new(python);
    let found = if fs::is_dir(path) {
        Some(path.join("bin/python")).filter(|path| fs::exists(path))
    } else if fs::exists(path) {
        Some(path.to_owned())
    } else if python.contains('/') {
        None
    } else {
        find_program(python, &request.path)
    };
    found.ok_or_else(|| TargetError::NotLocated(python.to_owned()))
}

fn first_found(request: &TargetRequest) -> Option<PathBuf> {
    let environments = [&request.virtual_env, &request.conda_prefix];
    let folders = request
        .beside
        .clone()
        .into_iter()
        .chain(environments.into_iter().flatten().map(|root| root.join("bin")));
    folders
        .flat_map(|folder| ["python", "python3"].map(|name| folder.join(name)))
        .find(|path| fs::is_file(path))
        .or_else(|| ["python3", "python"].iter().find_map(|name| find_program(name, &request.path)))
}

impl Target {
    /// The folders of a scheme, as pip's `get_scheme` gives them; `headers` without the name of
    /// the distribution. `root` is `--root`.
    pub fn scheme(
        &self,
        choice: &SchemeChoice,
        root: Option<&Path>,
    ) -> Result<Scheme, TargetError> {
        let interpreter = &self.interpreter;
        let schemes = &interpreter.facts().schemes;
        let in_venv = interpreter.in_venv();
        let template = match choice {
            SchemeChoice::Default | SchemeChoice::Prefix(_) if in_venv => &schemes.venv,
            SchemeChoice::Default => &schemes.prefix,
            SchemeChoice::Prefix(_) => &schemes.custom,
            SchemeChoice::Home(_) => &schemes.home,
            SchemeChoice::User => schemes
                .user
                .as_ref()
                .ok_or_else(|| TargetError::NoUserScheme(interpreter.executable().to_owned()))?,
        };
        let everywhere = match choice {
            SchemeChoice::Prefix(path) | SchemeChoice::Home(path) => Some(path.as_path()),
            SchemeChoice::Default | SchemeChoice::User => None,
        };
        let user_base = self.user_base();
        if *choice == SchemeChoice::User && user_base.is_none() {
            return Err(TargetError::NoUserScheme(interpreter.executable().to_owned()));
        }
        let variables = [
            ("{base}", everywhere.unwrap_or(interpreter.prefix())),
            ("{platbase}", everywhere.unwrap_or(interpreter.exec_prefix())),
            ("{installed_base}", everywhere.unwrap_or(interpreter.base_prefix())),
            ("{installed_platbase}", everywhere.unwrap_or(&interpreter.facts().base_exec_prefix)),
            ("{userbase}", everywhere.or(user_base.as_deref()).unwrap_or(Path::new(""))),
        ];
        let mut scheme = expand(template, &variables);
        if in_venv {
            // Where pip has put headers in virtual environments since before sysconfig.
            let python = format!("python{}", interpreter.python_version());
            let base = match choice {
                SchemeChoice::User => user_base.as_deref(),
                _ => everywhere,
            };
            let base = base.unwrap_or(interpreter.prefix());
            scheme.headers = base.join("include/site").join(python);
        }
        Ok(match root {
            Some(root) => scheme_below(root, &scheme),
            None => scheme,
        })
    }

    /// The user's base folder: `$PYTHONUSERBASE`, or the interpreter's idea of one below `$HOME`.
    pub fn user_base(&self) -> Option<PathBuf> {
        if let Some(base) = &self.user.user_base {
            return Some(base.clone());
        }
        let template = self.interpreter.facts().user_base.as_deref()?;
        let home = self.user.home.as_deref()?;
        Some(normalise(Path::new(&fill(template, &[("{home}", home)]))))
    }

    /// The user's site folder (`site.getusersitepackages()`), whether enabled or not.
    pub fn user_site(&self) -> Option<PathBuf> {
        let base = self.user_base()?;
        let template = self.interpreter.facts().user_site.as_deref()?;
        Some(PathBuf::from(fill(template, &[("{userbase}", &base)])))
    }

    /// Whether Python would look into the user's site folder (`site.ENABLE_USER_SITE`).
    pub fn user_site_enabled(&self) -> bool {
        !self.user.no_user_site && !self.interpreter.is_isolated_venv()
    }

    /// `sys.path` as Python would have it, with what `.pth` files add; lines of them that are
    /// code are not run.
    pub fn sys_path(&self) -> Vec<PathBuf> {
        SearchPath::of(self).folders
    }

    /// The `EXTERNALLY-MANAGED` file (PEP 668) that forbids installing here, if there is one.
    pub fn externally_managed(&self) -> Option<PathBuf> {
        if self.interpreter.in_venv() {
            return None;
        }
        let marker = self.interpreter.facts().stdlib.join("EXTERNALLY-MANAGED");
        fs::is_file(&marker).then_some(marker)
    }
}

/// Placeholders filled in.
pub(crate) fn fill(template: &str, variables: &[(&str, &Path)]) -> String {
    variables.iter().fold(template.to_owned(), |text, (name, value)| {
        text.replace(name, &value.to_string_lossy())
    })
}

fn expand(template: &SchemeTemplate, variables: &[(&str, &Path)]) -> Scheme {
    let path = |text: &str| normalise(Path::new(&fill(text, variables)));
    Scheme {
        purelib: path(&template.purelib),
        platlib: path(&template.platlib),
        scripts: path(&template.scripts),
        data: path(&template.data),
        headers: path(&template.include),
    }
}

/// `--root`: every folder moved below another one.
fn scheme_below(root: &Path, scheme: &Scheme) -> Scheme {
    let below = |path: &Path| root.join(path.strip_prefix("/").unwrap_or(path));
    Scheme {
        purelib: below(&scheme.purelib),
        platlib: below(&scheme.platlib),
        scripts: below(&scheme.scripts),
        data: below(&scheme.data),
        headers: below(&scheme.headers),
    }
}
