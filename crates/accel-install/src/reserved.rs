//! What no wheel may replace or take along when it goes: the environment's interpreter, its
//! `pyvenv.cfg`, its activation scripts, the programs of its pip, and the journal of a change.
//!
//! pip lets any wheel do that, which hands every later run of `python` or `pip` to that wheel.

use std::path::Path;

use accel_types::manifest::is_own_name;

/// Whose file `path` is, if it is one of these and `is_pip` does not say that pip itself asks.
/// `scripts` and `data` are the environment's folders.
pub(crate) fn owner(
    path: &Path,
    is_pip: bool,
    scripts: &Path,
    data: &Path,
) -> Option<&'static str> {
    let (folder, name) = (path.parent()?, path.file_name()?.to_str()?);
    if is_own_name(name) {
        Some("the journal of pip-accel")
    } else if folder == scripts && is_program(name, "python") {
        Some("the environment's interpreter")
    } else if folder == scripts && is_activation(name) {
        Some("the environment's activation")
    } else if folder == data && name == "pyvenv.cfg" {
        Some("the environment's own configuration")
    } else if folder == scripts && is_program(name, "pip") && !is_pip {
        Some("the environment's pip")
    } else {
        None
    }
}

/// `python`, `python3`, `python3.13`, `python3.13t`, `pythonw` for the stem `python`.
fn is_program(name: &str, stem: &str) -> bool {
    let Some(version) = name.strip_prefix(stem) else { return false };
    let version = version.strip_suffix(['t', 'w']).unwrap_or(version);
    version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// What `venv` and `virtualenv` write for the various shells.
fn is_activation(name: &str) -> bool {
    let endings = ["", ".bat", ".csh", ".fish", ".nu", ".ps1", ".xsh", "_this.py"];
    let lower = name.to_ascii_lowercase();
    lower.strip_prefix("activate").is_some_and(|ending| endings.contains(&ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpreters_and_pips_are_known_by_their_names() {
        for name in ["python", "python3", "python3.13", "python3.13t", "pythonw"] {
            assert!(is_program(name, "python"), "{name}");
        }
        for name in ["pythonic", "python-config", "python3-config", "ipython", "python3.py"] {
            assert!(!is_program(name, "python"), "{name}");
        }
        assert!(is_activation("activate") && is_activation("Activate.ps1"));
        assert!(!is_activation("activate-global-python-argcomplete"));
        assert!(is_program("pip3.13", "pip"));
        assert!(!is_program("pipx", "pip"));
    }
}
