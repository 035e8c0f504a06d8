//! What of a lock file is for a target.

use std::collections::{BTreeSet, HashMap};

use accel_types::python_text::repr;
use accel_types::{
    FormatControl, Hashes, MarkerEnvironment, PackageName, Requirement, SpecifierSet, TagList,
    WheelFilename,
};

use super::document::{File, Package};
use super::place::url_of;
use super::{LockFile, LockedFile, LockedRequirement};
use crate::RequirementsError;
use crate::requirement::{ConfigSettings, Origin, RequirementInput};

/// What the choice depends on.
pub struct Choosing<'a> {
    /// The target's environment.
    pub markers: &'a MarkerEnvironment,
    /// The wheels that it takes.
    pub tags: &'a TagList,
    /// Of which projects sdists or wheels are unwelcome.
    pub formats: &'a FormatControl,
}

impl LockFile {
    /// The requirements that the lock file has for a target, in its order.
    pub fn requirements(
        &self,
        choosing: &Choosing<'_>,
    ) -> Result<Vec<LockedRequirement>, RequirementsError> {
        let wrong = |reason: String| {
            let place = repr(&self.source.place);
            RequirementsError::Installation(format!(
                "Cannot select requirements from pylock file {place}: {reason}"
            ))
        };
        let chosen = self.chosen(choosing).map_err(wrong)?;
        let mut requirements = Vec::with_capacity(chosen.len());
        for (at, package) in chosen {
            requirements.push(if let Some(direct) = &self.directs[at] {
                LockedRequirement { input: direct.clone()?, file: None }
            } else {
                let file = file_for(at, package, choosing).map_err(wrong)?;
                self.of_file(package, file)?
            });
        }
        Ok(requirements)
    }

    /// The packages that are for the target, with their numbers.
    fn chosen(&self, choosing: &Choosing<'_>) -> Result<Vec<(usize, &Package)>, String> {
        let document = &self.document;
        let own = document.default_groups.iter().filter(|_| self.source.default_groups);
        let groups = self.source.groups.iter().chain(own);
        let groups: BTreeSet<String> =
            groups.map(|name| PackageName::new(name).as_str().to_owned()).collect();
        let python = choosing.markers.python_full_version.as_str();
        let python =
            if python.ends_with('+') { format!("{python}local") } else { python.to_owned() };
        let refused = |set: &Option<SpecifierSet>| {
            let set = set.as_ref().filter(|set| !set.contains_text(&python, None))?;
            Some(format!(
                "python_full_version {} in provided environment does not satisfy the Python \
                 version requirement {}",
                repr(&python),
                repr(&set.to_string())
            ))
        };
        if let Some(refusal) = refused(&document.requires_python) {
            return Err(refusal);
        }
        let mut fits = document.environments.is_empty();
        for marker in &document.environments {
            if marker.holds_in(choosing.markers).map_err(|error| error.to_string())? {
                fits = true;
                break;
            }
        }
        if !fits {
            return Err("Provided environment does not satisfy any of the environments specified \
                        in the lock file"
                .to_owned());
        }
        let (mut chosen, mut places) = (Vec::new(), HashMap::new());
        for (at, package) in document.packages.iter().enumerate() {
            if let Some(marker) = &package.marker {
                let holds = marker.holds_for_lock(choosing.markers, &self.source.extras, &groups);
                if !holds.map_err(|error| error.to_string())? {
                    continue;
                }
            }
            let name = repr(package.name.as_str());
            if let Some(refusal) = refused(&package.requires_python) {
                return Err(format!("{refusal} for package {name} at packages[{at}]"));
            }
            if let Some(first) = places.insert(&package.name, at) {
                return Err(format!(
                    "Multiple packages with the name {name} are selected at packages[{at}] and \
                     packages[{first}]"
                ));
            }
            chosen.push((at, package));
        }
        Ok(chosen)
    }

    /// The requirement that one file satisfies.
    fn of_file(
        &self,
        package: &Package,
        file: &File,
    ) -> Result<LockedRequirement, RequirementsError> {
        let version = package.version.as_ref().unwrap_or(&file.version);
        let text = format!("{}=={version}", package.name);
        let requirement = text.parse::<Requirement>();
        let requirement =
            requirement.map_err(|error| RequirementsError::Installation(error.to_string()))?;
        let hashes: Hashes = file.hashes.iter().collect();
        let input = RequirementInput {
            text,
            requirement: Some(requirement),
            origin: Origin::Index,
            extras: BTreeSet::new(),
            marker: None,
            editable: false,
            constraint: false,
            user_supplied: true,
            hashes: hashes.clone(),
            config_settings: ConfigSettings::default(),
            comes_from: Some(self.source.place.clone()),
        };
        let file = LockedFile {
            name: package.name.clone(),
            url: url_of(&self.source.place, &self.current_dir, &file.place)?,
            hashes,
            upload_time: file.upload_time.clone(),
            comes_from: self.source.place.clone(),
        };
        Ok(LockedRequirement { input, file: Some(file) })
    }
}

/// The file of a package for the target: the best wheel, else the sdist.
fn file_for<'p>(
    at: usize,
    package: &'p Package,
    choosing: &Choosing<'_>,
) -> Result<&'p File, String> {
    let formats = choosing.formats.allowed(&package.name);
    let prefers_sdist = formats.source && !formats.binary;
    if let Some(sdist) = package.sdist.as_ref().filter(|_| prefers_sdist) {
        return Ok(sdist);
    }
    let rank = |file: &File| {
        let wheel = WheelFilename::parse(&file.filename).ok()?;
        choosing.tags.best_rank(&wheel.tags)
    };
    let ranked = package.wheels.iter().filter_map(|wheel| Some((rank(wheel)?, wheel)));
    let best = ranked.min_by_key(|(rank, _)| *rank).map(|(_, wheel)| wheel);
    best.or(package.sdist.as_ref()).ok_or_else(|| {
        format!(
            "No wheel found matching the provided tags for package {} at packages[{at}], and no \
             sdist available as a fallback",
            repr(package.name.as_str())
        )
    })
}
