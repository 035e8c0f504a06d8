//! `urllib.parse` on text, as far as pip uses it.

/// The five parts of `urlsplit`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct UrlParts {
    pub(crate) scheme: String,
    pub(crate) netloc: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) fragment: String,
}

/// Schemes that may have `//host` even when it is empty: Python's list and those that pip adds.
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
    "ssh",
    "hg",
    "bzr",
    "itms-services",
    "rtspv",
];

/// Schemes against which a relative URL may be resolved.
const USES_RELATIVE: [&str; 19] = [
    "", "ftp", "http", "gopher", "nntp", "imap", "wais", "file", "https", "shttp", "mms",
    "prospero", "rtsp", "rtsps", "rtspu", "sftp", "svn", "svn+ssh", "ws",
];

impl UrlParts {
    /// `urlsplit(url)`, without its complaints about hosts.
    pub(crate) fn split(url: &str) -> Self {
        Self::split_with(url, "")
    }

    fn split_with(url: &str, default_scheme: &str) -> Self {
        let cleaned: String = url
            .trim_start_matches(|c: char| c <= ' ')
            .chars()
            .filter(|c| !matches!(c, '\t' | '\r' | '\n'))
            .collect();
        let mut rest = cleaned.as_str();
        let mut parts = Self { scheme: default_scheme.to_owned(), ..Self::default() };
        if let Some((scheme, after)) = rest.split_once(':') {
            let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
            if is_scheme {
                parts.scheme = scheme.to_ascii_lowercase();
                rest = after;
            }
        }
        if let Some(after) = rest.strip_prefix("//") {
            let end = after.find(['/', '?', '#']).unwrap_or(after.len());
            after[..end].clone_into(&mut parts.netloc);
            rest = &after[end..];
        }
        if let Some((before, fragment)) = rest.split_once('#') {
            fragment.clone_into(&mut parts.fragment);
            rest = before;
        }
        if let Some((before, query)) = rest.split_once('?') {
            query.clone_into(&mut parts.query);
            rest = before;
        }
        rest.clone_into(&mut parts.path);
        parts
    }

    /// `urlunsplit(parts)`.
    pub(crate) fn unsplit(&self) -> String {
        let mut url = self.path.clone();
        let takes_netloc = !self.scheme.is_empty()
            && USES_NETLOC.contains(&self.scheme.as_str())
            && !url.starts_with("//");
        if !self.netloc.is_empty() || takes_netloc {
            if !url.is_empty() && !url.starts_with('/') {
                url.insert(0, '/');
            }
            url = format!("//{}{url}", self.netloc);
        }
        if !self.scheme.is_empty() {
            url = format!("{}:{url}", self.scheme);
        }
        if !self.query.is_empty() {
            url.push('?');
            url.push_str(&self.query);
        }
        if !self.fragment.is_empty() {
            url.push('#');
            url.push_str(&self.fragment);
        }
        url
    }
}

/// `urljoin(base, url)`.
///
/// The `;parameters` of the last segment travel with the path here; they differ from Python's
/// separate field only for a base that ends in them and an empty relative path.
pub(crate) fn join(base: &str, url: &str) -> String {
    if base.is_empty() {
        return url.to_owned();
    }
    if url.is_empty() {
        return base.to_owned();
    }
    let base_parts = UrlParts::split(base);
    let mut parts = UrlParts::split_with(url, &base_parts.scheme);
    if parts.scheme != base_parts.scheme || !USES_RELATIVE.contains(&parts.scheme.as_str()) {
        return url.to_owned();
    }
    if USES_NETLOC.contains(&parts.scheme.as_str()) {
        if !parts.netloc.is_empty() {
            return parts.unsplit();
        }
        parts.netloc.clone_from(&base_parts.netloc);
    }
    if parts.path.is_empty() {
        parts.path = base_parts.path;
        if parts.query.is_empty() {
            parts.query = base_parts.query;
        }
        return parts.unsplit();
    }
    parts.path = resolve(&base_parts.path, &parts.path);
    parts.unsplit()
}

fn resolve(base: &str, path: &str) -> String {
    let segments: Vec<&str> = if path.starts_with('/') {
        path.split('/').collect()
    } else {
        let mut segments: Vec<&str> = base.split('/').collect();
        if segments.last().is_some_and(|last| !last.is_empty()) {
            segments.pop();
        }
        segments.extend(path.split('/'));
        let last = segments.len() - 1;
        segments
            .into_iter()
            .enumerate()
            .filter(|(at, segment)| *at == 0 || *at == last || !segment.is_empty())
            .map(|(_, segment)| segment)
            .collect()
    };
    let mut resolved: Vec<&str> = Vec::new();
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

/// `unquote(text)`: percent escapes decoded as UTF-8, wrong bytes replaced.
pub fn unquote(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Everything but letters, digits and `_.-~/`.
const QUOTED: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
    .remove(b'_')
    .remove(b'.')
    .remove(b'-')
    .remove(b'~')
    .remove(b'/');

/// `path_to_url(path)` for an absolute path: a `file://` URL of its normal form.
pub fn path_to_url(path: &str) -> String {
    let path = crate::python_path::normpath(path);
    let quoted = percent_encoding::utf8_percent_encode(&path, QUOTED).to_string();
    // urljoin("file://", "//x") would take x for a host; pip runs into that too.
    join("file://", &quoted)
}

/// `url_to_path(url)`; `None` where pip would refuse it as not local.
pub fn url_to_path(url: &str) -> Option<String> {
    let parts = UrlParts::split(url);
    matches!(parts.netloc.as_str(), "" | "localhost").then(|| unquote(&parts.path))
}

/// The scheme of a URL, lower case, or nothing.
pub fn scheme(url: &str) -> String {
    UrlParts::split(url).scheme
}

/// Whether pip takes the text for a URL: a web, file or repository scheme in front.
pub fn is_url(text: &str) -> bool {
    let scheme = scheme(text);
    matches!(scheme.as_str(), "http" | "https" | "file" | "ftp")
        || crate::vcs::VcsKind::of_scheme(&scheme).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_survive_splitting() {
        for url in ["https://u:p@h:1/a/b?q=1#f", "file:///a/b", "git+ssh://git@h/x@y#egg=z", "a/b"]
        {
            assert_eq!(UrlParts::split(url).unsplit(), url);
        }
        assert_eq!(UrlParts::split("file:a").unsplit(), "file:///a");
    }

    #[test]
    fn relative_urls_are_joined() {
        for (base, url, expected) in [
            ("http://h/a/b", "c", "http://h/a/c"),
            ("http://h/a/b", "../../c", "http://h/c"),
            ("http://h/a/b/", "/c", "http://h/c"),
            ("http://h/a", "https://x/y", "https://x/y"),
            ("http://h/a", "//x/y", "http://x/y"),
            ("http://h", "c", "http://h/c"),
            ("file:///w/r.txt", "./o.txt", "file:///w/o.txt"),
            ("http://h/a?q", "", "http://h/a?q"),
            ("http://h/a?q", "#f", "http://h/a?q#f"),
        ] {
            assert_eq!(join(base, url), expected, "{base} {url}");
        }
    }

    #[test]
    fn paths_become_urls_and_back() {
        assert_eq!(path_to_url("/a b/ü#1"), "file:///a%20b/%C3%BC%231");
        assert_eq!(url_to_path("file:///a%20b").as_deref(), Some("/a b"));
        assert_eq!(url_to_path("file://localhost/a").as_deref(), Some("/a"));
        assert_eq!(url_to_path("file://h/a"), None);
    }

    #[test]
    fn only_known_schemes_are_urls() {
        assert!(is_url("HTTP://x") && is_url("git+https://x") && is_url("file:x"));
        assert!(!is_url("git+foo://x") && !is_url("c:/x") && !is_url("./a"));
    }
}
