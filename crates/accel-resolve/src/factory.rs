//! Makes candidates and keeps them, so that the same place is always the same candidate.

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use accel_types::python_url;
use accel_types::{CoreMetadata, PackageName, Requirement, Version};

use crate::candidate::{Candidate, CandidateKind, Distribution, DistributionPlace, link_text};
use crate::combination::Specs;
use crate::constraint::Bound;
use crate::dependencies::Steps;
use crate::error::ResolveError;
use crate::event::Event;
use crate::identifier::{NodeId, Nodes};
use crate::offers::Offer;
use crate::project::Projects;
use crate::provider::{Installed, Place, Prepared, Provider, Source};
use crate::request::ResolveRequest;
use crate::url_text;
use crate::wanted::{Parsed, Wanted};

/// What became of preparing a place.
#[derive(Debug, Clone)]
pub(crate) enum Made {
    /// A candidate.
    Ready(Rc<Candidate>),
    /// The file contradicts its name; pip's sentence about it.
    Discarded(Rc<str>),
    /// The metadata cannot be read; pip's sentence about it.
    Invalid(Rc<str>),
}

/// Everything that outlives a state of the search.
pub(crate) struct Factory<'p> {
    pub(crate) provider: &'p dyn Provider,
    pub(crate) request: &'p ResolveRequest,
    pub(crate) nodes: Nodes,
    pub(crate) specs: Specs,
    pub(crate) projects: Projects,
    pub(crate) constraints: HashMap<NodeId, Rc<Bound>>,
    /// What the user asked for, with its place among the roots.
    pub(crate) user_requested: HashMap<NodeId, usize>,
    /// `version Requires-Python …` of all links that need another Python.
    pub(crate) other_python: BTreeSet<String>,
    pub(crate) python: Rc<Candidate>,
    pub(crate) steps: HashMap<u32, Steps>,
    parsed: HashMap<Box<str>, Result<Rc<Parsed>, String>>,
    links: HashMap<u32, Made>,
    directs: HashMap<(Rc<str>, bool), Made>,
    installed: HashMap<PackageName, Option<Arc<Installed>>>,
    installed_candidates: HashMap<PackageName, Rc<Candidate>>,
    extras: HashMap<(u32, NodeId), Rc<Candidate>>,
    candidates: u32,
    last_header: String,
    /// How often something was said or asked of the provider.
    activity: Cell<u64>,
}

impl<'p> Factory<'p> {
    pub(crate) fn new(provider: &'p dyn Provider, request: &'p ResolveRequest) -> Self {
        let nodes = Nodes::new();
        let python = nodes.get(NodeId::PYTHON);
        let python = Rc::new(Candidate {
            id: 0,
            node: NodeId::PYTHON,
            name: Rc::clone(&python.text),
            project: python.project.clone(),
            version: request.python.clone(),
            kind: CandidateKind::Python,
        });
        Self {
            provider,
            request,
            nodes,
            python,
            specs: Specs::new(),
            projects: Projects::default(),
            constraints: HashMap::new(),
            user_requested: HashMap::new(),
            other_python: BTreeSet::new(),
            steps: HashMap::new(),
            parsed: HashMap::new(),
            links: HashMap::new(),
            directs: HashMap::new(),
            installed: HashMap::new(),
            installed_candidates: HashMap::new(),
            extras: HashMap::new(),
            candidates: 1,
            last_header: String::new(),
            activity: Cell::new(0),
        }
    }

    /// Reads a requirement text once.
    pub(crate) fn parse(&mut self, text: &str) -> Result<Rc<Parsed>, String> {
        if let Some(parsed) = self.parsed.get(text) {
            return parsed.clone();
        }
        let parsed = match text.parse::<Requirement>() {
            Ok(requirement) => Ok(self.parsed_requirement(requirement)),
            Err(error) => Err(error.to_string()),
        };
        self.parsed.insert(text.into(), parsed.clone());
        parsed
    }

    pub(crate) fn parsed_requirement(&mut self, requirement: Requirement) -> Rc<Parsed> {
        let package = PackageName::new(&requirement.name);
        let base = self.nodes.intern(&package, &[]);
        let node = self.nodes.intern(&package, &requirement.extras);
        let applies = requirement
            .marker
            .as_ref()
            .is_none_or(|marker| marker.evaluate(&self.request.environment, &[""]));
        Rc::new(Parsed {
            base,
            node,
            spec: self.specs.intern(requirement.specifier.clone()),
            text: requirement.to_string().into(),
            applies,
            requirement,
        })
    }

    /// The candidate of a project's link.
    pub(crate) fn link_candidate(
        &mut self,
        offer: &Offer,
        template: &Rc<Wanted>,
    ) -> Result<Made, ResolveError> {
        let place = self.place(offer);
        match self.links.get(&place) {
            Some(Made::Invalid(_)) | None => {}
            Some(made) => return Ok(made.clone()),
        }
        // The same URL is the same candidate, whoever named it first.
        let url: Rc<str> = offer.link.url_on_page().into();
        if let Some(made @ Made::Ready(_)) = self.directs.get(&(url, false)).cloned() {
            self.links.insert(place, made.clone());
            return Ok(made);
        }
        let mut wanted = self.without_marker(template);
        wanted.url = Some(offer.link.url.as_str().into());
        if !wanted.hash_options.is_empty()
            && let Some(name) = wanted.name()
        {
            let pinned = format!("{name}=={}", offer.version);
            wanted.parsed = self.parse(&pinned).ok().or(wanted.parsed);
        }
        let wanted = Rc::new(wanted);
        self.announce(&wanted);
        let name = template.name().map(PackageName::new);
        let from = DistributionPlace::Link(offer.link.clone());
        let made = self.prepare(from, wanted, name, Some(&offer.version))?;
        if let Made::Discarded(reason) = &made {
            let link = link_text(&offer.link);
            self.say(&Event::Discarding { link: &link, reason });
        }
        self.links.insert(place, made.clone());
        Ok(made)
    }

    /// The candidate of a direct URL; `name` is what its metadata must say.
    pub(crate) fn direct_candidate(
        &mut self,
        template: &Rc<Wanted>,
        name: Option<PackageName>,
    ) -> Result<Made, ResolveError> {
        let url: Rc<str> = template.url.clone().unwrap_or_default();
        let editable = template.editable;
        let key = (Rc::clone(&url), editable);
        if let Some(made) = self.directs.get(&key) {
            return Ok(made.clone());
        }
        let template = &Rc::new(self.without_marker(template));
        if editable {
            let words = template.words(None);
            self.say(&Event::Obtaining { requirement: &words });
        } else {
            self.announce(template);
        }
        let place = DistributionPlace::Direct { url: Rc::clone(&url), editable };
        let mut made = self.prepare(place, Rc::clone(template), name, None)?;
        match &made {
            Made::Invalid(reason) if !editable => {
                return Err(ResolveError::Refused(reason.to_string()));
            }
            Made::Invalid(reason) | Made::Discarded(reason) => {
                let link = python_url::redacted(&url);
                self.say(&Event::Discarding { link: &link, reason });
                made = Made::Discarded(Rc::clone(reason));
            }
            Made::Ready(_) => {}
        }
        self.directs.insert(key, made.clone());
        Ok(made)
    }

    /// Asks the provider for the metadata and compares it with what is known.
    fn prepare(
        &mut self,
        place: DistributionPlace,
        wanted: Rc<Wanted>,
        name: Option<PackageName>,
        version: Option<&Version>,
    ) -> Result<Made, ResolveError> {
        self.act();
        let hashes = wanted.hashes();
        let words = wanted.words(None);
        let comes_from = wanted.comes_from.chain();
        let asked = match &place {
            DistributionPlace::Link(link) => Place::Link(link),
            DistributionPlace::Direct { url, editable } => {
                Place::Direct { url, editable: *editable }
            }
            DistributionPlace::Installed(_) => {
                unreachable!("installed distributions are not prepared")
            }
        };
        let is_source = asked.is_source();
        let prepared = self.provider.prepare(&Source {
            place: asked,
            name: name.as_ref(),
            version,
            hashes: &hashes,
            has_hash_options: !wanted.hash_options.is_empty(),
            is_pinned: wanted
                .parsed
                .as_ref()
                .is_some_and(|parsed| self.specs.get(parsed.spec).single_pin),
            user_supplied: wanted.user_supplied,
            root: wanted.root,
            requirement: wanted.parsed.as_ref().map(|parsed| &parsed.requirement),
            words: &words,
            comes_from: comes_from.as_deref(),
        })?;
        let inconsistent = |field: &str, expected: &str, found: &str| {
            inconsistent_in(&words, field, expected, found)
        };
        let invalid = |reason: &str| {
            Made::Invalid(format!("Requested {words} has invalid metadata: {reason}").into())
        };
        let metadata = match prepared {
            Prepared::Metadata(metadata) => metadata,
            Prepared::Inconsistent { field, expected, found } => {
                return Ok(inconsistent(field, &expected, &found));
            }
            Prepared::Invalid(reason) => return Ok(invalid(&reason)),
        };
        let found_name = PackageName::new(&metadata.name);
        if let Some(name) = &name
            && *name != found_name
            && !metadata.name.is_empty()
        {
            if is_source {
                // pip believes the metadata of what it builds, and has renamed the requirement.
                let parsed = self.parse(&metadata.name).ok();
                let words = Wanted { parsed, ..Wanted::clone(&wanted) }.words(None);
                return Ok(inconsistent_in(&words, "name", name.as_str(), found_name.as_str()));
            }
            return Ok(inconsistent("name", name.as_str(), found_name.as_str()));
        }
        let found_version: Version = match metadata.version.trim().parse() {
            Ok(version) => version,
            Err(error) => return Ok(invalid(&format!("{error}"))),
        };
        if let Some(version) = version
            && *version != found_version
        {
            let (expected, found) = (version.to_string(), found_version.to_string());
            return Ok(inconsistent("version", &expected, &found));
        }
        let requires = self.requires(&metadata);
        if let Some(Err(reason)) = requires.iter().find(|line| line.is_err()) {
            return Ok(invalid(reason));
        }
        let wanted = self.named(wanted, &metadata);
        let project = name.unwrap_or(found_name);
        let version = version.cloned().unwrap_or(found_version);
        Ok(Made::Ready(self.base(
            project,
            version,
            Distribution { place, wanted, metadata, requires },
        )))
    }

    /// A candidate's requirement loses its marker, in what pip prints, too.
    fn without_marker(&mut self, template: &Wanted) -> Wanted {
        let mut wanted = template.clone();
        if let Some(parsed) = template.parsed.as_ref()
            && parsed.requirement.marker.is_some()
        {
            let mut bare = parsed.requirement.clone();
            bare.marker = None;
            wanted.parsed = Some(match self.parse(&bare.to_string()) {
                Ok(parsed) => parsed,
                Err(_) => self.parsed_requirement(bare),
            });
        }
        wanted
    }

    /// An unnamed requirement is called after its metadata.
    fn named(&mut self, wanted: Rc<Wanted>, metadata: &CoreMetadata) -> Rc<Wanted> {
        if wanted.parsed.is_some() {
            return wanted;
        }
        let text = format!("{}=={}", metadata.name, metadata.version);
        let mut named = Wanted::clone(&wanted);
        named.parsed = self.parse(&text).ok();
        Rc::new(named)
    }

    fn requires(&mut self, metadata: &CoreMetadata) -> Vec<Result<Rc<Parsed>, String>> {
        metadata.requires_dist.iter().map(|line| self.parse(line.trim())).collect()
    }

    fn base(
        &mut self,
        project: PackageName,
        version: Version,
        distribution: Distribution,
    ) -> Rc<Candidate> {
        let node = self.nodes.intern(&project, &[]);
        Rc::new(Candidate {
            id: self.next_id(),
            node,
            name: Rc::clone(&self.nodes.get(node).text),
            project,
            version,
            kind: CandidateKind::Base(distribution),
        })
    }

    fn next_id(&mut self) -> u32 {
        let id = self.candidates;
        self.candidates += 1;
        id
    }

    /// What is installed of a project, as far as this run regards it.
    pub(crate) fn installed(
        &mut self,
        name: &PackageName,
    ) -> Result<Option<Arc<Installed>>, ResolveError> {
        if self.request.options.ignore_installed {
            return Ok(None);
        }
        if let Some(installed) = self.installed.get(name) {
            return Ok(installed.clone());
        }
        let installed = self.provider.installed(name)?;
        self.installed.insert(name.clone(), installed.clone());
        Ok(installed)
    }

    /// The candidate of an installed distribution.
    pub(crate) fn keep_installed(
        &mut self,
        project: &PackageName,
        version: Version,
        installed: Arc<Installed>,
        template: &Rc<Wanted>,
    ) -> Rc<Candidate> {
        if let Some(candidate) = self.installed_candidates.get(project) {
            return Rc::clone(candidate);
        }
        let mut wanted = self.without_marker(template);
        wanted.url = None;
        wanted.direct = false;
        let words = wanted.words(Some(installed.location.as_deref().unwrap_or("<memory>")));
        self.say(&Event::AlreadySatisfied { requirement: &words, version: &version.to_string() });
        let requires = self.requires(&installed.metadata);
        let candidate = self.base(
            project.clone(),
            version,
            Distribution {
                metadata: Arc::clone(&installed.metadata),
                place: DistributionPlace::Installed(installed),
                wanted: Rc::new(wanted),
                requires,
            },
        );
        self.installed_candidates.insert(project.clone(), Rc::clone(&candidate));
        candidate
    }

    /// The candidate `base` with extras; `wanted` is who asked for them, if it is not the base's.
    pub(crate) fn with_extras(
        &mut self,
        base: &Rc<Candidate>,
        node: NodeId,
        wanted: Option<&Rc<Wanted>>,
    ) -> Rc<Candidate> {
        if let Some(candidate) = self.extras.get(&(base.id, node)) {
            return Rc::clone(candidate);
        }
        let wanted = match (wanted, base.distribution()) {
            (Some(wanted), _) => wanted,
            (None, Some(distribution)) => &distribution.wanted,
            (None, None) => unreachable!("the interpreter has no extras"),
        };
        let named = self.nodes.get(node);
        let candidate = Candidate {
            node,
            name: Rc::clone(&named.text),
            project: base.project.clone(),
            version: base.version.clone(),
            kind: CandidateKind::Extras {
                base: Rc::clone(base),
                extras: Rc::clone(&named.extras),
                wanted: Rc::clone(wanted),
            },
            id: self.next_id(),
        };
        let candidate = Rc::new(candidate);
        self.extras.insert((base.id, node), Rc::clone(&candidate));
        candidate
    }

    /// Says what is prepared next, unless that was the last thing said.
    fn announce(&mut self, wanted: &Wanted) {
        let url = wanted.url.as_deref().unwrap_or_default();
        let is_file = url_text::is_file(url);
        let path = url_text::file_path(url);
        let origin = match wanted.parsed {
            Some(_) => wanted.origin(),
            None => String::new(),
        };
        let header = if is_file { format!("{path}{origin}") } else { wanted.header() };
        if header == self.last_header {
            return;
        }
        if is_file {
            self.say(&Event::Processing { path: &path, origin: &origin });
        } else {
            self.say(&Event::Collecting { requirement: &header });
        }
        self.last_header = header;
    }

    pub(crate) fn say(&self, event: &Event<'_>) {
        self.act();
        self.provider.event(event);
    }

    /// Something happens that the outside sees.
    pub(crate) fn act(&self) {
        self.activity.set(self.activity.get() + 1);
    }

    /// A number that is the same as long as nothing happens that the outside sees.
    pub(crate) fn activity(&self) -> u64 {
        self.activity.get()
    }
}

/// What was made of a requirement whose metadata says something else.
fn inconsistent_in(words: &str, field: &str, expected: &str, found: &str) -> Made {
    let text = format!(
        "Requested {words} has inconsistent {field}: expected '{expected}', but metadata has \
         '{found}'"
    );
    Made::Discarded(text.into())
}
