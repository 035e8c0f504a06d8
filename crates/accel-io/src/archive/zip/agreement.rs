//! What readers of other minds would make of the same bytes: local headers, data descriptors, extra
//! fields, ZIP64 records, and whatever belongs to no entry must not tell another story than the
//! central directory.
//!
//! Archives that a streaming reader, one that trusts extra fields, or one that looks for the end
//! elsewhere understands differently were used to smuggle files past whoever had looked at them.

use std::ops::Range;

use super::ZipFault;
use super::directory::{u16_at, u32_at, u64_at};

/// Fixed part of a local header.
const LOCAL: usize = 30;
/// End record without its comment.
const END: usize = 22;
/// ZIP64 end record.
const END64: usize = 56;
/// ZIP64 locator, directly before the end record.
const LOCATOR64: usize = 20;

/// Encrypted, or strongly encrypted.
pub(super) const ENCRYPTED: u16 = 0x41;
/// Sizes and checksum follow the data.
const DESCRIPTOR: u16 = 0x8;
/// The name is UTF-8.
pub(super) const UTF8: u16 = 0x800;

/// ZIP64 extra field.
const EXTRA_ZIP64: u16 = 0x0001;
/// Info-ZIP Unicode path: another name for those who know the field.
const EXTRA_UNICODE_PATH: u16 = 0x7075;

/// What the central directory says of an entry.
#[derive(Clone, Copy)]
pub(super) struct Claims<'a> {
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) name: &'a [u8],
    pub(super) crc32: u32,
    pub(super) compressed: u64,
    pub(super) size: u64,
    pub(super) offset: u64,
}

impl Claims<'_> {
    /// The local header at `start` says the same, and so does the descriptor behind the data if
    /// there is one. Returns the bytes of all three, and of the data alone.
    pub(super) fn hold(
        &self,
        bytes: &[u8],
        start: u64,
    ) -> Result<(Range<usize>, Range<usize>), ZipFault> {
        let place = || ZipFault::Header("place");
        let start = usize::try_from(start).map_err(|_| place())?;
        let header = bytes
            .get(start..)
            .filter(|header| header.len() >= LOCAL && header.starts_with(b"PK\x03\x04"))
            .ok_or_else(place)?;
        let short = |at| u16_at(header, at).ok_or_else(place);
        let flags = short(6)?;
        if flags & ENCRYPTED != 0 {
            return Err(ZipFault::Encrypted);
        }
        if short(8)? != self.method {
            return Err(ZipFault::Header("compression method"));
        }
        let name = LOCAL + usize::from(short(26)?);
        if header.get(LOCAL..name) != Some(self.name)
            || (flags ^ self.flags) & UTF8 != 0 && !self.name.is_ascii()
        {
            return Err(ZipFault::Header("name"));
        }
        let after = name + usize::from(short(28)?);
        let extra = header.get(name..after).ok_or_else(place)?;
        let data = start + after;
        let end = usize::try_from(self.compressed)
            .ok()
            .and_then(|length| data.checked_add(length))
            .filter(|&end| end <= bytes.len())
            .ok_or(ZipFault::Header("size"))?;

        let long = |at| u32_at(header, at).map(u64::from).ok_or_else(place);
        let mut said = [long(22)?, long(18)?];
        self.extra_fields(extra, &mut said)?;
        let later = flags & DESCRIPTOR != 0;
        let fits = |said: u64, truth: u64| said == truth || later && said == 0;
        if !fits(said[0], self.size) || !fits(said[1], self.compressed) {
            return Err(ZipFault::Header("size"));
        }
        if !fits(long(14)?, u64::from(self.crc32)) {
            return Err(ZipFault::Header("checksum"));
        }
        let whole = if later { self.descriptor(bytes, end)? } else { end };
        Ok((start..whole, data..end))
    }

    /// Where the data descriptor that starts at `end` ends: with signature or without, with sizes
    /// of eight bytes or of four.
    fn descriptor(&self, bytes: &[u8], end: usize) -> Result<usize, ZipFault> {
        for signature in [&b"PK\x07\x08"[..], b""] {
            let mut expected = signature.to_vec();
            expected.extend(self.crc32.to_le_bytes());
            let mut longer = expected.clone();
            for size in [self.compressed, self.size] {
                longer.extend(size.to_le_bytes());
                // Writers of short descriptors cut what does not fit.
                expected.extend_from_slice(&size.to_le_bytes()[..4]);
            }
            for form in [longer, expected] {
                if bytes[end..].starts_with(&form) {
                    return Ok(end + form.len());
                }
            }
        }
        Err(ZipFault::Header("sizes behind its data"))
    }

    /// The fields of the central directory name and measure nothing differently; `said` is what
    /// stands for size, compressed size and offset in the fixed part.
    pub(super) fn central_extra(&self, extra: &[u8], mut said: [u64; 3]) -> Result<(), ZipFault> {
        self.extra_fields(extra, &mut said)
    }

    /// Reads extra fields: fills in the sizes that a ZIP64 field holds, and refuses names and sizes
    /// that only some readers would believe.
    fn extra_fields(&self, extra: &[u8], said: &mut [u64]) -> Result<(), ZipFault> {
        let truths = [self.size, self.compressed, self.offset];
        let (mut rest, mut seen) = (extra, false);
        while let (Some(kind), Some(length)) = (u16_at(rest, 0), u16_at(rest, 2)) {
            let end = 4 + usize::from(length);
            let Some(field) = rest.get(4..end) else {
                return Err(ZipFault::Header("extra fields"));
            };
            rest = &rest[end..];
            match kind {
                EXTRA_ZIP64 => {
                    if std::mem::replace(&mut seen, true) {
                        return Err(ZipFault::Header("ZIP64 field"));
                    }
                    zip64(field, said, &truths)?;
                }
                EXTRA_UNICODE_PATH if field.get(5..) != Some(self.name) => {
                    return Err(ZipFault::Header("name"));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Fills in what stands in the ZIP64 field because its place is too small for it. Values that
/// nothing refers to must be true all the same.
fn zip64(field: &[u8], said: &mut [u64], truths: &[u64; 3]) -> Result<(), ZipFault> {
    let values: Vec<u64> = field.chunks_exact(8).filter_map(|value| u64_at(value, 0)).collect();
    let missing = said.iter().filter(|&&value| value == u64::from(u32::MAX)).count();
    let disagree = Err(ZipFault::Header("ZIP64 field"));
    if values.len() > missing {
        // Some writers give all of them.
        let all = values.iter().zip(truths).all(|(value, truth)| value == truth);
        if !all || missing > 0 && values.len() < said.len() {
            return disagree;
        }
        for (said, truth) in said.iter_mut().zip(truths) {
            if *said == u64::from(u32::MAX) {
                *said = *truth;
            }
        }
        return Ok(());
    }
    let mut values = values.into_iter();
    for said in said.iter_mut().filter(|value| **value == u64::from(u32::MAX)) {
        match values.next() {
            Some(value) => *said = value,
            None => return disagree,
        }
    }
    Ok(())
}

/// Where Python's `zipfile` finds the central directory: it ends where the end record (or its
/// ZIP64 twin) begins, and its length stands in there. The two records must not disagree.
pub(super) fn directory_range(bytes: &[u8]) -> Option<Range<usize>> {
    let end = end_record(bytes)?;
    let mut finish = end;
    let mut length = u64::from(u32_at(bytes, end + 12)?);
    let offset = u64::from(u32_at(bytes, end + 16)?);
    if let Some(locator) = end.checked_sub(LOCATOR64)
        && bytes[locator..].starts_with(b"PK\x06\x07")
    {
        let end64 =
            locator.checked_sub(END64).filter(|&at| bytes[at..].starts_with(b"PK\x06\x06"))?;
        let long = |at| u64_at(bytes, end64 + at);
        let (entries, length64, offset64) = (long(32)?, long(40)?, long(48)?);
        let same = |short: u64, most: u64, full: u64| short == most || short == full;
        let entries_short = u64::from(u16_at(bytes, end + 10)?);
        let agree = same(entries_short, u64::from(u16::MAX), entries)
            && same(length, u64::from(u32::MAX), length64)
            && same(offset, u64::from(u32::MAX), offset64)
            && long(4)? == (END64 - 12) as u64
            && long(24)? == entries;
        if !agree {
            return None;
        }
        (finish, length) = (end64, length64);
        // Bytes before the archive move everything by as much.
        let start = finish.checked_sub(usize::try_from(length).ok()?)? as u64;
        let moved = start.checked_sub(offset64)?;
        if u64_at(bytes, locator + 8)?.checked_add(moved)? != end64 as u64 {
            return None;
        }
    }
    let start = finish.checked_sub(usize::try_from(length).ok()?)?;
    Some(start..finish)
}

/// An end record without comment at the very end, else the last signature within reach of a
/// comment: Python's rule. `None` if its comment reaches beyond the end.
fn end_record(bytes: &[u8]) -> Option<usize> {
    const SIGNATURE: &[u8] = b"PK\x05\x06";
    let last = bytes.len().checked_sub(END)?;
    if bytes[last..].starts_with(SIGNATURE) && bytes.ends_with(b"\0\0") {
        return Some(last);
    }
    let first = last.saturating_sub(1 << 16);
    let tail = &bytes[first..];
    let found = first + tail.windows(SIGNATURE.len()).rposition(|window| window == SIGNATURE)?;
    let comment = usize::from(u16_at(bytes, found + 20)?);
    (found <= last && found + END + comment <= bytes.len()).then_some(found)
}

/// Nothing that belongs to no entry looks like a part of an archive: not what stands before,
/// between and behind the entries, nor what follows the end record.
///
/// `entries` are sorted by their start and do not overlap.
pub(super) fn nothing_hidden<'a>(
    bytes: &[u8],
    entries: impl Iterator<Item = &'a Range<usize>>,
    directory: &'a Range<usize>,
) -> Result<(), ZipFault> {
    let mut at = 0;
    for next in entries.chain([directory]) {
        if has_signature(&bytes[at..next.start]) {
            return Err(ZipFault::Hidden);
        }
        at = next.end;
    }
    let behind = end_record(bytes).map_or(bytes.len(), |end| end + END);
    if has_signature(&bytes[behind..]) {
        return Err(ZipFault::Hidden);
    }
    Ok(())
}

/// A local header, central header, end record, or ZIP64 end record.
fn has_signature(bytes: &[u8]) -> bool {
    bytes.windows(4).any(|window| {
        matches!(window, [b'P', b'K', 3, 4] | [b'P', b'K', 1, 2] | [b'P', b'K', 5 | 6, 6])
    })
}
