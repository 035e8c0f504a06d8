//! Finding out what belongs to an installed distribution.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use accel_io::IoError;
use accel_io::fs::{self, real_path};
use accel_types::entry_points::EntryPoints;
use accel_types::name::PackageName;
use accel_types::record;
use accel_types::version::Version;

use super::UninstallPlan;
use super::pth::PthEdit;
use crate::reserved;

/// The facts of an installed distribution that decide what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// `Name` of its metadata.
    pub name: String,
    /// `Version` of its metadata.
    pub version: String,
    /// The folder that it is imported from: the parent of `info`, symbolic links not resolved.
    pub location: PathBuf,
    /// Its `.dist-info` or `.egg-info` folder or file.
    pub info: Option<PathBuf>,
    /// The folder of `sys.path` where it was found: for a `.egg-link` the folder of that file,
    /// else the same as `location`.
    pub found_in: PathBuf,
}

/// What pip knows of the environment when it uninstalls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surroundings {
    /// `sys.prefix`.
    pub prefix: PathBuf,
    /// Whether it is a virtual environment.
    pub virtual_environment: bool,
    /// Folders of the environment outside of `prefix`, which only an interpreter that is no
    /// virtual environment may have (the user's base, for instance). Nothing outside of these, of
    /// `prefix` and of the distribution's own folder is ever removed.
    pub more_roots: Vec<PathBuf>,
    /// `sysconfig`'s folder of programs.
    pub scripts: PathBuf,
    /// `site.USER_SITE` and the folder of programs that goes with it, if the environment sees it.
    pub user: Option<(PathBuf, PathBuf)>,
    /// `sysconfig`'s `purelib`.
    pub site_packages: PathBuf,
    /// `stdlib` and `platstdlib`: what is found in them is not uninstalled.
    pub standard_library: Vec<PathBuf>,
    /// `sys.implementation.cache_tag`; Python 2 has none.
    pub cache_tag: Option<String>,
}

/// Why a distribution can't be uninstalled. pip shows the parts on lines of their own.
#[derive(Debug, thiserror::Error)]
pub enum UninstallError {
    /// No RECORD: nobody knows its files.
    #[error("{message}\n{context}\n{hint}")]
    MissingRecord {
        /// "Cannot uninstall NAME VERSION".
        message: String,
        /// "The package's contents are unknown: …".
        context: String,
        /// What may help.
        hint: String,
    },
    /// Installed by plain distutils, whose single `.egg-info` file lists nothing.
    #[error("{message}\n{context}")]
    Distutils {
        /// "Cannot uninstall NAME VERSION".
        message: String,
        /// "It is a distutils installed project …".
        context: String,
    },
    /// A `.egg-link` that points elsewhere.
    #[error(
        "Egg-link {} (to {pointer}) does not match installed location of {name} (at {})",
        link.display(), location.display()
    )]
    EggLink {
        /// The `.egg-link`.
        link: PathBuf,
        /// Its first line.
        pointer: String,
        /// The distribution.
        name: String,
        /// Where it was found.
        location: PathBuf,
    },
    /// RECORD or `entry_points.txt` can't be read.
    #[error("could not read {}: {reason}", path.display())]
    Metadata {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The disk said no.
    #[error(transparent)]
    Io(#[from] IoError),
}

impl UninstallError {
    /// pip's reference for its diagnostic errors.
    pub fn reference(&self) -> Option<&'static str> {
        match self {
            Self::MissingRecord { .. } => Some("uninstall-no-record-file"),
            Self::Distutils { .. } => Some("uninstall-distutils-installed-package"),
            Self::EggLink { .. } | Self::Metadata { .. } | Self::Io(_) => None,
        }
    }
}

impl UninstallPlan {
    /// Finds what belongs to a distribution (pip's `UninstallPathSet.from_dist`).
    ///
    /// An empty plan with a note is what pip answers for distributions outside of the environment.
    pub fn new(installed: &Subject, surroundings: &Surroundings) -> Result<Self, UninstallError> {
        let mut search = Search::new(installed, surroundings);
        let plan = &mut search.plan;
        plan.name.clone_from(&installed.name);
        plan.version.clone_from(&installed.version);
        let canonical = PackageName::new(&installed.name);
        let location = real_path(&installed.location);
        let not = format!("Not uninstalling {} at {}", canonical.as_str(), location.display());
        let prefix = real_path(&surroundings.prefix);
        if surroundings.virtual_environment && !real_path(&installed.found_in).starts_with(&prefix)
        {
            let place = surroundings.prefix.display();
            plan.notes.push(format!("{not}, outside environment {place}"));
            return Ok(search.plan);
        }
        if surroundings.standard_library.contains(&location) {
            plan.notes.push(format!("{not}, as it is in the standard library."));
            return Ok(search.plan);
        }
        search.find(&location)?;
        Ok(search.plan)
    }
}

struct Search<'s> {
    installed: &'s Subject,
    surroundings: &'s Surroundings,
    /// Where files may be removed, without symbolic links.
    roots: Vec<PathBuf>,
    /// The folder of programs, likewise.
    scripts: PathBuf,
    normalized: HashMap<PathBuf, PathBuf>,
    plan: UninstallPlan,
}

impl<'s> Search<'s> {
    fn new(installed: &'s Subject, surroundings: &'s Surroundings) -> Self {
        let mut roots = vec![real_path(&surroundings.prefix)];
        if !surroundings.virtual_environment {
            let more =
                surroundings.more_roots.iter().chain([&installed.found_in, &surroundings.scripts]);
            roots.extend(more.map(real_path));
        }
        let scripts = real_path(&surroundings.scripts);
        let (normalized, plan) = (HashMap::new(), UninstallPlan::default());
        Self { installed, surroundings, roots, scripts, normalized, plan }
    }

    fn find(&mut self, location: &Path) -> Result<(), UninstallError> {
        let installed = self.installed;
        let info = installed.info.as_deref().filter(|info| fs::exists(info));
        let suffix = |end: &str| info.is_some_and(|info| info.to_string_lossy().ends_with(end));
        let is_folder = info.is_some_and(fs::is_dir);
        let egg_link = self.egg_link();
        // An editable of old is found by its `NAME.egg-info` beside the sources.
        let beside_sources = format!("{}.egg-info", installed.name.replace('-', "_"));
        if let Some(info) = info
            && suffix(".egg-info")
            && is_folder
            && !suffix(&beside_sources)
        {
            self.add(info);
            self.egg_info_files(info)?;
        } else if info.is_some_and(fs::is_file) {
            return Err(self.distutils());
        } else if installed.location.extension().is_some_and(|extension| extension == "egg") {
            self.add(location);
            if let (Some(folder), Some(name)) = (location.parent(), location.file_name()) {
                let entry = format!("./{}", name.to_string_lossy());
                self.add_pth(&folder.join("easy-install.pth"), entry);
            }
        } else if let Some(info) = info
            && suffix(".dist-info")
            && is_folder
        {
            self.recorded_files(info)?;
        } else if let Some(link) = egg_link {
            self.develop(&link, location)?;
        }
        self.scripts(info)?;
        Ok(())
    }

    /// Files of RECORD, and the bytecode of old beside modules.
    fn recorded_files(&mut self, info: &Path) -> Result<(), UninstallError> {
        let Some(entries) = declared(info)? else { return Err(self.missing_record(info)) };
        for entry in entries {
            let path = self.installed.location.join(entry);
            self.add(&path);
            if let Some(module) = path.to_str().and_then(|path| path.strip_suffix(".py")) {
                self.add(Path::new(&format!("{module}.pyc")));
                self.add(Path::new(&format!("{module}.pyo")));
            }
        }
        Ok(())
    }

    fn egg_info_files(&mut self, info: &Path) -> Result<(), UninstallError> {
        let location = &self.installed.location;
        if let Some(entries) = declared(info)? {
            for entry in entries {
                self.add(&location.join(entry));
            }
        } else if let Some(top) = read_text(&info.join("top_level.txt"))? {
            let namespaces = read_text(&info.join("namespace_packages.txt"))?.unwrap_or_default();
            let is_namespace = |name: &str| namespaces.lines().any(|line| line == name);
            for name in top.lines().filter(|name| !name.is_empty() && !is_namespace(name)) {
                let path = location.join(name);
                self.add(&path);
                for extension in ["py", "pyc", "pyo"] {
                    self.add(Path::new(&format!("{}.{extension}", path.display())));
                }
            }
        }
        Ok(())
    }

    /// What `setup.py develop` left.
    fn develop(&mut self, link: &Path, location: &Path) -> Result<(), UninstallError> {
        let text = fs::read(link)?;
        let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let pointer = String::from_utf8_lossy(first).trim().to_owned();
        if real_path(Path::new(&pointer)) != location {
            return Err(UninstallError::EggLink {
                link: link.to_owned(),
                pointer,
                name: self.installed.name.clone(),
                location: self.installed.location.clone(),
            });
        }
        self.add(link);
        let entry = self.installed.location.display().to_string();
        self.add_pth(&link.with_file_name("easy-install.pth"), entry);
        Ok(())
    }

    /// The distribution's `.egg-link`, where pip looks for one.
    fn egg_link(&self) -> Option<PathBuf> {
        let here = &self.surroundings.site_packages;
        let user = self.surroundings.user.as_ref().map(|(site, _)| site);
        let sites: Vec<&PathBuf> = if self.surroundings.virtual_environment {
            std::iter::once(here).chain(user).collect()
        } else {
            user.into_iter().chain([here]).collect()
        };
        let name = &self.installed.name;
        let names = [format!("{}.egg-link", safe_name(name)), format!("{name}.egg-link")];
        sites
            .iter()
            .flat_map(|site| names.iter().map(|name| site.join(name)))
            .find(|link| fs::is_file(link))
    }

    /// Programs of distutils and of entry points.
    fn scripts(&mut self, info: Option<&Path>) -> Result<(), UninstallError> {
        let Some(info) = info else { return Ok(()) };
        let found_in = real_path(&self.installed.found_in);
        let folder = match &self.surroundings.user {
            Some((site, scripts)) if found_in.starts_with(real_path(site)) => scripts.clone(),
            _ => self.surroundings.scripts.clone(),
        };
        if fs::is_dir(info.join("scripts")) {
            for entry in fs::read_dir(info.join("scripts"))? {
                self.add(&folder.join(&entry.name));
            }
        }
        let path = info.join("entry_points.txt");
        if let Some(text) = read_text(&path)? {
            let points = EntryPoints::parse(&text)
                .map_err(|error| UninstallError::Metadata { path, reason: error.to_string() })?;
            for group in ["console_scripts", "gui_scripts"] {
                for point in points.group(group) {
                    self.add(&folder.join(&point.name));
                }
            }
        }
        Ok(())
    }

    /// Adds a path that exists and may be removed, with the bytecode of a module.
    fn add(&mut self, path: &Path) {
        let Some(name) = path.file_name() else { return };
        let folder = path.parent().unwrap_or(Path::new("/"));
        // Links above are resolved; a link itself is what goes, not its target.
        let path = self.normalize(folder).join(name);
        if !fs::exists(&path) {
            return;
        }
        if self.permitted(&path) {
            self.plan.paths.insert(path.clone());
        } else {
            self.plan.refused.insert(path.clone());
        }
        if path.extension().is_some_and(|extension| extension == "py")
            && let (Some(folder), Some(stem)) = (path.parent(), path.file_stem())
            && let Some(tag) = &self.surroundings.cache_tag
        {
            let name = format!("{}.{tag}.pyc", stem.to_string_lossy());
            self.add(&folder.join("__pycache__").join(name));
        }
    }

    fn add_pth(&mut self, file: &Path, entry: String) {
        let file = real_path(file);
        if !self.permitted(&file) {
            self.plan.refused.insert(file);
            return;
        }
        match self.plan.pth.iter_mut().find(|edit| edit.file == file) {
            Some(edit) => {
                edit.entries.insert(entry);
            }
            None => self.plan.pth.push(PthEdit { file, entries: BTreeSet::from([entry]) }),
        }
    }

    fn permitted(&self, path: &Path) -> bool {
        // A root itself is no file of a distribution.
        if !self.roots.iter().any(|root| path.starts_with(root) && path != root) {
            return false;
        }
        let is_pip = self.installed.name.eq_ignore_ascii_case("pip");
        !self.surroundings.virtual_environment
            || reserved::owner(path, is_pip, &self.scripts, &self.roots[0]).is_none()
    }

    fn normalize(&mut self, folder: &Path) -> PathBuf {
        if let Some(known) = self.normalized.get(folder) {
            return known.clone();
        }
        let normal = real_path(folder);
        self.normalized.insert(folder.to_owned(), normal.clone());
        normal
    }

    fn title(&self) -> String {
        format!("Cannot uninstall {} {}", self.installed.name, self.installed.version)
    }

    fn distutils(&self) -> UninstallError {
        let context = "It is a distutils installed project and thus we cannot accurately determine \
                       which files belong to it which would lead to only a partial uninstall.";
        UninstallError::Distutils { message: self.title(), context: context.to_owned() }
    }

    fn missing_record(&self, info: &Path) -> UninstallError {
        let name = &self.installed.name;
        let installer = read_text(&info.join("INSTALLER")).ok().flatten().unwrap_or_default();
        let installer = installer.lines().map(str::trim).find(|line| !line.is_empty());
        let version = &self.installed.version;
        let version = version.parse::<Version>().map_or(version.clone(), |it| it.to_string());
        let hint = match installer {
            None | Some("pip") => format!(
                "You might be able to recover from this via: pip install --ignore-installed \
                 --no-deps {name}=={version}"
            ),
            Some(installer) => format!(
                "The package was installed by {installer}. You should check if it can uninstall \
                 the package."
            ),
        };
        let context =
            format!("The package's contents are unknown: no RECORD file was found for {name}.");
        UninstallError::MissingRecord { message: self.title(), context, hint }
    }
}

/// `pkg_resources.safe_name`.
fn safe_name(name: &str) -> String {
    let mut safe = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '.' {
            safe.push(c);
        } else if !safe.ends_with('-') {
            safe.push('-');
        }
    }
    safe
}

fn read_text(path: &Path) -> Result<Option<String>, IoError> {
    match fs::read_if_exists(path) {
        Ok(bytes) => Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => Ok(None),
        Err(error) => Err(error),
    }
}

/// Paths of `installed-files.txt`, which are relative to the `.egg-info`, made relative to the
/// folder above it (pip's `_convert_installed_files_path`).
pub(crate) fn legacy_paths(text: &str, info: &Path) -> Vec<String> {
    let Some(name) = info.file_name().map(|name| name.to_string_lossy().into_owned()) else {
        return Vec::new();
    };
    let paths = text.lines().filter(|line| !line.is_empty());
    paths
        .map(|line| {
            let mut base = vec![name.as_str()];
            let mut parts: Vec<&str> =
                line.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
            if line.starts_with('/') {
                return line.to_owned();
            }
            while parts.first() == Some(&"..") {
                if base.last().is_none_or(|last| *last == "..") {
                    base.push("..");
                } else {
                    base.pop();
                }
                parts.remove(0);
            }
            base.extend(parts);
            base.join("/")
        })
        .collect()
}

/// The files that a distribution lists itself: RECORD's rows, else `installed-files.txt`.
fn declared(info: &Path) -> Result<Option<Vec<String>>, UninstallError> {
    let path = info.join("RECORD");
    if let Some(text) = read_text(&path)? {
        let rows = record::parse(&text)
            .map_err(|error| UninstallError::Metadata { path, reason: error.to_string() })?;
        return Ok(Some(rows.iter().map(|row| tidy(&row.path)).collect()));
    }
    let legacy = read_text(&info.join("installed-files.txt"))?;
    Ok(legacy.map(|text| legacy_paths(&text, info)))
}

/// The path as Python's `pathlib` writes it.
fn tidy(path: &str) -> String {
    let root = if path.starts_with('/') { "/" } else { "" };
    let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    format!("{root}{}", parts.join("/"))
}
