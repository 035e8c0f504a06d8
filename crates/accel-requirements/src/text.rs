//! From the text of a requirement to what it means: a name, a URL, a path, something editable.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use accel_types::filename::{is_archive, split_extension};
use accel_types::python_text::{repr, strip, strip_end};
use accel_types::python_url::{cleaned, redacted, split, unquote};
use accel_types::{ExtraName, Hashes, Marker, Requirement, WheelFilename};

use crate::file::os_error;
use crate::requirement::{ConfigSettings, DirectLink, Origin, RequirementInput};
use crate::vcs::{VcsKind, VcsUrl};
use crate::{PathKind, RequirementsError, Source, python_path, url_text};

/// What is known about a requirement besides its text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Given {
    pub(crate) constraint: bool,
    pub(crate) user_supplied: bool,
    pub(crate) comes_from: Option<String>,
    /// `line N of FILE`, for errors.
    pub(crate) line_source: Option<String>,
    pub(crate) hashes: Hashes,
    pub(crate) config_settings: ConfigSettings,
}

impl Given {
    fn finish(self, text: &str, parts: Parts, editable: bool) -> RequirementInput {
        let Parts { requirement, origin, marker, extras } = parts;
        let named = requirement.as_ref();
        let extras = if extras.is_empty() {
            named.map(|named| named.extras.iter().cloned().collect()).unwrap_or_default()
        } else {
            extras
        };
        let marker = marker.or_else(|| named.and_then(|named| named.marker.clone()));
        RequirementInput {
            text: text.to_owned(),
            requirement,
            origin,
            extras,
            marker,
            editable,
            constraint: self.constraint,
            user_supplied: self.user_supplied,
            hashes: self.hashes,
            config_settings: self.config_settings,
            comes_from: self.comes_from,
        }
    }
}

/// The parts that a text consists of.
struct Parts {
    requirement: Option<Requirement>,
    origin: Origin,
    marker: Option<Marker>,
    extras: BTreeSet<ExtraName>,
}

fn installation<T>(sentence: String) -> Result<T, RequirementsError> {
    Err(RequirementsError::Installation(sentence))
}

/// A requirement that must be one of PEP 508, as in dependency groups and scripts.
pub(crate) fn dependency(
    text: &str,
    source: &dyn Source,
) -> Result<RequirementInput, RequirementsError> {
    let requirement: Requirement = text.parse().map_err(|error| {
        RequirementsError::Installation(format!("Invalid requirement: {}: {error}", repr(text)))
    })?;
    let origin = named_origin(&requirement, source)?;
    let parts =
        Parts { requirement: Some(requirement), origin, marker: None, extras: BTreeSet::new() };
    Ok(Given { user_supplied: true, ..Given::default() }.finish(text, parts, false))
}

/// Anything that may stand as an argument or in a line without `-e`.
pub(crate) fn named_or_direct(
    text: &str,
    given: Given,
    source: &dyn Source,
    warnings: &mut Vec<String>,
) -> Result<RequirementInput, RequirementsError> {
    let separator = if url_text::is_url(text) { "; " } else { ";" };
    let (name, marker) = match text.split_once(separator) {
        Some((name, marker)) => (name, strip(marker)),
        None => (text, ""),
    };
    let name = strip(name);
    let marker = if marker.is_empty() {
        None
    } else {
        let marker: Marker = marker.parse().map_err(|error| {
            RequirementsError::Installation(format!("Invalid requirement: {}: {error}", repr(name)))
        })?;
        Some(marker)
    };
    let (url, extras) = if url_text::is_url(name) {
        (Some(name.to_owned()), BTreeSet::new())
    } else {
        let path = python_path::abspath(source.current_dir(), name);
        let (path, extras) = strip_extras(&path)?;
        (url_of_path(path, name, source, warnings)?, extras)
    };
    let (requirement_text, origin) = match url {
        Some(url) => direct(&url, source)?,
        None => (Some(name.to_owned()), None),
    };
    let requirement = match requirement_text {
        Some(text) => Some(parse_requirement(&text, given.line_source.as_deref(), source)?),
        None => None,
    };
    let origin = match (origin, &requirement) {
        (Some(origin), _) => origin,
        (None, Some(requirement)) => named_origin(requirement, source)?,
        (None, None) => Origin::Index,
    };
    Ok(given.finish(text, Parts { requirement, origin, marker, extras }, false))
}

/// The value of `-e`.
pub(crate) fn editable(
    text: &str,
    given: Given,
    source: &dyn Source,
) -> Result<RequirementInput, RequirementsError> {
    if given.constraint {
        return installation("Editable requirements are not allowed as constraints".into());
    }
    let (name, url, extras) = match text.parse::<Requirement>() {
        Ok(Requirement { name, url: Some(url), extras, marker, .. }) => {
            let name = match marker {
                Some(marker) => format!("{name} ; {marker}"),
                None => name,
            };
            (Some(name), url, extras.into_iter().collect())
        }
        _ => editable_place(text, source)?,
    };
    let link = DirectLink { url };
    check_egg(&link)?;
    let is_file = link.url.starts_with("file:");
    if !is_file && VcsKind::of_scheme(&url_text::scheme(&link.url)).is_none() {
        return installation(format!(
            "{text} is not a valid editable requirement. It should either be a path to a local \
             project or a VCS URL (beginning with {}).",
            VcsKind::all_schemes().join(", ")
        ));
    }
    if name.as_deref().unwrap_or_default().is_empty() && !is_file {
        return installation(format!(
            "Could not detect requirement name for '{text}', please specify one with \
             your_package_name @ URL"
        ));
    }
    let requirement = match name {
        Some(name) => Some(name.parse().map_err(|error| {
            RequirementsError::Installation(format!(
                "Invalid requirement: {}: {error}",
                repr(&name)
            ))
        })?),
        None => None,
    };
    let origin = origin_of(link, source)?;
    // pip takes an editable for a folder before it looks.
    let origin = match origin {
        Origin::File { link, path } => Origin::Directory { link, path },
        other => other,
    };
    Ok(given.finish(text, Parts { requirement, origin, marker: None, extras }, true))
}

type EditableParts = (Option<String>, String, BTreeSet<ExtraName>);

/// An editable that is not `name @ URL`: a folder with or without extras, or a URL.
fn editable_place(text: &str, source: &dyn Source) -> Result<EditableParts, RequirementsError> {
    let (place, extras) = strip_extras(text)?;
    let place = if !place.is_empty() && source.kind(place) == PathKind::Directory {
        url_text::path_to_url(&python_path::abspath(source.current_dir(), place))
    } else {
        place.to_owned()
    };
    let name_of = |url: String, extras| {
        let link = DirectLink { url };
        check_egg(&link)?;
        let name = link.egg().map(str::to_owned);
        Ok((name, link.url, extras))
    };
    if place.to_lowercase().starts_with("file:") {
        return name_of(place, extras);
    }
    let lower = text.to_lowercase();
    let known =
        VcsKind::ALL.into_iter().find(|kind| lower.starts_with(&format!("{}:", kind.name())));
    let url = known.map_or_else(|| text.to_owned(), |kind| format!("{}+{text}", kind.name()));
    name_of(url, BTreeSet::new())
}

/// Splits `path[extras]`.
pub(crate) fn strip_extras(text: &str) -> Result<(&str, BTreeSet<ExtraName>), RequirementsError> {
    let none = (text, BTreeSet::new());
    let Some(inner) = text.strip_suffix(']') else { return Ok(none) };
    // The last `[` that has something before it and something other than `]` behind it.
    let Some(open) = inner.rfind('[').filter(|open| *open > 0 && open + 1 < inner.len()) else {
        return Ok(none);
    };
    if inner[open..].contains(']') || inner[..open].contains('\n') {
        return Ok(none);
    }
    let extras = format!("placeholder{}", text[open..].to_lowercase());
    let extras: Requirement =
        extras.parse().map_err(|error| RequirementsError::Crash(format!("{error}")))?;
    Ok((strip_end(&text[..open]), extras.extras.into_iter().collect()))
}

fn looks_like_path(name: &str) -> bool {
    name.contains('/') || name.starts_with('.')
}

/// The `file:` URL of a path, if the text means a path. `path` is absolute and without extras.
fn url_of_path(
    path: &str,
    name: &str,
    source: &dyn Source,
    warnings: &mut Vec<String>,
) -> Result<Option<String>, RequirementsError> {
    if looks_like_path(name) && source.kind(path) == PathKind::Directory {
        let has = |file| source.kind(&python_path::join(path, file)) == PathKind::File;
        if has("pyproject.toml") || has("setup.py") {
            return Ok(Some(url_text::path_to_url(path)));
        }
        return installation(format!(
            "Directory {} is not installable. Neither 'setup.py' nor 'pyproject.toml' found.",
            repr(name)
        ));
    }
    if !is_archive(path) {
        return Ok(None);
    }
    if source.kind(path) == PathKind::File {
        return Ok(Some(url_text::path_to_url(path)));
    }
    if name.split_once('@').is_some_and(|(before, _)| !looks_like_path(before)) {
        return Ok(None);
    }
    warnings.push(format!(
        "Requirement {} looks like a filename, but the file does not exist",
        repr(name)
    ));
    Ok(Some(url_text::path_to_url(path)))
}

/// What a URL by itself names, and the requirement text that it implies.
fn direct(
    url: &str,
    source: &dyn Source,
) -> Result<(Option<String>, Option<Origin>), RequirementsError> {
    let mut link = DirectLink { url: url.to_owned() };
    check_egg(&link)?;
    let mut path = decoded_path(url);
    if url_text::scheme(url) == "file" && url.contains("../") {
        path = python_path::abspath(source.current_dir(), &path);
        link.url = url_text::path_to_url(&path);
    }
    let filename = python_path::basename(path.trim_end_matches('/'));
    let text = if split_extension(filename).1 == ".whl" {
        let wheel = WheelFilename::parse(filename)
            .map_err(|error| RequirementsError::Installation(error.to_string()))?;
        Some(format!("{}=={}", wheel.name, wheel.version))
    } else {
        link.egg().map(str::to_owned)
    };
    Ok((text, Some(origin_of(link, source)?)))
}

/// The path of a URL as the file system or a person would write it.
fn decoded_path(url: &str) -> String {
    let url = cleaned(url);
    split(&url).map(|parts| unquote(parts.path).into_owned()).unwrap_or_default()
}

/// Where a named requirement comes from.
fn named_origin(
    requirement: &Requirement,
    source: &dyn Source,
) -> Result<Origin, RequirementsError> {
    match &requirement.url {
        None => Ok(Origin::Index),
        Some(url) => {
            let link = DirectLink { url: url.clone() };
            check_egg(&link)?;
            origin_of(link, source)
        }
    }
}

fn origin_of(link: DirectLink, source: &dyn Source) -> Result<Origin, RequirementsError> {
    if let Some(vcs) = VcsUrl::parse(&link.url) {
        return Ok(Origin::Vcs { vcs: vcs?, link });
    }
    if url_text::scheme(&link.url) != "file" {
        return Ok(Origin::Remote(link));
    }
    let Some(path) = url_text::url_to_path(&link.url) else {
        return Err(RequirementsError::Crash(format!(
            "non-local file URIs are not supported on this platform: {}",
            repr(&link.url)
        )));
    };
    let path = python_path::abspath(source.current_dir(), &path);
    Ok(match source.kind(&path) {
        PathKind::Directory => Origin::Directory { link, path },
        _ => Origin::File { link, path },
    })
}

/// pip accepts only a bare project name in `#egg=`.
fn check_egg(link: &DirectLink) -> Result<(), RequirementsError> {
    let Some(egg) = link.egg() else { return Ok(()) };
    let bytes = egg.as_bytes();
    let alphanumeric = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    if alphanumeric(bytes.first())
        && alphanumeric(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte))
    {
        return Ok(());
    }
    let mut hint = String::new();
    if egg.contains(['<', '=', '>']) {
        hint.push_str("Version specifiers are silently ignored for URL references. Remove them. ");
    }
    if egg.contains('[') && egg.contains(']') {
        hint.push_str("Try using the Direct URL requirement syntax: 'name[extra] @ URL'");
    }
    if hint.is_empty() {
        hint.push_str("Egg fragments can only be a valid project name.");
    }
    Err(RequirementsError::Diagnostic {
        reference: "invalid-egg-fragment",
        message: format!("The '{egg}' egg fragment is invalid"),
        context: format!("from '{}'", redacted(&link.url)),
        hint,
    })
}

/// Parses a requirement of PEP 508, with pip's hints about what else may have been meant.
fn parse_requirement(
    text: &str,
    line_source: Option<&str>,
    source: &dyn Source,
) -> Result<Requirement, RequirementsError> {
    let error = match text.parse::<Requirement>() {
        Ok(requirement) => return Ok(requirement),
        Err(error) => error,
    };
    let hint = if text.contains('/') {
        format!("It looks like a path.{}", path_hint(text, source)?)
    } else if text.contains('=')
        && !["~=", "==", "!=", "<=", ">=", "<", ">"].iter().any(|op| text.contains(op))
    {
        "= is not a valid operator. Did you mean == ?".to_owned()
    } else {
        String::new()
    };
    let mut sentence = format!("Invalid requirement: {}: {error}", repr(text));
    if let Some(line_source) = line_source {
        let _ = write!(sentence, " (from {line_source})");
    }
    if !hint.is_empty() {
        let _ = write!(sentence, "\nHint: {hint}");
    }
    installation(sentence)
}

fn path_hint(text: &str, source: &dyn Source) -> Result<String, RequirementsError> {
    if source.kind(text) == PathKind::Missing {
        return Ok(format!(" File '{text}' does not exist."));
    }
    let mut hint = " The path does exist. ".to_owned();
    let bytes =
        source.read(text).map_err(|error| RequirementsError::Crash(os_error(&error, text)))?;
    if is_requirement_file(&bytes) {
        let _ = write!(
            hint,
            "The argument you provided ({text}) appears to be a requirements file. If that is the \
             case, use the '-r' flag to install the packages specified within it."
        );
    }
    Ok(hint)
}

/// Whether the first line that says something is a requirement.
fn is_requirement_file(bytes: &[u8]) -> bool {
    let text: String = bytes.utf8_chunks().map(|chunk| chunk.valid()).collect();
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines = text.split('\n').map(strip).filter(|l| !l.is_empty() && !l.starts_with('#'));
    let Some(line) = lines.next() else { return true };
    let line = line.find(" #").map_or(line, |at| &line[..at]);
    let joined = match line.strip_suffix('\\') {
        // The character before the backslash goes too: pip expects a space there.
        Some(start) => {
            let mut start = start.chars();
            start.next_back();
            format!("{}{}", strip(start.as_str()), lines.next().unwrap_or_default())
        }
        None => line.to_owned(),
    };
    joined.parse::<Requirement>().is_ok()
}
