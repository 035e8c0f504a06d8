//! What a candidate requires, produced piece by piece, because a piece may have to be prepared.

use std::rc::Rc;

use accel_types::{ExtraName, SpecifierSet};

use crate::candidate::{Candidate, CandidateKind, Distribution, DistributionPlace};
use crate::error::ResolveError;
use crate::event::Event;
use crate::factory::{Factory, Made};
use crate::identifier::NodeId;
use crate::requirement::{Demand, DemandKind};
use crate::url_text;
use crate::wanted::{Parsed, Wanted};

/// The pieces of one candidate.
pub(crate) type Steps = Rc<[Step]>;

/// One piece.
#[derive(Debug)]
pub(crate) enum Step {
    /// Requirements, ready.
    Demands(Rc<[Rc<Demand>]>),
    /// A URL: its metadata is needed to know the requirement.
    Direct(Rc<Wanted>),
    /// pip warns whenever it comes past.
    NoSuchExtra(ExtraName),
    /// pip warns whenever it comes past.
    InvalidRequiresPython(String),
    /// An installed distribution's dependency that cannot be parsed: fatal.
    Broken(String),
}

impl Factory<'_> {
    /// The pieces of a candidate's dependencies, in pip's order.
    pub(crate) fn steps(&mut self, candidate: &Rc<Candidate>) -> Steps {
        if let Some(steps) = self.steps.get(&candidate.id) {
            return Rc::clone(steps);
        }
        let mut steps = Vec::new();
        let follow = !self.request.options.no_dependencies;
        match &candidate.kind {
            CandidateKind::Python => {}
            CandidateKind::Base(distribution) => {
                if !matches!(distribution.place, DistributionPlace::Installed(_)) {
                    steps.extend(self.requires_python(distribution));
                }
                if follow {
                    self.requires_dist(distribution, &distribution.wanted, &[], &mut steps);
                }
            }
            CandidateKind::Extras { base, extras, wanted } => {
                steps.push(Step::Demands(Rc::new([explicit(base)])));
                if let Some(distribution) = base.distribution().filter(|_| follow) {
                    let provided: Vec<ExtraName> = distribution
                        .metadata
                        .provides_extra
                        .iter()
                        .map(|extra| ExtraName::new(extra))
                        .collect();
                    let (valid, unknown): (Vec<_>, Vec<_>) =
                        extras.iter().cloned().partition(|extra| provided.contains(extra));
                    steps.extend(unknown.into_iter().map(Step::NoSuchExtra));
                    self.requires_dist(distribution, wanted, &valid, &mut steps);
                }
            }
        }
        let steps: Steps = steps.into();
        self.steps.insert(candidate.id, Rc::clone(&steps));
        steps
    }

    /// The requirements of one piece; says what pip says when it comes past.
    pub(crate) fn take_step(
        &mut self,
        step: &Step,
        candidate: &Candidate,
    ) -> Result<Rc<[Rc<Demand>]>, ResolveError> {
        match step {
            Step::Demands(demands) => return Ok(Rc::clone(demands)),
            Step::Direct(wanted) => return Ok(self.direct_demands(wanted)?.into()),
            Step::NoSuchExtra(extra) => self.say(&Event::NoSuchExtra {
                name: candidate.project.as_str(),
                version: &candidate.version.to_string(),
                extra: extra.as_str(),
            }),
            Step::InvalidRequiresPython(reason) => {
                let name = candidate
                    .distribution()
                    .map_or("", |distribution| distribution.metadata.name.as_str());
                self.say(&Event::InvalidRequiresPython { name, reason });
            }
            Step::Broken(reason) => {
                return Err(ResolveError::Refused(format!(
                    "Cannot process installed package {candidate} because it has an invalid \
                     requirement:\n{reason}"
                )));
            }
        }
        Ok(Rc::new([]))
    }

    fn requires_python(&self, distribution: &Distribution) -> Option<Step> {
        let text = distribution.metadata.requires_python.as_deref()?;
        let specifier = match text.parse::<SpecifierSet>() {
            Ok(specifier) => specifier,
            Err(error) => return Some(Step::InvalidRequiresPython(error.to_string())),
        };
        if self.request.options.ignore_requires_python || specifier.is_empty() {
            return None;
        }
        let satisfied = specifier.contains(&self.request.python, Some(true));
        Some(Step::Demands(Rc::new([Rc::new(Demand {
            node: NodeId::PYTHON,
            kind: DemandKind::Python { specifier, satisfied },
        })])))
    }

    /// The Requires-Dist that hold without any extra, or for one of `extras`.
    fn requires_dist(
        &mut self,
        distribution: &Distribution,
        parent: &Rc<Wanted>,
        extras: &[ExtraName],
        steps: &mut Vec<Step>,
    ) {
        let asked: Vec<&str> = extras.iter().map(ExtraName::as_str).collect();
        for line in &distribution.requires {
            let parsed = match line {
                Ok(parsed) => parsed,
                Err(reason) => {
                    steps.push(Step::Broken(reason.clone()));
                    return;
                }
            };
            let holds = match &parsed.requirement.marker {
                Some(marker) if !asked.is_empty() => {
                    marker.evaluate(&self.request.environment, &asked)
                }
                _ => parsed.applies,
            };
            if holds {
                let wanted = Rc::new(Wanted::dependency(Rc::clone(parsed), parent));
                steps.push(if wanted.direct {
                    Step::Direct(wanted)
                } else {
                    Step::Demands(self.specifier_demands(&wanted, parsed).into())
                });
            }
        }
    }

    /// The requirements that one written requirement means.
    pub(crate) fn demands(&mut self, wanted: &Rc<Wanted>) -> Result<Vec<Rc<Demand>>, ResolveError> {
        match &wanted.parsed {
            Some(parsed) if wanted.url.is_none() => Ok(self.specifier_demands(wanted, parsed)),
            _ => self.direct_demands(wanted),
        }
    }

    /// Extras with a specifier are split: the specifier binds the project, too.
    fn specifier_demands(&mut self, wanted: &Rc<Wanted>, parsed: &Parsed) -> Vec<Rc<Demand>> {
        let whole = specifier_demand(wanted, parsed, parsed.node);
        if parsed.node == parsed.base || parsed.requirement.specifier.is_empty() {
            return vec![whole];
        }
        let bare = self.without_extras(wanted);
        vec![specifier_demand(&bare, parsed, parsed.base), whole]
    }

    /// A URL requirement means its very candidate, and that candidate with the extras.
    fn direct_demands(&mut self, wanted: &Rc<Wanted>) -> Result<Vec<Rc<Demand>>, ResolveError> {
        let url = wanted.url.clone().unwrap_or_default();
        self.refuse_unsupported_wheel(&url)?;
        let template =
            if wanted.extras.is_empty() { Rc::clone(wanted) } else { self.without_extras(wanted) };
        let name = wanted.name().map(accel_types::PackageName::new);
        match self.direct_candidate(&template, name.clone())? {
            Made::Ready(base) => {
                let mut demands = vec![explicit(&base)];
                if !wanted.extras.is_empty() {
                    let node = self.nodes.intern(&base.project, &wanted.extras);
                    let candidate = self.with_extras(&base, node, None);
                    demands.push(explicit(&candidate));
                }
                Ok(demands)
            }
            Made::Discarded(reason) | Made::Invalid(reason) => match name {
                None => Err(ResolveError::Refused(reason.to_string())),
                Some(name) => Ok(vec![Rc::new(Demand {
                    node: self.nodes.intern(&name, &[]),
                    kind: DemandKind::Unsatisfiable,
                })]),
            },
        }
    }

    /// pip refuses a wheel whose name is none or that does not fit, wherever a requirement names it.
    fn refuse_unsupported_wheel(&self, url: &str) -> Result<(), ResolveError> {
        if url_text::is_wheel(url)
            && let Err(error) = accel_types::WheelFilename::parse(&url_text::file_name(url))
        {
            return Err(ResolveError::Refused(error.to_string()));
        }
        if self.is_unsupported_wheel(url) {
            let file = url_text::file_name(url);
            return Err(ResolveError::Refused(format!(
                "{file} is not a supported wheel on this platform."
            )));
        }
        Ok(())
    }

    /// Whether the URL is a wheel that does not fit the target.
    pub(crate) fn is_unsupported_wheel(&self, url: &str) -> bool {
        let file = url_text::file_name(url);
        url_text::is_wheel(url)
            && accel_types::WheelFilename::parse(&file)
                .is_ok_and(|wheel| self.request.tags.best_rank(&wheel.tags).is_none())
    }

    /// The same requirement without its extras, said to come from it.
    fn without_extras(&mut self, wanted: &Rc<Wanted>) -> Rc<Wanted> {
        let parsed = wanted.parsed.as_ref().map(|parsed| {
            let mut bare = parsed.requirement.clone();
            bare.extras.clear();
            bare.raw_extras.clear();
            self.parsed_requirement(bare)
        });
        Rc::new(Wanted {
            parsed,
            comes_from: crate::wanted::ComesFrom::Wanted(Rc::clone(wanted)),
            extras: Rc::new([]),
            ..Wanted::clone(wanted)
        })
    }
}

/// A requirement of this very candidate.
fn explicit(candidate: &Rc<Candidate>) -> Rc<Demand> {
    Rc::new(Demand { node: candidate.node, kind: DemandKind::Explicit(Rc::clone(candidate)) })
}

fn specifier_demand(wanted: &Rc<Wanted>, parsed: &Parsed, node: NodeId) -> Rc<Demand> {
    Rc::new(Demand {
        node,
        kind: DemandKind::Specifier { wanted: Rc::clone(wanted), spec: parsed.spec },
    })
}
