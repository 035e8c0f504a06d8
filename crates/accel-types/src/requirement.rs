//! Dependency specifiers (PEP 508), read with the verdicts of `packaging.requirements`.

use std::collections::BTreeSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::TypesError;
use crate::marker::Marker;
use crate::name::{ExtraName, PackageName};
use crate::specifier::{SpecifierSet, scan};
use crate::tokenizer::{SyntaxError, Tokenizer};

/// `name[extras]specifier; marker` or `name[extras] @ url ; marker`.
///
/// Equality is `packaging`'s: names and extras in their normal form, all else as it is.
#[derive(Debug, Clone)]
pub struct Requirement {
    /// The name as written.
    pub name: String,
    /// The extras in their normal form, sorted, each once.
    pub extras: Vec<ExtraName>,
    /// The extras as written, sorted, each once: what `Display` prints.
    pub raw_extras: Vec<String>,
    /// The specifiers; empty for a URL.
    pub specifier: SpecifierSet,
    /// The URL behind `@`, unjudged.
    pub url: Option<String>,
    /// The marker.
    pub marker: Option<Marker>,
}

impl Requirement {
    /// Reads a requirement.
    ///
    /// # Errors
    /// [`TypesError::Requirement`] with the message of `packaging`'s parser.
    pub fn parse(text: &str) -> Result<Self, TypesError> {
        parse(&mut Tokenizer::new(text))
            .map_err(|SyntaxError(message)| TypesError::Requirement(message))
    }

    /// The normalised name.
    pub fn package(&self) -> PackageName {
        PackageName::new(&self.name)
    }
}

fn parse(tokenizer: &mut Tokenizer<'_>) -> Result<Requirement, SyntaxError> {
    tokenizer.skip_blanks();
    let Some(length) = tokenizer.identifier_length() else {
        return Err(tokenizer.error("Expected package name at the start of dependency specifier"));
    };
    let name = tokenizer.take(length).to_owned();
    tokenizer.skip_blanks();
    let extras = parse_extras(tokenizer)?;
    tokenizer.skip_blanks();

    let mut url = None;
    let mut specifier = String::new();
    let start;
    let marker_expected;
    if tokenizer.eat("@") {
        tokenizer.skip_blanks();
        start = tokenizer.position();
        url = Some(parse_url(tokenizer)?);
        marker_expected = "Expected semicolon (after URL and whitespace) or end";
    } else {
        start = tokenizer.position();
        specifier = parse_specifiers(tokenizer)?;
        tokenizer.skip_blanks();
        marker_expected = if specifier.is_empty() {
            "Expected semicolon (after name with no version specifier) or end"
        } else {
            "Expected comma (within version specifier), semicolon (after version specifier) or end"
        };
    }
    let marker = if tokenizer.at_end() {
        None
    } else if tokenizer.eat(";") {
        let marker = Marker::parse_next(tokenizer)?;
        tokenizer.skip_blanks();
        Some(marker)
    } else {
        return Err(tokenizer.error_from(marker_expected, start));
    };
    if !tokenizer.at_end() {
        return Err(tokenizer.error("Expected end of dependency specifier"));
    }

    let specifier =
        SpecifierSet::parse(&specifier).map_err(|error| SyntaxError(error.to_string()))?;
    let names: BTreeSet<ExtraName> = extras.iter().map(|extra| ExtraName::new(extra)).collect();
    Ok(Requirement {
        name,
        extras: names.into_iter().collect(),
        raw_extras: extras.into_iter().collect(),
        specifier,
        url,
        marker,
    })
}

/// Everything up to white space, and the white space, which only the end may replace.
fn parse_url(tokenizer: &mut Tokenizer<'_>) -> Result<String, SyntaxError> {
    let rest = tokenizer.rest();
    let length = rest.find([' ', '\t']).unwrap_or(rest.len());
    if length == 0 {
        return Err(tokenizer.error("Expected URL after @"));
    }
    let url = tokenizer.take(length).to_owned();
    tokenizer.skip_blanks();
    Ok(url)
}

fn parse_extras(tokenizer: &mut Tokenizer<'_>) -> Result<BTreeSet<String>, SyntaxError> {
    let mut extras = BTreeSet::new();
    let opened_at = tokenizer.position();
    if !tokenizer.eat("[") {
        return Ok(extras);
    }
    tokenizer.skip_blanks();
    if let Some(length) = tokenizer.identifier_length() {
        extras.insert(tokenizer.take(length).to_owned());
        loop {
            tokenizer.skip_blanks();
            if tokenizer.identifier_length().is_some() {
                return Err(tokenizer.error("Expected comma between extra names"));
            }
            if !tokenizer.eat(",") {
                break;
            }
            tokenizer.skip_blanks();
            let Some(length) = tokenizer.identifier_length() else {
                return Err(tokenizer.error("Expected extra name after comma"));
            };
            extras.insert(tokenizer.take(length).to_owned());
        }
    }
    tokenizer.skip_blanks();
    if !tokenizer.eat("]") {
        return Err(tokenizer.error_from(
            "Expected matching RIGHT_BRACKET for LEFT_BRACKET, after extras",
            opened_at,
        ));
    }
    Ok(extras)
}

fn parse_specifiers(tokenizer: &mut Tokenizer<'_>) -> Result<String, SyntaxError> {
    let opened_at = tokenizer.position();
    let opened = tokenizer.eat("(");
    tokenizer.skip_blanks();
    let specifiers = parse_specifier_list(tokenizer)?;
    tokenizer.skip_blanks();
    if opened && !tokenizer.eat(")") {
        return Err(tokenizer.error_from(
            "Expected matching RIGHT_PARENTHESIS for LEFT_PARENTHESIS, after version specifier",
            opened_at,
        ));
    }
    Ok(specifiers)
}

fn parse_specifier_list(tokenizer: &mut Tokenizer<'_>) -> Result<String, SyntaxError> {
    let mut specifiers = String::new();
    while let Some(scanned) = scan(tokenizer.rest()) {
        let start = tokenizer.position();
        let specifier = tokenizer.take(scanned.end);
        specifiers.push_str(specifier);
        if tokenizer.next_is(".*") {
            let equality = specifier.starts_with("!=")
                || specifier.starts_with("==") && !specifier.starts_with("===");
            let message = if equality {
                ".* suffix cannot be used with pre-release, post-release, dev or local versions"
            } else {
                ".* suffix can only be used with `==` or `!=` operators"
            };
            return Err(tokenizer.error_between(message, start, tokenizer.position() + 1));
        }
        if starts_with_local_label(tokenizer.rest()) {
            return Err(tokenizer.error_from(
                "Local version label can only be used with `==` or `!=` operators",
                start,
            ));
        }
        tokenizer.skip_blanks();
        if !tokenizer.eat(",") {
            break;
        }
        specifiers.push(',');
        tokenizer.skip_blanks();
    }
    Ok(specifiers)
}

fn starts_with_local_label(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|label| {
        label.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
    })
}

impl fmt::Display for Requirement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)?;
        if !self.raw_extras.is_empty() {
            write!(formatter, "[{}]", self.raw_extras.join(","))?;
        }
        write!(formatter, "{}", self.specifier)?;
        if let Some(url) = &self.url {
            write!(formatter, " @ {url}")?;
            if self.marker.is_some() {
                formatter.write_str(" ")?;
            }
        }
        if let Some(marker) = &self.marker {
            write!(formatter, "; {marker}")?;
        }
        Ok(())
    }
}

impl FromStr for Requirement {
    type Err = TypesError;

    fn from_str(text: &str) -> Result<Self, TypesError> {
        Self::parse(text)
    }
}

impl PartialEq for Requirement {
    fn eq(&self, other: &Self) -> bool {
        self.package() == other.package()
            && self.extras == other.extras
            && self.specifier == other.specifier
            && self.url == other.url
            && self.marker == other.marker
    }
}

impl Eq for Requirement {}

impl Hash for Requirement {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.package().hash(state);
        self.extras.hash(state);
        self.specifier.hash(state);
        self.url.hash(state);
        self.marker.hash(state);
    }
}

impl Serialize for Requirement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Requirement {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_print_in_their_normal_form() {
        for (text, printed) in [
            ("foo (>=1.0)", "foo>=1.0"),
            ("Foo_Bar [ b , a ] >= 1 , < 2", "Foo_Bar[a,b]<2,>=1"),
            (
                "foo@https://x.y/z.whl;a ; os_name=='a'",
                "foo @ https://x.y/z.whl;a ; os_name == \"a\"",
            ),
            ("foo;extra=='a'", "foo; extra == \"a\""),
        ] {
            assert_eq!(Requirement::parse(text).unwrap().to_string(), printed);
        }
    }

    #[test]
    fn errors_point_at_the_place() {
        let message = |text: &str| Requirement::parse(text).unwrap_err().to_string();
        assert_eq!(
            message("foö>=1 x"),
            "Expected package name at the start of dependency specifier\n    foö>=1 x\n    ^"
        );
        assert_eq!(
            message("foo>=1.* x"),
            ".* suffix can only be used with `==` or `!=` operators\n    foo>=1.* x\n       ~~~~^"
        );
    }
}
