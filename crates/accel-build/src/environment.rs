//! The build environment: what the tree and its backend ask for, provided and checked.

use crate::build::{Build, Kind};
use crate::{BuildError, FailedInstall, Hook};
use accel_types::{MarkerEnvironment, Requirement, Version, python_repr};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Fills build environments. The engine implements it, because it takes a resolution and an
/// installation.
pub trait BuildRequires {
    /// Makes the environment at `at` if it is not there yet, and adds `requires` to it.
    ///
    /// Called a second time for the requirements that the backend asks for itself.
    fn provide(
        &self,
        requires: &[String],
        at: &Path,
    ) -> Result<Provided, Box<dyn std::error::Error + Send + Sync>>;
}

/// An environment that has what a backend needs.
#[derive(Clone, Debug)]
pub struct Provided {
    /// Its interpreter.
    pub python: PathBuf,
    /// Variables for the backend's processes, `PATH` among them.
    pub variables: Vec<(String, String)>,
    /// What was resolved for it, one distribution a line: part of a build's key, and not
    /// interpreted here.
    pub resolved: Vec<String>,
}

/// Which of some requirements an environment does not meet, as pip's `check_requirements`.
#[derive(Default)]
struct Unmet {
    conflicts: Vec<(String, String)>,
    missing: Vec<String>,
}

/// The answer of the runner's `installed`.
#[derive(Deserialize)]
struct Installed {
    versions: BTreeMap<String, String>,
    markers: MarkerEnvironment,
}

impl Build {
    /// The build environment: the tree's requirements, then those that the backend asks for.
    pub(crate) fn environment(
        &mut self,
        requires: &dyn BuildRequires,
    ) -> Result<Provided, BuildError> {
        if let Some(provided) = &self.provided {
            return Ok(provided.clone());
        }
        let wanted = if self.options.no_isolation { &[] } else { self.system.requires.as_slice() };
        let mut provided = self.provide(requires, "Installing build dependencies", wanted)?;
        if !self.options.no_isolation {
            self.check_fallback(&provided)?;
        }
        if self.must_support_editable {
            self.supports_editable(&provided)?;
        }
        if !self.options.no_isolation {
            let asked = self.asked_by_backend(&provided)?;
            let unmet = self.unmet(&provided, &asked)?;
            self.refuse_conflicts("the backend dependencies", unmet.conflicts)?;
            if !unmet.missing.is_empty() {
                let step = "Installing backend dependencies";
                // Processes that were started before know nothing of them.
                self.ahead = None;
                provided = self.provide(requires, step, &unmet.missing)?;
            }
        }
        if self.options.check_dependencies {
            let unmet = self.unmet(&provided, &self.system.requires)?;
            self.refuse_conflicts("the backend dependencies", unmet.conflicts)?;
            if !unmet.missing.is_empty() {
                return Err(BuildError::MissingRequires {
                    project: self.requirement().to_owned(),
                    missing: quoted(&unmet.missing, ", "),
                });
            }
        }
        self.provided = Some(provided.clone());
        Ok(provided)
    }

    /// pip names no step where nothing is installed.
    fn provide(
        &self,
        requires: &dyn BuildRequires,
        step: &str,
        wanted: &[String],
    ) -> Result<Provided, BuildError> {
        let at = self.scratch.join("environment");
        let failed = |error: Box<dyn std::error::Error + Send + Sync>| match error.downcast() {
            Err(other) => BuildError::Requires(other),
            Ok(failed) => {
                let FailedInstall(output) = *failed;
                let project = self.project.clone();
                let named = accel_types::PackageName::parse(&project).is_ok();
                let whose = if named { format!(" for {project}") } else { String::new() };
                let step = format!("{}{whose}", step.to_lowercase());
                BuildError::Dependencies { project, step, output }
            }
        };
        let provide = || match &self.ahead {
            Some(ahead) => Ok(ahead.provided.clone()),
            None => requires.provide(wanted, &at).map_err(failed),
        };
        if wanted.is_empty() { provide() } else { self.watched(step, provide) }
    }

    /// A tree that names requirements but no backend may lack the one that pip falls back to.
    fn check_fallback(&self, provided: &Provided) -> Result<(), BuildError> {
        let unmet = self.unmet(provided, &self.system.check)?;
        self.refuse_conflicts("PEP 517/518 supported requirements", unmet.conflicts)?;
        if !unmet.missing.is_empty() {
            let requirement = self.requirement();
            self.warn(&format!("Missing build requirements in pyproject.toml for {requirement}."));
            self.warn(&format!(
                "The project does not specify a build backend, and pip cannot fall back to \
                 setuptools without {}.",
                quoted(&unmet.missing, " and ")
            ));
        }
        Ok(())
    }

    fn supports_editable(&mut self, provided: &Provided) -> Result<(), BuildError> {
        match self.call(provided, Hook::Supports, &json!({}))? {
            Value::Array(features) if features.iter().any(|one| one == "build_editable") => Ok(()),
            _ => Err(BuildError::NoEditable { project: self.requirement().to_owned() }),
        }
    }

    fn asked_by_backend(&mut self, provided: &Provided) -> Result<Vec<String>, BuildError> {
        let hook = match self.kind {
            Kind::Wheel => Hook::RequiresForWheel,
            Kind::Editable => Hook::RequiresForEditable,
        };
        let arguments = json!({ "config_settings": self.config_settings() });
        let Value::Array(asked) = self.call(provided, hook, &arguments)? else {
            return Err(self.broken("its requirements are not a list"));
        };
        let asked: Option<Vec<String>> =
            asked.into_iter().map(|text| text.as_str().map(str::to_owned)).collect();
        asked.ok_or_else(|| self.broken("its requirements are not strings"))
    }

    /// Costs a process if there are any requirements.
    fn unmet(&self, provided: &Provided, requires: &[String]) -> Result<Unmet, BuildError> {
        let mut unmet = Unmet::default();
        if requires.is_empty() {
            return Ok(unmet);
        }
        let parse = |text: &String| {
            let parsed = text.parse::<Requirement>();
            parsed.map_err(|error| self.broken(&format!("it asks for {text:?}: {error}")))
        };
        let parsed: Vec<Requirement> = requires.iter().map(parse).collect::<Result<_, _>>()?;
        let names: Vec<&str> = parsed.iter().map(|one| one.name.as_str()).collect();
        let answer =
            self.backend().call(provided, Hook::Installed, &json!({ "names": names }), None)?;
        let installed: Installed = serde_json::from_value(answer)
            .map_err(|error| self.broken(&format!("its environment is not readable: {error}")))?;
        for (text, one) in requires.iter().zip(&parsed) {
            let applies = one.marker.as_ref();
            if applies.is_some_and(|marker| !marker.evaluate(&installed.markers, &[""])) {
                continue;
            }
            let Some(version) = installed.versions.get(&one.name) else {
                unmet.missing.push(text.clone());
                continue;
            };
            if !one.specifier.contains_text(version, Some(true)) {
                let equals = if version.parse::<Version>().is_ok() { "==" } else { "===" };
                unmet.conflicts.push((format!("{}{equals}{version}", one.name), text.clone()));
            }
        }
        Ok(unmet)
    }

    fn refuse_conflicts(
        &self,
        with: &'static str,
        mut conflicts: Vec<(String, String)>,
    ) -> Result<(), BuildError> {
        if conflicts.is_empty() {
            return Ok(());
        }
        conflicts.sort();
        conflicts.dedup();
        let one = |(installed, wanted): &(String, String)| {
            format!("{installed} is incompatible with {wanted}")
        };
        let conflicts = conflicts.iter().map(one).collect::<Vec<_>>().join(", ");
        Err(BuildError::Conflicts { project: self.requirement().to_owned(), with, conflicts })
    }
}

fn quoted(requires: &[String], between: &str) -> String {
    let mut sorted = requires.to_vec();
    sorted.sort();
    sorted.dedup();
    sorted.iter().map(|one| python_repr(one)).collect::<Vec<_>>().join(between)
}
