//! The seam through which the resolver asks its questions. It is owned here; the engine answers.

use std::error::Error;
use std::sync::Arc;

use accel_types::{CoreMetadata, Hashes, Link, PackageName, Requirement, SpecifierSet, Version};

use crate::event::Event;

/// Answers what a resolution asks. Every question is asked exactly when pip would look, so an
/// answer may fetch or build; whoever looks ahead keeps failures to himself until asked.
pub trait Provider {
    /// All files that the configured places offer for one project, in pip's order: find-links
    /// first, then each index; duplicates within one page removed. A page that cannot be fetched
    /// offers nothing.
    ///
    /// Asked once per project, and once more with [`LinkQuery::unsatisfied`] set whenever an
    /// answer marked [`Links::partial`] turned out to hold nothing for some requirements.
    ///
    /// # Errors
    /// A [`Stop`] ends the run.
    fn links(&self, query: &LinkQuery<'_>) -> Result<Links, Stop>;

    /// The metadata of one file or place: PEP 658, ranges, download or build. Asked once for each
    /// place, except that pip fetches metadata that cannot be understood again each time.
    ///
    /// # Errors
    /// A [`Stop`] ends the run: a failed build, a missing file, a digest mismatch, missing hashes.
    fn prepare(&self, source: &Source<'_>) -> Result<Prepared, Stop>;

    /// The distribution of this name that the target environment holds. Asked once per project,
    /// never with `--ignore-installed`.
    ///
    /// # Errors
    /// A [`Stop`] ends the run.
    fn installed(&self, name: &PackageName) -> Result<Option<Arc<Installed>>, Stop>;

    /// Something happened that pip would print or log, at this very moment.
    fn event(&self, event: &Event<'_>);
}

/// Why a provider ends the run.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// The run fails with this error.
    #[error("{0}")]
    Fatal(Box<dyn Error + Send + Sync>),
    /// What was answered before does not hold any longer (say, the local index turned out not to
    /// suffice): the engine wants to resolve anew.
    #[error("the resolution must be started again")]
    Restart,
}

impl Stop {
    /// A fatal stop.
    pub fn fatal(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Fatal(error.into())
    }
}

/// How settled a project's version is when its files are first looked for; the freshness policy
/// decides on it between the local index and the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Pinned by `==`, `===`, a constraint that pins, or digests.
    Pinned,
    /// Not named by the user, and required only by distributions that are themselves settled.
    BroughtByPinned,
    /// Left open.
    Open,
}

/// A question for the files of a project.
#[derive(Debug)]
pub struct LinkQuery<'a> {
    /// The project.
    pub name: &'a PackageName,
    /// Everything that is known to be required of its version at this moment, constraints too.
    pub specifier: &'a SpecifierSet,
    /// Digests that are required at this moment; empty if none.
    pub hashes: &'a Hashes,
    /// How settled its version is.
    pub standing: Standing,
    /// The answer given before was partial and holds nothing for `specifier`.
    pub unsatisfied: bool,
}

/// The files of a project.
#[derive(Debug, Clone)]
pub struct Links {
    /// In pip's order.
    pub links: Arc<[Link]>,
    /// Whether other places may hold more (only kept files were looked at).
    pub partial: bool,
}

impl Links {
    /// All that there is.
    pub fn complete(links: impl Into<Arc<[Link]>>) -> Self {
        Self { links: links.into(), partial: false }
    }
}

/// A place whose metadata is wanted.
#[derive(Debug)]
pub struct Source<'a> {
    /// The place itself.
    pub place: Place<'a>,
    /// The project's name, if it is known beforehand.
    pub name: Option<&'a PackageName>,
    /// The version of its file name, for links.
    pub version: Option<&'a Version>,
    /// Digests of which the file must have one (`--hash` of the requirement or the constraint;
    /// for direct URLs of the user those of the fragment, too). Empty: none were given, which in
    /// hash mode is an error.
    pub hashes: &'a Hashes,
    /// Whether `--hash` was given, by the requirement or a constraint (a fragment does not count).
    pub has_hash_options: bool,
    /// Whether pip counts the requirement as pinned (one `==` or `===`), which hash mode demands.
    pub is_pinned: bool,
    /// Whether the requirement stems from the user.
    pub user_supplied: bool,
    /// Index into [`ResolveRequest::roots`](crate::ResolveRequest::roots) of the root whose
    /// settings (`--config-settings` and the like) apply, if it stems from one directly.
    pub root: Option<usize>,
    /// The requirement as pip keeps it for this candidate; none for an unnamed direct one.
    pub requirement: Option<&'a Requirement>,
    /// The requirement as pip prints it: `a>=1 from https://… (from b)`.
    pub words: &'a str,
    /// The chain of requirements that led here: `b->c->-r x.txt (line 1)`.
    pub comes_from: Option<&'a str>,
}

/// Where a distribution is.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// A file that a project page or find-links offers.
    Link(&'a Link),
    /// A URL or path of a requirement or constraint.
    Direct {
        /// The URL with its fragment.
        url: &'a str,
        /// Whether it is to be installed as an editable.
        editable: bool,
    },
}

impl Place<'_> {
    /// Whether its metadata is that of a source tree: anything but a wheel.
    pub fn is_source(&self) -> bool {
        match self {
            Self::Link(link) => !link.is_wheel(),
            Self::Direct { url, .. } => {
                let path = url.split(['#', '?']).next().unwrap_or(url);
                std::path::Path::new(path).extension().is_none_or(|kind| kind != "whl")
            }
        }
    }
}

/// What preparing a place brought to light. Name, version and the dependencies' grammar are
/// checked by the resolver, so a provider may always answer [`Prepared::Metadata`].
#[derive(Debug, Clone)]
pub enum Prepared {
    /// The metadata.
    Metadata(Arc<CoreMetadata>),
    /// It contradicts itself or the file's name: this file is discarded, another file of the same
    /// version may serve.
    Inconsistent {
        /// The field in question: `name`, `version`.
        field: &'static str,
        /// What was expected.
        expected: String,
        /// What the metadata has.
        found: String,
    },
    /// It cannot be understood, for this reason: the version is skipped.
    Invalid(String),
}

/// A distribution that is installed in the target.
#[derive(Debug, Clone)]
pub struct Installed {
    /// Its metadata; of an egg-info, what amounts to it.
    pub metadata: Arc<CoreMetadata>,
    /// Its location as pip shows it, relative to the working directory where that is shorter.
    pub location: Option<String>,
    /// Whether it is an editable installation.
    pub editable: bool,
    /// Whether installing another version uninstalls it (not so for a site-packages distribution
    /// under `--user`).
    pub replaceable: bool,
}
