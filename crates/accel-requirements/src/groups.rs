//! Dependency groups of `pyproject.toml` (PEP 735), for `--group`.

use std::collections::HashMap;

use accel_types::{PackageName, Requirement};
use toml::{Table, Value};

use crate::file::os_error;
use crate::{RequirementsError, Source};
use accel_types::python_text::repr;

/// The requirements of groups, given as (path of the project file, name of the group), in order.
pub fn read_groups(
    groups: &[(String, String)],
    source: &dyn Source,
) -> Result<Vec<String>, RequirementsError> {
    let mut files: HashMap<&str, Groups> = HashMap::new();
    // All files are read before any group is resolved: their faults come first.
    for (path, _) in groups {
        if !files.contains_key(path.as_str()) {
            files.insert(path, Groups::load(path, source)?);
        }
    }
    let mut requirements = Vec::new();
    for (path, name) in groups {
        let Some(file) = files.get(path.as_str()) else { continue };
        let mut resolution = Resolution { groups: file, ancestors: HashMap::new(), errors: vec![] };
        let found = resolution.resolve(&normalise(name), &normalise(name));
        if !resolution.errors.is_empty() {
            return installation(format!(
                "[dependency-groups] resolution failed for '{name}' from '{path}': {}",
                resolution.errors.join("; ")
            ));
        }
        requirements.extend(found);
    }
    Ok(requirements)
}

fn installation<T>(sentence: String) -> Result<T, RequirementsError> {
    Err(RequirementsError::Installation(sentence))
}

/// Group names follow the rule of project names.
fn normalise(name: &str) -> String {
    PackageName::new(name).as_str().to_owned()
}

/// The groups of one file by normalised name.
struct Groups(HashMap<String, Value>);

impl Groups {
    fn load(path: &str, source: &dyn Source) -> Result<Self, RequirementsError> {
        let bytes = match source.read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return installation(format!("{path} not found. Cannot resolve '--group' option."));
            }
            Err(error) => {
                return installation(format!("Error reading {path}: {}", os_error(&error, path)));
            }
        };
        let text = String::from_utf8_lossy(&bytes);
        let project: Table = match text.parse() {
            Ok(project) => project,
            Err(error) => return installation(format!("Error parsing {path}: {error}")),
        };
        let Some(groups) = project.get("dependency-groups") else {
            return installation(format!(
                "[dependency-groups] table was missing from '{path}'. Cannot resolve '--group' \
                 option."
            ));
        };
        let Some(groups) = groups.as_table() else {
            return installation(format!(
                "[dependency-groups] table was malformed in {path}. Cannot resolve '--group' \
                 option."
            ));
        };
        let mut names: Vec<(String, Vec<&str>)> = Vec::new();
        for name in groups.keys() {
            let normal = normalise(name);
            match names.iter_mut().find(|(known, _)| *known == normal) {
                Some((_, spellings)) => spellings.push(name),
                None => names.push((normal, vec![name])),
            }
        }
        let doubles: Vec<String> = names
            .iter()
            .filter(|(_, spellings)| spellings.len() > 1)
            .map(|(normal, spellings)| {
                let spellings = spellings.join(", ");
                format!("Duplicate dependency group names: {normal} ({spellings})")
            })
            .collect();
        if !doubles.is_empty() {
            return installation(format!(
                "[dependency-groups] data was invalid in {path}: {}",
                doubles.join("; ")
            ));
        }
        Ok(Self(groups.iter().map(|(name, value)| (normalise(name), value.clone())).collect()))
    }
}

/// One item of a group.
enum Item {
    Requirement(String),
    Include(String),
}

struct Resolution<'a> {
    groups: &'a Groups,
    ancestors: HashMap<String, Vec<String>>,
    errors: Vec<String>,
}

impl Resolution<'_> {
    fn resolve(&mut self, group: &str, requested: &str) -> Vec<String> {
        let mut resolved = Vec::new();
        for item in self.items(group) {
            let include = match item {
                Item::Requirement(text) => {
                    resolved.push(text);
                    continue;
                }
                Item::Include(include) => include,
            };
            let normal = normalise(&include);
            let mut above = self.ancestors.get(group).cloned().unwrap_or_default();
            if above.contains(&normal) {
                let reason = if include == group {
                    format!("{group} includes itself")
                } else {
                    format!("{include} -> {group}, {group} -> {include}")
                };
                self.errors.push(format!(
                    "Cyclic dependency group include while resolving {requested}: {reason}"
                ));
            } else {
                above.push(group.to_owned());
                self.ancestors.insert(normal.clone(), above);
                resolved.extend(self.resolve(&normal, requested));
            }
        }
        resolved
    }

    fn items(&mut self, group: &str) -> Vec<Item> {
        let before = self.errors.len();
        let items = match self.groups.0.get(group) {
            None => {
                self.errors.push(format!("Dependency group '{group}' not found"));
                Vec::new()
            }
            Some(Value::Array(items)) => items.iter().filter_map(|item| self.item(item)).collect(),
            Some(Value::String(_)) => {
                let group = repr(group);
                self.errors.push(format!(
                    "Dependency group {group} contained a string rather than a list."
                ));
                Vec::new()
            }
            Some(_) => {
                let group = repr(group);
                self.errors.push(format!("Dependency group {group} is not a sequence type."));
                Vec::new()
            }
        };
        if self.errors.len() > before { Vec::new() } else { items }
    }

    fn item(&mut self, item: &Value) -> Option<Item> {
        let problem = match item {
            Value::String(text) => match text.parse::<Requirement>() {
                Ok(requirement) => return Some(Item::Requirement(requirement.to_string())),
                Err(error) => error.to_string(),
            },
            Value::Table(table) if table.len() == 1 => match table.get("include-group") {
                Some(Value::String(group)) => return Some(Item::Include(group.clone())),
                Some(_) => {
                    format!("Dependency group include-group value is not a string: {}", shown(item))
                }
                None => format!("Invalid dependency group item: {}", shown(item)),
            },
            _ => format!("Invalid dependency group item: {}", shown(item)),
        };
        self.errors.push(problem);
        None
    }
}

/// A value as Python's `repr` shows what it makes of it.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => repr(text),
        Value::Boolean(true) => "True".to_owned(),
        Value::Boolean(false) => "False".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Datetime(time) => time.to_string(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(shown).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Table(table) => {
            let items: Vec<String> = table
                .iter()
                .map(|(key, value)| format!("{}: {}", repr(key), shown(value)))
                .collect();
            format!("{{{}}}", items.join(", "))
        }
    }
}
