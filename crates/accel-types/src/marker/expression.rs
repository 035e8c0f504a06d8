//! The parsed form of markers: kept as it was written, so that it prints as `packaging` prints it.

use std::collections::BTreeSet;
use std::fmt;

use crate::error::TypesError;
use crate::name::ExtraName;
use crate::python_text::repr;
use crate::specifier::Specifier;

use super::MarkerEnvironment;

/// A name or a quoted text.
#[derive(Debug, Clone)]
pub(super) enum Operand {
    Variable(Variable),
    Text(String),
}

/// The names that the grammar knows. `extras` and `dependency_groups` are names of lock files:
/// they parse, but have no value where distributions are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variable {
    OsName,
    SysPlatform,
    PlatformMachine,
    PlatformPythonImplementation,
    PlatformRelease,
    PlatformSystem,
    PlatformVersion,
    PythonVersion,
    PythonFullVersion,
    ImplementationName,
    ImplementationVersion,
    Extra,
    Extras,
    DependencyGroups,
}

impl Variable {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::OsName => "os_name",
            Self::SysPlatform => "sys_platform",
            Self::PlatformMachine => "platform_machine",
            Self::PlatformPythonImplementation => "platform_python_implementation",
            Self::PlatformRelease => "platform_release",
            Self::PlatformSystem => "platform_system",
            Self::PlatformVersion => "platform_version",
            Self::PythonVersion => "python_version",
            Self::PythonFullVersion => "python_full_version",
            Self::ImplementationName => "implementation_name",
            Self::ImplementationVersion => "implementation_version",
            Self::Extra => "extra",
            Self::Extras => "extras",
            Self::DependencyGroups => "dependency_groups",
        }
    }

    /// Whether its values are compared as versions where both sides allow it.
    fn is_version(self) -> bool {
        matches!(
            self,
            Self::ImplementationVersion
                | Self::PlatformRelease
                | Self::PythonFullVersion
                | Self::PythonVersion
        )
    }

    fn normalises(self) -> bool {
        matches!(self, Self::Extra | Self::Extras | Self::DependencyGroups)
    }
}

/// What a marker is asked for: the values of the names that no environment has.
#[derive(Clone, Copy)]
pub(super) enum Names<'a> {
    /// `extra`, of a distribution's metadata.
    Extra(&'a str),
    /// `extras` and `dependency_groups`, of a lock file.
    Lock { extras: &'a BTreeSet<String>, groups: &'a BTreeSet<String> },
    /// Nothing.
    None,
}

impl<'a> Names<'a> {
    fn set(self, variable: Variable) -> Option<&'a BTreeSet<String>> {
        match (self, variable) {
            (Self::Lock { extras, .. }, Variable::Extras) => Some(extras),
            (Self::Lock { groups, .. }, Variable::DependencyGroups) => Some(groups),
            _ => None,
        }
    }
}

/// A comparison of two operands.
#[derive(Debug, Clone)]
pub(super) struct Comparison {
    left: Operand,
    operator: &'static str,
    right: Operand,
    /// Operator and right side, where they form a specifier to hold against a version variable.
    specifier: Option<Specifier>,
}

/// An element of a marker: `comparison`, `( … )`, `and`, `or`.
#[derive(Debug, Clone)]
pub(super) enum Element {
    Comparison(Box<Comparison>),
    Group(Vec<Element>),
    And,
    Or,
}

impl Comparison {
    pub(super) fn new(left: Operand, operator: &'static str, right: Operand) -> Self {
        let (left, right) = match (left, right) {
            (Operand::Variable(Variable::Extra), Operand::Text(text)) => {
                (Operand::Variable(Variable::Extra), normalised(&text))
            }
            (Operand::Text(text), Operand::Variable(variable)) if variable.normalises() => {
                (normalised(&text), Operand::Variable(variable))
            }
            unchanged => unchanged,
        };
        let specifier = match &left {
            Operand::Variable(variable) if variable.is_version() => {
                Specifier::parse(&format!("{operator}{}", right.text())).ok()
            }
            _ => None,
        };
        Self { left, operator, right, specifier }
    }

    pub(super) fn mentions(&self, wanted: Variable) -> bool {
        [&self.left, &self.right]
            .into_iter()
            .any(|side| matches!(side, Operand::Variable(variable) if *variable == wanted))
    }

    fn evaluate(
        &self,
        environment: &MarkerEnvironment,
        names: Names<'_>,
    ) -> Result<bool, TypesError> {
        if let (Operand::Text(text), Operand::Variable(variable)) = (&self.left, &self.right)
            && let Some(set) = names.set(*variable)
        {
            return match self.operator {
                "in" => Ok(set.contains(text)),
                "not in" => Ok(!set.contains(text)),
                "!=" => Ok(true),
                "==" | "<=" | ">=" | "<" | ">" => Ok(false),
                operator => Err(TypesError::MarkerEvaluation(format!(
                    "Undefined <Op({})> on {} and a set of names.",
                    repr(operator),
                    repr(text)
                ))),
            };
        }
        let (variable, left, right) = match (&self.left, &self.right) {
            (Operand::Variable(variable), right) => {
                let left = environment.value(*variable, names)?;
                if variable.is_version()
                    && let Some(specifier) = &self.specifier
                {
                    return Ok(specifier.accepts_text(&left));
                }
                (*variable, left, right.text().into())
            }
            (Operand::Text(left), Operand::Variable(variable)) => {
                (*variable, left.as_str().into(), environment.value(*variable, names)?)
            }
            // `packaging` looks the right text up as if it were a name.
            (Operand::Text(_), Operand::Text(name)) => return Err(undefined_name(name)),
        };
        if variable.is_version()
            && let Ok(specifier) = Specifier::parse(&format!("{}{right}", self.operator))
        {
            return Ok(specifier.accepts_text(&left));
        }
        match self.operator {
            "in" => Ok(right.contains(&*left)),
            "not in" => Ok(!right.contains(&*left)),
            "==" | "<=" | ">=" => Ok(left == right),
            "!=" => Ok(left != right),
            "<" | ">" => Ok(false),
            operator => Err(TypesError::MarkerEvaluation(format!(
                "Undefined <Op({})> on {} and {}.",
                repr(operator),
                repr(&left),
                repr(&right)
            ))),
        }
    }
}

fn normalised(text: &str) -> Operand {
    Operand::Text(ExtraName::new(text).as_str().to_owned())
}

pub(super) fn undefined_name(name: &str) -> TypesError {
    TypesError::MarkerEvaluation(repr(name))
}

impl Operand {
    /// A variable on the right of a variable counts as the text of its name.
    fn text(&self) -> &str {
        match self {
            Self::Variable(variable) => variable.name(),
            Self::Text(text) => text,
        }
    }
}

/// Evaluates a list: `or` binds weaker than `and`. Everything is evaluated, so that something
/// undefined is an error wherever it stands.
pub(super) fn evaluate(
    elements: &[Element],
    environment: &MarkerEnvironment,
    names: Names<'_>,
) -> Result<bool, TypesError> {
    let mut any = false;
    let mut all = true;
    for element in elements {
        match element {
            Element::Comparison(comparison) => all &= comparison.evaluate(environment, names)?,
            Element::Group(inner) => all &= evaluate(inner, environment, names)?,
            Element::And => {}
            Element::Or => {
                any |= all;
                all = true;
            }
        }
    }
    Ok(any | all)
}

pub(super) fn mentions(elements: &[Element], variable: Variable) -> bool {
    elements.iter().any(|element| match element {
        Element::Comparison(comparison) => comparison.mentions(variable),
        Element::Group(inner) => mentions(inner, variable),
        Element::And | Element::Or => false,
    })
}

/// Writes a list without the parentheses that enclose all of it.
pub(super) fn write(
    formatter: &mut impl fmt::Write,
    elements: &[Element],
    outermost: bool,
) -> fmt::Result {
    match elements {
        [Element::Group(inner)] => return write(formatter, inner, outermost),
        [Element::Comparison(comparison)] => return write!(formatter, "{comparison}"),
        _ => {}
    }
    if !outermost {
        formatter.write_str("(")?;
    }
    for (position, element) in elements.iter().enumerate() {
        if position > 0 {
            formatter.write_str(" ")?;
        }
        match element {
            Element::Comparison(comparison) => write!(formatter, "{comparison}")?,
            Element::Group(inner) => write(formatter, inner, false)?,
            Element::And => formatter.write_str("and")?,
            Element::Or => formatter.write_str("or")?,
        }
    }
    if !outermost {
        formatter.write_str(")")?;
    }
    Ok(())
}

impl fmt::Display for Comparison {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} {}", self.left, self.operator, self.right)
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(variable) => formatter.write_str(variable.name()),
            Self::Text(text) if text.contains('"') => write!(formatter, "'{text}'"),
            Self::Text(text) => write!(formatter, "\"{text}\""),
        }
    }
}
