//! Contents that say what they are, who vouches for them, and where they come from.
//!
//! Three lines of text and then the contents:
//!
//! ```text
//! pip-accel object 1
//! {"kind":"built","key":"…","sha256":"…","size":123,"made":1790000000,"by":"pip-accel 0.1.0",…}
//! ed25519 0123456789ab BASE64
//! ```
//!
//! The signature is of the second line, and the second line has the digest of the contents.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use accel_io::digest::Digester;
use serde::{Deserialize, Serialize};

use super::trust::{Keyring, Verdict};

const MAGIC: &str = "pip-accel object 1";

/// The first three lines are no longer.
const LONGEST: usize = 64 << 10;

/// Where contents come from, for people: names and values.
pub type Provenance = BTreeMap<String, String>;

/// Why an object was not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is no envelope, or not a whole one.
    Damaged,
    /// It is the envelope of something else.
    Foreign,
    /// The contents are not what was signed, or what an index vouches for.
    Digest,
    /// Nobody has signed it.
    Unsigned,
    /// Somebody has signed it whose key is not known here.
    UnknownKey,
    /// The signature is wrong.
    Forged,
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Damaged => "it is damaged",
            Self::Foreign => "it is another object under this name",
            Self::Digest => "its digest is wrong",
            Self::Unsigned => "it is not signed",
            Self::UnknownKey => "it is signed with a key that is not known here",
            Self::Forged => "its signature is wrong",
        })
    }
}

#[derive(Serialize, Deserialize)]
struct Header {
    kind: String,
    key: String,
    sha256: String,
    size: u64,
    made: u64,
    by: String,
    #[serde(default)]
    provenance: Provenance,
}

/// Contents in their envelope.
pub(super) fn seal(
    kind: &str,
    key: &str,
    contents: &[u8],
    provenance: &Provenance,
    keyring: &Keyring,
) -> Vec<u8> {
    let header = Header {
        kind: kind.to_owned(),
        key: key.to_owned(),
        sha256: sha256(contents),
        size: contents.len() as u64,
        made: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs(),
        by: concat!("pip-accel ", env!("CARGO_PKG_VERSION")).to_owned(),
        provenance: provenance.clone(),
    };
    // Texts and numbers always have a JSON form.
    let header = serde_json::to_string(&header).unwrap_or_default();
    let signature = keyring.sign(header.as_bytes());
    let mut bytes = format!("{MAGIC}\n{header}\n{signature}\n").into_bytes();
    bytes.extend_from_slice(contents);
    bytes
}

/// The contents, if they are what was asked for and somebody known vouches for them.
pub(super) fn open(
    kind: &str,
    key: &str,
    mut bytes: Vec<u8>,
    keyring: &Keyring,
) -> Result<(Vec<u8>, Provenance), Refusal> {
    let mut lines = bytes[..bytes.len().min(LONGEST)].split(|byte| *byte == b'\n');
    let (Some(magic), Some(line), Some(signature), Some(_)) =
        (lines.next(), lines.next(), lines.next(), lines.next())
    else {
        return Err(Refusal::Damaged);
    };
    if magic != MAGIC.as_bytes() {
        return Err(Refusal::Damaged);
    }
    let signature = std::str::from_utf8(signature).map_err(|_| Refusal::Damaged)?;
    match keyring.verify(line, signature) {
        Verdict::Good => {}
        Verdict::Unsigned => return Err(Refusal::Unsigned),
        Verdict::UnknownKey => return Err(Refusal::UnknownKey),
        Verdict::Forged => return Err(Refusal::Forged),
    }
    let header: Header = serde_json::from_slice(line).map_err(|_| Refusal::Damaged)?;
    if header.kind != kind || header.key != key {
        return Err(Refusal::Foreign);
    }
    let start = magic.len() + line.len() + signature.len() + 3;
    let contents = bytes.split_off(start);
    if contents.len() as u64 != header.size {
        return Err(Refusal::Damaged);
    }
    if sha256(&contents) != header.sha256 {
        return Err(Refusal::Digest);
    }
    Ok((contents, header.provenance))
}

fn sha256(bytes: &[u8]) -> String {
    let mut digester = Digester::new(&[]);
    digester.update(bytes);
    digester.finish().sha256
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyring(text: &str) -> Keyring {
        Keyring::new(&[text.to_owned()], false).unwrap()
    }

    #[test]
    fn every_cut_and_every_flipped_bit_is_refused() {
        let ours = keyring("a secret of many letters");
        let provenance = Provenance::from([("source".to_owned(), "six-1.0.tar.gz".to_owned())]);
        let sealed = seal("built", "aa", b"some contents", &provenance, &ours);
        let (contents, told) = open("built", "aa", sealed.clone(), &ours).unwrap();
        assert_eq!((contents.as_slice(), &told), (&b"some contents"[..], &provenance));
        for length in 0..sealed.len() {
            assert!(
                open("built", "aa", sealed[..length].to_vec(), &ours).is_err(),
                "cut at {length}"
            );
        }
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(open("built", "aa", changed, &ours).is_err(), "byte {at}");
        }
        let mut longer = sealed;
        longer.push(0);
        assert_eq!(open("built", "aa", longer, &ours).unwrap_err(), Refusal::Damaged);
    }

    #[test]
    fn an_object_is_not_taken_for_another_one() {
        let ours = keyring("a secret of many letters");
        let sealed = seal("built", "aa", b"contents", &Provenance::new(), &ours);
        assert_eq!(open("built", "ab", sealed.clone(), &ours).unwrap_err(), Refusal::Foreign);
        assert_eq!(open("bytecode", "aa", sealed.clone(), &ours).unwrap_err(), Refusal::Foreign);
        let other = keyring("another secret of many letters");
        assert_eq!(open("built", "aa", sealed, &other).unwrap_err(), Refusal::UnknownKey);
    }
}
