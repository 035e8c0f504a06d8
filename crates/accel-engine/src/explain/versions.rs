//! The versions that were not chosen, grouped by why.

use super::reasons::{Bar, Clause, Others, Reason, Run};
use super::words;
use accel_resolve::{
    Asker, Constraint, Demanded, ResolveRequest, RootKind, TurnedDown, Verdict, Wish,
};
use accel_types::{Hashes, Link, PackageName, Requirement, SpecifierSet, Version};
use std::collections::HashMap;
use std::sync::Arc;

/// A project whose versions are to be told apart.
pub(super) struct Case<'a> {
    pub(super) name: &'a PackageName,
    pub(super) links: &'a Arc<[Link]>,
    pub(super) question: &'a ResolveRequest,
    /// The requirements on it.
    pub(super) demands: &'a [&'a Demanded],
    /// What was tried of any project.
    pub(super) turned_down: &'a [TurnedDown],
    /// Versions whose metadata can't be used, with why.
    pub(super) unusable: &'a HashMap<Version, String>,
    pub(super) chosen: &'a Version,
    pub(super) why_chosen: WhyChosen,
}

/// What speaks for the version that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WhyChosen {
    /// The search took it.
    Search,
    /// It is installed and satisfies.
    Satisfies,
    /// It is installed, and nothing was asked for.
    IsThere,
}

impl Case<'_> {
    /// All versions but the one that is there, or only the newer ones, newest first, grouped by what
    /// stood in their way.
    pub(super) fn others(&self, newer: bool) -> Vec<Others> {
        let bars = self.bars();
        let set = bars.iter().fold(SpecifierSet::default(), |set, (_, more)| set.intersect(more));
        let hashes = hashes_of(self.question, self.name);
        let judged = accel_resolve::judge(self.name, self.links, self.question, &set, &hashes);
        // What pages do not tell is told by the search, which ends there.
        let judged = judged.unwrap_or_default();
        let all: Vec<Version> = judged.iter().map(|one| one.version.clone()).collect();
        let others = judged
            .into_iter()
            .filter(|one| one.version > *self.chosen || !newer && one.version < *self.chosen);
        let reasons = others.map(|one| {
            let source_only = one.source_only;
            let reason = self.reason(&one.version, one.verdict, source_only, &bars);
            (one.version, reason)
        });
        grouped(reasons, &all)
    }

    fn reason(
        &self,
        version: &Version,
        verdict: Verdict,
        source_only: bool,
        bars: &[(Bar, SpecifierSet)],
    ) -> Reason {
        match verdict {
            Verdict::Fits => self.unchosen(version, source_only),
            Verdict::Excluded => Reason::Excluded(excluding(version, bars)),
            Verdict::OtherPlatform => Reason::OtherPlatform,
            Verdict::Format => Reason::Format,
            Verdict::Late(_) => Reason::Late,
            Verdict::OtherPython(required) => Reason::OtherPython(required),
            Verdict::Yanked(reason) => Reason::Yanked(reason),
            Verdict::Prerelease => Reason::Prerelease,
            Verdict::Digest => Reason::Digest,
        }
    }

    /// Why a version that could be chosen was not.
    fn unchosen(&self, version: &Version, source_only: bool) -> Reason {
        if let Some(reason) = self.unusable.get(version) {
            return Reason::Unusable(reason.clone());
        }
        if version < self.chosen {
            return Reason::Older;
        }
        let tried = self.turned_down.iter();
        let mut tried = tried.filter(|one| one.project == *self.name && one.version == *version);
        if let Some(tried) = tried.next_back() {
            return Reason::TurnedDown(clauses(tried));
        }
        match self.why_chosen {
            WhyChosen::IsThere => Reason::Available,
            WhyChosen::Satisfies => Reason::Satisfied,
            WhyChosen::Search if self.question.options.prefer_binary && source_only => {
                Reason::SourceOnly
            }
            WhyChosen::Search => Reason::Settled,
        }
    }

    /// The specifiers on it, with whose they are.
    fn bars(&self) -> Vec<(Bar, SpecifierSet)> {
        let demands = self.demands.iter().filter_map(|demand| match &demand.wish {
            Wish::Version(requirement) => Some(bar(demand.by.clone(), requirement)),
            Wish::Place(_) | Wish::Itself | Wish::Python(_) => None,
        });
        let constraints = constraints_on(self.question, self.name);
        let constraints = constraints.map(|(constraint, requirement)| {
            let by = Asker::User { place: constraint.comes_from.clone() };
            bar(by, requirement)
        });
        demands.chain(constraints).collect()
    }
}

/// A specifier with whose it is; its marker holds and says nothing here.
fn bar(by: Asker, requirement: &Requirement) -> (Bar, SpecifierSet) {
    let bare = Requirement { marker: None, ..requirement.clone() };
    (Bar { by, requirement: bare.to_string() }, bare.specifier)
}

/// The constraints that hold for a project.
pub(super) fn constraints_on<'a>(
    question: &'a ResolveRequest,
    name: &'a PackageName,
) -> impl Iterator<Item = (&'a Constraint, &'a Requirement)> {
    question.constraints.iter().filter_map(move |constraint| {
        let RootKind::Named(requirement) = &constraint.kind else { return None };
        let holds = requirement
            .marker
            .as_ref()
            .is_none_or(|marker| marker.evaluate(&question.environment, &[""]));
        (holds && requirement.package() == *name).then_some((constraint, requirement))
    })
}

/// The digests of which a file of the project must have one; none are demanded if empty.
pub(super) fn hashes_of(question: &ResolveRequest, name: &PackageName) -> Hashes {
    let roots = question.roots.iter().filter_map(|root| match &root.kind {
        RootKind::Named(requirement) if requirement.package() == *name => Some(&root.hashes),
        _ => None,
    });
    let constraints = constraints_on(question, name).map(|(constraint, _)| &constraint.hashes);
    roots.chain(constraints).fold(Hashes::new(), |all, hashes| all.intersect(hashes))
}

/// The specifiers that exclude a version; all of them if only together they do.
fn excluding(version: &Version, bars: &[(Bar, SpecifierSet)]) -> Vec<Bar> {
    let excludes = |(_, set): &&(Bar, SpecifierSet)| !set.contains(version, Some(true));
    let found: Vec<Bar> = bars.iter().filter(excludes).map(|(bar, _)| bar.clone()).collect();
    let limits = bars.iter().filter(|(_, set)| !set.is_empty());
    if found.is_empty() { limits.map(|(bar, _)| bar.clone()).collect() } else { found }
}

/// The requirements that a version was turned down for.
fn clauses(tried: &TurnedDown) -> Vec<Clause> {
    let mut clauses: Vec<Clause> = Vec::new();
    for cause in &tried.causes {
        let own = matches!(&cause.by, Asker::Candidate { name, version, .. }
            if *name == tried.project && *version == tried.version);
        let by = (!own).then(|| cause.by.clone());
        let clause = Clause { by, requirement: words::wish(cause) };
        if !clauses.contains(&clause) {
            clauses.push(clause);
        }
    }
    // Its own first.
    clauses.sort_by_key(|clause| clause.by.is_some());
    clauses
}

/// Puts versions together that have the same reason, in the order of the newest of each.
pub(super) fn grouped(
    reasons: impl Iterator<Item = (Version, Reason)>,
    all: &[Version],
) -> Vec<Others> {
    let mut groups: Vec<Others> = Vec::new();
    for (version, reason) in reasons {
        match groups.iter_mut().find(|group| group.reason == reason) {
            Some(group) => group.versions.push(version),
            None => groups.push(Others { reason, versions: vec![version], runs: Vec::new() }),
        }
    }
    for group in &mut groups {
        group.runs = runs(&group.versions, all);
    }
    groups
}

/// Runs of versions that follow each other among all of them; both newest first.
pub(super) fn runs(versions: &[Version], all: &[Version]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut last = None;
    for version in versions {
        let place = all.iter().position(|other| other == version);
        let follows = last.is_some() && place.is_some_and(|place| last == place.checked_sub(1));
        match runs.last_mut().filter(|_| follows) {
            Some(run) => {
                run.oldest = version.clone();
                run.count += 1;
            }
            None => {
                runs.push(Run { newest: version.clone(), oldest: version.clone(), count: 1 });
            }
        }
        last = place;
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_that_follow_each_other_are_a_run() {
        let parse = |texts: &[&str]| -> Vec<Version> {
            texts.iter().map(|text| text.parse().unwrap()).collect()
        };
        let all = parse(&["5", "4", "3", "2", "1"]);
        let runs = runs(&parse(&["5", "3", "2", "1"]), &all);
        let shown: Vec<_> = runs
            .iter()
            .map(|run| (run.newest.to_string(), run.oldest.to_string(), run.count))
            .collect();
        assert_eq!(shown, [("5".into(), "5".into(), 1), ("3".into(), "1".into(), 3)]);
    }
}
