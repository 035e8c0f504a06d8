//! Constraints: what they say of each project, ANDed.

use std::rc::Rc;

use accel_types::Hashes;
use accel_types::python_url;

use crate::candidate::Candidate;
use crate::combination::{SpecId, Specs};
use crate::error::ResolveError;
use crate::event::Event;
use crate::factory::Factory;
use crate::request::{Constraint, RootKind};
use crate::url_text;

/// All constraints on one project.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bound {
    pub(crate) spec: SpecId,
    /// Digests of `--hash` and of URLs.
    pub(crate) hashes: Hashes,
    /// Digests of `--hash` alone.
    pub(crate) hash_options: Hashes,
    /// URLs that the distribution must come from.
    pub(crate) urls: Vec<Rc<str>>,
}

impl Bound {
    /// Whether a candidate may be used.
    pub(crate) fn allows(&self, candidate: &Candidate, specs: &Specs) -> bool {
        let urls_match = self.urls.iter().all(|url| {
            candidate.source_url().is_some_and(|source| url_text::equivalent(url, source))
        });
        urls_match && specs.get(self.spec).set.contains(&candidate.version, Some(true))
    }

    /// What it says, behind the project's name.
    pub(crate) fn words_for_error(&self, specs: &Specs) -> String {
        let mut words = specs.get(self.spec).set.to_string();
        if !self.urls.is_empty() {
            let urls: Vec<String> = self.urls.iter().map(|url| python_url::redacted(url)).collect();
            words = format!("{words} (from {})", urls.join(", "));
        }
        words
    }
}

impl Factory<'_> {
    /// Takes up one constraint, if its marker holds.
    pub(crate) fn add_constraint(&mut self, constraint: &Constraint) -> Result<(), ResolveError> {
        let wanted = self.wanted(
            &constraint.kind,
            constraint.comes_from.as_deref(),
            &constraint.hashes,
            false,
            None,
        )?;
        let editable = matches!(&constraint.kind, RootKind::Direct(direct) if direct.editable);
        let problem = if wanted.parsed.is_none() {
            Some("Unnamed requirements are not allowed as constraints")
        } else if editable {
            Some("Editable requirements are not allowed as constraints")
        } else if !wanted.extras.is_empty() {
            Some("Constraints cannot have extras")
        } else {
            None
        };
        if let Some(problem) = problem {
            self.say(&Event::DeprecatedConstraint);
            return Err(ResolveError::Refused(problem.to_owned()));
        }
        let Some(parsed) = wanted.parsed.as_ref().filter(|_| self.applies(&wanted)) else {
            return Ok(());
        };
        let mut hashes = wanted.hash_options.clone();
        let direct = wanted.url.as_deref().filter(|_| wanted.direct);
        if let Some(digest) = direct.and_then(accel_types::Digest::from_url) {
            hashes.insert(&digest);
        }
        let before = self.constraints.get(&parsed.base).cloned().unwrap_or_default();
        let mut bound = Bound::clone(&before);
        bound.spec = self.specs.and(bound.spec, parsed.spec);
        bound.hashes = bound.hashes.intersect(&hashes);
        bound.hash_options = bound.hash_options.intersect(&wanted.hash_options);
        if let Some(url) = &wanted.url
            && !bound.urls.contains(url)
        {
            bound.urls.push(Rc::clone(url));
        }
        self.constraints.insert(parsed.base, Rc::new(bound));
        Ok(())
    }
}
