//! Which links of a project are candidates at all, and their order of preference: pip's
//! `LinkEvaluator` and `CandidateEvaluator`.

use std::collections::HashMap;
use std::sync::Arc;

use accel_types::filename::split_extension;
use accel_types::{Hashes, Link, PackageName, SdistName, SpecifierSet, Version, WheelFilename};

use crate::error::ResolveError;
use crate::moment::Moment;
use crate::request::ResolveRequest;
use crate::url_text;

/// A link that may be installed.
#[derive(Debug)]
pub(crate) struct Offer {
    /// The link itself.
    pub(crate) link: Arc<Link>,
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
    /// `version Requires-Python spec` of every link that needs another Python.
    pub(crate) other_python: Vec<String>,
}

impl Offers {
    /// Judges the links of one project.
    ///
    /// # Errors
    /// With `--uploaded-prior-to`, a link whose page does not tell when it was uploaded.
    pub(crate) fn evaluate(
        name: &PackageName,
        links: &[Link],
        request: &ResolveRequest,
    ) -> Result<Self, ResolveError> {
        let mut evaluator = Evaluator::new(name, request)?;
        let mut found = Self::default();
        for link in links {
            match evaluator.evaluate(link)? {
                Verdict::Candidate(offer) => found.ranked.push(offer),
                Verdict::OtherPython(detail) => found.other_python.push(detail),
                Verdict::Unfit => {}
            }
        }
        found.rank(request.options.prefer_binary);
        Ok(found)
    }

    /// Sorts as pip does: ascending and stable, then reversed, so that of equals the last is best.
    fn rank(&mut self, prefer_binary: bool) {
        let mut versions: Vec<Version> =
            self.ranked.iter().map(|offer| offer.version.clone()).collect();
        versions.sort();
        versions.dedup();
        for offer in &mut self.ranked {
            offer.slot = versions.partition_point(|version| *version < offer.version);
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
        let mut accepted = vec![false; self.versions.len()];
        let versions = self.versions.iter().enumerate();
        for (slot, _) in specifier.filter_by_key(versions, |(_, version)| version, prereleases) {
            accepted[slot] = true;
        }
        let mut applicable: Vec<usize> =
            (0..self.ranked.len()).filter(|at| accepted[self.ranked[*at].slot]).collect();
        let allowed = |at: &usize| self.ranked[*at].link.is_hash_allowed(hashes);
        if !hashes.is_empty() && applicable.iter().any(allowed) {
            applicable.retain(|at| allowed(at) || self.ranked[*at].link.digests.is_empty());
            applicable.sort_by_key(|at| !allowed(at));
        }
        applicable
    }
}

/// What became of one link.
enum Verdict {
    Candidate(Offer),
    OtherPython(String),
    Unfit,
}

struct Evaluator<'a> {
    name: &'a PackageName,
    request: &'a ResolveRequest,
    wheels: bool,
    sdists: bool,
    prior_to: Option<Moment>,
    /// Verdict on each text of Requires-Python that was met.
    pythons: HashMap<String, bool>,
}

impl<'a> Evaluator<'a> {
    fn new(name: &'a PackageName, request: &'a ResolveRequest) -> Result<Self, ResolveError> {
        let (wheels, sdists) = request.options.formats.allows(name);
        let prior_to = match &request.options.uploaded_prior_to {
            None => None,
            Some(text) => Some(Moment::parse(text).ok_or_else(|| {
                ResolveError::Refused(format!("Invalid time for --uploaded-prior-to: {text}"))
            })?),
        };
        Ok(Self { name, request, wheels, sdists, prior_to, pythons: HashMap::new() })
    }

    fn evaluate(&mut self, link: &Link) -> Result<Verdict, ResolveError> {
        let wheel = link.is_wheel();
        let (_, extension) = split_extension(&link.filename);
        let macos_installer = extension == ".zip" && link.url.contains("macosx10");
        let read = if wheel {
            self.fitting_wheel(link)
                .map(|(name, rank)| (name.version.to_string(), Some(rank), name.build))
        } else {
            self.sdist_version(link).map(|version| (version, None, None))
        };
        let Some((version, rank, build)) = read.filter(|_| !macos_installer) else {
            return Ok(Verdict::Unfit);
        };
        if !self.uploaded_in_time(link)? || !(wheel || self.sdists) {
            return Ok(Verdict::Unfit);
        }
        if let Some(required) = &link.requires_python
            && !self.python_fits(required)
        {
            let required = in_order(required);
            let detail = format!("{version} Requires-Python {required}");
            return Ok(Verdict::OtherPython(detail));
        }
        Ok(match version.parse() {
            Ok(version) => Verdict::Candidate(Offer {
                link: Arc::new(link.clone()),
                version,
                slot: 0,
                rank,
                build,
            }),
            Err(_) => Verdict::Unfit,
        })
    }

    /// The wheel's name with the rank of its best tag, if it is this project's and fits.
    fn fitting_wheel(&self, link: &Link) -> Option<(WheelFilename, usize)> {
        if !self.wheels {
            return None;
        }
        let name = WheelFilename::parse(&link.filename).ok()?;
        if name.name != *self.name {
            return None;
        }
        let rank = self.request.tags.best_rank(&name.tags)?;
        Some((name, rank))
    }

    fn uploaded_in_time(&self, link: &Link) -> Result<bool, ResolveError> {
        let Some(prior_to) = self.prior_to else {
            return Ok(true);
        };
        if url_text::is_file(&link.url) {
            return Ok(true);
        }
        match link.upload_time.as_deref().and_then(Moment::parse) {
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

    /// The version of an sdist of this project, unless it is for another Python (`-py2.7`).
    fn sdist_version(&self, link: &Link) -> Option<String> {
        let name = SdistName::parse(&link.filename, self.name)?;
        if let Some(python) = &name.python {
            let release = self.request.python.release();
            let ours: Vec<String> = release.iter().take(2).map(ToString::to_string).collect();
            if *python != ours.join(".") {
                return None;
            }
        }
        Some(name.version)
    }

    fn python_fits(&mut self, required: &str) -> bool {
        if self.request.options.ignore_requires_python || required.is_empty() {
            return true;
        }
        if let Some(fits) = self.pythons.get(required) {
            return *fits;
        }
        let fits = required
            .parse::<SpecifierSet>()
            .map_or(true, |set| set.contains(&self.request.python, None));
        self.pythons.insert(required.to_owned(), fits);
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
