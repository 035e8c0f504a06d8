//! The raw loop: the limit that the disk sets. Directories made, files linked, nothing else.

use std::fs;
use std::path::{Path, PathBuf};

/// Makes every directory of `from` below the new folder `to` and hard-links every file, from a
/// list that was read beforehand into memory as an installer's manifest would be.
pub fn link(from: &Path, to: &Path) -> Result<(), String> {
    let list = fs::read_to_string(list_of(from))
        .map_err(|error| format!("could not read the list of {}: {error}", from.display()))?;
    let failed = |error: std::io::Error| format!("raw loop: {error}");
    fs::create_dir(to).map_err(failed)?;
    for line in list.lines() {
        let (kind, path) = line.split_at(1);
        match kind {
            "d" => fs::create_dir(to.join(path)).map_err(failed)?,
            _ => fs::hard_link(from.join(path), to.join(path)).map_err(failed)?,
        }
    }
    Ok(())
}

/// Writes the list that [`link`] reads, parents first, and returns (files, directories).
pub fn write_list(from: &Path) -> Result<(usize, usize), String> {
    let mut lines = Vec::new();
    walk(from, Path::new(""), &mut lines)?;
    fs::write(list_of(from), lines.join("\n"))
        .map_err(|error| format!("could not write: {error}"))?;
    let directories = lines.iter().filter(|line| line.starts_with('d')).count();
    Ok((lines.len() - directories, directories))
}

fn list_of(from: &Path) -> PathBuf {
    from.with_extension("list")
}

fn walk(root: &Path, below: &Path, lines: &mut Vec<String>) -> Result<(), String> {
    let folder = root.join(below);
    let entries = fs::read_dir(&folder)
        .map_err(|error| format!("could not list {}: {error}", folder.display()))?;
    for entry in entries.flatten() {
        let path = below.join(entry.file_name());
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            lines.push(format!("d{}", path.display()));
            walk(root, &path, lines)?;
        } else {
            lines.push(format!("f{}", path.display()));
        }
    }
    Ok(())
}

/// The number of files below `folder`.
pub fn files(folder: &Path) -> Result<usize, String> {
    let mut lines = Vec::new();
    walk(folder, Path::new(""), &mut lines)?;
    Ok(lines.iter().filter(|line| line.starts_with('f')).count())
}
