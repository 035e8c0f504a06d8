//! A requirement as the user gave it, before anything is looked up.

use std::collections::BTreeSet;

use accel_types::{Digest, ExtraName, Hashes, Marker, PackageName, Requirement};

use crate::vcs::VcsUrl;

/// One thing to install or one constraint: pip's `InstallRequirement` at birth.
#[derive(Debug, Clone)]
pub struct RequirementInput {
    /// The text as typed, without options and comments.
    pub text: String,
    /// The name and specifiers, if they are known before anything is fetched or built. For the path
    /// or URL of a wheel that is `name==version` from its file name, for `#egg=` the name alone.
    pub requirement: Option<Requirement>,
    /// Where the distribution comes from.
    pub origin: Origin,
    /// The extras asked for.
    pub extras: BTreeSet<ExtraName>,
    /// The marker that must hold.
    pub marker: Option<Marker>,
    /// `-e`.
    pub editable: bool,
    /// It stood in a constraint file.
    pub constraint: bool,
    /// The user asked for it, by argument or requirement file: it gets a `REQUESTED` file, and a
    /// hash in its URL counts for `--require-hashes`.
    pub user_supplied: bool,
    /// The digests of its `--hash` options. They turn `--require-hashes` on.
    pub hashes: Hashes,
    /// Its build configuration settings.
    pub config_settings: ConfigSettings,
    /// Where it was found: `-r FILE (line N)`, `-c FILE (line N)`, or `None` for an argument.
    pub comes_from: Option<String>,
}

impl RequirementInput {
    /// A requirement by name that the user asks for, as the argument `text`; `None` if it is none.
    pub fn by_name(text: &str) -> Option<Self> {
        let requirement: Requirement = text.parse().ok()?;
        Some(Self {
            text: text.to_owned(),
            extras: requirement.extras.iter().cloned().collect(),
            marker: requirement.marker.clone(),
            requirement: Some(requirement),
            origin: Origin::Index,
            editable: false,
            constraint: false,
            user_supplied: true,
            hashes: Hashes::new(),
            config_settings: ConfigSettings::default(),
            comes_from: None,
        })
    }

    /// The normalised name, if known.
    pub fn package(&self) -> Option<PackageName> {
        self.requirement.as_ref().map(Requirement::package)
    }

    /// Why pip's resolver refuses it as a constraint, in pip's words.
    pub fn constraint_problem(&self) -> Option<&'static str> {
        if self.requirement.is_none() {
            Some("Unnamed requirements are not allowed as constraints")
        } else if self.editable {
            Some("Editable requirements are not allowed as constraints")
        } else if self.extras.is_empty() {
            None
        } else {
            Some("Constraints cannot have extras")
        }
    }

    /// The link of a direct requirement.
    pub fn link(&self) -> Option<&DirectLink> {
        self.origin.link()
    }

    /// The acceptable digests: those of `--hash` and, for what the user named directly, the one in
    /// the URL's fragment.
    pub fn acceptable_hashes(&self) -> Hashes {
        let mut hashes = self.hashes.clone();
        if self.user_supplied
            && let Some(digest) = self.link().and_then(DirectLink::digest)
        {
            hashes.insert(&digest);
        }
        hashes
    }

    /// Whether a marker keeps it out of no environment for which `holds` is true.
    pub fn applies(&self, holds: impl FnOnce(&Marker) -> bool) -> bool {
        self.marker.as_ref().is_none_or(holds)
    }
}

/// Where a distribution comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// It is looked up by name in indexes and find-links.
    Index,
    /// A wheel or sdist behind a URL that is not a `file:` URL.
    Remote(DirectLink),
    /// A wheel or sdist on this machine, existing or not.
    File {
        /// Its `file:` URL.
        link: DirectLink,
        /// The absolute path.
        path: String,
    },
    /// A source tree on this machine.
    Directory {
        /// Its `file:` URL.
        link: DirectLink,
        /// The absolute path, without `#subdirectory=`.
        path: String,
    },
    /// A revision of a repository.
    Vcs {
        /// The whole URL, as pip prints it.
        link: DirectLink,
        /// The URL taken apart.
        vcs: VcsUrl,
    },
}

impl Origin {
    /// The link, unless the distribution is looked up by name.
    pub fn link(&self) -> Option<&DirectLink> {
        match self {
            Self::Index => None,
            Self::Remote(link)
            | Self::File { link, .. }
            | Self::Directory { link, .. }
            | Self::Vcs { link, .. } => Some(link),
        }
    }
}

/// A URL that a requirement names directly.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DirectLink {
    /// The URL with query and fragment, exactly as pip would show it (credentials included).
    pub url: String,
}

impl DirectLink {
    /// The URL without its fragment.
    pub fn without_fragment(&self) -> &str {
        self.url.split_once('#').map_or(self.url.as_str(), |(url, _)| url)
    }

    /// The `#subdirectory=` of the fragment, as written.
    pub fn subdirectory(&self) -> Option<&str> {
        self.fragment_value("subdirectory=")
    }

    /// The `#egg=` of the fragment, as written.
    pub fn egg(&self) -> Option<&str> {
        self.fragment_value("egg=")
    }

    /// The digest in the fragment (`#sha256=…`), if there is one that pip knows.
    pub fn digest(&self) -> Option<Digest> {
        Digest::from_url(&self.url)
    }

    /// The value after `#key` or `&key`, up to the next `&`; pip searches the whole URL, not only
    /// its fragment.
    fn fragment_value(&self, key: &str) -> Option<&str> {
        let (at, _) = self.url.match_indices(key).find(|(at, _)| {
            matches!(self.url.as_bytes().get(at.wrapping_sub(1)), Some(b'#' | b'&'))
        })?;
        let value = &self.url[at + key.len()..];
        Some(value.split_once('&').map_or(value, |(value, _)| value))
    }
}

/// Settings for the build backend, in order of their first appearance.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct ConfigSettings {
    /// Key and value or values.
    pub entries: Vec<(String, ConfigValue)>,
}

/// The value of one build setting.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ConfigValue {
    /// The key was given once.
    One(String),
    /// The key was given several times.
    Many(Vec<String>),
}

impl ConfigSettings {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Takes one `KEY=VALUE`; a key given again becomes a list. `Err` if there is no `=`.
    pub fn add(&mut self, text: &str) -> Result<(), MissingEquals> {
        let (key, value) = text.split_once('=').ok_or(MissingEquals)?;
        let value = value.to_owned();
        match self.entries.iter_mut().find(|(known, _)| known == key) {
            None => self.entries.push((key.to_owned(), ConfigValue::One(value))),
            Some((_, ConfigValue::Many(values))) => values.push(value),
            Some((_, one)) => {
                let ConfigValue::One(first) = one.clone() else { return Ok(()) };
                *one = ConfigValue::Many(vec![first, value]);
            }
        }
        Ok(())
    }
}

/// A setting without `=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissingEquals;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_given_twice_become_lists() {
        let mut settings = ConfigSettings::default();
        for text in ["a=1", "b=x=y", "a=2", "a="] {
            settings.add(text).unwrap();
        }
        assert_eq!(settings.add("c"), Err(MissingEquals));
        assert_eq!(
            settings.entries,
            [
                ("a".into(), ConfigValue::Many(vec!["1".into(), "2".into(), String::new()])),
                ("b".into(), ConfigValue::One("x=y".into())),
            ]
        );
    }

    #[test]
    fn fragments_are_found_where_pip_finds_them() {
        let link = DirectLink { url: "https://h/a.zip?x&egg=q&r#subdirectory=s/t&egg=n".into() };
        assert_eq!(link.subdirectory(), Some("s/t"));
        assert_eq!(link.egg(), Some("q"));
        assert_eq!(link.without_fragment(), "https://h/a.zip?x&egg=q&r");
    }
}
