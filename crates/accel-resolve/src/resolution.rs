//! The answer: what is pinned, what becomes of it, and in which order it is installed.

use std::sync::Arc;

use accel_types::{CoreMetadata, ExtraName, Hashes, Link, PackageName, Requirement, Version};

use crate::provider::Installed;

/// A complete answer.
#[derive(Debug, Clone)]
pub struct Resolution {
    /// Every distribution that the roots lead to, in the order in which the search pinned them.
    pub pins: Vec<Pin>,
    /// Indexes into `pins` of what is to be installed, dependencies before dependents, in the
    /// order in which pip installs (and names in `Installing collected packages: …`).
    pub order: Vec<usize>,
    /// Rounds that the search took.
    pub rounds: u32,
    /// Candidates that were turned down.
    pub rejected: u32,
}

impl Resolution {
    /// What is to be installed, in pip's order.
    pub fn to_install(&self) -> impl Iterator<Item = &Pin> {
        self.order.iter().map(|at| &self.pins[*at])
    }
}

/// One distribution of the answer.
#[derive(Debug, Clone)]
pub struct Pin {
    /// The project.
    pub name: PackageName,
    /// Its version.
    pub version: Version,
    /// All extras that were asked for, sorted.
    pub extras: Vec<ExtraName>,
    /// Where it comes from.
    pub origin: PinOrigin,
    /// Its metadata.
    pub metadata: Arc<CoreMetadata>,
    /// Digests that the file must have; as [`Source::hashes`](crate::Source::hashes).
    pub hashes: Hashes,
    /// What is to be done.
    pub action: Action,
    /// Whether the user asked for it by name, place or file: the REQUESTED file.
    pub requested: bool,
    /// The root it stems from directly, as [`Source::root`](crate::Source::root).
    pub root: Option<usize>,
    /// The requirement that it was made from, as pip keeps it; none for installed ones.
    pub requirement: Option<Requirement>,
    /// The same as pip prints it: `a>=1 from https://… (from b)`.
    pub words: String,
    /// The projects that it depends on in this answer, sorted.
    pub dependencies: Vec<PackageName>,
}

/// Where a pinned distribution comes from.
#[derive(Debug, Clone)]
pub enum PinOrigin {
    /// It is installed already.
    Installed(Arc<Installed>),
    /// A file of an index or find-links.
    Link(Arc<Link>),
    /// A URL or path that a requirement or constraint gave: `direct_url.json` records it.
    Direct {
        /// The URL with its fragment.
        url: String,
        /// Whether it is an editable.
        editable: bool,
    },
}

/// What is to be done about a pin.
#[derive(Debug, Clone)]
pub enum Action {
    /// Nothing of this name is installed: install it.
    Install,
    /// Uninstall this one, then install.
    Replace(Arc<Installed>),
    /// What is installed serves.
    Keep,
    /// `--only-deps`: resolved for its dependencies only.
    Leave,
}
