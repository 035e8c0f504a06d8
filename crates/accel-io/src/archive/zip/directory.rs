//! The central directory, checked against the local headers and against Python's reading of it.

use std::collections::HashSet;
use std::io::Cursor;
use std::ops::Range;

use super::content::Method;
use super::{ZipEntry, ZipFault, ZipLimits, names};

/// Fixed part of a central header.
const CENTRAL: usize = 46;
/// Fixed part of a local header.
const LOCAL: usize = 30;
/// End record without its comment.
const END: usize = 22;
/// ZIP64 end record.
const END64: usize = 56;
/// ZIP64 locator, directly before the end record.
const LOCATOR64: usize = 20;

/// Encrypted, or strongly encrypted.
const ENCRYPTED: u16 = 0x41;
/// A patch to another file; Python refuses it.
const PATCH: u16 = 0x20;
/// The name is UTF-8.
const UTF8: u16 = 0x800;

/// What is wrong, and with which entry if it is one.
type Refusal = (Option<String>, ZipFault);

/// All entries in the order of the directory.
pub(super) fn read(bytes: &[u8], limits: &ZipLimits) -> Result<Vec<ZipEntry>, Refusal> {
    let directory = directory_range(bytes)
        .ok_or_else(|| (None, ZipFault::NotAZip("no end of central directory".to_owned())))?;
    let archive = zip::ZipArchive::new(Cursor::new(bytes))
        .map_err(|error| (None, ZipFault::NotAZip(error.to_string())))?;
    if archive.has_duplicate_names() {
        return Err((None, ZipFault::Duplicate));
    }
    if archive.len() > limits.entries {
        return Err((None, ZipFault::Limit(format!("{} entries", archive.len()))));
    }
    let start = usize::try_from(archive.central_directory_start()).unwrap_or(usize::MAX);
    if start != directory.start {
        return Err((None, ZipFault::Directory));
    }

    let mut entries = Vec::with_capacity(archive.len());
    let mut ranges = Vec::with_capacity(archive.len());
    let mut directory_bytes = 0;
    for at in 0..archive.len() {
        let found = archive
            .by_index_data(at)
            .map_err(|error| (None, ZipFault::NotAZip(error.to_string())))?;
        let described = || Some(String::from_utf8_lossy(found.name_raw()).into_owned());
        let central = central_header(bytes, &directory, found.central_header_start())
            .map_err(|fault| (described(), fault))?;
        directory_bytes += central.length;
        if central.name != found.name_raw() {
            // An extra field that renames the entry for some readers only.
            return Err((described(), ZipFault::Header("name")));
        }
        let name = if central.flags & UTF8 == 0 {
            found.name().ok().map(std::borrow::Cow::into_owned)
        } else {
            std::str::from_utf8(central.name).ok().map(str::to_owned)
        };
        let Some(name) = name else {
            return Err((described(), ZipFault::Name("is not UTF-8")));
        };
        let refused = |fault| (Some(name.clone()), fault);
        let (whole, data) =
            local_header(bytes, &central, found.header_start(), found.compressed_size())
                .map_err(refused)?;
        if whole.end > directory.start {
            return Err(refused(ZipFault::Overlap));
        }
        let method = Method::from_number(central.method).map_err(refused)?;
        let size = found.size();
        if size > limits.file_size || !method.can_make(size, data.len() as u64) {
            return Err(refused(ZipFault::Limit(format!("{size} bytes out of {}", data.len()))));
        }
        ranges.push((whole, at));
        entries.push(ZipEntry {
            path: names::normalised(&name).map_err(refused)?,
            directory: name.ends_with('/'),
            size,
            crc32: found.crc32(),
            mode: central.attributes >> 16,
            method,
            data,
            name,
        });
    }
    if directory_bytes != directory.len() {
        return Err((None, ZipFault::Directory));
    }
    no_overlaps(ranges, &entries)?;
    no_clashes(&entries)?;
    total_size(&entries, bytes.len(), limits)?;
    Ok(entries)
}

/// Where Python's `zipfile` finds the central directory: it ends where the end record (or its
/// ZIP64 twin) begins, and its length stands in there.
fn directory_range(bytes: &[u8]) -> Option<Range<usize>> {
    let end = end_record(bytes)?;
    let mut finish = end;
    let mut length = u64::from(u32_at(bytes, end + 12)?);
    if let Some(locator) = end.checked_sub(LOCATOR64)
        && bytes[locator..].starts_with(b"PK\x06\x07")
        && let Some(end64) = locator.checked_sub(END64)
        && bytes[end64..].starts_with(b"PK\x06\x06")
    {
        finish = end64;
        length = u64_at(bytes, end64 + 40)?;
    }
    let start = finish.checked_sub(usize::try_from(length).ok()?)?;
    Some(start..finish)
}

/// An end record without comment at the very end, else the last signature within reach of a
/// comment: Python's rule.
fn end_record(bytes: &[u8]) -> Option<usize> {
    const SIGNATURE: &[u8] = b"PK\x05\x06";
    let last = bytes.len().checked_sub(END)?;
    if bytes[last..].starts_with(SIGNATURE) && bytes.ends_with(b"\0\0") {
        return Some(last);
    }
    let first = last.saturating_sub(1 << 16);
    let tail = &bytes[first..];
    let found = tail.windows(SIGNATURE.len()).rposition(|window| window == SIGNATURE)?;
    (first + found <= last).then_some(first + found)
}

struct Central<'a> {
    flags: u16,
    method: u16,
    attributes: u32,
    name: &'a [u8],
    length: usize,
}

fn central_header<'a>(
    bytes: &'a [u8],
    directory: &Range<usize>,
    start: u64,
) -> Result<Central<'a>, ZipFault> {
    let parse = || {
        let header = bytes.get(usize::try_from(start).ok()?..directory.end)?;
        let name = usize::from(u16_at(header, 28)?);
        let length =
            CENTRAL + name + usize::from(u16_at(header, 30)?) + usize::from(u16_at(header, 32)?);
        (header.len() >= length).then_some(())?;
        Some(Central {
            flags: u16_at(header, 8)?,
            method: u16_at(header, 10)?,
            attributes: u32_at(header, 38)?,
            name: header.get(CENTRAL..CENTRAL + name)?,
            length,
        })
    };
    let central = parse().ok_or(ZipFault::Directory)?;
    if central.flags & ENCRYPTED != 0 {
        return Err(ZipFault::Encrypted);
    }
    if central.flags & PATCH != 0 {
        return Err(ZipFault::Method(central.method));
    }
    Ok(central)
}

/// The bytes of header and data, and of the data alone.
fn local_header(
    bytes: &[u8],
    central: &Central<'_>,
    start: u64,
    compressed: u64,
) -> Result<(Range<usize>, Range<usize>), ZipFault> {
    let start = usize::try_from(start).map_err(|_| ZipFault::Header("place"))?;
    let header = bytes
        .get(start..)
        .filter(|header| header.len() >= LOCAL && header.starts_with(b"PK\x03\x04"))
        .ok_or(ZipFault::Header("place"))?;
    let short = |at| u16_at(header, at).ok_or(ZipFault::Header("place"));
    if short(6)? & ENCRYPTED != 0 {
        return Err(ZipFault::Encrypted);
    }
    if short(8)? != central.method {
        return Err(ZipFault::Header("compression method"));
    }
    let name = usize::from(short(26)?);
    if header.get(LOCAL..LOCAL + name) != Some(central.name) {
        return Err(ZipFault::Header("name"));
    }
    let data = start + LOCAL + name + usize::from(short(28)?);
    let end = usize::try_from(compressed)
        .ok()
        .and_then(|length| data.checked_add(length))
        .filter(|&end| end <= bytes.len())
        .ok_or(ZipFault::Header("size"))?;
    Ok((start..end, data..end))
}

fn no_overlaps(
    mut ranges: Vec<(Range<usize>, usize)>,
    entries: &[ZipEntry],
) -> Result<(), Refusal> {
    ranges.sort_unstable_by_key(|(range, _)| range.start);
    match ranges.windows(2).find(|pair| pair[0].0.end > pair[1].0.start) {
        Some(pair) => Err((Some(entries[pair[1].1].name.clone()), ZipFault::Overlap)),
        None => Ok(()),
    }
}

/// No path twice (`a//b` and `a/b` are one), and none that is a file here and a directory there.
fn no_clashes(entries: &[ZipEntry]) -> Result<(), Refusal> {
    let mut files = HashSet::with_capacity(entries.len());
    for entry in entries.iter().filter(|entry| !entry.directory) {
        if !files.insert(entry.path.as_str()) {
            return Err((Some(entry.name.clone()), ZipFault::Duplicate));
        }
    }
    let mut seen = HashSet::new();
    for entry in entries {
        let mut folder =
            if entry.directory { Some(entry.path.as_str()) } else { parent(&entry.path) };
        while let Some(path) = folder {
            if !seen.insert(path) {
                break;
            }
            if files.contains(path) {
                return Err((Some(entry.name.clone()), ZipFault::FileAndDirectory));
            }
            folder = parent(path);
        }
    }
    Ok(())
}

fn parent(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(folder, _)| folder)
}

fn total_size(entries: &[ZipEntry], archive: usize, limits: &ZipLimits) -> Result<(), Refusal> {
    let total = entries.iter().fold(0_u64, |total, entry| total.saturating_add(entry.size));
    let by_ratio = (archive as u64).saturating_mul(limits.ratio).max(1 << 30);
    if total > limits.total_size.min(by_ratio) {
        return Err((None, ZipFault::Limit(format!("{total} bytes out of {archive}"))));
    }
    Ok(())
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}
