//! Digests of files, computed while their bytes pass by.

use accel_types::HashAlgorithm;
use md5::Md5;
use sha1::Sha1;
use sha2::digest::DynDigest;
use sha2::{Sha224, Sha256, Sha384, Sha512};

fn start(algorithm: HashAlgorithm) -> Box<dyn DynDigest + Send> {
    match algorithm {
        HashAlgorithm::Md5 => Box::new(Md5::default()),
        HashAlgorithm::Sha1 => Box::new(Sha1::default()),
        HashAlgorithm::Sha224 => Box::new(Sha224::default()),
        HashAlgorithm::Sha256 => Box::new(Sha256::default()),
        HashAlgorithm::Sha384 => Box::new(Sha384::default()),
        HashAlgorithm::Sha512 => Box::new(Sha512::default()),
    }
}

/// What a run over some bytes gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digests {
    /// Number of bytes.
    pub size: u64,
    /// sha256 in lower case hexadecimal.
    pub sha256: String,
    /// The other digests that were asked for, in lower case hexadecimal.
    pub others: Vec<(HashAlgorithm, String)>,
}

impl Digests {
    /// The digest by this algorithm, if it was computed.
    pub fn get(&self, algorithm: HashAlgorithm) -> Option<&str> {
        if algorithm == HashAlgorithm::Sha256 {
            return Some(&self.sha256);
        }
        self.others.iter().find(|(found, _)| *found == algorithm).map(|(_, hex)| hex.as_str())
    }
}

/// Computes sha256, and others on request, over bytes that are handed in piece by piece.
pub struct Digester {
    size: u64,
    sha256: Sha256,
    others: Vec<(HashAlgorithm, Box<dyn DynDigest + Send>)>,
}

impl Digester {
    /// sha256 is always computed; naming it or another one twice costs nothing.
    pub fn new(others: &[HashAlgorithm]) -> Self {
        let mut algorithms: Vec<_> =
            others.iter().copied().filter(|one| *one != HashAlgorithm::Sha256).collect();
        algorithms.sort_unstable();
        algorithms.dedup();
        let others = algorithms.into_iter().map(|one| (one, start(one))).collect();
        Self { size: 0, sha256: Sha256::default(), others }
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        sha2::Digest::update(&mut self.sha256, bytes);
        for (_, digest) in &mut self.others {
            digest.update(bytes);
        }
    }

    /// The digests of all bytes taken.
    pub fn finish(self) -> Digests {
        let others = self.others.into_iter().map(|(one, digest)| (one, hex(&digest.finalize())));
        Digests {
            size: self.size,
            sha256: hex(&sha2::Digest::finalize(self.sha256)),
            others: others.collect(),
        }
    }
}

/// Lower case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// The bytes of hexadecimal digits, if they are some.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    text.as_bytes().chunks(2).map(byte).collect()
}
