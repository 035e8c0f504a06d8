//! The file of a project that pip would try first, found without judging all of them.

use accel_resolve::ResolveRequest;
use accel_types::{
    Link, PackageName, SdistName, SpecifierSet, Tag, Version, WheelFilename, WheelParts,
};
use std::collections::HashMap;

/// How good a wheel is; greater is better.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Merit {
    /// Pre-releases come last, unless they are as good as any.
    regular: bool,
    version: Version,
    rank: std::cmp::Reverse<usize>,
}

/// The wheel of the newest version that fits, in its best build. A guess: it decides only what is
/// fetched early.
///
/// Pages list old versions first as a rule, so that from their end the first few versions are
/// the only ones whose tags and Requires-Python have to be looked at.
pub(crate) fn likeliest(
    links: &[Link],
    specifier: &SpecifierSet,
    question: &ResolveRequest,
) -> Option<Link> {
    let mut best: Option<(Merit, &Link)> = None;
    let mut ranks: HashMap<&str, Option<usize>> = HashMap::new();
    // The files of a version stand together: what was made of the last one.
    let mut last: Option<(&str, Option<(bool, Version)>)> = None;
    let early = specifier.prereleases() == Some(true);
    for link in links.iter().rev().filter(|link| link.yanked.is_none()) {
        let Some(parts) = WheelParts::split(&link.filename) else { continue };
        if last.as_ref().is_none_or(|(text, _)| *text != parts.version) {
            let version = Version::parse(parts.version).ok();
            let fits = version.filter(|version| specifier.contains(version, None));
            let fits = fits.map(|version| (early || !version.is_prerelease(), version));
            last = Some((parts.version, fits));
        }
        let Some((_, Some((regular, version)))) = &last else { continue };
        let known = best.as_ref().map(|(merit, _)| (merit.regular, &merit.version));
        if known.is_some_and(|known| known > (*regular, version)) {
            continue;
        }
        let rank = *ranks.entry(parts.tags).or_insert_with(|| {
            let tags = Tag::parse_set(parts.tags).unwrap_or_default();
            question.tags.best_rank(&tags)
        });
        let Some(rank) = rank.filter(|_| fits_python(link, &question.python)) else { continue };
        let (regular, version) = (*regular, version.clone());
        let merit = Merit { regular, version, rank: std::cmp::Reverse(rank) };
        if best.as_ref().is_none_or(|(other, _)| *other < merit) {
            best = Some((merit, link));
        }
    }
    best.map(|(_, link)| link.clone())
}

/// The version that a file's name tells, whatever the file is.
pub(crate) fn version_of(link: &Link, name: &PackageName) -> Option<Version> {
    if link.is_wheel() {
        return WheelFilename::parse(&link.filename).ok().map(|wheel| wheel.version);
    }
    SdistName::parse(&link.filename, name).and_then(|sdist| sdist.parsed_version())
}

fn fits_python(link: &Link, python: &Version) -> bool {
    let required = link.requires_python.as_deref().and_then(|text| text.parse().ok());
    required.is_none_or(|set: SpecifierSet| set.contains(python, Some(true)))
}
