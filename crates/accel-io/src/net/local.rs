//! `file://` URLs.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use url::Url;

use super::error::{NetError, NetErrorKind};
use super::page::{Part, Response, Span, Validators};
use crate::{IoError, fs};

/// The path that a `file:` URL names; `None` for other URLs.
pub(super) fn path_of(url: &str) -> Result<Option<PathBuf>, NetError> {
    let is_file = url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("file:"));
    if !is_file {
        return Ok(None);
    }
    let parsed = Url::parse(url)
        .map_err(|error| NetError::new(url, NetErrorKind::Url, error.to_string()))?;
    parsed.to_file_path().map(Some).map_err(|()| {
        let reason = "non-local file URIs are not supported on this platform";
        NetError::new(url, NetErrorKind::Url, reason)
    })
}

/// A missing file is a page that is not found, as in pip.
pub(super) fn error(url: &str, error: &IoError) -> NetError {
    let mut described = NetError::file(url, error);
    if error.is_not_found() {
        described.kind = NetErrorKind::Status(404);
    }
    described
}

pub(super) fn get(url: &str, path: &Path, limit: u64) -> Result<Response, NetError> {
    let size = fs::metadata(path).map_err(|failed| error(url, &failed))?.len();
    if size > limit {
        let reason = format!("the file is larger than {limit} bytes");
        return Err(NetError::new(url, NetErrorKind::TooLarge, reason));
    }
    let body = fs::read(path).map_err(|failed| error(url, &failed))?;
    let content_type = match path.extension().and_then(|extension| extension.to_str()) {
        Some("html" | "htm") => "text/html",
        Some("json") => "application/json",
        _ => "text/plain",
    };
    Ok(Response {
        status: 200,
        final_url: url.split('#').next().unwrap_or(url).to_owned(),
        content_type: Some(content_type.to_owned()),
        body,
        validators: Validators::default(),
        fresh_for: None,
    })
}

pub(super) fn part(url: &str, path: &Path, span: Span) -> Result<Part, NetError> {
    let read = || {
        let mut file = fs::open(path)?;
        let total = fs::metadata(path)?.len();
        let (start, end) = match span {
            Span::FromTo(from, to) => (from.min(total), to.min(total)),
            Span::Last(count) => (total.saturating_sub(count), total),
        };
        let mut bytes = Vec::new();
        let length = end.saturating_sub(start);
        fs::at("read", path, file.seek(SeekFrom::Start(start)))?;
        fs::at("read", path, file.take(length).read_to_end(&mut bytes))?;
        Ok(Part { bytes, start, total, validators: Validators::default() })
    };
    read().map_err(|failed| error(url, &failed))
}
