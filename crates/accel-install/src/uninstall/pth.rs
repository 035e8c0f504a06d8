//! Lines that go out of `easy-install.pth`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use accel_io::{IoError, fs};

/// Lines to take out of one `.pth` file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PthEdit {
    /// The file.
    pub file: PathBuf,
    /// The lines, without their ends.
    pub entries: BTreeSet<String>,
}

/// The file before and after.
pub(crate) struct Texts {
    pub(crate) old: Vec<u8>,
    pub(crate) new: Vec<u8>,
}

impl PthEdit {
    /// The file's text before and after; `None` if it does not exist (pip: "Cannot remove entries
    /// from nonexistent file …").
    pub(crate) fn texts(&self) -> Result<Option<Texts>, IoError> {
        let Some(old) = fs::read_if_exists(&self.file)? else { return Ok(None) };
        let new = self.without_entries(&old);
        Ok(Some(Texts { old, new }))
    }

    fn without_entries(&self, old: &[u8]) -> Vec<u8> {
        let mut lines: Vec<Vec<u8>> =
            old.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        let end: &[u8] =
            if lines.iter().any(|line| line.ends_with(b"\r\n")) { b"\r\n" } else { b"\n" };
        if let Some(last) = lines.last_mut().filter(|last| !last.ends_with(end)) {
            last.extend_from_slice(end);
        }
        for entry in &self.entries {
            let wanted = [entry.as_bytes(), end].concat();
            if let Some(at) = lines.iter().position(|line| *line == wanted) {
                lines.remove(at);
            }
        }
        lines.concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_equal_line_goes() {
        let entries = BTreeSet::from(["/src/a".to_owned()]);
        let edit = PthEdit { file: PathBuf::new(), entries };
        assert_eq!(edit.without_entries(b"x\n/src/a\n/src/a"), b"x\n/src/a\n");
        assert_eq!(edit.without_entries(b"x\r\n/src/a"), b"x\r\n");
        assert_eq!(edit.without_entries(b"/src/ab\n"), b"/src/ab\n");
    }
}
