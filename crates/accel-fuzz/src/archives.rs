//! Archives: whatever they say, nothing is written outside of the folder they are unpacked into.

use std::path::Path;

use accel_io::archive::tar::{Compression, extract};
use accel_io::archive::zip::{ExtractOptions, ZipLimits, ZipReader};

pub(crate) const ZIP_WORDS: &[&str] = &[
    "PK\x03\x04",
    "PK\x01\x02",
    "PK\x05\x06",
    "PK\x06\x06",
    "PK\x06\x07",
    "PK\x07\x08",
    "../",
    "/",
    "..\\",
    "C:\\",
    "\0",
    "\x01\0\x10\0",
    "up\x0b\0\x01",
    "a.py",
];

pub(crate) const TAR_WORDS: &[&str] = &[
    "ustar\0",
    "ustar  \0",
    "../",
    "/",
    "././@LongLink\0",
    "path=../x\n",
    "linkpath=/\n",
    "size=99999\n",
    "\0\0\0\0\0\0\0\0",
    "00000000000\0",
    "77777777777\0",
    "L",
    "K",
    "x",
    "g",
    "2",
    "1",
];

/// Small enough that no input fills the memory.
const LIMITS: u64 = 1 << 24;

pub(crate) fn zip(bytes: &[u8]) {
    unpacked(bytes, |archive, into| {
        let limits = ZipLimits {
            entries: 1000,
            file_size: LIMITS,
            total_size: LIMITS,
            ..ZipLimits::default()
        };
        let Ok(reader) = ZipReader::open(archive, &limits) else { return };
        for entry in reader.entries() {
            if let Ok(contents) = reader.read(entry) {
                assert_eq!(contents.len() as u64, entry.size, "{}", entry.name);
            }
        }
        let _ = reader.extract_all(into, &ExtractOptions::default());
    });
}

pub(crate) fn tar(bytes: &[u8]) {
    unpacked(bytes, |archive, into| drop(extract(archive, Compression::None, into)));
}

/// Unpacks and looks at what is beside the folder, and at where links lead.
fn unpacked(bytes: &[u8], unpack: impl FnOnce(&Path, &Path)) {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let (archive, into) = (scratch.path().join("archive"), scratch.path().join("a/b/c/into"));
    std::fs::create_dir_all(&into).expect("a folder");
    std::fs::write(&archive, bytes).expect("a file");
    unpack(&archive, &into);
    for (folder, expected) in [("", 2), ("a", 1), ("a/b", 1), ("a/b/c", 1)] {
        let found = std::fs::read_dir(scratch.path().join(folder)).expect("it was made").count();
        assert_eq!(found, expected, "something was written beside the folder");
    }
    let real = into.canonicalize().expect("it was made");
    links_stay(&into, &real);
}

fn links_stay(folder: &Path, root: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, kind) = (entry.path(), entry.file_type().expect("a file has a kind"));
        if kind.is_symlink() {
            if let Ok(target) = path.canonicalize() {
                assert!(
                    target.starts_with(root),
                    "{} leads to {}",
                    path.display(),
                    target.display()
                );
            }
        } else if kind.is_dir() {
            links_stay(&path, root);
        }
    }
}
