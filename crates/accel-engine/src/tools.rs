//! The tools of a run: index, store, git; made of a request, without opening anything.

use crate::keyring;
use crate::listener::{Level, Voice};
use crate::remedies::Remedies;
use crate::request::{Freshness, General, IndexRequest, InstallRequest, Proxy, Refresh};
use crate::shared::Shared;
use accel_index::{Elsewhere, Index, IndexSettings};
use accel_io::net::{Event, Network, NetworkSettings, ProxyVariables};
use accel_io::vcs::Programs;
use accel_store::Store;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The tools that sessions share.
#[derive(Clone)]
pub(crate) struct Tools {
    pub(crate) index: Index,
    pub(crate) network: Network,
    pub(crate) store: Store,
    pub(crate) programs: Programs,
    pub(crate) remedies: Arc<Remedies>,
    pub(crate) shared: Arc<Shared>,
}

impl Tools {
    /// Nothing is opened before it is needed: no socket, no certificate store, no folder.
    pub(crate) fn of(request: &InstallRequest, python: &Path, voice: &Voice) -> Self {
        let general = &request.general;
        let network = network(general, &request.index, python, voice);
        let shared = Arc::new(Shared::new(general, network.settings(), voice));
        let elsewhere = shared.is_there().then(|| Arc::clone(&shared) as Arc<dyn Elsewhere>);
        let (settings, root) = (index_settings(general, &request.index), &general.cache_root);
        Self {
            index: Index::with_elsewhere(settings, network.clone(), root, elsewhere),
            network,
            shared,
            store: Store::new(&general.cache_root),
            programs: programs(general),
            remedies: Arc::new(Remedies::new(request, voice)),
        }
    }
}

/// The index alone, for those who only look.
pub(crate) fn index(
    general: &General,
    places: &IndexRequest,
    python: &Path,
    voice: &Voice,
) -> Index {
    let network = network(general, places, python, voice);
    Index::new(index_settings(general, places), network, &general.cache_root)
}

/// The shared shelves alone.
pub(crate) fn shelves(general: &General, voice: &Voice) -> Shared {
    let places = IndexRequest {
        index_urls: Vec::new(),
        find_links: Vec::new(),
        no_index: true,
        refresh: Refresh::default(),
        freshness: Freshness::default(),
    };
    Shared::new(general, &network_settings(general, &places), voice)
}

fn index_settings(general: &General, places: &IndexRequest) -> IndexSettings {
    IndexSettings {
        index_urls: places.index_urls.clone(),
        find_links: places.find_links.clone(),
        no_index: places.no_index && !places.is_for_kept(),
        trusted_hosts: general.network.trusted_hosts.clone(),
    }
}

fn network(general: &General, places: &IndexRequest, python: &Path, voice: &Voice) -> Network {
    let told = voice.clone();
    Network::new(NetworkSettings {
        ask: keyring::ask(general, python, voice),
        notice: Some(Arc::new(move |event: &Event| tell(&told, event))),
        ..network_settings(general, places)
    })
}

/// The programs of version control systems, as a request wants them run.
pub(crate) fn programs(general: &General) -> Programs {
    let path = std::env::join_paths(&general.search_path).unwrap_or_default();
    let mut programs = Programs::new(path, &general.current_dir).verbosity(general.verbosity);
    if general.no_input {
        programs = programs.no_input();
    }
    if general.no_partial_clone {
        programs = programs.no_partial_clone();
    }
    programs
}

/// What pip says about a request that did not go well at once.
fn tell(voice: &Voice, event: &Event) {
    let text = match event {
        Event::WrongCredentials { url } => {
            format!("401 Error, Credentials not correct for {url}")
        }
        Event::Retry { .. } | Event::Resume { .. } => return,
    };
    voice.say_passing(Level::Warning, &text);
}

fn network_settings(general: &General, places: &IndexRequest) -> NetworkSettings {
    let asked = &general.network;
    let (proxy, proxy_variables) = match &asked.proxy {
        Proxy::Url(url) => (Some(url.clone()), ProxyVariables::default()),
        Proxy::Direct => (None, ProxyVariables::default()),
        Proxy::Environment { http, https, all, no_proxy } => (
            None,
            ProxyVariables {
                http: http.clone(),
                https: https.clone(),
                all: all.clone(),
                no_proxy: no_proxy.clone(),
            },
        ),
    };
    NetworkSettings {
        offline: asked.offline,
        timeout: Duration::from_secs_f64(asked.timeout.clamp(0.0, 1e9)),
        retries: asked.retries,
        resume_retries: asked.resume_retries,
        proxy,
        proxy_variables,
        cert: asked.cert.clone(),
        client_cert: asked.client_cert.clone(),
        trusted_hosts: asked.trusted_hosts.clone(),
        index_urls: places.index_urls.clone(),
        netrc: asked.netrc.clone(),
        user_agent: format!(
            "pip/{} pip-accel/{}",
            crate::report::PIP_VERSION,
            env!("CARGO_PKG_VERSION")
        ),
        ..NetworkSettings::default()
    }
}
