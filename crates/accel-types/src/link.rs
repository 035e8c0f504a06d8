//! A file that an index page or a find-links place offers.

use serde::{Deserialize, Serialize};

use crate::hashes::{Digest, Hashes};
use crate::text::Text;

/// Where a link was found. pip ranks find-links before indexes among equal candidates.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum LinkSource {
    /// A folder or page given with `--find-links`.
    FindLinks,
    /// A project page of a simple index.
    #[default]
    Index,
}

/// One downloadable file with all that its page says about it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Link {
    /// Absolute URL, quoted as pip quotes it, without fragment.
    pub url: Text,
    /// Last segment of the URL's path, percent-decoded.
    pub filename: Text,
    /// Digests that the page gives for the file; usually one.
    pub digests: Vec<Digest>,
    /// `data-requires-python`, unparsed (an invalid one is ignored by the finder, with a note).
    pub requires_python: Option<Text>,
    /// `Some(reason)` if the file was yanked (PEP 592); the reason may be empty.
    pub yanked: Option<Text>,
    /// `Some` if the page announces the METADATA as a file of its own (PEP 658, 714), with the
    /// digests given for it, if any.
    pub core_metadata: Option<Vec<Digest>>,
    /// PEP 700 `upload-time`, as written (RFC 3339).
    pub upload_time: Option<Text>,
    /// PEP 700 size in bytes.
    pub size: Option<u64>,
    /// Kind of place it comes from.
    pub source: LinkSource,
    /// URL or path of the page or folder that lists it.
    pub comes_from: Text,
}

impl Link {
    /// Whether the file name ends like a wheel's. Like pip's check this one minds letter case.
    pub fn is_wheel(&self) -> bool {
        self.filename.ends_with(".whl")
    }

    /// The SHA-256 digest that the page gives, if any.
    pub fn sha256(&self) -> Option<&str> {
        self.digests
            .iter()
            .find(|digest| digest.algorithm == crate::hashes::HashAlgorithm::Sha256)
            .map(|digest| digest.hex.as_str())
    }

    /// Where the METADATA of this wheel is served under PEP 658: the file's URL plus `.metadata`.
    pub fn metadata_url(&self) -> Option<String> {
        self.core_metadata.is_some().then(|| format!("{}.metadata", self.url))
    }

    /// Whether one of the page's digests is allowed (pip's `Link.is_hash_allowed`).
    pub fn is_hash_allowed(&self, hashes: &Hashes) -> bool {
        self.digests.iter().any(|digest| hashes.allows(digest))
    }

    /// The URL as the page has it: the digests of an HTML page stand in the fragments of its URLs,
    /// those of a page in JSON, which tells sizes or times, beside them.
    pub fn url_on_page(&self) -> String {
        let beside = self.size.is_some() || self.upload_time.is_some();
        if beside { self.url.to_string() } else { self.url_with_digest() }
    }

    /// The URL with the preferred digest as its fragment, the form in which pip prints links.
    pub fn url_with_digest(&self) -> String {
        let best = self.digests.iter().max_by_key(|digest| digest.algorithm);
        match best {
            Some(digest) => format!("{}#{}={}", self.url, digest.algorithm, digest.hex),
            None => self.url.to_string(),
        }
    }
}
