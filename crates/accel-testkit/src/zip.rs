//! A zip writer for tests: deterministic, and able to lie in every field.

use std::io::Write;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// 2020-01-01 00:00:00 as MS-DOS has it.
const DATE: u16 = (40 << 9) | (1 << 5) | 1;

/// One entry. What is public may be changed to something that is not true.
#[derive(Clone, Debug)]
pub struct ZipMember {
    /// Name in the central directory.
    pub name: Vec<u8>,
    /// Name in the local header; the same one if `None`.
    pub local_name: Option<Vec<u8>>,
    /// Compression method in the central directory.
    pub method: u16,
    /// Compression method in the local header; the same one if `None`.
    pub local_method: Option<u16>,
    /// General purpose flags; bit 11 (UTF-8) is set by default.
    pub flags: u16,
    /// Flags in the local header; the same ones if `None`.
    pub local_flags: Option<u16>,
    /// CRC-32, compressed and unpacked size in the local header; the same ones if `None`.
    pub local_sizes: Option<[u32; 3]>,
    /// Extra field of the local header.
    pub local_extra: Vec<u8>,
    /// Bytes behind the data: a data descriptor, or something that only some readers see.
    pub behind: Vec<u8>,
    /// Unix mode, file type included.
    pub mode: u32,
    /// CRC-32 of the contents.
    pub crc32: u32,
    /// Unpacked size.
    pub size: u32,
    /// The bytes in the archive.
    pub compressed: Vec<u8>,
    /// Extra field of the central directory.
    pub extra: Vec<u8>,
    /// Use this local header's offset instead of writing a header and data of its own.
    pub offset: Option<u32>,
}

impl ZipMember {
    /// A deflated file with mode 0644.
    pub fn new(name: impl AsRef<[u8]>, contents: impl AsRef<[u8]>) -> Self {
        let contents = contents.as_ref();
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(contents).expect("a vector takes all bytes");
        let compressed = encoder.finish().expect("a vector takes all bytes");
        Self { method: 8, compressed, ..Self::stored(name, contents) }
    }

    /// A stored file with mode 0644.
    pub fn stored(name: impl AsRef<[u8]>, contents: impl AsRef<[u8]>) -> Self {
        let contents = contents.as_ref();
        let mut crc = Crc::new();
        crc.update(contents);
        Self {
            name: name.as_ref().to_vec(),
            local_name: None,
            method: 0,
            local_method: None,
            flags: 0x800,
            local_flags: None,
            local_sizes: None,
            local_extra: Vec::new(),
            behind: Vec::new(),
            mode: 0o100_644,
            crc32: crc.sum(),
            size: u32::try_from(contents.len()).expect("test files are small"),
            compressed: contents.to_vec(),
            extra: Vec::new(),
            offset: None,
        }
    }

    /// The same with another Unix mode.
    #[must_use]
    pub fn with_mode(mut self, mode: u32) -> Self {
        self.mode = mode;
        self
    }

    /// CRC-32, compressed and unpacked size.
    pub fn sizes(&self) -> [u32; 3] {
        [self.crc32, long(self.compressed.len()), self.size]
    }

    /// Local header with name, extra field, data, and what follows.
    pub fn local(&self) -> Vec<u8> {
        let name = self.local_name.as_ref().unwrap_or(&self.name);
        let mut bytes = b"PK\x03\x04".to_vec();
        bytes.extend(header(
            self.local_flags.unwrap_or(self.flags),
            self.local_method.unwrap_or(self.method),
            self.local_sizes.unwrap_or_else(|| self.sizes()),
            name.len(),
            self.local_extra.len(),
        ));
        for part in [name, &self.local_extra, &self.compressed, &self.behind] {
            bytes.extend(part);
        }
        bytes
    }

    /// Central header for a local header at `offset`.
    pub fn central(&self, offset: u32) -> Vec<u8> {
        let mut bytes = b"PK\x01\x02".to_vec();
        bytes.extend((0x0314_u16).to_le_bytes()); // made on Unix
        bytes.extend(header(
            self.flags,
            self.method,
            self.sizes(),
            self.name.len(),
            self.extra.len(),
        ));
        bytes.extend([0; 6]); // comment, disk, internal attributes
        bytes.extend((self.mode << 16).to_le_bytes());
        bytes.extend(offset.to_le_bytes());
        bytes.extend(&self.name);
        bytes.extend(&self.extra);
        bytes
    }
}

/// What local and central headers have in common.
fn header(flags: u16, method: u16, sizes: [u32; 3], name: usize, extra: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for short in [20, flags, method, 0, DATE] {
        bytes.extend(short.to_le_bytes());
    }
    for long in sizes {
        bytes.extend(long.to_le_bytes());
    }
    bytes.extend(short(name));
    bytes.extend(short(extra));
    bytes
}

/// Collects entries and writes them one after the other.
#[derive(Clone, Debug, Default)]
pub struct ZipMaker {
    /// The entries in order.
    pub members: Vec<ZipMember>,
    /// Bytes before the first entry.
    pub prefix: Vec<u8>,
    /// Bytes between the last entry's data and the central directory.
    pub gap: Vec<u8>,
    /// Comment of the archive.
    pub comment: Vec<u8>,
    /// Bytes behind everything.
    pub trailing: Vec<u8>,
}

impl ZipMaker {
    /// An archive of these entries.
    pub fn new(members: impl IntoIterator<Item = ZipMember>) -> Self {
        Self { members: members.into_iter().collect(), ..Self::default() }
    }

    /// The archive's bytes. Offsets are those in the whole file, the prefix included.
    pub fn build(&self) -> Vec<u8> {
        let mut bytes = self.prefix.clone();
        let mut directory = Vec::new();
        for member in &self.members {
            let offset = member.offset.unwrap_or_else(|| long(bytes.len()));
            if member.offset.is_none() {
                bytes.extend(member.local());
            }
            directory.extend(member.central(offset));
        }
        bytes.extend(&self.gap);
        let start = bytes.len();
        bytes.extend(&directory);
        bytes.extend(b"PK\x05\x06\0\0\0\0");
        bytes.extend(short(self.members.len()));
        bytes.extend(short(self.members.len()));
        bytes.extend(long(directory.len()).to_le_bytes());
        bytes.extend(long(start).to_le_bytes());
        bytes.extend(short(self.comment.len()));
        bytes.extend(&self.comment);
        bytes.extend(&self.trailing);
        bytes
    }
}

/// An entry of so many megabytes of zeros, which takes about a thousandth of that.
pub fn zeros(megabytes: u32) -> ZipMember {
    let mut whole = Crc::new();
    let mut piece = Crc::new();
    piece.update(&vec![0; 1 << 20]);
    (0..megabytes).for_each(|_| whole.combine(&piece));
    ZipMember {
        method: 8,
        compressed: deflated_zeros(megabytes),
        crc32: whole.sum(),
        size: megabytes << 20,
        ..ZipMember::stored("zeros.bin", "")
    }
}

/// A gzip file; the same bytes for the same contents.
pub fn gzip(contents: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::GzBuilder::new().mtime(0).write(Vec::new(), Compression::fast());
    gzip.write_all(contents).expect("a vector takes all bytes");
    gzip.finish().expect("a vector takes all bytes")
}

/// A gzip member of so many megabytes of zeros.
pub fn gzip_zeros(megabytes: u32) -> Vec<u8> {
    let entry = zeros(megabytes);
    let mut bytes = b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec();
    bytes.extend(entry.compressed);
    bytes.extend(entry.crc32.to_le_bytes());
    bytes.extend(entry.size.to_le_bytes());
    bytes
}

/// The same megabyte again and again: each ends at a byte's edge, so that they may follow each other.
fn deflated_zeros(megabytes: u32) -> Vec<u8> {
    let mut deflate = flate2::Compress::new(Compression::best(), false);
    let mut piece = Vec::with_capacity(1 << 16);
    let done = deflate.compress_vec(&vec![0; 1 << 20], &mut piece, flate2::FlushCompress::Full);
    done.expect("zeros can be deflated");
    let mut bytes = piece.repeat(usize::try_from(megabytes).expect("a few thousand"));
    // An empty last block.
    bytes.extend([3, 0]);
    bytes
}

fn short(length: usize) -> [u8; 2] {
    u16::try_from(length).expect("test archives are small").to_le_bytes()
}

fn long(length: usize) -> u32 {
    u32::try_from(length).expect("test archives are small")
}
