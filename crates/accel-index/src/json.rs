//! Project pages in JSON (PEP 691, 700, 714), read leniently: a field of a wrong kind counts as
//! absent, for pip looks at values only as far as it uses them.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// One object of the page's `files`.
#[derive(Debug, Default)]
pub(crate) struct File<'a> {
    pub(crate) url: Loose<'a>,
    pub(crate) hashes: Loose<'a>,
    pub(crate) requires_python: Loose<'a>,
    pub(crate) core_metadata: Loose<'a>,
    pub(crate) dist_info_metadata: Loose<'a>,
    pub(crate) yanked: Loose<'a>,
    pub(crate) upload_time: Loose<'a>,
    pub(crate) size: Loose<'a>,
}

/// Any JSON value, as far as a page's meaning depends on it.
#[derive(Debug, Default)]
pub(crate) enum Loose<'a> {
    /// Absent or null.
    #[default]
    Null,
    /// true or false.
    Bool(bool),
    /// A text.
    Text(Cow<'a, str>),
    /// A whole number that is not negative.
    Number(u64),
    /// An object, in page order, without the members that are no text.
    Object(Vec<(Cow<'a, str>, Cow<'a, str>)>),
    /// An array (whether it holds anything) or another number (whether it is not zero).
    Other(bool),
}

impl Loose<'_> {
    /// Python's `is None`.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Python's `bool(value)`.
    pub(crate) fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(value) | Self::Other(value) => *value,
            Self::Text(text) => !text.is_empty(),
            Self::Number(number) => *number != 0,
            Self::Object(members) => !members.is_empty(),
        }
    }
}

/// Hands every file of a page to `each`, in page order, without building the page in memory.
pub(crate) fn files<'a>(page: &'a [u8], each: impl FnMut(File<'a>)) -> serde_json::Result<()> {
    let page = page.strip_prefix(b"\xef\xbb\xbf").unwrap_or(page);
    let mut reader = serde_json::Deserializer::from_slice(page);
    Page(each).deserialize(&mut reader)?;
    reader.end()
}

struct Page<F>(F);

impl<'de, F: FnMut(File<'de>)> DeserializeSeed<'de> for Page<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de, F: FnMut(File<'de>)> Visitor<'de> for Page<F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a project page")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = members.next_key()? {
            if key == "files" {
                members.next_value_seed(Files(&mut self.0))?;
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

struct Files<'f, F>(&'f mut F);

impl<'de, F: FnMut(File<'de>)> DeserializeSeed<'de> for Files<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(File<'de>)> Visitor<'de> for Files<'_, F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the files of a project page")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut files: A) -> Result<(), A::Error> {
        while let Some(file) = files.next_element()? {
            (self.0)(file);
        }
        Ok(())
    }
}

/// A key; borrowed from the page unless it has escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> serde::Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Cow<'de, str>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }
        reader.deserialize_str(Text).map(Key)
    }
}

impl<'de: 'a, 'a> serde::Deserialize<'de> for File<'a> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = File<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a file of a project page")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<File<'de>, A::Error> {
                let mut file = File::default();
                while let Some(Key(key)) = members.next_key()? {
                    let field = match &*key {
                        "url" => &mut file.url,
                        "hashes" => &mut file.hashes,
                        "requires-python" => &mut file.requires_python,
                        "core-metadata" => &mut file.core_metadata,
                        "dist-info-metadata" => &mut file.dist_info_metadata,
                        "yanked" => &mut file.yanked,
                        "upload-time" => &mut file.upload_time,
                        "size" => &mut file.size,
                        _ => {
                            members.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    };
                    *field = members.next_value()?;
                }
                Ok(file)
            }
        }
        reader.deserialize_map(Members)
    }
}

impl<'de: 'a, 'a> serde::Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Loose<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a value")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Loose::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
                Ok(Loose::Bool(value))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
                Ok(Loose::Number(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
                Ok(u64::try_from(value).map_or(Loose::Other(true), Loose::Number))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
                Ok(Loose::Other(value != 0.0))
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Loose::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Loose::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                let mut any = false;
                while items.next_element::<IgnoredAny>()?.is_some() {
                    any = true;
                }
                Ok(Loose::Other(any))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
                let mut kept = Vec::new();
                while let Some(Key(key)) = members.next_key()? {
                    if let Loose::Text(text) = members.next_value()? {
                        kept.push((key, text));
                    }
                }
                Ok(Loose::Object(kept))
            }
        }
        reader.deserialize_any(Any)
    }
}
