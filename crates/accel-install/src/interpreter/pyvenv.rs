//! `pyvenv.cfg` (PEP 405): where a virtual environment's base is, without asking Python.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use accel_io::{IoError, fs};

use crate::paths::normalise;

/// The settings of a virtual environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PyVenv {
    /// The environment's folder: `sys.prefix`.
    pub(crate) root: PathBuf,
    values: HashMap<String, String>,
}

impl PyVenv {
    /// The settings that apply to an executable: beside it, or one folder up.
    pub(crate) fn of(executable: &Path) -> Result<Option<Self>, IoError> {
        let Some(bin) = executable.parent() else { return Ok(None) };
        let root = bin.parent().unwrap_or(bin);
        for folder in [bin, root] {
            let path = folder.join("pyvenv.cfg");
            if let Some(bytes) = fs::read_if_exists(&path)? {
                // Python would take the environment for its base, and so change that one.
                if bytes.is_empty() {
                    let reason = format!(
                        "it is empty, as a power cut leaves files; `pip-accel venv {}` writes it again",
                        root.display()
                    );
                    return Err(IoError::refused("read", path, reason));
                }
                return Ok(Some(Self { root: root.to_owned(), values: parse(&bytes) }));
            }
        }
        Ok(None)
    }

    /// Whether the base's packages are visible, as `site` reads it.
    pub(crate) fn system_site(&self) -> bool {
        let value = self.values.get("include-system-site-packages");
        // Without the key `site` includes them, with the key it wants exactly "true".
        value.is_none_or(|value| value.eq_ignore_ascii_case("true"))
    }

    /// The base interpreter as Python would name it: in the folder that `home` names.
    ///
    /// `None` where that cannot be told for sure, so that Python must be asked.
    pub(crate) fn base_executable(&self, executable: &Path) -> Option<PathBuf> {
        let home = Path::new(self.values.get("home")?);
        if !home.is_absolute() {
            return None;
        }
        let bin = executable.parent()?;
        let mut path = executable.to_owned();
        for _ in 0..16 {
            let Ok(target) = fs::read_link(&path) else {
                // The environment has a copy.
                let names = [path.file_name()?.to_str()?.to_owned()].into_iter();
                let more = ["python3", "python"].map(str::to_owned);
                return names
                    .chain(self.version().map(|version| format!("python{version}")))
                    .chain(more)
                    .map(|name| home.join(name))
                    .find(|path| fs::is_file(path));
            };
            path = normalise(&bin.join(target));
            if path.parent() != Some(bin) {
                break;
            }
        }
        if path.parent() == Some(home) {
            return Some(path);
        }
        let named = home.join(path.file_name()?);
        let same = fs::canonicalize(&named).ok()? == fs::canonicalize(&path).ok()?;
        same.then_some(named)
    }

    /// Major and minor version as written by `venv` or `virtualenv`, such as `3.11`.
    pub(crate) fn version(&self) -> Option<String> {
        let text = self.values.get("version").or_else(|| self.values.get("version_info"))?;
        let mut parts = text.split('.');
        Some(format!("{}.{}", parts.next()?, parts.next()?))
    }
}

fn parse(bytes: &[u8]) -> HashMap<String, String> {
    String::from_utf8_lossy(bytes)
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.trim().to_lowercase(), value.trim().to_owned()))
        .collect()
}
