//! `pages/`: project pages, parsed, with what is needed to ask whether they are still true.
//!
//! `pages/v1/LABEL/KEY`, where the label is the project (or `find-links`) and the key stands for
//! the page's URL without credentials. Replaced by rename, never rewritten.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use accel_io::fs;
use accel_types::link::Link;

use crate::record::{Reader, Writer, key_of, seal, unseal};

const KIND: &str = "pip-accel page 1";

/// A page as it was when it was last fetched or confirmed.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeptPage {
    /// Without credentials.
    pub(crate) url: String,
    /// Where redirects led, without credentials.
    pub(crate) final_url: String,
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
    /// Seconds since 1970 of the last answer.
    pub(crate) fetched: u64,
    /// Seconds for which the index said that it need not be asked again.
    pub(crate) fresh_for: Option<u64>,
    /// Stands for the links.
    pub(crate) digest: String,
    /// The file as it was read, whose end the links are.
    bytes: Vec<u8>,
    /// Where the links begin.
    links: usize,
}

impl KeptPage {
    /// A page that was just fetched.
    pub(crate) fn new(url: &str, final_url: &str, links: &[Link]) -> Self {
        let mut writer = Writer::default();
        writer.number(links.len() as u64);
        for link in links {
            writer.link(link);
        }
        let links = writer.finish();
        Self {
            url: url.to_owned(),
            final_url: final_url.to_owned(),
            fetched: now(),
            digest: blake3::hash(&links).to_hex()[..32].to_owned(),
            bytes: links,
            ..Self::default()
        }
    }

    /// Where the page with this URL is kept.
    pub(crate) fn path(root: &Path, label: &str, url: &str) -> PathBuf {
        root.join("pages/v1").join(label).join(key_of(url))
    }

    /// The kept page; damaged ones and those of other formats count as absent.
    pub(crate) fn read(root: &Path, label: &str, url: &str) -> Option<Self> {
        let bytes = fs::read_if_exists(Self::path(root, label, url)).ok()??;
        let mut reader = Reader::new(&bytes);
        let length = reader.count()?;
        let mut header = Reader::new(unseal(KIND, reader.bytes(length)?)?);
        let links = bytes.len() - reader.rest().len();
        let page = Self {
            url: header.text()?.to_owned(),
            final_url: header.text()?.to_owned(),
            etag: header.maybe_text()?,
            last_modified: header.maybe_text()?,
            fetched: header.number()?,
            fresh_for: header.maybe_number()?,
            digest: header.text()?.to_owned(),
            links,
            bytes: Vec::new(),
        };
        let page = Self { bytes, ..page };
        let whole = page.url == url && blake3::hash(page.encoded()).to_hex()[..32] == *page.digest;
        whole.then_some(page)
    }

    /// Keeps it.
    pub(crate) fn write(&self, root: &Path, label: &str) -> Result<(), accel_io::IoError> {
        let mut header = Writer::default();
        header.text(&self.url);
        header.text(&self.final_url);
        header.maybe_text(self.etag.as_deref());
        header.maybe_text(self.last_modified.as_deref());
        header.number(self.fetched);
        header.maybe_number(self.fresh_for);
        header.text(&self.digest);
        let sealed = seal(KIND, &header.finish());
        let mut file = Writer::default();
        file.number(sealed.len() as u64);
        let mut bytes = file.finish();
        bytes.extend_from_slice(&sealed);
        bytes.extend_from_slice(self.encoded());
        write_below(&Self::path(root, label, &self.url), &bytes)
    }

    /// The links on it, in pip's order.
    pub(crate) fn links(&self) -> Option<Vec<Link>> {
        let mut reader = Reader::new(self.encoded());
        (0..reader.count()?).map(|_| reader.link()).collect()
    }

    /// The links as they are written.
    fn encoded(&self) -> &[u8] {
        &self.bytes[self.links..]
    }

    /// Whether the index itself allows not to ask again.
    pub(crate) fn is_fresh(&self) -> bool {
        let age = now().checked_sub(self.fetched);
        self.fresh_for.zip(age).is_some_and(|(allowed, age)| age < allowed)
    }

    /// Confirmed by the index just now.
    pub(crate) fn confirm(&mut self, fresh_for: Option<Duration>) {
        self.fetched = now();
        self.fresh_for = fresh_for.map(|time| time.as_secs());
    }
}

/// Writes a file by rename; its folders are made when missing.
pub(crate) fn write_below(path: &Path, bytes: &[u8]) -> Result<(), accel_io::IoError> {
    match fs::write_atomic(path, bytes) {
        Err(error) if error.is_not_found() => {
            fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
            fs::write_atomic(path, bytes)
        }
        other => other,
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
