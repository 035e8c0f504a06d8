//! `os.path` of POSIX, on text.

/// `os.path.join(base, path)`.
pub fn join(base: &str, path: &str) -> String {
    if path.starts_with('/') || base.is_empty() {
        path.to_owned()
    } else if base.ends_with('/') {
        format!("{base}{path}")
    } else {
        format!("{base}/{path}")
    }
}

/// `os.path.dirname(path)`.
pub fn dirname(path: &str) -> &str {
    let head = path.rfind('/').map_or("", |at| &path[..=at]);
    let trimmed = head.trim_end_matches('/');
    if trimmed.is_empty() { head } else { trimmed }
}

/// `os.path.basename(path)`.
pub fn basename(path: &str) -> &str {
    path.rfind('/').map_or(path, |at| &path[at + 1..])
}

/// `os.path.normpath(path)`.
pub fn normpath(path: &str) -> String {
    // POSIX leaves the meaning of exactly two leading slashes open, so Python keeps them.
    let root = match path.len() - path.trim_start_matches('/').len() {
        0 => "",
        2 => "//",
        _ => "/",
    };
    let mut kept: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if root.is_empty() && kept.last().is_none_or(|last| *last == "..") => {
                kept.push(part);
            }
            ".." => {
                kept.pop();
            }
            _ => kept.push(part),
        }
    }
    let path = format!("{root}{}", kept.join("/"));
    if path.is_empty() { ".".to_owned() } else { path }
}

/// `os.path.abspath(path)` in the current directory `current`.
pub fn abspath(current: &str, path: &str) -> String {
    normpath(&join(current, path))
}

/// pip's `splitext`: like `os.path.splitext`, but `.tar.gz` and its like count as one extension.
pub fn split_extension(path: &str) -> (&str, &str) {
    let (base, extension) = python_splitext(path);
    if base.to_lowercase().ends_with(".tar") {
        path.split_at(base.len() - 4)
    } else {
        (base, extension)
    }
}

fn python_splitext(path: &str) -> (&str, &str) {
    let start = path.rfind('/').map_or(0, |at| at + 1);
    let name = &path[start..];
    let leading = name.len() - name.trim_start_matches('.').len();
    match name.rfind('.') {
        Some(dot) if dot >= leading && dot > 0 => path.split_at(start + dot),
        _ => (path, ""),
    }
}

/// The extensions of archives that pip takes for distributions.
const ARCHIVE_EXTENSIONS: [&str; 12] = [
    ".zip",
    ".whl",
    ".tar.bz2",
    ".tbz",
    ".tar.gz",
    ".tgz",
    ".tar",
    ".tar.xz",
    ".txz",
    ".tlz",
    ".tar.lz",
    ".tar.lzma",
];

/// Whether a file name looks like a distribution's.
pub fn is_archive(name: &str) -> bool {
    let extension = split_extension(name).1.to_lowercase();
    ARCHIVE_EXTENSIONS.contains(&extension.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalised_as_python_does() {
        for (given, expected) in [
            ("", "."),
            ("a//b/../c/.", "a/c"),
            ("/..", "/"),
            ("../../a", "../../a"),
            ("//a/..", "//"),
            ("///a", "/a"),
            ("a/../..", ".."),
            (".", "."),
        ] {
            assert_eq!(normpath(given), expected, "{given}");
        }
        assert_eq!(abspath("/w", "x/../y"), "/w/y");
        assert_eq!(abspath("/w", "/z"), "/z");
        assert_eq!(dirname("a"), "");
        assert_eq!(dirname("/a"), "/");
        assert_eq!(dirname("x//y"), "x");
    }

    #[test]
    fn tar_belongs_to_the_extension() {
        assert_eq!(split_extension("p/x-1.0.tar.gz"), ("p/x-1.0", ".tar.gz"));
        assert_eq!(split_extension("x.TAR.Gz"), ("x", ".TAR.Gz"));
        assert_eq!(split_extension(".whl"), (".whl", ""));
        assert_eq!(split_extension("..whl"), ("..whl", ""));
        assert_eq!(split_extension("a.whl"), ("a", ".whl"));
        assert!(is_archive("A.WHL") && !is_archive("a.egg"));
    }
}
