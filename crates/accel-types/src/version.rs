//! Versions of PEP 440, exactly as `packaging.version.Version` reads, prints and orders them.

mod compact;
mod number;
mod parse;
mod parts;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use number::Number;
pub use parts::{LocalSegment, Parts, PreKind};

use crate::error::TypesError;
use compact::Compact;

/// A version. Clones are cheap: most versions are two integers, the rest share an allocation.
///
/// Equality, order and hash are those of PEP 440 (`1.0 == 1.0.0`), while `Display` keeps the
/// number of zeros as it was written, as `str(Version(text))` does.
#[derive(Clone)]
pub struct Version(Repr);

/// Whatever fits [`Compact`] is always `Compact`, so two different variants are never equal.
#[derive(Clone)]
enum Repr {
    Compact(Compact),
    Full(Arc<Parts>),
}

impl Version {
    /// Reads a version.
    ///
    /// # Errors
    /// [`TypesError::Version`] if PEP 440 does not allow the text.
    pub fn parse(text: &str) -> Result<Self, TypesError> {
        if let Some(compact) = Compact::from_digits_and_dots(text) {
            return Ok(Self(Repr::Compact(compact)));
        }
        parse::parse(text).map(Self::from_parts).ok_or_else(|| TypesError::Version(text.to_owned()))
    }

    /// Puts a version together. An empty release counts as `0`.
    pub fn from_parts(mut parts: Parts) -> Self {
        if parts.release.is_empty() {
            parts.release.push(Number::ZERO);
        }
        match Compact::from_parts(&parts) {
            Some(compact) => Self(Repr::Compact(compact)),
            None => Self(Repr::Full(Arc::new(parts))),
        }
    }

    /// Takes the version apart.
    pub fn to_parts(&self) -> Parts {
        match &self.0 {
            Repr::Compact(compact) => compact.to_parts(),
            Repr::Full(parts) => Parts::clone(parts),
        }
    }

    /// The epoch, usually 0.
    pub fn epoch(&self) -> Number {
        match &self.0 {
            Repr::Compact(_) => Number::ZERO,
            Repr::Full(parts) => parts.epoch.clone(),
        }
    }

    /// The release segments with trailing zeros as written; at least one.
    pub fn release(&self) -> Vec<Number> {
        match &self.0 {
            Repr::Compact(compact) => compact.to_parts().release,
            Repr::Full(parts) => parts.release.clone(),
        }
    }

    /// The kind and number of the pre-release.
    pub fn pre(&self) -> Option<(PreKind, Number)> {
        match &self.0 {
            Repr::Compact(compact) => compact.pre().map(|(kind, number)| (kind, number.into())),
            Repr::Full(parts) => parts.pre.clone(),
        }
    }

    /// The number of the post-release.
    pub fn post(&self) -> Option<Number> {
        match &self.0 {
            Repr::Compact(compact) => compact.post().map(Number::from),
            Repr::Full(parts) => parts.post.clone(),
        }
    }

    /// The number of the development release.
    pub fn dev(&self) -> Option<Number> {
        match &self.0 {
            Repr::Compact(compact) => compact.dev().map(Number::from),
            Repr::Full(parts) => parts.dev.clone(),
        }
    }

    /// The local version label in its normal form (`ubuntu.1`).
    pub fn local(&self) -> Option<String> {
        match &self.0 {
            Repr::Compact(_) => None,
            Repr::Full(parts) => parts.local.as_ref().map(|segments| {
                let segments: Vec<String> = segments.iter().map(ToString::to_string).collect();
                segments.join(".")
            }),
        }
    }

    /// Whether there is a local version label.
    pub fn has_local(&self) -> bool {
        matches!(&self.0, Repr::Full(parts) if parts.local.is_some())
    }

    /// The same version without local version label.
    #[must_use]
    pub fn without_local(&self) -> Self {
        if !self.has_local() {
            return self.clone();
        }
        let mut parts = self.to_parts();
        parts.local = None;
        Self::from_parts(parts)
    }

    /// The printed form without local version label.
    pub fn public(&self) -> String {
        self.without_local().to_string()
    }

    /// The printed form of epoch and release only.
    pub fn base_version(&self) -> String {
        let parts = self.to_parts();
        Self::from_parts(Parts { pre: None, post: None, dev: None, local: None, ..parts })
            .to_string()
    }

    /// Whether this is a pre-release or a development release.
    pub fn is_prerelease(&self) -> bool {
        match &self.0 {
            Repr::Compact(compact) => compact.is_prerelease(),
            Repr::Full(parts) => parts.pre.is_some() || parts.dev.is_some(),
        }
    }

    /// Whether this is a post-release.
    pub fn is_postrelease(&self) -> bool {
        match &self.0 {
            Repr::Compact(compact) => compact.has_post(),
            Repr::Full(parts) => parts.post.is_some(),
        }
    }

    /// Whether this is a development release.
    pub fn is_devrelease(&self) -> bool {
        match &self.0 {
            Repr::Compact(compact) => compact.has_dev(),
            Repr::Full(parts) => parts.dev.is_some(),
        }
    }

    /// `packaging.utils.canonicalize_version`: printed without trailing zeros of the release.
    pub fn canonical(&self) -> String {
        let mut parts = self.to_parts();
        let kept = parts.trimmed_release().len().max(1);
        parts.release.truncate(kept);
        parts.to_string()
    }

    /// Whether both have the same epoch and, trailing zeros apart, the same release.
    pub(crate) fn same_release(&self, other: &Self) -> bool {
        if let (Repr::Compact(a), Repr::Compact(b)) = (&self.0, &other.0) {
            return a.release == b.release;
        }
        let (a, b) = (self.to_parts(), other.to_parts());
        a.epoch == b.epoch && a.trimmed_release() == b.trimmed_release()
    }

    /// Release segment by position (0 is the major number); 0 beyond the end.
    pub fn segment(&self, position: usize) -> Number {
        match &self.0 {
            Repr::Compact(compact) => Number::Small(compact.segment(position)),
            Repr::Full(parts) => parts.release.get(position).cloned().unwrap_or(Number::ZERO),
        }
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Compact(a), Repr::Compact(b)) => {
                a.release.cmp(&b.release).then_with(|| a.suffix.cmp(&b.suffix))
            }
            (Repr::Full(a), Repr::Full(b)) => a.compare(b),
            (Repr::Compact(a), Repr::Full(b)) => a.to_parts().compare(b),
            (Repr::Full(a), Repr::Compact(b)) => a.compare(&b.to_parts()),
        }
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Repr::Compact(a), Repr::Compact(b)) => a.release == b.release && a.suffix == b.suffix,
            (Repr::Full(a), Repr::Full(b)) => a.compare(b) == Ordering::Equal,
            _ => false,
        }
    }
}

impl Eq for Version {}

impl Hash for Version {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Repr::Compact(compact) => {
                compact.release.hash(state);
                compact.suffix.hash(state);
            }
            Repr::Full(parts) => {
                parts.epoch.hash(state);
                parts.trimmed_release().hash(state);
                parts.suffix_key().hash(state);
                parts.local.hash(state);
            }
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Compact(compact) => compact.write(formatter),
            Repr::Full(parts) => parts.fmt(formatter),
        }
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "\"{self}\"")
    }
}

impl FromStr for Version {
    type Err = TypesError;

    fn from_str(text: &str) -> Result<Self, TypesError> {
        Self::parse(text)
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn texts_are_normalised() {
        for (text, normal) in [
            (" v1.0\n", "1.0"),
            ("1.0-1", "1.0.post1"),
            ("1.0.rev3", "1.0.post3"),
            ("1.0ALPHA_2", "1.0a2"),
            ("1.0-preview.4", "1.0rc4"),
            ("1.0c", "1.0rc0"),
            ("1.0a-", "1.0a0"),
            ("1.0cr1", "1.0rc0.post1"),
            ("1!2.0+Ubuntu-01_a", "1!2.0+ubuntu.1.a"),
            ("01.002.0", "1.2.0"),
            ("99999999999999999999.1", "99999999999999999999.1"),
            ("1.2.3.4.5.0", "1.2.3.4.5.0"),
        ] {
            assert_eq!(version(text).to_string(), normal, "{text}");
        }
        for text in
            ["", ".", "1.", "1..2", "dog", "1.0-final", "2013y", "1_0", "1.0+", "1.0+a..b", "١.0"]
        {
            assert!(Version::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn order_is_that_of_pep_440() {
        let ascending = [
            "0.dev0",
            "1.0.dev456",
            "1.0a1",
            "1.0a2.dev456",
            "1.0a12.dev456",
            "1.0a12",
            "1.0b1.dev456",
            "1.0b2",
            "1.0b2.post345.dev456",
            "1.0b2.post345",
            "1.0rc1.dev456",
            "1.0rc1",
            "1.0",
            "1.0+abc.5",
            "1.0+abc.7",
            "1.0+5",
            "1.0+5.0",
            "1.0.post456.dev34",
            "1.0.post456",
            "1.0.0.0.0.1",
            "1.1.dev1",
            "65535",
            "65536",
            "18446744073709551616",
            "1!0.dev0",
            "2!0",
        ];
        for (position, lower) in ascending.iter().enumerate() {
            for higher in &ascending[position + 1..] {
                assert!(version(lower) < version(higher), "{lower} < {higher}");
                assert!(version(higher) > version(lower), "{higher} > {lower}");
                assert_ne!(version(lower), version(higher));
            }
        }
    }

    #[test]
    fn equal_versions_hash_alike() {
        use std::hash::{BuildHasher as _, RandomState};
        let state = RandomState::new();
        for (a, b) in [
            ("1.0", "1.0.0.0.0.0.0"),
            ("1!1", "1!1.0"),
            ("0", "0.0"),
            ("1+a", "1.0+A"),
            ("70000.0", "70000"),
        ] {
            assert_eq!(version(a), version(b));
            assert_eq!(state.hash_one(version(a)), state.hash_one(version(b)));
        }
    }
}
