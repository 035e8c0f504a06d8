//! The raw loop: the limit that the disk sets. Directories made, files linked, nothing else.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Mode, OFlags};

/// Makes every directory of `from` below the new folder `to` and hard-links every file, with
/// `threads` threads, from a list that was written beforehand as an installer's manifest would be.
///
/// The folders are open, so that no path is walked from the root; the threads share the names at
/// the top of the tree between them, so that none waits for a folder that another makes.
pub fn link(from: &Path, to: &Path, threads: usize) -> Result<(), String> {
    let list = fs::read(list_of(from))
        .map_err(|error| format!("could not read the list of {}: {error}", from.display()))?;
    fs::create_dir(to).map_err(|error| format!("raw loop: {error}"))?;
    let lines: Vec<&[u8]> = list.split(|byte| *byte == b'\n').collect();
    std::thread::scope(|scope| {
        let shares = shares(&lines, threads);
        let running: Vec<_> =
            shares.iter().map(|share| scope.spawn(|| link_share(from, to, share))).collect();
        running.into_iter().try_for_each(|thread| {
            thread.join().map_err(|_| "raw loop: a thread panicked".to_owned())?
        })
    })
}

fn link_share(from: &Path, to: &Path, lines: &[&[u8]]) -> Result<(), String> {
    let failed = |error: rustix::io::Errno| format!("raw loop: {error}");
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let from = rustix::fs::open(from, flags, Mode::empty()).map_err(failed)?;
    let to = rustix::fs::open(to, flags, Mode::empty()).map_err(failed)?;
    for line in lines {
        match line.split_first() {
            Some((b'd', path)) => rustix::fs::mkdirat(&to, path, Mode::from_raw_mode(0o777)),
            Some((_, path)) => rustix::fs::linkat(&from, path, &to, path, AtFlags::empty()),
            None => Ok(()),
        }
        .map_err(failed)?;
    }
    Ok(())
}

/// Splits a list where a new name begins at the top of the tree, into parts of about one length.
fn shares<'l, 't>(lines: &'l [&'t [u8]], threads: usize) -> Vec<&'l [&'t [u8]]> {
    let starts_a_tree = |line: &[u8]| !line.contains(&b'/');
    let mut shares = Vec::new();
    let mut rest = lines;
    for left in (2..=threads).rev() {
        let mut end = rest.len() / left;
        while end < rest.len() && !starts_a_tree(rest[end]) {
            end += 1;
        }
        let (share, after) = rest.split_at(end);
        shares.push(share);
        rest = after;
    }
    shares.push(rest);
    shares
}

/// What a tree consists of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Files of any kind.
    pub files: usize,
    /// Of these, sources of Python.
    pub sources: usize,
    /// Folders, without the one at the top.
    pub folders: usize,
}

/// Writes the list that [`link`] reads, parents first.
pub fn write_list(from: &Path) -> Result<Size, String> {
    let mut lines = Vec::new();
    walk(from, Path::new(""), &mut lines)?;
    fs::write(list_of(from), lines.join("\n"))
        .map_err(|error| format!("could not write the list of {}: {error}", from.display()))?;
    Ok(size_of_lines(&lines))
}

/// Counts what is below `folder`.
pub fn size(folder: &Path) -> Result<Size, String> {
    let mut lines = Vec::new();
    walk(folder, Path::new(""), &mut lines)?;
    Ok(size_of_lines(&lines))
}

fn size_of_lines(lines: &[String]) -> Size {
    let folders = lines.iter().filter(|line| line.starts_with('d')).count();
    let is_source = |line: &&String| {
        line.starts_with('f') && Path::new(line).extension().is_some_and(|end| end == "py")
    };
    Size { files: lines.len() - folders, sources: lines.iter().filter(is_source).count(), folders }
}

fn list_of(from: &Path) -> PathBuf {
    from.with_extension("list")
}

fn walk(root: &Path, below: &Path, lines: &mut Vec<String>) -> Result<(), String> {
    let folder = root.join(below);
    let entries = fs::read_dir(&folder)
        .map_err(|error| format!("could not list {}: {error}", folder.display()))?;
    for entry in entries.flatten() {
        let path = below.join(entry.file_name());
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            lines.push(format!("d{}", path.display()));
            walk(root, &path, lines)?;
        } else {
            lines.push(format!("f{}", path.display()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_share_a_list_at_its_top_level() {
        let text = ["da", "fa/x", "fa/y", "fa/z", "db", "fb/x", "fc"].map(str::as_bytes);
        assert_eq!(shares(&text, 1), [&text[..]]);
        assert_eq!(shares(&text, 2), [&text[..4], &text[4..]]);
    }
}
