//! Bodies that a server has compressed, made plain as a whole: half the time of doing it piece by
//! piece, and no more memory than the page takes in the end.

use std::io::Read;

use libdeflater::{Decompressor, crc32};
use reqwest::header::{CONTENT_ENCODING, HeaderMap, HeaderValue};

use super::page::text;

/// The `Accept-Encoding` of pip.
pub(super) const ACCEPTED: HeaderValue = HeaderValue::from_static("gzip, deflate");

/// A gzip file is at least this long, and deflate makes at most so much of a byte.
const LEAST: usize = 18;
const MOST_PER_BYTE: usize = 1032;

/// How a body is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// Not at all, or in a way that was not asked for.
    Plain,
    /// RFC 1952.
    Gzip,
    /// RFC 1950.
    Deflate,
}

/// Why a body cannot be had.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is more than the limit.
    TooLarge,
    /// It is not what its coding makes; the reason.
    Damaged(String),
}

impl Coding {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        match text(headers, CONTENT_ENCODING).unwrap_or_default().trim() {
            name if name.eq_ignore_ascii_case("gzip") => Self::Gzip,
            name if name.eq_ignore_ascii_case("x-gzip") => Self::Gzip,
            name if name.eq_ignore_ascii_case("deflate") => Self::Deflate,
            _ => Self::Plain,
        }
    }

    /// The plain bytes, at most `limit` of them.
    pub(super) fn decode(self, body: Vec<u8>, limit: u64) -> Result<Vec<u8>, Fault> {
        match self {
            Self::Plain => Ok(body),
            Self::Gzip => match gunzip(&body, limit) {
                Some(plain) => Ok(plain),
                None => streamed(flate2::read::MultiGzDecoder::new(&*body), limit),
            },
            Self::Deflate => streamed(flate2::read::ZlibDecoder::new(&*body), limit),
        }
    }
}

/// A gzip file of one member, in one go. Its end says how long it becomes, which is believed only as
/// far as it is possible and allowed. `None` for everything else.
fn gunzip(body: &[u8], limit: u64) -> Option<Vec<u8>> {
    let (rest, size) = body.split_last_chunk::<4>().filter(|_| body.len() >= LEAST)?;
    let size = usize::try_from(u32::from_le_bytes(*size)).ok()?;
    if size as u64 > limit || size > body.len().saturating_mul(MOST_PER_BYTE) {
        return None;
    }
    let mut plain = vec![0; size];
    let made = Decompressor::new().gzip_decompress(body, &mut plain).ok()?;
    // The end is that of the member that was read, not of another one behind it.
    let last = rest.last_chunk::<4>().is_some_and(|sum| u32::from_le_bytes(*sum) == crc32(&plain));
    (made == size && last).then_some(plain)
}

fn streamed(decoder: impl Read, limit: u64) -> Result<Vec<u8>, Fault> {
    let mut plain = Vec::new();
    decoder
        .take(limit.saturating_add(1))
        .read_to_end(&mut plain)
        .map_err(|error| Fault::Damaged(error.to_string()))?;
    if plain.len() as u64 > limit { Err(Fault::TooLarge) } else { Ok(plain) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};

    use super::*;

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn bodies_become_what_they_were() {
        let plain = b"a page ".repeat(1000);
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(&plain).unwrap();
        assert_eq!(Coding::Gzip.decode(gzip(&plain), 7000), Ok(plain.clone()));
        assert_eq!(Coding::Deflate.decode(zlib.finish().unwrap(), 7000), Ok(plain.clone()));
        assert_eq!(Coding::Plain.decode(plain.clone(), 7000), Ok(plain));
        assert_eq!(Coding::Gzip.decode(gzip(b""), 0), Ok(Vec::new()));
    }

    #[test]
    fn members_belong_together() {
        for (one, two) in [("one", "two"), ("one", "three"), ("", "two"), ("one", "")] {
            let both = [gzip(one.as_bytes()), gzip(two.as_bytes())].concat();
            assert_eq!(Coding::Gzip.decode(both, 10), Ok([one, two].concat().into_bytes()));
        }
    }

    #[test]
    fn sizes_that_lie_change_nothing() {
        let mut long = gzip(&[b'x'; 100]);
        let end = long.len() - 4;
        for size in [0_u32, 99, 101, u32::MAX] {
            long[end..].copy_from_slice(&size.to_le_bytes());
            let found = Coding::Gzip.decode(long.clone(), 1 << 40);
            assert!(matches!(found, Err(Fault::Damaged(_))), "{size}: {found:?}");
        }
        assert_eq!(Coding::Gzip.decode(gzip(&[b'x'; 100]), 99), Err(Fault::TooLarge));
        let cut = gzip(&[b'x'; 100])[..20].to_vec();
        assert!(matches!(Coding::Gzip.decode(cut, 1000), Err(Fault::Damaged(_))));
    }
}
