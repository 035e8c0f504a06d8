//! An installed distribution with the answers and refusals of pip's.

use crate::error::EngineError;
use crate::listener::{Level, Voice};
use accel_install::installed::{InstalledDistribution, InstalledError};
use accel_types::{DirectUrl, MarkerEnvironment, PackageName, Requirement, Version};
use std::cell::OnceCell;

/// An installed distribution.
pub(super) struct Member<'a> {
    pub(super) found: &'a InstalledDistribution,
    voice: &'a Voice,
    editable: OnceCell<Option<String>>,
}

/// Why the dependencies of a distribution can't be told.
pub(super) enum Undecided {
    /// One of them is no requirement.
    Requirement(String),
    /// Something else, in the words of Python's exception and with its name.
    Other(&'static str, String),
}

impl Undecided {
    /// The words alone.
    pub(super) fn words(&self) -> &str {
        match self {
            Self::Requirement(words) | Self::Other(_, words) => words,
        }
    }
}

impl From<Undecided> for EngineError {
    fn from(undecided: Undecided) -> Self {
        let (kind, words) = match undecided {
            Undecided::Requirement(words) => ("InvalidRequirement", words),
            Undecided::Other(kind, words) => (kind, words),
        };
        // Python names the modules of exceptions that are not its own.
        let module = match kind {
            "InvalidRequirement" => "pip._vendor.packaging.requirements.",
            "InvalidVersion" => "pip._vendor.packaging.version.",
            "UndefinedComparison" => "pip._vendor.packaging.markers.",
            _ => "",
        };
        Self::Crash(format!("{module}{kind}: {words}"))
    }
}

impl From<InstalledError> for Undecided {
    fn from(error: InstalledError) -> Self {
        Self::Other("UnicodeDecodeError", error.to_string())
    }
}

impl From<InstalledError> for EngineError {
    fn from(error: InstalledError) -> Self {
        Undecided::from(error).into()
    }
}

impl<'a> Member<'a> {
    pub(super) fn new(found: &'a InstalledDistribution, voice: &'a Voice) -> Self {
        Self { found, voice, editable: OnceCell::new() }
    }

    pub(super) fn name(&self) -> &'a PackageName {
        self.found.name()
    }

    /// The first value of a header.
    pub(super) fn header(&self, name: &str) -> Result<Option<&'a str>, InstalledError> {
        Ok(self.found.decoded_metadata()?.get(name))
    }

    /// All values of a header.
    pub(super) fn headers(&self, name: &str) -> Result<Vec<String>, InstalledError> {
        Ok(self.found.decoded_metadata()?.get_all(name).map(str::to_owned).collect())
    }

    /// The name as its metadata writes it.
    pub(super) fn raw_name(&self) -> Result<&'a str, InstalledError> {
        Ok(self.header("Name")?.unwrap_or(self.found.name().as_str()))
    }

    /// The version as its metadata writes it; Python's word for nothing if it does not.
    pub(super) fn raw_version(&self) -> Result<&'a str, InstalledError> {
        Ok(self.header("Version")?.unwrap_or("None"))
    }

    /// The version by the name of the folder, else by the metadata.
    pub(super) fn version(&self) -> Result<Version, Undecided> {
        let text = match self.found.folder_version() {
            Some(version) => Some(version),
            None => self.header("Version")?,
        };
        let parsed = text.and_then(|text| text.parse().ok());
        parsed.ok_or_else(|| {
            let text = text.map_or_else(|| "None".to_owned(), accel_types::python_repr);
            Undecided::Other("InvalidVersion", format!("Invalid version: {text}"))
        })
    }

    /// `name==version`, or `name===text` for a version of old.
    pub(super) fn pinned(&self) -> Result<String, EngineError> {
        match self.version() {
            Ok(version) => Ok(format!("{}=={version}", self.raw_name()?)),
            Err(Undecided::Other("InvalidVersion", _)) => {
                Ok(format!("{}==={}", self.raw_name()?, self.raw_version()?))
            }
            Err(other) => Err(other.into()),
        }
    }

    /// Where it came from. pip warns each time it reads what makes no sense.
    pub(super) fn direct_url(&self) -> Result<Option<DirectUrl>, InstalledError> {
        Ok(self.found.checked_direct_url()?.unwrap_or_else(|words| {
            let name = self.name();
            let text = format!("Error parsing direct_url.json for {name}: {words}");
            self.voice.say(Level::Warning, &text);
            None
        }))
    }

    /// The project's folder if it is installed in editable mode; looked for once.
    pub(super) fn editable_location(&self) -> Result<Option<&str>, InstalledError> {
        if self.editable.get().is_none() {
            let direct_url = self.direct_url()?;
            let location = self.found.editable_project_location_by(direct_url.as_ref());
            let _ = self.editable.set(location.map(|path| path.display().to_string()));
        }
        Ok(self.editable.get().and_then(Option::as_deref))
    }

    /// Whether it is installed in editable mode.
    pub(super) fn is_editable(&self) -> Result<bool, InstalledError> {
        Ok(self.editable_location()?.is_some_and(|location| !location.is_empty()))
    }

    /// What it requires here, extras aside.
    pub(super) fn dependencies(
        &self,
        markers: &MarkerEnvironment,
    ) -> Result<Vec<Requirement>, Undecided> {
        let mut dependencies = Vec::new();
        for text in &self.found.decoded_metadata()?.requires_dist {
            let text = accel_types::python_text::strip(text);
            let requirement = Requirement::parse(text)
                .map_err(|error| Undecided::Requirement(error.to_string()))?;
            let applies = match &requirement.marker {
                Some(marker) => marker
                    .try_evaluate(markers, &[""])
                    .map_err(|error| Undecided::Other("UndefinedComparison", error.to_string()))?,
                None => true,
            };
            if applies {
                dependencies.push(requirement);
            }
        }
        Ok(dependencies)
    }
}
