//! Bytecode of a wheel as one piece, for shared shelves.
//!
//! `length of the rest before compression, little endian | deflated (length of the sealed manifest |
//! the sealed manifest | the files in the manifest's order)`.

use std::path::{Component, Path};

use accel_io::archive::deflated;
use accel_io::fs;
use accel_types::manifest::ArchivedBytecode;

use crate::bytecode::{BytecodeTarget, KIND, MANIFEST};
use crate::entry::TREE;
use crate::error::Result;
use crate::sealed;
use crate::store::{Folder, Store, checked_sha256};

/// The bytecode of one wheel is no larger.
const LARGEST: u64 = 2 << 30;

impl Store {
    /// The kept bytecode of a wheel in one piece; `None` if there is none.
    pub fn pack_bytecode(&self, sha256: &str, target: &BytecodeTarget) -> Result<Option<Vec<u8>>> {
        let Some(kept) = self.lookup_bytecode(sha256, target)?.hit() else { return Ok(None) };
        let place = self.bytecode_place(&checked_sha256(sha256)?, target);
        let manifest = fs::read(place.join(MANIFEST))?;
        let mut whole = (manifest.len() as u64).to_le_bytes().to_vec();
        whole.extend(manifest);
        for file in kept.manifest()?.files.iter() {
            let bytes = fs::read(kept.tree().join(file.source.as_str()))?;
            if bytes.len() as u64 != file.size.to_native() {
                // Edited through a link: not for others.
                return Ok(None);
            }
            whole.extend(bytes);
        }
        let mut pack = (whole.len() as u64).to_le_bytes().to_vec();
        pack.extend(deflated::deflate(&whole));
        Ok(Some(pack))
    }

    /// Keeps bytecode that came in one piece; whether it was whole and for this wheel and
    /// interpreter.
    pub fn adopt_bytecode(
        &self,
        sha256: &str,
        target: &BytecodeTarget,
        pack: &[u8],
    ) -> Result<bool> {
        let sha256 = checked_sha256(sha256)?;
        let Some(whole) = unpacked(pack) else { return Ok(false) };
        let Some((sealed, mut files)) = parted(&whole) else { return Ok(false) };
        let Some(contents) = sealed::unseal(KIND, sealed) else { return Ok(false) };
        // Where it is read, it must lie as a mapped file would.
        let mut aligned = rkyv::util::AlignedVec::<16>::with_capacity(contents.len());
        aligned.extend_from_slice(contents);
        let Ok(manifest) = rkyv::access::<ArchivedBytecode, rkyv::rancor::Error>(&aligned) else {
            return Ok(false);
        };
        if manifest.wheel_sha256.as_str() != sha256 || manifest.interpreter.as_str() != target.key {
            return Ok(false);
        }
        let scratch = self.scratch(Folder::Bytecode)?;
        let tree = scratch.path().join(TREE);
        fs::create_dir(&tree)?;
        for file in manifest.files.iter() {
            let source = Path::new(file.source.as_str());
            let inside = source.components().all(|part| matches!(part, Component::Normal(_)));
            let length = usize::try_from(file.size.to_native()).unwrap_or(usize::MAX);
            let Some((bytes, rest)) = files.split_at_checked(length).filter(|_| inside) else {
                return Ok(false);
            };
            files = rest;
            let path = tree.join(source);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(&path, bytes)?;
            fs::set_mtime(&path, file.mtime.to_native())?;
        }
        if !files.is_empty() {
            return Ok(false);
        }
        fs::write(scratch.path().join(MANIFEST), sealed)?;
        let place = self.bytecode_place(&sha256, target);
        fs::publish_dir(scratch, &place)?;
        // Where a prune was faster it is compiled, like what never came.
        Ok(self.open_bytecode(&place)?.hit().is_some())
    }
}

fn unpacked(pack: &[u8]) -> Option<Vec<u8>> {
    let (length, deflated) = pack.split_first_chunk::<8>()?;
    let length = u64::from_le_bytes(*length);
    // What deflate makes is at least a thousandth of what it was given.
    let possible = length <= LARGEST && length / 1100 <= deflated.len() as u64;
    deflated::inflate(deflated, usize::try_from(length).ok().filter(|_| possible)?)
}

fn parted(whole: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = whole.split_first_chunk::<8>()?;
    rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)
}
