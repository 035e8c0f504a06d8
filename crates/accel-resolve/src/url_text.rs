//! What pip does with the text of URLs: name files, and tell whether two are the same.

use std::collections::BTreeMap;

use accel_types::HashAlgorithm;
use accel_types::python_url::{self, Parts, unquote};
use std::borrow::Cow;

fn split(url: &str) -> Parts<'_> {
    python_url::split(url).unwrap_or_default()
}

/// Whether it is a `file:` URL.
pub(crate) fn is_file(url: &str) -> bool {
    split(url).scheme == "file"
}

/// The path of a `file:` URL, percent-decoded.
pub(crate) fn file_path(url: &str) -> String {
    unquote(split(url).path).into_owned()
}

/// Last segment of its path, percent-decoded.
pub(crate) fn file_name(url: &str) -> String {
    let path = unquote(split(url).path);
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
    Cow<'a, str>,
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
            let value = unquote(&value.replace('+', " ")).into_owned();
            let key = unquote(&key.replace('+', " ")).into_owned();
            values.entry(key).or_default().push(value);
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn parts_are_unquote() {
        assert_eq!(file_name("https://h/a/b%2B1-1.whl?x#y"), "b+1-1.whl");
        assert_eq!(file_path("file:///a%20b/c"), "/a b/c");
        assert_eq!(egg_fragment("git+https://h/r#subdirectory=s&egg=n"), Some("n"));
    }
}
