//! Virtual environments made without Python, equal to what the interpreter's own `venv` makes.
//!
//! Layout, links, scripts with their quoting, and the lines of `pyvenv.cfg` differ between
//! versions and distributors, so none of that is written here: the probe has the `venv` module
//! make one environment and the facts describe it ([`VenvTemplate`]).

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use accel_io::fs;
use accel_io::process::{ProcessError, Run};

use accel_types::python_text::shell_word;

use crate::interpreter::{Interpreter, InterpreterError, Quoting, VenvTemplate};
use crate::paths::normalise;

/// The name that stands for the executable's own in a template.
const EXECUTABLE: &str = "accel-exe";

/// Why an environment could not be made.
#[derive(Debug, thiserror::Error)]
pub enum VenvError {
    /// Python 2, or a distributor that left the module out.
    #[error(
        "could not create a virtual environment with {} (Python {version}): it has no venv module",
        executable.display()
    )]
    NoModule {
        /// The interpreter.
        executable: PathBuf,
        /// Its version.
        version: String,
    },
    /// Something else is where a directory should be; Python's words.
    #[error("Unable to create directory '{}'", .0.display())]
    InTheWay(PathBuf),
    /// The environment could never be on PATH; Python's words.
    #[error(
        "Refusing to create a venv in {} because it contains the PATH separator :.",
        .0.display()
    )]
    PathSeparator(PathBuf),
    /// The interpreter's own module was needed and failed.
    #[error("could not create a virtual environment in {}: {reason}", path.display())]
    Module {
        /// Where.
        path: PathBuf,
        /// What it said last.
        reason: String,
    },
    /// The disk refused something.
    #[error(transparent)]
    Io(#[from] accel_io::IoError),
    /// The interpreter's own module was needed and could not be run.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The interpreter could not be asked.
    #[error(transparent)]
    Interpreter(#[from] InterpreterError),
}

/// What `python -m venv` can be asked for.
#[derive(Clone, Debug, Default)]
pub struct VenvOptions {
    /// The environment's folder; made absolute against `working_directory`.
    pub path: PathBuf,
    /// Where relative paths start; also names the prompt `.`.
    pub working_directory: PathBuf,
    /// `--system-site-packages`.
    pub system_site_packages: bool,
    /// `--clear`: empty the folder first.
    pub clear: bool,
    /// `--copies`: copy the executable instead of linking it.
    pub copies: bool,
    /// `--prompt`.
    pub prompt: Option<String>,
    /// Whether pip will be installed afterwards; only `pyvenv.cfg` says so.
    pub with_pip: bool,
    /// `--without-scm-ignore-files`.
    pub without_scm_ignore_files: bool,
}

/// A finished environment, still without pip.
#[derive(Clone, Debug)]
pub struct CreatedVenv {
    /// Its interpreter; no process was needed to know it.
    pub interpreter: Interpreter,
    /// The wheels that `ensurepip` would install now (pip, and setuptools before 3.12).
    pub seeds: Vec<PathBuf>,
}

/// Makes a virtual environment over the base of `interpreter`.
///
/// From within a virtual environment that is still the outermost base, on every version; Python
/// before 3.11 would chain to the environment instead.
pub fn create_venv(
    interpreter: &Interpreter,
    options: &VenvOptions,
) -> Result<CreatedVenv, VenvError> {
    let template = interpreter.venv_template()?.ok_or_else(|| VenvError::NoModule {
        executable: interpreter.executable().to_owned(),
        version: interpreter.python_version(),
    })?;
    let root = normalise(&options.working_directory.join(&options.path));
    if root.as_os_str().as_encoded_bytes().contains(&b':') && interpreter.version() >= (3, 11, 0) {
        return Err(VenvError::PathSeparator(root));
    }
    let name = interpreter.base_executable().file_name().unwrap_or_default();
    let plan = Plan {
        bin: root.join(&template.bin),
        executable: root.join(&template.bin).join(name),
        root,
        interpreter,
        template: &template,
        options,
    };
    if plan.needs_module() {
        plan.run_module()?;
    } else {
        plan.make()?;
    }
    let executable = plan.bin.join("python");
    let interpreter =
        interpreter.in_new_venv(&plan.root, &executable, options.system_site_packages);
    Ok(CreatedVenv { interpreter, seeds: template.seeds })
}

struct Plan<'a> {
    root: PathBuf,
    bin: PathBuf,
    executable: PathBuf,
    interpreter: &'a Interpreter,
    template: &'a VenvTemplate,
    options: &'a VenvOptions,
}

impl Plan<'_> {
    /// Where the template does not tell enough: unknown quoting, or PyPy's copied libraries.
    fn needs_module(&self) -> bool {
        self.template.scripts.iter().any(|script| script.quoting.is_none())
            || (self.options.copies && self.interpreter.implementation() != "cpython")
    }

    fn run_module(&self) -> Result<(), VenvError> {
        let options = self.options;
        let flags = [
            (options.copies, "--copies"),
            (options.system_site_packages, "--system-site-packages"),
            (options.clear, "--clear"),
        ];
        let mut run = Run::new(self.interpreter.base_executable())
            .args(["-m", "venv", "--without-pip"])
            .args(flags.iter().filter(|(wanted, _)| *wanted).map(|(_, flag)| *flag));
        if let Some(prompt) = &options.prompt {
            run = run.arg("--prompt").arg(prompt);
        }
        let finished = run.arg(&self.root).cwd(&options.working_directory).finish()?;
        if finished.success() {
            return Ok(());
        }
        let said = finished.stderr_text();
        let last = said.lines().map(str::trim).rfind(|line| !line.is_empty());
        let reason = last.unwrap_or("its venv module failed").to_owned();
        Err(VenvError::Module { path: self.root.clone(), reason })
    }

    /// The steps of `EnvBuilder.create`, in its order.
    fn make(&self) -> Result<(), VenvError> {
        if self.options.clear && fs::is_dir(&self.root) {
            for entry in fs::read_dir(&self.root)? {
                fs::remove_tree(self.root.join(entry.name))?;
            }
        }
        directory(&self.root)?;
        for path in &self.template.directories {
            directory(&self.root.join(path))?;
        }
        if !self.options.without_scm_ignore_files {
            for (path, text) in &self.template.files {
                fs::write(self.root.join(path), text)?;
            }
        }
        fs::write(self.root.join("pyvenv.cfg"), self.settings())?;
        self.executables()?;
        for script in &self.template.scripts {
            let path = self.bin.join(&script.path);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            let quoting = script.quoting.unwrap_or(Quoting::None);
            fs::write(&path, self.fill(&script.text, quoting))?;
            fs::set_mode(&path, script.mode)?;
        }
        Ok(())
    }

    /// The executable and its other names.
    fn executables(&self) -> Result<(), VenvError> {
        self.executable(self.interpreter.base_executable(), &self.executable, None)?;
        for (path, target) in &self.template.links {
            let path = self.root.join(path);
            if fs::exists(&path) {
                continue;
            }
            if target == EXECUTABLE {
                self.executable(&self.executable, &path, self.executable.file_name())?;
            } else {
                fs::symlink(target, &path)?;
            }
        }
        Ok(())
    }

    fn executable(
        &self,
        source: &Path,
        path: &Path,
        text: Option<&std::ffi::OsStr>,
    ) -> Result<(), VenvError> {
        let text = text.map_or(source, Path::new);
        let there = fs::symlink_metadata_if_exists(path)?;
        if !self.options.copies && there.as_ref().is_none_or(std::fs::Metadata::is_symlink) {
            // A link that is there already is left alone, as venv leaves it.
            if there.is_none() {
                fs::symlink(text, path)?;
            }
            return Ok(());
        }
        fs::copy(source, path)?;
        fs::set_mode(path, 0o755)?;
        Ok(())
    }

    fn prompt(&self) -> Option<String> {
        let prompt = self.options.prompt.clone()?;
        let here = prompt == "." && self.interpreter.version() >= (3, 9, 0);
        Some(if here { file_name(&self.options.working_directory) } else { prompt })
    }

    /// The text of `pyvenv.cfg`.
    fn settings(&self) -> String {
        let (major, minor, micro) = self.interpreter.version();
        let mut text = String::new();
        for key in &self.template.settings {
            let value = match key.as_str() {
                "home" => self
                    .interpreter
                    .base_executable()
                    .parent()
                    .unwrap_or(Path::new("/"))
                    .to_string_lossy()
                    .into_owned(),
                "include-system-site-packages" => self.options.system_site_packages.to_string(),
                "version" => format!("{major}.{minor}.{micro}"),
                "prompt" => match self.prompt() {
                    Some(prompt) => accel_types::python_repr(&prompt),
                    None => continue,
                },
                "executable" => {
                    fs::real_path(self.interpreter.executable()).to_string_lossy().into_owned()
                }
                "command" => self.command(),
                _ => continue,
            };
            let _ = writeln!(text, "{key} = {value}");
        }
        text
    }

    fn command(&self) -> String {
        let options = self.options;
        let knows_scm = !self.template.files.is_empty();
        let flags = [
            (options.copies, "--copies"),
            (!options.with_pip, "--without-pip"),
            (options.system_site_packages, "--system-site-packages"),
            (options.clear, "--clear"),
        ];
        let mut words = vec![format!("{} -m venv", self.interpreter.executable().display())];
        words.extend(flags.iter().filter(|(set, _)| *set).map(|(_, flag)| (*flag).to_owned()));
        words.extend(options.prompt.iter().map(|prompt| format!("--prompt=\"{prompt}\"")));
        if knows_scm && options.without_scm_ignore_files {
            words.push("--without-scm-ignore-files".to_owned());
        }
        words.push(self.root.display().to_string());
        words.join(" ")
    }

    /// A script with its variables replaced, none of them within what replaced another one: a name may
    /// look like a variable.
    fn fill(&self, text: &str, quoting: Quoting) -> String {
        let name = file_name(&self.root);
        let prompt = self.prompt().unwrap_or_else(|| name.clone());
        let values = [
            ("__VENV_DIR__", self.root.to_string_lossy().into_owned()),
            ("__VENV_NAME__", name),
            ("__VENV_PROMPT__", self.template.prompt.replace("{prompt}", &prompt)),
            ("__VENV_BIN_NAME__", self.template.bin.clone()),
            ("__VENV_PYTHON__", self.executable.to_string_lossy().into_owned()),
        ];
        let (mut filled, mut rest) = (String::new(), text);
        let next = |rest: &str| {
            let found = values.iter().filter_map(|pair| Some((rest.find(pair.0)?, pair)));
            found.min_by_key(|(at, _)| *at)
        };
        while let Some((at, (variable, value))) = next(rest) {
            filled.push_str(&rest[..at]);
            filled.push_str(&quoted(value, quoting));
            rest = &rest[at + variable.len()..];
        }
        filled + rest
    }
}

/// `create_if_needed`: a directory that is there is fine, a link to one is not.
fn directory(path: &Path) -> Result<(), VenvError> {
    if !fs::exists(path) {
        return Ok(fs::create_dir_all(path)?);
    }
    let metadata = fs::symlink_metadata(path)?;
    if metadata.is_dir() { Ok(()) } else { Err(VenvError::InTheWay(path.to_owned())) }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn quoted(value: &str, quoting: Quoting) -> String {
    match quoting {
        // Older modules put it between double quotes as it is, where a shell would take this for a
        // command or for their end (CVE-2024-9287): it leaves them for a word of its own.
        Quoting::None if value.contains(['"', '$', '`', '\\']) => {
            format!("\"{}\"", shell_word(value))
        }
        Quoting::None => value.to_owned(),
        Quoting::PowerShell => format!("'{}'", value.replace('\'', "''")),
        Quoting::Shell => shell_word(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_as_each_version_does() {
        assert_eq!(quoted("it's", Quoting::None), "it's");
        assert_eq!(quoted("a$(b)", Quoting::None), "\"'a$(b)'\"");
        assert_eq!(quoted("it's", Quoting::Shell), "'it'\"'\"'s'");
        assert_eq!(quoted("/plain/path", Quoting::Shell), "/plain/path");
        assert_eq!(quoted("", Quoting::Shell), "''");
        assert_eq!(quoted("it's", Quoting::PowerShell), "'it''s'");
    }
}
