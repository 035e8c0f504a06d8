//! File names of wheels and source distributions, with pip's verdicts.

use serde::{Deserialize, Serialize};

use crate::error::TypesError;
use crate::name::PackageName;
use crate::python_text::{is_word, repr};
use crate::tags::Tag;
use crate::version::Version;

/// The parts of a wheel's file name (PEP 427), as `packaging.utils.parse_wheel_filename` of
/// packaging 26 finds them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WheelFilename {
    /// Project name.
    pub name: PackageName,
    /// Project name as written.
    pub raw_name: String,
    /// Version.
    pub version: Version,
    /// Build number and what follows it; a number beyond 64 bits counts as the largest one.
    pub build: Option<(u64, String)>,
    /// The tags, expanded.
    pub tags: Vec<Tag>,
}

impl WheelFilename {
    /// Reads a file name.
    ///
    /// # Errors
    /// [`TypesError::WheelFilename`] with pip's sentence.
    pub fn parse(filename: &str) -> Result<Self, TypesError> {
        let quoted = || repr(filename);
        let invalid = |message: String| TypesError::WheelFilename(message);
        let Some(stem) = filename.strip_suffix(".whl") else {
            return Err(invalid(format!(
                "Invalid wheel filename (extension must be '.whl'): {}",
                quoted()
            )));
        };
        let stem_quoted = || repr(stem);
        let Some(WheelParts { name, version, build, tags }) = WheelParts::of_stem(stem) else {
            return Err(invalid(format!(
                "Invalid wheel filename (wrong number of parts): {}",
                stem_quoted()
            )));
        };
        let Some(package) = project_name(name) else {
            return Err(invalid(format!("Invalid project name: {}", stem_quoted())));
        };
        let version = Version::parse(version).map_err(|_| {
            invalid(format!("Invalid wheel filename (invalid version): {}", stem_quoted()))
        })?;
        let build = match build {
            None => None,
            Some(build) => Some(parse_build(build).ok_or_else(|| {
                invalid(format!("Invalid build number: {build} in {}", repr(stem)))
            })?),
        };
        let tags = Tag::parse_set(tags).map_err(|_| {
            invalid(format!("Invalid wheel filename (invalid tag component): {}", stem_quoted()))
        })?;
        Ok(Self { name: package, raw_name: name.to_owned(), version, build, tags })
    }
}

/// The parts of a wheel's file name as they are written. Only their number was looked at: a page
/// may have ten thousand wheels of which few are worth more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WheelParts<'a> {
    /// Project name.
    pub name: &'a str,
    /// Version.
    pub version: &'a str,
    /// Build number and what follows it.
    pub build: Option<&'a str>,
    /// The compressed tags: `py2.py3-none-any`.
    pub tags: &'a str,
}

impl<'a> WheelParts<'a> {
    /// Splits a file name; `None` if it has not as many parts, or another extension.
    pub fn split(filename: &'a str) -> Option<Self> {
        Self::of_stem(filename.strip_suffix(".whl")?)
    }

    fn of_stem(stem: &'a str) -> Option<Self> {
        // Five or six parts; dashes are searched for as bytes, there being so many names.
        let mut dashes = [0; 5];
        let mut count = 0;
        for (at, byte) in stem.bytes().enumerate() {
            if byte == b'-' {
                *dashes.get_mut(count)? = at;
                count += 1;
            }
        }
        let part = |from: usize, to: usize| &stem[dashes[from] + 1..dashes[to]];
        let build = match count {
            4 => None,
            5 => Some(part(1, 2)),
            _ => return None,
        };
        let tags = &stem[dashes[count - 3] + 1..];
        Some(Self { name: &stem[..dashes[0]], version: part(0, 1), build, tags })
    }

    /// The project; `None` if its name is none that a wheel may have.
    pub fn project(&self) -> Option<PackageName> {
        project_name(self.name)
    }

    /// The build number and what follows it, if there is one; outside `None` if it is invalid.
    #[expect(clippy::option_option, reason = "outside: invalid; inside: absent")]
    pub fn parsed_build(&self) -> Option<Option<(u64, String)>> {
        match self.build {
            None => Some(None),
            Some(build) => parse_build(build).map(Some),
        }
    }
}

fn project_name(name: &str) -> Option<PackageName> {
    let valid = !name.is_empty()
        && !name.contains("__")
        && name.chars().all(|character| is_word(character) || character == '.');
    valid.then(|| PackageName::new(name))
}

/// `(\d+)(.*)`, which reads up to the first line end.
fn parse_build(text: &str) -> Option<(u64, String)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 {
        return None;
    }
    let suffix = text[digits..].split('\n').next().unwrap_or_default();
    Some((text[..digits].parse().unwrap_or(u64::MAX), suffix.to_owned()))
}

/// Whether a file name ends like a distribution's (pip's `is_archive_file`).
pub fn is_archive(filename: &str) -> bool {
    let extension = split_extension(filename).1.to_lowercase();
    extension == ".whl" || SDIST_EXTENSIONS.contains(&extension.as_str())
}

/// Extensions of archives that pip treats as source distributions.
const SDIST_EXTENSIONS: &[&str] = &[
    ".tar.gz",
    ".tgz",
    ".tar",
    ".zip",
    ".tar.bz2",
    ".tbz",
    ".tar.xz",
    ".txz",
    ".tlz",
    ".tar.lz",
    ".tar.lzma",
];

/// Splits a file name as pip's `splitext`: `.tar` in front of an extension belongs to it. The
/// extension is empty if there is none.
pub fn split_extension(filename: &str) -> (&str, &str) {
    // As Python's `posixpath.splitext`: leading dots start no extension.
    let base = filename.rfind('/').map_or(0, |slash| slash + 1);
    let start = filename[base..].find(|c| c != '.').map_or(filename.len(), |at| base + at);
    let Some(dot) = filename[start..].rfind('.').map(|at| start + at) else {
        return (filename, "");
    };
    let is_tar = filename
        .get(..dot)
        .and_then(|stem| stem.get(stem.len().checked_sub(4)?..))
        .is_some_and(|end| end.eq_ignore_ascii_case(".tar"));
    if is_tar { filename.split_at(dot - 4) } else { filename.split_at(dot) }
}

/// A source distribution's file name, split against the name of a known project as pip's finder
/// splits it: the name itself may contain dashes, so it can't be split without knowing it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SdistName {
    /// The project that was asked for.
    pub name: PackageName,
    /// The version as written; not always a version of PEP 440.
    pub version: String,
    /// Python version of an old-style `-py2.7` ending.
    pub python: Option<String>,
    /// The extension, with its dot: `.tar.gz`.
    pub extension: String,
}

impl SdistName {
    /// Splits a file name; `None` if it has another extension, another project's name or no
    /// version.
    pub fn parse(filename: &str, name: &PackageName) -> Option<Self> {
        let (stem, extension) = split_extension(filename);
        if !SDIST_EXTENSIONS.contains(&extension) {
            return None;
        }
        let version = version_in_fragment(stem, name)?;
        let (version, python) = split_python(version);
        Some(Self {
            name: name.clone(),
            version: version.to_owned(),
            python: python.map(str::to_owned),
            extension: extension.to_owned(),
        })
    }

    /// The version, if it is one of PEP 440.
    pub fn parsed_version(&self) -> Option<Version> {
        Version::parse(&self.version).ok()
    }
}

/// The part of `name-version` behind the first dash in front of which the project's name stands
/// (pip's `_extract_version_from_fragment`).
pub fn version_in_fragment<'a>(fragment: &'a str, name: &PackageName) -> Option<&'a str> {
    let (dash, _) = fragment.match_indices('-').find(|(at, _)| name.is(&fragment[..*at]))?;
    Some(&fragment[dash + 1..]).filter(|version| !version.is_empty())
}

/// Takes `-py2`, `-py2.7` or the like off the end: pip's `-py([123]\.?[0-9]?)$`.
fn split_python(version: &str) -> (&str, Option<&str>) {
    for (at, _) in version.match_indices("-py") {
        let python = &version[at + 3..];
        let fits = matches!(
            python.as_bytes(),
            [b'1'..=b'3'] | [b'1'..=b'3', b'.' | b'0'..=b'9'] | [b'1'..=b'3', b'.', b'0'..=b'9']
        );
        if fits {
            return (&version[..at], Some(python));
        }
    }
    (version, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wheels_are_split_at_dashes() {
        let wheel =
            WheelFilename::parse("Foo_Bar-1.0-2b-cp39.cp310-abi3-linux_x86_64.whl").unwrap();
        assert_eq!(wheel.name, "foo-bar");
        assert_eq!(wheel.raw_name, "Foo_Bar");
        assert_eq!(wheel.build, Some((2, "b".to_owned())));
        assert_eq!(wheel.tags.len(), 2);
        for bad in [
            "foo-1.0-py3-none-any.zip",
            "foo-1.0-py3-none.whl",
            "a__b-1.0-py3-none-any.whl",
            "foo-dog-py3-none-any.whl",
            "foo-1.0-x-py3-none-any.whl",
            "foo-1.0-3py-none-any.whl",
            "foo-1.0-py3-none-.whl",
            "-1.0-py3-none-any.whl",
        ] {
            assert!(WheelFilename::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn sdists_are_split_against_the_project() {
        let name = PackageName::new("foo-bar");
        let version = |file: &str| SdistName::parse(file, &name).map(|sdist| sdist.version);
        assert_eq!(version("foo__bar-1.0.tar.gz").as_deref(), Some("1.0"));
        assert_eq!(version("foo-bar-1.0-2.zip").as_deref(), Some("1.0-2"));
        assert_eq!(version("foo-bar-1.0-py2.7.zip").as_deref(), Some("1.0"));
        assert_eq!(version("foo-bar.tar.gz"), None);
        assert_eq!(version("foo-1.0.tar.gz"), None);
        assert_eq!(version("foo-bar-1.0.egg"), None);
        assert_eq!(split_extension("a-1.0.TAR.gz"), ("a-1.0", ".TAR.gz"));
        assert_eq!(split_extension(".gz"), (".gz", ""));
        assert_eq!(split_extension("..whl"), ("..whl", ""));
        assert_eq!(split_extension("p/x-1.0.tar.gz"), ("p/x-1.0", ".tar.gz"));
        assert!(is_archive("A.WHL") && !is_archive("a.egg"));
    }
}
