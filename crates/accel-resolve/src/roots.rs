//! From what the user wrote to the first requirements.

use std::rc::Rc;

use accel_types::{Hashes, Requirement, WheelFilename};

use crate::error::ResolveError;
use crate::event::Event;
use crate::factory::Factory;
use crate::request::{Direct, RootKind};
use crate::requirement::Demand;
use crate::url_text;
use crate::wanted::{ComesFrom, Wanted};

impl Factory<'_> {
    /// Takes up constraints and roots; what comes back are the first requirements, those with
    /// extras last, so that they already know what binds their project.
    pub(crate) fn root_demands(&mut self) -> Result<Vec<Rc<Demand>>, ResolveError> {
        let request = self.request;
        for constraint in &request.constraints {
            self.add_constraint(constraint)?;
        }
        let mut demands = Vec::new();
        for (index, root) in request.roots.iter().enumerate() {
            let wanted = self.wanted(
                &root.kind,
                root.comes_from.as_deref(),
                &root.hashes,
                root.user_supplied,
                Some(index),
            )?;
            if !self.applies(&wanted) {
                self.say(&Event::MarkersDiffer {
                    name: wanted.name().unwrap_or("None"),
                    markers: &wanted.marker.as_ref().map_or(String::new(), ToString::to_string),
                });
                continue;
            }
            let meant = self.demands(&Rc::new(wanted))?;
            if let Some(first) = meant.first().filter(|_| root.user_supplied) {
                self.user_requested.entry(first.node).or_insert(index);
            }
            demands.extend(meant);
        }
        demands.sort_by_key(|demand| self.nodes.get(demand.node).base != demand.node);
        Ok(demands)
    }

    /// Whether the marker of a root or constraint holds, no extra being asked for.
    pub(crate) fn applies(&self, wanted: &Wanted) -> bool {
        wanted
            .marker
            .as_ref()
            .is_none_or(|marker| marker.evaluate(&self.request.environment, &[""]))
    }

    /// A root or constraint as the resolver knows it.
    pub(crate) fn wanted(
        &mut self,
        kind: &RootKind,
        comes_from: Option<&str>,
        hashes: &Hashes,
        user_supplied: bool,
        root: Option<usize>,
    ) -> Result<Wanted, ResolveError> {
        let comes_from =
            comes_from.map_or(ComesFrom::Nobody, |place| ComesFrom::Place(place.into()));
        let (mut requirement, url, extras, marker, editable) = match kind {
            RootKind::Named(requirement) => (
                Some(requirement.clone()),
                requirement.url.clone(),
                Vec::new(),
                requirement.marker.clone(),
                false,
            ),
            RootKind::Direct(direct) => (
                direct_requirement(direct)?,
                Some(direct.url.clone()),
                direct.extras.clone(),
                direct.marker.clone(),
                direct.editable,
            ),
        };
        let extras = match &requirement {
            Some(requirement) if extras.is_empty() => requirement.extras.clone(),
            _ => extras,
        };
        // pip keeps a user's marker apart: its words for the requirement do not have it.
        let own = requirement.as_mut().and_then(|requirement| requirement.marker.take());
        let marker = marker.or(own);
        Ok(Wanted {
            parsed: requirement.map(|requirement| self.parsed_requirement(requirement)),
            comes_from,
            editable,
            direct: url.is_some(),
            url: url.map(Rc::from),
            extras: extras.into(),
            marker: marker.map(Rc::new),
            hash_options: hashes.clone(),
            user_supplied,
            root,
        })
    }
}

/// What a direct requirement is called: as written, after its wheel, or after `#egg=`.
fn direct_requirement(direct: &Direct) -> Result<Option<Requirement>, ResolveError> {
    if direct.requirement.is_some() {
        return Ok(direct.requirement.clone());
    }
    let file = url_text::file_name(&direct.url);
    let text = if url_text::is_wheel(&direct.url) && !direct.editable {
        let wheel = WheelFilename::parse(&file)
            .map_err(|error| ResolveError::Refused(error.to_string()))?;
        format!("{}=={}", wheel.name, wheel.version)
    } else if let Some(egg) = url_text::egg_fragment(&direct.url) {
        egg.to_owned()
    } else {
        return Ok(None);
    };
    text.parse()
        .map(Some)
        .map_err(|error| ResolveError::Refused(format!("Invalid requirement: '{text}': {error}")))
}
