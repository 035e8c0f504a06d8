//! The HTTP clients, each built when the first request needs it.

use std::sync::OnceLock;

use reqwest::{Client, Proxy, redirect};

use super::proxies::Proxies;
use super::settings::NetworkSettings;
use super::tls::{self, Trust};

/// Two kinds of traffic that do better apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// Pages and metadata: many small answers, compressed, over one HTTP/2 connection.
    Pages,
    /// Files: their bytes as they are, each over an HTTP/1.1 connection of its own.
    Files,
}

/// Clients by lane and trust.
#[derive(Default)]
pub(super) struct Clients {
    built: [OnceLock<Result<Client, String>>; 6],
}

impl Clients {
    pub(super) fn get(
        &self,
        settings: &NetworkSettings,
        proxies: &Proxies,
        lane: Lane,
        trust: Trust,
    ) -> Result<&Client, String> {
        let row = match lane {
            Lane::Pages => 0,
            Lane::Files => 3,
        };
        let column = match trust {
            Trust::Verified => 0,
            Trust::Blind => 1,
            Trust::Plain => 2,
        };
        self.built[row + column]
            .get_or_init(|| build(settings, proxies, lane, trust))
            .as_ref()
            .map_err(Clone::clone)
    }
}

fn build(
    settings: &NetworkSettings,
    proxies: &Proxies,
    lane: Lane,
    trust: Trust,
) -> Result<Client, String> {
    let mut tls = tls::config(settings, trust)?;
    let builder = Client::builder()
        // The environment is not ours to read, and redirects are followed with our own rules.
        .no_proxy()
        .redirect(redirect::Policy::none())
        .user_agent(&settings.user_agent)
        .connect_timeout(settings.timeout)
        .read_timeout(settings.timeout)
        .tcp_nodelay(true);
    let builder = if proxies.is_empty() {
        builder
    } else {
        let proxies = proxies.clone();
        builder.proxy(Proxy::custom(move |url| proxies.for_url(url)))
    };
    let builder = match lane {
        Lane::Pages => {
            tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
            // Whole project pages fit without waiting for window updates.
            builder
                .http2_initial_stream_window_size(4 << 20)
                .http2_initial_connection_window_size(16 << 20)
        }
        Lane::Files => {
            tls.alpn_protocols = vec![b"http/1.1".to_vec()];
            builder.http1_only()
        }
    };
    builder.tls_backend_preconfigured(tls).build().map_err(|error| error.to_string())
}

/// A client for other requests than those of a [`Network`](super::Network), to this server.
pub(crate) fn client_for(settings: &NetworkSettings, url: &url::Url) -> Result<Client, String> {
    let proxies =
        Proxies::new(settings).map_err(|text| format!("{text} is not the URL of a proxy"))?;
    let trust = if super::credentials::is_trusted(settings, url) {
        Trust::Blind
    } else if url.scheme() == "http" && proxies.is_empty() {
        Trust::Plain
    } else {
        Trust::Verified
    };
    build(settings, &proxies, Lane::Files, trust)
}
