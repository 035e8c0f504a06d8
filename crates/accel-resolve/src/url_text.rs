//! What pip does with the text of URLs: hide passwords, print, and tell whether two are the same.

use std::collections::BTreeMap;

use accel_types::HashAlgorithm;

/// Parts of a URL as Python's `urlsplit` cuts them.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
struct Parts<'a> {
    scheme: &'a str,
    netloc: &'a str,
    path: &'a str,
    query: &'a str,
    fragment: &'a str,
}

fn split(url: &str) -> Parts<'_> {
    let (rest, fragment) = url.split_once('#').unwrap_or((url, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (scheme, rest) = rest.split_once(':').unwrap_or(("", rest));
    let (netloc, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None => ("", rest),
    };
    Parts { scheme, netloc, path, query, fragment }
}

/// The URL with a password replaced by `****` (pip's `redact_url_from_url`).
pub(crate) fn redacted(url: &str) -> String {
    let parts = split(url);
    let Some((auth, host)) = parts.netloc.rsplit_once('@') else {
        // Python puts a URL together without the slashes of an empty host, but for schemes that it
        // knows; it does not know those of local repositories.
        let local = parts.scheme.ends_with("+file") && parts.netloc.is_empty();
        return if local { url.replacen(":///", ":/", 1) } else { url.to_owned() };
    };
    let hidden = match auth.split_once(':') {
        Some((user, _)) => format!("{user}:****@{host}"),
        None => format!("****@{host}"),
    };
    url.replacen(parts.netloc, &hidden, 1)
}

/// Whether it is a `file:` URL.
pub(crate) fn is_file(url: &str) -> bool {
    split(url).scheme.eq_ignore_ascii_case("file")
}

/// The path of a `file:` URL, percent-decoded.
pub(crate) fn file_path(url: &str) -> String {
    decoded(split(url).path)
}

/// Last segment of its path, percent-decoded.
pub(crate) fn file_name(url: &str) -> String {
    let path = decoded(split(url).path);
    let path = path.trim_end_matches('/');
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

/// Whether its file name ends like a wheel's; like pip, in lower case only.
pub(crate) fn is_wheel(url: &str) -> bool {
    file_name(url).strip_suffix(".whl").is_some()
}

/// The project that the fragment names: `#egg=name`.
pub(crate) fn egg_fragment(url: &str) -> Option<&str> {
    fragment_value(url, "egg")
}

/// The value that pip's regular expression `[#&]key=([^&]*)` finds.
fn fragment_value<'a>(url: &'a str, key: &str) -> Option<&'a str> {
    url.char_indices().filter(|(_, character)| matches!(character, '#' | '&')).find_map(
        |(at, _)| {
            let value = url[at + 1..].strip_prefix(key)?.strip_prefix('=')?;
            value.split('&').next()
        },
    )
}

/// pip's `links_equivalent`: credentials, the order of the query and most of the fragment do not
/// matter.
pub(crate) fn equivalent(one: &str, other: &str) -> bool {
    one == other || essence(one) == essence(other)
}

type Essence<'a> = (
    &'a str,
    &'a str,
    &'a str,
    BTreeMap<String, Vec<String>>,
    String,
    Vec<(HashAlgorithm, String)>,
);

fn essence(url: &str) -> Essence<'_> {
    let parts = split(url);
    let netloc = parts.netloc.rsplit('@').next().unwrap_or_default();
    let netloc = if parts.scheme == "file" && netloc.is_empty() { "localhost" } else { netloc };
    let fragment = query_values(parts.fragment);
    let first = |key: &str| fragment.get(key).and_then(|values| values.first().cloned());
    let digests = HashAlgorithm::BY_PREFERENCE
        .into_iter()
        .filter_map(|algorithm| Some((algorithm, first(algorithm.name())?)))
        .collect();
    (
        parts.scheme,
        netloc,
        parts.path,
        query_values(parts.query),
        first("subdirectory").unwrap_or_default(),
        digests,
    )
}

/// Python's `parse_qs`: empty values are dropped.
fn query_values(query: &str) -> BTreeMap<String, Vec<String>> {
    let mut values = BTreeMap::<String, Vec<String>>::new();
    for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        if !value.is_empty() {
            let value = decoded(&value.replace('+', " "));
            let key = decoded(&key.replace('+', " "));
            values.entry(key).or_default().push(value);
        }
    }
    values
}

/// Percent-decoding as `urllib.parse.unquote` does it; what is no UTF-8 is replaced.
fn decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text
            .get(at + 1..at + 3)
            .filter(|_| bytes[at] == b'%')
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(hex.unwrap_or(bytes[at]));
        at += if hex.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_hidden() {
        assert_eq!(redacted("https://u:p@h/x#f"), "https://u:****@h/x#f");
        assert_eq!(redacted("https://token@h/x"), "https://****@h/x");
        assert_eq!(redacted("git+ssh://git@h/x"), "git+ssh://****@h/x");
        assert_eq!(redacted("https://h/a@b"), "https://h/a@b");
    }

    #[test]
    fn what_does_not_change_the_file_does_not_matter() {
        assert!(equivalent("https://u@h/f?a=1&b=2", "https://h/f?b=2&a=1"));
        assert!(equivalent("https://h/f#egg=x", "https://h/f"));
        assert!(equivalent("file:///f", "file://localhost/f"));
        assert!(!equivalent("https://h/f#subdirectory=x", "https://h/f"));
        assert!(!equivalent("https://h/f#sha256=0", "https://h/f"));
        assert!(!equivalent("https://h/f", "https://h/g"));
    }

    #[test]
    fn parts_are_decoded() {
        assert_eq!(file_name("https://h/a/b%2B1-1.whl?x#y"), "b+1-1.whl");
        assert_eq!(file_path("file:///a%20b/c"), "/a b/c");
        assert_eq!(egg_fragment("git+https://h/r#subdirectory=s&egg=n"), Some("n"));
    }
}
