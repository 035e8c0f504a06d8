//! Platform tags: which `linux_…`, `manylinux_…`, `musllinux_…`, `macosx_…`, `ios_…` and
//! `android_…` names a machine accepts, best first.
//!
//! The order is that of `packaging.tags` 26.3 (as vendored by pip 26.3); PEP 425, 513, 571, 599,
//! 600, 656, 730 and 738 define the names. Everything that `packaging` asks the running machine
//! for is a field of [`PlatformFacts`], so that the answer can be computed for any interpreter.

use serde::{Deserialize, Serialize};

/// What an interpreter and its machine say about the platform; pure data, asked once and kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlatformFacts {
    /// `platform.system()`: `Linux`, `Darwin`, `iOS`, `Android`, `Emscripten`, `Windows`, …
    pub system: String,
    /// `sysconfig.get_platform()`, such as `linux-x86_64`.
    pub sysconfig_platform: String,
    /// Whether the interpreter's pointers have 32 bits.
    pub is_32bit: bool,
    /// glibc's major and minor version; absent where the interpreter does not use glibc.
    pub glibc: Option<(u32, u32)>,
    /// musl's major and minor version; absent where the interpreter does not use musl.
    pub musl: Option<(u32, u32)>,
    /// Whether the executable is an ELF file of the ARM hard-float ABI (`armv7l` wheels need it).
    pub elf_armhf: bool,
    /// Whether the executable is a 32-bit x86 ELF file (`i686` wheels need it).
    pub elf_i686: bool,
    /// manylinux tags that the distributor's `_manylinux` module refuses (PEP 600).
    pub refused_manylinux: Vec<String>,
    /// macOS or iOS version (major, minor); absent elsewhere.
    pub apple_version: Option<(u32, u32)>,
    /// Machine of a Mac (`x86_64`, `arm64`), or `sys.implementation._multiarch` on iOS.
    pub apple_arch: Option<String>,
    /// Android's API level.
    pub android_api_level: Option<u32>,
    /// `PYEMSCRIPTEN_PLATFORM_VERSION` of an Emscripten build.
    pub emscripten_version: Option<String>,
}

/// The glibc minor version that is assumed to end a major series that is no longer current.
const LAST_GLIBC_MINOR: u32 = 50;

/// Architectures whose ABI every manylinux wheel may assume.
const ALLOWED_ARCHS: [&str; 7] =
    ["x86_64", "aarch64", "ppc64", "ppc64le", "s390x", "loongarch64", "riscv64"];

/// The platform tags of `facts`, best first: `packaging.tags.platform_tags()`.
pub fn platform_tags(facts: &PlatformFacts) -> Vec<String> {
    match facts.system.as_str() {
        "Darwin" => mac_platforms(
            facts.apple_version.unwrap_or_default(),
            &mac_arch(facts.apple_arch.as_deref().unwrap_or_default(), facts.is_32bit),
        ),
        "iOS" => ios_platforms(
            facts.apple_version.unwrap_or_default(),
            facts.apple_arch.as_deref().unwrap_or_default(),
        ),
        "Android" => android_platforms(
            facts.android_api_level.unwrap_or_default(),
            facts.sysconfig_platform.rsplit('-').next().unwrap_or_default(),
        ),
        "Linux" => linux_platforms(facts),
        "Emscripten" => facts
            .emscripten_version
            .iter()
            .map(|version| format!("pyemscripten_{version}_wasm32"))
            .chain([normalise(&facts.sysconfig_platform)])
            .collect(),
        _ => vec![normalise(&facts.sysconfig_platform)],
    }
}

/// Dots, dashes and spaces become underscores, as wheel names write them.
pub(crate) fn normalise(text: &str) -> String {
    text.replace(['.', '-', ' '], "_")
}

fn linux_platforms(facts: &PlatformFacts) -> Vec<String> {
    let linux = normalise(&facts.sysconfig_platform);
    let Some(mut arch) = linux.strip_prefix("linux_") else {
        return vec![linux];
    };
    if facts.is_32bit {
        arch = match arch {
            "x86_64" => "i686",
            "aarch64" => "armv8l",
            other => other,
        };
    }
    let archs = if arch == "armv8l" { vec!["armv8l", "armv7l"] } else { vec![arch] };
    let mut tags: Vec<String> = archs.iter().map(|arch| format!("linux_{arch}")).collect();
    tags.extend(manylinux_platforms(facts, &archs));
    if let Some((major, minor)) = facts.musl {
        for arch in &archs {
            tags.extend((0..=minor).rev().map(|minor| format!("musllinux_{major}_{minor}_{arch}")));
        }
    }
    tags
}

fn manylinux_platforms(facts: &PlatformFacts, archs: &[&str]) -> Vec<String> {
    let abi_fits = if archs.contains(&"armv7l") {
        facts.elf_armhf
    } else if archs.contains(&"i686") {
        facts.elf_i686
    } else {
        archs.iter().any(|arch| ALLOWED_ARCHS.contains(arch))
    };
    let (true, Some(current)) = (abi_fits, facts.glibc) else { return Vec::new() };
    // The oldest glibc of any manylinux wheel: 2.5 (manylinux1) on x86, 2.17 elsewhere.
    let oldest_minor =
        if archs.iter().any(|arch| matches!(*arch, "x86_64" | "i686")) { 5 } else { 17 };
    let series =
        std::iter::once(current).chain((2..current.0).rev().map(|major| (major, LAST_GLIBC_MINOR)));
    let mut tags = Vec::new();
    for arch in archs {
        for (major, newest) in series.clone() {
            let oldest = if major == 2 { oldest_minor } else { 0 };
            for minor in (oldest..=newest).rev() {
                let tag = format!("manylinux_{major}_{minor}_{arch}");
                if facts.refused_manylinux.contains(&tag) {
                    continue;
                }
                tags.push(tag);
                let legacy = match (major, minor) {
                    (2, 17) => "manylinux2014",
                    (2, 12) => "manylinux2010",
                    (2, 5) => "manylinux1",
                    _ => continue,
                };
                tags.push(format!("{legacy}_{arch}"));
            }
        }
    }
    tags
}

fn mac_arch(arch: &str, is_32bit: bool) -> String {
    match (is_32bit, arch.starts_with("ppc")) {
        (false, _) => arch,
        (true, true) => "ppc",
        (true, false) => "i386",
    }
    .to_owned()
}

/// Binary formats that a Mac of this version and machine runs.
fn mac_formats(version: (u32, u32), arch: &str) -> Vec<&str> {
    let mut formats = vec![arch];
    match arch {
        "x86_64" | "i386" if version < (10, 4) => return Vec::new(),
        "x86_64" => formats.extend(["intel", "fat64", "fat3"]),
        "i386" => formats.extend(["intel", "fat3", "fat"]),
        "ppc64" if !((10, 4)..=(10, 5)).contains(&version) => return Vec::new(),
        "ppc64" => formats.push("fat64"),
        "ppc" if version > (10, 6) => return Vec::new(),
        "ppc" => formats.extend(["fat3", "fat"]),
        _ => {}
    }
    if matches!(arch, "arm64" | "x86_64") {
        formats.push("universal2");
    }
    if matches!(arch, "x86_64" | "i386" | "ppc64" | "ppc" | "intel") {
        formats.push("universal");
    }
    formats
}

/// The macOS tags of a version and machine: `packaging.tags.mac_platforms`.
pub(crate) fn mac_platforms(version: (u32, u32), arch: &str) -> Vec<String> {
    let mut tags = Vec::new();
    let mut add = |version: (u32, u32), formats: &[&str]| {
        for format in formats {
            tags.push(format!("macosx_{}_{}_{format}", version.0, version.1));
        }
    };
    if version.0 == 10 {
        for minor in (0..=version.1).rev() {
            add((10, minor), &mac_formats((10, minor), arch));
        }
    }
    if version.0 >= 11 {
        for major in (11..=version.0).rev() {
            add((major, 0), &mac_formats((major, 0), arch));
        }
        // Releases before 11 count too: all formats on Intel, else the Intel half of universal2.
        for minor in (4..=16).rev() {
            if arch == "x86_64" {
                add((10, minor), &mac_formats((10, minor), arch));
            } else {
                add((10, minor), &["universal2"]);
            }
        }
    }
    tags
}

/// The iOS tags of a version and multiarch: `packaging.tags.ios_platforms`.
pub(crate) fn ios_platforms(version: (u32, u32), multiarch: &str) -> Vec<String> {
    let multiarch = multiarch.replace('-', "_");
    if version.0 < 12 {
        return Vec::new();
    }
    let own = (0..=version.1).rev().map(|minor| (version.0, minor));
    let older =
        (12..version.0).rev().flat_map(|major| (0..=9).rev().map(move |minor| (major, minor)));
    own.chain(older).map(|(major, minor)| format!("ios_{major}_{minor}_{multiarch}")).collect()
}

/// The Android tags from an API level down to 16: `packaging.tags.android_platforms`.
pub(crate) fn android_platforms(api_level: u32, abi: &str) -> Vec<String> {
    let abi = normalise(abi);
    (16..=api_level).rev().map(|level| format!("android_{level}_{abi}")).collect()
}
