//! The versions that indexes and find-links offer of a project.

use crate::error::EngineError;
use crate::listener::{Level, Voice};
use crate::request::{FindingRequest, Freshness, General};
use crate::{target, tools};
use accel_index::{ComplaintLevel, Index, Lookup};
use accel_install::interpreter::Interpreter;
use accel_resolve::{Available, Options, ResolveRequest};
use accel_types::PackageName;

/// Looks for versions as `pip list --outdated` and `pip index versions` do.
pub(super) struct Finder<'a> {
    index: Index,
    lookup: Lookup,
    question: ResolveRequest,
    voice: &'a Voice,
}

impl<'a> Finder<'a> {
    pub(super) fn new(
        request: &FindingRequest,
        general: &General,
        python: &Interpreter,
        voice: &'a Voice,
    ) -> Result<Self, EngineError> {
        let index = tools::index(general, &request.index, python.executable(), voice);
        let selection = &request.selection;
        let question = ResolveRequest {
            roots: Vec::new(),
            constraints: Vec::new(),
            options: Options {
                ignore_requires_python: selection.ignore_requires_python,
                prefer_binary: selection.prefer_binary,
                formats: selection.format_control.clone(),
                releases: selection.release_control.clone(),
                uploaded_prior_to: selection.uploaded_prior_to,
                ..Options::default()
            },
            environment: python.markers().clone(),
            tags: target::tags_for(&request.target_python, python),
            python: target::version_for(&request.target_python, python)?,
        };
        // Whoever asks what there is wants to know what there is now.
        let lookup = match request.index.freshness {
            Freshness::Local => Lookup::Kept,
            Freshness::Pinned | Freshness::Always => Lookup::Always,
        };
        Ok(Self { index, lookup, question, voice })
    }

    /// Starts looking for all of these at once.
    pub(super) fn look_ahead<'n>(&self, names: impl Iterator<Item = &'n PackageName>) {
        self.index.prefetch(names.map(|name| (name.clone(), self.lookup)).collect());
    }

    /// What there is of a project and not yanked, best first; without pre-releases unless they are
    /// asked for.
    pub(super) fn offers(&self, name: &PackageName) -> Result<Vec<Available>, EngineError> {
        let found = self.index.links(name, self.lookup)?;
        for complaint in &found.complaints {
            let level = match complaint.level {
                ComplaintLevel::Debug => Level::Debug,
                ComplaintLevel::Info => Level::Info,
                ComplaintLevel::Warning => Level::Warning,
            };
            self.voice.say_passing(level, &complaint.text);
        }
        let mut offers = accel_resolve::available(name, &found.links, &self.question)?;
        if self.question.options.releases.allows_prereleases(name) != Some(true) {
            offers.retain(|offer| !offer.version.is_prerelease());
        }
        Ok(offers)
    }
}
