//! From an entry's raw bytes to its contents, checked against size and CRC-32.

use std::io::Read;

use libdeflater::{Crc, Decompressor};

use super::{ZipEntry, ZipFault};
use crate::archive::MOST_PER_DEFLATED_BYTE;

/// Files up to this size are unpacked into memory in one go, which is nearly twice as fast as
/// piece by piece; each core may have room for one of them, and keeps it.
pub(super) const WHOLE: u64 = 16 << 20;
/// The room for an entry that a thread begins with.
const LEAST: usize = 64 << 10;
/// How much of a bigger file is in memory at once.
const PIECE: usize = 1 << 20;
/// Largest dictionary of an LZMA entry; Python's and every archiver's own are at most 64 MiB.
const LZMA_DICTIONARY: u32 = 256 << 20;

/// The compression methods of Python's `zipfile` before 3.14.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Stored,
    Deflate,
    Bzip2,
    Lzma,
}

impl Method {
    pub(super) fn from_number(number: u16) -> Result<Self, ZipFault> {
        Ok(match number {
            0 => Self::Stored,
            8 => Self::Deflate,
            12 => Self::Bzip2,
            14 => Self::Lzma,
            other => return Err(ZipFault::Method(other)),
        })
    }

    /// Whether `compressed` bytes can become `size` bytes at all.
    pub(super) fn can_make(self, size: u64, compressed: u64) -> bool {
        let most_per_byte = match self {
            Self::Stored => return size == compressed,
            Self::Deflate => MOST_PER_DEFLATED_BYTE,
            // Runs of 255 become five bytes, and a block of 900 kB of them some 40.
            Self::Bzip2 => 2_000_000,
            // A match of 273 bytes costs a few hundredths of a bit at best.
            Self::Lzma => 20_000,
        };
        size <= compressed.saturating_mul(most_per_byte).saturating_add(1024)
    }
}

/// What is worth keeping between entries on one thread.
#[derive(Default)]
pub(super) struct Unpacker {
    inflate: Option<Decompressor>,
    /// Room for the contents of one entry.
    room: Vec<u8>,
}

impl Unpacker {
    /// The whole contents; stored ones are not even copied.
    pub(super) fn whole<'a>(
        &'a mut self,
        entry: &ZipEntry,
        raw: &'a [u8],
    ) -> Result<&'a [u8], ZipFault> {
        let bytes = match entry.method {
            Method::Stored => raw,
            Method::Deflate if entry.size <= WHOLE => self.inflate(entry, raw)?,
            _ => {
                self.room.clear();
                stream(entry, raw, &mut |piece| {
                    self.room.extend_from_slice(piece);
                    Ok(())
                })?;
                return Ok(&self.room);
            }
        };
        if libdeflater::crc32(bytes) != entry.crc32 {
            return Err(ZipFault::Damaged("wrong checksum"));
        }
        Ok(bytes)
    }

    fn inflate(&mut self, entry: &ZipEntry, raw: &[u8]) -> Result<&[u8], ZipFault> {
        let size = usize::try_from(entry.size).map_err(|_| ZipFault::Damaged("wrong size"))?;
        if self.room.len() < size {
            self.room = vec![0; size.max(LEAST)];
        }
        let room = &mut self.room[..size];
        let made = self
            .inflate
            .get_or_insert_with(Decompressor::new)
            .deflate_decompress(raw, room)
            .map_err(|_| ZipFault::Damaged("not what deflate makes, or another size"))?;
        if made != size {
            return Err(ZipFault::Damaged("shorter than its size"));
        }
        Ok(room)
    }
}

/// Hands out the contents piece by piece, and fails at the end if they were not the right ones.
///
/// The outer error is a fault of the archive; an error of the receiver ends it too and is for the
/// receiver to remember.
pub(super) fn stream(
    entry: &ZipEntry,
    raw: &[u8],
    receive: &mut dyn FnMut(&[u8]) -> Result<(), ZipFault>,
) -> Result<(), ZipFault> {
    let mut reader: Box<dyn Read + '_> = match entry.method {
        Method::Stored => Box::new(raw),
        Method::Deflate => Box::new(flate2::read::DeflateDecoder::new(raw)),
        Method::Bzip2 => Box::new(bzip2::read::BzDecoder::new(raw)),
        Method::Lzma => Box::new(lzma(raw)?.take(entry.size)),
    };
    let mut crc = Crc::new();
    let mut made = 0_u64;
    let mut buffer = vec![0; PIECE.min(usize::try_from(entry.size).unwrap_or(PIECE).max(1))];
    loop {
        let count = reader
            .read(&mut buffer)
            .map_err(|_| ZipFault::Damaged("not what its compression method makes"))?;
        if count == 0 {
            break;
        }
        made += count as u64;
        if made > entry.size {
            return Err(ZipFault::Damaged("longer than its size"));
        }
        crc.update(&buffer[..count]);
        receive(&buffer[..count])?;
    }
    if made != entry.size {
        return Err(ZipFault::Damaged("shorter than its size"));
    }
    if crc.sum() != entry.crc32 {
        return Err(ZipFault::Damaged("wrong checksum"));
    }
    Ok(())
}

/// LZMA in a zip: two bytes of version, two of length, the properties, then the raw stream.
fn lzma(raw: &[u8]) -> Result<impl Read + '_, ZipFault> {
    const FAULT: ZipFault = ZipFault::Damaged("not what lzma makes");
    let length =
        usize::from(u16::from_le_bytes([*raw.get(2).ok_or(FAULT)?, *raw.get(3).ok_or(FAULT)?]));
    let properties = raw.get(4..4 + length).ok_or(FAULT)?;
    let dictionary: [u8; 4] =
        properties.get(1..5).and_then(|bytes| bytes.try_into().ok()).ok_or(FAULT)?;
    if u32::from_le_bytes(dictionary) > LZMA_DICTIONARY {
        return Err(ZipFault::Limit("lzma dictionary".to_owned()));
    }
    let mut filters = liblzma::stream::Filters::new();
    filters.lzma1_properties(properties).map_err(|_| FAULT)?;
    let stream = liblzma::stream::Stream::new_raw_decoder(&filters).map_err(|_| FAULT)?;
    Ok(liblzma::read::XzDecoder::new_stream(&raw[4 + length..], stream))
}
