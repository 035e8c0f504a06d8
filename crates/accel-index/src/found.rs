//! A link as a page names it. Its texts are parts of the page where nothing had to be changed.

use std::borrow::Cow;

use accel_types::Text;
use accel_types::hashes::{Digest, HashAlgorithm};
use accel_types::link::{Link, LinkSource};

use crate::url_text;

/// A digest, with its hexadecimal digits.
pub(crate) type FoundDigest<'a> = (HashAlgorithm, Cow<'a, str>);

/// See [`Link`] for the fields.
#[derive(Debug)]
pub(crate) struct Found<'a> {
    /// Without its fragment.
    pub(crate) url: Cow<'a, str>,
    /// With the sign before it, empty if there is none: pip tells links apart by both.
    pub(crate) fragment: String,
    pub(crate) filename: Cow<'a, str>,
    pub(crate) digests: Vec<FoundDigest<'a>>,
    pub(crate) requires_python: Option<Cow<'a, str>>,
    pub(crate) yanked: Option<Cow<'a, str>>,
    pub(crate) core_metadata: Option<Vec<FoundDigest<'a>>>,
    pub(crate) upload_time: Option<Cow<'a, str>>,
    pub(crate) size: Option<u64>,
    pub(crate) source: LinkSource,
    pub(crate) comes_from: &'a str,
}

impl<'a> Found<'a> {
    /// A link to `url`, which is absolute and quoted, with what its fragment says.
    pub(crate) fn new(mut url: String, source: LinkSource, comes_from: &'a str) -> Self {
        let mut digests = Vec::new();
        if url.bytes().any(|byte| matches!(byte, b'#' | b'&')) {
            let own =
                |digest: Digest| (digest.algorithm, Cow::Owned(digest.hex.as_str().to_owned()));
            digests.extend(Digest::from_url(&url).map(own));
        }
        let fragment = match url.find('#') {
            Some(at) => url.split_off(at),
            None => String::new(),
        };
        Self {
            filename: url_text::filename(&url).into(),
            url: url.into(),
            fragment,
            digests,
            requires_python: None,
            yanked: None,
            core_metadata: None,
            upload_time: None,
            size: None,
            source,
            comes_from,
        }
    }

    /// A link with texts of its own; `comes_from` is shared with others.
    pub(crate) fn link(&self, comes_from: &Text) -> Link {
        let digests = |digests: &Vec<FoundDigest<'_>>| {
            digests.iter().map(|(algorithm, hex)| Digest::new(*algorithm, &**hex)).collect()
        };
        let text = |text: &Option<Cow<'_, str>>| text.as_deref().map(Text::from);
        Link {
            url: (&*self.url).into(),
            filename: (&*self.filename).into(),
            digests: digests(&self.digests),
            requires_python: text(&self.requires_python),
            yanked: text(&self.yanked),
            core_metadata: self.core_metadata.as_ref().map(digests),
            upload_time: text(&self.upload_time),
            size: self.size,
            source: self.source,
            comes_from: comes_from.clone(),
        }
    }

    /// Whether pip sees an `egg` in its URL.
    pub(crate) fn has_egg(&self) -> bool {
        let named = |text: &str| {
            text.split(['#', '&'])
                .skip(1)
                .any(|part| part.strip_prefix("egg=").is_some_and(|name| !name.is_empty()))
        };
        named(&self.fragment) || (self.url.contains('&') && named(&self.url))
    }
}

impl<'a> From<&'a Link> for Found<'a> {
    fn from(link: &'a Link) -> Self {
        let digests = |digests: &'a Vec<Digest>| {
            digests.iter().map(|one| (one.algorithm, Cow::Borrowed(one.hex.as_str()))).collect()
        };
        let text = |text: &'a Option<Text>| text.as_deref().map(Cow::Borrowed);
        Self {
            url: link.url.as_str().into(),
            fragment: String::new(),
            filename: link.filename.as_str().into(),
            digests: digests(&link.digests),
            requires_python: text(&link.requires_python),
            yanked: text(&link.yanked),
            core_metadata: link.core_metadata.as_ref().map(digests),
            upload_time: text(&link.upload_time),
            size: link.size,
            source: link.source,
            comes_from: &link.comes_from,
        }
    }
}
