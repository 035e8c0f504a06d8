//! Downloads: hashed while they stream, resumed where they broke off.

use std::sync::{Arc, LazyLock, Mutex};

use accel_io::fs::{self, Scratch};
use accel_io::net::{
    Download, Downloaded, Event, NetError, NetErrorKind, Network, NetworkSettings, Progress,
};
use accel_types::HashAlgorithm;

use crate::net_pages::settings;
use crate::server::{Reply, Server};

fn bytes() -> Vec<u8> {
    static BYTES: LazyLock<Vec<u8>> =
        LazyLock::new(|| (0..600_000u32).flat_map(u32::to_le_bytes).collect());
    BYTES.clone()
}

/// Downloads, and checks that an error leaves nothing behind.
fn fetch(network: &Network, url: &str) -> (Result<Downloaded, NetError>, Vec<Progress>) {
    let folder = Scratch::new(std::env::temp_dir()).unwrap();
    let mut steps = Vec::new();
    let wanted = Download::new(url, folder.path());
    let result = network.download(&wanted, &mut |step| steps.push(step));
    assert_eq!(fs::read_dir(folder.path()).unwrap().len(), usize::from(result.is_ok()));
    if let Ok(done) = &result {
        assert_eq!(fs::sha256_file(done.path()).unwrap(), done.digests.sha256);
        assert_eq!(fs::read(done.path()).unwrap(), bytes());
    }
    (result, steps)
}

#[test]
fn a_download_is_hashed_counted_and_kept_on_request() {
    let server = Server::start(|request| {
        Reply::file(request, &bytes(), "\"1\"")
            .header("Content-Type", "application/octet-stream")
            .header("Content-Disposition", "attachment; filename=x.whl")
    });
    let network = Network::new(settings());
    let folder = Scratch::new(std::env::temp_dir()).unwrap();
    let wanted = Download::new(server.url("/x.whl#egg=x"), folder.path().join("new"))
        .digests([HashAlgorithm::Md5, HashAlgorithm::Sha512]);
    let mut last = None;
    let done = network.download(&wanted, &mut |step| last = Some(step)).unwrap();
    let size = bytes().len() as u64;
    assert_eq!(last, Some(Progress { received: size, total: Some(size) }));
    assert_eq!(done.digests.size, size);
    assert_eq!(done.digests.get(HashAlgorithm::Md5).unwrap().len(), 32);
    assert_eq!(done.digests.get(HashAlgorithm::Sha512).unwrap().len(), 128);
    assert_eq!(done.digests.get(HashAlgorithm::Sha1), None);
    assert_eq!(done.content_type.as_deref(), Some("application/octet-stream"));
    assert_eq!(done.content_disposition.as_deref(), Some("attachment; filename=x.whl"));
    assert_eq!(done.final_url, server.url("/x.whl"));
    let temporary = done.path().to_owned();
    done.persist(folder.path().join("x.whl")).unwrap();
    assert!(!fs::exists(temporary));
    assert_eq!(fs::read(folder.path().join("x.whl")).unwrap(), bytes());
    let seen = server.seen();
    assert_eq!((seen.len(), seen[0].header("accept-encoding")), (1, Some("identity")));
}

#[test]
fn a_broken_download_goes_on_where_it_stopped() {
    let server = Server::start(|request| {
        let reply = Reply::file(request, &bytes(), "\"same\"");
        match request.nth {
            0 => reply.break_after(1_000_000),
            1 => reply.break_after(500_000),
            _ => reply,
        }
    });
    let events = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&events);
    let network = Network::new(NetworkSettings {
        notice: Some(Arc::new(move |event: &Event| told.lock().unwrap().push(event.clone()))),
        ..settings()
    });
    let (result, steps) = fetch(&network, &server.url("/x"));
    result.unwrap();
    assert!(steps.is_sorted_by_key(|step| step.received), "it never starts again");
    let ranges: Vec<_> =
        server.seen().iter().map(|seen| seen.header("range").map(str::to_owned)).collect();
    assert_eq!(
        ranges,
        [None, Some("bytes=1000000-".to_owned()), Some("bytes=1500000-".to_owned())]
    );
    assert_eq!(server.seen()[1].header("if-range"), Some("\"same\""));
    assert_eq!(
        events.lock().unwrap()[1],
        Event::Resume {
            url: server.url("/x"),
            received: 1_500_000,
            total: Some(2_400_000),
            attempt: 2
        }
    );
}

#[test]
fn a_changed_file_and_a_server_without_ranges_start_again() {
    let server = Server::start(|request| {
        let tag = if request.nth == 0 { "\"old\"" } else { "\"new\"" };
        let reply = match request.target.as_str() {
            "/changed" => Reply::file(request, &bytes(), tag),
            _ => Reply::ok(bytes()),
        };
        if request.nth == 0 { reply.break_after(1_000_000) } else { reply }
    });
    let network = Network::new(settings());
    for path in ["/changed", "/no-ranges"] {
        let (result, steps) = fetch(&network, &server.url(path));
        result.unwrap();
        assert!(!steps.is_sorted_by_key(|step| step.received), "{path} starts again");
    }
}

#[test]
fn what_never_completes_is_an_error_that_says_how_far_it_got() {
    let server = Server::start(|request| {
        Reply::file(request, &bytes(), "\"1\"").break_after(if request.nth == 0 { 1000 } else { 0 })
    });
    let network = Network::new(NetworkSettings { resume_retries: 2, ..settings() });
    let error = fetch(&network, &server.url("/x")).0.unwrap_err();
    assert_eq!(error.kind, NetErrorKind::Body);
    let start = "the download broke off after 1000 of 2400000 bytes: ";
    assert!(error.reason.starts_with(start), "{error}");
    assert_eq!(server.seen().len(), 3);
    let server = Server::start(|_| Reply::new(403, ""));
    let error = fetch(&network, &server.url("/x")).0.unwrap_err();
    assert_eq!((error.kind, server.seen().len()), (NetErrorKind::Status(403), 1));
}

#[test]
fn bytes_are_kept_as_the_server_has_them_and_bounded() {
    let server = Server::start(|request| match request.target.as_str() {
        // A server that believes a wheel to be compressed text.
        "/encoded" => Reply::ok(bytes()).header("Content-Encoding", "gzip"),
        "/unknown" => Reply::ok(bytes()).unknown_length(),
        _ => Reply::ok(bytes()),
    });
    let network = Network::new(settings());
    for path in ["/encoded", "/unknown"] {
        fetch(&network, &server.url(path)).0.unwrap();
    }
    let folder = Scratch::new(std::env::temp_dir()).unwrap();
    for path in ["/unknown", "/known"] {
        let wanted = Download::new(server.url(path), folder.path()).limit(1_000_000);
        let error = network.download(&wanted, &mut |_| {}).unwrap_err();
        assert_eq!(error.kind, NetErrorKind::TooLarge);
    }
}

#[test]
fn local_files_are_copied() {
    let folder = Scratch::new(std::env::temp_dir()).unwrap();
    let path = folder.path().join("x y.whl");
    fs::write(&path, bytes()).unwrap();
    let network = Network::new(NetworkSettings { offline: true, ..settings() });
    let url = format!("file://{}/x%20y.whl#sha256=1", folder.path().display());
    fetch(&network, &url).0.unwrap();
    assert!(fs::exists(&path));
    let error = fetch(&network, &url.replace("x%20y", "none")).0.unwrap_err();
    assert!(error.is_not_found());
}

#[test]
fn many_threads_download_at_once() {
    let server = Server::start(|request| Reply::file(request, &bytes(), "\"1\""));
    let network = Network::new(settings());
    std::thread::scope(|scope| {
        for number in 0..6 {
            let (network, url) = (network.clone(), server.url(&format!("/{number}")));
            scope.spawn(move || fetch(&network, &url).0.unwrap());
        }
    });
}
