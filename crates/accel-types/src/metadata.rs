//! Core metadata: METADATA and PKG-INFO, read as pip reads them.

use serde::{Deserialize, Serialize};

use crate::error::TypesError;
pub use crate::headers::Headers;

/// What becomes of the ends of lines in METADATA.
///
/// pip opens files as text, where Python lets any of `\r\n`, `\r` and `\n` count as `\n`, but
/// decodes what it takes out of a wheel as it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineEnds {
    /// All become `\n`: a file of its own, on disk or served beside a wheel.
    Translated,
    /// They stay: a member of a wheel.
    AsWritten,
}

/// The metadata of one distribution. Values are as written; nothing is judged here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoreMetadata {
    /// `Metadata-Version`, empty if absent.
    pub metadata_version: String,
    /// `Name`, empty if absent.
    pub name: String,
    /// `Version`, empty if absent.
    pub version: String,
    /// `Requires-Python`.
    pub requires_python: Option<String>,
    /// `Requires-Dist`, in order.
    pub requires_dist: Vec<String>,
    /// `Provides-Extra`, in order.
    pub provides_extra: Vec<String>,
    /// All headers, and the body.
    pub headers: Headers,
}

impl CoreMetadata {
    /// Reads METADATA.
    ///
    /// # Errors
    /// [`TypesError::Metadata`] unless the bytes are UTF-8, which pip demands of METADATA.
    pub fn parse(bytes: &[u8], ends: LineEnds) -> Result<Self, TypesError> {
        std::str::from_utf8(bytes)
            .map(|text| Self::parse_text(text, ends))
            .map_err(|error| TypesError::Metadata(error.to_string()))
    }

    /// Reads METADATA whatever its encoding: bytes that are not UTF-8 count as Latin-1. For old
    /// installed distributions that must be listed or removed all the same.
    pub fn parse_lenient(bytes: &[u8], ends: LineEnds) -> Self {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return Self::parse_text(text, ends);
        }
        let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
        Self::parse_text(&text, ends)
    }

    /// Reads METADATA that is already decoded.
    pub fn parse_text(text: &str, ends: LineEnds) -> Self {
        let mut headers = if ends == LineEnds::Translated && text.contains('\r') {
            Headers::parse(&text.replace("\r\n", "\n").replace('\r', "\n"))
        } else {
            Headers::parse(text)
        };
        headers.redent();
        let one = |name: &str| headers.get(name).map(str::to_owned);
        let all = |name: &str| headers.get_all(name).map(str::to_owned).collect();
        Self {
            metadata_version: one("Metadata-Version").unwrap_or_default(),
            name: one("Name").unwrap_or_default(),
            version: one("Version").unwrap_or_default(),
            requires_python: one("Requires-Python"),
            requires_dist: all("Requires-Dist"),
            provides_extra: all("Provides-Extra"),
            headers,
        }
    }

    /// Adds requirements and, if it has none of its own, extras that are told elsewhere.
    pub fn add_requirements(&mut self, requires: Vec<String>, extras: Vec<String>) {
        for text in &requires {
            self.headers.add("Requires-Dist", text);
        }
        self.requires_dist.extend(requires);
        if self.provides_extra.is_empty() {
            for extra in &extras {
                self.headers.add("Provides-Extra", extra);
            }
            self.provides_extra = extras;
        }
    }

    /// The first value of any header.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.headers.get(name)
    }

    /// All values of any header.
    pub fn get_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.headers.get_all(name)
    }

    /// The description: the body, or else the header of that name.
    pub fn description(&self) -> Option<&str> {
        match self.headers.body() {
            "" => self.get("Description"),
            body => Some(body),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_installers_need_is_at_hand() {
        let text = b"Metadata-Version: 2.1\r\nname:  A.b \r\nVersion: 1\r\n\
              Requires-Dist: c ; extra=='d'\r\nRequires-Dist: e\r\nProvides-Extra: d\r\n\
              Requires-Python: >=3\r\n\r\n# A\r\n";
        let metadata = CoreMetadata::parse(text, LineEnds::Translated).unwrap();
        assert_eq!(metadata.name, "A.b ");
        assert_eq!(metadata.requires_dist, ["c ; extra=='d'", "e"]);
        assert_eq!(metadata.provides_extra, ["d"]);
        assert_eq!(metadata.requires_python.as_deref(), Some(">=3"));
        assert_eq!(metadata.description(), Some("# A\n"));
        let inside = CoreMetadata::parse(text, LineEnds::AsWritten).unwrap();
        assert_eq!(inside.requires_dist, metadata.requires_dist);
        assert_eq!(inside.description(), Some("# A\r\n"));
    }

    #[test]
    fn other_encodings_need_leniency() {
        let bytes = b"Name: a\nAuthor: Andr\xe9\n";
        assert!(CoreMetadata::parse(bytes, LineEnds::Translated).is_err());
        let metadata = CoreMetadata::parse_lenient(bytes, LineEnds::Translated);
        assert_eq!(metadata.get("author"), Some("André"));
    }
}
