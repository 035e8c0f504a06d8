//! The folder in which pip itself keeps pages and wheels: what `pip cache` shows of it, and how it
//! empties it.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use accel_io::IoError;
use accel_io::fs::{self, EntryKind};
use accel_types::fnmatch::NamePattern;

use crate::error::EngineError;
use crate::listener::{Level, Listener};
use crate::words::size;

/// pip's folder, and who hears of it.
pub struct PipCache<'a> {
    /// `--cache-dir`, absolute and without symbolic links.
    pub folder: &'a Path,
    /// Who hears what is found and done.
    pub ear: &'a dyn Listener,
}

/// Where pages lie by pips of today and of once.
const PAGES: [&str; 2] = ["http", "http-v2"];

/// Where wheels lie that pip has built.
const WHEELS: &str = "wheels";

impl PipCache<'_> {
    /// `dir`.
    pub fn tell_folder(&self) {
        self.info(&self.folder.display().to_string());
    }

    /// `info`.
    pub fn tell_sizes(&self) {
        let pages: Vec<Folder> = PAGES.iter().flat_map(|name| self.walk(name)).collect();
        let wheels = self.walk(WHEELS);
        let bytes =
            |folders: &[Folder]| folders.iter().flat_map(Folder::paths).map(|p| length(&p)).sum();
        let at = |name: &str| self.folder.join(name).display().to_string();
        self.info(&format!(
            "Package index page cache location (pip v23.3+): {}\n\
             Package index page cache location (older pips): {}\n\
             Package index page cache size: {}\n\
             Number of HTTP files: {}\n\
             Locally built wheels location: {}\n\
             Locally built wheels size: {}\n\
             Number of locally built wheels: {}",
            at("http-v2"),
            at("http"),
            size(bytes(&pages)),
            pages.iter().map(|folder| folder.files.len()).sum::<usize>(),
            at(WHEELS),
            size(bytes(&wheels)),
            self.wheels("*").len(),
        ));
    }

    /// `list`, with sizes.
    pub fn list(&self, pattern: &str) {
        let wheels = self.wheels(pattern);
        if wheels.is_empty() {
            return self.info("No locally built wheels cached.");
        }
        let shown = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            format!(" - {name} ({})", size(length(path)))
        };
        let mut lines: Vec<String> = wheels.iter().map(shown).collect();
        lines.sort();
        self.info("Cache contents:\n");
        self.info(&lines.join("\n"));
    }

    /// `list --format abspath`.
    pub fn list_paths(&self, pattern: &str) {
        let wheels = self.wheels(pattern);
        let mut lines: Vec<String> = wheels.iter().map(|path| path.display().to_string()).collect();
        lines.sort();
        if !lines.is_empty() {
            self.info(&lines.join("\n"));
        }
    }

    /// `remove`; with the pattern `*`, which is `purge`, pages go as well.
    pub fn remove(&self, pattern: &str) -> Result<(), EngineError> {
        self.remove_files(pattern).map_err(|error| EngineError::Crash(error.python_words()))
    }

    fn remove_files(&self, pattern: &str) -> Result<(), IoError> {
        let mut files = self.wheels(pattern);
        let mut none = "WARNING: No matching packages".to_owned();
        if pattern == "*" {
            files.extend(PAGES.iter().flat_map(|name| self.walk(name)).flat_map(|f| f.paths()));
        } else {
            none = format!("{none} for pattern \"{pattern}\"");
        }
        if files.is_empty() {
            self.ear.say(Level::Warning, &none);
        }
        let mut bytes = 0;
        for file in &files {
            bytes += fs::metadata(file)?.len();
            fs::remove_file(file)?;
            self.verbose(&format!("Removed {}", file.display()));
        }
        let is_wheel =
            |name: &String| Path::new(name).extension().is_some_and(|kind| kind == "whl");
        let mut folders = self.folders_without(PAGES[0], |_| true);
        folders.extend(self.folders_without(PAGES[1], |_| true));
        folders.extend(self.folders_without(WHEELS, is_wheel));
        for folder in &folders {
            remove_folder(folder)?;
            self.verbose(&format!("Removed {}", folder.display()));
        }
        let check = self.folder.join("selfcheck.json");
        if fs::is_file(&check) {
            fs::remove_file(&check)?;
            self.verbose("Removed legacy selfcheck.json file");
        }
        self.info(&format!("Files removed: {} ({})", files.len(), size(bytes)));
        self.info(&format!("Directories removed: {}", folders.len()));
        Ok(())
    }

    /// Wheels by a name, by name and version, or by a pattern of either.
    fn wheels(&self, pattern: &str) -> Vec<PathBuf> {
        let more = if pattern.contains('-') { "*.whl" } else { "-*.whl" };
        let pattern = NamePattern::new(&format!("{pattern}{more}"));
        let folders = self.walk(WHEELS).into_iter();
        let fits = |mut folder: Folder| {
            folder.files.retain(|name| pattern.matches(name));
            folder
        };
        folders.map(fits).flat_map(|folder| folder.paths()).collect()
    }

    /// Folders below which no file is that counts, deepest first.
    fn folders_without(&self, name: &str, counts: impl Fn(&String) -> bool) -> Vec<PathBuf> {
        let folders = self.walk(name);
        let counting = |folder: &&Folder| folder.files.iter().any(&counts);
        let needed: Vec<PathBuf> =
            folders.iter().filter(counting).map(|folder| folder.path.clone()).collect();
        let mut empty: Vec<PathBuf> = folders.into_iter().map(|folder| folder.path).collect();
        empty.retain(|path| !needed.iter().any(|needed| needed.starts_with(path)));
        empty.sort_by(|left, right| right.cmp(left));
        empty
    }

    /// All folders from one on, in the order in which Python's `os.walk` comes to them.
    fn walk(&self, name: &str) -> Vec<Folder> {
        let mut found = Vec::new();
        let mut waiting = vec![self.folder.join(name)];
        while let Some(path) = waiting.pop() {
            let Ok(entries) = fs::read_dir_unsorted(&path) else { continue };
            let (mut files, mut below) = (Vec::new(), Vec::new());
            for entry in entries {
                let at = path.join(&entry.name);
                match entry.kind {
                    EntryKind::Directory => below.push(at),
                    // Folders behind links are folders, which are not entered.
                    EntryKind::Symlink if fs::is_dir(&at) => {}
                    _ => files.push(entry.name.to_string_lossy().into_owned()),
                }
            }
            found.push(Folder { path, files });
            waiting.extend(below.into_iter().rev());
        }
        found
    }

    fn info(&self, text: &str) {
        self.ear.say(Level::Info, text);
    }

    fn verbose(&self, text: &str) {
        self.ear.say(Level::Verbose, text);
    }
}

/// A folder and the names of the files in it.
struct Folder {
    path: PathBuf,
    files: Vec<String>,
}

impl Folder {
    fn paths(&self) -> Vec<PathBuf> {
        self.files.iter().map(|name| self.path.join(name)).collect()
    }
}

/// The size of a file; a link has none.
fn length(path: &Path) -> u64 {
    let facts = fs::symlink_metadata(path).ok().filter(|facts| !facts.is_symlink());
    facts.map_or(0, |facts| facts.size())
}

/// Removes a folder with the files in it; one that has gone already is fine.
fn remove_folder(folder: &Path) -> Result<(), IoError> {
    let removed = || {
        for entry in fs::read_dir_unsorted(folder)? {
            fs::remove_file_if_exists(folder.join(&entry.name))?;
        }
        fs::remove_dir(folder)
    };
    match removed() {
        Err(error) if error.is_not_found() => Ok(()),
        other => other,
    }
}
