//! Giving a file of the store a second place: by reflink, hard link or copy.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, OnceLock};

use rustix::fs::{AtFlags, Mode, OFlags, Timespec, Timestamps};
use rustix::io::Errno;

use crate::error::IoError;
use crate::fs;

/// How the user wants files to get from the store into an environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LinkMode {
    /// Reflink where the file system can, else hard link, else copy.
    #[default]
    Auto,
    /// Reflink, else copy.
    Reflink,
    /// Hard link, else copy.
    Hardlink,
    /// Always copy.
    Copy,
}

/// How a file really got there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Shares blocks until one of both is written; own inode.
    Reflink,
    /// Shares the inode.
    Hardlink,
    /// Shares nothing.
    Copy,
}

impl Way {
    fn from_code(code: u8) -> Self {
        match code {
            0 => Self::Reflink,
            1 => Self::Hardlink,
            _ => Self::Copy,
        }
    }

    fn code(self) -> u8 {
        match self {
            Self::Reflink => 0,
            Self::Hardlink => 1,
            Self::Copy => 2,
        }
    }
}

/// Errors that say "not on this pair of file systems": no further file is tried that way.
fn is_hopeless(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(
            Errno::XDEV
                | Errno::PERM
                | Errno::OPNOTSUPP
                | Errno::NOSYS
                | Errno::NOTTY
                | Errno::INVAL
        )
    )
}

/// Links files from one directory tree into another, in the way that was decided once.
///
/// Shared by threads; when the system refuses a way (another file system mounted below the
/// target, for instance), the next best is used from then on.
#[derive(Debug)]
pub struct Linker {
    mode: LinkMode,
    way: AtomicU8,
}

impl Linker {
    /// Decides how files get from `store_dir` to `target_dir`; both must exist.
    ///
    /// What the file systems can do is tried with a file in each directory, once per pair of
    /// file systems and process.
    pub fn new(mode: LinkMode, store_dir: &Path, target_dir: &Path) -> Self {
        let way = match mode {
            LinkMode::Copy => Way::Copy,
            LinkMode::Reflink => Way::Reflink,
            LinkMode::Hardlink => Way::Hardlink,
            LinkMode::Auto => best_way(store_dir, target_dir),
        };
        Self { mode, way: AtomicU8::new(way.code()) }
    }

    /// The way in force now.
    pub fn way(&self) -> Way {
        Way::from_code(self.way.load(Ordering::Relaxed))
    }

    /// Makes `dst`, which must not exist, the file `src`, with its mode and modification time.
    pub fn link(&self, src: &Path, dst: &Path) -> Result<Way, IoError> {
        self.by_best_way(|way| match way {
            Way::Hardlink => std::fs::hard_link(src, dst),
            Way::Reflink | Way::Copy => {
                let source = File::open(src)?;
                let mode = source.metadata()?.mode();
                let mut options = OpenOptions::new();
                let target = options.write(true).create_new(true).mode(mode & 0o777).open(dst)?;
                fill(way, &source, &target).inspect_err(|_| {
                    let _ = std::fs::remove_file(dst);
                })
            }
        })
        .map_err(|source| IoError::new(format!("link {} to", src.display()), dst, source))
    }

    /// As [`Linker::link`], for names in directories that are open: no path is walked.
    pub fn link_into(
        &self,
        src_dir: &DirHandle,
        src: &[u8],
        dst_dir: &DirHandle,
        dst: &[u8],
    ) -> Result<Way, IoError> {
        self.by_best_way(|way| match way {
            Way::Hardlink => {
                rustix::fs::linkat(&src_dir.fd, src, &dst_dir.fd, dst, AtFlags::empty())
                    .map_err(io::Error::from)
            }
            Way::Reflink | Way::Copy => {
                let flags = OFlags::RDONLY | OFlags::CLOEXEC;
                let source = rustix::fs::openat(&src_dir.fd, src, flags, Mode::empty())?;
                let source = File::from(source);
                let mode = Mode::from_raw_mode(source.metadata()?.mode() & 0o777);
                let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
                let target = rustix::fs::openat(&dst_dir.fd, dst, flags, mode)?;
                fill(way, &source, &File::from(target)).inspect_err(|_| {
                    let _ = rustix::fs::unlinkat(&dst_dir.fd, dst, AtFlags::empty());
                })
            }
        })
        .map_err(|source| {
            let attempt = format!("link {} to", src_dir.join(src).display());
            IoError::new(attempt, dst_dir.join(dst), source)
        })
    }

    /// Tries the way in force, then the ones below it.
    fn by_best_way(&self, attempt: impl Fn(Way) -> io::Result<()>) -> io::Result<Way> {
        loop {
            let way = self.way();
            match attempt(way) {
                Ok(()) => return Ok(way),
                Err(error) if way == Way::Copy => return Err(error),
                // Only this file has too many names; the next one may still be linked.
                Err(error) if Errno::from_io_error(&error) == Some(Errno::MLINK) => {
                    return attempt(Way::Copy).map(|()| Way::Copy);
                }
                Err(error) if is_hopeless(&error) => {
                    let next = match (way, self.mode) {
                        (Way::Reflink, LinkMode::Auto) => Way::Hardlink,
                        _ => Way::Copy,
                    };
                    // Another thread may have gone further down already.
                    self.way.fetch_max(next.code(), Ordering::Relaxed);
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// Fills an empty `target` with the bytes of `source`, then gives it its mode and mtime.
fn fill(way: Way, source: &File, target: &File) -> io::Result<()> {
    match way {
        Way::Reflink => clone(target, source)?,
        Way::Hardlink | Way::Copy => {
            io::copy(&mut &*source, &mut &*target)?;
        }
    }
    let metadata = source.metadata()?;
    // The umask took bits away when the file was created.
    target.set_permissions(Permissions::from_mode(metadata.mode() & 0o7777))?;
    let time = Timespec { tv_sec: metadata.mtime(), tv_nsec: metadata.mtime_nsec() };
    rustix::fs::futimens(target, &Timestamps { last_access: time, last_modification: time })?;
    Ok(())
}

/// The best way between the file systems of two directories, tried once.
fn best_way(store_dir: &Path, target_dir: &Path) -> Way {
    static KNOWN: OnceLock<Mutex<HashMap<(u64, u64), Way>>> = OnceLock::new();
    let device = |path: &Path| std::fs::metadata(path).map(|metadata| metadata.dev());
    let (Ok(store), Ok(target)) = (device(store_dir), device(target_dir)) else {
        // Let the first file find out.
        return Way::Reflink;
    };
    let known = KNOWN.get_or_init(Mutex::default);
    if let Ok(known) = known.lock()
        && let Some(way) = known.get(&(store, target))
    {
        return *way;
    }
    let way = if store == target && lacks_reflinks(target_dir) {
        Way::Hardlink
    } else {
        let other = (store != target).then_some(target_dir);
        probe(store_dir, other).unwrap_or(Way::Reflink)
    };
    if let Ok(mut known) = known.lock() {
        known.insert((store, target), way);
    }
    way
}

/// Makes `target` share the blocks of `source`.
#[cfg(target_os = "linux")]
fn clone(target: &File, source: &File) -> rustix::io::Result<()> {
    rustix::fs::ioctl_ficlone(target, source)
}

/// Elsewhere a clone can't be made of open files.
#[cfg(not(target_os = "linux"))]
fn clone(_: &File, _: &File) -> rustix::io::Result<()> {
    Err(Errno::OPNOTSUPP)
}

/// File systems that are known to have hard links and no reflinks: nothing needs to be tried.
#[cfg(target_os = "linux")]
fn lacks_reflinks(path: &Path) -> bool {
    const EXT: u64 = 0xEF53;
    const TMPFS: u64 = 0x0102_1994;
    rustix::fs::statfs(path).is_ok_and(|facts| {
        u64::try_from(facts.f_type).is_ok_and(|kind| matches!(kind, EXT | TMPFS))
    })
}

#[cfg(not(target_os = "linux"))]
fn lacks_reflinks(_: &Path) -> bool {
    true
}

/// Tries with two files; an error means that we may not write in one of the directories. On one device
/// both are in the store, and in the directory of `other` the second has no name: nothing of a probe that
/// is killed may stay in an environment.
fn probe(store_dir: &Path, other: Option<&Path>) -> io::Result<Way> {
    let folder = tempfile::Builder::new().prefix(".probe-").tempdir_in(store_dir)?;
    let path = folder.path().join("source");
    let source = File::create_new(&path)?;
    let copy = match other {
        Some(target_dir) => nameless(target_dir)?,
        None => Some(File::create_new(folder.path().join("clone"))?),
    };
    if copy.is_some_and(|copy| clone(&copy, &source).is_ok()) {
        return Ok(Way::Reflink);
    }
    let linked = other.is_none() && std::fs::hard_link(path, folder.path().join("link")).is_ok();
    Ok(if linked { Way::Hardlink } else { Way::Copy })
}

/// A new file without a name; `None` where the file system has none such, and no reflinks from another
/// device either.
#[cfg(target_os = "linux")]
fn nameless(folder: &Path) -> io::Result<Option<File>> {
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    match rustix::fs::open(folder, flags, Mode::from_raw_mode(0o600)) {
        Ok(file) => Ok(Some(file.into())),
        Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::NOENT) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn nameless(_: &Path) -> io::Result<Option<File>> {
    Ok(None)
}

/// An open directory, for work on many names in it.
#[derive(Debug)]
pub struct DirHandle {
    fd: OwnedFd,
    path: PathBuf,
}

impl DirHandle {
    /// Opens an existing directory.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, IoError> {
        let path = path.into();
        let opened = rustix::fs::open(&path, Self::flags(), Mode::empty());
        let fd = fs::at("open directory", &path, opened.map_err(io::Error::from))?;
        Ok(Self { fd, path })
    }

    /// Opens the directory `name` in this one; `name` may be a relative path.
    pub fn open_child(&self, name: &[u8]) -> Result<Self, IoError> {
        let path = self.join(name);
        let opened = rustix::fs::openat(&self.fd, name, Self::flags(), Mode::empty());
        let fd = fs::at("open directory", &path, opened.map_err(io::Error::from))?;
        Ok(Self { fd, path })
    }

    /// Creates the directory `name` (mode 0777 less the umask); `false` if it was there.
    pub fn create_child(&self, name: &[u8]) -> Result<bool, IoError> {
        match rustix::fs::mkdirat(&self.fd, name, Mode::from_raw_mode(0o777)) {
            Ok(()) => Ok(true),
            Err(Errno::EXIST) => Ok(false),
            Err(error) => Err(IoError::new("create directory", self.join(name), error.into())),
        }
    }

    /// Creates the file `name`, which must not exist, with these bytes.
    pub fn write_child(&self, name: &[u8], bytes: &[u8], mode: u32) -> Result<(), IoError> {
        use std::io::Write as _;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        rustix::fs::openat(&self.fd, name, flags, Mode::from_raw_mode(mode))
            .map_err(io::Error::from)
            .and_then(|file| File::from(file).write_all(bytes))
            .map_err(|source| IoError::new("write", self.join(name), source))
    }

    /// Removes the file `name`; `false` if there was none.
    pub fn remove_child(&self, name: &[u8]) -> Result<bool, IoError> {
        match rustix::fs::unlinkat(&self.fd, name, AtFlags::empty()) {
            Ok(()) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(IoError::new("remove", self.join(name), error.into())),
        }
    }

    /// Facts about `name` itself, symbolic links not followed: `None` if there is none.
    pub fn look_at(&self, name: &[u8]) -> Result<Option<ChildFacts>, IoError> {
        match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            // The fields' types differ between platforms.
            #[allow(clippy::unnecessary_cast, clippy::cast_sign_loss, clippy::cast_lossless)]
            Ok(found) => Ok(Some(ChildFacts {
                size: found.st_size as u64,
                mtime: found.st_mtime as i64,
                mode: found.st_mode as u32,
                inode: found.st_ino as u64,
            })),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(IoError::new("look at", self.join(name), error.into())),
        }
    }

    /// Where it was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn join(&self, name: &[u8]) -> PathBuf {
        self.path.join(std::ffi::OsStr::from_bytes(name))
    }

    fn flags() -> OFlags {
        OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC
    }
}

/// What [`DirHandle::look_at`] tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChildFacts {
    /// Bytes.
    pub size: u64,
    /// Whole seconds since 1970.
    pub mtime: i64,
    /// File type and permission bits as in `st_mode`.
    pub mode: u32,
    /// Inode number.
    pub inode: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    const MTIME: i64 = 1_577_836_877;

    fn source(folder: &Path) -> PathBuf {
        let path = folder.join("source");
        fs::write(&path, "text").unwrap();
        fs::set_mode(&path, 0o775).unwrap();
        fs::set_mtime(&path, MTIME).unwrap();
        path
    }

    #[test]
    fn every_mode_keeps_bytes_mode_and_time() {
        let scratch = fs::Scratch::new(std::env::temp_dir()).unwrap();
        let source = source(scratch.path());
        let folder = DirHandle::open(scratch.path()).unwrap();
        for mode in [LinkMode::Auto, LinkMode::Reflink, LinkMode::Hardlink, LinkMode::Copy] {
            let linker = Linker::new(mode, scratch.path(), scratch.path());
            let plain = scratch.path().join(format!("{mode:?}"));
            let way = linker.link(&source, &plain).unwrap();
            let name = format!("{mode:?}-handle");
            assert_eq!(
                linker.link_into(&folder, b"source", &folder, name.as_bytes()).unwrap(),
                way
            );
            for path in [plain, scratch.path().join(name)] {
                let facts = fs::metadata(&path).unwrap();
                assert_eq!(fs::read(&path).unwrap(), b"text");
                assert_eq!((facts.mode() & 0o7777, facts.mtime()), (0o775, MTIME), "{mode:?}");
                let shared = facts.ino() == fs::metadata(&source).unwrap().ino();
                assert_eq!(shared, way == Way::Hardlink);
            }
            assert!(mode != LinkMode::Copy || way == Way::Copy);
        }
    }

    #[test]
    fn an_existing_target_is_an_error_and_stays() {
        let scratch = fs::Scratch::new(std::env::temp_dir()).unwrap();
        let source = source(scratch.path());
        let there = scratch.path().join("there");
        fs::write(&there, "mine").unwrap();
        for mode in [LinkMode::Auto, LinkMode::Hardlink, LinkMode::Copy] {
            let error = Linker::new(mode, scratch.path(), scratch.path())
                .link(&source, &there)
                .unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        }
        assert_eq!(fs::read(&there).unwrap(), b"mine");
    }

    #[test]
    fn across_file_systems_it_copies() {
        let shm = Path::new("/dev/shm");
        let scratch = fs::Scratch::new(std::env::temp_dir()).unwrap();
        let Ok(other) = fs::Scratch::new(shm) else { return };
        if fs::metadata(shm).unwrap().dev() == fs::metadata(scratch.path()).unwrap().dev() {
            return;
        }
        let source = source(scratch.path());
        for mode in [LinkMode::Auto, LinkMode::Hardlink, LinkMode::Reflink] {
            let linker = Linker::new(mode, scratch.path(), other.path());
            let target = other.path().join(format!("{mode:?}"));
            assert_eq!(linker.link(&source, &target).unwrap(), Way::Copy);
            assert_eq!(fs::metadata(&target).unwrap().mtime(), MTIME);
            assert_eq!(linker.way(), Way::Copy);
        }
    }

    #[test]
    fn a_file_with_too_many_names_is_copied_and_the_rest_still_linked() {
        let linker = Linker { mode: LinkMode::Auto, way: AtomicU8::new(Way::Hardlink.code()) };
        let way = linker.by_best_way(|way| match way {
            Way::Hardlink => Err(Errno::MLINK.into()),
            _ => Ok(()),
        });
        assert_eq!((way.unwrap(), linker.way()), (Way::Copy, Way::Hardlink));
    }

    #[test]
    fn children_of_open_directories() {
        let scratch = fs::Scratch::new(std::env::temp_dir()).unwrap();
        let folder = DirHandle::open(scratch.path()).unwrap();
        assert!(folder.create_child(b"inner").unwrap());
        assert!(!folder.create_child(b"inner").unwrap());
        let inner = folder.open_child(b"inner").unwrap();
        inner.write_child(b"file", b"abc", 0o644).unwrap();
        assert_eq!(inner.look_at(b"file").unwrap().unwrap().size, 3);
        assert!(inner.remove_child(b"file").unwrap());
        assert_eq!(inner.look_at(b"file").unwrap(), None);
        let error = folder.open_child(b"none").unwrap_err();
        assert_eq!(error.path(), scratch.path().join("none"));
    }
}
