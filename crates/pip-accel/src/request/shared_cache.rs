//! Shelves that a fleet shares: where they are, who is believed, how long they are waited for.

use std::time::Duration;

use accel_engine::request::SharedCacheRequest;

use super::aws_profile;
use super::own_settings::{own_setting, wrong_setting};
use crate::args::{LowArgs, Stop};
use crate::config::{Configuration, parse_bool};
use crate::surroundings::Surroundings;

/// Variables that say how buckets are reached.
const CLOUDS: [&str; 4] = ["AWS_", "AZURE_", "GOOGLE_", "SERVICE_ACCOUNT"];

pub(super) fn shared_cache(
    options: &LowArgs,
    surroundings: &Surroundings,
    configuration: &Configuration,
) -> Result<SharedCacheRequest, Stop> {
    let setting = |given: Option<&str>, key: &str| {
        let variable = format!("PIP_ACCEL_{}", key.to_ascii_uppercase().replace('-', "_"));
        own_setting(given, key, &variable, surroundings, configuration)
    };
    let flag = |key: &str| match setting(None, key) {
        None => Ok(false),
        Some(text) => parse_bool(&text).map_err(|_| wrong_setting(key, &text, "'true', 'false'")),
    };
    let seconds = |key: &str, default: f64| match setting(None, key) {
        None => Ok(Duration::from_secs_f64(default)),
        Some(text) => text
            .parse()
            .ok()
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .ok_or_else(|| wrong_setting(key, &text, "a number of seconds")),
    };
    let urls = setting(options.shared_cache.as_deref(), "shared-cache").unwrap_or_default();
    let urls = urls.split([',', '\n']).map(str::trim).filter(|url| !url.is_empty());
    let mut keys = setting(None, "shared-cache-key").unwrap_or_default();
    if let Some(file) = setting(None, "shared-cache-key-file") {
        let path = surroundings.current_dir.join(surroundings.expand_user(&file));
        let text = accel_io::fs::read_to_string(path);
        let text = text.map_err(|error| Stop::error(&error.to_string()))?;
        keys = format!("{keys}\n{text}");
    }
    let mut urls: Vec<String> = urls.map(|url| placed(url, surroundings)).collect();
    let old = if urls.is_empty() { OldBucket::of(surroundings)? } else { None };
    urls.extend(old.iter().map(|old| old.url.clone()));
    let variables = surroundings
        .variables()
        .filter(|(name, _)| CLOUDS.iter().any(|start| name.starts_with(start)))
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut variables: Vec<_> = variables.collect();
    if urls.iter().any(|url| url.starts_with("s3")) {
        variables.extend(aws_profile::variables(surroundings));
    }
    if let Some(endpoint) = old.as_ref().and_then(|old| old.endpoint.clone()) {
        let plain = endpoint.starts_with("http:");
        variables.push(("AWS_ENDPOINT_URL".to_owned(), endpoint));
        variables.extend(plain.then(|| ("AWS_ALLOW_HTTP".to_owned(), "true".to_owned())));
    }
    Ok(SharedCacheRequest {
        urls,
        keys: keys.split_whitespace().map(str::to_owned).collect(),
        allow_unsigned: flag("shared-cache-unsigned")?,
        read_only: flag("shared-cache-read-only")? || old.is_some_and(|old| old.read_only),
        timeout: seconds("shared-cache-timeout", 10.0)?,
        lease: seconds("shared-cache-lease", 30.0)?,
        write_for: seconds("shared-cache-write", 60.0)?,
        variables,
    })
}

/// The bucket that the variables of the program's first life name.
struct OldBucket {
    url: String,
    endpoint: Option<String>,
    read_only: bool,
}

impl OldBucket {
    fn of(surroundings: &Surroundings) -> Result<Option<Self>, Stop> {
        let variable = |name: &str| surroundings.filled(&format!("PIP_ACCEL_S3_{name}"));
        let Some(bucket) = variable("BUCKET") else { return Ok(None) };
        let prefix = variable("PREFIX").unwrap_or_default();
        let read_only = variable("READONLY").map_or(Ok(false), |text| {
            parse_bool(&text).map_err(|_| wrong_setting("s3-readonly", &text, "'true', 'false'"))
        })?;
        // What was the default then is where Amazon's buckets are.
        let endpoint = variable("URL").filter(|url| !url.contains("s3.amazonaws.com"));
        let url = format!("s3://{bucket}/{}", prefix.trim_matches('/'));
        Ok(Some(Self { url: url.trim_end_matches('/').to_owned(), endpoint, read_only }))
    }
}

/// A bare path is that of a folder.
fn placed(url: &str, surroundings: &Surroundings) -> String {
    if url.contains("://") {
        return url.to_owned();
    }
    let path = surroundings.current_dir.join(surroundings.expand_user(url));
    accel_requirements::url_text::path_to_url(&path.to_string_lossy())
}
