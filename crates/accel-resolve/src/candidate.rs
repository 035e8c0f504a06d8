//! Candidates: one version of a project in one place, with or without extras.

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use accel_types::python_url;
use accel_types::{CoreMetadata, ExtraName, Link, PackageName, Version};

use crate::identifier::NodeId;
use crate::offers::OfferedLink;
use crate::provider::Installed;
use crate::url_text;
use crate::wanted::{Parsed, Wanted};

/// One candidate. Candidates are made once per place, installed name, or base and extras, so that
/// the same candidate is the same allocation; `id` stands for that identity.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) id: u32,
    pub(crate) node: NodeId,
    /// The node's text, for messages.
    pub(crate) name: Rc<str>,
    pub(crate) project: PackageName,
    pub(crate) version: Version,
    pub(crate) kind: CandidateKind,
}

/// What a candidate is.
#[derive(Debug)]
pub(crate) enum CandidateKind {
    /// The interpreter.
    Python,
    /// A distribution.
    Base(Distribution),
    /// A distribution with extras.
    Extras {
        base: Rc<Candidate>,
        extras: Rc<[ExtraName]>,
        /// The requirement that its dependencies are said to come from.
        wanted: Rc<Wanted>,
    },
}

/// A distribution whose metadata is known.
#[derive(Debug)]
pub(crate) struct Distribution {
    pub(crate) place: DistributionPlace,
    /// The requirement it was made for, now named.
    pub(crate) wanted: Rc<Wanted>,
    pub(crate) metadata: Arc<CoreMetadata>,
    /// Its Requires-Dist in order; the first invalid line (possible only in installed ones) ends
    /// it with an error.
    pub(crate) requires: Vec<Result<Rc<Parsed>, String>>,
}

impl Distribution {
    /// Whether it is a direct one given with `-e`.
    pub(crate) fn is_editable(&self) -> bool {
        matches!(self.place, DistributionPlace::Direct { editable: true, .. })
    }
}

/// Where a distribution is.
#[derive(Debug)]
pub(crate) enum DistributionPlace {
    Link(OfferedLink),
    Direct { url: Rc<str>, editable: bool },
    Installed(Arc<Installed>),
}

impl Candidate {
    /// The candidate without extras; itself if it has none.
    pub(crate) fn base(self: &Rc<Self>) -> &Rc<Self> {
        match &self.kind {
            CandidateKind::Extras { base, .. } => base,
            _ => self,
        }
    }

    /// The distribution, also of a candidate with extras; none for the interpreter.
    pub(crate) fn distribution(&self) -> Option<&Distribution> {
        match &self.kind {
            CandidateKind::Python => None,
            CandidateKind::Base(distribution) => Some(distribution),
            CandidateKind::Extras { base, .. } => base.distribution(),
        }
    }

    /// The URL that it is fetched from; none if it is installed.
    pub(crate) fn source_url(&self) -> Option<&str> {
        match &self.distribution()?.place {
            DistributionPlace::Link(link) => Some(&link.url),
            DistributionPlace::Direct { url, .. } => Some(url),
            DistributionPlace::Installed(_) => None,
        }
    }

    /// pip's `==` of candidates: places are compared by what they lead to.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        if self.id == other.id {
            return true;
        }
        match (&self.kind, &other.kind) {
            (
                CandidateKind::Extras { base, extras, .. },
                CandidateKind::Extras { base: other_base, extras: other_extras, .. },
            ) => extras == other_extras && base.equals(other_base),
            (CandidateKind::Base(one), CandidateKind::Base(two)) => {
                use DistributionPlace::Installed;
                match (&one.place, &two.place) {
                    (Installed(_), Installed(_)) => {
                        self.node == other.node && self.version == other.version
                    }
                    (Installed(_), _) | (_, Installed(_)) => false,
                    _ if one.is_editable() != two.is_editable() => false,
                    _ => match (self.source_url(), other.source_url()) {
                        (Some(one), Some(two)) => url_text::equivalent(one, two),
                        _ => false,
                    },
                }
            }
            _ => false,
        }
    }

    /// pip's `format_for_error`.
    pub(crate) fn words_for_error(&self) -> String {
        match &self.kind {
            CandidateKind::Python => format!("Python {}", self.version),
            CandidateKind::Extras { base, extras, .. } => {
                let words: Vec<&str> = extras.iter().map(ExtraName::as_str).collect();
                format!("{} [{}]", base.words_for_error(), words.join(", "))
            }
            CandidateKind::Base(distribution) => match &distribution.place {
                DistributionPlace::Installed(_) => {
                    format!("{} {} (Installed)", self.name, self.version)
                }
                DistributionPlace::Direct { url, editable } => {
                    let editable = if *editable { "editable " } else { "" };
                    let place = if url_text::is_file(url) {
                        url_text::file_path(url)
                    } else {
                        python_url::redacted(url)
                    };
                    format!("{} {} (from {editable}{place})", self.name, self.version)
                }
                DistributionPlace::Link(link) => {
                    format!("{} {} (from {})", self.name, self.version, link_words(link))
                }
            },
        }
    }
}

/// `name version`, as pip prints candidates.
impl fmt::Display for Candidate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            CandidateKind::Python => write!(formatter, "Python {}", self.version),
            _ => write!(formatter, "{} {}", self.name, self.version),
        }
    }
}

/// A page's link as pip shows it in errors: the path of a file, else `str(link)`.
fn link_words(link: &Link) -> String {
    if url_text::is_file(&link.url) { url_text::file_path(&link.url) } else { link_text(link) }
}

/// pip's `str(link)`.
pub(crate) fn link_text(link: &Link) -> String {
    let mut text = python_url::redacted(&link.url);
    if !link.comes_from.is_empty() {
        text = format!("{text} (from {})", link.comes_from);
        if let Some(required) = link.requires_python.as_ref().filter(|text| !text.is_empty()) {
            text = format!("{text} (requires-python:{required})");
        }
    }
    text
}
