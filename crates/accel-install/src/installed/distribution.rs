//! One installed distribution: what its folder's name tells, and the rest when asked.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use accel_io::archive::zip::ZipReader;
use accel_io::fs;
use accel_types::{CoreMetadata, DirectUrl, LineEnds, PackageName, TypesError, Version, record};

use super::{requires_txt, text};
use crate::uninstall::legacy_paths;

/// Why something about an installed distribution could not be told.
#[derive(Debug, thiserror::Error)]
pub enum InstalledError {
    /// There is no version, or none that can be understood.
    #[error("could not tell the version of the installed {name} ({}): {reason}", info.display())]
    Version {
        /// The distribution.
        name: PackageName,
        /// Its metadata.
        info: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A file of the metadata is not UTF-8; Python's words.
    #[error("{0}")]
    Undecodable(String),
}

/// The form of the metadata, which decides how a distribution is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InfoKind {
    /// A `.dist-info` folder.
    DistInfo,
    /// An `.egg-info` folder, written by setuptools.
    EggInfoFolder,
    /// An `.egg-info` file, written by distutils.
    EggInfoFile,
    /// The `EGG-INFO` folder of an unzipped `.egg`.
    Egg,
}

/// Where the metadata is.
#[derive(Clone, Debug)]
pub(super) enum Form {
    Folder,
    File,
    Zipped(Arc<ZipReader>),
}

/// A distribution that is installed in some environment.
#[derive(Clone, Debug)]
pub struct InstalledDistribution {
    name: PackageName,
    version: Option<String>,
    info: PathBuf,
    form: Form,
    installed_location: PathBuf,
    local: bool,
    in_user_site: bool,
    egg_links: Arc<HashMap<String, PathBuf>>,
    metadata: OnceLock<Read>,
}

/// The metadata, and why Python would refuse to decode it.
#[derive(Clone, Debug)]
struct Read {
    metadata: Arc<CoreMetadata>,
    complaint: Option<String>,
}

impl InstalledDistribution {
    pub(super) fn new(
        name: PackageName,
        version: Option<String>,
        info: PathBuf,
        form: Form,
        installed_location: PathBuf,
        egg_links: Arc<HashMap<String, PathBuf>>,
    ) -> Self {
        let metadata = OnceLock::new();
        Self {
            name,
            version,
            info,
            form,
            installed_location,
            local: true,
            in_user_site: false,
            egg_links,
            metadata,
        }
    }

    pub(super) fn rename(&mut self, name: &str) {
        self.name = PackageName::new(name);
    }

    pub(super) fn place(&mut self, local: bool, in_user_site: bool) {
        (self.local, self.in_user_site) = (local, in_user_site);
    }

    /// The canonical name.
    pub fn name(&self) -> &PackageName {
        &self.name
    }

    /// The name as the metadata writes it, or the canonical one if it has none.
    pub fn raw_name(&self) -> String {
        self.written_name().unwrap_or_else(|| self.name.to_string())
    }

    pub(super) fn written_name(&self) -> Option<String> {
        Some(self.metadata().name.clone()).filter(|name| !name.is_empty())
    }

    /// The version as the metadata writes it, which pip shows; `None` in words if it has none.
    pub fn raw_version(&self) -> String {
        let version = &self.metadata().version;
        if version.is_empty() { "None".to_owned() } else { version.clone() }
    }

    /// The version in the name of its `.dist-info` folder.
    pub fn folder_version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// The version as written: by the folder's name, else by the metadata; may be empty.
    pub fn version_text(&self) -> String {
        self.version.clone().unwrap_or_else(|| self.metadata().version.clone())
    }

    /// The version.
    pub fn version(&self) -> Result<Version, InstalledError> {
        let text = self.version_text();
        let wrong = |reason: String| InstalledError::Version {
            name: self.name.clone(),
            info: self.info.clone(),
            reason,
        };
        if text.is_empty() {
            return Err(wrong("invalid metadata entry `version`".to_owned()));
        }
        text.parse().map_err(|_| wrong(format!("Invalid version: {text:?}")))
    }

    /// The metadata folder, or the `.egg-info` file.
    pub fn info(&self) -> &Path {
        &self.info
    }

    /// The folder that holds the metadata: for `.egg-link`s the source tree.
    pub fn location(&self) -> &Path {
        self.info.parent().unwrap_or(&self.info)
    }

    /// The same as pip writes it.
    pub fn location_text(&self) -> String {
        let text = pathlib_text(self.location());
        // A path into an archive ends in a slash.
        if matches!(self.form, Form::Zipped(_)) { format!("{text}/") } else { text }
    }

    /// [`info`](Self::info) as pip writes it.
    pub fn info_text(&self) -> String {
        let text = pathlib_text(&self.info);
        if matches!(self.form, Form::Zipped(_)) { format!("{text}/") } else { text }
    }

    /// The folder that it counts as installed in, symbolic links resolved: for `.egg-link`s the
    /// folder of the link.
    pub fn installed_location(&self) -> &Path {
        &self.installed_location
    }

    /// The form of the metadata.
    pub fn kind(&self) -> InfoKind {
        let extension = self.info.extension().and_then(|text| text.to_str()).unwrap_or_default();
        match (extension.to_lowercase().as_str(), &self.form) {
            ("dist-info", _) => InfoKind::DistInfo,
            ("egg-info", Form::File) => InfoKind::EggInfoFile,
            ("egg-info", _) => InfoKind::EggInfoFolder,
            _ => InfoKind::Egg,
        }
    }

    /// Whether it belongs to the virtual environment, or there is none (pip's `local`).
    pub fn is_local(&self) -> bool {
        self.local
    }

    /// Whether it lies in the user's site folder.
    pub fn in_user_site(&self) -> bool {
        self.in_user_site
    }

    /// METADATA or PKG-INFO, read at the first call; what `requires.txt` says is added. Empty if
    /// there is none; bytes that are not UTF-8 count as Latin-1.
    pub fn metadata(&self) -> &Arc<CoreMetadata> {
        &self.read_metadata().metadata
    }

    /// The same, but for who must refuse what pip refuses to decode.
    pub fn decoded_metadata(&self) -> Result<&Arc<CoreMetadata>, InstalledError> {
        let read = self.read_metadata();
        match &read.complaint {
            Some(complaint) => Err(InstalledError::Undecodable(complaint.clone())),
            None => Ok(&read.metadata),
        }
    }

    fn read_metadata(&self) -> &Read {
        self.metadata.get_or_init(|| {
            let read = |name: &str| self.read_file(name).filter(|bytes| !bytes.is_empty());
            let bytes = match &self.form {
                Form::File => fs::read(&self.info).ok(),
                _ => read("METADATA").or_else(|| read("PKG-INFO")),
            };
            let bytes = bytes.unwrap_or_default();
            let mut metadata = CoreMetadata::parse_lenient(&bytes, LineEnds::Translated);
            let complaint = match std::str::from_utf8(&bytes) {
                Ok(_) => None,
                Err(_) => text::decode(bytes).err(),
            };
            if metadata.requires_dist.is_empty()
                && let Some(bytes) = read("requires.txt")
            {
                let (requires, extras) = requires_txt::parse(&String::from_utf8_lossy(&bytes));
                metadata.add_requirements(requires, extras);
            }
            Read { metadata: Arc::new(metadata), complaint }
        })
    }

    /// A file of the metadata folder; `None` if it is not there or cannot be read.
    pub fn read_file(&self, name: &str) -> Option<Vec<u8>> {
        match &self.form {
            Form::Folder => fs::read(self.info.join(name)).ok(),
            Form::File => None,
            Form::Zipped(archive) => {
                let folder = self.info.file_name()?.to_str()?;
                let entry = archive.find(&format!("{folder}/{name}"))?;
                archive.read(entry).ok()
            }
        }
    }

    /// A text file of the metadata folder, its lines ending in `\n`; `None` if it is not there.
    pub fn read_text(&self, name: &str) -> Result<Option<String>, InstalledError> {
        let text = self.read_file(name).map(text::decode).transpose();
        text.map_err(InstalledError::Undecodable)
    }

    /// The files that it lists itself; `None` if it lists none.
    pub fn declared_files(&self) -> Result<Option<Vec<String>>, InstalledError> {
        if let Some(text) = self.read_text("RECORD")? {
            let rows = record::parse(&text).unwrap_or_default();
            return Ok(Some(rows.iter().map(|row| pathlib_text(Path::new(&row.path))).collect()));
        }
        let legacy = self.read_text("installed-files.txt")?;
        Ok(legacy.map(|text| legacy_paths(&text, &self.info)))
    }

    /// The program that installed it, from `INSTALLER`; empty if unknown.
    pub fn installer(&self) -> String {
        let bytes = self.read_file("INSTALLER").unwrap_or_default();
        let text = String::from_utf8(bytes).unwrap_or_default();
        text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
    }

    /// Whether the user asked for it by name (`REQUESTED`).
    pub fn requested(&self) -> bool {
        self.read_file("REQUESTED").is_some()
    }

    /// Where it came from (PEP 610); `None` if from an index, or if the file makes no sense.
    pub fn direct_url(&self) -> Option<DirectUrl> {
        self.checked_direct_url().ok()?.ok()?
    }

    /// The same; the inner error is why the file makes no sense, in the words of pip.
    pub fn checked_direct_url(&self) -> Result<Result<Option<DirectUrl>, String>, InstalledError> {
        let Some(text) = self.read_text("direct_url.json")? else { return Ok(Ok(None)) };
        Ok(match DirectUrl::from_json(&text) {
            Ok(direct_url) => Ok(Some(direct_url)),
            Err(TypesError::DirectUrl(words)) => Err(words),
            Err(other) => Err(other.to_string()),
        })
    }

    /// The `.egg-link` on `sys.path` that carries its name.
    pub fn egg_link(&self) -> Option<&Path> {
        if self.egg_links.is_empty() {
            return None;
        }
        let name = self.raw_name();
        let link = |name: &str| self.egg_links.get(&format!("{name}.egg-link"));
        let path = link(&safe_name(&name)).or_else(|| link(&name))?;
        fs::is_file(path).then_some(path)
    }

    /// The project's folder if it is installed in editable mode.
    pub fn editable_project_location(&self) -> Option<PathBuf> {
        self.editable_project_location_by(self.direct_url().as_ref())
    }

    /// The same for who has read the direct URL already.
    pub fn editable_project_location_by(&self, direct_url: Option<&DirectUrl>) -> Option<PathBuf> {
        match direct_url {
            Some(direct_url) if direct_url.is_local_editable() => file_url_path(&direct_url.url),
            Some(_) => None,
            None => self.egg_link().map(|_| self.location().to_owned()),
        }
    }

    /// Whether it is installed in editable mode.
    pub fn is_editable(&self) -> bool {
        self.editable_project_location().is_some()
    }
}

/// A path as `pathlib` writes it.
fn pathlib_text(path: &Path) -> String {
    let text = path.components().collect::<PathBuf>().display().to_string();
    match text.strip_prefix("./") {
        Some(rest) => rest.to_owned(),
        None if text.is_empty() => ".".to_owned(),
        None => text,
    }
}

/// setuptools' `safe_name`: runs of other characters than letters, digits and dots become `-`.
fn safe_name(name: &str) -> String {
    let mut safe = String::new();
    for character in name.chars() {
        if character.is_ascii_alphanumeric() || character == '.' {
            safe.push(character);
        } else if !safe.ends_with('-') {
            safe.push('-');
        }
    }
    safe
}

/// The path of a `file:` URL, percent-encoding undone.
fn file_url_path(url: &str) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt;

    let rest = url.strip_prefix("file:")?;
    let path = match rest.strip_prefix("//") {
        Some(rest) => rest.strip_prefix("localhost").unwrap_or(rest),
        None => rest,
    };
    let mut bytes = Vec::with_capacity(path.len());
    let mut left = path.as_bytes();
    while let [first, tail @ ..] = left {
        let hex = tail.get(..2).filter(|_| *first == b'%');
        let code = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        if let Some(code) = code {
            bytes.push(code);
            left = &tail[2..];
        } else {
            bytes.push(*first);
            left = tail;
        }
    }
    Some(PathBuf::from(std::ffi::OsString::from_vec(bytes)))
}
