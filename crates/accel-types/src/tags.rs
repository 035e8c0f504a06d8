//! Compatibility tags of wheels (PEP 425) and the ordered list that an interpreter supports.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::TypesError;
use crate::python_text::is_word;

/// One compatibility tag. Its parts are in lower case, as `packaging.tags.Tag` keeps them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Tag {
    /// Interpreter and version: `py3`, `cp312`.
    pub python: String,
    /// Binary interface: `none`, `abi3`, `cp312`.
    pub abi: String,
    /// Platform: `any`, `manylinux_2_17_x86_64`.
    pub platform: String,
}

impl Tag {
    /// A tag of the given parts, which are lowered.
    pub fn new(python: &str, abi: &str, platform: &str) -> Self {
        Self {
            python: python.to_lowercase(),
            abi: abi.to_lowercase(),
            platform: platform.to_lowercase(),
        }
    }

    /// Expands a compressed tag set such as `py2.py3-none-any` in the order in which it is
    /// written: interpreters, then binary interfaces, then platforms; duplicates are dropped.
    ///
    /// # Errors
    /// [`TypesError::Tag`] unless there are three parts, none with an empty component, and each
    /// interpreter is an identifier (`packaging.tags.parse_tag`).
    pub fn parse_set(text: &str) -> Result<Vec<Self>, TypesError> {
        let invalid = || TypesError::Tag(text.to_owned());
        let mut parts = text.split('-');
        let (Some(pythons), Some(abis), Some(platforms), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(invalid());
        };
        let mut tags = Vec::new();
        for python in pythons.split('.') {
            if !is_identifier(python) {
                return Err(invalid());
            }
            for abi in abis.split('.') {
                for platform in platforms.split('.') {
                    if abi.is_empty() || platform.is_empty() {
                        return Err(invalid());
                    }
                    let tag = Self::new(python, abi, platform);
                    if !tags.contains(&tag) {
                        tags.push(tag);
                    }
                }
            }
        }
        Ok(tags)
    }
}

/// `str.isidentifier()`, as far as letters and digits of Unicode tell.
fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c == '_' || c.is_alphabetic()) && text.chars().all(is_word)
}

impl fmt::Display for Tag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}-{}", self.python, self.abi, self.platform)
    }
}

impl FromStr for Tag {
    type Err = TypesError;

    /// Reads one uncompressed tag.
    fn from_str(text: &str) -> Result<Self, TypesError> {
        let mut tags = Self::parse_set(text)?;
        match (tags.pop(), tags.is_empty()) {
            (Some(tag), true) => Ok(tag),
            _ => Err(TypesError::Tag(text.to_owned())),
        }
    }
}

/// The tags that an interpreter supports, best first. A clone shares them: there may be a thousand.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Tag>", into = "Vec<Tag>")]
pub struct TagList {
    ranked: Arc<Ranked>,
}

#[derive(Debug, Default)]
struct Ranked {
    tags: Vec<Tag>,
    ranks: HashMap<Tag, usize>,
}

impl TagList {
    /// A list in the given order; of equal tags the first counts.
    pub fn new(tags: Vec<Tag>) -> Self {
        let mut ranks = HashMap::with_capacity(tags.len());
        for (rank, tag) in tags.iter().enumerate() {
            ranks.entry(tag.clone()).or_insert(rank);
        }
        Self { ranked: Arc::new(Ranked { tags, ranks }) }
    }

    /// Position of a tag, 0 being the best; `None` if it is not supported.
    pub fn rank(&self, tag: &Tag) -> Option<usize> {
        self.ranked.ranks.get(tag).copied()
    }

    /// The best position that any of a wheel's tags reaches; `None` if none is supported.
    pub fn best_rank(&self, tags: &[Tag]) -> Option<usize> {
        tags.iter().filter_map(|tag| self.rank(tag)).min()
    }

    /// The tags, best first.
    pub fn iter(&self) -> std::slice::Iter<'_, Tag> {
        self.ranked.tags.iter()
    }

    /// Number of tags.
    pub fn len(&self) -> usize {
        self.ranked.tags.len()
    }

    /// Whether nothing is supported.
    pub fn is_empty(&self) -> bool {
        self.ranked.tags.is_empty()
    }
}

impl PartialEq for TagList {
    fn eq(&self, other: &Self) -> bool {
        self.ranked.tags == other.ranked.tags
    }
}

impl Eq for TagList {}

impl From<Vec<Tag>> for TagList {
    fn from(tags: Vec<Tag>) -> Self {
        Self::new(tags)
    }
}

impl From<TagList> for Vec<Tag> {
    fn from(list: TagList) -> Self {
        list.ranked.tags.clone()
    }
}

impl<'a> IntoIterator for &'a TagList {
    type Item = &'a Tag;
    type IntoIter = std::slice::Iter<'a, Tag>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compressed_set_is_expanded() {
        let tags = Tag::parse_set("py2.py3-none-any").unwrap();
        assert_eq!(tags.len(), 2);
        assert_eq!(tags[1].to_string(), "py3-none-any");
        assert!(Tag::parse_set("py3-none").is_err());
        assert!(Tag::parse_set("py3--any").is_err());
    }

    #[test]
    fn the_best_rank_wins() {
        let list = TagList::new(Tag::parse_set("cp312.py3-none-any").unwrap());
        let wheel = Tag::parse_set("py2.py3-none-any").unwrap();
        assert_eq!(list.best_rank(&wheel), Some(1));
        assert_eq!(list.best_rank(&[Tag::new("x", "y", "z")]), None);
    }
}
