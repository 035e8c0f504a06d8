//! Uninstall plans from what the scan of a target environment found.

use super::{Subject, Surroundings, UninstallError, UninstallPlan};
use crate::installed::InstalledDistribution;
use crate::target::{SchemeChoice, Target, TargetError};

impl Surroundings {
    /// What pip would know of this environment.
    pub fn of(target: &Target) -> Result<Self, TargetError> {
        let interpreter = &target.interpreter;
        let scheme = target.scheme(&SchemeChoice::Default, None)?;
        let user_scripts = target.scheme(&SchemeChoice::User, None).ok().map(|user| user.scripts);
        let user = target.user_site().filter(|_| target.user_site_enabled()).zip(user_scripts);
        let facts = interpreter.facts();
        let own = [&scheme.data, &scheme.purelib, &scheme.platlib].map(Clone::clone);
        Ok(Self {
            prefix: interpreter.prefix().to_owned(),
            virtual_environment: interpreter.in_venv(),
            more_roots: own.into_iter().chain(target.user_base()).collect(),
            scripts: scheme.scripts,
            user,
            site_packages: scheme.purelib,
            standard_library: vec![facts.stdlib.clone()],
            cache_tag: facts.cache_tag.clone(),
        })
    }
}

impl From<&InstalledDistribution> for Subject {
    fn from(found: &InstalledDistribution) -> Self {
        Self {
            name: found.raw_name(),
            version: found.raw_version(),
            location: found.location().to_owned(),
            info: Some(found.info().to_owned()),
            found_in: found.installed_location().to_owned(),
        }
    }
}

impl UninstallPlan {
    /// Finds what belongs to a distribution that the scan found.
    pub fn of(
        found: &InstalledDistribution,
        surroundings: &Surroundings,
    ) -> Result<Self, UninstallError> {
        Self::new(&found.into(), surroundings)
    }
}
