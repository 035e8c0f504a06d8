//! Environment markers (PEP 508), read and evaluated as `packaging.markers` of packaging 26 does.

mod expression;
mod parser;
mod string_literal;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::TypesError;
use crate::name::ExtraName;
use crate::tokenizer::{SyntaxError, Tokenizer};
use expression::{Element, Names, Variable};

/// A condition on the environment, and on the extras that are asked for. Clones share one
/// allocation; two markers are equal if they print alike.
#[derive(Clone)]
pub struct Marker(Arc<Parsed>);

struct Parsed {
    elements: Vec<Element>,
    text: String,
}

impl Marker {
    /// Reads a marker.
    ///
    /// # Errors
    /// [`TypesError::Marker`] with the message of `packaging`'s parser.
    pub fn parse(text: &str) -> Result<Self, TypesError> {
        parser::parse_whole(&mut Tokenizer::new(text))
            .map(Self::from_elements)
            .map_err(|SyntaxError(message)| TypesError::Marker(message))
    }

    /// Reads the marker that comes next in a requirement.
    pub(crate) fn parse_next(tokenizer: &mut Tokenizer<'_>) -> Result<Self, SyntaxError> {
        parser::parse(tokenizer).map(Self::from_elements)
    }

    fn from_elements(elements: Vec<Element>) -> Self {
        let mut text = String::new();
        // Writing into a string can't fail.
        let _ = expression::write(&mut text, &elements, true);
        Self(Arc::new(Parsed { elements, text }))
    }

    /// Whether the marker holds for any of the extras; none at all means `""`, no extra.
    ///
    /// What can't be decided counts as false; see [`try_evaluate`](Self::try_evaluate).
    pub fn evaluate(&self, environment: &MarkerEnvironment, extras: &[&str]) -> bool {
        self.try_evaluate(environment, extras).unwrap_or(false)
    }

    /// Whether the marker holds for any of the extras; none at all means `""`, no extra.
    ///
    /// # Errors
    /// [`TypesError::MarkerEvaluation`] where `packaging` raises `UndefinedComparison` or
    /// `UndefinedEnvironmentName`: texts that no operator can compare, or a name without value.
    pub fn try_evaluate(
        &self,
        environment: &MarkerEnvironment,
        extras: &[&str],
    ) -> Result<bool, TypesError> {
        let extras = if extras.is_empty() { &[""] } else { extras };
        for extra in extras {
            let extra = ExtraName::new(extra);
            let names = Names::Extra(extra.as_str());
            if expression::evaluate(&self.0.elements, environment, names)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the marker holds in an environment alone: no extra has any value.
    ///
    /// # Errors
    /// As [`try_evaluate`](Self::try_evaluate).
    pub fn holds_in(&self, environment: &MarkerEnvironment) -> Result<bool, TypesError> {
        expression::evaluate(&self.0.elements, environment, Names::None)
    }

    /// Whether the marker of a lock file's package holds, where these extras and dependency groups
    /// (normalised) are asked for.
    ///
    /// # Errors
    /// As [`try_evaluate`](Self::try_evaluate).
    pub fn holds_for_lock(
        &self,
        environment: &MarkerEnvironment,
        extras: &BTreeSet<String>,
        groups: &BTreeSet<String>,
    ) -> Result<bool, TypesError> {
        expression::evaluate(&self.0.elements, environment, Names::Lock { extras, groups })
    }

    /// Whether the name `extra` occurs, so that the result depends on the extras.
    pub fn mentions_extra(&self) -> bool {
        expression::mentions(&self.0.elements, Variable::Extra)
    }

    /// The normal form, as printed.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0.text)
    }
}

impl fmt::Debug for Marker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0.text, formatter)
    }
}

impl PartialEq for Marker {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

impl Eq for Marker {}

impl Hash for Marker {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.text.hash(state);
    }
}

impl FromStr for Marker {
    type Err = TypesError;

    fn from_str(text: &str) -> Result<Self, TypesError> {
        Self::parse(text)
    }
}

impl Serialize for Marker {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.text)
    }
}

impl<'de> Deserialize<'de> for Marker {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// The values of an interpreter's marker variables, as `packaging.markers.default_environment`
/// returns them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MarkerEnvironment {
    /// `os.name`: `posix`.
    pub os_name: String,
    /// `sys.platform`: `linux`.
    pub sys_platform: String,
    /// `platform.machine()`: `x86_64`.
    pub platform_machine: String,
    /// `platform.python_implementation()`: `CPython`.
    pub platform_python_implementation: String,
    /// `platform.release()`: the kernel's.
    pub platform_release: String,
    /// `platform.system()`: `Linux`.
    pub platform_system: String,
    /// `platform.version()`: the kernel's.
    pub platform_version: String,
    /// Major and minor version: `3.12`.
    pub python_version: String,
    /// `platform.python_version()`: `3.12.1`.
    pub python_full_version: String,
    /// `sys.implementation.name`: `cpython`.
    pub implementation_name: String,
    /// The implementation's version: `3.12.1`.
    pub implementation_version: String,
}

impl MarkerEnvironment {
    fn value<'a>(
        &'a self,
        variable: Variable,
        names: Names<'a>,
    ) -> Result<Cow<'a, str>, TypesError> {
        let value = match variable {
            Variable::OsName => &self.os_name,
            Variable::SysPlatform => &self.sys_platform,
            Variable::PlatformMachine => &self.platform_machine,
            Variable::PlatformPythonImplementation => &self.platform_python_implementation,
            Variable::PlatformRelease => &self.platform_release,
            Variable::PlatformSystem => &self.platform_system,
            Variable::PlatformVersion => &self.platform_version,
            Variable::PythonVersion => &self.python_version,
            // A build from a modified tree calls itself `3.12.1+`, which is no version.
            Variable::PythonFullVersion if self.python_full_version.ends_with('+') => {
                return Ok(Cow::Owned(format!("{}local", self.python_full_version)));
            }
            Variable::PythonFullVersion => &self.python_full_version,
            Variable::ImplementationName => &self.implementation_name,
            Variable::ImplementationVersion => &self.implementation_version,
            Variable::Extra if let Names::Extra(extra) = names => return Ok(Cow::Borrowed(extra)),
            Variable::Extra | Variable::Extras | Variable::DependencyGroups => {
                return Err(expression::undefined_name(variable.name()));
            }
        };
        Ok(Cow::Borrowed(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(marker: &str) -> bool {
        let environment = MarkerEnvironment {
            os_name: "posix".to_owned(),
            platform_release: "5.15.0-91-generic".to_owned(),
            python_version: "3.10".to_owned(),
            python_full_version: "3.10.2+".to_owned(),
            ..MarkerEnvironment::default()
        };
        Marker::parse(marker).unwrap().evaluate(&environment, &["Some_Extra"])
    }

    #[test]
    fn versions_are_compared_as_versions_and_texts_as_texts() {
        assert!(holds("python_version > '3.9'"));
        assert!(holds("python_version in '3.9 3.10'"));
        assert!(holds("python_full_version >= '3.10.2'"));
        assert!(!holds("os_name > 'a'"));
        assert!(!holds("platform_release >= '5'"));
        assert!(holds("extra == 'some-EXTRA'"));
        assert!(holds("os_name == 'nt' and python_version < '3' or os_name == 'posix'"));
    }

    #[test]
    fn the_undefined_is_an_error_that_counts_as_false() {
        let environment = MarkerEnvironment::default();
        for text in ["'a' == 'a'", "'x' in extras", "os_name ~= 'a'"] {
            let marker = Marker::parse(text).unwrap();
            assert!(marker.try_evaluate(&environment, &[]).is_err(), "{text}");
            assert!(!marker.evaluate(&environment, &[]));
        }
    }

    #[test]
    fn markers_print_with_the_parentheses_they_need() {
        let marker =
            Marker::parse("((os.name=='a'))and(extra=='B_c'or'x'in sys_platform)").unwrap();
        let printed = "os_name == \"a\" and (extra == \"b-c\" or \"x\" in sys_platform)";
        assert_eq!(marker.to_string(), printed);
        assert!(marker.mentions_extra());
        let deep = format!("{}os_name=='a'{}", "(".repeat(9000), ")".repeat(9000));
        assert!(Marker::parse(&deep).is_err());
    }
}
