//! The links of a project page as they are kept: small numbers first, then all texts in one piece.
//!
//! Read back they are parts of that piece, so that a page of ten thousand links costs one buffer and
//! not a hundred thousand small texts. What links have in common with the one before is not
//! repeated, nor is a file name that ends its URL.

use std::sync::Arc;

use accel_types::Text;
use accel_types::hashes::{Digest, HashAlgorithm};
use accel_types::link::{Link, LinkSource};

use crate::record::{Reader, Writer};

/// The filename is the end of the URL.
const NAME_IN_URL: u64 = 1;
/// Requires-Python is that of the link before.
const SAME_PYTHON: u64 = 1 << 1;
const PYTHON: u64 = 1 << 2;
const YANKED: u64 = 1 << 3;
const CORE_METADATA: u64 = 1 << 4;
const UPLOAD_TIME: u64 = 1 << 5;
const SIZE: u64 = 1 << 6;
const INDEX: u64 = 1 << 7;
/// It comes from where the link before comes from.
const SAME_PLACE: u64 = 1 << 8;

/// Links in that form.
#[derive(Debug, Clone, Default)]
pub(crate) struct PageLinks {
    numbers: Vec<u8>,
    texts: Arc<String>,
}

impl PageLinks {
    /// Encodes links.
    pub(crate) fn of(links: &[Link]) -> Self {
        let mut encoder = Encoder::default();
        encoder.numbers.number(links.len() as u64);
        for link in links {
            encoder.link(link);
        }
        Self { numbers: encoder.numbers.finish(), texts: Arc::new(encoder.texts) }
    }

    /// The links that are written from `start` on; `None` if there are none.
    pub(crate) fn from_bytes(mut bytes: Vec<u8>, start: usize) -> Option<Self> {
        let mut reader = Reader::new(bytes.get(start..)?);
        let length = reader.count()?;
        let numbers = reader.bytes(length)?.to_vec();
        let texts = bytes.len() - reader.rest().len();
        bytes.drain(..texts);
        Some(Self { numbers, texts: Arc::new(String::from_utf8(bytes).ok()?) })
    }

    /// Appends them to what is written.
    pub(crate) fn write_to(&self, bytes: &mut Vec<u8>) {
        let mut length = Writer::default();
        length.number(self.numbers.len() as u64);
        bytes.extend_from_slice(&length.finish());
        bytes.extend_from_slice(&self.numbers);
        bytes.extend_from_slice(self.texts.as_bytes());
    }

    /// 32 hexadecimal digits that stand for the links.
    pub(crate) fn digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.numbers);
        hasher.update(self.texts.as_bytes());
        hasher.finalize().to_hex()[..32].to_owned()
    }

    /// The links, in pip's order; `None` if they are damaged.
    pub(crate) fn decode(&self) -> Option<Arc<[Link]>> {
        let mut decoder = Decoder {
            numbers: Reader::new(&self.numbers),
            texts: &self.texts,
            at: 0,
            python: None,
            place: Text::default(),
        };
        let mut whole = true;
        // Of a known number of links the slice is made in its place.
        let links = (0..decoder.numbers.count()?).map(|_| {
            let link = decoder.link();
            whole &= link.is_some();
            link.unwrap_or_default()
        });
        let links = links.collect();
        whole.then_some(links)
    }
}

#[derive(Default)]
struct Encoder<'a> {
    numbers: Writer,
    texts: String,
    python: Option<&'a Text>,
    place: Option<&'a Text>,
}

impl<'a> Encoder<'a> {
    fn text(&mut self, text: &str) {
        self.numbers.number(text.len() as u64);
        self.texts.push_str(text);
    }

    fn digests(&mut self, digests: &[Digest]) {
        self.numbers.number(digests.len() as u64);
        for digest in digests {
            let place =
                HashAlgorithm::BY_PREFERENCE.iter().position(|one| *one == digest.algorithm);
            self.numbers.number(place.unwrap_or_default() as u64);
            self.text(&digest.hex);
        }
    }

    fn link(&mut self, link: &'a Link) {
        let name_in_url = link.url.ends_with(&*link.filename);
        let same_python = link.requires_python.as_ref() == self.python;
        let same_place = Some(&link.comes_from) == self.place;
        let flags = [
            (NAME_IN_URL, name_in_url),
            (SAME_PYTHON, same_python),
            (PYTHON, link.requires_python.is_some()),
            (YANKED, link.yanked.is_some()),
            (CORE_METADATA, link.core_metadata.is_some()),
            (UPLOAD_TIME, link.upload_time.is_some()),
            (SIZE, link.size.is_some()),
            (INDEX, link.source == LinkSource::Index),
            (SAME_PLACE, same_place),
        ];
        let flags = flags.into_iter().filter(|(_, set)| *set);
        self.numbers.number(flags.map(|(flag, _)| flag).sum());
        self.text(&link.url);
        if name_in_url {
            self.numbers.number(link.filename.len() as u64);
        } else {
            self.text(&link.filename);
        }
        self.digests(&link.digests);
        if let Some(python) = link.requires_python.as_ref().filter(|_| !same_python) {
            self.text(python);
        }
        for text in [&link.yanked, &link.upload_time].into_iter().flatten() {
            self.text(text);
        }
        if let Some(digests) = &link.core_metadata {
            self.digests(digests);
        }
        if let Some(size) = link.size {
            self.numbers.number(size);
        }
        if !same_place {
            self.text(&link.comes_from);
        }
        self.python = link.requires_python.as_ref();
        self.place = Some(&link.comes_from);
    }
}

struct Decoder<'a> {
    numbers: Reader<'a>,
    texts: &'a Arc<String>,
    /// Where the next text begins.
    at: usize,
    python: Option<Text>,
    place: Text,
}

impl Decoder<'_> {
    fn text(&mut self) -> Option<Text> {
        let length = usize::try_from(self.numbers.number()?).ok()?;
        let end = self.at.checked_add(length)?;
        let text = Text::part(self.texts, self.at..end)?;
        self.at = end;
        Some(text)
    }

    fn digests(&mut self) -> Option<Vec<Digest>> {
        let count = self.numbers.count()?;
        let mut digests = Vec::with_capacity(count);
        for _ in 0..count {
            let place = usize::try_from(self.numbers.number()?).ok()?;
            let algorithm = *HashAlgorithm::BY_PREFERENCE.get(place)?;
            digests.push(Digest::new(algorithm, self.text()?));
        }
        Some(digests)
    }

    fn link(&mut self) -> Option<Link> {
        let flags = self.numbers.number()?;
        let has = |flag: u64| flags & flag != 0;
        let url = self.text()?;
        let filename = if has(NAME_IN_URL) {
            url.last(usize::try_from(self.numbers.number()?).ok()?)?
        } else {
            self.text()?
        };
        let digests = self.digests()?;
        if !has(SAME_PYTHON) {
            self.python = if has(PYTHON) { Some(self.text()?) } else { None };
        }
        let yanked = if has(YANKED) { Some(self.text()?) } else { None };
        let upload_time = if has(UPLOAD_TIME) { Some(self.text()?) } else { None };
        let core_metadata = if has(CORE_METADATA) { Some(self.digests()?) } else { None };
        let size = if has(SIZE) { Some(self.numbers.number()?) } else { None };
        if !has(SAME_PLACE) {
            self.place = self.text()?;
        }
        Some(Link {
            url,
            filename,
            digests,
            requires_python: self.python.clone(),
            yanked,
            core_metadata,
            upload_time,
            size,
            source: if has(INDEX) { LinkSource::Index } else { LinkSource::FindLinks },
            comes_from: self.place.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links() -> Vec<Link> {
        let link = |name: &str, python: Option<&str>| Link {
            url: format!("https://h/{name}").into(),
            filename: name.into(),
            digests: vec![Digest::sha256("ab"), Digest::new(HashAlgorithm::Md5, "é")],
            requires_python: python.map(Into::into),
            yanked: None,
            core_metadata: None,
            upload_time: Some("2024".into()),
            size: Some(u64::MAX),
            source: LinkSource::Index,
            comes_from: "https://h/".into(),
        };
        vec![
            link("a-1.whl", Some(">=3")),
            Link { yanked: Some("".into()), ..link("a-2.whl", Some(">=3")) },
            Link { core_metadata: Some(vec![Digest::sha256("cd")]), ..link("a-3.whl", None) },
            Link { filename: "a b.whl".into(), upload_time: None, ..link("a%20b.whl", None) },
            Link {
                comes_from: "elsewhere".into(),
                digests: Vec::new(),
                size: None,
                source: LinkSource::FindLinks,
                ..link("a-4.whl", Some("<4"))
            },
        ]
    }

    #[test]
    fn links_come_back() {
        let written = PageLinks::of(&links());
        let mut bytes = b"before".to_vec();
        written.write_to(&mut bytes);
        let read = PageLinks::from_bytes(bytes, 6).unwrap();
        assert_eq!(read.digest(), written.digest());
        assert_eq!(*read.decode().unwrap(), links());
    }

    #[test]
    fn what_is_cut_off_or_altered_never_panics() {
        let mut whole = Vec::new();
        PageLinks::of(&links()).write_to(&mut whole);
        for length in 0..whole.len() {
            let read = PageLinks::from_bytes(whole[..length].to_vec(), 0);
            assert_eq!(read.and_then(|read| read.decode()), None, "{length}");
        }
        for at in 0..whole.len() {
            let mut altered = whole.clone();
            altered[at] ^= 0x81;
            let _ = PageLinks::from_bytes(altered, 0).and_then(|read| read.decode());
        }
    }
}
