//! Where a journal's text is: in the targets of symbolic links, page by page.
//!
//! What a file holds reaches the disk some time after it was written, so that a power cut may leave the
//! file empty while what came after it is there. The target of a link is metadata: it is there as soon as
//! anything is that was done later, whole, and no flush is needed. Where there are no symbolic links the
//! text is appended to the journal's own file.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use accel_io::claim::Claim;
use accel_io::{IoError, fs};

/// What one link holds: XFS takes 1,023 bytes, others four times as many.
const PAGE: usize = 1000;
/// First line of a text in the journal's own file.
const HEADER: &[u8] = b"pip-accel journal 3\n";

/// The text of one journal.
#[derive(Debug, Default)]
pub(super) struct Pages {
    /// Links that were made.
    count: usize,
    /// The text is in the journal's own file.
    in_file: bool,
}

/// What an earlier run left.
pub(super) enum Left {
    /// It announced nothing, or all was in place.
    Nothing,
    /// What it announced.
    Text(Vec<u8>),
    /// Another version of this program wrote it.
    Foreign,
}

impl Pages {
    /// Appends to the text. All of it is written when this returns.
    pub(super) fn append(&mut self, claim: &mut Claim, text: &[u8]) -> Result<(), IoError> {
        for chunk in text.chunks(PAGE) {
            if self.in_file {
                claim.append(chunk)?;
                continue;
            }
            match write(&page(claim.path(), self.count), chunk) {
                Ok(()) => self.count += 1,
                Err(error) if self.count == 0 && is_unsupported(&error) => {
                    self.in_file = true;
                    claim.append(HEADER)?;
                    claim.append(chunk)?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Forgets the text, at one instant.
    pub(super) fn forget(&self, claim: &mut Claim) -> Result<(), IoError> {
        if self.in_file {
            return claim.clear();
        }
        fs::remove_file_if_exists(page(claim.path(), 0)).map(drop)
    }

    /// Removes what is left of a text that is forgotten.
    pub(super) fn remove(&self, claim: &Claim) -> Result<(), IoError> {
        (1..self.count)
            .try_for_each(|number| fs::remove_file_if_exists(page(claim.path(), number)).map(drop))
    }
}

/// Reads what an earlier run left, which then has the returned pages.
pub(super) fn left(claim: &mut Claim) -> Result<(Pages, Left), IoError> {
    let (mut count, mut text) = (0, Vec::new());
    while let Some(target) = read(&page(claim.path(), count))? {
        text.extend_from_slice(target.as_os_str().as_bytes());
        count += 1;
    }
    if count > 0 {
        return Ok((Pages { count, in_file: false }, Left::Text(text)));
    }
    if claim.is_new() {
        return Ok((Pages::default(), Left::Nothing));
    }
    let content = claim.content()?;
    let left = match content.strip_prefix(HEADER) {
        Some([]) => Left::Nothing,
        Some(text) => Left::Text(text.to_vec()),
        // Killed while it wrote the first line; or the power failed before that reached the disk.
        None if HEADER.starts_with(&content) || content.iter().all(|byte| *byte == 0) => {
            Left::Nothing
        }
        None => Left::Foreign,
    };
    Ok((Pages { count: 0, in_file: !content.is_empty() }, left))
}

/// Removes pages whose first one is gone: a run was killed while it cleared them away.
pub(super) fn sweep(journal: &Path) -> Result<(), IoError> {
    let (Some(folder), Some(name)) = (journal.parent(), journal.file_name()) else { return Ok(()) };
    let mut start = name.to_owned();
    start.push("-");
    for entry in fs::read_dir(folder)? {
        if entry.name.as_bytes().starts_with(start.as_bytes()) {
            fs::remove_file_if_exists(folder.join(&entry.name))?;
        }
    }
    Ok(())
}

fn page(journal: &Path, number: usize) -> PathBuf {
    let mut path = journal.as_os_str().to_owned();
    path.push(format!("-{number}"));
    path.into()
}

fn write(page: &Path, chunk: &[u8]) -> Result<(), IoError> {
    match fs::symlink(OsStr::from_bytes(chunk), page) {
        // Of a run that was killed while it cleared its pages away.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_file(page)?;
            fs::symlink(OsStr::from_bytes(chunk), page)
        }
        made => made,
    }
}

fn read(page: &Path) -> Result<Option<PathBuf>, IoError> {
    match fs::read_link(page) {
        Err(error) if error.is_not_found() => Ok(None),
        // No link of ours.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(None),
        target => target.map(Some),
    }
}

/// Whether the file system has no symbolic links, or none of that length.
fn is_unsupported(error: &IoError) -> bool {
    let kinds = [io::ErrorKind::Unsupported, io::ErrorKind::InvalidFilename];
    // FAT says that it is not permitted.
    kinds.contains(&error.kind()) || error.raw_os_error() == Some(1)
}
