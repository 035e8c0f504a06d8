//! Unpacking of tar archives from strangers, with path checks of our own.
//!
//! The rules are those of Python's `tarfile.data_filter`, which pip applies to source
//! distributions: nothing outside the destination, no devices, links only within the tree.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

/// The most that one archive may unpack to, in bytes: far above any real source distribution.
const MOST_BYTES: u64 = 32 << 30;
/// The most entries that one archive may have.
const MOST_ENTRIES: u64 = 4_000_000;

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
    /// An entry would land, or point, outside the destination.
    #[error(
        "The tar file ({archive}) has a file ({entry}) trying to install outside target directory ({dest})"
    )]
    Outside {
        /// The archive.
        archive: PathBuf,
        /// The entry's name as the archive has it.
        entry: String,
        /// The destination.
        dest: PathBuf,
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

    fn reader(self, file: File) -> io::Result<Box<dyn Read>> {
        let file = io::BufReader::with_capacity(1 << 16, file);
        Ok(match self {
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

/// Unpacks `archive` into the existing directory `dest`.
pub fn extract(archive: &Path, compression: Compression, dest: &Path) -> Result<(), TarError> {
    let failed = |source| TarError::Io { archive: archive.to_path_buf(), source };
    let file = File::open(archive).map_err(failed)?;
    let dest = dest.canonicalize().map_err(failed)?;
    let mut tar = tar::Archive::new(compression.reader(file).map_err(failed)?);
    let mut unpacking = Unpacking { archive, dest: &dest, bytes: 0, entries: 0 };
    for entry in tar.entries().map_err(failed)? {
        unpacking.entry(entry.map_err(failed)?)?;
    }
    Ok(())
}

struct Unpacking<'a> {
    archive: &'a Path,
    dest: &'a Path,
    bytes: u64,
    entries: u64,
}

impl Unpacking<'_> {
    fn failed(&self, source: io::Error) -> TarError {
        TarError::Io { archive: self.archive.to_path_buf(), source }
    }

    fn outside(&self, entry: &Path) -> TarError {
        TarError::Outside {
            archive: self.archive.to_path_buf(),
            entry: entry.display().to_string(),
            dest: self.dest.to_path_buf(),
        }
    }

    fn entry<R: Read>(&mut self, mut entry: tar::Entry<'_, R>) -> Result<(), TarError> {
        let name = entry.path().map_err(|source| self.failed(source))?.into_owned();
        let kind = entry.header().entry_type();
        self.entries += 1;
        self.bytes = self.bytes.saturating_add(entry.size());
        self.bounded(self.entries, MOST_ENTRIES, "entries")?;
        self.bounded(self.bytes, MOST_BYTES, "bytes")?;
        let Some(path) = self.place(&name)? else { return Ok(()) };
        let linked = entry
            .link_name()
            .map_err(|source| self.failed(source))?
            .map(std::borrow::Cow::into_owned);
        match (kind, linked) {
            (kind, _) if kind.is_dir() => {
                fs::create_dir_all(&path).map_err(|source| self.failed(source))
            }
            (kind, _)
                if kind.is_file() || kind == tar::EntryType::Continuous || kind.is_gnu_sparse() =>
            {
                let executable = entry.header().mode().is_ok_and(|mode| mode & 0o111 != 0);
                remove(&path).map_err(|source| self.failed(source))?;
                let mut file = File::create_new(&path).map_err(|source| self.failed(source))?;
                io::copy(&mut entry, &mut file).map_err(|source| self.failed(source))?;
                mark(&file, executable).map_err(|source| self.failed(source))
            }
            (kind, Some(target)) if kind.is_symlink() => {
                let folder = path.parent().unwrap_or(self.dest);
                if target.is_absolute() || !self.stays_within(folder, &target) {
                    return Err(self.outside(&name));
                }
                remove(&path).map_err(|source| self.failed(source))?;
                std::os::unix::fs::symlink(&target, &path).map_err(|source| self.failed(source))
            }
            (kind, Some(target)) if kind.is_hard_link() => {
                let Some(source) = self.place(&target)? else { return Err(self.outside(&name)) };
                if !self.stays_within(self.dest, &target) {
                    return Err(self.outside(&name));
                }
                remove(&path).map_err(|source| self.failed(source))?;
                fs::hard_link(source, &path).map_err(|source| self.failed(source))
            }
            // Devices, pipes and headers of unknown kinds: pip's filter refuses or skips them.
            _ => Ok(()),
        }
    }

    fn bounded(&self, count: u64, limit: u64, what: &'static str) -> Result<(), TarError> {
        if count > limit {
            return Err(TarError::TooLarge { archive: self.archive.to_path_buf(), limit, what });
        }
        Ok(())
    }

    /// Where an entry goes, its parents made; `None` for the destination itself.
    fn place(&self, name: &Path) -> Result<Option<PathBuf>, TarError> {
        let mut path = self.dest.to_path_buf();
        for component in name.components() {
            match component {
                Component::Normal(part) => path.push(part),
                Component::CurDir | Component::RootDir => {}
                Component::ParentDir | Component::Prefix(_) => return Err(self.outside(name)),
            }
        }
        if path == self.dest {
            return Ok(None);
        }
        let parent = path.parent().unwrap_or(self.dest);
        fs::create_dir_all(parent).map_err(|source| self.failed(source))?;
        // An earlier entry may have put a symbolic link in the way.
        let real = parent.canonicalize().map_err(|source| self.failed(source))?;
        if real.starts_with(self.dest) { Ok(Some(path)) } else { Err(self.outside(name)) }
    }

    /// Whether `target`, followed from `folder`, ends inside the destination.
    fn stays_within(&self, folder: &Path, target: &Path) -> bool {
        let Ok(mut place) = folder.canonicalize() else { return false };
        for component in target.components() {
            match component {
                Component::Normal(part) => {
                    place.push(part);
                    if let Ok(real) = place.canonicalize() {
                        place = real;
                    }
                }
                Component::ParentDir => {
                    place.pop();
                }
                Component::CurDir => {}
                Component::RootDir | Component::Prefix(_) => return false,
            }
            if !place.starts_with(self.dest) {
                return false;
            }
        }
        true
    }
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
        assert_ne!(mode("p-1/run") & 0o111, 0);
        assert_eq!(mode("p-1/text") & 0o111, 0);
        assert_eq!(fs::read(dest.join("p-1/alias")).unwrap(), b"y");
    }

    #[test]
    fn entries_that_climb_are_refused() {
        let (_folder, path) = archive(|builder| file(builder, "p/../../evil", 0o644, b"x"));
        assert!(matches!(unpack(&path), Err(TarError::Outside { .. })));
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
            assert!(matches!(unpack(&path), Err(TarError::Outside { .. })), "{target}");
        }
    }

    #[test]
    fn a_chain_of_links_does_not_lead_out() {
        let (_folder, path) = archive(|builder| {
            link(builder, tar::EntryType::Symlink, "a", ".");
            link(builder, tar::EntryType::Symlink, "a/b", "..");
            file(builder, "a/b/evil", 0o644, b"x");
        });
        assert!(matches!(unpack(&path), Err(TarError::Outside { .. })));
        assert!(!path.with_file_name("evil").exists());
    }

    #[test]
    fn compression_goes_by_name() {
        assert_eq!(Compression::of_name("a-1.TAR.GZ"), Some(Compression::Gzip));
        assert_eq!(Compression::of_name("a-1.tar.lzma"), Some(Compression::Xz));
        assert_eq!(Compression::of_name("a-1.zip"), None);
    }
}
