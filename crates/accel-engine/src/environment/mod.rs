//! The commands that look at an environment and change nothing, one module each.
//!
//! What is installed is scanned once. pip looks at it anew whenever it wants to know something and
//! warns each time of what it passes over; [`Environment::each`] says these warnings where pip does.

mod check;
mod editable;
mod finding;
mod freeze;
mod inspect;
mod list;
mod member;
mod show;
mod versions;

use crate::error::EngineError;
use crate::listener::{Level, Listener, Silence, Voice};
use crate::request::EnvironmentRequest;
use crate::target;
use accel_install::installed::{Installed, installed, installed_in};
use accel_install::target::Target;
use accel_types::PackageName;
use member::Member;
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;

pub use check::check;
pub use freeze::freeze;
pub use inspect::inspect;
pub use list::list;
pub use show::show;
pub use versions::versions;

/// Names that pip never counts as installed: parts of Python that have metadata.
const PARTS_OF_PYTHON: [&str; 3] = ["python", "wsgiref", "argparse"];

/// An environment, and what is installed in it.
struct Environment<'a> {
    request: &'a EnvironmentRequest,
    target: Target,
    scan: Installed,
    voice: Voice,
    /// Whether the warnings that pip gives once were given.
    warned: Cell<bool>,
}

impl<'a> Environment<'a> {
    fn of(
        request: &'a EnvironmentRequest,
        listener: Arc<dyn Listener>,
    ) -> Result<Self, EngineError> {
        let target = target::locate(&request.python, &request.general)?;
        let scan = if request.paths.is_empty() {
            installed(&target)
        } else {
            installed_in(&target, &request.paths)
        };
        let voice = Voice::new(listener);
        Ok(Self { request, target, scan, voice, warned: Cell::new(false) })
    }

    /// Works on all distributions in the order of `sys.path`.
    fn each<'e>(
        &'e self,
        mut work: impl FnMut(Member<'e>) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        for (at, found) in self.scan.distributions.iter().enumerate() {
            self.warn(at);
            let hidden = self.request.local && !found.is_local()
                || self.request.user && !found.in_user_site();
            if !hidden {
                work(Member::new(found, &self.voice))?;
            }
        }
        self.warn(self.scan.distributions.len());
        self.warned.set(true);
        Ok(())
    }

    /// Says what was passed over just before the distribution of this number.
    fn warn(&self, before: usize) {
        let passed_over = self.scan.passed_over.iter();
        for one in passed_over.filter(|one| one.after == before) {
            if !one.once || !self.warned.get() {
                self.voice.say(Level::Warning, &one.warning);
            }
        }
    }

    /// All distributions.
    fn all(&self) -> Result<Vec<Member<'_>>, EngineError> {
        let mut all = Vec::new();
        self.each(|member| {
            all.push(member);
            Ok(())
        })?;
        Ok(all)
    }

    /// The distribution of that name; pip looks no further than to it.
    fn find(&self, name: &PackageName) -> Option<Member<'_>> {
        let found = self.scan.distributions.iter().position(|found| found.name() == name);
        for before in 0..=found.unwrap_or(self.scan.distributions.len()) {
            self.warn(before);
        }
        Some(Member::new(&self.scan.distributions[found?], &self.voice))
    }

    /// A line of pip's.
    fn line(&self, text: &str) {
        self.voice.info(text);
    }
}

/// The names of what is installed, in the order of `sys.path`.
pub fn installed_names(request: &EnvironmentRequest) -> Result<Vec<PackageName>, EngineError> {
    let environment = Environment::of(request, Arc::new(Silence))?;
    let members = environment.all()?;
    let names = members.iter().map(Member::name);
    Ok(names.filter(|name| !PARTS_OF_PYTHON.contains(&name.as_str())).cloned().collect())
}

/// The place of each member by name.
fn by_name(members: &[Member<'_>]) -> HashMap<PackageName, usize> {
    members.iter().enumerate().map(|(at, member)| (member.name().clone(), at)).collect()
}
