//! The `[build-system]` table of `pyproject.toml`, as PEP 517, PEP 518 and pip read it.

use crate::BuildError;
use accel_types::{Requirement, python_repr};
use std::path::Path;

/// The backend of projects that name none, and pip's requirement for it.
const LEGACY_BACKEND: &str = "setuptools.build_meta:__legacy__";
const LEGACY_REQUIRES: &str = "setuptools>=40.8.0";

/// How a source tree is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildSystem {
    /// Requirements that must be installed before the backend can be asked anything.
    pub requires: Vec<String>,
    /// The backend as `module` or `module:object`.
    pub backend: String,
    /// Folders inside the tree from which the backend is imported.
    pub backend_path: Vec<String>,
    /// What must be installed for a backend that the tree does not name.
    pub(crate) check: Vec<String>,
}

impl BuildSystem {
    /// Reads the table of the tree at `tree`; `project` names it in errors.
    pub fn read(tree: &Path, project: &str) -> Result<Self, BuildError> {
        let pyproject = tree.join("pyproject.toml");
        let text = accel_io::fs::read_if_exists(&pyproject)?;
        if text.is_none() && !accel_io::fs::is_file(tree.join("setup.py")) {
            return Err(BuildError::NoProject { project: project.to_owned() });
        }
        let Some(text) = text else { return Ok(Self::legacy()) };
        let unreadable = |reason: String| BuildError::Pyproject { path: pyproject.clone(), reason };
        let text = String::from_utf8(text).map_err(|error| unreadable(error.to_string()))?;
        let table: toml::Table = text
            .parse()
            .map_err(|error: toml::de::Error| unreadable(error.message().to_owned()))?;
        Self::of_table(&table, project)
    }

    fn legacy() -> Self {
        Self {
            requires: vec![LEGACY_REQUIRES.to_owned()],
            backend: LEGACY_BACKEND.to_owned(),
            backend_path: Vec::new(),
            check: Vec::new(),
        }
    }

    fn of_table(table: &toml::Table, project: &str) -> Result<Self, BuildError> {
        let Some(system) = table.get("build-system") else { return Ok(Self::legacy()) };
        let project = || project.to_owned();
        let requires = system
            .get("requires")
            .ok_or_else(|| BuildError::NoBuildRequires { project: project() })?;
        let requires = strings(requires).ok_or_else(|| BuildError::BadBuildRequires {
            project: project(),
            reason: "It is not a list of strings.".to_owned(),
        })?;
        if let Some(bad) = requires.iter().find(|text| text.parse::<Requirement>().is_err()) {
            return Err(BuildError::BadBuildRequires {
                project: project(),
                reason: format!("It contains an invalid requirement: {}", python_repr(bad)),
            });
        }
        let broken = |what: &str| BuildError::Contract {
            project: project(),
            reason: format!("build-system.{what} in pyproject.toml"),
        };
        let backend = match system.get("build-backend") {
            None => None,
            Some(toml::Value::String(backend)) => Some(backend.clone()),
            Some(_) => return Err(broken("build-backend is not a string")),
        };
        let backend_path = match system.get("backend-path") {
            None => Vec::new(),
            Some(path) => {
                strings(path).ok_or_else(|| broken("backend-path is not a list of strings"))?
            }
        };
        let check = match backend {
            Some(_) => Vec::new(),
            None => vec![LEGACY_REQUIRES.to_owned()],
        };
        let backend = backend.unwrap_or_else(|| LEGACY_BACKEND.to_owned());
        Ok(Self { requires, backend, backend_path, check })
    }
}

fn strings(value: &toml::Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<BuildSystem, BuildError> {
        BuildSystem::of_table(&text.parse().unwrap(), "demo")
    }

    #[test]
    fn a_tree_without_table_is_built_by_setuptools() {
        assert_eq!(parse("[project]\nname = 'x'").unwrap(), BuildSystem::legacy());
        let named = parse("[build-system]\nrequires = ['wheel']").unwrap();
        assert_eq!(named.backend, LEGACY_BACKEND);
        assert_eq!(
            (named.requires, named.check),
            (vec!["wheel".into()], vec![LEGACY_REQUIRES.into()])
        );
    }

    #[test]
    fn bad_tables_are_named() {
        assert!(matches!(parse("[build-system]"), Err(BuildError::NoBuildRequires { .. })));
        for text in ["requires = 'x'", "requires = [1]", "requires = ['a b c']"] {
            let text = format!("[build-system]\n{text}");
            assert!(matches!(parse(&text), Err(BuildError::BadBuildRequires { .. })), "{text}");
        }
    }

    #[test]
    fn backends_of_wrong_types_are_refused() {
        for text in ["build-backend = 1", "backend-path = 'x'", "backend-path = [1]"] {
            let text = format!("[build-system]\nrequires = []\n{text}");
            assert!(matches!(parse(&text), Err(BuildError::Contract { .. })), "{text}");
        }
    }

    #[test]
    fn an_in_tree_backend_keeps_its_path() {
        let system = parse(
            "[build-system]\nrequires = []\nbuild-backend = 'own:api'\nbackend-path = ['tools']",
        );
        let system = system.unwrap();
        assert_eq!((system.backend.as_str(), system.backend_path.len()), ("own:api", 1));
    }
}
