//! The content of a lock file.

use std::fmt;

use accel_types::python_text::repr;
use accel_types::python_url::{split, unquote};
use accel_types::{
    Digest, HashAlgorithm, Marker, PackageName, SpecifierSet, Version, WheelFilename,
};
use toml::{Table, Value};

use super::values::{
    Fault, all_parsed, boolean, check_integer, moment, object, objects, parsed, required,
    required_text, table, tables, text, texts,
};

/// What a lock file says, as far as it counts for an installation.
#[derive(Debug, Clone)]
pub(super) struct Document {
    pub(super) lock_version: Version,
    pub(super) environments: Vec<Marker>,
    pub(super) requires_python: Option<SpecifierSet>,
    pub(super) default_groups: Vec<String>,
    pub(super) packages: Vec<Package>,
}

/// One package.
#[derive(Debug, Clone)]
pub(super) struct Package {
    pub(super) name: PackageName,
    pub(super) version: Option<Version>,
    pub(super) marker: Option<Marker>,
    pub(super) requires_python: Option<SpecifierSet>,
    /// The place that a URL or path names, if it is that.
    pub(super) direct: Option<Direct>,
    pub(super) sdist: Option<File>,
    pub(super) wheels: Vec<File>,
}

/// What a URL or path names.
#[derive(Debug, Clone)]
pub(super) enum Direct {
    Vcs { kind: String, place: Place, commit: String, subdirectory: Option<String> },
    Directory { path: String, editable: bool, subdirectory: Option<String> },
    Archive { place: Place, hashes: Vec<Digest>, subdirectory: Option<String> },
}

/// A sdist or a wheel.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) filename: String,
    /// The version in its name.
    pub(super) version: Version,
    pub(super) place: Place,
    pub(super) hashes: Vec<Digest>,
    pub(super) upload_time: Option<String>,
}

/// Where something is; the path goes before the URL.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) path: Option<String>,
    pub(super) url: Option<String>,
}

impl Document {
    pub(super) fn of(document: &Table) -> Result<Self, Fault> {
        let lock_version = parsed(document, "lock-version", Version::parse)?;
        let lock_version = required(lock_version, "lock-version")?;
        let environments = all_parsed(document, "environments", Marker::parse)?;
        all_parsed(document, "extras", normal_name)?;
        texts(document, "dependency-groups")?;
        let default_groups = texts(document, "default-groups")?.unwrap_or_default();
        required_text(document, "created-by")?;
        let requires_python = parsed(document, "requires-python", SpecifierSet::parse)?;
        let packages = objects(document, "packages", package)?;
        let packages = required(packages, "packages")?;
        table(document, "tool")?;
        if !(version("1")..version("2")).contains(&lock_version) {
            let message = format!("pylock version {lock_version} is not supported");
            return Err(Fault::new(message));
        }
        Ok(Self {
            lock_version,
            environments: environments.unwrap_or_default(),
            requires_python,
            default_groups: default_groups.into_iter().map(str::to_owned).collect(),
            packages,
        })
    }

    /// Whether the file may say more than is understood.
    pub(super) fn has_newer_minor(&self) -> bool {
        self.lock_version > version("1.0")
    }
}

fn version(text: &str) -> Version {
    Version::parse(text).unwrap_or_else(|_| unreachable!("{text} is a version"))
}

fn normal_name(text: &str) -> Result<PackageName, impl fmt::Display + use<>> {
    let name = PackageName::new(text);
    if name.as_str() == text && PackageName::parse(text).is_ok() {
        return Ok(name);
    }
    Err(format!("Name {} is not normalized", repr(text)))
}

fn package(package: &Table) -> Result<Package, Fault> {
    let name = required(parsed(package, "name", normal_name)?, "name")?;
    let version = parsed(package, "version", Version::parse)?;
    let requires_python = parsed(package, "requires-python", SpecifierSet::parse)?;
    tables(package, "dependencies")?;
    let marker = parsed(package, "marker", Marker::parse)?;
    let mut direct = Vec::new();
    direct.extend(object(package, "vcs", vcs)?);
    direct.extend(object(package, "directory", directory)?);
    direct.extend(object(package, "archive", archive)?);
    text(package, "index")?;
    let sdist = object(package, "sdist", Unnamed::of)?;
    let wheels = objects(package, "wheels", Unnamed::of)?.unwrap_or_default();
    let identities = tables(package, "attestation-identities")?.unwrap_or_default();
    table(package, "tool")?;
    match (sdist.is_some() || !wheels.is_empty(), direct.len()) {
        (true, 1..) => {
            return Err(Fault::new(
                "None of vcs, directory, archive must be set if sdist or wheels are set",
            ));
        }
        (false, 0 | 2..) => {
            return Err(Fault::new(
                "Exactly one of vcs, directory, archive must be set if sdist and wheels are not \
                 set",
            ));
        }
        _ => {}
    }
    let mut named = Vec::with_capacity(wheels.len());
    for (at, wheel) in wheels.into_iter().enumerate() {
        let wheel = wheel.named("wheel", &name, version.as_ref());
        named.push(wheel.map_err(|fault| fault.within(&format!("wheels[{at}]")))?);
    }
    let sdist = sdist.map(|sdist| sdist.named("sdist", &name, version.as_ref())).transpose();
    let sdist = sdist.map_err(|fault| fault.within("sdist"))?;
    for (at, identity) in identities.into_iter().enumerate() {
        let inside = format!("attestation-identities[{at}]");
        required_text(identity, "kind").map_err(|fault| fault.within(&inside))?;
    }
    let direct = direct.into_iter().next();
    Ok(Package { name, version, marker, requires_python, direct, sdist, wheels: named })
}

fn vcs(table: &Table) -> Result<Direct, Fault> {
    let kind = required_text(table, "type")?.to_owned();
    let (url, path) = (text(table, "url")?, text(table, "path")?);
    text(table, "requested-revision")?;
    let commit = required_text(table, "commit-id")?.to_owned();
    let subdirectory = text(table, "subdirectory")?.map(str::to_owned);
    Ok(Direct::Vcs { kind, place: place(path, url)?, commit, subdirectory })
}

fn directory(table: &Table) -> Result<Direct, Fault> {
    Ok(Direct::Directory {
        path: required_text(table, "path")?.to_owned(),
        editable: boolean(table, "editable")?.unwrap_or_default(),
        subdirectory: text(table, "subdirectory")?.map(str::to_owned),
    })
}

fn archive(table: &Table) -> Result<Direct, Fault> {
    let (url, path) = (text(table, "url")?, text(table, "path")?);
    check_integer(table, "size")?;
    moment(table, "upload-time")?;
    let hashes = hashes(table)?;
    let subdirectory = text(table, "subdirectory")?.map(str::to_owned);
    Ok(Direct::Archive { place: place(path, url)?, hashes, subdirectory })
}

fn place(path: Option<&str>, url: Option<&str>) -> Result<Place, Fault> {
    let is_empty = |text: Option<&str>| text.is_none_or(str::is_empty);
    if is_empty(path) && is_empty(url) {
        return Err(Fault::new("path or url must be provided"));
    }
    Ok(Place { path: path.map(str::to_owned), url: url.map(str::to_owned) })
}

fn hashes(outer: &Table) -> Result<Vec<Digest>, Fault> {
    let hashes = required(table(outer, "hashes")?, "hashes")?;
    let fault = |message: &str| Fault::new(message).within("hashes");
    if hashes.is_empty() {
        return Err(fault("At least one hash must be provided"));
    }
    if !hashes.values().all(Value::is_str) {
        return Err(fault("Hash values must be strings"));
    }
    let digest = |(name, value): (&String, &Value)| {
        let algorithm: HashAlgorithm = name.parse().ok()?;
        Some(Digest::new(algorithm, value.as_str()?))
    };
    Ok(hashes.iter().filter_map(digest).collect())
}

/// A file before its name was looked at.
struct Unnamed {
    name: Option<String>,
    place: Place,
    hashes: Vec<Digest>,
    upload_time: Option<String>,
}

impl Unnamed {
    fn of(table: &Table) -> Result<Self, Fault> {
        let name = text(table, "name")?.map(str::to_owned);
        let upload_time = moment(table, "upload-time")?;
        let (url, path) = (text(table, "url")?, text(table, "path")?);
        check_integer(table, "size")?;
        let hashes = hashes(table)?;
        Ok(Self { name, place: place(path, url)?, hashes, upload_time })
    }

    /// Whether the name fits to the package.
    fn named(
        self,
        kind: &str,
        package: &PackageName,
        locked: Option<&Version>,
    ) -> Result<File, Fault> {
        let filename = self.filename().ok_or_else(|| {
            // The name is asked for inside of what catches all about it.
            Fault::new(format!("Cannot determine {kind} filename"))
        })?;
        let shown = repr(&filename);
        let taken_apart = if kind == "wheel" {
            WheelFilename::parse(&filename).ok().map(|wheel| (wheel.name, wheel.version))
        } else {
            sdist_name(&filename)
        };
        let (name, version) =
            taken_apart.ok_or_else(|| Fault::new(format!("Invalid {kind} filename {shown}")))?;
        if name != *package {
            return Err(Fault::new(format!(
                "Name in {shown} is not consistent with package name {}",
                repr(package.as_str())
            )));
        }
        if let Some(locked) = locked.filter(|locked| **locked != version) {
            return Err(Fault::new(format!(
                "Version in {shown} is not consistent with package version {}",
                repr(&locked.to_string())
            )));
        }
        let Self { place, hashes, upload_time, .. } = self;
        Ok(File { filename, version, place, hashes, upload_time })
    }

    fn filename(&self) -> Option<String> {
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let of_path = |path: String| {
            let separator = if path.contains('/') { '/' } else { '\\' };
            path.rsplit(separator).next().map(str::to_owned)
        };
        let of_url = |url: String| {
            let path = split(&url)?.path.to_owned();
            path.rsplit('/').next().map(|name| unquote(name).into_owned())
        };
        filled(&self.name)
            .or_else(|| filled(&self.place.path).and_then(of_path))
            .or_else(|| filled(&self.place.url).and_then(of_url))
            .filter(|name| !name.is_empty())
    }
}

/// Name and version in the file name of a sdist.
fn sdist_name(filename: &str) -> Option<(PackageName, Version)> {
    let stem = filename.strip_suffix(".tar.gz").or_else(|| filename.strip_suffix(".zip"))?;
    let (name, version) = stem.rsplit_once('-')?;
    Some((PackageName::new(name), Version::parse(version).ok()?))
}
