//! URLs as text, with the rules of Python's `urllib.parse`, by which pip reads pages, requirement
//! files and options: they accept what a strict parser refuses, and their results end up in records
//! that must be the same as pip's.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};

/// What `urllib.parse.quote` leaves alone: letters, digits, `_.-~` and the slash.
const QUOTED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'-').remove(b'~').remove(b'/');

/// Schemes whose URLs may be relative (`urllib.parse.uses_relative`).
const USES_RELATIVE: [&str; 20] = [
    "", "ftp", "http", "gopher", "nntp", "imap", "wais", "file", "https", "shttp", "mms",
    "prospero", "rtsp", "rtsps", "rtspu", "sftp", "svn", "svn+ssh", "ws", "wss",
];

/// Schemes that are followed by a host: `urllib.parse.uses_netloc`, and those that pip adds to it.
const USES_NETLOC: [&str; 31] = [
    "",
    "ftp",
    "http",
    "gopher",
    "nntp",
    "telnet",
    "imap",
    "wais",
    "file",
    "mms",
    "https",
    "shttp",
    "snews",
    "prospero",
    "rtsp",
    "rtsps",
    "rtspu",
    "rsync",
    "svn",
    "svn+ssh",
    "sftp",
    "nfs",
    "git",
    "git+ssh",
    "ws",
    "wss",
    "itms-services",
    "rtspv",
    "ssh",
    "hg",
    "bzr",
];

/// The five parts of a URL (`urllib.parse.urlsplit`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts<'a> {
    /// In lower case, without its colon.
    pub scheme: Cow<'a, str>,
    /// Host, port and credentials.
    pub netloc: &'a str,
    /// With its leading slash.
    pub path: &'a str,
    /// Without its question mark.
    pub query: &'a str,
    /// Without its number sign.
    pub fragment: &'a str,
}

/// Removes what `urlsplit` removes before it looks at anything.
pub fn cleaned(url: &str) -> Cow<'_, str> {
    let url = url.trim_start_matches(|letter: char| letter <= ' ');
    if url.contains(['\t', '\r', '\n']) {
        Cow::Owned(url.replace(['\t', '\r', '\n'], ""))
    } else {
        Cow::Borrowed(url)
    }
}

/// Splits a cleaned URL; `None` where Python raises `ValueError` (brackets that do not pair).
pub fn split(url: &str) -> Option<Parts<'_>> {
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
pub fn unsplit(scheme: &str, netloc: &str, path: &str, query: &str, fragment: &str) -> String {
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
pub fn join(base: &str, url: &str) -> Option<String> {
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
pub fn unquote(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    percent_decode(text.as_bytes()).decode_utf8_lossy()
}

/// Percent-encodes a path as `urllib.parse.quote` does.
pub fn quote(text: &str) -> String {
    quote_bytes(text.as_bytes())
}

/// Percent-encodes a path of the file system, which need not be UTF-8.
pub fn quote_bytes(path: &[u8]) -> String {
    percent_encode(path, QUOTED).to_string()
}

/// Percent-decodes to bytes: a path of the file system need not be UTF-8.
pub fn unquote_bytes(text: &str) -> Vec<u8> {
    percent_decode(text.as_bytes()).collect()
}

/// Removes user name and password.
pub fn without_credentials(url: &str) -> String {
    if !url.contains('@') {
        return url.to_owned();
    }
    with_netloc(url, |netloc| netloc.rsplit('@').next().unwrap_or_default().to_owned())
}

/// The URL as it may be shown (pip's `redact_url_from_url`): the password, or a lone token,
/// becomes `****`. As in pip, `git+file:///x` loses two slashes: Python does not know the scheme.
pub fn redacted(url: &str) -> String {
    with_netloc(url, |netloc| match netloc.rsplit_once('@') {
        None => netloc.to_owned(),
        Some((auth, host)) => match auth.split_once(':') {
            None => format!("****@{host}"),
            Some((user, _)) => format!("{}:****@{host}", quote(&unquote(user))),
        },
    })
}

fn with_netloc(url: &str, change: impl Fn(&str) -> String) -> String {
    let clean = cleaned(url);
    match split(&clean) {
        Some(parts) => {
            unsplit(&parts.scheme, &change(parts.netloc), parts.path, parts.query, parts.fragment)
        }
        None => url.to_owned(),
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
    fn hides_credentials() {
        assert_eq!(redacted("https://me:pw@h/x"), "https://me:****@h/x");
        assert_eq!(redacted("https://token@h/x"), "https://****@h/x");
        assert_eq!(redacted("https://us%40er:p@ss:w@h/"), "https://us%40er:****@h/");
        assert_eq!(redacted("git+ssh://git@host:22/x"), "git+ssh://****@host:22/x");
        assert_eq!(redacted("https://a:b@h?x=1"), "https://a:****@h?x=1");
        assert_eq!(redacted("https://u:p@h/x#f"), "https://u:****@h/x#f");
        assert_eq!(redacted("https://example.com/a@b"), "https://example.com/a@b");
        assert_eq!(redacted("plain text"), "plain text");
        assert_eq!(without_credentials("https://me:pw@h:1/x@y"), "https://h:1/x@y");
        assert_eq!(without_credentials("https://h/x@y"), "https://h/x@y");
    }
}
