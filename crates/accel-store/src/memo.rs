//! Small results that took long to find, by key: the memo of resolutions.

use std::path::Path;

use accel_io::{fs, mended};

use crate::error::Result;
use crate::sealed::{self, Kind};
use crate::store::{Folder, Store};

const KIND: Kind = b"memo\0\0\0\0";

/// Key and value of the memo at a place, if it is whole.
pub(crate) fn read(place: &Path) -> Option<(String, Vec<u8>)> {
    let bytes = fs::read(place).ok()?;
    let (length, rest) = sealed::unseal(KIND, &bytes)?.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let (key, value) = rest.split_at_checked(length)?;
    Some((String::from_utf8(key.to_vec()).ok()?, value.to_vec()))
}

/// What is wrong with the memo at a place.
pub(crate) fn damage(place: &Path) -> Option<String> {
    let key = read(place).map(|(key, _)| blake3::hash(key.as_bytes()));
    let name = place.file_name().unwrap_or_default();
    let right = key.is_some_and(|key| name == key.to_hex().as_str());
    (!right).then(|| "its checksum or its key is wrong".to_owned())
}

impl Store {
    /// What was kept under `key`, or `None`; a damaged memo is none, and thrown away.
    pub fn memo(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let place = self.place(Folder::Memos, blake3::hash(key.as_bytes()).to_hex().as_str());
        let Some(bytes) = fs::read_noting_use(&place)? else { return Ok(None) };
        let found = sealed::unseal(KIND, &bytes).and_then(|contents| {
            let (length, rest) = contents.split_first_chunk::<8>()?;
            let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
            let (known, value) = rest.split_at_checked(length)?;
            (known == key.as_bytes()).then(|| value.to_vec())
        });
        if found.is_none() {
            fs::remove_file_if_exists(&place)?;
            mended::note(&place);
        }
        Ok(found)
    }

    /// Keeps `value` under `key`, in place of what was kept before.
    pub fn keep_memo(&self, key: &str, value: &[u8]) -> Result<()> {
        let place = self.place(Folder::Memos, blake3::hash(key.as_bytes()).to_hex().as_str());
        let mut contents = (key.len() as u64).to_le_bytes().to_vec();
        contents.extend(key.as_bytes());
        contents.extend(value);
        Ok(fs::write_atomic(place, sealed::seal(KIND, &contents))?)
    }
}
