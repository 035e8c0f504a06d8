//! METADATA out of a wheel on a server, by a few requests for parts of it: the end of the file
//! with the central directory, what is missing of that, then the one entry.
//!
//! The entry is put into a small archive of its own and read by the reader of all archives, so
//! that nothing here unpacks anything. Whatever is odd, the answer is `None`, and the whole file
//! will tell.

use std::path::Path;

use accel_io::archive::zip::{ZipLimits, ZipReader};
use accel_io::fs;
use accel_io::net::{Network, Part, Span};
use accel_types::link::Link;

use crate::metadata::metadata_entry;

/// Enough for the central directory of most wheels, and for the whole of many.
const TAIL: u64 = 64 << 10;

/// The largest central directory and the largest METADATA that are read in this way.
const LIMIT: u64 = 16 << 20;

/// Room for the extra fields of a local header, whose length only the header itself tells.
const SLACK: u64 = 256;

/// Lengths of the fixed parts.
const END: usize = 22;
const CENTRAL: usize = 46;
const LOCAL: usize = 30;

/// The METADATA of a remote wheel, and the size of the wheel.
pub(crate) fn metadata(network: &Network, link: &Link, scratch: &Path) -> Option<(Vec<u8>, u64)> {
    let tail = network.fetch_range(&link.url, Span::Last(TAIL)).ok()?;
    let total = tail.total;
    let mut remote = Remote { network, url: &link.url, tail };
    let (start, end) = directory(&remote.tail)?;
    let directory = remote.bytes(start, end)?;
    let entries = entries(&directory)?;
    let names = entries.iter().map(|entry| entry.name);
    let name = metadata_entry(names, &link.filename)?;
    let mut found = entries.iter().filter(|entry| entry.name == name);
    let (Some(entry), None) = (found.next(), found.next()) else { return None };
    let data = remote.data(entry, start)?;
    let scratch = fs::Scratch::with_prefix(scratch, "metadata-").ok()?;
    let path = scratch.path().join("metadata.zip");
    fs::write(&path, single(entry, &data)).ok()?;
    let archive = ZipReader::open(&path, &ZipLimits::default()).ok()?;
    let text = archive.read(archive.find(&name)?).ok()?;
    Some((text, total))
}

/// A file on a server whose end is known.
struct Remote<'a> {
    network: &'a Network,
    url: &'a str,
    tail: Part,
}

impl Remote<'_> {
    /// Bytes from anywhere; asked for unless they are in the part that is known.
    fn bytes(&mut self, from: u64, to: u64) -> Option<Vec<u8>> {
        if from > to || to > self.tail.total || to - from > LIMIT {
            return None;
        }
        if from < self.tail.start {
            let end = to.min(self.tail.start);
            let part = self.network.fetch_range(self.url, Span::FromTo(from, end)).ok()?;
            let whole = part.bytes.len() as u64 == end - from;
            let same = part.total == self.tail.total && part.validators == self.tail.validators;
            if !whole || !same {
                return None;
            }
            let mut bytes = part.bytes;
            if to > end {
                bytes.extend_from_slice(self.tail.bytes.get(..usize::try_from(to - end).ok()?)?);
            }
            return Some(bytes);
        }
        let start = usize::try_from(from - self.tail.start).ok()?;
        let end = usize::try_from(to - self.tail.start).ok()?;
        self.tail.bytes.get(start..end).map(<[u8]>::to_vec)
    }

    /// The compressed bytes of an entry, behind its local header.
    fn data(&mut self, entry: &Entry<'_>, directory: u64) -> Option<Vec<u8>> {
        let header = (LOCAL + entry.name.len()) as u64;
        let guess = (entry.offset + header + SLACK + entry.packed).min(directory);
        let mut bytes = self.bytes(entry.offset, guess)?;
        let local = bytes.get(..LOCAL)?;
        let named = bytes.get(LOCAL..LOCAL + entry.name.len())? == entry.name.as_bytes();
        if local.get(..4)? != b"PK\x03\x04" || short(local, 26)? != entry.name.len() || !named {
            return None;
        }
        let start = LOCAL + entry.name.len() + short(local, 28)?;
        let end = start + usize::try_from(entry.packed).ok()?;
        if end > bytes.len() {
            let more = self.bytes(guess, entry.offset + end as u64)?;
            bytes.extend_from_slice(&more);
        }
        bytes.get(start..end).map(<[u8]>::to_vec)
    }
}

/// One file by the central directory.
struct Entry<'a> {
    name: &'a str,
    /// Method, time, date, checksum, sizes: bytes 10 to 28 of its record.
    facts: &'a [u8],
    flags: u16,
    packed: u64,
    offset: u64,
}

fn short(bytes: &[u8], at: usize) -> Option<usize> {
    let two = bytes.get(at..at + 2)?;
    Some(usize::from(u16::from_le_bytes([two[0], two[1]])))
}

fn long(bytes: &[u8], at: usize) -> Option<u64> {
    let four = bytes.get(at..at + 4)?;
    Some(u64::from(u32::from_le_bytes([four[0], four[1], four[2], four[3]])))
}

/// Where the central directory is; none for archives that need 64 bits.
fn directory(tail: &Part) -> Option<(u64, u64)> {
    let latest = tail.bytes.len().checked_sub(END)?;
    let at = (0..=latest).rev().find(|at| {
        tail.bytes[*at..].starts_with(b"PK\x05\x06")
            && short(&tail.bytes[*at..], 20) == Some(latest - at)
    })?;
    let end = &tail.bytes[at..];
    let (size, start) = (long(end, 12)?, long(end, 16)?);
    let whole = start + size == tail.start + at as u64;
    (whole && short(end, 10)? != 0xffff && start != 0xffff_ffff).then_some((start, start + size))
}

fn entries(mut directory: &[u8]) -> Option<Vec<Entry<'_>>> {
    let mut entries = Vec::new();
    while !directory.is_empty() {
        if directory.get(..4)? != b"PK\x01\x02" {
            return None;
        }
        let name = short(directory, 28)?;
        let length = CENTRAL + name + short(directory, 30)? + short(directory, 32)?;
        let (record, rest) = directory.split_at_checked(length)?;
        directory = rest;
        // A name that is not UTF-8 is not the one we look for, but it must not vanish either.
        let name = std::str::from_utf8(&record[CENTRAL..CENTRAL + name]).unwrap_or("?");
        entries.push(Entry {
            name,
            facts: &record[10..28],
            flags: u16::from_le_bytes([record[8], record[9]]),
            packed: long(record, 20)?,
            offset: long(record, 42)?,
        });
    }
    Some(entries)
}

/// An archive with this entry alone.
fn single(entry: &Entry<'_>, data: &[u8]) -> Vec<u8> {
    let name = entry.name.as_bytes();
    let length = u16::try_from(name.len()).unwrap_or(u16::MAX).to_le_bytes();
    // Sizes are known: there is no data descriptor.
    let flags = (entry.flags & !8).to_le_bytes();
    let mut zip = Vec::with_capacity(data.len() + 2 * name.len() + LOCAL + CENTRAL + END);
    zip.extend_from_slice(b"PK\x03\x04\x14\0");
    zip.extend_from_slice(&flags);
    zip.extend_from_slice(entry.facts);
    zip.extend_from_slice(&length);
    zip.extend_from_slice(&[0; 2]);
    zip.extend_from_slice(name);
    zip.extend_from_slice(data);
    let directory = u32::try_from(zip.len()).unwrap_or(u32::MAX);
    zip.extend_from_slice(b"PK\x01\x02\x14\x03\x14\0");
    zip.extend_from_slice(&flags);
    zip.extend_from_slice(entry.facts);
    zip.extend_from_slice(&length);
    zip.extend_from_slice(&[0; 16]);
    zip.extend_from_slice(name);
    let size = u32::try_from(zip.len()).unwrap_or(u32::MAX) - directory;
    zip.extend_from_slice(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    zip.extend_from_slice(&size.to_le_bytes());
    zip.extend_from_slice(&directory.to_le_bytes());
    zip.extend_from_slice(&[0; 2]);
    zip
}
