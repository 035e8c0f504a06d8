//! Whatever is not native: the environment's own pip, with the same arguments.

use crate::surroundings::Surroundings;
use accel_io::process::Run;
use std::path::{Path, PathBuf};

/// Runs pip in place of this process; returns the exit code only where that failed.
pub fn hand_over(surroundings: &Surroundings, python: Option<&Path>, reason: &str) -> u8 {
    let Some(python) = python.map(Path::to_path_buf).or_else(|| surroundings.default_python())
    else {
        let text = "could not hand over to pip: there is no Python beside this program, in an \
                    active environment, or on PATH";
        anstream::eprintln!("ERROR: {text} ({reason})");
        return 1;
    };
    let error = Run::new(python).args(["-m", "pip"]).args(&surroundings.arguments).replace_us();
    anstream::eprintln!("ERROR: could not hand over to pip ({reason}): {error}");
    1
}

impl Surroundings {
    /// The interpreter of the environment that is the target where no `--python` says otherwise.
    fn default_python(&self) -> Option<PathBuf> {
        let beside = self.program_folder.as_ref().map(|folder| folder.join("python"));
        let active = self.filled("VIRTUAL_ENV").or_else(|| self.filled("CONDA_PREFIX"));
        let active = active.map(|prefix| PathBuf::from(prefix).join("bin/python"));
        let on_path = self.search_path().into_iter();
        let on_path =
            on_path.flat_map(|folder| ["python3", "python"].map(|name| folder.join(name)));
        beside.into_iter().chain(active).chain(on_path).find(|python| accel_io::fs::is_file(python))
    }
}
