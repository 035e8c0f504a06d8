//! Where each file of a wheel is installed: pip's `_install_wheel`.

use std::collections::HashMap;

use accel_io::archive::zip::{ZipEntry, ZipReader};
use accel_types::Area;
use accel_types::manifest::is_own_name;

use super::checks::{Facts, Overwritten};
use crate::areas::folder;
use crate::error::{Result, StoreError};
use crate::quoted::quoted;

/// A file and its place.
pub(super) struct Place<'a> {
    pub(super) entry: &'a ZipEntry,
    pub(super) area: Area,
    pub(super) path: String,
    pub(super) python_script: bool,
}

impl Place<'_> {
    /// Path below the entry's tree.
    pub(super) fn source(&self) -> String {
        format!("{}/{}", folder(self.area), self.path)
    }
}

/// The files that an install puts somewhere, sorted by area and path. Of two with the same place
/// the one that pip writes last stays; what it replaces is noted in `facts`.
pub(super) fn places<'a>(wheel: &'a ZipReader, facts: &mut Facts) -> Result<Vec<Place<'a>>> {
    let (mut root, mut others, mut scripts) = (Vec::new(), Vec::new(), Vec::new());
    for entry in wheel.entries().iter().filter(|entry| !entry.directory) {
        if entry.name.split('/').any(is_own_name) {
            return Err(StoreError::UnsupportedWheel(format!(
                "{} has an invalid wheel, {} is a name that pip-accel needs for itself",
                facts.raw_name,
                quoted(&entry.name)
            )));
        }
        let mut parts = entry.name.splitn(3, '/');
        let top = parts.next().unwrap_or_default();
        // In this letter case only, as in pip.
        if top.strip_suffix(".data").is_none() {
            root.push(Place {
                entry,
                area: Area::Lib,
                path: entry.path.clone(),
                python_script: false,
            });
            continue;
        }
        let is_script = parts.next() == Some("scripts") && parts.next().is_some();
        let (area, path) = data_place(wheel, entry, facts.root_is_purelib)?;
        let mut place = Place { entry, area, path, python_script: false };
        if !is_script {
            others.push(place);
        } else if !is_wrapper(&place.path, &facts.script_names) {
            let contents = wheel.read(entry).map_err(|source| StoreError::InvalidWheel {
                name: facts.raw_name.clone(),
                location: wheel.path().to_path_buf(),
                source: Box::new(source),
            })?;
            place.python_script = contents.starts_with(b"#!python");
            scripts.push(place);
        }
    }
    let record = format!("{}/RECORD", facts.dist_info);
    let mut kept: HashMap<(Area, String), Place<'a>> = HashMap::new();
    for place in root.into_iter().chain(others).chain(scripts) {
        // RECORD is written anew by every install and never linked.
        if place.area == Area::Lib && place.path == record {
            continue;
        }
        let lost = kept.insert((place.area, place.path.clone()), place);
        if let Some(lost) = lost.filter(|lost| lost.area == Area::Lib) {
            let name = lost.entry.name.clone();
            facts.overwritten.push(Overwritten { name, path: lost.path });
        }
    }
    let mut kept: Vec<_> = kept.into_values().collect();
    kept.sort_unstable_by(|a, b| (a.area, &a.path).cmp(&(b.area, &b.path)));
    Ok(kept)
}

/// Area and path of a file below `.data`.
fn data_place(wheel: &ZipReader, entry: &ZipEntry, purelib: bool) -> Result<(Area, String)> {
    let location = wheel.path().display();
    let name = quoted(&entry.name);
    let mut parts = entry.path.splitn(3, '/').skip(1);
    let (Some(key), Some(path)) = (parts.next(), parts.next()) else {
        return Err(StoreError::UnsupportedWheel(format!(
            "Unexpected file in {location}: {name}. .data directory contents should be named \
             like: '<scheme key>/<path>'."
        )));
    };
    let area = match key {
        "purelib" if purelib => Area::Lib,
        "platlib" if !purelib => Area::Lib,
        "purelib" | "platlib" => Area::OtherLib,
        "headers" => Area::Headers,
        "scripts" => Area::Scripts,
        "data" => Area::Data,
        _ => {
            return Err(StoreError::UnsupportedWheel(format!(
                "Unknown scheme key used in {location}: {key} (for file {name}). .data directory \
                 contents should be in subdirectories named with a valid scheme key (data, \
                 headers, platlib, purelib, scripts)"
            )));
        }
    };
    Ok((area, path.to_owned()))
}

/// Whether the script is one that setuptools generated for an entry point, which pip leaves out
/// because it generates its own.
fn is_wrapper(path: &str, script_names: &[String]) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let lower = name.to_lowercase();
    let cut = [".exe", "-script.py", ".pya"]
        .into_iter()
        .find(|ending| lower.ends_with(ending))
        .map_or(0, str::len);
    // Lower case may be longer or shorter than the name, but not so in these ASCII endings.
    let stem = &name[..name.len() - cut];
    script_names.iter().any(|script| script == stem)
}
