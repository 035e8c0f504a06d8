//! What an installation lacks that has no network: after pip's own words one line names everything that
//! the local index would have to have.
//!
//! The requirements are followed as the resolver would follow them if each first choice held. So the line
//! may name a little less than is missing where a search has to go back, but nothing that is there.

use crate::error::EngineError;
use crate::likeliest::{likeliest, version_of};
use crate::session::Session;
use crate::target::InstalledSet;
use accel_index::{IndexError, Lookup};
use accel_io::net::NetErrorKind;
use accel_resolve::{ResolveRequest, RootKind};
use accel_types::{ExtraName, Link, PackageName, Requirement, SpecifierSet, Version};
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

/// Missing requirements that are named.
const MOST: usize = 12;

/// Kept versions that are named of a project, newest first.
const MOST_VERSIONS: usize = 3;

/// Says what is missing, if that is why it failed.
pub(crate) fn hint(
    session: &Session<'_>,
    question: &ResolveRequest,
    installed: &InstalledSet,
    error: &EngineError,
) {
    if !session.building.is_empty() || !is_for_want_of_network(session, error) {
        return;
    }
    let missing = Walk::new(session, question, installed).run();
    if missing.is_empty() {
        return;
    }
    let more = missing.len().saturating_sub(MOST);
    let mut named = missing.into_iter().take(MOST).collect::<Vec<_>>().join(", ");
    if more > 0 {
        named = format!("{named} and {more} more");
    }
    session.voice.hint(&format!(
        "without the network these are missing from the local index: {named}; see \
         docs/troubleshooting.md#without-a-network"
    ));
}

/// Whether nobody could be asked.
fn is_for_want_of_network(session: &Session<'_>, error: &EngineError) -> bool {
    match error {
        EngineError::Index(IndexError::Http { kind, .. }) => matches!(
            kind,
            NetErrorKind::Offline
                | NetErrorKind::Resolve
                | NetErrorKind::Connect
                | NetErrorKind::Proxy
                | NetErrorKind::Timeout
        ),
        EngineError::Resolve(_) => {
            session.request.index.is_for_kept() || session.index.met_silence()
        }
        _ => false,
    }
}

/// A walk from the requirements to all that they bring, among what is kept.
struct Walk<'a> {
    session: &'a Session<'a>,
    question: &'a ResolveRequest,
    installed: HashMap<&'a PackageName, String>,
    waiting: VecDeque<(Requirement, String)>,
    seen: HashSet<(PackageName, String, Vec<ExtraName>)>,
    missing: Vec<String>,
}

impl<'a> Walk<'a> {
    fn new(
        session: &'a Session<'a>,
        question: &'a ResolveRequest,
        installed: &'a InstalledSet,
    ) -> Self {
        let installed = installed.versions().collect();
        let (waiting, seen, missing) = (VecDeque::new(), HashSet::new(), Vec::new());
        Self { session, question, installed, waiting, seen, missing }
    }

    /// The missing ones in words, in the order in which they are met.
    fn run(mut self) -> Vec<String> {
        for root in &self.question.roots {
            if let RootKind::Named(requirement) = &root.kind {
                self.follow(requirement.clone(), &[""], String::new());
            }
        }
        while let Some((requirement, asker)) = self.waiting.pop_front() {
            self.look_at(&requirement, &asker);
        }
        self.missing
    }

    fn follow(&mut self, mut requirement: Requirement, extras: &[&str], asker: String) {
        let marker = requirement.marker.as_ref();
        let applies =
            marker.is_none_or(|marker| marker.evaluate(&self.question.environment, extras));
        if !applies || requirement.url.is_some() {
            return;
        }
        let name = requirement.package();
        for constraint in &self.question.constraints {
            if let RootKind::Named(constraint) = &constraint.kind
                && constraint.package() == name
            {
                requirement.specifier = requirement.specifier.intersect(&constraint.specifier);
            }
        }
        let key = (name, requirement.specifier.to_string(), requirement.extras.clone());
        if self.seen.insert(key) {
            self.waiting.push_back((requirement, asker));
        }
    }

    fn look_at(&mut self, requirement: &Requirement, asker: &str) {
        let (name, specifier) = (requirement.package(), &requirement.specifier);
        if self.is_installed(&name, specifier) {
            return;
        }
        let found = self.session.index.links(&name, Lookup::Kept);
        let links = found.map(|found| found.links.to_vec()).unwrap_or_default();
        let Some(chosen) = likeliest(&links, specifier, self.question) else {
            let is_sdist = |link: &Link| {
                let version = version_of(link, &name);
                !link.is_wheel() && version.is_some_and(|it| specifier.contains(&it, Some(true)))
            };
            if !links.iter().any(is_sdist) {
                self.missing.push(missing(requirement, asker, &kept_versions(&links, &name)));
            }
            return;
        };
        let Ok(Some(metadata)) = self.session.index.metadata(&chosen) else { return };
        if self.question.options.no_dependencies {
            return;
        }
        let asker = format!("{} {}", metadata.name, metadata.version);
        let extras = requirement.extras.iter().map(ExtraName::as_str);
        let extras: Vec<&str> = std::iter::once("").chain(extras).collect();
        for text in &metadata.requires_dist {
            if let Ok(brought) = text.parse() {
                self.follow(brought, &extras, asker.clone());
            }
        }
    }

    fn is_installed(&self, name: &PackageName, specifier: &SpecifierSet) -> bool {
        let version = self.installed.get(name).and_then(|text| text.parse::<Version>().ok());
        version.is_some_and(|version| specifier.contains(&version, Some(true)))
    }
}

/// `flask>=3 (of app 1.0; kept: 2.3, 2.2)`.
fn missing(requirement: &Requirement, asker: &str, kept: &[String]) -> String {
    let wanted = format!("{}{}", requirement.name, requirement.specifier);
    let of = if asker.is_empty() { String::new() } else { format!("of {asker}; ") };
    let kept = if kept.is_empty() {
        "none is kept".to_owned()
    } else {
        format!("kept: {}", kept.join(", "))
    };
    format!("{wanted} ({of}{kept})")
}

/// The newest versions that are kept, whether or not they fit.
fn kept_versions(links: &[Link], name: &PackageName) -> Vec<String> {
    let versions: BTreeSet<Version> =
        links.iter().filter_map(|link| version_of(link, name)).collect();
    versions.iter().rev().take(MOST_VERSIONS).map(ToString::to_string).collect()
}
