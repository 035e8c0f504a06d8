//! Why versions that pages offer can't be chosen, for those who want to know: the same rules that
//! `offers` and `project` follow, told for each version.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use accel_types::filename::split_extension;
use accel_types::moment::from_iso_format;
use accel_types::{Hashes, Link, PackageName, SdistName, SpecifierSet, Tag, Version, WheelParts};

use crate::error::ResolveError;
use crate::offers::Offers;
use crate::request::ResolveRequest;

/// One version that a page offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The version.
    pub version: Version,
    /// What stands in its way.
    pub verdict: Verdict,
    /// Whether it has no wheel that could be installed.
    pub source_only: bool,
}

/// What stands in the way of a version. Of several files the one counts that comes nearest to being
/// installed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing.
    Fits,
    /// The specifiers do not accept it.
    Excluded,
    /// No file is for this platform and implementation.
    OtherPlatform,
    /// `--no-binary` or `--only-binary` leaves its files out.
    Format,
    /// It was uploaded at this time, not prior to that of `--uploaded-prior-to`.
    Late(String),
    /// It needs another Python: its Requires-Python.
    OtherPython(String),
    /// It was yanked, for this reason, which may be empty.
    Yanked(String),
    /// It is a pre-release, and those are not asked for.
    Prerelease,
    /// No file of it has an allowed digest.
    Digest,
}

/// Judges the versions of a project, newest first. Of the request only options, tags and Python count.
///
/// # Errors
/// With `--uploaded-prior-to`, a link whose page does not tell when it was uploaded.
pub fn judge(
    name: &PackageName,
    links: &Arc<[Link]>,
    request: &ResolveRequest,
    specifier: &SpecifierSet,
    hashes: &Hashes,
) -> Result<Vec<Judged>, ResolveError> {
    let offers = Offers::evaluate(name, links, request, &mut HashMap::new())?;
    let sets = Sets::of(&offers, name, request, specifier, hashes);
    let mut judged: BTreeMap<&Version, Judged> = BTreeMap::new();
    for offer in &offers.ranked {
        let version = &offer.version;
        let source_only = !offer.link.is_wheel();
        let known = judged.entry(version).or_insert_with(|| {
            let yanked = offer.link.yanked.as_deref();
            let verdict = sets.verdict(version, specifier, yanked);
            Judged { version: version.clone(), verdict, source_only }
        });
        known.source_only &= source_only;
    }
    let fitting: HashSet<usize> = offers.ranked.iter().map(|offer| offer.link.place()).collect();
    let mut unfit: BTreeMap<Version, Verdict> = BTreeMap::new();
    let others = links.iter().enumerate().filter(|(at, _)| !fitting.contains(at));
    for (_, link) in others {
        let Some((version, verdict)) = unfitness(name, link, request) else { continue };
        let verdict =
            if specifier.contains(&version, Some(true)) { verdict } else { Verdict::Excluded };
        let known = unfit.entry(version).or_insert_with(|| verdict.clone());
        if *known < verdict {
            *known = verdict;
        }
    }
    let mut all: Vec<Judged> = judged.into_values().collect();
    let known: HashSet<Version> = all.iter().map(|one| one.version.clone()).collect();
    let unfit = unfit.into_iter().filter(|(version, _)| !known.contains(version));
    all.extend(unfit.map(|(version, verdict)| Judged { version, verdict, source_only: false }));
    all.sort_by(|one, other| other.version.cmp(&one.version));
    Ok(all)
}

/// The versions that get so far.
struct Sets<'a> {
    /// Those that a search may choose.
    chosen: HashSet<&'a Version>,
    /// Those that were chosen if nothing was yanked.
    even_yanked: HashSet<&'a Version>,
    /// Those that were chosen if digests did not count either.
    any_digest: HashSet<&'a Version>,
}

impl<'a> Sets<'a> {
    fn of(
        offers: &'a Offers,
        name: &PackageName,
        request: &ResolveRequest,
        specifier: &SpecifierSet,
        hashes: &Hashes,
    ) -> Self {
        let prereleases = request.options.releases.allows_prereleases(name);
        let version = |at: &usize| &offers.ranked[*at].version;
        let yanked = |at: &usize| offers.ranked[*at].link.yanked.is_some();
        let any_digest = offers.applicable(specifier, prereleases, &Hashes::new());
        let applicable = offers.applicable(specifier, prereleases, hashes);
        let fixed = specifier.iter().any(accel_types::Specifier::is_pin);
        let all_yanked = fixed && applicable.iter().all(yanked);
        let chosen = applicable.iter().filter(|at| all_yanked || !yanked(at));
        Self {
            chosen: chosen.map(version).collect(),
            even_yanked: applicable.iter().map(version).collect(),
            any_digest: any_digest.iter().map(version).collect(),
        }
    }

    /// What stands in the way of a version whose best file is yanked for this reason, if it is.
    fn verdict(
        &self,
        version: &Version,
        specifier: &SpecifierSet,
        yanked: Option<&str>,
    ) -> Verdict {
        if self.chosen.contains(version) {
            Verdict::Fits
        } else if !specifier.contains(version, Some(true)) {
            Verdict::Excluded
        } else if self.even_yanked.contains(version) {
            Verdict::Yanked(yanked.unwrap_or_default().to_owned())
        } else if self.any_digest.contains(version) {
            Verdict::Digest
        } else {
            Verdict::Prerelease
        }
    }
}

/// Why a file is no candidate, and of which version it is; none if it is not this project's at all.
fn unfitness(
    name: &PackageName,
    link: &Link,
    request: &ResolveRequest,
) -> Option<(Version, Verdict)> {
    let formats = request.options.formats.allowed(name);
    let (version, fits, allowed) = if link.is_wheel() {
        let parts = WheelParts::split(&link.filename)?;
        parts.project().filter(|project| project == name)?;
        let tags = Tag::parse_set(parts.tags).unwrap_or_default();
        let fits = request.tags.best_rank(&tags).is_some();
        (Version::parse(parts.version).ok()?, fits, formats.binary)
    } else {
        let sdist = SdistName::parse(&link.filename, name)?;
        let is_installer =
            split_extension(&link.filename).1 == ".zip" && link.url.contains("macosx10");
        (sdist.parsed_version()?, sdist.python.is_none() && !is_installer, formats.source)
    };
    let options = &request.options;
    let heeded = !options.ignore_requires_python || options.heed_python_of_pages;
    let required = link.requires_python.as_deref().filter(|_| heeded);
    let other_python = required.filter(|text| {
        let set = text.parse::<SpecifierSet>();
        set.is_ok_and(|set| !set.contains(&request.python, None))
    });
    let late = link.upload_time.as_deref().filter(|time| {
        let moment = from_iso_format(time);
        options.uploaded_prior_to.zip(moment).is_some_and(|(limit, moment)| moment >= limit)
    });
    let verdict = match (other_python, late) {
        (Some(required), _) => Verdict::OtherPython(required.to_owned()),
        (None, _) if !fits => Verdict::OtherPlatform,
        (None, _) if !allowed => Verdict::Format,
        (None, Some(time)) => Verdict::Late(time.to_owned()),
        (None, None) => Verdict::OtherPlatform,
    };
    Some((version, verdict))
}
