//! URLs as text, with the rules of Python's `urllib.parse`, which are the rules by which pip reads
//! pages: they accept what a strict parser refuses, and their results end up in records that must
//! be the same as pip's.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};

/// What `urllib.parse.quote` leaves alone: letters, digits, `_.-~` and the slash.
const QUOTED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'-').remove(b'~').remove(b'/');

/// Schemes whose URLs may be relative (`urllib.parse.uses_relative`).
const USES_RELATIVE: [&str; 20] = [
    "", "ftp", "http", "gopher", "nntp", "imap", "wais", "file", "https", "shttp", "mms",
    "prospero", "rtsp", "rtsps", "rtspu", "sftp", "svn", "svn+ssh", "ws", "wss",
];

/// Schemes that are followed by a host (`urllib.parse.uses_netloc`).
const USES_NETLOC: [&str; 26] = [
    "", "ftp", "http", "gopher", "nntp", "telnet", "imap", "wais", "file", "mms", "https", "shttp",
    "snews", "prospero", "rtsp", "rtsps", "rtspu", "rsync", "svn", "svn+ssh", "sftp", "nfs", "git",
    "git+ssh", "ws", "wss",
];

/// The five parts of a URL (`urllib.parse.urlsplit`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parts<'a> {
    pub(crate) scheme: Cow<'a, str>,
    pub(crate) netloc: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) fragment: &'a str,
}

/// Removes what `urlsplit` removes before it looks at anything.
pub(crate) fn cleaned(url: &str) -> Cow<'_, str> {
    let url = url.trim_start_matches(|letter: char| letter <= ' ');
    if url.contains(['\t', '\r', '\n']) {
        Cow::Owned(url.replace(['\t', '\r', '\n'], ""))
    } else {
        Cow::Borrowed(url)
    }
}

/// Splits a cleaned URL; `None` where Python raises `ValueError` (brackets that do not pair).
pub(crate) fn split(url: &str) -> Option<Parts<'_>> {
    let mut scheme = Cow::Borrowed("");
    let mut rest = url;
    if let Some(colon) = url.find(':') {
        let name = &url[..colon];
        let legal = name.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        if legal {
            scheme = if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
                Cow::Owned(name.to_ascii_lowercase())
            } else {
                Cow::Borrowed(name)
            };
            rest = &url[colon + 1..];
        }
    }
    let mut netloc = "";
    if let Some(after) = rest.strip_prefix("//") {
        let end = after.find(['/', '?', '#']).unwrap_or(after.len());
        (netloc, rest) = after.split_at(end);
        if netloc.contains('[') != netloc.contains(']') {
            return None;
        }
    }
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    Some(Parts { scheme, netloc, path, query, fragment })
}

/// Puts the parts together again (`urllib.parse.urlunsplit`).
pub(crate) fn unsplit(
    scheme: &str,
    netloc: &str,
    path: &str,
    query: &str,
    fragment: &str,
) -> String {
    let mut url = String::with_capacity(
        scheme.len() + netloc.len() + path.len() + query.len() + fragment.len() + 8,
    );
    if !scheme.is_empty() {
        url.push_str(scheme);
        url.push(':');
    }
    let hosted = !scheme.is_empty() && USES_NETLOC.contains(&scheme) && !path.starts_with("//");
    if !netloc.is_empty() || hosted {
        url.push_str("//");
        url.push_str(netloc);
        if !path.is_empty() && !path.starts_with('/') {
            url.push('/');
        }
    }
    url.push_str(path);
    if !query.is_empty() {
        url.push('?');
        url.push_str(query);
    }
    if !fragment.is_empty() {
        url.push('#');
        url.push_str(fragment);
    }
    url
}

/// Resolves a reference against a base (`urllib.parse.urljoin`).
pub(crate) fn join(base: &str, url: &str) -> Option<String> {
    if base.is_empty() {
        return Some(url.to_owned());
    }
    if url.is_empty() {
        return Some(base.to_owned());
    }
    let (base, reference) = (cleaned(base), cleaned(url));
    let origin = split(&base)?;
    let mut target = split(&reference)?;
    if target.scheme.is_empty() {
        target.scheme.clone_from(&origin.scheme);
    }
    if target.scheme != origin.scheme || !USES_RELATIVE.contains(&&*target.scheme) {
        return Some(url.to_owned());
    }
    let mut netloc = target.netloc;
    if USES_NETLOC.contains(&&*target.scheme) {
        if !netloc.is_empty() {
            return Some(unsplit(
                &target.scheme,
                netloc,
                target.path,
                target.query,
                target.fragment,
            ));
        }
        netloc = origin.netloc;
    }
    if target.path.is_empty() {
        let query = if target.query.is_empty() { origin.query } else { target.query };
        return Some(unsplit(&target.scheme, netloc, origin.path, query, target.fragment));
    }
    let path = joined_path(origin.path, target.path);
    Some(unsplit(&target.scheme, netloc, &path, target.query, target.fragment))
}

/// The path of a relative reference, with `.` and `..` resolved.
fn joined_path(base: &str, path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    if path.starts_with('/') {
        segments.extend(path.split('/'));
    } else {
        segments.extend(base.split('/'));
        if segments.last().is_some_and(|last| !last.is_empty()) {
            segments.pop();
        }
        segments.extend(path.split('/'));
        // Empty segments in the middle would become doubled slashes.
        let last = segments.len() - 1;
        let mut position = 0;
        segments.retain(|segment| {
            let edge = position == 0 || position == last;
            position += 1;
            edge || !segment.is_empty()
        });
    }
    let mut resolved: Vec<&str> = Vec::with_capacity(segments.len());
    for segment in &segments {
        match *segment {
            ".." => {
                resolved.pop();
            }
            "." => {}
            other => resolved.push(other),
        }
    }
    if matches!(segments.last(), Some(&("." | ".."))) {
        resolved.push("");
    }
    let joined = resolved.join("/");
    if joined.is_empty() { "/".to_owned() } else { joined }
}

/// Percent-decodes as `urllib.parse.unquote` does: bytes that are not UTF-8 become U+FFFD.
pub(crate) fn unquote(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    percent_decode(text.as_bytes()).decode_utf8_lossy()
}

/// Percent-encodes a path as `urllib.parse.quote` does.
pub(crate) fn quote(text: &str) -> String {
    utf8_percent_encode(text, QUOTED).to_string()
}

/// An absolute URL out of a reference on a page, quoted as pip quotes it
/// (`_ensure_quoted_url(_absolute_link_url(...))`); `None` where pip cannot read it.
pub(crate) fn absolute(base: &str, reference: &str) -> Option<String> {
    if is_plain(reference) {
        return Some(reference.to_owned());
    }
    if reference.starts_with("https://") || reference.starts_with("http://") {
        return ensure_quoted(reference);
    }
    ensure_quoted(&join(base, reference)?)
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
                parts.push(percent_encoding::percent_encode(bytes, QUOTED).to_string());
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
    let bytes: Vec<u8> = percent_decode(parts.path.as_bytes()).collect();
    let path: std::ffi::OsString = std::os::unix::ffi::OsStringExt::from_vec(bytes);
    Some(path.into())
}

/// Removes user name and password.
pub(crate) fn without_credentials(url: &str) -> String {
    with_netloc(url, |netloc| netloc.rsplit('@').next().unwrap_or_default().to_owned())
}

/// The URL as it may be shown (pip's `redact_url_from_url`): the password, or a lone token,
/// becomes `****`.
pub(crate) fn redacted(url: &str) -> String {
    with_netloc(url, |netloc| match netloc.rsplit_once('@') {
        None => netloc.to_owned(),
        Some((auth, host)) => match auth.split_once(':') {
            None => format!("****@{host}"),
            Some((user, _)) => format!("{}:****@{host}", quote(&unquote(user))),
        },
    })
}

fn with_netloc(url: &str, change: impl Fn(&str) -> String) -> String {
    if !url.contains('@') {
        return url.to_owned();
    }
    let clean = cleaned(url);
    match split(&clean) {
        Some(parts) if parts.netloc.contains('@') => {
            unsplit(&parts.scheme, &change(parts.netloc), parts.path, parts.query, parts.fragment)
        }
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_as_python_does() {
        let cases = [
            ("https://h/simple/six/", "../../packages/a.whl", "https://h/packages/a.whl"),
            ("https://h/simple/six", "a.whl", "https://h/simple/a.whl"),
            ("https://h/simple/six/", "/a//b.whl", "https://h/a//b.whl"),
            ("https://h/simple/six/", "//other/a.whl", "https://other/a.whl"),
            ("https://h/simple/six/", "?x=1", "https://h/simple/six/?x=1"),
            ("https://h/simple/six/", "#top", "https://h/simple/six/#top"),
            ("https://h/simple/six/", "mailto:me@x", "mailto:me@x"),
            ("https://h/simple/six/", "../../../../a", "https://h/a"),
            ("https://h/simple/six/", "..", "https://h/simple/"),
            ("https://h", "a", "https://h/a"),
            ("file:///srv/x/index.html", "y/a.whl", "file:///srv/x/y/a.whl"),
        ];
        for (base, url, expected) in cases {
            assert_eq!(join(base, url).as_deref(), Some(expected), "{base} {url}");
        }
    }

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
    fn hides_credentials() {
        assert_eq!(redacted("https://me:pw@h/x"), "https://me:****@h/x");
        assert_eq!(redacted("https://token@h/x"), "https://****@h/x");
        assert_eq!(without_credentials("https://me:pw@h:1/x@y"), "https://h:1/x@y");
        assert_eq!(without_credentials("https://h/x@y"), "https://h/x@y");
    }

    #[test]
    fn file_names() {
        assert_eq!(filename("https://h/p/a%2B1.whl?x#y"), "a+1.whl");
        assert_eq!(filename("https://h/p/"), "p");
        assert_eq!(filename("https://me@h/"), "h");
        assert_eq!(filename("https://h/a.whl#x/y"), "a.whl");
    }
}
