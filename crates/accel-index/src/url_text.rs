//! The URLs of pages and files, quoted and named as pip does it.

use accel_types::python_url::{
    cleaned, join, quote, quote_bytes, split, unquote, unquote_bytes, unsplit,
};

/// An absolute URL out of a reference on a page, quoted as pip quotes it
/// (`_ensure_quoted_url(_absolute_link_url(...))`); `None` where pip cannot read it.
pub(crate) fn absolute(base: &str, reference: &str) -> Option<String> {
    if is_plain(reference) {
        return Some(reference.to_owned());
    }
    if let Some(url) = beside(base, reference) {
        return Some(url);
    }
    if reference.starts_with("https://") || reference.starts_with("http://") {
        return ensure_quoted(reference);
    }
    ensure_quoted(&join(base, reference)?)
}

/// A reference that begins at the root of its host, where joining and quoting come to writing the one
/// behind the other; `None` for all others.
fn beside(base: &str, reference: &str) -> Option<String> {
    let host = base.find("://").map(|end| end + 3)?;
    let end = host + base[host..].find('/')?;
    let path = reference.split('#').next().unwrap_or_default();
    if !reference.starts_with('/') || path.contains("//") || path.contains("/.") {
        return None;
    }
    let url = [&base[..end], reference].concat();
    is_plain(&url).then_some(url)
}

/// Whether quoting would give the same text again, seen without splitting: true for nearly every
/// link of the big indexes.
fn is_plain(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")) else {
        return false;
    };
    let mut bytes = rest.bytes();
    let host = bytes
        .by_ref()
        .take_while(|byte| *byte != b'/')
        .try_fold(0_usize, |length, byte| PLAIN_HOST[usize::from(byte)].then_some(length + 1));
    if host.is_none_or(|length| length == 0 || length == rest.len()) {
        return false;
    }
    let mut path = bytes.skip_while(|byte| PLAIN_PATH[usize::from(*byte)]);
    match path.next() {
        None => true,
        Some(b'#') => {
            let mut fragment = path.peekable();
            fragment.peek().is_some() && fragment.all(|byte| byte.is_ascii_graphic())
        }
        Some(_) => false,
    }
}

const PLAIN_HOST: [bool; 256] = bytes_of(b".-:");
const PLAIN_PATH: [bool; 256] = bytes_of(b"_.-~/@");

/// Letters, digits, and some more, by byte.
const fn bytes_of(others: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = byte.is_ascii_alphanumeric();
        byte += 1;
    }
    let mut at = 0;
    while at < others.len() {
        table[others[at] as usize] = true;
        at += 1;
    }
    table
}

/// Quotes the path of a URL without quoting anything twice (pip's `_ensure_quoted_url`).
fn ensure_quoted(url: &str) -> Option<String> {
    let url = cleaned(url);
    let parts = split(&url)?;
    let path = clean_path(parts.path, parts.netloc.is_empty());
    // Written with the scheme `file` so that an empty host keeps its two slashes.
    let written = unsplit("file", parts.netloc, &path, parts.query, parts.fragment);
    Some(format!("{}{}", parts.scheme, &written["file".len()..]))
}

/// Requotes a path between the characters that keep their meaning (`@` and `%2F`).
fn clean_path(path: &str, local: bool) -> String {
    let mut clean = String::with_capacity(path.len() + 8);
    let bytes = path.as_bytes();
    let (mut start, mut at) = (0, 0);
    while at < bytes.len() {
        let reserved = if bytes[at] == b'@' {
            1
        } else if bytes[at] == b'%'
            && path.get(at + 1..at + 3).is_some_and(|code| code.eq_ignore_ascii_case("2f"))
        {
            3
        } else {
            at += 1;
            continue;
        };
        clean_part(&path[start..at], local, &mut clean);
        clean.push_str(&path[at..at + reserved].to_ascii_uppercase());
        at += reserved;
        start = at;
    }
    clean_part(&path[start..], local, &mut clean);
    clean
}

fn clean_part(part: &str, local: bool, into: &mut String) {
    let quoted = quote(&unquote(part));
    let quoted = match quoted.strip_prefix("//") {
        Some(rest) if local && rest.starts_with('/') => rest,
        _ => &quoted,
    };
    into.push_str(quoted);
}

/// The file name a URL stands for (pip's `Link.filename`): the last part of its path, decoded;
/// the host where the path has none.
pub(crate) fn filename(url: &str) -> String {
    if let Some((_, name)) = url.rsplit_once('/')
        && !name.is_empty()
        && is_plain(url)
        && !matches!(name, "." | "..")
        && !url.contains('#')
        && url.bytes().filter(|byte| *byte == b'/').nth(2).is_some()
    {
        return name.to_owned();
    }
    let url = cleaned(url);
    let Some(parts) = split(&url) else { return String::new() };
    let path = unquote(parts.path);
    let name = path.trim_end_matches('/');
    let name = name.rsplit('/').next().unwrap_or_default();
    if !matches!(name, "" | "." | "..") {
        return name.to_owned();
    }
    let host = parts.netloc.rsplit('@').next().unwrap_or_default();
    if matches!(host, "." | "..") { String::new() } else { host.to_owned() }
}

/// A path as pip's `path_to_url` writes it; `path` is made absolute and its `.` and `..` vanish.
pub(crate) fn from_path(path: &std::path::Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut parts: Vec<String> = Vec::new();
    for component in absolute.components() {
        match component {
            std::path::Component::ParentDir => {
                parts.pop();
            }
            std::path::Component::Normal(part) => {
                let bytes = std::os::unix::ffi::OsStrExt::as_bytes(part);
                parts.push(quote_bytes(bytes));
            }
            _ => {}
        }
    }
    format!("file:///{}", parts.join("/"))
}

/// The path of a `file:` URL on this machine; `None` if it names another host.
pub(crate) fn to_path(url: &str) -> Option<std::path::PathBuf> {
    let url = cleaned(url);
    let parts = split(&url)?;
    if parts.scheme != "file" || !matches!(parts.netloc, "" | "localhost") {
        return None;
    }
    let path = unquote_bytes(parts.path);
    let path: std::ffi::OsString = std::os::unix::ffi::OsStringExt::from_vec(path);
    Some(path.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_without_quoting_twice() {
        let cases = [
            ("https://h/a b%20c.whl", "https://h/a%20b%20c.whl"),
            ("https://h/x+1%2bcu.whl#sha256=ab", "https://h/x%2B1%2Bcu.whl#sha256=ab"),
            ("https://h/a%2fb@c", "https://h/a%2Fb@c"),
            ("https://h/a.whl?", "https://h/a.whl"),
            ("file:///srv/a:b", "file:///srv/a%3Ab"),
            ("https://h/é.whl", "https://h/%C3%A9.whl"),
        ];
        for (url, expected) in cases {
            assert_eq!(ensure_quoted(url).as_deref(), Some(expected), "{url}");
        }
    }

    #[test]
    fn the_short_way_ends_where_the_long_one_does() {
        let bases = ["https://h:8/simple/x/", "http://h/simple/x/?y=/", "https://h/", "https://h"];
        let references = [
            "/files/ab/x-1.whl",
            "/files/ab/x-1.tar.gz#sha256=ab",
            "/",
            "/x/",
            "/x#",
            "/x#y=/z&w",
            "/a/../b",
            "/a/./b",
            "/a//b",
            "/.a",
            "//other/a",
            "/a b",
            "/a%20b",
            "/a?b",
            "/a@b",
            "a/b",
        ];
        let mut short = 0;
        for base in bases {
            for reference in references {
                let long = ensure_quoted(&join(base, reference).unwrap());
                if let Some(url) = beside(base, reference) {
                    assert_eq!(Some(url), long, "{base} {reference}");
                    short += 1;
                }
                assert_eq!(absolute(base, reference), long, "{base} {reference}");
            }
        }
        assert!(short > 15, "{short}");
    }

    #[test]
    fn file_names() {
        assert_eq!(filename("https://h/p/a%2B1.whl?x#y"), "a+1.whl");
        assert_eq!(filename("https://h/p/"), "p");
        assert_eq!(filename("https://me@h/"), "h");
        assert_eq!(filename("https://h/a.whl#x/y"), "a.whl");
        // Decoded once, and never more than one part of a path (pip's CVE-2026-13346).
        assert_eq!(filename("https://h/p/..%2F..%2Fevil.whl"), "evil.whl");
        assert_eq!(filename("https://h/p/%252e%252e%252fevil.whl"), "%2e%2e%2fevil.whl");
    }
}
