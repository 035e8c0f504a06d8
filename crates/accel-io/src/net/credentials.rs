//! Which user name and password go to which server.
//!
//! Credentials belong to a host and port. They come from the URL itself, from the index URL
//! that is nearest to it, from netrc, and from what an earlier request to the same place used.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use url::Url;

use super::netrc::Netrc;
use super::settings::NetworkSettings;
use super::user_info::split_auth;
use accel_types::python_url::without_credentials;

/// Host and port, the port always known: where credentials may go.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Origin {
    host: String,
    port: u16,
}

impl Origin {
    /// `None` for URLs without a host.
    pub(super) fn of(url: &Url) -> Option<Self> {
        let host = url.host_str()?.trim_end_matches('.').to_ascii_lowercase();
        Some(Self { host, port: url.port_or_known_default()? })
    }

    /// Whether a `--trusted-host` value means this place.
    pub(super) fn is_trusted_by(&self, value: &str) -> bool {
        let Ok(url) = Url::parse(&format!("https://{}", value.trim())) else { return false };
        let same_host = url.host_str().is_some_and(|host| host.eq_ignore_ascii_case(&self.host));
        // Port 443 would vanish from the parsed URL: look for it in the text.
        let port = value.trim().rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
        same_host && port.is_none_or(|port| port == self.port)
    }
}

/// Whether `--trusted-host` means the place of a URL.
pub(super) fn is_trusted(settings: &NetworkSettings, url: &Url) -> bool {
    Origin::of(url).is_some_and(|origin| {
        settings.trusted_hosts.iter().any(|value| origin.is_trusted_by(value))
    })
}

/// User name and password.
pub(super) type Pair = (String, String);

/// Finds credentials for URLs.
pub(super) struct Credentials {
    /// Index URLs with their credentials, as the user gave them.
    indexes: Vec<(Url, String)>,
    netrc_path: Option<std::path::PathBuf>,
    netrc: OnceLock<Netrc>,
    /// What was used for a place before.
    used: Mutex<HashMap<Origin, Pair>>,
}

impl Credentials {
    pub(super) fn new(settings: &NetworkSettings) -> Self {
        let indexes = settings.index_urls.iter().filter_map(|given| {
            let bare = format!("{}/", without_credentials(given).trim_end_matches('/'));
            Url::parse(&bare).ok().map(|url| (url, given.clone()))
        });
        Self {
            indexes: indexes.collect(),
            netrc_path: settings.netrc.clone(),
            netrc: OnceLock::new(),
            used: Mutex::default(),
        }
    }

    /// What to send with a request for `url`, whose own credentials are `in_url`.
    pub(super) fn find(&self, url: &Url, in_url: Option<(String, Option<String>)>) -> Option<Pair> {
        let origin = Origin::of(url)?;
        let mut known = in_url;
        if let Some((user, Some(password))) = known {
            return Some(self.remember(origin, (user, password)));
        }
        if let Some((_, given)) = self.index_of(url)
            && let Some((user, password)) = split_auth(given).1
        {
            if let Some(password) = password {
                return Some(self.remember(origin, (user, password)));
            }
            known = Some((user, None));
        }
        if let Some(pair) = url.host_str().and_then(|host| self.netrc().credentials(host)) {
            return Some(self.remember(origin, pair));
        }
        let earlier =
            self.used.lock().unwrap_or_else(PoisonError::into_inner).get(&origin).cloned();
        match (known, earlier) {
            (None, earlier) => earlier,
            (Some((user, _)), Some(earlier)) if earlier.0 == user => Some(earlier),
            (Some((user, _)), _) => Some(self.remember(origin, (user, String::new()))),
        }
    }

    /// Whether the index that a URL belongs to was given with a user name.
    pub(super) fn are_in_index(&self, url: &Url) -> bool {
        self.index_of(url)
            .and_then(|(_, given)| split_auth(given).1)
            .is_some_and(|(user, password)| !user.is_empty() || password.is_some())
    }

    /// Keeps what the user or a keyring gave for this place.
    pub(super) fn remember(&self, origin: Origin, pair: Pair) -> Pair {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(origin, pair.clone());
        pair
    }

    /// A redirect from http to https on the same host, both on their usual ports, keeps the
    /// credentials, as in requests.
    pub(super) fn follow_upgrade(&self, from: &Url, to: &Url) {
        let usual = |url: &Url, scheme| url.scheme() == scheme && url.port().is_none();
        if usual(from, "http")
            && usual(to, "https")
            && from.host_str() == to.host_str()
            && let (Some(old), Some(new)) = (Origin::of(from), Origin::of(to))
        {
            let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(pair) = used.get(&old).cloned() {
                used.entry(new).or_insert(pair);
            }
        }
    }

    /// The index that a URL belongs to: on the same place, with the longest common path.
    pub(super) fn index_of(&self, url: &Url) -> Option<(&Url, &str)> {
        let origin = Origin::of(url);
        let common = |index: &Url| {
            index.path().split('/').zip(url.path().split('/')).take_while(|(a, b)| a == b).count()
        };
        let mut best: Option<(usize, &(Url, String))> = None;
        for one in self.indexes.iter().filter(|(index, _)| Origin::of(index) == origin) {
            let common = common(&one.0);
            // The first of equals, as in pip's stable sort.
            if best.is_none_or(|(longest, _)| common > longest) {
                best = Some((common, one));
            }
        }
        best.map(|(_, (index, given))| (index, given.as_str()))
    }

    /// Read when first needed; an unreadable file is one without entries, as in requests.
    fn netrc(&self) -> &Netrc {
        self.netrc.get_or_init(|| {
            let read = |path: &Path| crate::fs::read_to_string(path).ok();
            self.netrc_path
                .as_deref()
                .and_then(read)
                .map_or_else(Netrc::default, |text| Netrc::parse(&text))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(index_urls: &[&str]) -> Credentials {
        let index_urls = index_urls.iter().map(ToString::to_string).collect();
        Credentials::new(&NetworkSettings { index_urls, ..NetworkSettings::default() })
    }

    fn find(credentials: &Credentials, url: &str) -> Option<Pair> {
        let (bare, auth) = split_auth(url);
        credentials.find(&Url::parse(&bare).unwrap(), auth)
    }

    fn pair(user: &str, password: &str) -> Pair {
        (user.into(), password.into())
    }

    #[test]
    fn the_nearest_index_of_the_same_host_and_port_gives_them() {
        let known = credentials(&["https://a:1@host/one/simple", "https://b:2@host/two/simple/"]);
        assert_eq!(find(&known, "https://host/two/simple/pkg/"), Some(pair("b", "2")));
        assert_eq!(find(&known, "https://host:443/one/files/x.whl"), Some(pair("a", "1")));
        for elsewhere in ["https://host:444/one/", "http://host/one/", "https://hosts/one/"] {
            assert_eq!(find(&known, elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn the_url_comes_first_and_is_remembered() {
        let known = credentials(&["https://a:1@host/simple"]);
        assert_eq!(find(&known, "https://x:y@host/simple/"), Some(pair("x", "y")));
        let known = credentials(&[]);
        assert_eq!(find(&known, "https://x:y@host/simple/"), Some(pair("x", "y")));
        assert_eq!(find(&known, "https://host/other/"), Some(pair("x", "y")));
        assert_eq!(find(&known, "https://token@host2/"), Some(pair("token", "")));
    }

    #[test]
    fn only_an_upgrade_of_the_same_host_keeps_them() {
        let known = credentials(&["http://a:1@host/simple", "http://a:1@odd:8080/simple"]);
        let redirect = |from: &str, to: &str| {
            find(&known, from).unwrap();
            known.follow_upgrade(&Url::parse(from).unwrap(), &Url::parse(to).unwrap());
            find(&known, to)
        };
        assert_eq!(redirect("http://host/x", "https://other/x"), None);
        assert_eq!(redirect("http://host/x", "https://host:8443/x"), None);
        assert_eq!(redirect("http://odd:8080/x", "https://odd/x"), None);
        assert_eq!(redirect("http://host/x", "https://host/x"), Some(pair("a", "1")));
    }

    #[test]
    fn trusted_hosts_with_and_without_port() {
        let origin = |url: &str| Origin::of(&Url::parse(url).unwrap()).unwrap();
        assert!(origin("https://host:8443/x").is_trusted_by("host"));
        assert!(origin("https://host:8443/x").is_trusted_by("HOST:8443"));
        assert!(!origin("https://host:8443/x").is_trusted_by("host:443"));
        assert!(origin("https://host/x").is_trusted_by("host:443"));
        assert!(!origin("https://other/x").is_trusted_by("host"));
    }
}
