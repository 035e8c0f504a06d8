//! pip's warning about programs in folders that are not on `PATH`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The warning for the console scripts of one distribution, or `None` if the shell finds them all.
///
/// `interpreter` is the environment's Python: programs beside it need no warning. `path` is the
/// variable's text. Source: pip's `message_about_scripts_not_on_PATH`.
pub fn scripts_not_on_path(scripts: &[PathBuf], interpreter: &Path, path: &str) -> Option<String> {
    if scripts.is_empty() {
        return None;
    }
    let resolve =
        |folder: &Path| accel_io::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let mut folders: Vec<(PathBuf, BTreeSet<String>)> = Vec::new();
    for script in scripts {
        let folder = resolve(script.parent().unwrap_or(Path::new(".")));
        let name = script.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match folders.iter_mut().find(|(found, _)| *found == folder) {
            Some((_, names)) => {
                names.insert(name);
            }
            None => folders.push((folder, BTreeSet::from([name]))),
        }
    }
    let beside = resolve(interpreter.parent().unwrap_or(Path::new(".")));
    let entries: Vec<&str> = path.split(':').collect();
    folders.retain(|(folder, _)| {
        *folder != beside && !entries.iter().any(|entry| folder.as_os_str() == *entry)
    });
    // Resolving what is on PATH can be slow, so it is done only if something is left.
    if !folders.is_empty() {
        let on_path: Vec<PathBuf> = entries
            .iter()
            .map(|entry| resolve(Path::new(if entry.is_empty() { "." } else { entry })))
            .collect();
        folders.retain(|(folder, _)| !on_path.contains(folder));
    }
    if folders.is_empty() {
        return None;
    }
    let mut lines: Vec<String> = folders
        .iter()
        .map(|(folder, names)| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let start = match names.as_slice() {
                [one] => format!("script {one} is"),
                [first @ .., last] => format!("scripts {} and {last} are", first.join(", ")),
                [] => String::new(),
            };
            format!("The {start} installed in '{}' which is not on PATH.", folder.display())
        })
        .collect();
    let these = if lines.len() == 1 { "this directory" } else { "these directories" };
    lines.push(format!(
        "Consider adding {these} to PATH or, if you prefer to suppress this warning, use \
         --no-warn-script-location."
    ));
    if entries.iter().any(|entry| entry.starts_with('~')) {
        lines.push(
            "NOTE: The current PATH contains path(s) starting with `~`, which may not be expanded \
             by all applications."
                .to_owned(),
        );
    }
    Some(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warning(scripts: &[&str], path: &str) -> Option<String> {
        let scripts: Vec<PathBuf> = scripts.iter().map(PathBuf::from).collect();
        scripts_not_on_path(&scripts, Path::new("/env/bin/python"), path)
    }

    #[test]
    fn found_ones_need_no_warning() {
        assert_eq!(warning(&[], ""), None);
        assert_eq!(warning(&["/env/bin/a"], ""), None);
        assert_eq!(warning(&["/other/bin/a"], "/x:/other/bin"), None);
    }

    #[test]
    fn pips_words() {
        let text = warning(&["/o/a"], "/x").unwrap();
        assert_eq!(
            text,
            "The script a is installed in '/o' which is not on PATH.\nConsider adding this \
             directory to PATH or, if you prefer to suppress this warning, use \
             --no-warn-script-location."
        );
        let text = warning(&["/o/c", "/o/b", "/o/a", "/p/d"], "~/bin").unwrap();
        assert!(text.starts_with("The scripts a, b and c are installed in '/o'"));
        assert!(text.contains("Consider adding these directories to PATH"));
        assert!(text.contains("\nNOTE: The current PATH contains path(s) starting with `~`"));
    }
}
