//! The steps of a change, and how a journal writes them.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Ends each text of a record.
const END: u8 = b'\n';
/// Stands before an [`END`] or another one of itself that belongs to a text.
const ESCAPE: u8 = b'\\';

/// One entry of a journal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    /// The following relative paths are below this folder.
    Base(&'a Path),
    /// A folder that will be created, and of which only what is listed is our own.
    Folder(&'a str),
    /// A file that will be created where none is.
    File(&'a str),
    /// A file or folder that will be created or moved here, with all that is in it, where none is.
    Tree(&'a str),
    /// A file or folder that will be moved into the stash.
    Move { original: &'a Path, stashed: &'a Path },
    /// A file that will be edited, and the copy of it.
    Edit { file: &'a Path, copy: &'a Path },
}

impl Step<'_> {
    /// Appends it to a text.
    pub(super) fn write(&self, text: &mut Vec<u8>) {
        let (letter, first, second): (u8, &[u8], Option<&[u8]>) = match self {
            Self::Base(path) => (b'B', path.as_os_str().as_bytes(), None),
            Self::Folder(below) => (b'd', below.as_bytes(), None),
            Self::File(below) => (b'f', below.as_bytes(), None),
            Self::Tree(below) => (b'T', below.as_bytes(), None),
            Self::Move { original, stashed } => {
                (b'M', original.as_os_str().as_bytes(), Some(stashed.as_os_str().as_bytes()))
            }
            Self::Edit { file, copy } => {
                (b'E', file.as_os_str().as_bytes(), Some(copy.as_os_str().as_bytes()))
            }
        };
        text.push(letter);
        for part in std::iter::once(first).chain(second) {
            for byte in part {
                if matches!(*byte, END | ESCAPE) {
                    text.push(ESCAPE);
                }
                text.push(*byte);
            }
            text.push(END);
        }
    }
}

/// A step that was read back.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Told {
    Base(PathBuf),
    Folder(PathBuf),
    File(PathBuf),
    Tree(PathBuf),
    Move { original: PathBuf, stashed: PathBuf },
    Edit { file: PathBuf, copy: PathBuf },
}

/// The steps that a text tells; one that was cut short was never taken.
pub(super) fn parse(mut text: &[u8]) -> Vec<Told> {
    let mut steps = Vec::new();
    while let Some(step) = step(&mut text) {
        steps.push(step);
    }
    steps
}

fn step(text: &mut &[u8]) -> Option<Told> {
    let (letter, mut rest) = text.split_first()?;
    let mut path = || field(&mut rest);
    let step = match letter {
        b'B' => Told::Base(path()?),
        b'd' => Told::Folder(path()?),
        b'f' => Told::File(path()?),
        b'T' => Told::Tree(path()?),
        b'M' => Told::Move { original: path()?, stashed: path()? },
        b'E' => Told::Edit { file: path()?, copy: path()? },
        _ => return None,
    };
    *text = rest;
    Some(step)
}

fn field(text: &mut &[u8]) -> Option<PathBuf> {
    let mut field = Vec::new();
    let mut bytes = text.iter().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match *byte {
            END => {
                *text = &text[at + 1..];
                return Some(Path::new(std::ffi::OsStr::from_bytes(&field)).to_owned());
            }
            ESCAPE => field.push(*bytes.next()?.1),
            other => field.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStringExt;

    #[test]
    fn steps_are_read_back_and_a_cut_one_is_left_out() {
        let odd = PathBuf::from(std::ffi::OsString::from_vec(b"/a\nb\\\xff\\".to_vec()));
        let steps = [
            Step::Base(&odd),
            Step::Folder("x/y"),
            Step::File("x/y/z"),
            Step::Tree("t"),
            Step::Move { original: Path::new("/o"), stashed: &odd },
            Step::Edit { file: Path::new("/p"), copy: Path::new("/q") },
        ];
        let mut text = Vec::new();
        for step in &steps {
            step.write(&mut text);
        }
        let told = [
            Told::Base(odd.clone()),
            Told::Folder("x/y".into()),
            Told::File("x/y/z".into()),
            Told::Tree("t".into()),
            Told::Move { original: "/o".into(), stashed: odd.clone() },
            Told::Edit { file: "/p".into(), copy: "/q".into() },
        ];
        assert_eq!(parse(&text), told);
        assert_eq!(parse(&text[..text.len() - 1]), told[..5]);
    }
}
