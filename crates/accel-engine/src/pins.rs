//! What a question pins: of these projects one version comes, or nothing.

use accel_resolve::{ResolveRequest, RootKind};
use accel_types::{Digest, HashAlgorithm, Hashes, Link, PackageName, Specifier, SpecifierSet};
use std::collections::HashMap;

/// The projects that roots and constraints pin, whoever else asks for them.
#[derive(Debug, Default)]
pub(crate) struct Pins {
    pins: HashMap<PackageName, Pin>,
    /// Whether nothing is taken of which no digest is given.
    require_hashes: bool,
}

/// What is said of one of them.
#[derive(Debug, Default)]
struct Pin {
    /// Its version, unless only digests pin it.
    version: Option<SpecifierSet>,
    /// Digests, a set for each requirement that has some: a file must be in all of them.
    hashes: Vec<Hashes>,
}

impl Pins {
    /// Those of a question; digests may be required even if it has none.
    pub(crate) fn of(question: &ResolveRequest, require_hashes: bool) -> Self {
        let roots = question.roots.iter().map(|root| (&root.kind, &root.hashes));
        let constraints = question.constraints.iter().map(|one| (&one.kind, &one.hashes));
        let mut pins: HashMap<PackageName, Pin> = HashMap::new();
        for (kind, hashes) in roots.chain(constraints) {
            let RootKind::Named(named) = kind else { continue };
            let fixed = is_pinned(&named.specifier);
            if fixed || !hashes.is_empty() {
                let marker = named.marker.as_ref();
                let applies =
                    marker.is_none_or(|marker| marker.evaluate(&question.environment, &[""]));
                let pin = pins.entry(named.package()).or_default();
                if fixed && applies {
                    pin.version = Some(named.specifier.clone());
                }
                pin.hashes.extend((!hashes.is_empty()).then(|| hashes.clone()));
            }
        }
        let require_hashes = require_hashes || pins.values().any(|pin| !pin.hashes.is_empty());
        Self { pins, require_hashes }
    }

    /// Whether the resolver will take a project for pinned.
    pub(crate) fn has(&self, name: &PackageName) -> bool {
        self.pins.contains_key(name)
    }

    /// The version of a project.
    pub(crate) fn version(&self, name: &PackageName) -> Option<&SpecifierSet> {
        self.pins.get(name)?.version.as_ref()
    }

    /// Whether a file of a project, of the right version, is one that will come if any does.
    pub(crate) fn settle(&self, name: &PackageName, link: &Link) -> bool {
        let Some(sha256) = link.sha256() else { return false };
        let digest = Digest::new(HashAlgorithm::Sha256, sha256);
        let pin = self.pins.get(name).filter(|pin| pin.version.is_some());
        pin.is_some_and(|pin| {
            let enough = !self.require_hashes || !pin.hashes.is_empty();
            enough && pin.hashes.iter().all(|hashes| hashes.allows(&digest))
        })
    }
}

/// Whether a specifier leaves one version.
pub(crate) fn is_pinned(specifier: &SpecifierSet) -> bool {
    specifier.iter().any(Specifier::is_pin)
}
