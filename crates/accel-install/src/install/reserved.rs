//! What a wheel may not put its own files over: the environment's interpreter, its `pyvenv.cfg`,
//! and the programs of its pip.
//!
//! pip lets any wheel replace them, which hands every later run of `python` or `pip` to that wheel.

use std::path::Path;

use super::Layout;

/// Why `path`, where something stands already, is not replaced by a file of `project`; `None` if it
/// may be.
pub(super) fn refusal(path: &Path, project: &str, layout: &Layout) -> Option<String> {
    let scheme = &layout.scheme;
    let (folder, name) = (path.parent()?, path.file_name()?.to_str()?);
    let whose = if folder == scheme.scripts && is_program(name, "python") {
        "the environment's interpreter"
    } else if folder == scheme.data && name == "pyvenv.cfg" {
        "the environment's own configuration"
    } else if folder == scheme.scripts && is_program(name, "pip") && project != "pip" {
        "the environment's pip"
    } else {
        return None;
    };
    Some(format!("It would replace {whose}, {}, with a file of its own.", path.display()))
}

/// `python`, `python3`, `python3.13`, `python3.13t`, `pythonw` for the stem `python`.
fn is_program(name: &str, stem: &str) -> bool {
    let Some(version) = name.strip_prefix(stem) else { return false };
    let version = version.strip_suffix(['t', 'w']).unwrap_or(version);
    version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
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
        assert!(is_program("pip3.13", "pip"));
        assert!(!is_program("pipx", "pip"));
    }
}
