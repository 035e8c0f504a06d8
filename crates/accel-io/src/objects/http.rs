//! Objects of a web server: `GET`, `HEAD`, `PUT`, `DELETE`, as WebDAV and artifact servers have them.

use std::path::Path;
use std::time::Duration;

use reqwest::header::{IF_NONE_MATCH, LOCATION};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use url::Url;

use super::{ObjectsError, ObjectsSettings, Trouble, Writing, patience, within};
use crate::net::client_for;

/// Redirects that a read may take: to where an artifact server keeps its files.
const REDIRECTS: usize = 5;

pub(super) struct Http {
    client: Client,
    base: Url,
    user: Option<(String, Option<String>)>,
}

impl Http {
    pub(super) fn open(settings: &ObjectsSettings) -> Result<Self, ObjectsError> {
        let wrong = |reason: String| ObjectsError::new(Trouble::Settings, reason);
        let mut base = Url::parse(&settings.url).map_err(|error| wrong(error.to_string()))?;
        let decode = |text: &str| {
            percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
        };
        let user = match (base.username(), base.password()) {
            ("", None) => None,
            (user, password) => Some((decode(user), password.map(decode))),
        };
        // They always can be taken away from an http(s) URL.
        let _ = base.set_username("").and_then(|()| base.set_password(None));
        base.set_query(None);
        base.set_fragment(None);
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let client = client_for(&settings.network, &base).map_err(wrong)?;
        Ok(Self { client, base, user })
    }

    fn url(&self, name: &str) -> Result<Url, ObjectsError> {
        let wrong =
            |error: url::ParseError| ObjectsError::new(Trouble::Settings, error.to_string());
        self.base.join(name).map_err(wrong)
    }

    fn request(&self, method: Method, url: Url) -> RequestBuilder {
        let own = url.origin() == self.base.origin();
        let request = self.client.request(method, url);
        match &self.user {
            Some((user, password)) if own => request.basic_auth(user, password.as_ref()),
            _ => request,
        }
    }

    /// The answer to a `GET`; `None` if there is nothing.
    async fn open_object(&self, name: &str) -> Result<Option<Response>, ObjectsError> {
        let mut url = self.url(name)?;
        for _ in 0..REDIRECTS {
            let response = self.request(Method::GET, url.clone()).send().await.map_err(lost)?;
            match response.status() {
                StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(None),
                status if status.is_success() => return Ok(Some(response)),
                status if status.is_redirection() => {
                    let target = response.headers().get(LOCATION);
                    let target = target.and_then(|target| target.to_str().ok());
                    let joined = target.and_then(|target| url.join(target).ok());
                    url = joined.ok_or_else(|| refused(status))?;
                }
                status => return Err(refused(status)),
            }
        }
        Err(ObjectsError::new(Trouble::Refused, "it redirects too often"))
    }

    pub(super) async fn get(
        &self,
        name: &str,
        limit: u64,
        timeout: Duration,
    ) -> Result<Option<Vec<u8>>, ObjectsError> {
        let opened = within(timeout, self.open_object(name)).await?;
        let Some(mut response) = opened else { return Ok(None) };
        let size = response.content_length();
        if size.is_some_and(|size| size > limit) {
            return Err(ObjectsError::too_large());
        }
        within(patience(timeout, size.unwrap_or(limit)), async {
            let mut bytes = Vec::new();
            while let Some(piece) = response.chunk().await.map_err(lost)? {
                if (bytes.len() + piece.len()) as u64 > limit {
                    return Err(ObjectsError::too_large());
                }
                bytes.extend_from_slice(&piece);
            }
            Ok(Some(bytes))
        })
        .await
    }

    pub(super) async fn fetch(
        &self,
        name: &str,
        into: &Path,
        limit: u64,
        timeout: Duration,
    ) -> Result<bool, ObjectsError> {
        let opened = within(timeout, self.open_object(name)).await?;
        let Some(mut response) = opened else { return Ok(false) };
        let size = response.content_length().unwrap_or(limit);
        within(patience(timeout, size), async {
            let mut writing = Writing::new(into, limit)?;
            while let Some(piece) = response.chunk().await.map_err(lost)? {
                writing.add(&piece)?;
            }
            Ok(true)
        })
        .await
    }

    pub(super) async fn put(
        &self,
        name: &str,
        bytes: Vec<u8>,
        only_new: bool,
        timeout: Duration,
    ) -> Result<bool, ObjectsError> {
        let url = self.url(name)?;
        within(patience(timeout, bytes.len() as u64), async {
            let mut made_folders = false;
            loop {
                let request = self.request(Method::PUT, url.clone()).body(bytes.clone());
                let request = if only_new { request.header(IF_NONE_MATCH, "*") } else { request };
                let status = request.send().await.map_err(lost)?.status();
                match status {
                    StatusCode::PRECONDITION_FAILED if only_new => return Ok(false),
                    // WebDAV's way to say that the folder is not there.
                    StatusCode::CONFLICT if !made_folders => {
                        made_folders = true;
                        self.make_folders(name).await?;
                    }
                    status if status.is_success() => return Ok(true),
                    status => return Err(refused(status)),
                }
            }
        })
        .await
    }

    async fn make_folders(&self, name: &str) -> Result<(), ObjectsError> {
        let Ok(method) = Method::from_bytes(b"MKCOL") else { return Ok(()) };
        for (at, _) in name.match_indices('/') {
            let url = self.url(&name[..=at])?;
            // One that is there already is refused; what matters is what `PUT` says then.
            self.request(method.clone(), url).send().await.map_err(lost)?;
        }
        Ok(())
    }

    pub(super) async fn exists(&self, name: &str, timeout: Duration) -> Result<bool, ObjectsError> {
        let url = self.url(name)?;
        within(timeout, async {
            match self.request(Method::HEAD, url).send().await.map_err(lost)?.status() {
                StatusCode::NOT_FOUND | StatusCode::GONE => Ok(false),
                status if status.is_success() || status.is_redirection() => Ok(true),
                status => Err(refused(status)),
            }
        })
        .await
    }

    pub(super) async fn remove(&self, name: &str, timeout: Duration) -> Result<(), ObjectsError> {
        let url = self.url(name)?;
        within(timeout, async {
            match self.request(Method::DELETE, url).send().await.map_err(lost)?.status() {
                StatusCode::NOT_FOUND | StatusCode::GONE => Ok(()),
                status if status.is_success() => Ok(()),
                status => Err(refused(status)),
            }
        })
        .await
    }
}

fn refused(status: StatusCode) -> ObjectsError {
    let trouble = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::METHOD_NOT_ALLOWED => {
            Trouble::Denied
        }
        _ => Trouble::Refused,
    };
    ObjectsError::new(trouble, format!("the server answered {status}"))
}

fn lost(error: reqwest::Error) -> ObjectsError {
    let error = error.without_url();
    let mut innermost: &dyn std::error::Error = &error;
    while let Some(inner) = innermost.source() {
        innermost = inner;
    }
    ObjectsError::new(Trouble::Unreachable, innermost.to_string())
}
