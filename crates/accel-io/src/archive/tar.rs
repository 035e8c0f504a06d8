//! Unpacking of tar archives from strangers, with path checks of our own.
//!
//! The rules are those of Python's `tarfile.data_filter`, which pip applies to source
//! distributions: nothing outside the destination, no devices, links only within the tree. As pip
//! does, a leading folder that all entries share is taken off first, so that links are judged from
//! where the entries will stand; that takes a first pass over the names.

mod place;

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use accel_types::python_repr;

use place::{leading_folder, resolved, split_leading};

/// The most that one archive may unpack to, in bytes: far above any real source distribution.
const MOST_BYTES: u64 = 32 << 30;
/// Beyond this many bytes it may be no more than [`MOST_TIMES`] the archive's size.
const FREE_BYTES: u64 = 1 << 30;
/// Far above what honest files are compressed to.
const MOST_TIMES: u64 = 200;
/// The most entries that one archive may have.
const MOST_ENTRIES: u64 = 4_000_000;

/// The most bytes of a global header that are looked at.
const MOST_REMARK: u64 = 1 << 20;

/// Why an archive was not unpacked.
#[derive(Debug, thiserror::Error)]
pub enum TarError {
    /// The archive or a destination file could not be read or written.
    #[error("could not unpack {archive}: {source}")]
    Io {
        /// The archive.
        archive: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// An entry would land, or point, outside the destination, or is no file, folder or link.
    #[error("Invalid member in the tar file {archive}: {reason}")]
    Member {
        /// The archive.
        archive: PathBuf,
        /// What is wrong, with the entry's name, in the words of Python's `tarfile`.
        reason: String,
    },
    /// The archive is larger than any honest one.
    #[error("could not unpack {archive}: it holds more than {limit} {what}")]
    TooLarge {
        /// The archive.
        archive: PathBuf,
        /// The limit that was passed.
        limit: u64,
        /// What was counted: bytes or entries.
        what: &'static str,
    },
}

/// How a tar archive is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// `.tar`
    None,
    /// `.tar.gz`, `.tgz`
    Gzip,
    /// `.tar.bz2`, `.tbz`
    Bzip2,
    /// `.tar.xz`, `.txz`, `.tlz`, `.tar.lz`, `.tar.lzma`
    Xz,
}

impl Compression {
    /// The compression that a file name announces; `None` where it is no tar archive that pip
    /// accepts.
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        if ends(&[".tar.gz", ".tgz"]) {
            Some(Self::Gzip)
        } else if ends(&[".tar.bz2", ".tbz"]) {
            Some(Self::Bzip2)
        } else if ends(&[".tar.xz", ".txz", ".tlz", ".tar.lz", ".tar.lzma"]) {
            Some(Self::Xz)
        } else if ends(&[".tar"]) {
            Some(Self::None)
        } else {
            None
        }
    }

    /// What the first bytes say; Python's `tarfile` finds it so for names that end with `.tar`.
    fn of_content(start: &[u8]) -> Self {
        match start {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [b'B', b'Z', b'h', ..] => Self::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            _ => Self::None,
        }
    }

    fn reader(self, file: File) -> io::Result<Box<dyn Read>> {
        let mut file = io::BufReader::with_capacity(1 << 16, file);
        let compression = match self {
            Self::None => Self::of_content(io::BufRead::fill_buf(&mut file)?),
            named => named,
        };
        Ok(match compression {
            Self::None => Box::new(file),
            Self::Gzip => Box::new(flate2::read::MultiGzDecoder::new(file)),
            Self::Bzip2 => Box::new(bzip2::read::MultiBzDecoder::new(file)),
            Self::Xz => {
                let stream = liblzma::stream::Stream::new_auto_decoder(1 << 30, 0)?;
                Box::new(liblzma::read::XzDecoder::new_stream(file, stream))
            }
        })
    }
}

/// Unpacks `archive` into the existing directory `dest`, without the leading folder that all its
/// entries share. Files and folders keep the times that the archive has for them.
pub fn extract(archive: &Path, compression: Compression, dest: &Path) -> Result<(), TarError> {
    let failed = |source| TarError::Io { archive: archive.to_path_buf(), source };
    let open = || File::open(archive).and_then(|file| compression.reader(file));
    let dest = dest.canonicalize().map_err(failed)?;
    let mut unpacking = Unpacking {
        archive,
        dest: &dest,
        leading: false,
        most_bytes: MOST_BYTES,
        bytes: 0,
        entries: 0,
        folders: Vec::new(),
    };
    let length = fs::metadata(archive).map_err(failed)?.len();
    unpacking.most_bytes = length.saturating_mul(MOST_TIMES).clamp(FREE_BYTES, MOST_BYTES);
    unpacking.leading = unpacking.has_leading(open().map_err(failed)?)?;
    let mut tar = tar::Archive::new(open().map_err(failed)?);
    for entry in tar.entries().map_err(failed)? {
        unpacking.entry(entry.map_err(failed)?)?;
    }
    unpacking.date_folders().map_err(failed)
}

struct Unpacking<'a> {
    archive: &'a Path,
    dest: &'a Path,
    /// Whether the first part of every name is taken off.
    leading: bool,
    most_bytes: u64,
    bytes: u64,
    entries: u64,
    /// Folders and their times, which their contents' arrival would change.
    folders: Vec<(PathBuf, SystemTime)>,
}

impl Unpacking<'_> {
    fn failed(&self, source: io::Error) -> TarError {
        TarError::Io { archive: self.archive.to_path_buf(), source }
    }

    fn member(&self, reason: String) -> TarError {
        TarError::Member { archive: self.archive.to_path_buf(), reason }
    }

    fn has_leading(&mut self, reader: impl Read) -> Result<bool, TarError> {
        let mut tar = tar::Archive::new(reader);
        let mut names = Vec::new();
        for entry in tar.entries().map_err(|source| self.failed(source))? {
            let mut entry = entry.map_err(|source| self.failed(source))?;
            self.no_renaming_of_all(&mut entry)?;
            self.entries += 1;
            self.bytes = self.bytes.saturating_add(entry.size());
            self.bounded(self.entries, MOST_ENTRIES, "entries")?;
            self.bounded(self.bytes, self.most_bytes, "bytes")?;
            if !is_remark(entry.header().entry_type()) {
                names.push(self.text(entry.path_bytes())?);
            }
        }
        Ok(leading_folder(names.iter().map(String::as_str)))
    }

    /// A global header that says more than a remark is one that readers disagree about: to some it
    /// names or measures everything that follows.
    fn no_renaming_of_all<R: Read>(&self, entry: &mut tar::Entry<'_, R>) -> Result<(), TarError> {
        if !is_remark(entry.header().entry_type()) {
            return Ok(());
        }
        let mut text = Vec::new();
        let read = entry.by_ref().take(MOST_REMARK).read_to_end(&mut text);
        read.map_err(|source| self.failed(source))?;
        for extension in tar::PaxExtensions::new(&text) {
            let extension = extension.map_err(|source| self.failed(source))?;
            let key = String::from_utf8_lossy(extension.key_bytes());
            if matches!(&*key, "path" | "linkpath" | "size") || key.starts_with("GNU.sparse") {
                return Err(self.member(format!("a global header sets {}", python_repr(&key))));
            }
        }
        Ok(())
    }

    fn text(&self, name: Cow<'_, [u8]>) -> Result<String, TarError> {
        String::from_utf8(name.into_owned())
            .map_err(|_| self.failed(io::Error::other("a name in it is not UTF-8")))
    }

    fn entry<R: Read>(&mut self, mut entry: tar::Entry<'_, R>) -> Result<(), TarError> {
        let full = self.text(entry.path_bytes())?;
        let kind = entry.header().entry_type();
        if is_remark(kind) {
            return Ok(());
        }
        // Archives older than POSIX mark folders by nothing but the slash.
        let is_folder = kind.is_dir() || kind == tar::EntryType::Regular && full.ends_with('/');
        let full = if is_folder { full.trim_end_matches('/') } else { full.as_str() };
        let (lead, name) = if self.leading { split_leading(full) } else { ("", full) };
        let shown = python_repr(name);
        let name = name.trim_start_matches('/');
        let place = resolved(self.dest, name).map_err(|source| self.failed(source))?;
        if !place.starts_with(self.dest) {
            let path = python_repr(&place.to_string_lossy());
            let reason =
                format!("{shown} would be extracted to {path}, which is outside the destination");
            return Err(self.member(reason));
        }
        let modified = modified(&mut entry);
        if is_folder {
            fs::create_dir_all(&place).map_err(|source| self.failed(source))?;
            self.folders.push((place, modified));
            return Ok(());
        }
        let is_link = kind.is_symlink() || kind.is_hard_link();
        if !is_link && !is_regular(kind) {
            return Err(self.member(format!("{shown} is a special file")));
        }
        let path = self.parent_made(name)?;
        if is_link {
            let target = entry.link_name_bytes().unwrap_or_default();
            let target = self.text(target)?;
            return self.link(kind, lead, name, &shown, &target, &path);
        }
        let executable = entry.header().mode().is_ok_and(|mode| mode & 0o111 != 0);
        let mut written = || {
            remove(&path)?;
            let mut file = File::create_new(&path)?;
            io::copy(&mut entry, &mut file)?;
            mark(&file, executable)?;
            file.set_modified(modified)
        };
        written().map_err(|source| self.failed(source))
    }

    /// Where a file or link goes: its parent followed through links, made, and found inside.
    fn parent_made(&self, name: &str) -> Result<PathBuf, TarError> {
        let (parent, last) = name.rsplit_once('/').unwrap_or(("", name));
        if matches!(last, "" | "." | "..") {
            let reason = format!("{} is no name of a file", python_repr(name));
            return Err(self.member(reason));
        }
        let parent = resolved(self.dest, parent).map_err(|source| self.failed(source))?;
        if !parent.starts_with(self.dest) {
            let path = python_repr(&parent.join(last).to_string_lossy());
            let name = python_repr(name);
            let reason =
                format!("{name} would be extracted to {path}, which is outside the destination");
            return Err(self.member(reason));
        }
        fs::create_dir_all(&parent).map_err(|source| self.failed(source))?;
        Ok(parent.join(last))
    }

    fn link(
        &self,
        kind: tar::EntryType,
        lead: &str,
        name: &str,
        shown: &str,
        target: &str,
        path: &Path,
    ) -> Result<(), TarError> {
        if target.starts_with('/') {
            return Err(self.member(format!("{shown} is a link to an absolute path")));
        }
        // A hard link names its target from the archive's root, a symbolic one from its own place.
        let (target, from_root) = if kind.is_symlink() {
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            (target, format!("{folder}/{target}"))
        } else {
            let (target_lead, rest) = split_leading(target);
            let target = if self.leading && target_lead == lead { rest } else { target };
            (target, target.to_owned())
        };
        let place = resolved(self.dest, from_root.trim_start_matches('/'))
            .map_err(|source| self.failed(source))?;
        if !place.starts_with(self.dest) {
            let place = python_repr(&place.to_string_lossy());
            let reason = format!("{shown} would link to {place}, which is outside the destination");
            return Err(self.member(reason));
        }
        if kind.is_symlink() {
            let made = || {
                remove(path)?;
                std::os::unix::fs::symlink(target, path)
            };
            return made().map_err(|source| self.failed(source));
        }
        // A hard link to a symbolic link is that link once more.
        let original = self.parent_made(target)?;
        let made = || {
            remove(path)?;
            fs::hard_link(&original, path)
        };
        made().map_err(|source| self.failed(source))
    }

    /// Dates the folders, inner ones first.
    fn date_folders(mut self) -> io::Result<()> {
        self.folders.sort();
        for (folder, modified) in self.folders.iter().rev() {
            if folder.is_dir() {
                File::open(folder)?.set_modified(*modified)?;
            }
        }
        Ok(())
    }

    fn bounded(&self, count: u64, limit: u64, what: &'static str) -> Result<(), TarError> {
        if count > limit {
            return Err(TarError::TooLarge { archive: self.archive.to_path_buf(), limit, what });
        }
        Ok(())
    }
}

/// Headers that say something about the archive as a whole.
fn is_remark(kind: tar::EntryType) -> bool {
    kind == tar::EntryType::XGlobalHeader
}

fn is_regular(kind: tar::EntryType) -> bool {
    kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse()
}

/// When an entry was changed: as its extended header says, since Python's `tarfile` leaves a zero in
/// the plain one where the time has fractions, else as the plain one says.
fn modified<R: Read>(entry: &mut tar::Entry<'_, R>) -> SystemTime {
    let extended = entry.pax_extensions().ok().flatten().and_then(|extensions| {
        let found =
            extensions.flatten().filter(|extension| extension.key() == Ok("mtime")).last()?;
        found.value().ok()?.parse::<f64>().ok()
    });
    let since = match extended {
        Some(seconds) => Duration::try_from_secs_f64(seconds).unwrap_or_default(),
        None => Duration::from_secs(entry.header().mtime().unwrap_or(0)),
    };
    SystemTime::UNIX_EPOCH.checked_add(since).unwrap_or(SystemTime::UNIX_EPOCH)
}

/// Removes what an earlier entry of the same name left, so that nothing is written through a link.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// pip's modes: the process's default, plus execution where the archive has any.
fn mark(file: &File, executable: bool) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if !executable {
        return Ok(());
    }
    let mode = file.metadata()?.permissions().mode();
    file.set_permissions(fs::Permissions::from_mode(mode | 0o111))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(entries: impl FnOnce(&mut tar::Builder<Vec<u8>>)) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let mut builder = tar::Builder::new(Vec::new());
        entries(&mut builder);
        let path = folder.path().join("a.tar");
        fs::write(&path, builder.into_inner().unwrap()).unwrap();
        fs::create_dir(folder.path().join("dest")).unwrap();
        (folder, path)
    }

    fn file(builder: &mut tar::Builder<Vec<u8>>, name: &str, mode: u32, text: &[u8]) {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(mode);
        // `set_path` refuses what hostile archives hold, so the name is written raw.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        builder.append(&header, text).unwrap();
    }

    fn link(builder: &mut tar::Builder<Vec<u8>>, kind: tar::EntryType, name: &str, target: &str) {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(0);
        header.set_mode(0o777);
        builder.append_link(&mut header, name, target).unwrap();
    }

    fn unpack(path: &Path) -> Result<PathBuf, TarError> {
        let dest = path.with_file_name("dest");
        extract(path, Compression::None, &dest).map(|()| dest)
    }

    #[test]
    fn files_and_their_execution_bit_arrive() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, path) = archive(|builder| {
            file(builder, "p-1/run", 0o755, b"x");
            file(builder, "p-1/text", 0o644, b"y");
            link(builder, tar::EntryType::Symlink, "p-1/alias", "text");
        });
        let dest = unpack(&path).unwrap();
        let mode = |name: &str| fs::metadata(dest.join(name)).unwrap().permissions().mode();
        assert_ne!(mode("run") & 0o111, 0);
        assert_eq!(mode("text") & 0o111, 0);
        assert_eq!(fs::read(dest.join("alias")).unwrap(), b"y");
    }

    #[test]
    fn times_with_fractions_stand_in_extended_headers() {
        let (_folder, path) = archive(|builder| {
            builder.append_pax_extensions([("mtime", &b"1644317623.25"[..])]).unwrap();
            file(builder, "p-1/text", 0o644, b"y");
        });
        let modified = fs::metadata(unpack(&path).unwrap().join("text")).unwrap().modified();
        let expected = SystemTime::UNIX_EPOCH + Duration::from_secs_f64(1_644_317_623.25);
        assert_eq!(modified.unwrap(), expected);
    }

    #[test]
    fn entries_that_climb_are_refused() {
        let (_folder, path) = archive(|builder| file(builder, "p/../../evil", 0o644, b"x"));
        assert!(matches!(unpack(&path), Err(TarError::Member { .. })));
        assert!(!path.with_file_name("evil").exists());
    }

    #[test]
    fn links_that_leave_are_refused() {
        for (kind, target) in [
            (tar::EntryType::Symlink, "../../../etc/passwd"),
            (tar::EntryType::Symlink, "/etc/passwd"),
            (tar::EntryType::Link, "../a.tar"),
        ] {
            let (_folder, path) = archive(|builder| link(builder, kind, "p/x", target));
            assert!(matches!(unpack(&path), Err(TarError::Member { .. })), "{target}");
        }
    }

    #[test]
    fn a_chain_of_links_does_not_lead_out() {
        let (_folder, path) = archive(|builder| {
            file(builder, "top", 0o644, b"x");
            link(builder, tar::EntryType::Symlink, "a", ".");
            link(builder, tar::EntryType::Symlink, "a/b", "..");
            file(builder, "a/b/evil", 0o644, b"x");
        });
        assert!(matches!(unpack(&path), Err(TarError::Member { .. })));
        assert!(!path.with_file_name("evil").exists());
    }

    #[test]
    fn compression_goes_by_name() {
        assert_eq!(Compression::of_name("a-1.TAR.GZ"), Some(Compression::Gzip));
        assert_eq!(Compression::of_name("a-1.tar.lzma"), Some(Compression::Xz));
        assert_eq!(Compression::of_name("a-1.zip"), None);
    }
}
