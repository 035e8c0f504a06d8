//! Why something could not be fetched.

use std::error::Error as _;
use std::io;

use accel_types::python_url::redacted;

/// A failed request: the URL without its secrets, what kind of failure, and the reason.
#[derive(Debug, Clone, thiserror::Error)]
#[error("could not fetch {url}: {reason}")]
pub struct NetError {
    /// The URL that was asked, passwords replaced by `****`; after redirects the last one.
    pub url: String,
    /// What kind of failure it was.
    pub kind: NetErrorKind,
    /// One line, without the URL.
    pub reason: String,
}

/// What kind of failure a [`NetError`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetErrorKind {
    /// The settings forbid any network.
    Offline,
    /// The URL can't be understood, or has a scheme that is not fetched.
    Url,
    /// The certificates or proxies of the settings can't be used.
    Settings,
    /// The server's last answer had this status (400 or above).
    Status(u16),
    /// The host has no address.
    Resolve,
    /// No connection, or it broke before an answer.
    Connect,
    /// The proxy refused or could not be reached.
    Proxy,
    /// The server's certificate is not trusted, or TLS failed otherwise.
    Tls,
    /// Nothing came for as long as the timeout.
    Timeout,
    /// The answer broke off, and all resuming did not complete it.
    Body,
    /// The answer is larger than the limit of the request.
    TooLarge,
    /// A redirect that must not be followed, or too many.
    Redirect,
    /// The server does not answer with parts of files.
    NoRanges,
    /// A file of ours could not be read or written.
    File,
    /// The run was asked to end.
    Interrupted,
}

impl NetErrorKind {
    /// Whether another try may succeed, as pip's urllib3 sees it.
    pub(super) fn is_transient(self) -> bool {
        matches!(self, Self::Resolve | Self::Connect | Self::Proxy | Self::Timeout | Self::Body)
    }
}

impl NetError {
    pub(super) fn new(url: &str, kind: NetErrorKind, reason: impl Into<String>) -> Self {
        Self { url: redacted(url), kind, reason: reason.into() }
    }

    pub(super) fn interrupted(url: &str) -> Self {
        Self::new(url, NetErrorKind::Interrupted, "the run was interrupted")
    }

    pub(super) fn file(url: &str, error: &crate::IoError) -> Self {
        Self::new(url, NetErrorKind::File, error.to_string())
    }

    /// The error for a status of 400 or above, in the words of pip's requests.
    pub(super) fn status(url: &str, status: reqwest::StatusCode) -> Self {
        let side = if status.is_server_error() { "Server" } else { "Client" };
        let phrase = status.canonical_reason().unwrap_or("");
        let number = status.as_u16();
        let reason = format!("{number} {side} Error: {phrase}");
        Self::new(url, NetErrorKind::Status(number), reason)
    }

    pub(super) fn from_reqwest(
        url: &str,
        timeout: std::time::Duration,
        error: &reqwest::Error,
    ) -> Self {
        let (mut kind, innermost) = classify(error);
        let mut reason = innermost;
        if error.is_timeout() {
            kind = NetErrorKind::Timeout;
            let host = reqwest::Url::parse(url).ok();
            let host = host.as_ref().and_then(reqwest::Url::host_str).unwrap_or("the server");
            reason = format!("{host} didn't respond within {:?} seconds", timeout.as_secs_f64());
            if error.is_connect() {
                reason.push_str(" (while establishing a connection)");
            }
        }
        Self::new(url, kind, reason)
    }

    /// Whether the server said that there is no such page or file.
    pub fn is_not_found(&self) -> bool {
        matches!(self.kind, NetErrorKind::Status(404 | 410))
    }

    /// The status of the server's answer, if it gave one.
    pub fn status_code(&self) -> Option<u16> {
        match self.kind {
            NetErrorKind::Status(status) => Some(status),
            _ => None,
        }
    }
}

/// Finds the kind in the chain of causes, and the words of the innermost one.
fn classify(error: &reqwest::Error) -> (NetErrorKind, String) {
    let mut kind = if error.is_connect() {
        NetErrorKind::Connect
    } else if error.is_body() || error.is_decode() {
        NetErrorKind::Body
    } else if error.is_builder() {
        NetErrorKind::Url
    } else {
        NetErrorKind::Connect
    };
    let mut reason = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        if is_tls(inner) {
            return (NetErrorKind::Tls, text);
        }
        if text.starts_with("dns error") {
            kind = NetErrorKind::Resolve;
        } else if text.contains("tunnel") || text.contains("proxy") {
            kind = NetErrorKind::Proxy;
        }
        reason = text;
        cause = inner.source();
    }
    (kind, reason)
}

/// TLS errors hide inside an `io::Error`, or several, whose `source` skips them.
fn is_tls(mut error: &(dyn std::error::Error + 'static)) -> bool {
    loop {
        if error.is::<rustls::Error>() {
            return true;
        }
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => error = inner,
            None => return false,
        }
    }
}
