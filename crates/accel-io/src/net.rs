//! The network: pages, parts of files, downloads; blocking calls for plain threads.
//!
//! A [`Network`] costs nothing until the first real request: no runtime, no TLS configuration,
//! no certificates, no socket. Requests behave as pip's do: retries, redirects, credentials,
//! proxies and trust follow its rules. Two things are stricter: a redirect of a file from https
//! to http is refused, and credentials belong to a host *and* port.
//!
//! ```
//! use accel_io::net::{Get, NetErrorKind, Network, NetworkSettings};
//!
//! let network = Network::new(NetworkSettings { offline: true, ..NetworkSettings::default() });
//! let error = network.get(&Get::new("https://user:secret@example.com/simple/")).unwrap_err();
//! assert_eq!(error.kind, NetErrorKind::Offline);
//! assert_eq!(error.url, "https://user:****@example.com/simple/");
//! ```

mod clients;
mod credentials;
mod download;
mod encoded;
mod error;
mod local;
mod netrc;
mod page;
mod proxies;
mod retry;
mod session;
mod settings;
mod tls;
mod user_info;
mod validity;

use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, OnceLock};

use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

pub(crate) use clients::client_for;
pub use download::{Download, Downloaded, Progress};
pub use error::{NetError, NetErrorKind};
pub use page::{Answer, Get, Part, Response, Span, Validators};
pub use settings::{Ask, Event, NetworkSettings, Notice, ProxyVariables};

use crate::interrupt::{self, unless_requested};
use session::Session;

/// Threads that move bytes between sockets and callers; the callers' own threads do the rest.
const THREADS: usize = 2;

/// Requests of one [`Network::get_many`] that are under way at once.
const AT_ONCE: usize = 64;

/// The door to all servers; a cheap clone, shared by threads.
#[derive(Clone)]
pub struct Network {
    lazy: Arc<Lazy>,
}

struct Lazy {
    settings: Arc<NetworkSettings>,
    engine: OnceLock<Result<Engine, String>>,
}

/// What exists from the first request on.
struct Engine {
    /// `None` only while it is being dropped.
    runtime: Option<Runtime>,
    session: Arc<Session>,
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Prefetches that nobody waits for must not hold up the end of the program.
            runtime.shutdown_background();
        }
    }
}

impl Network {
    /// Keeps the settings, and does nothing else.
    pub fn new(settings: NetworkSettings) -> Self {
        Self { lazy: Arc::new(Lazy { settings: Arc::new(settings), engine: OnceLock::new() }) }
    }

    /// What it was made with.
    pub fn settings(&self) -> &NetworkSettings {
        &self.lazy.settings
    }

    /// Whether `--trusted-host` means the place of a URL.
    pub fn trusts(&self, url: &str) -> bool {
        url::Url::parse(url).is_ok_and(|url| credentials::is_trusted(self.settings(), &url))
    }

    /// Whether any request has needed a connection, or would have.
    pub fn was_used(&self) -> bool {
        self.lazy.engine.get().is_some()
    }

    /// How many requests were sent.
    pub fn requests(&self) -> u64 {
        match self.lazy.engine.get() {
            Some(Ok(engine)) => engine.session.requests.load(Ordering::Relaxed),
            _ => 0,
        }
    }

    /// Fetches a page; a status of 400 or above is an error.
    pub fn get(&self, get: &Get) -> Result<Answer, NetError> {
        if let Some(path) = local::path_of(&get.url)? {
            return local::get(&get.url, &path, get.limit).map(Answer::Found);
        }
        let (runtime, session) = self.engine(&get.url)?;
        finish(runtime, &get.url, session.get(get))
    }

    /// Fetches many pages at once, over one connection where the server speaks HTTP/2.
    ///
    /// Results come in the order of completion, each with its position in `gets`. Dropping the
    /// receiver lets the requests that are under way end unheard.
    pub fn get_many(&self, gets: Vec<Get>) -> Receiver<(usize, Result<Answer, NetError>)> {
        let (sender, receiver) = channel();
        let at_once = Arc::new(Semaphore::new(AT_ONCE));
        for (position, get) in gets.into_iter().enumerate() {
            let remote = matches!(local::path_of(&get.url), Ok(None));
            let engine = if remote { self.engine(&get.url).ok() } else { None };
            let Some((runtime, session)) = engine else {
                // Answered at once: a file, or the reason why there is no network.
                let _ = sender.send((position, self.get(&get)));
                continue;
            };
            let (session, sender, at_once) =
                (Arc::clone(session), sender.clone(), Arc::clone(&at_once));
            runtime.spawn(async move {
                let _slot = at_once.acquire().await;
                // Nobody listens any more: that is fine.
                let answer = unless_requested(session.get(&get)).await;
                let answer = answer.unwrap_or_else(|| Err(NetError::interrupted(&get.url)));
                let _ = sender.send((position, answer));
            });
        }
        receiver
    }

    /// Fetches a part of a file.
    ///
    /// A server that does not serve parts gives [`NetErrorKind::NoRanges`], without its file
    /// being read.
    pub fn fetch_range(&self, url: &str, span: Span) -> Result<Part, NetError> {
        if let Some(path) = local::path_of(url)? {
            return local::part(url, &path, span);
        }
        let (runtime, session) = self.engine(url)?;
        finish(runtime, url, session.part(url, span))
    }

    /// Fetches a file into a temporary one, hashing and reporting on the calling thread.
    ///
    /// Several threads may download at once; each has a connection of its own.
    pub fn download(
        &self,
        wanted: &Download,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Downloaded, NetError> {
        if let Some(path) = local::path_of(&wanted.url)? {
            return download::copy_local(wanted, &path, progress);
        }
        let (runtime, session) = self.engine(&wanted.url)?;
        finish(runtime, &wanted.url, session.download(wanted, progress))
    }

    /// Builds the engine on first use; never when offline.
    fn engine(&self, url: &str) -> Result<(&Runtime, &Arc<Session>), NetError> {
        let lazy = &self.lazy;
        if lazy.settings.offline {
            let reason = "the network is not to be used";
            return Err(NetError::new(url, NetErrorKind::Offline, reason));
        }
        let engine = lazy.engine.get_or_init(|| {
            interrupt::watch();
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(THREADS)
                .thread_name("network")
                .enable_io()
                .enable_time()
                .build()
                .map_err(|error| error.to_string())?;
            let session = Arc::new(Session::new(Arc::clone(&lazy.settings)));
            Ok(Engine { runtime: Some(runtime), session })
        });
        match engine {
            Ok(Engine { runtime: Some(runtime), session }) => Ok((runtime, session)),
            Ok(_) => Err(NetError::new(url, NetErrorKind::Settings, "the network is shut down")),
            Err(reason) => Err(NetError::new(url, NetErrorKind::Settings, reason)),
        }
    }
}

/// Waits for a request, or for the end of the run.
fn finish<T>(
    runtime: &Runtime,
    url: &str,
    request: impl Future<Output = Result<T, NetError>>,
) -> Result<T, NetError> {
    let answer = runtime.block_on(unless_requested(request));
    answer.unwrap_or_else(|| Err(NetError::interrupted(url)))
}
