//! The links of a project page as they are kept: small numbers first, then all texts in one piece.
//!
//! Read back they are parts of that piece, so that a page of ten thousand links costs one buffer and
//! not a hundred thousand small texts. What links have in common with the one before is not
//! repeated, nor is a file name that ends its URL.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use accel_types::Text;
use accel_types::hashes::{Digest, HashAlgorithm};
use accel_types::link::{Link, LinkSource};

use crate::found::{Found, FoundDigest};
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
        let mut encoder = Encoder::with_capacity(0);
        for link in links {
            encoder.link(link.into());
        }
        encoder.finish()
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(Reader::new(&self.numbers).number(), None | Some(0))
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
        bytes.reserve(self.numbers.len() + self.texts.len() + 16);
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
    ///
    /// With `fits`, those alone whose file names it accepts, which then keep no more of the page's
    /// texts than their own.
    pub(crate) fn decode(&self, fits: Option<&dyn Fn(&str) -> bool>) -> Option<Arc<[Link]>> {
        let chosen = match fits {
            Some(fits) => Some(Chosen::of(self, fits)?),
            None => None,
        };
        let mut decoder = Decoder::new(self)?;
        let count = chosen.as_ref().map_or(decoder.left, |chosen| chosen.count);
        let mut whole = true;
        // Of a known number of links the slice is made in its place.
        let links = (0..count).map(|_| {
            let link = decoder.next_link(chosen.as_ref());
            whole &= link.is_some();
            link.unwrap_or_default()
        });
        let links = links.collect();
        whole.then_some(links)
    }
}

/// Which links of a page are wanted, and their texts.
struct Chosen {
    wanted: Vec<bool>,
    count: usize,
    texts: Arc<String>,
}

impl Chosen {
    fn of(page: &PageLinks, fits: &dyn Fn(&str) -> bool) -> Option<Self> {
        let mut decoder = Decoder::new(page)?;
        let (mut wanted, mut texts) = (Vec::with_capacity(decoder.left), String::new());
        while decoder.left > 0 {
            decoder.read()?;
            let fitting = fits(page.texts.get(decoder.filename.range())?);
            if fitting {
                texts.push_str(page.texts.get(decoder.begin..decoder.at)?);
            }
            wanted.push(fitting);
        }
        texts.shrink_to_fit();
        let count = wanted.iter().filter(|wanted| **wanted).count();
        Some(Self { wanted, count, texts: Arc::new(texts) })
    }
}

/// Writes one link after the other.
#[derive(Default)]
pub(crate) struct Encoder<'a> {
    count: u64,
    numbers: Writer,
    texts: String,
    python: Option<Cow<'a, str>>,
    place: Option<&'a str>,
}

impl<'a> Encoder<'a> {
    /// For links with texts of so many bytes.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self { texts: String::with_capacity(bytes), ..Self::default() }
    }

    fn text(&mut self, text: &str) {
        self.numbers.number(text.len() as u64);
        self.texts.push_str(text);
    }

    fn digests(&mut self, digests: &[FoundDigest<'_>]) {
        self.numbers.number(digests.len() as u64);
        for (algorithm, hex) in digests {
            let place = HashAlgorithm::BY_PREFERENCE.iter().position(|one| one == algorithm);
            self.numbers.number(place.unwrap_or_default() as u64);
            self.text(hex);
        }
    }

    /// The next link.
    pub(crate) fn link(&mut self, link: Found<'a>) {
        let name_in_url = link.url.ends_with(&*link.filename);
        let same_python = link.requires_python == self.python;
        let same_place = Some(link.comes_from) == self.place;
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
        self.count += 1;
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
            self.text(link.comes_from);
        }
        self.python = link.requires_python;
        self.place = Some(link.comes_from);
    }

    /// What was written.
    pub(crate) fn finish(self) -> PageLinks {
        let mut count = Writer::default();
        count.number(self.count);
        let numbers = [count.finish(), self.numbers.finish()].concat();
        PageLinks { numbers, texts: Arc::new(self.texts) }
    }
}

type Digests = Vec<(HashAlgorithm, Span)>;

/// A part of a page's texts, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Span {
    start: usize,
    end: usize,
}

impl Span {
    fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// Reads one link after the other; its fields are those of the link that was read last.
struct Decoder<'a> {
    numbers: Reader<'a>,
    page: &'a Arc<String>,
    /// Links that are still to be read.
    left: usize,
    /// Where the texts of this link begin, and where those of the next one do.
    begin: usize,
    at: usize,
    /// Where the texts of the next link begin among those of chosen links.
    chosen_at: usize,
    index: bool,
    url: Span,
    filename: Span,
    digests: Digests,
    python: Option<Span>,
    yanked: Option<Span>,
    upload_time: Option<Span>,
    has_core_metadata: bool,
    core_metadata: Digests,
    size: Option<u64>,
    place: Span,
    /// Texts of earlier links that chosen ones have in common with them.
    earlier_python: Option<(Span, Text)>,
    earlier_place: Option<(Span, Text)>,
}

impl<'a> Decoder<'a> {
    fn new(page: &'a PageLinks) -> Option<Self> {
        let mut numbers = Reader::new(&page.numbers);
        let left = numbers.count()?;
        Some(Self {
            numbers,
            page: &page.texts,
            left,
            begin: 0,
            at: 0,
            chosen_at: 0,
            index: false,
            url: Span::default(),
            filename: Span::default(),
            digests: Vec::new(),
            python: None,
            yanked: None,
            upload_time: None,
            has_core_metadata: false,
            core_metadata: Vec::new(),
            size: None,
            place: Span::default(),
            earlier_python: None,
            earlier_place: None,
        })
    }

    fn text(&mut self) -> Option<Span> {
        let length = usize::try_from(self.numbers.number()?).ok()?;
        let end = self.at.checked_add(length)?;
        self.page.get(self.at..end)?;
        let text = Span { start: self.at, end };
        self.at = end;
        Some(text)
    }

    fn read_digests(&mut self, mut digests: Digests) -> Option<Digests> {
        digests.clear();
        for _ in 0..self.numbers.count()? {
            let place = usize::try_from(self.numbers.number()?).ok()?;
            let algorithm = *HashAlgorithm::BY_PREFERENCE.get(place)?;
            digests.push((algorithm, self.text()?));
        }
        Some(digests)
    }

    fn read(&mut self) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        self.begin = self.at;
        let flags = self.numbers.number()?;
        let has = |flag: u64| flags & flag != 0;
        self.url = self.text()?;
        self.filename = if has(NAME_IN_URL) {
            let length = usize::try_from(self.numbers.number()?).ok()?;
            let start =
                self.url.end.checked_sub(length).filter(|start| *start >= self.url.start)?;
            self.page.get(start..self.url.end)?;
            Span { start, end: self.url.end }
        } else {
            self.text()?
        };
        let digests = std::mem::take(&mut self.digests);
        self.digests = self.read_digests(digests)?;
        if !has(SAME_PYTHON) {
            self.python = if has(PYTHON) { Some(self.text()?) } else { None };
        }
        self.yanked = if has(YANKED) { Some(self.text()?) } else { None };
        self.upload_time = if has(UPLOAD_TIME) { Some(self.text()?) } else { None };
        self.has_core_metadata = has(CORE_METADATA);
        if self.has_core_metadata {
            let digests = std::mem::take(&mut self.core_metadata);
            self.core_metadata = self.read_digests(digests)?;
        }
        self.size = if has(SIZE) { Some(self.numbers.number()?) } else { None };
        if !has(SAME_PLACE) {
            self.place = self.text()?;
        }
        self.index = has(INDEX);
        Some(())
    }

    /// The next link, or the next of the chosen ones.
    fn next_link(&mut self, chosen: Option<&Chosen>) -> Option<Link> {
        let Some(chosen) = chosen else {
            self.read()?;
            return self.link(self.page, self.begin);
        };
        loop {
            let number = chosen.wanted.len() - self.left;
            self.read()?;
            if chosen.wanted[number] {
                let start = self.chosen_at;
                self.chosen_at += self.at - self.begin;
                return self.link(&chosen.texts, start);
            }
        }
    }

    /// The link that was read last; its own texts begin at `start` of `texts`.
    fn link(&mut self, texts: &Arc<String>, start: usize) -> Option<Link> {
        let begin = self.begin;
        let own = |span: Span| {
            let start = span.start.checked_sub(begin)? + start;
            Text::part(texts, start..start + (span.end - span.start))
        };
        let maybe_own = |span: Option<Span>| match span {
            Some(span) => own(span).map(Some),
            None => Some(None),
        };
        let digests = |digests: &Digests| {
            let one = |(algorithm, hex): &(HashAlgorithm, Span)| {
                Some(Digest::new(*algorithm, own(*hex)?))
            };
            digests.iter().map(one).collect::<Option<Vec<Digest>>>()
        };
        let page = self.page;
        // Of links before it, which may not have been chosen.
        let shared = |span: Span, earlier: &mut Option<(Span, Text)>| {
            if span.start >= begin {
                return own(span);
            }
            if Arc::ptr_eq(texts, page) {
                return Text::part(page, span.range());
            }
            if let Some((known, text)) = earlier
                && *known == span
            {
                return Some(text.clone());
            }
            let text = Text::from(page.get(span.range())?);
            *earlier = Some((span, text.clone()));
            Some(text)
        };
        Some(Link {
            url: own(self.url)?,
            filename: own(self.filename)?,
            digests: digests(&self.digests)?,
            requires_python: match self.python {
                Some(span) => Some(shared(span, &mut self.earlier_python)?),
                None => None,
            },
            yanked: maybe_own(self.yanked)?,
            core_metadata: if self.has_core_metadata {
                Some(digests(&self.core_metadata)?)
            } else {
                None
            },
            upload_time: maybe_own(self.upload_time)?,
            size: self.size,
            source: if self.index { LinkSource::Index } else { LinkSource::FindLinks },
            comes_from: shared(self.place, &mut self.earlier_place)?,
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
        assert_eq!(*read.decode(None).unwrap(), links());
    }

    #[test]
    fn chosen_links_have_what_they_share_with_others() {
        let written = PageLinks::of(&links());
        for number in 0..1 << links().len() {
            let wanted = |at: usize| number >> at & 1 == 1;
            let names: Vec<_> = links().into_iter().map(|link| link.filename).collect();
            let fits = |name: &str| wanted(names.iter().position(|one| one == name).unwrap());
            let expected: Vec<Link> = links()
                .into_iter()
                .enumerate()
                .filter_map(|(at, link)| wanted(at).then_some(link))
                .collect();
            assert_eq!(*written.decode(Some(&fits)).unwrap(), expected);
        }
    }

    #[test]
    fn what_is_cut_off_or_altered_never_panics() {
        let mut whole = Vec::new();
        PageLinks::of(&links()).write_to(&mut whole);
        for length in 0..whole.len() {
            let read = PageLinks::from_bytes(whole[..length].to_vec(), 0);
            let some = |read: &PageLinks| read.decode(Some(&|name: &str| name.contains('2')));
            assert_eq!(read.as_ref().and_then(some), None, "{length}");
            assert_eq!(read.and_then(|read| read.decode(None)), None, "{length}");
        }
        for at in 0..whole.len() {
            let mut altered = whole.clone();
            altered[at] ^= 0x81;
            let _ = PageLinks::from_bytes(altered, 0).and_then(|read| read.decode(None));
        }
    }
}
