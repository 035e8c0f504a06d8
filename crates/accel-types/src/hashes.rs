//! Digests of files, and the digests that a user allows (`--hash`).

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::TypesError;
use crate::text::Text;

/// A hash algorithm that pip accepts in links and in `--hash`.
///
/// pip prefers an earlier one of `sha512, sha384, sha256, sha224, sha1, md5` in links, and allows
/// only sha256, sha384 and sha512 in `--hash`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HashAlgorithm {
    /// MD5, 16 bytes; only in links.
    Md5,
    /// SHA-1, 20 bytes; only in links.
    Sha1,
    /// SHA-224, 28 bytes; only in links.
    Sha224,
    /// SHA-256, 32 bytes; pip's favourite.
    Sha256,
    /// SHA-384, 48 bytes.
    Sha384,
    /// SHA-512, 64 bytes.
    Sha512,
}

impl HashAlgorithm {
    /// All algorithms in the order in which pip looks for them in the fragment of a link.
    pub const BY_PREFERENCE: [Self; 6] =
        [Self::Sha512, Self::Sha384, Self::Sha256, Self::Sha224, Self::Sha1, Self::Md5];

    /// The name that Python's `hashlib` knows it by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha224 => "sha224",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// Whether `--hash` accepts it (pip's `STRONG_HASHES`).
    pub fn is_strong(self) -> bool {
        matches!(self, Self::Sha256 | Self::Sha384 | Self::Sha512)
    }

    /// Length of its hexadecimal digest in characters.
    pub fn hex_length(self) -> usize {
        match self {
            Self::Md5 => 32,
            Self::Sha1 => 40,
            Self::Sha224 => 56,
            Self::Sha256 => 64,
            Self::Sha384 => 96,
            Self::Sha512 => 128,
        }
    }
}

impl fmt::Display for HashAlgorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl FromStr for HashAlgorithm {
    type Err = TypesError;

    fn from_str(text: &str) -> Result<Self, TypesError> {
        Self::BY_PREFERENCE
            .into_iter()
            .find(|algorithm| algorithm.name() == text)
            .ok_or_else(|| TypesError::Digest(text.to_owned()))
    }
}

/// One digest of one file. Like pip it keeps whatever stands for the hexadecimal digits: a wrong
/// one simply never matches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Digest {
    /// The algorithm.
    pub algorithm: HashAlgorithm,
    /// The digest in hexadecimal digits, as found.
    pub hex: Text,
}

impl Digest {
    /// A digest of the given algorithm.
    pub fn new(algorithm: HashAlgorithm, hex: impl Into<Text>) -> Self {
        Self { algorithm, hex: hex.into() }
    }

    /// A SHA-256 digest.
    pub fn sha256(hex: impl Into<Text>) -> Self {
        Self::new(HashAlgorithm::Sha256, hex)
    }

    /// The first digest that pip finds in a URL's fragment: `[#&](sha512|…|md5)=([^&]*)`.
    pub fn from_url(url: &str) -> Option<Self> {
        url.char_indices().filter(|(_, character)| matches!(character, '#' | '&')).find_map(
            |(at, _)| {
                let rest = &url[at + 1..];
                let (name, value) = rest.split_once('=')?;
                let algorithm = name.parse().ok()?;
                let hex = value.split('&').next().unwrap_or_default();
                Some(Self::new(algorithm, hex))
            },
        )
    }
}

impl fmt::Display for Digest {
    /// `sha256:0123…`, the form of `--hash`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.algorithm, self.hex)
    }
}

impl FromStr for Digest {
    type Err = TypesError;

    /// Reads `sha256:0123…` (`--hash`) or `sha256=0123…` (links).
    fn from_str(text: &str) -> Result<Self, TypesError> {
        let (name, hex) =
            text.split_once([':', '=']).ok_or_else(|| TypesError::Digest(text.to_owned()))?;
        let algorithm = name.parse().map_err(|_| TypesError::Digest(text.to_owned()))?;
        Ok(Self::new(algorithm, hex))
    }
}

/// The digests that a requirement allows, by algorithm: pip's `Hashes`.
///
/// Two states must not be confused: without any algorithm nothing is restricted
/// ([`is_empty`](Self::is_empty)); with an algorithm but no digest nothing is allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hashes {
    allowed: BTreeMap<HashAlgorithm, Vec<String>>,
}

impl Hashes {
    /// No restriction.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether no algorithm is listed, so that nothing is restricted (pip: `not hashes`).
    pub fn is_empty(&self) -> bool {
        self.allowed.is_empty()
    }

    /// Allows one more digest; it is kept in lower case and as often as it is given, as pip keeps it.
    pub fn insert(&mut self, digest: &Digest) {
        let digests = self.allowed.entry(digest.algorithm).or_default();
        let hex = digest.hex.to_lowercase();
        let at = digests.partition_point(|other| *other <= hex);
        digests.insert(at, hex);
    }

    /// What both allow: pip's `a & b`. An empty side restricts nothing.
    ///
    /// An algorithm that both list stays listed even if no digest is left, so that the result
    /// allows nothing; if no algorithm is shared the result is empty, which, as in pip, means
    /// that nothing is restricted.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        if other.is_empty() {
            return self.clone();
        }
        if self.is_empty() {
            return other.clone();
        }
        let allowed = other
            .allowed
            .iter()
            .filter_map(|(algorithm, theirs)| {
                let ours = self.allowed.get(algorithm)?;
                let both = theirs.iter().filter(|hex| ours.contains(hex));
                Some((*algorithm, both.cloned().collect()))
            })
            .collect();
        Self { allowed }
    }

    /// Whether this very digest is listed (pip's `is_hash_allowed`: letter case counts).
    pub fn allows(&self, digest: &Digest) -> bool {
        self.allowed
            .get(&digest.algorithm)
            .is_some_and(|digests| digests.iter().any(|allowed| digest.hex == **allowed))
    }

    /// The algorithms that are listed.
    pub fn algorithms(&self) -> impl Iterator<Item = HashAlgorithm> + '_ {
        self.allowed.keys().copied()
    }

    /// Number of digests that are allowed (pip's `digest_count`).
    pub fn digest_count(&self) -> usize {
        self.allowed.values().map(Vec::len).sum()
    }

    /// All allowed digests, sorted by algorithm, then digits.
    pub fn iter(&self) -> impl Iterator<Item = (HashAlgorithm, &str)> + '_ {
        self.allowed
            .iter()
            .flat_map(|(algorithm, digests)| digests.iter().map(|hex| (*algorithm, hex.as_str())))
    }
}

impl<'a> FromIterator<&'a Digest> for Hashes {
    fn from_iter<I: IntoIterator<Item = &'a Digest>>(digests: I) -> Self {
        let mut allowed = BTreeMap::<HashAlgorithm, Vec<String>>::new();
        for digest in digests {
            allowed.entry(digest.algorithm).or_default().push(digest.hex.to_lowercase());
        }
        for digests in allowed.values_mut() {
            digests.sort_unstable();
        }
        Self { allowed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fragment_yields_the_first_digest() {
        let digest = Digest::from_url("https://h/f.whl#egg=a&sha256=AB&md5=0").unwrap();
        assert_eq!(digest, Digest::sha256("AB"));
        assert_eq!(Digest::from_url("https://h/f.whl?sha256=AB"), None);
        assert_eq!(
            Digest::from_url("https://h/f?x=1&md5=ff"),
            Some(Digest::new(HashAlgorithm::Md5, "ff"))
        );
    }

    #[test]
    fn intersection_keeps_an_emptied_algorithm() {
        let a: Hashes = [&Digest::sha256("aa")].into_iter().collect();
        let b: Hashes = [&Digest::sha256("bb")].into_iter().collect();
        let both = a.intersect(&b);
        assert!(!both.is_empty());
        assert!(!both.allows(&Digest::sha256("aa")));
        assert_eq!(a.intersect(&Hashes::new()), a);
        assert_eq!(Hashes::new().intersect(&a), a);
    }

    #[test]
    fn digests_are_kept_in_lower_case() {
        let hashes: Hashes = [&"sha256:AB".parse().unwrap()].into_iter().collect();
        assert!(hashes.allows(&Digest::sha256("ab")));
        assert!(!hashes.allows(&Digest::sha256("AB")));
    }
}
