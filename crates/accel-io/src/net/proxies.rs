//! Which proxy a URL goes through, with the rules of pip's requests.

use std::net::Ipv4Addr;

use url::Url;

use super::settings::NetworkSettings;

/// The proxies of the settings, understood.
#[derive(Debug, Clone, Default)]
pub(super) struct Proxies {
    http: Option<Url>,
    https: Option<Url>,
    no_proxy: Vec<String>,
}

impl Proxies {
    /// The error is the text that is no proxy.
    pub(super) fn new(settings: &NetworkSettings) -> Result<Self, String> {
        if let Some(proxy) = &settings.proxy {
            let proxy = parse(proxy)?;
            return Ok(Self { http: proxy.clone(), https: proxy, no_proxy: Vec::new() });
        }
        let variables = &settings.proxy_variables;
        let value = |own: &Option<String>| {
            let own = own.as_deref().filter(|text| !text.is_empty());
            parse(own.or(variables.all.as_deref()).unwrap_or(""))
        };
        let no_proxy = variables.no_proxy.as_deref().unwrap_or("").replace(' ', "");
        Ok(Self {
            http: value(&variables.http)?,
            https: value(&variables.https)?,
            no_proxy: no_proxy.split(',').filter(|one| !one.is_empty()).map(Into::into).collect(),
        })
    }

    /// Whether every URL is reached directly.
    pub(super) fn is_empty(&self) -> bool {
        self.http.is_none() && self.https.is_none()
    }

    /// The proxy for a URL, if it has one.
    pub(super) fn for_url(&self, url: &Url) -> Option<Url> {
        let proxy = match url.scheme() {
            "https" => self.https.as_ref()?,
            _ => self.http.as_ref()?,
        };
        (!self.is_direct(url)).then(|| proxy.clone())
    }

    fn is_direct(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return true };
        let host = host.to_ascii_lowercase();
        let address = host.parse::<Ipv4Addr>().ok();
        let with_port = url.port().map(|port| format!("{host}:{port}"));
        self.no_proxy.iter().any(|entry| {
            if entry == "*" {
                return true;
            }
            if let Some(address) = address {
                return entry == &host || in_network(address, entry).unwrap_or(false);
            }
            let entry = entry.trim_start_matches('.').to_ascii_lowercase();
            let matches = |text: &str| {
                text.strip_suffix(&entry).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            };
            matches(&host) || with_port.as_deref().is_some_and(matches)
        })
    }
}

fn parse(text: &str) -> Result<Option<Url>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let with_scheme = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    match Url::parse(&with_scheme) {
        Ok(url) if url.has_host() => Ok(Some(url)),
        _ => Err(accel_types::python_url::redacted(&with_scheme)),
    }
}

fn in_network(address: Ipv4Addr, network: &str) -> Option<bool> {
    let (base, bits) = network.split_once('/')?;
    let bits: u32 = bits.parse().ok().filter(|bits| (1..=32).contains(bits))?;
    let base: Ipv4Addr = base.parse().ok()?;
    let mask = u32::MAX << (32 - bits);
    Some(address.to_bits() & mask == base.to_bits() & mask)
}

#[cfg(test)]
mod tests {
    use super::super::settings::ProxyVariables;
    use super::*;

    fn proxies(http: &str, all: &str, no_proxy: &str) -> Proxies {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let proxy_variables = ProxyVariables {
            http: some(http),
            https: None,
            all: some(all),
            no_proxy: some(no_proxy),
        };
        Proxies::new(&NetworkSettings { proxy_variables, ..NetworkSettings::default() }).unwrap()
    }

    fn chosen(proxies: &Proxies, url: &str) -> Option<String> {
        proxies.for_url(&Url::parse(url).unwrap()).map(|url| url.to_string())
    }

    #[test]
    fn variables_by_scheme_with_exceptions() {
        let known =
            proxies("proxy:3128", "", "internal, .corp.example:8080,10.0.0.0/8,192.168.1.1");
        assert_eq!(chosen(&known, "http://pypi.org/").as_deref(), Some("http://proxy:3128/"));
        assert_eq!(chosen(&known, "https://pypi.org/"), None);
        for direct in ["http://internal/", "http://a.internal:81/", "http://x.corp.example:8080/"] {
            assert_eq!(chosen(&known, direct), None, "{direct}");
        }
        for direct in ["http://10.1.2.3/", "http://192.168.1.1/"] {
            assert_eq!(chosen(&known, direct), None, "{direct}");
        }
        for through in ["http://notinternal/", "http://corp.example/", "http://11.1.2.3/"] {
            assert!(chosen(&known, through).is_some(), "{through}");
        }
        assert!(chosen(&proxies("", "socks5://p:1", ""), "https://h/").is_some());
        assert_eq!(chosen(&proxies("p", "", "*"), "http://h/"), None);
    }

    #[test]
    fn the_option_wins_over_all_variables() {
        let with = |proxy: &str| NetworkSettings {
            proxy: Some(proxy.to_owned()),
            proxy_variables: ProxyVariables {
                http: Some("http://other".into()),
                no_proxy: Some("*".into()),
                ..ProxyVariables::default()
            },
            ..NetworkSettings::default()
        };
        let known = Proxies::new(&with("http://u:p@given:1")).unwrap();
        assert_eq!(chosen(&known, "https://h/").as_deref(), Some("http://u:p@given:1/"));
        assert!(Proxies::new(&with("")).unwrap().is_empty());
        assert!(Proxies::new(&with("http://")).is_err());
    }
}
