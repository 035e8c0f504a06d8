//! Bodies that a server has compressed, made plain as a whole: half the time of doing it piece by
//! piece, and no more memory than the page takes in the end.

use std::io::Read;

use libdeflater::{Decompressor, crc32};
use reqwest::header::{CONTENT_ENCODING, HeaderMap, HeaderValue};

use super::error::{NetError, NetErrorKind};
use super::page::{text, too_large};
use crate::archive::MOST_PER_DEFLATED_BYTE;

/// The `Accept-Encoding` of pip.
pub(super) const ACCEPTED: HeaderValue = HeaderValue::from_static("gzip, deflate");

/// A gzip file is at least this long.
const LEAST: usize = 18;

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

impl Coding {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let is = str::eq_ignore_ascii_case;
        match text(headers, CONTENT_ENCODING).unwrap_or_default().trim() {
            name if is(name, "gzip") || is(name, "x-gzip") => Self::Gzip,
            name if is(name, "deflate") => Self::Deflate,
            _ => Self::Plain,
        }
    }

    /// The plain bytes of what came from `url`, at most `limit` of them.
    pub(super) fn decode(self, body: Vec<u8>, url: &str, limit: u64) -> Result<Vec<u8>, NetError> {
        let plain = match self {
            Self::Plain => return Ok(body),
            Self::Gzip => match gunzip(&body, limit) {
                Some(plain) => return Ok(plain),
                None => streamed(flate2::read::MultiGzDecoder::new(&*body), limit),
            },
            Self::Deflate => streamed(flate2::read::ZlibDecoder::new(&*body), limit),
        };
        match plain {
            Ok(plain) if plain.len() as u64 > limit => Err(too_large(url, limit)),
            Ok(plain) => Ok(plain),
            Err(error) => Err(NetError::new(url, NetErrorKind::Body, error.to_string())),
        }
    }
}

/// A gzip file of one member, in one go. Its end says how long it becomes, which is believed only as
/// far as it is possible and allowed. `None` for everything else.
fn gunzip(body: &[u8], limit: u64) -> Option<Vec<u8>> {
    let (rest, size) = body.split_last_chunk::<4>().filter(|_| body.len() >= LEAST)?;
    let size = usize::try_from(u32::from_le_bytes(*size)).ok()?;
    let most = (body.len() as u64).saturating_mul(MOST_PER_DEFLATED_BYTE);
    if size as u64 > limit.min(most) {
        return None;
    }
    let mut plain = vec![0; size];
    let made = Decompressor::new().gzip_decompress(body, &mut plain).ok()?;
    // The end is that of the member that was read, not of another one behind it.
    let last = rest.last_chunk::<4>().is_some_and(|sum| u32::from_le_bytes(*sum) == crc32(&plain));
    (made == size && last).then_some(plain)
}

/// All of it, or one byte more than the limit.
fn streamed(decoder: impl Read, limit: u64) -> std::io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    decoder.take(limit.saturating_add(1)).read_to_end(&mut plain).map(|_| plain)
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

    /// What becomes of a body; the kind of error where nothing does.
    fn decoded(coding: Coding, body: Vec<u8>, limit: u64) -> Result<Vec<u8>, NetErrorKind> {
        coding.decode(body, "http://h/", limit).map_err(|error| error.kind)
    }

    #[test]
    fn bodies_become_what_they_were() {
        let plain = b"a page ".repeat(1000);
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(&plain).unwrap();
        assert_eq!(decoded(Coding::Gzip, gzip(&plain), 7000), Ok(plain.clone()));
        assert_eq!(decoded(Coding::Deflate, zlib.finish().unwrap(), 7000), Ok(plain.clone()));
        assert_eq!(decoded(Coding::Plain, plain.clone(), 7000), Ok(plain));
        assert_eq!(decoded(Coding::Gzip, gzip(b""), 0), Ok(Vec::new()));
    }

    #[test]
    fn members_belong_together() {
        for (one, two) in [("one", "two"), ("one", "three"), ("", "two"), ("one", "")] {
            let both = [gzip(one.as_bytes()), gzip(two.as_bytes())].concat();
            assert_eq!(decoded(Coding::Gzip, both, 10), Ok([one, two].concat().into_bytes()));
        }
    }

    #[test]
    fn sizes_that_lie_change_nothing() {
        let mut long = gzip(&[b'x'; 100]);
        let end = long.len() - 4;
        for size in [0_u32, 99, 101, u32::MAX] {
            long[end..].copy_from_slice(&size.to_le_bytes());
            let found = decoded(Coding::Gzip, long.clone(), 1 << 40);
            assert_eq!(found, Err(NetErrorKind::Body), "{size}");
        }
        let whole = gzip(&[b'x'; 100]);
        assert_eq!(decoded(Coding::Gzip, whole.clone(), 99), Err(NetErrorKind::TooLarge));
        let cut = whole[..20].to_vec();
        assert_eq!(decoded(Coding::Gzip, cut, 1000), Err(NetErrorKind::Body));
    }
}
