//! The bytes of kept records: length-prefixed texts behind a checksum.
//!
//! A file that is damaged, or of another version of this format, reads
//! as absent.

use accel_types::hashes::{Digest, HashAlgorithm};
use accel_types::link::{Link, LinkSource};

/// Writes values one after the other.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.bytes.push(value.to_le_bytes()[0]);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
    }

    pub(crate) fn maybe_number(&mut self, value: Option<u64>) {
        self.number(u64::from(value.is_some()));
        if let Some(value) = value {
            self.number(value);
        }
    }

    pub(crate) fn maybe_text(&mut self, text: Option<&str>) {
        self.number(u64::from(text.is_some()));
        if let Some(text) = text {
            self.text(text);
        }
    }

    fn digests(&mut self, digests: &[Digest]) {
        self.number(digests.len() as u64);
        for digest in digests {
            self.text(digest.algorithm.name());
            self.text(&digest.hex);
        }
    }

    pub(crate) fn link(&mut self, link: &Link) {
        self.text(&link.url);
        self.text(&link.filename);
        self.digests(&link.digests);
        self.maybe_text(link.requires_python.as_deref());
        self.maybe_text(link.yanked.as_deref());
        self.number(u64::from(link.core_metadata.is_some()));
        if let Some(digests) = &link.core_metadata {
            self.digests(digests);
        }
        self.maybe_text(link.upload_time.as_deref());
        self.maybe_number(link.size);
        self.number(u64::from(link.source == LinkSource::Index));
        self.text(&link.comes_from);
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// Reads what [`Writer`] wrote; `None` where the bytes do not fit.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn number(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let (first, rest) = self.rest.split_first()?;
            self.rest = rest;
            value |= u64::from(first & 0x7f) << shift;
            if first & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// A number of things that each take at least one byte, so that nothing absurd is allocated.
    pub(crate) fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= self.rest.len()).then_some(count)
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(bytes)
    }

    pub(crate) fn text(&mut self) -> Option<&'a str> {
        let length = self.count()?;
        std::str::from_utf8(self.bytes(length)?).ok()
    }

    pub(crate) fn flag(&mut self) -> Option<bool> {
        Some(self.number()? == 1)
    }

    #[expect(clippy::option_option, reason = "outside: damaged; inside: absent")]
    pub(crate) fn maybe_number(&mut self) -> Option<Option<u64>> {
        Some(if self.flag()? { Some(self.number()?) } else { None })
    }

    #[expect(clippy::option_option, reason = "outside: damaged; inside: absent")]
    pub(crate) fn maybe_text(&mut self) -> Option<Option<&'a str>> {
        Some(if self.flag()? { Some(self.text()?) } else { None })
    }

    fn digests(&mut self) -> Option<Vec<Digest>> {
        (0..self.count()?)
            .map(|_| {
                let algorithm: HashAlgorithm = self.text()?.parse().ok()?;
                Some(Digest::new(algorithm, self.text()?))
            })
            .collect()
    }

    pub(crate) fn link(&mut self) -> Option<Link> {
        Some(Link {
            url: self.text()?.into(),
            filename: self.text()?.into(),
            digests: self.digests()?,
            requires_python: self.maybe_text()?.map(Into::into),
            yanked: self.maybe_text()?.map(Into::into),
            core_metadata: if self.flag()? { Some(self.digests()?) } else { None },
            upload_time: self.maybe_text()?.map(Into::into),
            size: self.maybe_number()?,
            source: if self.flag()? { LinkSource::Index } else { LinkSource::FindLinks },
            comes_from: self.text()?.into(),
        })
    }

    pub(crate) fn rest(self) -> &'a [u8] {
        self.rest
    }
}

/// Puts a kind and a checksum before some bytes.
pub(crate) fn seal(kind: &str, payload: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(kind.len() + 17 + payload.len());
    sealed.extend_from_slice(kind.as_bytes());
    sealed.push(b'\n');
    sealed.extend_from_slice(&blake3::hash(payload).as_bytes()[..16]);
    sealed.extend_from_slice(payload);
    sealed
}

/// The bytes behind the seal, if it is of this kind and whole.
pub(crate) fn unseal<'a>(kind: &str, sealed: &'a [u8]) -> Option<&'a [u8]> {
    let rest = sealed.strip_prefix(kind.as_bytes())?.strip_prefix(b"\n")?;
    let (checksum, payload) = rest.split_at_checked(16)?;
    (blake3::hash(payload).as_bytes()[..16] == *checksum).then_some(payload)
}

/// 32 hexadecimal digits that stand for a text, as a file name.
pub(crate) fn key_of(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..32].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_come_back_and_damage_is_seen() {
        let link = Link {
            url: "https://h/a.whl".into(),
            filename: "a.whl".into(),
            digests: vec![Digest::sha256("ab")],
            requires_python: Some(">=3".into()),
            yanked: Some("".into()),
            core_metadata: Some(vec![]),
            upload_time: None,
            size: Some(u64::MAX),
            source: LinkSource::Index,
            comes_from: "https://h/".into(),
        };
        let mut writer = Writer::default();
        writer.link(&link);
        let bytes = writer.finish();
        assert_eq!(Reader::new(&bytes).link(), Some(link));
        for length in 0..bytes.len() {
            assert_eq!(Reader::new(&bytes[..length]).link(), None);
        }
        let mut sealed = seal("test 1", &bytes);
        assert_eq!(unseal("test 1", &sealed), Some(&bytes[..]));
        assert_eq!(unseal("test 2", &sealed), None);
        *sealed.last_mut().unwrap() ^= 1;
        assert_eq!(unseal("test 1", &sealed), None);
    }
}
