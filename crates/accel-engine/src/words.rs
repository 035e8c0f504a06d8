//! pip's sentences that several stages share.

use crate::error::EngineError;
use crate::listener::Level;
use crate::session::Session;
use accel_index::IndexError;
use accel_types::Link;
use accel_types::python_url::redacted;
use std::path::Path;

/// A number of bytes as pip prints it.
pub(crate) fn size(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "one decimal is printed")]
    let float = bytes as f64;
    if bytes > 1_000_000 {
        format!("{:.1} MB", float / 1_000_000.0)
    } else if bytes > 10_000 {
        format!("{} kB", bytes / 1000)
    } else if bytes > 1000 {
        format!("{:.1} kB", float / 1000.0)
    } else {
        format!("{bytes} bytes")
    }
}

/// The beginning of the line for a file that comes over the network.
pub(crate) const DOWNLOADING: &str = "Downloading ";

/// The beginning of the line for a file that is kept.
pub(crate) const USING_CACHED: &str = "Using cached ";

/// The line for a file that came over the network, or that was kept.
pub(crate) fn fetched(filename: &str, bytes: Option<u64>, from_network: bool) -> String {
    let verb = if from_network { DOWNLOADING } else { USING_CACHED }.trim_end();
    match bytes {
        Some(bytes) => format!("{verb} {filename} ({})", size(bytes)),
        None => format!("{verb} {filename}"),
    }
}

/// The name of a link's file as it stands in its URL, which is how pip shows what it fetches.
pub(crate) fn shown_file(link: &Link) -> &str {
    file_of(&link.url)
}

/// The name of a URL's file as it stands there.
pub(crate) fn file_of(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    path.rsplit('/').next().unwrap_or(path)
}

/// A path as pip shows it: below the current folder as seen from there.
pub(crate) fn displayed_path(path: &str, current: &Path) -> String {
    match Path::new(path).strip_prefix(current) {
        Ok(below) if below.as_os_str().is_empty() => "./.".to_owned(),
        Ok(below) => format!("./{}", below.display()),
        Err(_) => path.to_owned(),
    }
}

/// A link as pip writes it: where it is, where that was found, for which Pythons.
pub(crate) fn link(link: &Link) -> String {
    let url = redacted(&link.url);
    if link.comes_from.is_empty() {
        return url;
    }
    let python = link.requires_python.as_ref().filter(|text| !text.is_empty());
    let python = python.map(|text| format!(" (requires-python:{text})")).unwrap_or_default();
    format!("{url} (from {}){python}", link.comes_from)
}

/// Says which request it was that a server refused, if that is the error. Whether it was that for
/// the file itself, and not for the `metadata` beside it.
pub(crate) fn tell_http_error(
    session: &Session<'_>,
    file: &str,
    metadata: Option<&str>,
    error: &EngineError,
) -> bool {
    let EngineError::Index(IndexError::Http { status: Some(status), url, .. }) = error else {
        return false;
    };
    let beside = metadata.is_some_and(|metadata| redacted(metadata) == *url);
    let place = if beside { url } else { file };
    session.voice.say(Level::Error, &format!("HTTP error {status} while getting {place}"));
    !beside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_as_pip_rounds_them() {
        let sizes = [999, 1001, 10_500, 1_000_000, 2_345_678].map(size);
        assert_eq!(sizes, ["999 bytes", "1.0 kB", "10 kB", "1000 kB", "2.3 MB"]);
    }
}
