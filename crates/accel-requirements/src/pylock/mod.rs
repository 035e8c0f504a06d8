//! Lock files (PEP 751) as sources of requirements, judged as `packaging.pylock` judges them.

mod document;
mod place;
mod select;
mod sources;
mod values;

use accel_types::python_text::repr;
use accel_types::{Hashes, PackageName};

use crate::file::os_error;
use crate::requirement::RequirementInput;
use crate::{RequirementsError, Source, python_path};
use document::{Document, Package};
use sources::is_url;

pub use select::Choosing;
pub use sources::{LockSource, RequirementSource, Sources, is_lock_file, requirement_sources};

/// A lock file that was read; what counts of it depends on the target.
#[derive(Debug, Clone)]
pub struct LockFile {
    /// What of it is asked for.
    source: LockSource,
    current_dir: String,
    document: Document,
    /// What URLs and paths give, for each package that names one.
    directs: Vec<Option<Result<RequirementInput, RequirementsError>>>,
}

/// What a lock file gives for one package.
#[derive(Debug, Clone)]
pub struct LockedRequirement {
    /// The requirement.
    pub input: RequirementInput,
    /// The one file that may satisfy it; none for what a URL or path names.
    pub file: Option<LockedFile>,
}

/// The one file that may satisfy a requirement.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LockedFile {
    /// The project.
    pub name: PackageName,
    /// Where the file is.
    pub url: String,
    /// Digests of which it must have one.
    pub hashes: Hashes,
    /// When it was uploaded, as written (RFC 3339).
    pub upload_time: Option<String>,
    /// The lock file.
    pub comes_from: String,
}

impl LockFile {
    /// Reads a lock file; `warn` hears what pip warns of.
    pub fn read(
        wanted: LockSource,
        source: &dyn Source,
        warn: &mut dyn FnMut(String),
    ) -> Result<Self, RequirementsError> {
        let place = wanted.place.as_str();
        warn(
            "Using pylock.toml as a requirements source is an experimental feature. It may be \
             removed/changed in a future release without prior warning."
                .to_owned(),
        );
        let bytes = content(place, source).map_err(|reason| {
            let place = repr(place);
            RequirementsError::Installation(format!("Error reading pylock file {place}: {reason}"))
        })?;
        // What Python's parser says about such files only it can say.
        let foreign = |reason: String| RequirementsError::Foreign(format!("{place}: {reason}"));
        let text = String::from_utf8(bytes).map_err(|error| foreign(error.to_string()))?;
        let table: toml::Table = text.parse().map_err(|error| foreign(format!("{error}")))?;
        let document = Document::of(&table).map_err(|fault| {
            let place = repr(place);
            RequirementsError::Installation(format!("Invalid pylock file {place}: {fault}"))
        })?;
        if document.has_newer_minor() {
            warn(format!("pylock minor version {} is not supported", document.lock_version));
        }
        let direct = |package: &Package| {
            let direct = package.direct.as_ref()?;
            Some(place::direct(place, package, direct, source))
        };
        let directs = document.packages.iter().map(direct).collect();
        let current_dir = source.current_dir().to_owned();
        Ok(Self { source: wanted, current_dir, document, directs })
    }
}

fn content(place: &str, source: &dyn Source) -> Result<Vec<u8>, String> {
    if is_url(place) {
        return Ok(source.fetch(place).map_err(|error| error.to_string())?.body);
    }
    let path = python_path::pure(place);
    source.read(&path).map_err(|error| os_error(&error, &path))
}
