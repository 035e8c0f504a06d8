//! Buckets of the large providers, and of what speaks their protocols.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::client::{ClientOptions, HttpClient, HttpConnector};
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::path::Path as Name;
use object_store::{
    Error, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, PutPayload, RetryConfig,
};
use url::Url;

use super::{Listed, ObjectsError, ObjectsSettings, Trouble, Writing, patience, within};
use crate::net::client_for;

pub(super) struct Cloud {
    store: Arc<dyn ObjectStore>,
    prefix: String,
}

/// Our own client, with our proxies and trust.
#[derive(Debug)]
struct Connector(reqwest::Client);

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.0.clone()))
    }
}

impl Cloud {
    pub(super) fn open(settings: &ObjectsSettings) -> Result<Self, ObjectsError> {
        let wrong = |reason: String| ObjectsError::new(Trouble::Settings, reason);
        let mut url = Url::parse(&settings.url).map_err(|error| wrong(error.to_string()))?;
        url.set_query(None);
        url.set_fragment(None);
        // Which of our clients it is depends on whether certificates are needed at all.
        let endpoint =
            ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT", "AZURE_ENDPOINT"]
                .iter()
                .find_map(|name| settings.variable(name))
                .and_then(|text| Url::parse(text).ok());
        let endpoint = endpoint.filter(|url| url.scheme() == "http").unwrap_or_else(|| url.clone());
        let client = Connector(client_for(&settings.network, &endpoint).map_err(wrong)?);
        let retry = RetryConfig {
            max_retries: 1,
            retry_timeout: settings.timeout,
            ..RetryConfig::default()
        };
        let store: Result<Arc<dyn ObjectStore>, Error> = match url.scheme() {
            "s3" | "s3a" => amazon(settings, &url)
                .with_retry(retry)
                .with_http_connector(client)
                .build()
                .map(|store| Arc::new(store) as Arc<dyn ObjectStore>),
            "gs" => google(settings, &url)
                .with_retry(retry)
                .with_http_connector(client)
                .build()
                .map(|store| Arc::new(store) as Arc<dyn ObjectStore>),
            _ => azure(settings, &url)
                .with_retry(retry)
                .with_http_connector(client)
                .build()
                .map(|store| Arc::new(store) as Arc<dyn ObjectStore>),
        };
        let prefix = url.path().trim_matches('/').to_owned();
        Ok(Self { store: store.map_err(|error| wrong(words(&error)))?, prefix })
    }

    fn name(&self, name: &str) -> Name {
        if self.prefix.is_empty() {
            Name::from(name)
        } else {
            Name::from(format!("{}/{name}", self.prefix))
        }
    }

    pub(super) async fn get(
        &self,
        name: &str,
        limit: u64,
        timeout: Duration,
    ) -> Result<Option<Vec<u8>>, ObjectsError> {
        let opened = async { found(self.store.get(&self.name(name)).await) };
        let Some(result) = within(timeout * 2, opened).await? else { return Ok(None) };
        let size = result.meta.size;
        if size > limit {
            return Err(ObjectsError::too_large());
        }
        within(patience(timeout, size), async {
            Ok(Some(result.bytes().await.map_err(|error| trouble(&error))?.to_vec()))
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
        let opened = async { found(self.store.get(&self.name(name)).await) };
        let Some(result) = within(timeout * 2, opened).await? else { return Ok(false) };
        within(patience(timeout, result.meta.size), async {
            let mut writing = Writing::new(into, limit)?;
            let mut pieces = result.into_stream();
            while let Some(piece) = next(&mut pieces).await {
                writing.add(&piece.map_err(|error| trouble(&error))?)?;
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
        let mode = if only_new { PutMode::Create } else { PutMode::Overwrite };
        within(patience(timeout, bytes.len() as u64), async {
            let options = PutOptions { mode, ..PutOptions::default() };
            let payload = PutPayload::from(bytes);
            match self.store.put_opts(&self.name(name), payload, options).await {
                Ok(_) => Ok(true),
                Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) if only_new => {
                    Ok(false)
                }
                Err(error) => Err(trouble(&error)),
            }
        })
        .await
    }

    pub(super) async fn exists(&self, name: &str, timeout: Duration) -> Result<bool, ObjectsError> {
        let head = async { found(self.store.head(&self.name(name)).await) };
        Ok(within(timeout * 2, head).await?.is_some())
    }

    pub(super) async fn remove(&self, name: &str, timeout: Duration) -> Result<(), ObjectsError> {
        let remove = async { found(self.store.delete(&self.name(name)).await) };
        within(timeout * 2, remove).await.map(drop)
    }

    pub(super) async fn list(
        &self,
        below: &str,
        timeout: Duration,
    ) -> Result<Vec<Listed>, ObjectsError> {
        let below = self.name(below.trim_matches('/'));
        let mut all = self.store.list(Some(&below));
        let mut listed = Vec::new();
        // Pages of a thousand come one by one; each is waited for on its own.
        while let Some(object) = within(timeout * 2, async { Ok(next(&mut all).await) }).await? {
            let object = object.map_err(|error| trouble(&error))?;
            let name = object.location.to_string();
            let name = name.strip_prefix(&self.prefix).unwrap_or(&name).trim_start_matches('/');
            listed.push(Listed { name: name.to_owned(), size: object.size });
        }
        Ok(listed)
    }
}

impl ObjectsSettings {
    fn variable(&self, name: &str) -> Option<&str> {
        let mut all = self.variables.iter();
        all.find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The bucket, as AWS's own tools would find it. Without any credentials it is read anonymously.
fn amazon(settings: &ObjectsSettings, url: &Url) -> AmazonS3Builder {
    let mut builder = AmazonS3Builder::new();
    for (name, value) in &settings.variables {
        if name.starts_with("AWS_")
            && let Ok(key) = name.to_ascii_lowercase().parse()
        {
            builder = builder.with_config(key, value);
        }
    }
    let endpoint =
        settings.variable("AWS_ENDPOINT_URL_S3").or(settings.variable("AWS_ENDPOINT_URL"));
    if let Some(endpoint) = endpoint {
        builder = builder.with_endpoint(endpoint).with_allow_http(true);
    }
    let has_credentials = settings.variables.iter().any(|(name, value)| {
        let known = [
            "AWS_ACCESS_KEY_ID",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "AWS_METADATA_ENDPOINT",
        ];
        known.contains(&name.as_str()) && !value.is_empty()
    });
    if settings.variable("AWS_REGION").or(settings.variable("AWS_DEFAULT_REGION")).is_none() {
        builder = builder.with_region("us-east-1");
    }
    // Whoever runs where the machine itself has credentials says so: asking for them elsewhere
    // takes seconds.
    if settings.variable("AWS_SKIP_SIGNATURE").is_none() {
        builder = builder.with_skip_signature(!has_credentials);
    }
    builder.with_bucket_name(url.host_str().unwrap_or_default())
}

fn google(settings: &ObjectsSettings, url: &Url) -> GoogleCloudStorageBuilder {
    let mut builder = GoogleCloudStorageBuilder::new();
    for (name, value) in &settings.variables {
        if name.starts_with("GOOGLE_")
            && let Ok(key) = name.to_ascii_lowercase().parse()
        {
            builder = builder.with_config(key, value);
        }
    }
    if let Some(account) = settings.variable("SERVICE_ACCOUNT") {
        builder = builder.with_service_account_path(account);
    }
    builder.with_bucket_name(url.host_str().unwrap_or_default())
}

fn azure(settings: &ObjectsSettings, url: &Url) -> MicrosoftAzureBuilder {
    let mut builder = MicrosoftAzureBuilder::new();
    for (name, value) in &settings.variables {
        if name.starts_with("AZURE_")
            && let Ok(key) = name.to_ascii_lowercase().parse()
        {
            builder = builder.with_config(key, value);
        }
    }
    if let Some(endpoint) = settings.variable("AZURE_ENDPOINT") {
        builder = builder.with_allow_http(endpoint.starts_with("http:"));
    }
    builder.with_container_name(url.host_str().unwrap_or_default())
}

/// That there is no object is an answer.
fn found<T>(result: object_store::Result<T>) -> Result<Option<T>, ObjectsError> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(trouble(&error)),
    }
}

fn trouble(error: &Error) -> ObjectsError {
    let trouble = match error {
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => Trouble::Denied,
        Error::UnknownConfigurationKey { .. } | Error::InvalidPath { .. } => Trouble::Settings,
        Error::Generic { .. } => Trouble::Unreachable,
        _ => Trouble::Refused,
    };
    ObjectsError::new(trouble, words(error))
}

/// The innermost reason: the outer ones name URLs with signatures in them.
fn words(error: &Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(inner) = innermost.source() {
        innermost = inner;
    }
    innermost.to_string().lines().next().unwrap_or_default().chars().take(200).collect()
}

async fn next<S: futures_core::Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    std::future::poll_fn(|context| std::pin::Pin::new(&mut *stream).poll_next(context)).await
}
