//! Which links of a project are candidates at all, and their order of preference: pip's
//! `LinkEvaluator` and `CandidateEvaluator`.

use std::cell::Cell;
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;

use accel_types::filename::split_extension;
use accel_types::moment::from_iso_format;
use accel_types::{
    Hashes, Link, Operator, PackageName, SdistName, SpecifierSet, Tag, Version, WheelParts,
};

use crate::error::ResolveError;
use crate::request::ResolveRequest;
use crate::url_text;

/// A link within the answer that it came with: a page's links are many and never copied.
#[derive(Debug, Clone)]
pub(crate) struct OfferedLink {
    links: Arc<[Link]>,
    at: usize,
}

impl OfferedLink {
    /// Its place among the links of the project as they were found.
    pub(crate) fn place(&self) -> usize {
        self.at
    }
}

impl Deref for OfferedLink {
    type Target = Link;

    fn deref(&self) -> &Link {
        &self.links[self.at]
    }
}

/// Ranks of tags by their text in file names, where the same few occur again and again.
pub(crate) type TagRanks = HashMap<Box<str>, Option<usize>>;

/// A link that may be installed.
#[derive(Debug)]
pub(crate) struct Offer {
    /// The link itself.
    pub(crate) link: OfferedLink,
    /// The number under which its candidate is kept, once it was asked for.
    pub(crate) place: Cell<Option<u32>>,
    /// The version of its file name.
    pub(crate) version: Version,
    /// Index of the version among the project's versions.
    pub(crate) slot: usize,
    /// For wheels, the place of its best tag among the target's; smaller is better.
    rank: Option<usize>,
    /// A wheel's build tag.
    build: Option<(u64, String)>,
}

/// All offers of a project.
#[derive(Debug, Default)]
pub(crate) struct Offers {
    /// Best first, digests not considered.
    pub(crate) ranked: Vec<Offer>,
    /// The different versions among them, ascending.
    pub(crate) versions: Vec<Version>,
    /// `version Requires-Python spec` of every link that needs another Python, with the link's place
    /// among those that were judged.
    pub(crate) other_python: Vec<(usize, String)>,
}

impl Offers {
    /// Judges the links of one project.
    ///
    /// # Errors
    /// With `--uploaded-prior-to`, a link whose page does not tell when it was uploaded.
    pub(crate) fn evaluate(
        name: &PackageName,
        links: &Arc<[Link]>,
        request: &ResolveRequest,
        ranks: &mut TagRanks,
    ) -> Result<Self, ResolveError> {
        let mut evaluator = Evaluator::new(name, request);
        let mut found = Self::default();
        for (at, link) in links.iter().enumerate() {
            match evaluator.evaluate(link, ranks)? {
                Verdict::Candidate(fit) => found.ranked.push(Offer {
                    link: OfferedLink { links: Arc::clone(links), at },
                    place: Cell::new(None),
                    version: fit.version,
                    slot: 0,
                    rank: fit.rank,
                    build: fit.build,
                }),
                Verdict::OtherPython(detail) => found.other_python.push((at, detail)),
                Verdict::Unfit => {}
            }
        }
        found.rank(request.options.prefer_binary);
        Ok(found)
    }

    /// Sorts as pip does: ascending and stable, then reversed, so that of equals the last is best.
    fn rank(&mut self, prefer_binary: bool) {
        // Files of one version stand together as a rule.
        let mut versions: Vec<Version> = Vec::new();
        for offer in &self.ranked {
            if versions.last() != Some(&offer.version) {
                versions.push(offer.version.clone());
            }
        }
        versions.sort();
        versions.dedup();
        let mut slot = 0;
        for offer in &mut self.ranked {
            if versions[slot] != offer.version {
                slot = versions.partition_point(|version| *version < offer.version);
            }
            offer.slot = slot;
        }
        self.versions = versions;
        self.ranked.sort_by(|one, other| {
            let yanked = |offer: &Offer| offer.link.yanked.is_some();
            let binary = |offer: &Offer| prefer_binary && offer.rank.is_some();
            let tag = |offer: &Offer| offer.rank.unwrap_or(usize::MAX);
            yanked(other)
                .cmp(&yanked(one))
                .then_with(|| binary(one).cmp(&binary(other)))
                .then_with(|| one.slot.cmp(&other.slot))
                .then_with(|| tag(other).cmp(&tag(one)))
                .then_with(|| one.build.cmp(&other.build))
        });
        self.ranked.reverse();
    }

    /// Indexes of the offers that satisfy, best first (pip's applicable candidates, reversed).
    pub(crate) fn applicable(
        &self,
        specifier: &SpecifierSet,
        prereleases: Option<bool>,
        hashes: &Hashes,
    ) -> Vec<usize> {
        // `===` tells equal versions apart by how they are written, so that one can't speak for all.
        let textual = specifier.iter().any(|one| one.operator() == Operator::Arbitrary);
        let mut applicable: Vec<usize> = if textual {
            let offers = self.ranked.iter().enumerate();
            let found = specifier.filter_by_key(offers, |(_, offer)| &offer.version, prereleases);
            found.into_iter().map(|(at, _)| at).collect()
        } else {
            let mut accepted = vec![false; self.versions.len()];
            let versions = self.versions.iter().enumerate();
            for (slot, _) in specifier.filter_by_key(versions, |(_, version)| version, prereleases)
            {
                accepted[slot] = true;
            }
            (0..self.ranked.len()).filter(|at| accepted[self.ranked[*at].slot]).collect()
        };
        let allowed = |at: &usize| self.ranked[*at].link.is_hash_allowed(hashes);
        if !hashes.is_empty() && applicable.iter().any(allowed) {
            applicable.retain(|at| allowed(at) || self.ranked[*at].link.digests.is_empty());
            applicable.sort_by_key(|at| !allowed(at));
        }
        applicable
    }
}

/// What the file name of a fitting link says.
struct Fit {
    version: Version,
    rank: Option<usize>,
    build: Option<(u64, String)>,
}

/// What became of one link.
enum Verdict {
    Candidate(Fit),
    OtherPython(String),
    Unfit,
}

struct Evaluator<'a> {
    name: &'a PackageName,
    request: &'a ResolveRequest,
    wheels: bool,
    sdists: bool,
    /// Verdict on each text of Requires-Python that was met.
    pythons: HashMap<&'a str, bool>,
    /// The last of them: links of one version have the same, as they have the next two.
    last_python: Option<(&'a str, bool)>,
    /// The last project's name in a wheel's file name, and whether it is this project's.
    last_name: Option<(&'a str, bool)>,
    /// The last version in a wheel's file name, if it is one.
    last_version: Option<(&'a str, Option<Version>)>,
}

impl<'a> Evaluator<'a> {
    fn new(name: &'a PackageName, request: &'a ResolveRequest) -> Self {
        let formats = request.options.formats.allowed(name);
        let (wheels, sdists) = (formats.binary, formats.source);
        Self {
            name,
            request,
            wheels,
            sdists,
            pythons: HashMap::new(),
            last_python: None,
            last_name: None,
            last_version: None,
        }
    }

    fn evaluate(&mut self, link: &'a Link, ranks: &mut TagRanks) -> Result<Verdict, ResolveError> {
        let wheel = link.is_wheel();
        let macos_installer =
            !wheel && split_extension(&link.filename).1 == ".zip" && link.url.contains("macosx10");
        let fit = if wheel { self.fitting_wheel(link, ranks) } else { self.fitting_sdist(link) };
        let Some(fit) = fit.filter(|_| !macos_installer) else {
            return Ok(Verdict::Unfit);
        };
        if !self.uploaded_in_time(link)? || !(wheel || self.sdists) {
            return Ok(Verdict::Unfit);
        }
        if let Some(required) = &link.requires_python
            && !self.python_fits(required)
        {
            let version = match SdistName::parse(&link.filename, self.name) {
                Some(as_written) => as_written.version,
                None => fit.version.to_string(),
            };
            let detail = format!("{version} Requires-Python {}", in_order(required));
            return Ok(Verdict::OtherPython(detail));
        }
        Ok(Verdict::Candidate(fit))
    }

    /// What a wheel's name says, if it is this project's and fits the target.
    fn fitting_wheel(&mut self, link: &'a Link, ranks: &mut TagRanks) -> Option<Fit> {
        if !self.wheels {
            return None;
        }
        let parts = WheelParts::split(&link.filename)?;
        // Most wheels fall here: their tags were met before and do not fit.
        let rank = if let Some(rank) = ranks.get(parts.tags) {
            (*rank)?
        } else {
            let tags = Tag::parse_set(parts.tags).unwrap_or_default();
            let rank = self.request.tags.best_rank(&tags);
            ranks.insert(parts.tags.into(), rank);
            rank?
        };
        let build = parts.parsed_build()?;
        let version = self.own_version(&parts)?;
        Some(Fit { version, rank: Some(rank), build })
    }

    /// The version of a wheel, if it is this project's.
    fn own_version(&mut self, parts: &WheelParts<'a>) -> Option<Version> {
        let own = match self.last_name {
            Some((text, own)) if text == parts.name => own,
            _ => {
                let own = parts.project().is_some_and(|project| project == *self.name);
                self.last_name = Some((parts.name, own));
                own
            }
        };
        if !own {
            return None;
        }
        match &self.last_version {
            Some((text, version)) if *text == parts.version => version.clone(),
            _ => {
                let version = Version::parse(parts.version).ok();
                self.last_version = Some((parts.version, version.clone()));
                version
            }
        }
    }

    /// What an sdist's name says, unless it is for another Python (`-py2.7`).
    fn fitting_sdist(&self, link: &Link) -> Option<Fit> {
        let name = SdistName::parse(&link.filename, self.name)?;
        if let Some(python) = &name.python {
            let release = self.request.python.release();
            let ours: Vec<String> = release.iter().take(2).map(ToString::to_string).collect();
            if *python != ours.join(".") {
                return None;
            }
        }
        Some(Fit { version: name.parsed_version()?, rank: None, build: None })
    }

    fn uploaded_in_time(&self, link: &Link) -> Result<bool, ResolveError> {
        let Some(prior_to) = self.request.options.uploaded_prior_to else {
            return Ok(true);
        };
        if url_text::is_file(&link.url) {
            return Ok(true);
        }
        match link.upload_time.as_deref().and_then(from_iso_format) {
            Some(moment) => Ok(moment < prior_to),
            None if link.comes_from.is_empty() => Err(ResolveError::Refused(
                "Index does not provide upload-time metadata.".to_owned(),
            )),
            None => Err(ResolveError::Refused(format!(
                "Index {} does not provide upload-time metadata.",
                link.comes_from
            ))),
        }
    }

    fn python_fits(&mut self, required: &'a str) -> bool {
        let options = &self.request.options;
        let ignored = options.ignore_requires_python && !options.heed_python_of_pages;
        if ignored || required.is_empty() {
            return true;
        }
        if let Some((text, fits)) = self.last_python
            && text == required
        {
            return fits;
        }
        let fits = *self.pythons.entry(required).or_insert_with(|| {
            let set = required.parse::<SpecifierSet>();
            set.map_or(true, |set| set.contains(&self.request.python, None))
        });
        self.last_python = Some((required, fits));
        fits
    }
}

/// The specifiers of Requires-Python in pip's order for its message: by the purely numeric parts.
fn in_order(required: &str) -> String {
    let Ok(set) = required.parse::<SpecifierSet>() else {
        return required.to_owned();
    };
    let mut specifiers: Vec<String> = set.iter().map(ToString::to_string).collect();
    specifiers.sort_by_key(|text| {
        text.split('.').filter_map(|part| part.parse::<u64>().ok()).collect::<Vec<_>>()
    });
    specifiers.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requires_python_is_told_in_numeric_order() {
        assert_eq!(in_order(">=3.8,!=3.0.1"), "!=3.0.1,>=3.8");
        assert_eq!(in_order("<4,>=3.8"), "<4,>=3.8");
        assert_eq!(in_order("nonsense"), "nonsense");
    }
}
