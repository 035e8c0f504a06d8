//! Read-only memory maps of files; unsafe code but for one call in [`memory`](crate::memory).
#![allow(unsafe_code)]

use std::io::Read as _;
use std::ops::Deref;
use std::path::Path;

use crate::error::IoError;
use crate::{fs, hold};

/// The bytes of a whole file, mapped into memory.
///
/// What is mapped must only ever be replaced by rename, never be rewritten or cut short: that is
/// the rule for everything in our folders, and archives elsewhere are copied into them first.
#[derive(Debug)]
pub struct Mapped {
    map: memmap2::Mmap,
    /// What was read instead: the map is then never touched, and only holds the file.
    small: Option<Box<Small>>,
}

/// Up to so many bytes are read: a page that is touched takes four times the memory.
const SMALL: usize = 1024;

/// Aligned for whatever may lie in a mapped file.
#[derive(Debug)]
#[repr(align(16))]
struct Small([u8; SMALL]);

impl Mapped {
    /// Maps the file at `path`; an empty file gives no bytes.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, IoError> {
        let path = path.as_ref();
        let file = fs::open(path)?;
        // SAFETY: the map is private and read-only, and by the rule above nobody shortens or
        // rewrites the file while it is mapped.
        let map = unsafe { memmap2::Mmap::map(&file) };
        fs::at("map", path, map).map(|map| Self { map, small: None })
    }
}

impl Mapped {
    /// As [`Mapped::open`], for a file that stands for something kept: it is [held](crate::hold)
    /// for as long as it is mapped, and its use is noted. `None` if somebody is throwing it away.
    pub fn hold(path: impl AsRef<Path>) -> Result<Option<Self>, IoError> {
        let path = path.as_ref();
        let mut file = fs::open(path)?;
        if !hold::share(&file) {
            return Ok(None);
        }
        let facts = fs::at("look at", path, file.metadata())?;
        fs::note_use(&file, &facts);
        let length = usize::try_from(facts.len()).unwrap_or(usize::MAX);
        // SAFETY: as above.
        let map = unsafe { memmap2::MmapOptions::new().len(length).map(&file) };
        let map = fs::at("map", path, map)?;
        let mut small = (length <= SMALL).then(|| Box::new(Small([0; SMALL])));
        if let Some(small) = &mut small {
            fs::at("read", path, file.read_exact(&mut small.0[..length]))?;
        }
        Ok(Some(Self { map, small }))
    }
}

impl Deref for Mapped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.small.as_ref().map_or(&*self.map, |small| &small.0[..self.map.len()])
    }
}

impl AsRef<[u8]> for Mapped {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapped_file_is_held_until_it_is_let_go() {
        let scratch = fs::Scratch::new(std::env::temp_dir()).unwrap();
        let path = scratch.path().join("file");
        fs::write(&path, "some bytes").unwrap();
        let one = Mapped::hold(&path).unwrap().unwrap();
        let two = Mapped::hold(&path).unwrap().unwrap();
        assert!(hold::alone(&path).unwrap().is_none());
        drop(one);
        assert!(hold::alone(&path).unwrap().is_none());
        drop(two);
        let alone = hold::alone(&path).unwrap().unwrap();
        assert!(Mapped::hold(&path).unwrap().is_none());
        drop(alone);
        assert!(Mapped::hold(&path).unwrap().is_some());
    }

    #[test]
    fn maps_files_of_any_size() {
        let scratch = fs::Scratch::new(std::env::temp_dir()).unwrap();
        for text in ["", "some bytes", &"long ".repeat(SMALL)] {
            let path = scratch.path().join("file");
            fs::write_atomic(&path, text).unwrap();
            assert_eq!(&*Mapped::open(&path).unwrap(), text.as_bytes());
            let held = Mapped::hold(&path).unwrap().unwrap();
            assert_eq!(&*held, text.as_bytes());
            assert_eq!(held.as_ptr().align_offset(16), 0);
        }
    }
}
