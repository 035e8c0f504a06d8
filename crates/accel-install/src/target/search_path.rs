//! `sys.path` without Python: what `site` would add, read from the disk each time.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use accel_io::fs::{self, DirEntry};

use super::{Target, fill};
use crate::paths::normalise;

/// The folders of `sys.path`, in order, and what was listed on the way.
pub(crate) struct SearchPath {
    /// The folders; not all need exist.
    pub(crate) folders: Vec<PathBuf>,
    /// Listings of those that were read for their `.pth` files.
    pub(crate) listings: HashMap<PathBuf, Vec<DirEntry>>,
    known: HashSet<PathBuf>,
    skips_hidden: bool,
    easy_install: EasyInstall,
}

/// How setuptools' `easy-install.pth` moves its folders to the front (`sys.__egginsert`).
#[derive(Default)]
struct EasyInstall {
    insert_at: usize,
    length: usize,
}

impl SearchPath {
    pub(crate) fn of(target: &Target) -> Self {
        let interpreter = &target.interpreter;
        let facts = interpreter.facts();
        let mut path = Self {
            folders: Vec::new(),
            listings: HashMap::new(),
            known: HashSet::new(),
            skips_hidden: facts.skips_hidden_pth,
            easy_install: EasyInstall::default(),
        };
        for folder in target.user.python_path.iter().chain(&facts.stdlib_paths) {
            path.add(normalise(folder));
        }
        let user_site = target.user_site().filter(|_| target.user_site_enabled());
        let user_site = user_site.as_deref();
        if interpreter.in_venv() {
            let prefix = [("{base}", interpreter.prefix())];
            let own = if facts.site_dirs.venv.is_empty() {
                &facts.site_dirs.plain
            } else {
                &facts.site_dirs.venv
            };
            for folder in own {
                path.add_site(Path::new(&fill(folder, &prefix)));
            }
            if !interpreter.is_isolated_venv() {
                if let Some(folder) = user_site {
                    path.add_site(folder);
                }
                for folder in &facts.site_dirs.system {
                    path.add_site(Path::new(folder));
                }
            }
        } else {
            if let Some(folder) = user_site {
                path.add_site(folder);
            }
            for folder in &facts.site_dirs.plain {
                path.add_site(Path::new(folder));
            }
        }
        path
    }

    fn add(&mut self, folder: PathBuf) {
        if self.known.insert(folder.clone()) {
            self.folders.push(folder);
        }
    }

    fn add_site(&mut self, folder: &Path) {
        // One that cannot be listed is still on the path, as `site` has it.
        if !fs::is_dir(folder) {
            return;
        }
        let folder = normalise(folder);
        self.add(folder.clone());
        let entries = match self.listings.remove(&folder) {
            Some(entries) => entries,
            None => fs::read_dir_unsorted(&folder).unwrap_or_default(),
        };
        let mut files: Vec<_> = entries
            .iter()
            .map(|entry| &entry.name)
            .filter(|name| {
                let name = name.as_encoded_bytes();
                name.ends_with(b".pth") && !(self.skips_hidden && name.starts_with(b"."))
            })
            .collect();
        files.sort_unstable();
        for name in files {
            self.add_pth(&folder, &folder.join(name));
        }
        self.listings.insert(folder, entries);
    }

    fn add_pth(&mut self, folder: &Path, file: &Path) {
        let Ok(bytes) = fs::read(file) else { return };
        let text = String::from_utf8_lossy(&bytes);
        for line in text.trim_start_matches('\u{feff}').lines() {
            if line.starts_with("import ") || line.starts_with("import\t") {
                self.easy_install_line(line);
            } else if !line.starts_with('#') && !line.trim().is_empty() {
                let added = normalise(&folder.join(line.trim_end()));
                if !self.known.contains(&added) && fs::exists(&added) {
                    self.add(added);
                }
            }
        }
    }

    fn easy_install_line(&mut self, line: &str) {
        if line.starts_with("import sys; sys.__plen = len(sys.path)") {
            self.easy_install.length = self.folders.len();
        } else if line.starts_with("import sys; new=sys.path[sys.__plen:]") {
            let moved = self.folders.split_off(self.easy_install.length.min(self.folders.len()));
            let at = self.easy_install.insert_at.min(self.folders.len());
            self.easy_install.insert_at = at + moved.len();
            self.folders.splice(at..at, moved);
        }
    }
}
