//! One exchange with a server: credentials, retries, redirects.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use reqwest::header::{CACHE_CONTROL, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Response, StatusCode, Version};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};
use url::Url;

use super::clients::{Clients, Lane};
use super::credentials::{Credentials, Origin, Pair};
use super::error::{NetError, NetErrorKind};
use super::proxies::Proxies;
use super::retry::{Attempts, asked_pause, is_passing};
use super::settings::{Event, NetworkSettings};
use super::tls::Trust;
use super::user_info::split_auth;
use crate::stopwatch;
use accel_types::python_url::redacted;

/// As many redirects as requests follows.
const REDIRECTS: usize = 30;

/// Connections at once to a server without HTTP/2.
const CONNECTIONS: usize = 10;

/// What all requests of a [`Network`](super::Network) share.
pub(super) struct Session {
    pub(super) settings: Arc<NetworkSettings>,
    proxies: Result<Proxies, String>,
    clients: Clients,
    credentials: Credentials,
    /// Held while somebody is asked for credentials: nobody wants the question twice.
    asking: AsyncMutex<()>,
    places: Mutex<HashMap<Origin, Arc<Place>>>,
    /// Requests that were sent.
    pub(super) requests: AtomicU64,
}

/// What is known about a server.
struct Place {
    /// Whether it speaks HTTP/2, from its first answer on.
    http2: OnceLock<bool>,
    /// The first request goes alone: with HTTP/2 all others then share its connection.
    first: Arc<AsyncMutex<()>>,
    slots: Arc<Semaphore>,
}

/// The right to talk to a server; held until the body is read.
pub(super) enum Permit {
    /// Nothing is limited.
    Free,
    First(OwnedMutexGuard<()>),
    Slot(#[expect(dead_code, reason = "only its drop matters")] OwnedSemaphorePermit),
}

/// What to ask for.
pub(super) struct Wish {
    /// As the caller gave it, with credentials and all.
    pub(super) url: String,
    pub(super) headers: HeaderMap,
    pub(super) lane: Lane,
    /// One attempt, of which nobody hears, and for which nobody is asked for credentials.
    pub(super) quiet: bool,
}

/// An answer with a status below 400; the body is still to be read.
pub(super) struct Exchange {
    pub(super) response: Response,
    pub(super) url: Url,
    pub(super) permit: Permit,
}

impl Session {
    pub(super) fn new(settings: Arc<NetworkSettings>) -> Self {
        Self {
            proxies: Proxies::new(&settings),
            clients: Clients::default(),
            credentials: Credentials::new(&settings),
            asking: AsyncMutex::new(()),
            places: Mutex::default(),
            requests: AtomicU64::new(0),
            settings,
        }
    }

    /// Asks until there is an answer below 400, or no hope left.
    pub(super) async fn exchange(&self, wish: &Wish) -> Result<Exchange, NetError> {
        let (bare, mut in_url) = split_auth(&wish.url);
        let mut url = parse(&bare)?;
        for _ in 0..REDIRECTS {
            let exchange = self.hop(&url, in_url.take(), wish).await?;
            let status = exchange.response.status();
            let target = is_redirect(status)
                .then(|| exchange.response.headers().get(LOCATION))
                .flatten()
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
            let Some(target) = target else {
                if status.is_client_error() || status.is_server_error() {
                    return Err(NetError::status(url.as_str(), status));
                }
                return Ok(exchange);
            };
            let joined = url.join(&target).map_err(|error| {
                let reason = format!("it redirects to {}: {error}", redacted(&target));
                NetError::new(url.as_str(), NetErrorKind::Redirect, reason)
            })?;
            self.check_redirect(&url, &joined, wish.lane)?;
            // Credentials are looked up anew: those of this host never go to the next one.
            self.credentials.follow_upgrade(&url, &joined);
            let (bare, auth) = split_auth(joined.as_str());
            (url, in_url) = (parse(&bare)?, auth);
        }
        let reason = format!("more than {REDIRECTS} redirects");
        Err(NetError::new(url.as_str(), NetErrorKind::Redirect, reason))
    }

    fn check_redirect(&self, from: &Url, to: &Url, lane: Lane) -> Result<(), NetError> {
        let refuse = |reason: &str| {
            let reason = format!("it redirects to {}, {reason}", redacted(to.as_str()));
            Err(NetError::new(from.as_str(), NetErrorKind::Redirect, reason))
        };
        if !matches!(to.scheme(), "http" | "https") {
            return refuse("which is not a http(s) location");
        }
        let downgrade = from.scheme() == "https" && to.scheme() == "http";
        if downgrade && lane == Lane::Files && !self.is_trusted(to) {
            return refuse("which is not secure");
        }
        Ok(())
    }

    fn is_trusted(&self, url: &Url) -> bool {
        super::credentials::is_trusted(&self.settings, url)
    }

    /// One URL, with retries; the answer may still be a redirect or an error.
    async fn hop(
        &self,
        url: &Url,
        in_url: Option<(String, Option<String>)>,
        wish: &Wish,
    ) -> Result<Exchange, NetError> {
        let asked_user = in_url.as_ref().map(|(user, _)| user.clone());
        let mut pair = self.credentials.find(url, in_url);
        let mut attempts = Attempts::new(if wish.quiet { 0 } else { self.settings.retries });
        let mut asked = false;
        loop {
            let permit = self.enter(url, wish.lane).await;
            let failure = match self.send(url, pair.as_ref(), wish).await {
                Ok(response) => {
                    self.learn(url, &response, wish.lane);
                    let status = response.status();
                    if status == StatusCode::UNAUTHORIZED && wish.quiet {
                        return Err(NetError::status(url.as_str(), status));
                    } else if status == StatusCode::UNAUTHORIZED && !asked {
                        asked = true;
                        if let Some(found) =
                            self.ask(url, asked_user.as_deref(), pair.as_ref()).await
                        {
                            pair = Some(found);
                            continue;
                        }
                        if self.credentials.are_in_index(url) {
                            // pip sends those of the index once more, and then says this.
                            self.tell(|| Event::WrongCredentials { url: redacted(url.as_str()) });
                        }
                    } else if status == StatusCode::UNAUTHORIZED {
                        self.tell(|| Event::WrongCredentials { url: redacted(url.as_str()) });
                    }
                    if !is_passing(status, response.headers()) || attempts.left() == 0 {
                        let permit = permit.relax();
                        return Ok(Exchange { response, url: url.clone(), permit });
                    }
                    let pause = asked_pause(response.headers());
                    drop(response);
                    (NetError::status(url.as_str(), status), pause)
                }
                Err(error) if error.kind.is_transient() => (error, None),
                Err(error) => return Err(error),
            };
            drop(permit);
            let (error, asked_pause) = failure;
            self.pause(&mut attempts, error, asked_pause).await?;
        }
    }

    /// Waits before the next attempt, or gives the error back if there is none.
    pub(super) async fn pause(
        &self,
        attempts: &mut Attempts,
        error: NetError,
        asked: Option<std::time::Duration>,
    ) -> Result<(), NetError> {
        let Some(pause) = attempts.next() else { return Err(error) };
        let left = attempts.left();
        self.tell(|| Event::Retry { url: error.url, left, reason: error.reason });
        tokio::time::sleep(asked.unwrap_or(pause)).await;
        Ok(())
    }

    async fn send(
        &self,
        url: &Url,
        pair: Option<&Pair>,
        wish: &Wish,
    ) -> Result<Response, NetError> {
        let unusable = |reason| NetError::new(url.as_str(), NetErrorKind::Settings, reason);
        let proxies = self
            .proxies
            .as_ref()
            .map_err(|text| unusable(format!("{text} is not the URL of a proxy")))?;
        let trust = if self.is_trusted(url) {
            Trust::Blind
        } else if url.scheme() == "http" && proxies.is_empty() {
            Trust::Plain
        } else {
            Trust::Verified
        };
        let client =
            self.clients.get(&self.settings, proxies, wish.lane, trust).map_err(unusable)?;
        let mut request = client.get(url.clone()).headers(wish.headers.clone());
        if let Some((user, password)) = pair {
            request = request.basic_auth(user, Some(password));
        }
        self.requests.fetch_add(1, Ordering::Relaxed);
        stopwatch::requested();
        request
            .send()
            .await
            .map_err(|error| NetError::from_reqwest(url.as_str(), self.settings.timeout, &error))
    }

    async fn enter(&self, url: &Url, lane: Lane) -> Permit {
        if lane == Lane::Files {
            // Callers decide how many files they want at once.
            return Permit::Free;
        }
        let Some(place) = self.place(url) else { return Permit::Free };
        if url.scheme() == "https" && place.http2.get().is_none() {
            let guard = Arc::clone(&place.first).lock_owned().await;
            if place.http2.get().is_none() {
                return Permit::First(guard);
            }
        }
        if place.http2.get() == Some(&true) {
            return Permit::Free;
        }
        match Arc::clone(&place.slots).acquire_owned().await {
            Ok(slot) => Permit::Slot(slot),
            Err(_) => Permit::Free,
        }
    }

    fn learn(&self, url: &Url, response: &Response, lane: Lane) {
        if lane == Lane::Pages
            && let Some(place) = self.place(url)
        {
            // A second answer says the same.
            let _ = place.http2.set(response.version() == Version::HTTP_2);
        }
    }

    fn place(&self, url: &Url) -> Option<Arc<Place>> {
        let origin = Origin::of(url)?;
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let place = places.entry(origin).or_insert_with(|| {
            Arc::new(Place {
                http2: OnceLock::new(),
                first: Arc::default(),
                slots: Arc::new(Semaphore::new(CONNECTIONS)),
            })
        });
        Some(Arc::clone(place))
    }

    /// Asks for credentials after a 401; what was just tried is not tried again.
    async fn ask(&self, url: &Url, user: Option<&str>, tried: Option<&Pair>) -> Option<Pair> {
        let ask = Arc::clone(self.settings.ask.as_ref()?);
        let _one_at_a_time = self.asking.lock().await;
        // Another request may have got an answer while we waited.
        let known = self.credentials.find(url, None);
        if known.is_some() && known.as_ref() != tried {
            return known;
        }
        let origin = Origin::of(url)?;
        let (index, user) = match self.credentials.index_of(url) {
            Some((index, given)) => {
                let listed = split_auth(given).1.map(|(user, _)| user);
                (Some(index.to_string()), user.map(ToOwned::to_owned).or(listed))
            }
            None => (None, user.map(ToOwned::to_owned)),
        };
        let host = url.authority().to_owned();
        // It may wait for a person or a program: no thread of the runtime must.
        let answer =
            tokio::task::spawn_blocking(move || ask(index.as_deref(), &host, user.as_deref()))
                .await;
        answer.ok().flatten().map(|pair| self.credentials.remember(origin, pair))
    }

    pub(super) fn tell(&self, event: impl FnOnce() -> Event) {
        if let Some(notice) = &self.settings.notice {
            notice(&event());
        }
    }
}

impl Permit {
    /// The first answer is there: others need not wait for its body.
    fn relax(self) -> Self {
        match self {
            Self::First(guard) => {
                drop(guard);
                Self::Free
            }
            other => other,
        }
    }
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn parse(url: &str) -> Result<Url, NetError> {
    let mut parsed = Url::parse(url)
        .map_err(|error| NetError::new(url, NetErrorKind::Url, error.to_string()))?;
    if !matches!(parsed.scheme(), "http" | "https") {
        let reason = format!("nothing is fetched by \"{}\"", parsed.scheme());
        return Err(NetError::new(url, NetErrorKind::Url, reason));
    }
    parsed.set_fragment(None);
    Ok(parsed)
}

/// How long an answer may be used without asking again: `max-age` less the time it has spent in
/// caches on the way; `None` where the server says nothing or forbids it.
pub(super) fn fresh_for(headers: &HeaderMap) -> Option<std::time::Duration> {
    let mut max_age = None;
    for value in headers.get_all(CACHE_CONTROL) {
        for directive in value.to_str().ok()?.split(',') {
            let directive = directive.trim().to_ascii_lowercase();
            match directive.split_once('=') {
                Some(("max-age", seconds)) => {
                    max_age = seconds.trim_matches('"').parse::<u64>().ok();
                }
                _ if matches!(directive.as_str(), "no-cache" | "no-store") => return None,
                _ => {}
            }
        }
    }
    let number = |value: &HeaderValue| value.to_str().ok()?.trim().parse::<u64>().ok();
    let age = headers.get("age").and_then(number).unwrap_or(0);
    max_age.map(|seconds| std::time::Duration::from_secs(seconds.saturating_sub(age)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn freshness_is_what_the_server_says_and_nothing_else() {
        let fresh = |cache: &str, age: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(CACHE_CONTROL, cache.parse().unwrap());
            headers.insert("age", age.parse().unwrap());
            fresh_for(&headers)
        };
        assert_eq!(fresh("max-age=600, public", "0"), Some(Duration::from_mins(10)));
        assert_eq!(fresh("public, Max-Age=600", "100"), Some(Duration::from_secs(500)));
        assert_eq!(fresh("max-age=600", "1000"), Some(Duration::ZERO));
        assert_eq!(fresh("max-age=600, no-cache", "0"), None);
        assert_eq!(fresh("public", "0"), None);
        assert_eq!(fresh_for(&HeaderMap::new()), None);
    }
}
