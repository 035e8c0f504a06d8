//! What the user has said about the network; read once, from nowhere else.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Everything a [`Network`](super::Network) depends on.
#[derive(Clone)]
pub struct NetworkSettings {
    /// No connection is ever made: every http(s) request fails at once.
    pub offline: bool,
    /// How long a server may be silent (`--timeout`, pip's default 15 s).
    pub timeout: Duration,
    /// How often a request is repeated (`--retries`, pip's default 5).
    pub retries: u32,
    /// How often a broken download is resumed (`--resume-retries`, pip's default 5).
    pub resume_retries: u32,
    /// `--proxy`: for everything, and the variables are ignored; `Some("")` means no proxy.
    pub proxy: Option<String>,
    /// The values of the proxy variables of the environment.
    pub proxy_variables: ProxyVariables,
    /// `--cert`: a PEM file or a directory of them that replaces all known authorities.
    pub cert: Option<PathBuf>,
    /// `--client-cert`: a PEM file with a private key and its certificate.
    pub client_cert: Option<PathBuf>,
    /// `--trusted-host`: `host` or `host:port` whose certificates are not verified.
    pub trusted_hosts: Vec<String>,
    /// The index URLs as given, with credentials: these are used for all URLs of the same
    /// host and port.
    pub index_urls: Vec<String>,
    /// The netrc file, if there is one.
    pub netrc: Option<PathBuf>,
    /// The value of the `User-Agent` header.
    pub user_agent: String,
    /// Asked for credentials when a server answers 401 (keyring, or the user).
    pub ask: Option<Ask>,
    /// Told about retries and resumed downloads.
    pub notice: Option<Notice>,
}

impl Default for NetworkSettings {
    fn default() -> Self {
        Self {
            offline: false,
            timeout: Duration::from_secs(15),
            retries: 5,
            resume_retries: 5,
            proxy: None,
            proxy_variables: ProxyVariables::default(),
            cert: None,
            client_cert: None,
            trusted_hosts: Vec::new(),
            index_urls: Vec::new(),
            netrc: None,
            user_agent: concat!("pip-accel/", env!("CARGO_PKG_VERSION")).to_owned(),
            ask: None,
            notice: None,
        }
    }
}

impl fmt::Debug for NetworkSettings {
    // URLs may hold passwords: none is shown.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NetworkSettings")
            .field("offline", &self.offline)
            .field("timeout", &self.timeout)
            .field("retries", &self.retries)
            .field("cert", &self.cert)
            .field("trusted_hosts", &self.trusted_hosts)
            .finish_non_exhaustive()
    }
}

/// The values of `http_proxy` and its relatives; the caller decides between upper and lower case.
#[derive(Clone, Default)]
pub struct ProxyVariables {
    /// For `http://` URLs.
    pub http: Option<String>,
    /// For `https://` URLs.
    pub https: Option<String>,
    /// For both, where they have none of their own.
    pub all: Option<String>,
    /// Hosts that are reached directly.
    pub no_proxy: Option<String>,
}

/// Asks for credentials.
///
/// It gets the URL of the index that the request belongs to, if it is known, the host with its
/// port, and the user name, if that is known; the answer is user name and password.
pub type Ask =
    Arc<dyn Fn(Option<&str>, &str, Option<&str>) -> Option<(String, String)> + Send + Sync>;

/// Takes an [`Event`]; called from any thread.
pub type Notice = Arc<dyn Fn(&Event) + Send + Sync + 'static>;

/// Something that the user may want to know while a request goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A request is repeated.
    Retry {
        /// The URL, redacted.
        url: String,
        /// How many more repetitions are left.
        left: u32,
        /// What went wrong.
        reason: String,
    },
    /// A broken download is continued.
    Resume {
        /// The URL, redacted.
        url: String,
        /// Bytes that are there.
        received: u64,
        /// Bytes in all, if known.
        total: Option<u64>,
        /// 1 for the first attempt to resume.
        attempt: u32,
    },
    /// The credentials that were found or asked for are wrong.
    WrongCredentials {
        /// The URL, redacted.
        url: String,
    },
}
