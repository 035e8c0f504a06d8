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

/// `str(pathlib.PurePath(path))`.
pub fn pure(path: &str) -> String {
    let root = match path.len() - path.trim_start_matches('/').len() {
        0 => "",
        2 => "//",
        _ => "/",
    };
    let parts = path.split('/').filter(|part| !part.is_empty() && *part != ".");
    let path = format!("{root}{}", parts.collect::<Vec<_>>().join("/"));
    if path.is_empty() { ".".to_owned() } else { path }
}

#[cfg(test)]
mod tests {
    #[test]
    fn pure_paths_keep_what_goes_up() {
        let pures = ["./a//b/.", "", "/a/../b", "//x"].map(pure);
        assert_eq!(pures, ["a/b", ".", "/a/../b", "//x"]);
    }

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
}
