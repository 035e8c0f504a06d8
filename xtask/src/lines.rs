//! The length check: a source file aims at 400 lines and may not pass 800.

use crate::read;
use std::path::{Path, PathBuf};

const AIM: usize = 400;
const STOP: usize = 800;

/// Prints the files over the aim, longest first, and fails where one passes the stop.
pub fn check(root: &Path) -> Result<(), String> {
    let mut files = Vec::new();
    collect(&root.join("crates"), &mut files)?;
    collect(&root.join("xtask"), &mut files)?;
    let mut long = Vec::new();
    for file in files {
        let count = read(&file)?.lines().count();
        if count > AIM {
            long.push((count, file));
        }
    }
    long.sort_by(|left, right| right.cmp(left));
    for (count, file) in &long {
        println!("{count:5} {}", file.strip_prefix(root).unwrap_or(file).display());
    }
    match long.first() {
        Some((count, file)) if *count > STOP => {
            Err(format!("{} has {count} lines; {STOP} is the limit", file.display()))
        }
        _ => Ok(()),
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let entries = std::fs::read_dir(folder)
        .map_err(|error| format!("could not list {}: {error}", folder.display()))?;
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}
