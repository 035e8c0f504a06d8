//! Compatible tags: the ordered list of wheel tags that an interpreter accepts, best first.
//!
//! This is `pip._internal.utils.compatibility_tags.get_supported` of pip 26.3 over the
//! `packaging.tags` 26.3 that it vendors, as a pure function of what the interpreter says about
//! itself ([`TagFacts`]) and of what the user asked for ([`TagRequest`]: pip's
//! `--python-version`, `--platform`, `--implementation` and `--abi`).

use serde::{Deserialize, Serialize};

use crate::tags::{Tag, TagList};
use crate::tags_platform::{
    PlatformFacts, android_platforms, ios_platforms, mac_platforms, normalise, platform_tags,
};

/// What an interpreter says about itself, as far as wheel tags depend on it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagFacts {
    /// `sys.implementation.name`: `cpython`, `pypy`, …
    pub implementation: String,
    /// Major and minor version.
    pub version: (u32, u32),
    /// sysconfig's `py_version_nodot`, if it has one.
    pub version_nodot: Option<String>,
    /// sysconfig's `EXT_SUFFIX`, if it has one.
    pub ext_suffix: Option<String>,
    /// Whether this is a debug build (`Py_DEBUG`, or the signs of it where that is unknown).
    pub debug: bool,
    /// Whether this is a free-threaded build (`Py_GIL_DISABLED`).
    pub gil_disabled: bool,
    /// Whether pymalloc is in use (`WITH_PYMALLOC` true or unknown); matters before 3.8.
    pub pymalloc: bool,
    /// Whether unicode characters take four bytes; matters before 3.3.
    pub wide_unicode: bool,
    /// The machine.
    pub platform: PlatformFacts,
}

/// What the user asked for instead of the interpreter's own answers; the default asks nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagRequest {
    /// `--python-version`: major, or major and minor; further numbers must be cut off before.
    pub python_version: Option<(u32, Option<u32>)>,
    /// `--platform`, in the order given; empty asks nothing.
    pub platforms: Vec<String>,
    /// `--implementation`: `cp`, `pp`, `py`, …
    pub implementation: Option<String>,
    /// `--abi`, in the order given; empty asks nothing.
    pub abis: Vec<String>,
}

/// The tags that wheels may bear to be installed, best first.
pub fn compatible_tags(facts: &TagFacts, request: &TagRequest) -> TagList {
    let platforms = if request.platforms.is_empty() {
        platform_tags(&facts.platform)
    } else {
        expand_platforms(&request.platforms)
    };
    let own_version = (facts.version.0, Some(facts.version.1));
    let version = request.python_version.unwrap_or(own_version);
    let implementation =
        request.implementation.clone().unwrap_or_else(|| short_name(&facts.implementation));
    let interpreter = match request.python_version {
        Some(version) => format!("{implementation}{}", nodot(version)),
        None => match facts.version_nodot.as_deref() {
            Some(text) if !text.is_empty() => format!("{implementation}{text}"),
            _ => format!("{implementation}{}", nodot(own_version)),
        },
    };
    let abis = (!request.abis.is_empty()).then(|| request.abis.clone());

    let mut tags = Collected(Vec::new());
    if implementation == "cp" {
        let abis = abis.unwrap_or_else(|| match version {
            (major, Some(minor)) => cpython_abis(facts, (major, minor)),
            _ => Vec::new(),
        });
        tags.cpython(version, abis, &platforms);
    } else {
        let mut abis = abis.unwrap_or_else(|| generic_abi(facts));
        if !abis.iter().any(|abi| abi == "none") {
            abis.push("none".to_owned());
        }
        for abi in &abis {
            tags.each(&interpreter, abi, &platforms);
        }
    }
    let pythons = python_range(version);
    for python in &pythons {
        tags.each(python, "none", &platforms);
    }
    tags.one(&interpreter, "none", "any");
    for python in &pythons {
        tags.one(python, "none", "any");
    }
    TagList::new(tags.0)
}

/// The tags as they come, lower-cased as `packaging.tags.Tag` does.
struct Collected(Vec<Tag>);

impl Collected {
    fn one(&mut self, python: &str, abi: &str, platform: &str) {
        self.0.push(Tag::new(python, abi, platform));
    }

    fn each(&mut self, python: &str, abi: &str, platforms: &[String]) {
        for platform in platforms {
            self.one(python, abi, platform);
        }
    }

    fn cpython(&mut self, version: (u32, Option<u32>), abis: Vec<String>, platforms: &[String]) {
        let interpreter = format!("cp{}", nodot(version));
        let threaded = abis.first().is_some_and(|abi| is_threaded(abi));
        // Stable ABIs and `none` have their own places below; only the first mention is dropped.
        let mut abis = abis;
        for explicit in ["abi3", "abi3t", "none"] {
            if explicit == "abi3t" && !threaded {
                continue;
            }
            if let Some(at) = abis.iter().position(|abi| abi == explicit) {
                abis.remove(at);
            }
        }
        for abi in &abis {
            self.each(&interpreter, abi, platforms);
        }
        let stable = match version {
            (major, Some(minor)) if (major, minor) >= (3, 2) => {
                Some((major, minor, if threaded { "abi3t" } else { "abi3" }))
            }
            _ => None,
        };
        if let Some((.., abi)) = stable {
            self.each(&interpreter, abi, platforms);
        }
        self.each(&interpreter, "none", platforms);
        if let Some((major, minor, abi)) = stable {
            for older in (2..minor).rev() {
                self.each(&format!("cp{major}{older}"), abi, platforms);
            }
        }
    }
}

/// The two-letter name of an implementation, as tags write it; its own name where there is none.
fn short_name(implementation: &str) -> String {
    match implementation {
        "python" => "py",
        "cpython" => "cp",
        "pypy" => "pp",
        "ironpython" => "ip",
        "jython" => "jy",
        other => other,
    }
    .to_owned()
}

fn nodot((major, minor): (u32, Option<u32>)) -> String {
    match minor {
        Some(minor) => format!("{major}{minor}"),
        None => major.to_string(),
    }
}

/// Whether an ABI tag such as `cp313t` has the `t` of free-threaded builds among its flags.
fn is_threaded(abi: &str) -> bool {
    abi.strip_prefix("cp").is_some_and(|rest| {
        let flags = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        flags.len() < rest.len() && flags.contains('t')
    })
}

fn cpython_abis(facts: &TagFacts, version: (u32, u32)) -> Vec<String> {
    let number = nodot((version.0, Some(version.1)));
    let threading = if version >= (3, 13) && facts.gil_disabled { "t" } else { "" };
    let debug = if facts.debug { "d" } else { "" };
    let before_38 = version < (3, 8);
    let pymalloc = if before_38 && facts.pymalloc { "m" } else { "" };
    let wide = if version < (3, 3) && facts.wide_unicode { "u" } else { "" };
    let mut abis = vec![format!("cp{number}{threading}{debug}{pymalloc}{wide}")];
    if !before_38 && facts.debug {
        // Debug builds load modules of ordinary builds too.
        abis.push(format!("cp{number}{threading}"));
    }
    abis
}

/// The ABI of an interpreter that is not CPython, read off its `EXT_SUFFIX`.
fn generic_abi(facts: &TagFacts) -> Vec<String> {
    let Some(suffix) = facts.ext_suffix.as_deref().filter(|text| text.starts_with('.')) else {
        return Vec::new();
    };
    let parts: Vec<&str> = suffix.split('.').collect();
    let [_, soabi, _, ..] = parts.as_slice() else {
        return cpython_abis(facts, facts.version);
    };
    let first = |count: usize| soabi.split('-').take(count).collect::<Vec<_>>().join("-");
    let abi = if soabi.starts_with("cpython") {
        match soabi.split('-').nth(1) {
            Some(version) if !version.is_empty() => format!("cp{version}"),
            _ => return Vec::new(),
        }
    } else if soabi.starts_with("cp") {
        first(1)
    } else if soabi.starts_with("pypy") {
        first(2)
    } else if soabi.starts_with("graalpy") {
        first(3)
    } else if soabi.is_empty() {
        return Vec::new();
    } else {
        (*soabi).to_owned()
    };
    vec![normalise(&abi)]
}

/// `py313`, `py3`, `py312`, … `py30`: the version, its major, then all older ones.
fn python_range((major, minor): (u32, Option<u32>)) -> Vec<String> {
    let Some(minor) = minor else { return vec![format!("py{major}")] };
    let mut names = vec![format!("py{major}{minor}"), format!("py{major}")];
    names.extend((0..minor).rev().map(|minor| format!("py{major}{minor}")));
    names
}

/// Each platform that the user named, followed by those that it implies; none twice.
fn expand_platforms(platforms: &[String]) -> Vec<String> {
    let mut expanded: Vec<String> = Vec::new();
    for platform in platforms {
        if expanded.contains(platform) {
            continue;
        }
        // Duplicates inside one expansion are kept, as pip keeps them.
        let additions: Vec<String> = implied_platforms(platform)
            .into_iter()
            .filter(|name| !expanded.contains(name))
            .collect();
        expanded.extend(additions);
    }
    expanded
}

fn implied_platforms(platform: &str) -> Vec<String> {
    let (prefix, suffix) = platform.split_once('_').unwrap_or((platform, ""));
    let renamed = |name: &str, cut: usize, tags: Vec<String>| {
        tags.iter().map(|tag| format!("{name}_{}", tag.get(cut..).unwrap_or_default())).collect()
    };
    if platform.starts_with("macosx") {
        if let Some((name, version, arch)) = apple_parts(platform) {
            return renamed(&name, "macosx_".len(), mac_platforms(version, &arch));
        }
    } else if platform.starts_with("ios") {
        if let Some((name, version, arch)) = apple_parts(platform) {
            return renamed(&name, "ios_".len(), ios_platforms(version, &arch));
        }
    } else if prefix == "android" {
        let parts = suffix.split_once('_').filter(|(_, abi)| !abi.is_empty());
        if let Some((level, abi)) = parts.and_then(|(level, abi)| Some((number(level)?, abi))) {
            return android_platforms(level, abi);
        }
    }
    let mut platforms = vec![platform.to_owned()];
    match prefix {
        "manylinux2014" if matches!(suffix, "i686" | "x86_64") => {
            platforms.push(format!("manylinux2010_{suffix}"));
            platforms.push(format!("manylinux1_{suffix}"));
        }
        "manylinux2010" => platforms.push(match platform.split_once('_') {
            Some(_) => format!("manylinux1_{suffix}"),
            None => "manylinux1".to_owned(),
        }),
        _ => {}
    }
    platforms
}

/// `name_MAJOR_MINOR_arch` taken apart, the name as long as possible.
fn apple_parts(platform: &str) -> Option<(String, (u32, u32), String)> {
    let parts: Vec<&str> = platform.split('_').collect();
    (1..parts.len().saturating_sub(2)).rev().find_map(|at| {
        let version = (number(parts[at])?, number(parts[at + 1])?);
        let (name, arch) = (parts[..at].join("_"), parts[at + 2..].join("_"));
        (!name.is_empty() && !arch.is_empty()).then_some((name, version, arch))
    })
}

fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linux() -> TagFacts {
        TagFacts {
            implementation: "cpython".into(),
            version: (3, 13),
            version_nodot: Some("313".into()),
            ext_suffix: Some(".cpython-313-x86_64-linux-gnu.so".into()),
            pymalloc: true,
            wide_unicode: true,
            platform: PlatformFacts {
                system: "Linux".into(),
                sysconfig_platform: "linux-x86_64".into(),
                glibc: Some((2, 36)),
                ..PlatformFacts::default()
            },
            ..TagFacts::default()
        }
    }

    fn texts(facts: &TagFacts, request: &TagRequest) -> Vec<String> {
        compatible_tags(facts, request).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_native_platform_comes_before_manylinux() {
        let tags = texts(&linux(), &TagRequest::default());
        assert_eq!(tags[0], "cp313-cp313-linux_x86_64");
        assert_eq!(tags[1], "cp313-cp313-manylinux_2_36_x86_64");
        assert_eq!(tags.last().unwrap(), "py30-none-any");
    }

    #[test]
    fn free_threaded_builds_have_the_other_stable_abi() {
        let tags = texts(&TagFacts { gil_disabled: true, ..linux() }, &TagRequest::default());
        assert_eq!(tags[0], "cp313-cp313t-linux_x86_64");
        assert!(tags.contains(&"cp312-abi3t-linux_x86_64".into()));
        assert!(!tags.iter().any(|tag| tag.contains("-abi3-")));
    }

    #[test]
    fn a_named_platform_implies_older_ones() {
        let request = TagRequest {
            python_version: Some((3, Some(7))),
            platforms: vec!["manylinux2014_x86_64".into(), "macosxcustom_10_4_arm64".into()],
            ..TagRequest::default()
        };
        let tags = texts(&linux(), &request);
        assert_eq!(
            tags[..4],
            [
                "cp37-cp37m-manylinux2014_x86_64",
                "cp37-cp37m-manylinux2010_x86_64",
                "cp37-cp37m-manylinux1_x86_64",
                "cp37-cp37m-macosxcustom_10_4_arm64"
            ]
        );
    }
}
