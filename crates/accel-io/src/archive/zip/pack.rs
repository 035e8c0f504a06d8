//! A folder as a zip archive.

use std::fs::File;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::IoError;
use crate::fs::{self, EntryKind};

/// What is larger needs ZIP64.
const LARGE: u64 = u32::MAX as u64;

/// Packs all that is in a folder, below `top` in the archive, as pip packs a checkout: links are
/// followed to files and never into folders. The same content gives the same bytes, so no times
/// are written.
pub fn pack(folder: &Path, top: &str, archive: &Path) -> Result<(), IoError> {
    let mut writer = ZipWriter::new(fs::create(archive)?);
    below(&mut writer, folder, top)?;
    let finished = writer.finish().map_err(|error| wrong(archive, error))?;
    finished.sync_data().map_err(|error| IoError::new("write", archive, error))
}

fn below(writer: &mut ZipWriter<File>, folder: &Path, top: &str) -> Result<(), IoError> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = folder.join(&entry.name);
        let name = format!("{top}/{}", entry.name.to_string_lossy());
        let facts = fs::metadata(&path)?;
        if facts.is_dir() {
            let options = SimpleFileOptions::default().unix_permissions(0o755);
            writer.add_directory(&*name, options).map_err(|error| wrong(&path, error))?;
            if entry.kind == EntryKind::Directory {
                folders.push((path, name));
            }
            continue;
        }
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .large_file(facts.len() >= LARGE)
            .unix_permissions(facts.permissions().mode());
        writer.start_file(&*name, options).map_err(|error| wrong(&path, error))?;
        let mut file = fs::open(&path)?;
        io::copy(&mut file, writer).map_err(|error| IoError::new("pack", &path, error))?;
    }
    for (path, name) in folders {
        below(writer, &path, &name)?;
    }
    Ok(())
}

fn wrong(path: &Path, error: ZipError) -> IoError {
    IoError::new("pack", path, error.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::zip::{ZipLimits, ZipReader};
    use crate::fs::Scratch;

    #[test]
    fn what_was_packed_can_be_read_and_is_the_same_each_time() {
        let scratch = Scratch::new(std::env::temp_dir()).unwrap();
        let tree = scratch.path().join("tree");
        fs::write(scratch.path().join("outside"), "far").unwrap();
        fs::create_dir_all(tree.join("sub/empty")).unwrap();
        fs::write(tree.join("sub/file.py"), "x = 1\n").unwrap();
        fs::set_mode(tree.join("sub/file.py"), 0o755).unwrap();
        fs::symlink("../outside", tree.join("link")).unwrap();
        fs::symlink("sub", tree.join("loop")).unwrap();
        let [one, two] = ["one.zip", "two.zip"].map(|name| {
            let archive = scratch.path().join(name);
            pack(&tree, "top", &archive).unwrap();
            archive
        });
        assert_eq!(fs::read(&one).unwrap(), fs::read(&two).unwrap());
        let reader = ZipReader::open(&one, &ZipLimits::default()).unwrap();
        let names: Vec<_> = reader.entries().iter().map(|entry| entry.name.clone()).collect();
        let expected = ["top/link", "top/loop/", "top/sub/", "top/sub/empty/", "top/sub/file.py"];
        assert_eq!(names, expected);
        let file = reader.find("top/sub/file.py").unwrap();
        assert!(file.is_executable());
        assert_eq!(reader.read(file).unwrap(), b"x = 1\n");
        assert_eq!(reader.read(reader.find("top/link").unwrap()).unwrap(), b"far");
    }
}
