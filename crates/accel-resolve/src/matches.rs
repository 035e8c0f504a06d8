//! The candidate list of a node, given everything that is required of it: pip's
//! `find_candidates`.

use std::cell::Cell;
use std::rc::Rc;

use accel_types::{Hashes, Version};

use crate::candidate::Candidate;
use crate::combination::SpecId;
use crate::constraint::Bound;
use crate::criteria::Criteria;
use crate::error::ResolveError;
use crate::factory::{Factory, Made};
use crate::found::{Candidates, Found, Incompatible};
use crate::identifier::NodeId;
use crate::provider::Standing;
use crate::request::Upgrade;
use crate::requirement::{Demand, DemandKind, Information};
use crate::wanted::Wanted;

impl Factory<'_> {
    /// Candidates of `node` under the criteria and, if given, one more requirement on it.
    pub(crate) fn find(
        &mut self,
        node: NodeId,
        criteria: &Criteria,
        more: Option<&Information>,
        incompatible: &Incompatible,
    ) -> Result<Candidates, ResolveError> {
        let own = criteria.information(node);
        let demands: Vec<&Demand> = own
            .iter()
            .map(|information| &*information.demand)
            .chain(more.map(|information| &*information.demand))
            .collect();
        let base = self.nodes.get(node).base;
        let mut explicit = Vec::<Rc<Candidate>>::new();
        let mut sought = Sought::default();
        for demand in &demands {
            match &demand.kind {
                DemandKind::Explicit(candidate) => add(&mut explicit, candidate),
                DemandKind::Specifier { wanted, spec } => sought.add(self, wanted, *spec),
                DemandKind::Python { satisfied, .. } if *satisfied => {
                    add(&mut explicit, &Rc::clone(&self.python));
                }
                DemandKind::Python { .. } | DemandKind::Unsatisfiable => {}
            }
        }
        if base != node {
            for information in criteria.information(base) {
                match &information.demand.kind {
                    DemandKind::Explicit(candidate) => {
                        let candidate = self.with_extras(candidate, node, None);
                        add(&mut explicit, &candidate);
                    }
                    DemandKind::Specifier { wanted, spec } => sought.add(self, wanted, *spec),
                    DemandKind::Python { .. } | DemandKind::Unsatisfiable => {}
                }
            }
        }
        // pip takes the extras of what it finds from the requirements, not from the node: where stale
        // ones have gone and only those on the project itself are left, its candidates have none.
        let asked =
            demands.iter().any(|demand| matches!(demand.kind, DemandKind::Specifier { .. }));
        let of = if asked { node } else { base };
        let bound = self.constraints.get(&base).cloned();
        if let (Some(bound), Some(template)) = (&bound, &sought.template)
            && !bound.urls.is_empty()
        {
            for candidate in self.constrained_to(bound, template, node)? {
                let Some(candidate) = candidate else {
                    return Ok(Candidates::none());
                };
                add(&mut explicit, &candidate);
            }
        }
        if !explicit.is_empty() {
            incompatible.exclude(&mut explicit);
            explicit.retain(|candidate| {
                let within =
                    bound.as_ref().is_none_or(|bound| bound.allows(candidate, &self.specs));
                within && demands.iter().all(|demand| self.satisfies(demand, candidate))
            });
            return Ok(Candidates::Fixed(explicit.into()));
        }
        let Some(template) = sought.template else {
            return Ok(Candidates::none());
        };
        let found = self.found(node, of, template, sought.spec, sought.hashes, incompatible)?;
        self.note_standing(&found, own, more);
        Ok(Candidates::Found(Rc::new(found)))
    }

    /// Whether a candidate satisfies a requirement, pre-releases allowed.
    pub(crate) fn satisfies(&self, demand: &Demand, candidate: &Candidate) -> bool {
        match &demand.kind {
            DemandKind::Specifier { spec, .. } => {
                self.specs.get(*spec).set.contains(&candidate.version, Some(true))
            }
            DemandKind::Explicit(wanted) => wanted.equals(candidate),
            DemandKind::Python { satisfied, .. } => *satisfied,
            DemandKind::Unsatisfiable => false,
        }
    }

    /// The list that the finder and the environment offer for a node, of candidates of the node
    /// `of`: itself or its project without extras.
    fn found(
        &mut self,
        node: NodeId,
        of: NodeId,
        mut template: Rc<Wanted>,
        spec: SpecId,
        hashes: Hashes,
        incompatible: &Incompatible,
    ) -> Result<Found, ResolveError> {
        let base = self.nodes.get(node).base;
        let mut found_spec = spec;
        let mut found_hashes = hashes;
        if let Some(bound) = self.constraints.get(&base).cloned() {
            found_spec = self.specs.and(found_spec, bound.spec);
            found_hashes = bound.hashes.intersect(&found_hashes);
            if template.hash_options.is_empty() && bound.hash_options.digest_count() > 0 {
                template = Rc::new(Wanted {
                    hash_options: bound.hash_options.clone(),
                    ..Wanted::clone(&template)
                });
            }
        }
        let installed = self.installed_candidate(of, &template, found_spec, incompatible)?;
        Ok(Found {
            prefers_installed: !self.may_upgrade(node),
            node: of,
            base,
            template,
            spec: found_spec,
            hashes: found_hashes,
            installed,
            incompatible: incompatible.clone(),
            known: Cell::new(None),
        })
    }

    /// The installed distribution as a candidate, if it satisfies and may be used.
    fn installed_candidate(
        &mut self,
        node: NodeId,
        template: &Rc<Wanted>,
        spec: SpecId,
        incompatible: &Incompatible,
    ) -> Result<Option<Rc<Candidate>>, ResolveError> {
        if self.request.options.force_reinstall {
            return Ok(None);
        }
        let named = Rc::clone(self.nodes.get(node));
        let Some(installed) = self.installed(&named.project)? else {
            return Ok(None);
        };
        let version: Version = installed.metadata.version.trim().parse().map_err(|error| {
            ResolveError::Refused(format!(
                "Cannot process installed package {} {} because it has an invalid version:\n{error}",
                installed.metadata.name, installed.metadata.version
            ))
        })?;
        if !self.specs.get(spec).set.contains(&version, Some(true)) {
            return Ok(None);
        }
        let mut candidate = self.keep_installed(&named.project, version, installed, template);
        if named.base != node {
            candidate = self.with_extras(&candidate, node, Some(template));
        }
        let mut usable = vec![candidate];
        incompatible.exclude(&mut usable);
        Ok(usable.pop())
    }

    /// Whether a newer version may replace an installed one that satisfies.
    fn may_upgrade(&self, node: NodeId) -> bool {
        match self.request.options.upgrade {
            Upgrade::Eager => true,
            Upgrade::ToSatisfyOnly => false,
            Upgrade::OnlyIfNeeded => {
                let base = self.nodes.get(node).base;
                self.user_requested.contains_key(&node) || self.user_requested.contains_key(&base)
            }
        }
    }

    /// The candidates of a constraint's URLs; `None` stands for a wheel that cannot be used here.
    fn constrained_to(
        &mut self,
        bound: &Bound,
        template: &Rc<Wanted>,
        node: NodeId,
    ) -> Result<Vec<Option<Rc<Candidate>>>, ResolveError> {
        let named = Rc::clone(self.nodes.get(node));
        let mut candidates = Vec::new();
        for url in &bound.urls {
            if self.is_unsupported_wheel(url) {
                return Ok(vec![None]);
            }
            let wanted = Rc::new(Wanted {
                url: Some(Rc::clone(url)),
                direct: true,
                ..Wanted::clone(template)
            });
            if let Made::Ready(base) =
                self.direct_candidate(&wanted, Some(named.project.clone()))?
            {
                candidates.push(Some(if named.base == node {
                    base
                } else {
                    self.with_extras(&base, node, None)
                }));
            }
        }
        Ok(candidates)
    }

    /// Decides once per project how settled it is, when it is first looked for.
    fn note_standing(
        &mut self,
        found: &Found,
        own: &[Rc<Information>],
        more: Option<&Information>,
    ) {
        if self.projects.standings.contains_key(&found.base) {
            return;
        }
        let settled = |parent: &Rc<Candidate>| {
            let base = parent.base().node;
            base == found.base || !self.projects.unsettled.contains(&base)
        };
        let informations = || own.iter().map(|information| &**information).chain(more);
        let brought = |information: &Information| information.parent.as_ref().is_some_and(settled);
        let by_users = |information: &Information| information.parent.as_ref().is_none_or(settled);
        let (standing, settled) = if self.specs.get(found.spec).fixed || !found.hashes.is_empty() {
            // What something open pins may be another version tomorrow, and so may what that brings.
            let bound = self.constraints.get(&found.base);
            let bound = bound.is_some_and(|bound| self.specs.get(bound.spec).fixed);
            (Standing::Pinned, bound || informations().all(by_users))
        } else if informations().all(brought) {
            (Standing::BroughtByPinned, true)
        } else {
            (Standing::Open, false)
        };
        self.projects.standings.insert(found.base, standing);
        if !settled {
            self.projects.unsettled.insert(found.base);
        }
    }
}

/// What the specifier requirements on a node amount to.
#[derive(Default)]
struct Sought {
    template: Option<Rc<Wanted>>,
    spec: SpecId,
    hashes: Hashes,
}

impl Sought {
    fn add(&mut self, factory: &mut Factory<'_>, wanted: &Rc<Wanted>, spec: SpecId) {
        self.template.get_or_insert_with(|| Rc::clone(wanted));
        self.spec = factory.specs.and(self.spec, spec);
        if !wanted.hash_options.is_empty() {
            self.hashes = self.hashes.intersect(&wanted.hashes());
        }
    }
}

/// Adds to a set of candidates, of which equal ones at the same place count as one.
fn add(candidates: &mut Vec<Rc<Candidate>>, candidate: &Rc<Candidate>) {
    let same = |other: &Rc<Candidate>| {
        other.equals(candidate) && other.source_url() == candidate.source_url()
    };
    if !candidates.iter().any(same) {
        candidates.push(Rc::clone(candidate));
    }
}
