//! Whole answers in memory: project pages and metadata, and parts of files.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap,
    HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, RANGE,
};

use super::clients::Lane;
use super::encoded::{ACCEPTED, Coding};
use super::error::{NetError, NetErrorKind};
use super::local;
use super::retry::Attempts;
use super::session::{Exchange, Session, Wish, fresh_for};

/// No page that anybody serves comes near this.
const PAGE_LIMIT: u64 = 256 << 20;
/// How much room is made at once because a server says that so much will come.
const HINT: u64 = 4 << 20;

/// A request for something that fits in memory.
#[derive(Debug, Clone)]
pub struct Get {
    /// http, https or file; credentials in it are used and never shown.
    pub url: String,
    /// The `Accept` header, if it matters.
    pub accept: Option<String>,
    /// What we have already: the answer may be that it is still the same.
    pub validators: Option<Validators>,
    /// The largest body in bytes that is taken, decompressed.
    pub limit: u64,
}

impl Get {
    /// A plain request.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), accept: None, validators: None, limit: PAGE_LIMIT }
    }

    /// Asks for these content types.
    #[must_use]
    pub fn accept(mut self, types: impl Into<String>) -> Self {
        self.accept = Some(types.into());
        self
    }

    /// Asks only for something newer.
    #[must_use]
    pub fn newer_than(mut self, validators: Validators) -> Self {
        self.validators = Some(validators);
        self
    }
}

/// By what a server recognises the state of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    /// The `ETag` header.
    pub etag: Option<String>,
    /// The `Last-Modified` header.
    pub last_modified: Option<String>,
}

impl Validators {
    /// Whether there is nothing to recognise.
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }

    pub(super) fn of(headers: &HeaderMap) -> Self {
        Self { etag: text(headers, ETAG), last_modified: text(headers, LAST_MODIFIED) }
    }
}

/// What came back for a [`Get`].
#[derive(Debug, Clone)]
pub enum Answer {
    /// The page.
    Found(Response),
    /// It is still what the validators stand for.
    NotModified {
        /// How long it need not be asked for again, if the server says so.
        fresh_for: Option<Duration>,
    },
}

/// A whole page.
#[derive(Debug, Clone)]
pub struct Response {
    /// 200, or another success.
    pub status: u16,
    /// Where it was found after redirects, without credentials: links on it are relative to this.
    pub final_url: String,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// The decompressed bytes.
    pub body: Vec<u8>,
    /// For the next request.
    pub validators: Validators,
    /// How long it need not be asked for again, if the server says so (`max-age` less `Age`).
    pub fresh_for: Option<Duration>,
}

/// Which bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// From the first position up to and without the second.
    FromTo(u64, u64),
    /// The last so many.
    Last(u64),
}

/// Bytes from the middle of a file.
#[derive(Debug, Clone)]
pub struct Part {
    /// The bytes; fewer than asked for if the file ends before.
    pub bytes: Vec<u8>,
    /// Their position in the file.
    pub start: u64,
    /// The size of the whole file.
    pub total: u64,
    /// To see whether two parts are of the same file.
    pub validators: Validators,
}

pub(super) fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: Option<&str>) {
    // A validator that is no header value came from a damaged page; do without it.
    if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
        headers.insert(name, value);
    }
}

impl Session {
    pub(super) async fn get(&self, get: &Get) -> Result<Answer, NetError> {
        if let Some(path) = local::path_of(&get.url)? {
            return local::get(&get.url, &path, get.limit).map(Answer::Found);
        }
        let mut headers = HeaderMap::new();
        insert(&mut headers, ACCEPT, get.accept.as_deref());
        headers.insert(ACCEPT_ENCODING, ACCEPTED);
        // As pip: caches on the way must ask the index, too.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=0"));
        if let Some(validators) = &get.validators {
            insert(&mut headers, IF_NONE_MATCH, validators.etag.as_deref());
            insert(&mut headers, IF_MODIFIED_SINCE, validators.last_modified.as_deref());
        }
        let wish = Wish { url: get.url.clone(), headers, lane: Lane::Pages, quiet: false };
        let mut attempts = Attempts::new(self.settings.retries);
        loop {
            let exchange = self.exchange(&wish).await?;
            let headers = exchange.response.headers();
            let fresh_for = fresh_for(headers);
            let status = exchange.response.status();
            if status == StatusCode::NOT_MODIFIED {
                return Ok(Answer::NotModified { fresh_for });
            }
            let coding = Coding::of(headers);
            let mut answer = Response {
                status: status.as_u16(),
                final_url: exchange.url.to_string(),
                content_type: text(headers, CONTENT_TYPE),
                body: Vec::new(),
                validators: Validators::of(headers),
                fresh_for,
            };
            let body = self.body(exchange, get.limit).await;
            match body.and_then(|body| coding.decode(body, &get.url, get.limit)) {
                Ok(body) => {
                    answer.body = body;
                    return Ok(Answer::Found(answer));
                }
                Err(error) if error.kind.is_transient() => {
                    self.pause(&mut attempts, error, None).await?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    pub(super) async fn part(&self, url: &str, span: Span) -> Result<Part, NetError> {
        if let Some(path) = local::path_of(url)? {
            return local::part(url, &path, span);
        }
        let range = match span {
            Span::FromTo(from, to) if from < to => format!("bytes={from}-{}", to - 1),
            Span::Last(count) if count > 0 => format!("bytes=-{count}"),
            _ => return Err(NetError::new(url, NetErrorKind::NoRanges, "an empty range")),
        };
        let limit = match span {
            Span::FromTo(from, to) => to - from,
            Span::Last(count) => count,
        };
        let mut headers = HeaderMap::new();
        insert(&mut headers, RANGE, Some(&range));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let wish = Wish { url: url.to_owned(), headers, lane: Lane::Files, quiet: false };
        let mut attempts = Attempts::new(self.settings.retries);
        loop {
            let exchange = self.exchange(&wish).await?;
            let headers = exchange.response.headers();
            let position = text(headers, CONTENT_RANGE).and_then(|text| content_range(&text));
            let partial = exchange.response.status() == StatusCode::PARTIAL_CONTENT;
            let Some((start, total)) = position.filter(|_| partial) else {
                let reason = "the server does not answer with parts of files";
                return Err(NetError::new(url, NetErrorKind::NoRanges, reason));
            };
            if matches!(span, Span::FromTo(from, _) if from != start) {
                let reason = "the server answered with another part than was asked for";
                return Err(NetError::new(url, NetErrorKind::NoRanges, reason));
            }
            let validators = Validators::of(headers);
            match self.body(exchange, limit).await {
                Ok(bytes) => return Ok(Part { bytes, start, total, validators }),
                Err(error) if error.kind.is_transient() => {
                    self.pause(&mut attempts, error, None).await?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn body(&self, exchange: Exchange, limit: u64) -> Result<Vec<u8>, NetError> {
        let Exchange { mut response, url, permit } = exchange;
        let too_large = || Err(too_large(url.as_str(), limit));
        // Only a hint: it may be a lie, and what is compressed becomes more.
        let announced = response.content_length().unwrap_or(0);
        if announced > limit {
            return too_large();
        }
        let mut body = Vec::with_capacity(usize::try_from(announced.min(HINT)).unwrap_or(0));
        loop {
            let chunk = response.chunk().await.map_err(|error| {
                NetError::from_reqwest(url.as_str(), self.settings.timeout, &error)
            })?;
            let Some(chunk) = chunk else { break };
            if (body.len() + chunk.len()) as u64 > limit {
                return too_large();
            }
            body.extend_from_slice(&chunk);
        }
        drop(permit);
        Ok(body)
    }
}

pub(super) fn too_large(url: &str, limit: u64) -> NetError {
    let reason = format!("the answer is larger than {limit} bytes");
    NetError::new(url, NetErrorKind::TooLarge, reason)
}

/// Start and total of `bytes 0-99/1234`.
pub(super) fn content_range(text: &str) -> Option<(u64, u64)> {
    let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    Some((start.trim().parse().ok()?, total.trim().parse().ok()?))
}
