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
            let own = |digest: Digest| (digest.algorithm, Cow::Owned(digest.hex.into()));
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

    /// A link with texts of its own, and the fragment; `comes_from` is shared with others.
    pub(crate) fn into_link(self, comes_from: &Text) -> (Link, String) {
        let text = |text: Cow<'_, str>| Text::from(text.into_owned());
        let digests = |digests: Vec<FoundDigest<'_>>| {
            digests.into_iter().map(|(algorithm, hex)| Digest::new(algorithm, text(hex))).collect()
        };
        let link = Link {
            url: text(self.url),
            filename: text(self.filename),
            digests: digests(self.digests),
            requires_python: self.requires_python.map(text),
            yanked: self.yanked.map(text),
            core_metadata: self.core_metadata.map(digests),
            upload_time: self.upload_time.map(text),
            size: self.size,
            source: self.source,
            comes_from: comes_from.clone(),
        };
        (link, self.fragment)
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
