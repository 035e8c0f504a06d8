//! The envelope of everything the store writes: what it is, how long, and its checksum.
//!
//! | bytes | what |
//! |---|---|
//! | 0..8 | `pipaccel` |
//! | 8..16 | kind, padded with NUL |
//! | 16..24 | length of the contents, little endian |
//! | 24..56 | blake3 of the contents |
//! | 56..64 | NUL |
//! | 64.. | the contents, which are therefore aligned for rkyv in a mapped file |

/// Length of the header.
const HEADER: usize = 64;
const MAGIC: &[u8; 8] = b"pipaccel";

/// Kinds of contents; an envelope of one kind is never taken for another.
pub(crate) type Kind = &'static [u8; 8];

/// Contents in their envelope.
pub(crate) fn seal(kind: Kind, contents: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + contents.len());
    bytes.extend(MAGIC);
    bytes.extend(kind);
    bytes.extend((contents.len() as u64).to_le_bytes());
    bytes.extend(blake3::hash(contents).as_bytes());
    bytes.resize(HEADER, 0);
    bytes.extend(contents);
    bytes
}

/// The contents, or `None` if anything at all is wrong with them.
pub(crate) fn unseal(kind: Kind, bytes: &[u8]) -> Option<&[u8]> {
    let contents = body(kind, bytes)?;
    (blake3::hash(contents).as_bytes() == &bytes[24..56]).then_some(contents)
}

/// The contents of an envelope that [`unseal`] has accepted before.
pub(crate) fn body(kind: Kind, bytes: &[u8]) -> Option<&[u8]> {
    let header = bytes.get(..HEADER)?;
    let contents = &bytes[HEADER..];
    let length = u64::from_le_bytes(header[16..24].try_into().ok()?);
    let fits = header.starts_with(MAGIC) && &header[8..16] == kind;
    (fits && length == contents.len() as u64).then_some(contents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_and_every_cut_is_seen() {
        let sealed = seal(b"test\0\0\0\0", b"some contents");
        assert_eq!(unseal(b"test\0\0\0\0", &sealed), Some(&b"some contents"[..]));
        assert_eq!(unseal(b"other\0\0\0", &sealed), None);
        for at in (0..56).chain(HEADER..sealed.len()) {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert_eq!(unseal(b"test\0\0\0\0", &damaged), None, "byte {at}");
        }
        for length in 0..sealed.len() {
            assert_eq!(unseal(b"test\0\0\0\0", &sealed[..length]), None, "cut at {length}");
        }
        assert_eq!(unseal(b"test\0\0\0\0", &vec![0; sealed.len()]), None);
        let mut longer = sealed;
        longer.push(0);
        assert_eq!(unseal(b"test\0\0\0\0", &longer), None);
    }
}
