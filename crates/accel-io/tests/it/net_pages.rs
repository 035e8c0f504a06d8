//! Pages: what is asked, what is understood, what is tried again.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use accel_io::net::{
    Answer, Event, Get, NetErrorKind, Network, NetworkSettings, Response, Span, Validators,
};

use crate::server::{Reply, Server};

/// Settings that never wait long.
pub(crate) fn settings() -> NetworkSettings {
    NetworkSettings { timeout: Duration::from_secs(5), retries: 1, ..NetworkSettings::default() }
}

fn page(network: &Network, url: &str) -> Response {
    match network.get(&Get::new(url)).unwrap() {
        Answer::Found(response) => response,
        Answer::NotModified { .. } => panic!("{url} is not modified"),
    }
}

fn threads_and_files() -> (usize, usize) {
    let count = |path| std::fs::read_dir(path).unwrap().count();
    (count("/proc/self/task"), count("/proc/self/fd"))
}

/// Own process: other tests start threads and open files while we count.
#[test]
fn an_unused_network_costs_nothing() {
    if std::env::var_os("ACCEL_COUNT_THREADS").is_none() {
        let status = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["net_pages::an_unused_network_costs_nothing", "--exact", "--test-threads=1"])
            .env("ACCEL_COUNT_THREADS", "1")
            .stdout(std::process::Stdio::null())
            .status();
        assert!(status.unwrap().success());
        return;
    }
    let before = threads_and_files();
    let network = Network::new(settings());
    let offline = Network::new(NetworkSettings { offline: true, ..settings() });
    let error = offline.get(&Get::new("https://pypi.org/simple/")).unwrap_err();
    assert_eq!(error.kind, NetErrorKind::Offline);
    let many = offline.get_many(vec![Get::new("https://pypi.org/simple/"); 3]);
    assert!(many.iter().all(|(_, result)| result.unwrap_err().kind == NetErrorKind::Offline));
    network.get(&Get::new("file:///etc/hostname")).unwrap();
    assert_eq!(threads_and_files(), before);
    assert!(!network.was_used() && !offline.was_used());
    let server = Server::start(|_| Reply::ok("x"));
    page(&network, &server.url("/"));
    assert!(network.was_used());
    assert!(threads_and_files().0 > before.0);
}

#[test]
fn pages_with_validators_and_freshness() {
    let server = Server::start(|request| {
        let known = request.header("if-none-match") == Some("\"tag\"");
        let reply = if known { Reply::new(304, "") } else { Reply::ok("<html>") };
        reply
            .header("ETag", "\"tag\"")
            .header("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT")
            .header("Cache-Control", "max-age=600, public")
            .header("Age", "100")
            .header("Content-Type", "application/vnd.pypi.simple.v1+json")
    });
    let network = Network::new(settings());
    let get = Get::new(server.url("/simple/x/#frag")).accept("text/html");
    let Answer::Found(found) = network.get(&get).unwrap() else { panic!() };
    assert_eq!((found.status, found.body.as_slice()), (200, b"<html>".as_slice()));
    assert_eq!(found.final_url, server.url("/simple/x/"));
    assert_eq!(found.content_type.as_deref(), Some("application/vnd.pypi.simple.v1+json"));
    assert_eq!(found.fresh_for, Some(Duration::from_secs(500)));
    let answer = network.get(&get.newer_than(found.validators)).unwrap();
    let Answer::NotModified { fresh_for } = answer else { panic!("{answer:?}") };
    assert_eq!(fresh_for, Some(Duration::from_secs(500)));
    let seen = server.seen();
    assert_eq!(seen[0].header("accept"), Some("text/html"));
    assert_eq!(seen[0].header("cache-control"), Some("max-age=0"));
    assert_eq!(seen[0].header("accept-encoding").unwrap().replace(' ', ""), "gzip,deflate");
    assert_eq!(seen[1].header("if-modified-since"), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
    assert_eq!(seen[1].connection, seen[0].connection);
}

#[test]
fn compressed_pages_are_bounded_by_their_real_size() {
    let server = Server::start(|_| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&vec![b'x'; 1 << 20]).unwrap();
        Reply::ok(encoder.finish().unwrap()).header("Content-Encoding", "gzip")
    });
    let network = Network::new(settings());
    assert_eq!(page(&network, &server.url("/")).body.len(), 1 << 20);
    let mut get = Get::new(server.url("/"));
    get.limit = 1 << 19;
    assert_eq!(network.get(&get).unwrap_err().kind, NetErrorKind::TooLarge);
}

#[test]
fn parts_come_as_they_lie_on_the_server() {
    let server = Server::start(|_| {
        let reply = Reply::new(206, "abc").header("Content-Range", "bytes 0-2/9");
        reply.header("Content-Encoding", "gzip")
    });
    let network = Network::new(settings());
    assert_eq!(network.fetch_range(&server.url("/"), Span::FromTo(0, 3)).unwrap().bytes, b"abc");
}

/// Compressed again and again (urllib3's CVE-2025-66418): that is no page, and costs little.
#[test]
fn chains_of_compressions_are_not_followed() {
    let server = Server::start(|_| {
        let mut bytes = vec![b'x'; 1 << 20];
        for _ in 0..50 {
            let mut encoder =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(&bytes).unwrap();
            bytes = encoder.finish().unwrap();
        }
        Reply::ok(bytes).header("Content-Encoding", ["gzip"; 50].join(", "))
    });
    let network = Network::new(NetworkSettings { retries: 0, ..settings() });
    let answer = network.get(&Get::new(server.url("/")));
    let length = match answer {
        Ok(Answer::Found(page)) => page.body.len(),
        Ok(other) => panic!("{other:?}"),
        Err(_) => 0,
    };
    assert!(length < 1 << 19, "{length} bytes");
}

#[test]
fn passing_trouble_is_tried_again_and_told() {
    let server = Server::start(|request| match (request.target.as_str(), request.nth) {
        ("/lucky", 0) => Reply::new(503, ""),
        ("/lucky", 1) => Reply::no_answer(),
        ("/broken", 0) => Reply::ok("all of it").break_after(3),
        ("/later", 0) => Reply::new(429, "").header("Retry-After", "1"),
        ("/never", _) => Reply::new(502, ""),
        ("/gone", _) => Reply::new(404, ""),
        _ => Reply::ok("all of it"),
    });
    let events = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&events);
    let network = Network::new(NetworkSettings {
        retries: 2,
        notice: Some(Arc::new(move |event: &Event| told.lock().unwrap().push(event.clone()))),
        ..settings()
    });
    assert_eq!(page(&network, &server.url("/lucky")).body, b"all of it");
    {
        let events = events.lock().unwrap();
        let lefts = events.iter().map(|event| match event {
            Event::Retry { left, .. } => *left,
            other => panic!("{other:?}"),
        });
        assert_eq!(lefts.collect::<Vec<_>>(), [1, 0]);
    }
    let seen = server.seen_at("/lucky");
    assert!(seen[1].at - seen[0].at < Duration::from_millis(400), "the first follows at once");
    assert!(seen[2].at - seen[1].at >= Duration::from_millis(450), "the second waits");
    assert_eq!(page(&network, &server.url("/broken")).body, b"all of it");
    assert_eq!(page(&network, &server.url("/later")).body, b"all of it");
    let seen = server.seen_at("/later");
    assert!(seen[1].at - seen[0].at >= Duration::from_secs(1));
    let error = network.get(&Get::new(server.url("/never"))).unwrap_err();
    assert_eq!(error.kind, NetErrorKind::Status(502));
    assert_eq!(server.seen_at("/never").len(), 3);
    let error = network.get(&Get::new(server.url("/gone"))).unwrap_err();
    let url = server.url("/gone");
    assert_eq!(error.to_string(), format!("could not fetch {url}: 404 Client Error: Not Found"));
    assert!(error.is_not_found());
    assert_eq!(server.seen_at("/gone").len(), 1);
}

#[test]
fn the_timeout_is_about_silence() {
    let server = Server::start(|request| match request.target.as_str() {
        "/late" => Reply::ok("x").late(Duration::from_secs(3)),
        "/stall" => Reply::ok("xyz").stall_after(1, Duration::from_secs(3)),
        _ => Reply::ok("xyz").stall_after(1, Duration::from_millis(300)),
    });
    let timeout = Duration::from_millis(500);
    let network = Network::new(NetworkSettings { timeout, retries: 0, ..settings() });
    for path in ["/late", "/stall"] {
        let started = Instant::now();
        let error = network.get(&Get::new(server.url(path))).unwrap_err();
        assert_eq!(error.kind, NetErrorKind::Timeout, "{path}: {error}");
        assert_eq!(error.reason, "127.0.0.1 didn't respond within 0.5 seconds");
        assert!(started.elapsed() < Duration::from_secs(2));
    }
    assert_eq!(page(&network, &server.url("/slow")).body, b"xyz");
}

#[test]
fn refused_connections_and_unknown_hosts() {
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://u:secret@{}/", listener.local_addr().unwrap())
    };
    let network = Network::new(NetworkSettings { retries: 0, ..settings() });
    let error = network.get(&Get::new(&closed)).unwrap_err();
    assert_eq!(error.kind, NetErrorKind::Connect);
    assert!(error.reason.contains("Connection refused"), "{error}");
    assert!(!error.to_string().contains("secret"));
    let error = network.get(&Get::new("http://no-such-host.invalid/")).unwrap_err();
    assert_eq!(error.kind, NetErrorKind::Resolve, "{error}");
    for odd in ["ftp://host/", "no url", "http://"] {
        assert_eq!(network.get(&Get::new(odd)).unwrap_err().kind, NetErrorKind::Url, "{odd}");
    }
}

#[test]
fn many_pages_come_as_they_complete_over_few_connections() {
    let asked = Arc::new(AtomicUsize::new(0));
    let server = Server::start(move |request| {
        asked.fetch_add(1, Ordering::SeqCst);
        match request.target.as_str() {
            "/0" => {
                // The first waits until all others are asked.
                let started = Instant::now();
                while asked.load(Ordering::SeqCst) < 40 && started.elapsed().as_secs() < 4 {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Reply::ok("0")
            }
            "/7" => Reply::new(404, ""),
            other => Reply::ok(other.trim_start_matches('/')),
        }
    });
    let network = Network::new(settings());
    let gets = (0..40).map(|number| Get::new(server.url(&format!("/{number}")))).collect();
    let mut order = Vec::new();
    for (position, result) in network.get_many(gets) {
        order.push(position);
        match result {
            Ok(Answer::Found(found)) => assert_eq!(found.body, position.to_string().as_bytes()),
            Ok(other) => panic!("{other:?}"),
            Err(error) => assert!(position == 7 && error.is_not_found(), "{error}"),
        }
    }
    // The nine other connections may still be busy with their last ones.
    assert!(order.iter().position(|position| *position == 0) >= Some(30), "{order:?}");
    order.sort_unstable();
    assert_eq!(order, (0..40).collect::<Vec<_>>());
    // Idle connections are used again, though one that is just coming back may be missed.
    let connections = server.seen().iter().map(|request| request.connection).max().unwrap() + 1;
    assert!(connections <= 20, "{connections} connections");
}

#[test]
fn parts_of_files() {
    let body: Vec<u8> = (0..100).collect();
    let whole = body.clone();
    let server = Server::start(move |request| match request.target.as_str() {
        "/whole" => Reply::ok(whole.clone()),
        _ => Reply::file(request, &whole, "\"tag\""),
    });
    let network = Network::new(settings());
    let part = network.fetch_range(&server.url("/x"), Span::FromTo(10, 20)).unwrap();
    assert_eq!((part.bytes.as_slice(), part.start, part.total), (&body[10..20], 10, 100));
    assert_eq!(part.validators.etag.as_deref(), Some("\"tag\""));
    let part = network.fetch_range(&server.url("/x"), Span::Last(5)).unwrap();
    assert_eq!((part.bytes.as_slice(), part.start), (&body[95..], 95));
    let error = network.fetch_range(&server.url("/whole"), Span::Last(5)).unwrap_err();
    assert_eq!(error.kind, NetErrorKind::NoRanges);
}

#[test]
fn file_urls() {
    let folder = accel_io::fs::Scratch::new(std::env::temp_dir()).unwrap();
    accel_io::fs::write(folder.path().join("a page.html"), "0123456789").unwrap();
    let network = Network::new(NetworkSettings { offline: true, ..settings() });
    let url = format!("file://{}/a%20page.html", folder.path().display());
    let found = page(&network, &format!("{url}#sha256=0"));
    assert_eq!((found.body.as_slice(), found.final_url.as_str()), (&b"0123456789"[..], &*url));
    assert_eq!(found.content_type.as_deref(), Some("text/html"));
    assert_eq!(found.validators, Validators::default());
    assert_eq!(network.fetch_range(&url, Span::FromTo(2, 4)).unwrap().bytes, b"23");
    assert_eq!(network.fetch_range(&url, Span::Last(3)).unwrap().bytes, b"789");
    let error = network.get(&Get::new(format!("{url}x"))).unwrap_err();
    assert!(error.is_not_found(), "{error}");
}
