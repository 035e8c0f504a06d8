//! The parts of a version as they are written.

use std::cmp::Ordering;
use std::fmt;

use super::number::Number;

/// Kind of a pre-release, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PreKind {
    /// `a`
    Alpha,
    /// `b`
    Beta,
    /// `rc`
    Candidate,
}

impl PreKind {
    /// The normal spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alpha => "a",
            Self::Beta => "b",
            Self::Candidate => "rc",
        }
    }
}

/// One segment of a local version label. Texts sort before numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LocalSegment {
    /// Lower-case letters and digits, not digits only.
    Text(Box<str>),
    /// Digits.
    Number(Number),
}

impl fmt::Display for LocalSegment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => formatter.write_str(text),
            Self::Number(number) => number.fmt(formatter),
        }
    }
}

/// A version taken apart; [`Version::from_parts`](super::Version::from_parts) puts it together.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Epoch, 0 if none is written.
    pub epoch: Number,
    /// Release segments with trailing zeros, at least one.
    pub release: Vec<Number>,
    /// Pre-release.
    pub pre: Option<(PreKind, Number)>,
    /// Post-release.
    pub post: Option<Number>,
    /// Development release.
    pub dev: Option<Number>,
    /// Local version label.
    pub local: Option<Vec<LocalSegment>>,
}

/// How a version's suffix sorts among those of the same release: `_cmpkey` of `packaging`.
type SuffixKey<'a> = (u8, &'a Number, bool, &'a Number, bool, &'a Number);

impl Parts {
    /// The release without trailing zeros.
    pub(super) fn trimmed_release(&self) -> &[Number] {
        let end =
            self.release.iter().rposition(|segment| !segment.is_zero()).map_or(0, |last| last + 1);
        &self.release[..end]
    }

    /// Rank of the pre-release: a bare development release comes before all, none after all.
    pub(super) fn pre_rank(&self) -> u8 {
        match &self.pre {
            None if self.post.is_none() && self.dev.is_some() => 0,
            Some((kind, _)) => 1 + *kind as u8,
            None => 4,
        }
    }

    pub(super) fn suffix_key(&self) -> SuffixKey<'_> {
        (
            self.pre_rank(),
            self.pre.as_ref().map_or(&Number::ZERO, |(_, number)| number),
            self.post.is_some(),
            self.post.as_ref().unwrap_or(&Number::ZERO),
            self.dev.is_none(),
            self.dev.as_ref().unwrap_or(&Number::ZERO),
        )
    }

    pub(super) fn compare(&self, other: &Self) -> Ordering {
        self.epoch
            .cmp(&other.epoch)
            .then_with(|| self.trimmed_release().cmp(other.trimmed_release()))
            .then_with(|| self.suffix_key().cmp(&other.suffix_key()))
            .then_with(|| self.local.cmp(&other.local))
    }
}

impl fmt::Display for Parts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.epoch.is_zero() {
            write!(formatter, "{}!", self.epoch)?;
        }
        write_joined(formatter, &self.release)?;
        if let Some((kind, number)) = &self.pre {
            write!(formatter, "{}{number}", kind.as_str())?;
        }
        if let Some(number) = &self.post {
            write!(formatter, ".post{number}")?;
        }
        if let Some(number) = &self.dev {
            write!(formatter, ".dev{number}")?;
        }
        if let Some(local) = &self.local {
            formatter.write_str("+")?;
            write_joined(formatter, local)?;
        }
        Ok(())
    }
}

/// Writes the items with dots between them.
pub(super) fn write_joined<T: fmt::Display>(
    formatter: &mut fmt::Formatter<'_>,
    items: &[T],
) -> fmt::Result {
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            formatter.write_str(".")?;
        }
        item.fmt(formatter)?;
    }
    Ok(())
}
