//! Extended attributes, and which start of the machine this is.
//!
//! An attribute is what the file system calls metadata: it reaches the disk in the order in which it
//! was set, with the names of files, and is seen by nobody who does not ask for it.

use std::path::Path;

use rustix::fs::XattrFlags;

/// No attribute that is set here is longer.
const MOST_BYTES: usize = 4096;

/// An attribute of a file or folder; `None` if it has none of that name, or can't have any.
pub fn attribute(path: impl AsRef<Path>, name: &str) -> Option<Vec<u8>> {
    let mut value = [0; MOST_BYTES];
    let length = rustix::fs::getxattr(path.as_ref(), name, &mut value).ok()?;
    Some(value[..length].to_vec())
}

/// Gives a file or folder an attribute; says whether it could be done.
pub fn set_attribute(path: impl AsRef<Path>, name: &str, value: &[u8]) -> bool {
    let allowed = value.len() <= MOST_BYTES;
    allowed && rustix::fs::setxattr(path.as_ref(), name, value, XattrFlags::empty()).is_ok()
}

/// What tells this start of the machine from all others; `None` where the system has nothing of the kind.
pub fn boot_id() -> Option<String> {
    let text = std::fs::read("/proc/sys/kernel/random/boot_id").ok()?;
    let text: Vec<u8> = text.into_iter().filter(u8::is_ascii_hexdigit).collect();
    String::from_utf8(text).ok().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::Scratch;

    #[test]
    fn attributes_are_read_back() {
        let scratch = Scratch::new(std::env::temp_dir()).unwrap();
        let (path, name) = (scratch.path(), "user.pip-accel.test");
        assert_eq!(attribute(path, name), None);
        if set_attribute(path, name, b"one") {
            assert!(set_attribute(path, name, b"two"));
            assert_eq!(attribute(path, name).unwrap(), b"two");
        }
        assert!(!set_attribute(path.join("missing"), name, b"one"));
        assert!(!set_attribute(path, name, &[0; MOST_BYTES + 1]));
    }

    #[test]
    fn a_start_of_the_machine_has_a_name() {
        assert_eq!(boot_id().map(|id| id.len()), Some(32));
    }
}
