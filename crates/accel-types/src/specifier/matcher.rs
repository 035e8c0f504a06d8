//! Which versions a specifier accepts, worked out once when it is read.

use super::Operator;
use crate::version::{Number, Parts, Version};

/// The test of a specifier, with the versions that bound it.
#[derive(Debug, Clone)]
pub(super) enum Matcher {
    /// `>=`, and `>` where the next possible version is known.
    AtLeast(Version),
    /// `<=`: the version itself and its local versions included.
    AtMost(Version),
    /// `>` of a final or pre-release: its post-releases and local versions are excluded.
    Above(Version),
    /// `<`: pre-releases of the version are excluded unless it is one.
    Below(Version),
    /// `==` without local label: any local label will do.
    Public(Version),
    /// `==` with local label.
    Exactly(Version),
    /// `==1.2.*` and `~=`: the second version is excluded.
    Within(Version, Version),
    /// The versions that the matcher does not accept.
    Not(Box<Matcher>),
    /// `===`: the text in lower case.
    Text(Box<str>),
}

impl Matcher {
    /// The test of `operator` with `text`; `None` if the version can't be read (an integer of
    /// more digits than Python accepts).
    pub(super) fn new(operator: Operator, text: &str) -> Option<Self> {
        if operator == Operator::Arbitrary {
            return Some(Self::Text(text.to_lowercase().into()));
        }
        if let Some(prefix) = text.strip_suffix(".*") {
            let prefix = Version::parse(prefix).ok()?.to_parts();
            let within = Self::Within(first_of_release(prefix.clone()), first_after_prefix(prefix));
            return Some(within.negated_if(operator == Operator::NotEqual));
        }
        let version = Version::parse(text).ok()?;
        Some(match operator {
            Operator::AtLeast => Self::AtLeast(version),
            Operator::AtMost => Self::AtMost(version),
            Operator::Greater => Self::greater(version),
            Operator::Less if version.is_prerelease() => Self::Below(version),
            Operator::Less => Self::Below(Version::from_parts(Parts {
                dev: Some(Number::ZERO),
                local: None,
                ..version.to_parts()
            })),
            Operator::Compatible => {
                let mut prefix = version.to_parts();
                prefix.release.pop();
                Self::Within(version, first_after_prefix(prefix))
            }
            Operator::Equal | Operator::NotEqual | Operator::Arbitrary => {
                let equal = if version.has_local() {
                    Self::Exactly(version)
                } else {
                    Self::Public(version)
                };
                equal.negated_if(operator == Operator::NotEqual)
            }
        })
    }

    fn negated_if(self, negated: bool) -> Self {
        if negated { Self::Not(Box::new(self)) } else { self }
    }

    /// `>V`. A development release is followed by the next one, a post-release by the first
    /// development release of the next one.
    fn greater(version: Version) -> Self {
        let mut parts = version.to_parts();
        parts.local = None;
        if let Some(dev) = &parts.dev {
            parts.dev = Some(dev.successor());
        } else if let Some(post) = &parts.post {
            parts.post = Some(post.successor());
            parts.dev = Some(Number::ZERO);
        } else {
            return Self::Above(version);
        }
        Self::AtLeast(Version::from_parts(parts))
    }

    /// Whether the version passes. Pre-releases are judged by the caller.
    pub(super) fn accepts(&self, version: &Version) -> bool {
        match self {
            Self::AtLeast(bound) => version >= bound,
            Self::AtMost(bound) => {
                version <= bound || version.has_local() && version.without_local() == *bound
            }
            Self::Above(bound) => {
                version > bound && !(version.same_release(bound) && version.pre() == bound.pre())
            }
            Self::Below(bound) => version < bound,
            Self::Public(wanted) if version.has_local() => version.without_local() == *wanted,
            Self::Public(wanted) | Self::Exactly(wanted) => version == wanted,
            Self::Within(from, below) => version >= from && version < below,
            Self::Not(inner) => !inner.accepts(version),
            Self::Text(wanted) => version.to_string() == **wanted,
        }
    }
}

/// `V.dev0`, the very first version of a release.
fn first_of_release(release: Parts) -> Version {
    Version::from_parts(Parts {
        pre: None,
        post: None,
        dev: Some(Number::ZERO),
        local: None,
        ..release
    })
}

/// The first version behind all that start with the release.
fn first_after_prefix(mut prefix: Parts) -> Version {
    if let Some(last) = prefix.release.last_mut() {
        *last = last.successor();
    }
    first_of_release(prefix)
}
