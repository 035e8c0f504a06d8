//! Unpacking many entries at once, on all cores.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rayon::prelude::*;
use rustix::fs::{Mode, OFlags, Timespec, Timestamps};
use rustix::io::Errno;

use super::content::{self, Unpacker, WHOLE};
use super::{ZipEntry, ZipError, ZipFault, ZipReader, normalised};
use crate::IoError;

/// One entry and where it goes.
#[derive(Clone, Copy, Debug)]
pub struct Extraction<'a> {
    /// An entry of the same reader.
    pub entry: &'a ZipEntry,
    /// Relative path as [`normalised`] makes it; a leading directory may have been taken off.
    pub to: &'a str,
}

/// What every unpacked file gets.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExtractOptions {
    /// Modification time in whole seconds since 1970; else the time of unpacking.
    pub mtime: Option<i64>,
    /// Whether the BLAKE3 digest of every file is wanted: to find damage later, at a fifth of the
    /// time of a sha256.
    pub digest: bool,
}

/// What was unpacked for one [`Extraction`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extracted {
    /// Bytes.
    pub size: u64,
    /// The BLAKE3 digest, if it was asked for; of no bytes for a directory.
    pub digest: Option<[u8; 32]>,
}

/// Files with the mode of any new file, and with all executable bits where the entry has one.
const NEW_FILE: Mode = Mode::from_raw_mode(0o666);
const NEW_EXECUTABLE: Mode = Mode::from_raw_mode(0o777);
const NEW_DIRECTORY: Mode = Mode::from_raw_mode(0o777);

thread_local! {
    /// What each thread of the pool goes on with from file to file, whatever archive they are from.
    static UNPACKER: RefCell<Unpacker> = RefCell::default();
}

impl ZipReader {
    /// Unpacks these entries below `into`, an existing directory in which none of the files
    /// exists yet; the answers stand in the same order. After an error, what `into` holds is
    /// undefined: throw it away.
    ///
    /// No symbolic link is made or followed below `into`.
    pub fn extract(
        &self,
        into: impl AsRef<Path>,
        wanted: &[Extraction<'_>],
        options: &ExtractOptions,
    ) -> Result<Vec<Extracted>, ZipError> {
        let into = into.as_ref();
        let mut folders: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, one) in wanted.iter().enumerate() {
            if normalised(one.to).as_deref() != Ok(one.to) {
                return Err(self.at(one.entry, ZipFault::Name("cannot be unpacked there")));
            }
            let folder = if one.entry.directory { one.to } else { split(one.to).0 };
            let files = folders.entry(folder).or_default();
            if !one.entry.directory {
                files.push(at);
            }
        }
        let root = open_directory(rustix::fs::CWD, into.as_os_str(), into)?;
        make_directories(&root, into, folders.keys().copied())?;

        // One open directory a folder: the kernel then resolves a single component a file.
        let folders: Vec<_> = folders.into_iter().filter(|(_, files)| !files.is_empty()).collect();
        let unpacked: Vec<Vec<(usize, Extracted)>> = folders
            .into_par_iter()
            .map(|(folder, files)| {
                let path = into.join(folder);
                let directory = if folder.is_empty() {
                    root.try_clone().map_err(|source| IoError::new("open", &path, source))?
                } else {
                    open_directory(&root, OsStr::new(folder), &path)?
                };
                files
                    .into_par_iter()
                    .map(|at| {
                        let one = &wanted[at];
                        let unpack = |unpacker: &RefCell<Unpacker>| {
                            let unpacker = &mut unpacker.borrow_mut();
                            self.unpack(unpacker, one, &directory, into, options)
                        };
                        Ok((at, UNPACKER.with(unpack)?))
                    })
                    .collect::<Result<Vec<_>, ZipError>>()
            })
            .collect::<Result<_, ZipError>>()?;

        let nothing = options.digest.then(|| blake3::hash(b"").into());
        let mut answers = vec![Extracted { size: 0, digest: nothing }; wanted.len()];
        for (at, made) in unpacked.into_iter().flatten() {
            answers[at] = made;
        }
        Ok(answers)
    }

    fn unpack(
        &self,
        unpacker: &mut Unpacker,
        one: &Extraction<'_>,
        directory: &OwnedFd,
        into: &Path,
        options: &ExtractOptions,
    ) -> Result<Extracted, ZipError> {
        let entry = one.entry;
        let place = || into.join(one.to);
        let failed = |source: std::io::Error| IoError::new("unpack", place(), source);
        let executable = entry.is_executable();
        let mode = if executable { NEW_EXECUTABLE } else { NEW_FILE };
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::openat(directory, split(one.to).1, flags, mode)
            .map_err(|errno| failed(errno.into()))?;
        let mut file = File::from(file);

        let digest = if entry.size <= WHOLE {
            let bytes =
                unpacker.whole(entry, self.raw(entry)).map_err(|fault| self.at(entry, fault))?;
            file.write_all(bytes).map_err(failed)?;
            options.digest.then(|| blake3::hash(bytes).into())
        } else {
            self.unpack_pieces(entry, &mut file, options.digest, &failed)?
        };
        if executable {
            make_executable(&file).map_err(failed)?;
        }
        if let Some(seconds) = options.mtime {
            let time = Timespec { tv_sec: seconds, tv_nsec: 0 };
            let times = Timestamps { last_access: time, last_modification: time };
            rustix::fs::futimens(&file, &times).map_err(|errno| failed(errno.into()))?;
        }
        Ok(Extracted { size: entry.size, digest })
    }

    /// A file too big to be in memory as a whole.
    fn unpack_pieces(
        &self,
        entry: &ZipEntry,
        file: &mut File,
        hash: bool,
        failed: &dyn Fn(std::io::Error) -> IoError,
    ) -> Result<Option<[u8; 32]>, ZipError> {
        let mut digest = hash.then(blake3::Hasher::new);
        let mut disk = None;
        let streamed = content::stream(entry, self.raw(entry), &mut |piece| {
            if let Some(digest) = &mut digest {
                digest.update(piece);
            }
            file.write_all(piece).map_err(|error| {
                disk = Some(error);
                ZipFault::Damaged("could not be written")
            })
        });
        if let Some(error) = disk {
            return Err(failed(error).into());
        }
        streamed.map_err(|fault| self.at(entry, fault))?;
        Ok(digest.map(|digest| digest.finalize().into()))
    }
}

/// All executable bits, whatever the umask: pip's rule.
fn make_executable(file: &File) -> std::io::Result<()> {
    let mode = Mode::from_raw_mode(rustix::fs::fstat(file)?.st_mode);
    let all = Mode::from_raw_mode(0o111);
    if !mode.contains(all) {
        rustix::fs::fchmod(file, (mode & Mode::from_raw_mode(0o777)) | all)?;
    }
    Ok(())
}

/// Folder (empty for the root) and file name.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Creates them all, parents first.
fn make_directories<'a>(
    root: &OwnedFd,
    into: &Path,
    folders: impl Iterator<Item = &'a str>,
) -> Result<(), IoError> {
    let mut all = BTreeSet::new();
    for folder in folders {
        let mut folder = folder;
        while !folder.is_empty() && all.insert(folder) {
            folder = split(folder).0;
        }
    }
    for folder in all {
        match rustix::fs::mkdirat(root, folder, NEW_DIRECTORY) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(errno) => {
                return Err(IoError::new("create directory", into.join(folder), errno.into()));
            }
        }
    }
    Ok(())
}

fn open_directory(beside: impl AsFd, name: &OsStr, path: &Path) -> Result<OwnedFd, IoError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    rustix::fs::openat(beside, name.as_bytes(), flags, Mode::empty())
        .map_err(|errno| IoError::new("open directory", path, errno.into()))
}
