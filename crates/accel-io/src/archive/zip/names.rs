//! Which names of entries are paths that stay below a directory.

use super::ZipFault;

/// The name as a relative path without `.` and empty components.
///
/// Refused are names that are empty, absolute, that hold NUL (Python cuts the name there), another
/// control character (which forges lines on terminals) or a `..`. A backslash is a plain character,
/// as it is for pip on POSIX, but a name that would leave the directory where it is read as a
/// separator is refused as well, and so is one that begins at a drive's root.
pub fn normalised(name: &str) -> Result<String, ZipFault> {
    if name.contains('\0') {
        return Err(ZipFault::Name("contains NUL"));
    }
    if name.contains(|character: char| character.is_ascii_control()) {
        return Err(ZipFault::Name("contains a control character"));
    }
    if name.starts_with(['/', '\\']) {
        return Err(ZipFault::Name("is an absolute path"));
    }
    let bytes = name.as_bytes();
    let on_a_drive =
        matches!(bytes, [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    if on_a_drive {
        return Err(ZipFault::Name("is an absolute path"));
    }
    if name.split(['/', '\\']).any(|part| part == "..") {
        return Err(ZipFault::Name("contains '..'"));
    }
    let mut path = String::with_capacity(name.len());
    for part in name.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(part);
    }
    if path.is_empty() {
        return Err(ZipFault::Name("is empty"));
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_stay_below_are_paths() {
        for (name, path) in [
            ("six.py", "six.py"),
            ("a/b/", "a/b"),
            ("./a//b", "a/b"),
            ("a/..b/c..", "a/..b/c.."),
            ("a\\b", "a\\b"),
            ("C:", "C:"),
            ("snö/ß.py", "snö/ß.py"),
        ] {
            assert_eq!(normalised(name).as_deref(), Ok(path));
        }
    }

    #[test]
    fn names_that_might_leave_are_refused() {
        for name in [
            "",
            "/",
            ".",
            "./",
            "/etc/passwd",
            "//a",
            "..",
            "../a",
            "a/../../b",
            "a/..",
            "\\a",
            "..\\a",
            "a\\..\\b",
            "a/..\\b",
            "C:\\a",
            "c:/a",
            "a\0b",
            "a\nb",
            "a\x1b[2Jb",
            "a\x7f",
        ] {
            assert!(normalised(name).is_err(), "{name:?}");
        }
    }
}
