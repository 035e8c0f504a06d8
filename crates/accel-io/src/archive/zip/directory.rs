//! The central directory, checked against the local headers and against Python's reading of it.

use std::collections::HashSet;
use std::io::Cursor;
use std::ops::Range;

use super::agreement::{self, Claims, ENCRYPTED, UTF8, directory_range};
use super::content::Method;
use super::{ZipEntry, ZipFault, ZipLimits, names};

/// Fixed part of a central header.
const CENTRAL: usize = 46;

/// A patch to another file; Python refuses it.
const PATCH: u16 = 0x20;

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
        let claims = Claims {
            flags: central.flags,
            method: central.method,
            name: central.name,
            crc32: found.crc32(),
            compressed: found.compressed_size(),
            size: found.size(),
            offset: central.said[2],
        };
        claims.central_extra(central.extra, central.said).map_err(refused)?;
        let (whole, data) = claims.hold(bytes, found.header_start()).map_err(refused)?;
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
    ranges.sort_unstable_by_key(|(range, _): &(Range<usize>, usize)| range.start);
    no_overlaps(&ranges, &entries)?;
    agreement::nothing_hidden(bytes, ranges.iter().map(|(range, _)| range), &directory)
        .map_err(|fault| (None, fault))?;
    no_clashes(&entries)?;
    total_size(&entries, bytes.len(), limits)?;
    Ok(entries)
}

struct Central<'a> {
    flags: u16,
    method: u16,
    attributes: u32,
    name: &'a [u8],
    extra: &'a [u8],
    /// Size, compressed size and offset as they stand in the fixed part.
    said: [u64; 3],
    length: usize,
}

fn central_header<'a>(
    bytes: &'a [u8],
    directory: &Range<usize>,
    start: u64,
) -> Result<Central<'a>, ZipFault> {
    let parse = || {
        let header = bytes.get(usize::try_from(start).ok()?..directory.end)?;
        let name = CENTRAL + usize::from(u16_at(header, 28)?);
        let extra = name + usize::from(u16_at(header, 30)?);
        let length = extra + usize::from(u16_at(header, 32)?);
        (header.len() >= length).then_some(())?;
        Some(Central {
            flags: u16_at(header, 8)?,
            method: u16_at(header, 10)?,
            attributes: u32_at(header, 38)?,
            name: header.get(CENTRAL..name)?,
            extra: header.get(name..extra)?,
            said: [
                u32_at(header, 24)?.into(),
                u32_at(header, 20)?.into(),
                u32_at(header, 42)?.into(),
            ],
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

fn no_overlaps(ranges: &[(Range<usize>, usize)], entries: &[ZipEntry]) -> Result<(), Refusal> {
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

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}
