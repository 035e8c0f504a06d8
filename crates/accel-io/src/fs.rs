//! Files and directories, with errors that name the attempt and the path.
//!
//! Whatever other runs may look at appears by rename: [`write_atomic`] for files,
//! [`Scratch`] and [`publish_dir`] for directories.

mod attribute;
mod python;
mod scratch;
mod used;

use std::ffi::OsString;
use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirEntryExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use accel_types::HashAlgorithm;

use crate::digest::Digester;
use crate::error::IoError;

pub use attribute::{attribute, boot_id, set_attribute};
pub use python::{is_ours, real_path};
pub use scratch::{Published, Scratch, publish_dir};
pub use used::{note_use, note_use_of, read_noting_use, remove_older, seconds_now};

/// How much is read at once when a file is hashed.
const CHUNK: usize = 256 * 1024;

/// What every function here returns.
pub type Result<T> = std::result::Result<T, IoError>;

/// Adds attempt and path to a result of the standard library.
pub(crate) fn at<T>(attempt: &str, path: &Path, result: io::Result<T>) -> Result<T> {
    result.map_err(|source| IoError::new(attempt, path, source))
}

/// `None` where the path, or a directory on the way to it, does not exist.
fn if_exists<T>(attempt: &str, path: &Path, result: io::Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            Ok(None)
        }
        Err(error) => Err(IoError::new(attempt, path, error)),
    }
}

/// The whole file.
pub fn read(path: impl AsRef<Path>) -> Result<Vec<u8>> {
    at("read", path.as_ref(), std::fs::read(path.as_ref()))
}

/// The whole file, unless it has more than `most` bytes: `EFBIG`. Devices and pipes that never end
/// are read no further either.
pub fn read_at_most(path: impl AsRef<Path>, most: usize) -> Result<Vec<u8>> {
    let path = path.as_ref();
    let read = || {
        let mut bytes = Vec::new();
        let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
        File::open(path)?.take(limit).read_to_end(&mut bytes)?;
        if bytes.len() > most {
            return Err(rustix::io::Errno::FBIG.into());
        }
        Ok(bytes)
    };
    at("read", path, read())
}

/// The whole file, or `None` if there is none.
pub fn read_if_exists(path: impl AsRef<Path>) -> Result<Option<Vec<u8>>> {
    if_exists("read", path.as_ref(), std::fs::read(path.as_ref()))
}

/// The whole file as UTF-8.
pub fn read_to_string(path: impl AsRef<Path>) -> Result<String> {
    at("read", path.as_ref(), std::fs::read_to_string(path.as_ref()))
}

/// Opens for reading.
pub fn open(path: impl AsRef<Path>) -> Result<File> {
    at("open", path.as_ref(), File::open(path.as_ref()))
}

/// Opens for writing; an earlier file is emptied.
pub fn create(path: impl AsRef<Path>) -> Result<File> {
    at("create", path.as_ref(), File::create(path.as_ref()))
}

/// Opens for writing and refuses if the path exists.
pub fn create_new(path: impl AsRef<Path>) -> Result<File> {
    at("create", path.as_ref(), File::create_new(path.as_ref()))
}

/// Opens for appending, creating the file if needed.
pub fn append(path: impl AsRef<Path>) -> Result<File> {
    let opened = OpenOptions::new().append(true).create(true).open(path.as_ref());
    at("open for appending", path.as_ref(), opened)
}

/// Writes in place, for files that only we look at; see [`write_atomic`] for the others.
pub fn write(path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> Result<()> {
    at("write", path.as_ref(), std::fs::write(path.as_ref(), bytes.as_ref()))
}

/// Writes so that readers see the old file or the new one, never half of it.
///
/// The file is written beside its place and renamed; missing directories are created. The mode
/// is that of a newly created file (0666 less the umask).
pub fn write_atomic(path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> Result<()> {
    write_beside(path.as_ref(), bytes.as_ref(), |_| Ok(()))
}

/// The same, and the bytes are on the disk before the file has its name: for texts that are nowhere
/// else. Takes milliseconds.
pub fn write_durably(path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> Result<()> {
    write_beside(path.as_ref(), bytes.as_ref(), File::sync_data)
}

fn write_beside(
    path: &Path,
    bytes: &[u8],
    finish: impl FnOnce(&File) -> io::Result<()>,
) -> Result<()> {
    let folder = parent(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".new-").permissions(Permissions::from_mode(0o666));
    let mut temporary = match builder.tempfile_in(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            create_dir_all(folder)?;
            at("write in", folder, builder.tempfile_in(folder))?
        }
        other => at("write in", folder, other)?,
    };
    at("write", path, temporary.write_all(bytes).and_then(|()| finish(temporary.as_file())))?;
    at("write", path, temporary.persist(path).map(drop).map_err(|error| error.error))
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Creates one directory; its parent must exist and it must not.
pub fn create_dir(path: impl AsRef<Path>) -> Result<()> {
    at("create directory", path.as_ref(), std::fs::create_dir(path.as_ref()))
}

/// Creates a directory and those on the way to it; already there is fine.
pub fn create_dir_all(path: impl AsRef<Path>) -> Result<()> {
    at("create directory", path.as_ref(), std::fs::create_dir_all(path.as_ref()))
}

/// Creates a directory that is its user's alone, those above it as usual; one that is there stays as it
/// is.
pub fn create_private_dir(path: impl AsRef<Path>) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    let path = path.as_ref();
    let create = || std::fs::DirBuilder::new().mode(0o700).create(path);
    let created = match create() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            create_dir_all(parent(path))?;
            create()
        }
        other => other,
    };
    match created {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => at("create directory", path, other),
    }
}

/// Renames; an existing file at `to` is replaced.
pub fn rename(from: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<()> {
    let attempt = format!("rename to {}:", to.as_ref().display());
    std::fs::rename(from.as_ref(), to.as_ref())
        .map_err(|source| IoError::new(attempt, from.as_ref(), source))
}

/// Removes a file or a symbolic link.
pub fn remove_file(path: impl AsRef<Path>) -> Result<()> {
    at("remove", path.as_ref(), std::fs::remove_file(path.as_ref()))
}

/// Removes a file or a symbolic link; says whether there was one.
pub fn remove_file_if_exists(path: impl AsRef<Path>) -> Result<bool> {
    let removed = std::fs::remove_file(path.as_ref());
    Ok(if_exists("remove", path.as_ref(), removed)?.is_some())
}

/// Removes an empty directory.
pub fn remove_dir(path: impl AsRef<Path>) -> Result<()> {
    at("remove directory", path.as_ref(), std::fs::remove_dir(path.as_ref()))
}

/// Removes a directory with all that is in it, or a single file; nothing there is fine.
///
/// Directories without write permission are made writable first, as pip does it.
pub fn remove_tree(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    let Some(metadata) = symlink_metadata_if_exists(path)? else { return Ok(()) };
    if !metadata.is_dir() {
        return remove_file_if_exists(path).map(drop);
    }
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            make_directories_writable(path);
            let removed = std::fs::remove_dir_all(path);
            if_exists("remove directory", path, removed).map(drop)
        }
        other => if_exists("remove directory", path, other).map(drop),
    }
}

/// Best effort: what still can't be written is reported by the removal that follows.
fn make_directories_writable(path: &Path) {
    let _ = std::fs::set_permissions(path, Permissions::from_mode(0o700));
    for entry in read_dir(path).unwrap_or_default() {
        if entry.kind == EntryKind::Directory {
            make_directories_writable(&path.join(&entry.name));
        }
    }
}

/// What a directory entry is, symbolic links not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A device, socket or pipe.
    Other,
}

/// One name in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirEntry {
    /// The name, without the directory.
    pub name: OsString,
    /// What it is.
    pub kind: EntryKind,
}

/// The entries of a directory, sorted by the bytes of their names.
pub fn read_dir(path: impl AsRef<Path>) -> Result<Vec<DirEntry>> {
    let mut entries = read_dir_unsorted(path)?;
    entries.sort_unstable_by(|left, right| left.name.cmp(&right.name));
    Ok(entries)
}

/// The entries of a directory in the order in which the file system lists them, for those who
/// must see what Python's `os.scandir` sees.
pub fn read_dir_unsorted(path: impl AsRef<Path>) -> Result<Vec<DirEntry>> {
    let path = path.as_ref();
    let mut entries = Vec::new();
    for entry in at("list", path, std::fs::read_dir(path))? {
        let entry = at("list", path, entry)?;
        let kind = at("list", path, entry.file_type())?;
        let kind = if kind.is_file() {
            EntryKind::File
        } else if kind.is_dir() {
            EntryKind::Directory
        } else if kind.is_symlink() {
            EntryKind::Symlink
        } else {
            EntryKind::Other
        };
        entries.push(DirEntry { name: entry.file_name(), kind });
    }
    Ok(entries)
}

/// Names in a directory with their inodes, in no order; one look at the directory itself.
pub fn names_and_inodes(path: impl AsRef<Path>) -> Result<Vec<(OsString, u64)>> {
    let path = path.as_ref();
    let entries = at("list", path, std::fs::read_dir(path))?;
    let each = |entry: io::Result<std::fs::DirEntry>| {
        let entry = at("list", path, entry)?;
        Ok((entry.file_name(), entry.ino()))
    };
    entries.map(each).collect()
}

/// Facts about a file, symbolic links followed.
pub fn metadata(path: impl AsRef<Path>) -> Result<Metadata> {
    at("look at", path.as_ref(), std::fs::metadata(path.as_ref()))
}

/// Facts about a file or a symbolic link itself.
pub fn symlink_metadata(path: impl AsRef<Path>) -> Result<Metadata> {
    at("look at", path.as_ref(), std::fs::symlink_metadata(path.as_ref()))
}

/// As [`metadata`], with `None` for nothing there.
pub fn metadata_if_exists(path: impl AsRef<Path>) -> Result<Option<Metadata>> {
    if_exists("look at", path.as_ref(), std::fs::metadata(path.as_ref()))
}

/// As [`symlink_metadata`], with `None` for nothing there.
pub fn symlink_metadata_if_exists(path: impl AsRef<Path>) -> Result<Option<Metadata>> {
    if_exists("look at", path.as_ref(), std::fs::symlink_metadata(path.as_ref()))
}

/// Whether something we can look at is there, symbolic links followed (Python's `os.path.exists`).
pub fn exists(path: impl AsRef<Path>) -> bool {
    std::fs::metadata(path).is_ok()
}

/// Whether it is a regular file, symbolic links followed.
pub fn is_file(path: impl AsRef<Path>) -> bool {
    path.as_ref().is_file()
}

/// Whether it is a directory, symbolic links followed.
pub fn is_dir(path: impl AsRef<Path>) -> bool {
    path.as_ref().is_dir()
}

/// Whether a directory is there whose files are not for us to see.
pub fn is_closed(path: impl AsRef<Path>) -> bool {
    let allowed = rustix::fs::access(
        path.as_ref(),
        rustix::fs::Access::READ_OK | rustix::fs::Access::EXEC_OK,
    );
    allowed == Err(rustix::io::Errno::ACCESS)
}

/// Whether we may create files in this directory.
pub fn is_writable(path: impl AsRef<Path>) -> bool {
    rustix::fs::access(path.as_ref(), rustix::fs::Access::WRITE_OK).is_ok()
}

/// The absolute path without symbolic links.
pub fn canonicalize(path: impl AsRef<Path>) -> Result<PathBuf> {
    at("resolve", path.as_ref(), std::fs::canonicalize(path.as_ref()))
}

/// Where a symbolic link points.
pub fn read_link(path: impl AsRef<Path>) -> Result<PathBuf> {
    at("read link", path.as_ref(), std::fs::read_link(path.as_ref()))
}

/// Makes `link` a symbolic link with the text `target`.
pub fn symlink(target: impl AsRef<Path>, link: impl AsRef<Path>) -> Result<()> {
    let made = std::os::unix::fs::symlink(target.as_ref(), link.as_ref());
    at("create symbolic link", link.as_ref(), made)
}

/// Makes `link` a second name of the file `original`.
pub fn hard_link(original: impl AsRef<Path>, link: impl AsRef<Path>) -> Result<()> {
    let attempt = format!("link {} to", original.as_ref().display());
    at(&attempt, link.as_ref(), std::fs::hard_link(original.as_ref(), link.as_ref()))
}

/// Copies bytes and mode, not the times; returns the number of bytes.
pub fn copy(from: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<u64> {
    let attempt = format!("copy {} to", from.as_ref().display());
    at(&attempt, to.as_ref(), std::fs::copy(from.as_ref(), to.as_ref()))
}

/// Sets the permission bits.
pub fn set_mode(path: impl AsRef<Path>, mode: u32) -> Result<()> {
    let changed = std::fs::set_permissions(path.as_ref(), Permissions::from_mode(mode));
    at("change the mode of", path.as_ref(), changed)
}

/// Sets the modification and access times to `seconds` since 1970.
pub fn set_mtime(path: impl AsRef<Path>, seconds: i64) -> Result<()> {
    let time = rustix::fs::Timespec { tv_sec: seconds, tv_nsec: 0 };
    let times = rustix::fs::Timestamps { last_access: time, last_modification: time };
    let changed = rustix::fs::utimensat(
        rustix::fs::CWD,
        path.as_ref(),
        &times,
        rustix::fs::AtFlags::SYMLINK_NOFOLLOW,
    );
    at("set the time of", path.as_ref(), changed.map_err(io::Error::from))
}

/// Whole seconds since 1970 of the last modification; before 1970 counts as 0.
pub fn mtime_seconds(metadata: &Metadata) -> i64 {
    let since =
        metadata.modified().ok().and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
    since.and_then(|since| i64::try_from(since.as_secs()).ok()).unwrap_or(0)
}

/// The sha256 of a file, in lower case hexadecimal.
pub fn sha256_file(path: impl AsRef<Path>) -> Result<String> {
    Ok(digest_file(path, &[])?.sha256)
}

/// The BLAKE3 digest of a file, as unpacking gives it.
pub fn blake3_file(path: impl AsRef<Path>) -> Result<[u8; 32]> {
    let path = path.as_ref();
    let mut hasher = blake3::Hasher::new();
    at("read", path, hasher.update_reader(open(path)?).map(drop))?;
    Ok(hasher.finalize().into())
}

/// The size, the sha256 and any other digests of a file, in one reading.
pub fn digest_file(
    path: impl AsRef<Path>,
    others: &[HashAlgorithm],
) -> Result<crate::digest::Digests> {
    let path = path.as_ref();
    let mut file = open(path)?;
    let mut digester = Digester::new(others);
    let mut buffer = vec![0; CHUNK];
    loop {
        match at("read", path, file.read(&mut buffer))? {
            0 => return Ok(digester.finish()),
            count => digester.update(&buffer[..count]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_file_replaces_the_old_one_and_creates_its_directory() {
        let scratch = Scratch::new(std::env::temp_dir()).unwrap();
        let path = scratch.path().join("a/b/file");
        write_atomic(&path, "old").unwrap();
        write_atomic(&path, "new").unwrap();
        assert_eq!(read_to_string(&path).unwrap(), "new");
        assert_eq!(read_dir(path.parent().unwrap()).unwrap().len(), 1);
        let umask = rustix::process::umask(rustix::fs::Mode::empty());
        rustix::process::umask(umask);
        let mode = metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o666 & !umask.bits());
    }

    #[test]
    fn errors_say_attempt_path_and_reason() {
        let error = read("/nowhere/at/all").unwrap_err();
        assert_eq!(
            error.to_string(),
            "could not read /nowhere/at/all: No such file or directory (os error 2)"
        );
        assert!(error.is_not_found());
        assert_eq!(read_if_exists("/nowhere/at/all").unwrap(), None);
    }

    #[test]
    fn a_tree_with_read_only_directories_is_removed() {
        let scratch = Scratch::new(std::env::temp_dir()).unwrap();
        let tree = scratch.path().join("tree");
        create_dir_all(tree.join("inner")).unwrap();
        write(tree.join("inner/file"), "x").unwrap();
        set_mode(tree.join("inner"), 0o555).unwrap();
        remove_tree(&tree).unwrap();
        assert!(!exists(&tree));
        remove_tree(&tree).unwrap();
    }

    #[test]
    fn digests_and_times() {
        let scratch = Scratch::new(std::env::temp_dir()).unwrap();
        let path = scratch.path().join("file");
        write(&path, "abc").unwrap();
        let digests = digest_file(&path, &[HashAlgorithm::Md5, HashAlgorithm::Sha1]).unwrap();
        assert_eq!(digests.size, 3);
        assert_eq!(
            digests.sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(digests.get(HashAlgorithm::Md5), Some("900150983cd24fb0d6963f7d28e17f72"));
        assert_eq!(
            digests.get(HashAlgorithm::Sha1),
            Some("a9993e364706816aba3e25717850c26c9cd0d89d")
        );
        set_mtime(&path, 1_577_836_801).unwrap();
        assert_eq!(mtime_seconds(&metadata(&path).unwrap()), 1_577_836_801);
    }
}
