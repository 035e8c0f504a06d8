//! URLs of files and repositories, as pip makes them of paths and tells them from paths.

use accel_types::python_url::{cleaned, join, quote, split, unquote};

/// `path_to_url(path)` for an absolute path: a `file://` URL of its normal form.
pub fn path_to_url(path: &str) -> String {
    let quoted = quote(&crate::python_path::normpath(path));
    // urljoin("file://", "//x") would take x for a host; pip runs into that too.
    join("file://", &quoted).unwrap_or_default()
}

/// `url_to_path(url)`; `None` where pip would refuse it as not local.
pub fn url_to_path(url: &str) -> Option<String> {
    let url = cleaned(url);
    let parts = split(&url)?;
    matches!(parts.netloc, "" | "localhost").then(|| unquote(parts.path).into_owned())
}

/// The scheme of a URL, lower case, or nothing.
pub fn scheme(url: &str) -> String {
    split(&cleaned(url)).unwrap_or_default().scheme.into_owned()
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
