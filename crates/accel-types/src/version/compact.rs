//! The form that nearly every version fits: two integers that compare as the version does.

use std::fmt;

use super::number::Number;
use super::parts::{Parts, PreKind};

/// A version without epoch and local label whose release has at most four segments (trailing
/// zeros apart), all numbers being small.
///
/// Two of them are ordered as their fields `release` and `suffix` are. The number of trailing
/// zeros is kept for printing only and takes no part in comparisons.
#[derive(Debug, Clone, Copy)]
pub(super) struct Compact {
    /// Four segments of 16 bits, the first one on top.
    pub(super) release: u64,
    /// Pre rank 3 bits, number 16; post flag 1, number 15; no-dev flag 1, number 28.
    pub(super) suffix: u64,
    /// Number of segments as written.
    pub(super) length: u32,
}

const SEGMENTS: usize = 4;
const SEGMENT_BITS: u32 = 16;
const PRE_SHIFT: u32 = 45;
const PRE_BITS: u32 = 16;
const POST_SHIFT: u32 = 29;
const POST_BITS: u32 = 15;
const DEV_BITS: u32 = 28;
const RANK_SHIFT: u32 = PRE_SHIFT + PRE_BITS;
const POST_FLAG: u64 = 1 << (POST_SHIFT + POST_BITS);
const NO_DEV_FLAG: u64 = 1 << DEV_BITS;
const RANK_DEV_ONLY: u64 = 0;
const RANK_NO_PRE: u64 = 4;
/// The suffix of a final release.
const FINAL: u64 = RANK_NO_PRE << RANK_SHIFT | NO_DEV_FLAG;

fn small(number: &Number, bits: u32) -> Option<u64> {
    number.as_u64().filter(|value| *value < 1 << bits)
}

fn field(value: u64, shift: u32, bits: u32) -> u64 {
    value >> shift & ((1 << bits) - 1)
}

impl Compact {
    /// The compact form, if the parts fit.
    pub(super) fn from_parts(parts: &Parts) -> Option<Self> {
        if !parts.epoch.is_zero() || parts.local.is_some() {
            return None;
        }
        let trimmed = parts.trimmed_release();
        if trimmed.len() > SEGMENTS {
            return None;
        }
        let mut release = 0;
        for position in 0..SEGMENTS {
            let segment = trimmed.get(position).unwrap_or(&Number::ZERO);
            release = release << SEGMENT_BITS | small(segment, SEGMENT_BITS)?;
        }
        let mut suffix = u64::from(parts.pre_rank()) << RANK_SHIFT;
        if let Some((_, number)) = &parts.pre {
            suffix |= small(number, PRE_BITS)? << PRE_SHIFT;
        }
        if let Some(number) = &parts.post {
            suffix |= POST_FLAG | small(number, POST_BITS)? << POST_SHIFT;
        }
        suffix |= match &parts.dev {
            Some(number) => small(number, DEV_BITS)?,
            None => NO_DEV_FLAG,
        };
        Some(Self { release, suffix, length: u32::try_from(parts.release.len()).ok()? })
    }

    /// Reads `1.2.3`, by far the most frequent form, without building parts.
    pub(super) fn from_digits_and_dots(text: &str) -> Option<Self> {
        let mut release = 0;
        let mut length = 0;
        for segment in text.split('.') {
            let fits = !segment.is_empty()
                && segment.len() <= 5
                && segment.bytes().all(|byte| byte.is_ascii_digit());
            if !fits || length == 4 {
                return None;
            }
            let value: u16 = segment.parse().ok()?;
            release = release << SEGMENT_BITS | u64::from(value);
            length += 1;
        }
        Some(Self { release: release << (SEGMENT_BITS * (4 - length)), suffix: FINAL, length })
    }

    pub(super) fn is_prerelease(self) -> bool {
        self.rank() != RANK_NO_PRE || self.has_dev()
    }

    pub(super) fn has_dev(self) -> bool {
        self.suffix & NO_DEV_FLAG == 0
    }

    pub(super) fn has_post(self) -> bool {
        self.suffix & POST_FLAG != 0
    }

    fn rank(self) -> u64 {
        self.suffix >> RANK_SHIFT
    }

    /// Release segment by position, 0 beyond the fourth.
    pub(super) fn segment(self, position: usize) -> u64 {
        match u32::try_from(position) {
            Ok(position) if position < 4 => {
                field(self.release, SEGMENT_BITS * (3 - position), SEGMENT_BITS)
            }
            _ => 0,
        }
    }

    /// Pre-release.
    pub(super) fn pre(self) -> Option<(PreKind, u64)> {
        let kind = match self.rank() {
            RANK_DEV_ONLY | RANK_NO_PRE => return None,
            1 => PreKind::Alpha,
            2 => PreKind::Beta,
            _ => PreKind::Candidate,
        };
        Some((kind, field(self.suffix, PRE_SHIFT, PRE_BITS)))
    }

    /// Post-release number.
    pub(super) fn post(self) -> Option<u64> {
        self.has_post().then(|| field(self.suffix, POST_SHIFT, POST_BITS))
    }

    /// Development release number.
    pub(super) fn dev(self) -> Option<u64> {
        self.has_dev().then(|| field(self.suffix, 0, DEV_BITS))
    }

    /// Prints without building parts.
    pub(super) fn write(self, out: &mut impl fmt::Write) -> fmt::Result {
        write!(out, "{}", self.segment(0))?;
        for position in 1..self.length as usize {
            write!(out, ".{}", self.segment(position))?;
        }
        if let Some((kind, number)) = self.pre() {
            write!(out, "{}{number}", kind.as_str())?;
        }
        if let Some(number) = self.post() {
            write!(out, ".post{number}")?;
        }
        if let Some(number) = self.dev() {
            write!(out, ".dev{number}")?;
        }
        Ok(())
    }

    /// The same version taken apart.
    pub(super) fn to_parts(self) -> Parts {
        Parts {
            epoch: Number::ZERO,
            release: (0..self.length as usize)
                .map(|position| Number::Small(self.segment(position)))
                .collect(),
            pre: self.pre().map(|(kind, number)| (kind, number.into())),
            post: self.post().map(Number::from),
            dev: self.dev().map(Number::from),
            local: None,
        }
    }
}
