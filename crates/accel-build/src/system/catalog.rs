//! The data files: how logs name what is missing, and which packages have it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use accel_io::fs;
use serde::Deserialize;

use super::host::Family;
use super::log::{self, Clue, Kind};

const OURS: &str = include_str!("../../data/system-packages.toml");

/// A data file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The file or its folder could not be read.
    #[error(transparent)]
    Io(#[from] accel_io::IoError),
    /// It is not what it should be.
    #[error("could not read {}: {reason}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// What a failed build lacks, as its log tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// In words, as the log names it: `sys/acl.h`, `-lxml2`, `swig`.
    pub missing: String,
    /// The packages that bring it, in this family of operating systems.
    pub packages: Vec<String>,
}

/// All that the data files say.
#[derive(Debug)]
pub struct Catalog {
    patterns: Vec<Patterns>,
    probes: Vec<Patterns>,
    known: Vec<Known>,
}

type Patterns = BTreeMap<Kind, Vec<String>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DataFile {
    #[serde(default)]
    patterns: Patterns,
    #[serde(default)]
    probes: Patterns,
    #[serde(default)]
    need: Vec<Known>,
}

/// One `[[need]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
#[derive(Default)]
struct Known {
    header: Vec<String>,
    library: Vec<String>,
    program: Vec<String>,
    pkg_config: Vec<String>,
    says: Vec<String>,
    debian: Vec<String>,
    fedora: Vec<String>,
    alpine: Vec<String>,
    arch: Vec<String>,
    macos: Vec<String>,
}

impl Known {
    fn packages(&self, family: Family) -> &[String] {
        match family {
            Family::Debian => &self.debian,
            Family::Fedora => &self.fedora,
            Family::Alpine => &self.alpine,
            Family::Arch => &self.arch,
            Family::MacOs => &self.macos,
        }
    }

    fn is(&self, clue: &Clue) -> bool {
        let names = match clue.kind {
            Kind::Header => &self.header,
            Kind::Library => &self.library,
            Kind::Program => &self.program,
            Kind::PkgConfig => &self.pkg_config,
        };
        // A path to a program is as good as its name.
        let bare = match clue.kind {
            Kind::Program => clue.name.rsplit('/').next().unwrap_or_default(),
            _ => clue.name.as_str(),
        };
        names.iter().any(|name| match name.strip_suffix('*') {
            Some(start) => bare.starts_with(start),
            None => bare == name,
        })
    }
}

impl Catalog {
    /// What these folders' `*.toml` say, in the order of their names, and then what is known here.
    pub fn read(folders: &[PathBuf]) -> Result<Self, CatalogError> {
        let mut catalog = Self { patterns: Vec::new(), probes: Vec::new(), known: Vec::new() };
        for folder in folders.iter().filter(|folder| fs::is_dir(folder)) {
            for entry in fs::read_dir(folder)? {
                let path = folder.join(&entry.name);
                if path.extension().is_some_and(|extension| extension == "toml") {
                    catalog.add(&fs::read_to_string(&path)?, &path)?;
                }
            }
        }
        catalog.add(OURS, Path::new("data/system-packages.toml"))?;
        Ok(catalog)
    }

    fn add(&mut self, text: &str, path: &Path) -> Result<(), CatalogError> {
        let file: DataFile = toml::from_str(text).map_err(|error| CatalogError::Parse {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        self.patterns.push(file.patterns);
        self.probes.push(file.probes);
        self.known.extend(file.need);
        Ok(())
    }

    /// What the log of a failed build says that it lacks, in the log's order; only what has
    /// packages in this family. No package is named twice.
    pub fn needs(&self, log: &str, family: Family) -> Vec<Need> {
        let mut needs = Vec::new();
        self.add_needs(&mut needs, log, family, &self.patterns, true);
        if needs.is_empty() {
            self.add_needs(&mut needs, log, family, &self.probes, false);
        }
        needs
    }

    fn add_needs(
        &self,
        needs: &mut Vec<Need>,
        log: &str,
        family: Family,
        patterns: &[Patterns],
        sentences: bool,
    ) {
        let mut add = |missing: String, known: &Known| {
            let named =
                |package: &&String| !needs.iter().any(|need| need.packages.contains(package));
            let packages: Vec<String> =
                known.packages(family).iter().filter(named).cloned().collect();
            if !packages.is_empty() {
                needs.push(Need { missing, packages });
            }
        };
        for line in log.lines() {
            for clue in patterns.iter().flat_map(|patterns| log::clues(line, patterns)) {
                if let Some(known) = self.known.iter().find(|known| known.is(&clue)) {
                    add(clue.to_string(), known);
                }
            }
            let says =
                |known: &&Known| known.says.iter().any(|words| line.contains(words.as_str()));
            for known in self.known.iter().filter(|_| sentences).filter(says) {
                let names = [&known.pkg_config, &known.program, &known.library, &known.header];
                let name = names.into_iter().flatten().next();
                add(name.unwrap_or(&known.says[0]).clone(), known);
            }
        }
    }
}
