//! `pages/`: project pages, parsed, with what is needed to ask whether they are still true.
//!
//! `pages/v2/LABEL/KEY`, where the label is the project (or `find-links`) and the key stands for
//! the page's URL without credentials. Replaced by rename, never rewritten.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use accel_io::{fs, mended};
use accel_types::link::Link;

use crate::page_links::PageLinks;
use crate::record::{Reader, Writer, key_of, seal, unseal};

/// Where pages are kept, with the version of their format.
pub(crate) const FOLDER: &str = "pages/v2";

const KIND: &str = "pip-accel page 2";

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
    /// Stands for the page as it came.
    pub(crate) body: String,
    links: PageLinks,
}

impl KeptPage {
    /// A page that was just fetched.
    pub(crate) fn new(url: &str, final_url: &str, body: String, links: PageLinks) -> Self {
        Self {
            url: url.to_owned(),
            final_url: final_url.to_owned(),
            fetched: now(),
            digest: links.digest(),
            body,
            links,
            ..Self::default()
        }
    }

    /// Where the page with this URL is kept.
    pub(crate) fn path(root: &Path, label: &str, url: &str) -> PathBuf {
        root.join(FOLDER).join(label).join(key_of(url))
    }

    /// The kept page; damaged ones and those of other formats count as absent.
    pub(crate) fn read(root: &Path, label: &str, url: &str) -> Option<Self> {
        let path = Self::path(root, label, url);
        let page = Self::parse(mended::read(&path).ok()??).filter(|page| page.url == url);
        if page.is_none() {
            mended::note(&path);
        }
        page
    }

    /// A page as it is written, if it is whole.
    pub(crate) fn parse(bytes: Vec<u8>) -> Option<Self> {
        let mut reader = Reader::new(&bytes);
        let length = reader.count()?;
        let mut header = Reader::new(unseal(KIND, reader.bytes(length)?)?);
        let page = Self {
            url: header.text()?.to_owned(),
            final_url: header.text()?.to_owned(),
            etag: header.maybe_text()?.map(str::to_owned),
            last_modified: header.maybe_text()?.map(str::to_owned),
            fetched: header.number()?,
            fresh_for: header.maybe_number()?,
            digest: header.text()?.to_owned(),
            body: header.text()?.to_owned(),
            links: PageLinks::default(),
        };
        let start = bytes.len() - reader.rest().len();
        let page = Self { links: PageLinks::from_bytes(bytes, start)?, ..page };
        (page.links.digest() == page.digest).then_some(page)
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
        header.text(&self.body);
        let sealed = seal(KIND, &header.finish());
        let mut file = Writer::default();
        file.number(sealed.len() as u64);
        let mut bytes = file.finish();
        bytes.extend_from_slice(&sealed);
        self.links.write_to(&mut bytes);
        write_below(&Self::path(root, label, &self.url), &bytes)
    }

    /// The links on it, in pip's order; with `fits`, those alone whose file names it accepts.
    pub(crate) fn links(&self, fits: Option<&dyn Fn(&str) -> bool>) -> Option<Arc<[Link]>> {
        self.links.decode(fits)
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
