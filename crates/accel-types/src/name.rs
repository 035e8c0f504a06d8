//! Project and extra names, always in the normal form of PEP 503.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::TypesError;

/// `packaging.utils.canonicalize_name`: lower case, runs of `-`, `_` and `.` become one `-`.
fn normalise(text: &str) -> String {
    let lowered = text.to_lowercase();
    let mut out = String::with_capacity(lowered.len());
    for character in lowered.chars() {
        if matches!(character, '-' | '_' | '.') {
            if !out.ends_with('-') {
                out.push('-');
            }
        } else {
            out.push(character);
        }
    }
    out
}

fn is_normal(text: &str) -> bool {
    let mut after_dash = false;
    for byte in text.bytes() {
        match byte {
            b'-' if after_dash => return false,
            b'-' => after_dash = true,
            b'a'..=b'z' | b'0'..=b'9' => after_dash = false,
            _ => return false,
        }
    }
    true
}

/// The rule of the core metadata specification for `Name`, ASCII only.
pub(crate) fn is_valid_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

macro_rules! name_type {
    ($(#[$docs:meta])* $name:ident) => {
        $(#[$docs])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Normalises `text` without judging it, as `canonicalize_name(text)` does.
            pub fn new(text: &str) -> Self {
                if is_normal(text) {
                    Self(Arc::from(text))
                } else {
                    Self(Arc::from(normalise(text)))
                }
            }

            /// Whether `text` normalises to this name.
            pub fn is(&self, text: &str) -> bool {
                if !text.is_ascii() {
                    return Self::new(text) == *self;
                }
                let mut ours = self.0.bytes();
                let mut dash = false;
                for byte in text.bytes() {
                    let separator = matches!(byte, b'-' | b'_' | b'.');
                    if separator && dash {
                        continue;
                    }
                    dash = separator;
                    let byte = if separator { b'-' } else { byte.to_ascii_lowercase() };
                    if ours.next() != Some(byte) {
                        return false;
                    }
                }
                ours.next().is_none()
            }

            /// Normalises `text` if it is a valid name, as `canonicalize_name(text, validate=True)`.
            ///
            /// # Errors
            /// [`TypesError::Name`] if the core metadata specification does not allow the name.
            pub fn parse(text: &str) -> Result<Self, TypesError> {
                if is_valid_name(text) {
                    Ok(Self::new(text))
                } else {
                    Err(TypesError::Name(text.to_owned()))
                }
            }

            /// The normal form.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, formatter)
            }
        }

        impl FromStr for $name {
            type Err = TypesError;

            fn from_str(text: &str) -> Result<Self, TypesError> {
                Self::parse(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                &*self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                &*self.0 == *other
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Ok(Self::new(&text))
            }
        }
    };
}

name_type! {
    /// The normalised name of a project (PEP 503). Clones share one allocation.
    PackageName
}

name_type! {
    /// The normalised name of an extra (PEP 685). Clones share one allocation.
    ExtraName
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_compared_without_being_normalised() {
        let name = PackageName::new("foo-bar");
        for text in
            ["foo-bar", "Foo__Bar", "FOO.-_bar", "foo", "foo-bar-", "foo-bars", "fo", "f\u{f6}"]
        {
            assert_eq!(name.is(text), PackageName::new(text) == name, "{text}");
        }
        assert!(PackageName::new("\u{212a}").is("k"));
    }

    #[test]
    fn runs_of_separators_become_one_dash() {
        assert_eq!(PackageName::new("Foo__Bar.-baz"), "foo-bar-baz");
        assert_eq!(PackageName::new("_x_"), "-x-");
        assert_eq!(ExtraName::new("Test.Extra"), "test-extra");
    }

    #[test]
    fn validity_is_that_of_core_metadata() {
        for good in ["a", "A.b-c_d", "0", "x1"] {
            assert!(PackageName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "é", "a b", "a/b"] {
            assert!(PackageName::parse(bad).is_err(), "{bad}");
        }
    }
}
