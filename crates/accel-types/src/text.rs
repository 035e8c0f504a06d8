//! Texts that are parts of one large text: a project page has a hundred thousand of them.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::{Deref, Range};
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text that never changes and costs little to copy. It may be a part of a larger one, which it
/// keeps alive.
///
/// ```
/// use accel_types::Text;
/// use std::sync::Arc;
///
/// let page = Arc::new("six-1.17.0.tar.gz".to_owned());
/// let version = Text::part(&page, 4..10).unwrap();
/// assert_eq!(version, "1.17.0");
/// assert_eq!(Text::from("1.17.0"), version);
/// ```
#[derive(Clone, Default)]
pub struct Text {
    whole: Arc<String>,
    start: u32,
    end: u32,
}

impl Text {
    /// A part of `whole`, in bytes; `None` if there is no such part.
    pub fn part(whole: &Arc<String>, range: Range<usize>) -> Option<Self> {
        whole.get(range.clone())?;
        let (start, end) = (u32::try_from(range.start).ok()?, u32::try_from(range.end).ok()?);
        Some(Self { whole: Arc::clone(whole), start, end })
    }

    /// The part of it that begins so many bytes before its end; `None` if it has no such part.
    pub fn last(&self, bytes: usize) -> Option<Self> {
        let start = self.len().checked_sub(bytes)?;
        self.get(start..)?;
        let end = self.end;
        Some(Self { whole: Arc::clone(&self.whole), start: end - u32::try_from(bytes).ok()?, end })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        // Both ends were looked at when it was made.
        self.whole.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<Path> for Text {
    fn as_ref(&self) -> &Path {
        self.as_str().as_ref()
    }
}

impl From<String> for Text {
    /// # Panics
    /// If the text is longer than 4 GiB.
    fn from(text: String) -> Self {
        let end = u32::try_from(text.len()).expect("no text is that long");
        Self { whole: Arc::new(text), start: 0, end }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.as_str().to_owned()
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<String> for Text {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), formatter)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_whole_characters() {
        let whole = Arc::new("aéb".to_owned());
        assert_eq!(Text::part(&whole, 1..3).unwrap(), "é");
        assert!(Text::part(&whole, 1..2).is_none());
        assert!(Text::part(&whole, 0..9).is_none());
        let all = Text::part(&whole, 0..4).unwrap();
        assert_eq!(all.last(1).unwrap(), "b");
        assert!(all.last(2).is_none());
        assert!(all.last(5).is_none());
    }
}
