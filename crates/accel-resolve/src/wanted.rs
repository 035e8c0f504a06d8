//! A requirement as somebody wrote it, with the chain of those who led to it: what pip calls an
//! `InstallRequirement`, as far as the resolver and its messages need one.

use std::rc::Rc;

use accel_types::python_url;
use accel_types::{Digest, ExtraName, Hashes, Marker, Requirement};

use crate::combination::SpecId;
use crate::identifier::NodeId;

/// A requirement text, read once.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) requirement: Requirement,
    /// `str(requirement)`.
    pub(crate) text: Rc<str>,
    /// The project without extras.
    pub(crate) base: NodeId,
    /// The project with the extras of the requirement.
    pub(crate) node: NodeId,
    pub(crate) spec: SpecId,
    /// Whether it applies where no extra is asked for.
    pub(crate) applies: bool,
}

impl Parsed {
    /// The text with a URL's password hidden.
    fn redacted(&self) -> String {
        match &self.requirement.url {
            Some(url) => self.text.replace(url.as_str(), &python_url::redacted(url)),
            None => self.text.to_string(),
        }
    }
}

/// Who led to a requirement.
#[derive(Debug, Clone)]
pub(crate) enum ComesFrom {
    /// The command line.
    Nobody,
    /// A line of a file.
    Place(Rc<str>),
    /// Another requirement.
    Wanted(Rc<Wanted>),
}

impl ComesFrom {
    /// The chain, as `a->b->-r file (line 1)`.
    pub(crate) fn chain(&self) -> Option<String> {
        match self {
            Self::Nobody => None,
            Self::Place(place) => Some(place.to_string()),
            Self::Wanted(wanted) => wanted.chain(),
        }
    }
}

/// One requirement of somebody.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// Unknown for an unnamed direct requirement until it was prepared.
    pub(crate) parsed: Option<Rc<Parsed>>,
    pub(crate) comes_from: ComesFrom,
    pub(crate) editable: bool,
    /// The place to install from: a direct one, or the candidate's link.
    pub(crate) url: Option<Rc<str>>,
    /// Whether the place was given by the requirement or a constraint (pip: `original_link`).
    pub(crate) direct: bool,
    pub(crate) extras: Rc<[ExtraName]>,
    pub(crate) marker: Option<Rc<Marker>>,
    /// `--hash` options of the requirement, or of the constraint if it has none.
    pub(crate) hash_options: Hashes,
    pub(crate) user_supplied: bool,
    /// Index of the root that it is or was derived from.
    pub(crate) root: Option<usize>,
}

impl Wanted {
    /// A dependency of `parent`.
    pub(crate) fn dependency(parsed: Rc<Parsed>, parent: &Rc<Wanted>) -> Self {
        Self {
            url: parsed.requirement.url.as_deref().map(Rc::from),
            direct: parsed.requirement.url.is_some(),
            extras: parsed.requirement.extras.clone().into(),
            marker: None,
            parsed: Some(parsed),
            comes_from: ComesFrom::Wanted(Rc::clone(parent)),
            editable: false,
            hash_options: Hashes::new(),
            user_supplied: false,
            root: None,
        }
    }

    /// The project's name as written.
    pub(crate) fn name(&self) -> Option<&str> {
        self.parsed.as_ref().map(|parsed| parsed.requirement.name.as_str())
    }

    /// Digests of which a file must have one, whatever pages say (pip's
    /// `hashes(trust_internet=False)`).
    pub(crate) fn hashes(&self) -> Hashes {
        let mut hashes = self.hash_options.clone();
        if self.direct
            && self.user_supplied
            && let Some(digest) = self.url.as_deref().and_then(Digest::from_url)
        {
            hashes.insert(&digest);
        }
        hashes
    }

    /// Itself and who led to it (pip's `from_path`).
    pub(crate) fn chain(&self) -> Option<String> {
        let mut chain = self.parsed.as_ref()?.text.to_string();
        if let Some(before) = self.comes_from.chain().filter(|chain| !chain.is_empty()) {
            chain.push_str("->");
            chain.push_str(&before);
        }
        Some(chain)
    }

    /// ` (from …)`, or nothing.
    pub(crate) fn origin(&self) -> String {
        match self.comes_from.chain() {
            Some(chain) if !chain.is_empty() => format!(" (from {chain})"),
            _ => String::new(),
        }
    }

    /// As pip prints it (`str(ireq)`); `location` is that of the distribution that satisfies it.
    pub(crate) fn words(&self, location: Option<&str>) -> String {
        let mut words = match (&self.parsed, &self.url) {
            (Some(parsed), None) => parsed.redacted(),
            (Some(parsed), Some(url)) => {
                format!("{} from {}", parsed.redacted(), python_url::redacted(url))
            }
            (None, Some(url)) => python_url::redacted(url),
            (None, None) => "<InstallRequirement>".to_owned(),
        };
        if let Some(location) = location {
            words.push_str(" in ");
            words.push_str(location);
        }
        words + &self.origin()
    }

    /// What pip prints behind `Collecting`.
    pub(crate) fn header(&self) -> String {
        match &self.parsed {
            Some(parsed) => parsed.redacted() + &self.origin(),
            None => self.words(None),
        }
    }
}
