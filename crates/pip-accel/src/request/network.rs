//! How the network is reached.

use std::path::PathBuf;

use accel_engine::request::{NetworkRequest, Proxy};

use super::filled;
use crate::args::LowArgs;
use crate::surroundings::Surroundings;

pub(super) fn network(options: &LowArgs, surroundings: &Surroundings) -> NetworkRequest {
    let count = |number: i64| u32::try_from(number.max(0)).unwrap_or(u32::MAX);
    let either = |lower: &str| {
        surroundings.filled(lower).or_else(|| surroundings.filled(&lower.to_uppercase()))
    };
    let uses_environment = options.proxy.is_none() && !options.no_proxy_env;
    let proxy = match options.proxy.as_ref().filter(|proxy| !proxy.is_empty()) {
        Some(url) => Proxy::Url(url.clone()),
        None if !uses_environment => Proxy::Direct,
        None => Proxy::Environment {
            // Programs that run behind a web server must not take its clients' header for this.
            http: if surroundings.variable("REQUEST_METHOD").is_some() {
                surroundings.filled("http_proxy")
            } else {
                either("http_proxy")
            },
            https: either("https_proxy"),
            all: either("all_proxy"),
            no_proxy: either("no_proxy"),
        },
    };
    let bundle = || {
        let variables = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];
        variables.iter().find_map(|name| surroundings.filled(name)).filter(|_| uses_environment)
    };
    let home = surroundings.home();
    let netrc = surroundings
        .filled("NETRC")
        .map(PathBuf::from)
        .into_iter()
        .chain(home.iter().flat_map(|home| [".netrc", "_netrc"].map(|name| home.join(name))));
    NetworkRequest {
        timeout: options.timeout,
        retries: old_retries(surroundings).unwrap_or_else(|| count(options.retries)),
        resume_retries: count(options.resume_retries),
        proxy,
        cert: filled(options.cert.as_ref()).cloned().or_else(bundle).map(PathBuf::from),
        client_cert: filled(options.client_cert.as_ref()).map(PathBuf::from),
        trusted_hosts: options.trusted_hosts.clone(),
        keyring_provider: options.keyring_provider.clone(),
        // pip's HTTP library looks for netrc files only where it trusts the environment.
        netrc: netrc.into_iter().find(|file| uses_environment && accel_io::fs::exists(file)),
        user_agent_data: surroundings.filled("PIP_USER_AGENT_USER_DATA"),
        ci: ["BUILD_BUILDID", "BUILD_ID", "CI", "PIP_IS_CI"]
            .iter()
            .any(|name| surroundings.variable(name).is_some()),
        // Requirement files may be URLs even where no index is asked.
        offline: false,
    }
}

/// How often things were tried in the program's first life, where nothing says how often requests
/// are repeated.
fn old_retries(surroundings: &Surroundings) -> Option<u32> {
    let is_option = |argument: &String| argument.starts_with("--retries");
    if surroundings.filled("PIP_RETRIES").is_some() || surroundings.arguments.iter().any(is_option)
    {
        return None;
    }
    surroundings.filled("PIP_ACCEL_MAX_RETRIES")?.parse().ok()
}
