//! Version specifiers and sets of them, as `packaging.specifiers` of packaging 26 has them.

mod matcher;
mod scan;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(crate) use scan::scan;

use crate::error::TypesError;
use crate::python_text::strip;
use crate::version::Version;
use matcher::Matcher;

/// A comparison operator of PEP 440.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// `===`
    Arbitrary,
    /// `~=`
    Compatible,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<=`
    AtMost,
    /// `>=`
    AtLeast,
    /// `<`
    Less,
    /// `>`
    Greater,
}

impl Operator {
    /// Longer spellings first.
    const ALL: [Self; 8] = [
        Self::Arbitrary,
        Self::Compatible,
        Self::Equal,
        Self::NotEqual,
        Self::AtMost,
        Self::AtLeast,
        Self::Less,
        Self::Greater,
    ];

    /// How it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Arbitrary => "===",
            Self::Compatible => "~=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::AtMost => "<=",
            Self::AtLeast => ">=",
            Self::Less => "<",
            Self::Greater => ">",
        }
    }

    /// The operator that the text starts with.
    pub(crate) fn at_start_of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operator| text.starts_with(operator.as_str()))
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// One operator with its version.
#[derive(Clone)]
pub struct Specifier {
    operator: Operator,
    version: Box<str>,
    matcher: Matcher,
    /// What the specifier itself says of pre-releases; `None` for `===` with something that is
    /// not a version.
    prereleases: Option<bool>,
}

impl Specifier {
    /// Reads one specifier.
    ///
    /// # Errors
    /// [`TypesError::Specifier`] if PEP 440 does not allow the text.
    pub fn parse(text: &str) -> Result<Self, TypesError> {
        let invalid = || TypesError::Specifier(text.to_owned());
        let stripped = strip(text);
        let scanned =
            scan(stripped).filter(|scanned| scanned.end == stripped.len()).ok_or_else(invalid)?;
        let operator = scanned.operator;
        let version = &stripped[scanned.version_start..];
        let matcher = Matcher::new(operator, version).ok_or_else(invalid)?;
        let prereleases = match operator {
            Operator::NotEqual => Some(false),
            Operator::Equal if version.ends_with(".*") => Some(false),
            _ => Version::parse(version).ok().map(|version| version.is_prerelease()),
        };
        Ok(Self { operator, version: version.into(), matcher, prereleases })
    }

    /// The operator.
    pub fn operator(&self) -> Operator {
        self.operator
    }

    /// The version as written, without white space around it; it may end in `.*`, and behind
    /// `===` it may be anything.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whether it implies pre-releases (`packaging`'s property of that name).
    pub fn prereleases(&self) -> Option<bool> {
        self.prereleases
    }

    /// Whether the version passes, pre-releases included
    /// (`Specifier.contains(version, prereleases=True)`).
    pub fn accepts(&self, version: &Version) -> bool {
        self.matcher.accepts(version)
    }

    /// [`accepts`](Self::accepts) of a text that need not be a version: `===` compares the text,
    /// all others refuse what they can't read.
    pub fn accepts_text(&self, text: &str) -> bool {
        match &self.matcher {
            Matcher::Text(wanted) => text.to_lowercase() == **wanted,
            matcher => Version::parse(text).is_ok_and(|version| matcher.accepts(&version)),
        }
    }

    /// Whether the version is fixed to one (`==` without `.*`, or `===`): pip's pin.
    pub fn is_pin(&self) -> bool {
        match self.operator {
            Operator::Arbitrary => true,
            Operator::Equal => !self.version.ends_with(".*"),
            _ => false,
        }
    }

    /// The version by which specifiers are compared: without trailing zeros except behind `~=`.
    fn canonical_version(&self) -> String {
        if self.operator == Operator::Arbitrary || self.version.ends_with(".*") {
            return self.version.to_string();
        }
        match Version::parse(&self.version) {
            Ok(version) if self.operator == Operator::Compatible => version.to_string(),
            Ok(version) => version.canonical(),
            Err(_) => self.version.to_string(),
        }
    }
}

impl fmt::Display for Specifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.operator.as_str(), self.version)
    }
}

impl fmt::Debug for Specifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "\"{self}\"")
    }
}

impl FromStr for Specifier {
    type Err = TypesError;

    fn from_str(text: &str) -> Result<Self, TypesError> {
        Self::parse(text)
    }
}

impl PartialEq for Specifier {
    fn eq(&self, other: &Self) -> bool {
        self.operator == other.operator && self.canonical_version() == other.canonical_version()
    }
}

impl Eq for Specifier {}

impl Hash for Specifier {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.operator.hash(state);
        self.canonical_version().hash(state);
    }
}

/// A comma-separated list of specifiers, all of which must hold; the empty one always does.
/// Clones share one allocation.
#[derive(Clone, Default)]
pub struct SpecifierSet {
    specifiers: Arc<[Specifier]>,
}

impl SpecifierSet {
    /// Reads a list; empty items are skipped, as in `>=1.0,`.
    ///
    /// # Errors
    /// [`TypesError::Specifier`] with the first item that is no specifier.
    pub fn parse(text: &str) -> Result<Self, TypesError> {
        let specifiers: Result<Arc<[Specifier]>, TypesError> = text
            .split(',')
            .map(strip)
            .filter(|item| !item.is_empty())
            .map(Specifier::parse)
            .collect();
        Ok(Self { specifiers: specifiers? })
    }

    /// The specifiers in the order in which they were written.
    pub fn iter(&self) -> std::slice::Iter<'_, Specifier> {
        self.specifiers.iter()
    }

    /// Number of specifiers as written.
    pub fn len(&self) -> usize {
        self.specifiers.len()
    }

    /// Whether there is none, so that any version passes.
    pub fn is_empty(&self) -> bool {
        self.specifiers.is_empty()
    }

    /// The set of both's specifiers (`a & b`).
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        if other.is_empty() {
            return self.clone();
        }
        if self.is_empty() {
            return other.clone();
        }
        Self { specifiers: self.iter().chain(other.iter()).cloned().collect() }
    }

    /// `Some(true)` if a specifier implies pre-releases, else `None`.
    pub fn prereleases(&self) -> Option<bool> {
        self.iter().any(|specifier| specifier.prereleases == Some(true)).then_some(true)
    }

    /// Whether the version passes, pre-releases included.
    pub fn accepts(&self, version: &Version) -> bool {
        self.iter().all(|specifier| specifier.accepts(version))
    }

    /// `SpecifierSet.contains`: since packaging 26 a single pre-release passes unless
    /// `prereleases` is `Some(false)`, there being no other version to prefer.
    pub fn contains(&self, version: &Version, prereleases: Option<bool>) -> bool {
        (prereleases != Some(false) || !version.is_prerelease()) && self.accepts(version)
    }

    /// [`contains`](Self::contains) of a text that need not be a version: `===` compares the text
    /// as it stands, all other operators refuse what they can't read.
    pub fn contains_text(&self, text: &str, prereleases: Option<bool>) -> bool {
        let refused = prereleases == Some(false)
            && Version::parse(text).is_ok_and(|version| version.is_prerelease());
        !refused && self.iter().all(|specifier| specifier.accepts_text(text))
    }

    /// `SpecifierSet.filter`: the versions that pass, in their order.
    ///
    /// With `prereleases` `None`, and unless a specifier implies them, pre-releases pass only if
    /// no final release does (PEP 440).
    pub fn filter<'v, I>(&self, versions: I, prereleases: Option<bool>) -> Vec<&'v Version>
    where
        I: IntoIterator<Item = &'v Version>,
    {
        self.filter_by_key(versions, |version| version, prereleases)
    }

    /// [`filter`](Self::filter) of anything that has a version.
    pub fn filter_by_key<T, I, F>(&self, items: I, key: F, prereleases: Option<bool>) -> Vec<T>
    where
        I: IntoIterator<Item = T>,
        F: Fn(&T) -> &Version,
    {
        let mut passed: Vec<T> = items.into_iter().filter(|item| self.accepts(key(item))).collect();
        let finals_only = match prereleases.or_else(|| self.prereleases()) {
            Some(allowed) => !allowed,
            None => passed.iter().any(|item| !key(item).is_prerelease()),
        };
        if finals_only {
            passed.retain(|item| !key(item).is_prerelease());
        }
        passed
    }

    /// The specifiers as they are printed and compared: sorted by text, equal ones once.
    fn canonical(&self) -> Vec<&Specifier> {
        let mut sorted: Vec<&Specifier> = self.iter().collect();
        if sorted.len() <= 1 {
            return sorted;
        }
        sorted.sort_by_cached_key(ToString::to_string);
        let mut unique: Vec<&Specifier> = Vec::with_capacity(sorted.len());
        for specifier in sorted {
            if !unique.contains(&specifier) {
                unique.push(specifier);
            }
        }
        unique
    }
}

impl fmt::Display for SpecifierSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, specifier) in self.canonical().into_iter().enumerate() {
            if position > 0 {
                formatter.write_str(",")?;
            }
            specifier.fmt(formatter)?;
        }
        Ok(())
    }
}

impl fmt::Debug for SpecifierSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "\"{self}\"")
    }
}

impl FromStr for SpecifierSet {
    type Err = TypesError;

    fn from_str(text: &str) -> Result<Self, TypesError> {
        Self::parse(text)
    }
}

impl From<Specifier> for SpecifierSet {
    fn from(specifier: Specifier) -> Self {
        Self { specifiers: Arc::from([specifier]) }
    }
}

impl FromIterator<Specifier> for SpecifierSet {
    fn from_iter<I: IntoIterator<Item = Specifier>>(specifiers: I) -> Self {
        Self { specifiers: specifiers.into_iter().collect() }
    }
}

impl<'a> IntoIterator for &'a SpecifierSet {
    type Item = &'a Specifier;
    type IntoIter = std::slice::Iter<'a, Specifier>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl PartialEq for SpecifierSet {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.specifiers, &other.specifiers) || self.canonical() == other.canonical()
    }
}

impl Eq for SpecifierSet {}

impl Hash for SpecifierSet {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.canonical().hash(state);
    }
}

impl Serialize for SpecifierSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SpecifierSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(set: &str, versions: &[&str]) -> Vec<String> {
        let set = SpecifierSet::parse(set).unwrap();
        let versions: Vec<Version> = versions.iter().map(|text| text.parse().unwrap()).collect();
        let accepted = versions.iter().filter(|version| set.accepts(version));
        accepted.map(ToString::to_string).collect()
    }

    #[test]
    fn families_of_a_version_stay_together() {
        let family = ["1.0.dev1", "1.0a1", "1.0", "1.0+x", "1.0.post1", "1.0.1"];
        assert_eq!(accepted("<1.0", &family), [""; 0]);
        assert_eq!(accepted("<1.0a1", &family), ["1.0.dev1"]);
        assert_eq!(accepted("<=1.0", &family), family[..4]);
        assert_eq!(accepted(">1.0", &family), ["1.0.1"]);
        assert_eq!(accepted("==1", &family), ["1.0", "1.0+x"]);
        assert_eq!(accepted("!=1", &["1.0", "1.0+x", "1.1"]), ["1.1"]);
        assert_eq!(accepted("==1.0.*", &family), family);
        assert_eq!(accepted("~=1.0", &["0.9", "1.0a1", "1.0", "1.9", "2.0.dev0"]), ["1.0", "1.9"]);
    }

    #[test]
    fn what_packaging_refuses_is_refused() {
        for bad in ["1.0", "=>1", ">=1.*", "~=1", "==1.0a1.*", ">=1+x", ">dog", "== =1"] {
            assert!(SpecifierSet::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(SpecifierSet::parse(" >=1.0, ,<2").unwrap().to_string(), "<2,>=1.0");
        assert_eq!(SpecifierSet::parse("==1.0,==1").unwrap().to_string(), "==1");
    }

    #[test]
    fn previews_pass_if_nothing_else_does() {
        let versions: Vec<Version> =
            ["1.0a1", "1.1", "2.0rc1"].iter().map(|text| text.parse().unwrap()).collect();
        let filter = |set: &str, allowed| {
            let set = SpecifierSet::parse(set).unwrap();
            set.filter(&versions, allowed).len()
        };
        assert_eq!(filter("", None), 1);
        assert_eq!(filter(">=2.0a0", None), 1);
        assert_eq!(filter("!=1.1", None), 2);
        assert_eq!(filter(">=1.0a1", None), 3);
        assert_eq!(filter("!=1.1", Some(false)), 0);
    }
}
