//! Credentials, redirects, proxies, certificates.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};

use accel_io::net::{
    Answer, Download, Get, NetErrorKind, Network, NetworkSettings, ProxyVariables,
};
use accel_io::{fs, fs::Scratch};

use crate::net_pages::settings;
use crate::server::{Reply, Server};

/// `Basic` and base64 of `user:pass`.
const USER_PASS: &str = "Basic dXNlcjpwYXNz";

fn body(network: &Network, url: &str) -> Vec<u8> {
    match network.get(&Get::new(url)) {
        Ok(Answer::Found(found)) => found.body,
        other => panic!("{other:?}"),
    }
}

#[test]
fn credentials_stay_with_their_host_and_port() {
    let other = Server::start(|_| Reply::ok("other"));
    let elsewhere = other.url("/landing");
    let server = Server::start(move |request| match request.target.as_str() {
        "/away" => Reply::redirect(302, &elsewhere),
        "/here" => Reply::redirect(301, "/simple/y"),
        _ => Reply::ok("here"),
    });
    let network = Network::new(NetworkSettings {
        index_urls: vec![server.url_with("user:pass", "/simple/")],
        ..settings()
    });
    assert_eq!(body(&network, &server.url("/files/x")), b"here");
    assert_eq!(body(&network, &server.url("/away")), b"other");
    assert_eq!(body(&network, &server.url("/here")), b"here");
    assert!(server.seen().iter().all(|seen| seen.header("authorization") == Some(USER_PASS)));
    assert!(other.seen().iter().all(|seen| seen.header("authorization").is_none()));
    assert_eq!(other.seen().len(), 1);
}

#[test]
fn netrc_gives_them_when_nothing_else_does() {
    let server = Server::start(|_| Reply::ok("x"));
    let folder = Scratch::new(std::env::temp_dir()).unwrap();
    let netrc = folder.path().join("netrc");
    fs::write(&netrc, "machine 127.0.0.1 login user password pass\n").unwrap();
    let network = Network::new(NetworkSettings { netrc: Some(netrc), ..settings() });
    body(&network, &server.url("/a"));
    body(&network, &server.url_with("token", "/b"));
    body(&network, &server.url_with("me:too", "/c"));
    let sent: Vec<_> =
        server.seen().iter().map(|r| r.header("authorization").unwrap().to_owned()).collect();
    assert_eq!(sent, [USER_PASS, USER_PASS, "Basic bWU6dG9v"]);
}

/// What stands before the `@` of a URL is no host, though requests took it for one (CVE-2024-47081).
#[test]
fn netrc_goes_by_the_host_that_is_asked() {
    let server = Server::start(|_| Reply::ok("x"));
    let folder = Scratch::new(std::env::temp_dir()).unwrap();
    let netrc = folder.path().join("netrc");
    fs::write(&netrc, "machine index.invalid login user password pass\n").unwrap();
    let network = Network::new(NetworkSettings { netrc: Some(netrc), ..settings() });
    body(&network, &server.url_with("index.invalid:", "/a"));
    body(&network, &server.url_with("index.invalid", "/b"));
    assert!(server.seen().iter().all(|seen| seen.header("authorization") != Some(USER_PASS)));
    assert_eq!(server.seen().len(), 2);
}

/// What goes through a proxy with a password, but for servers of this machine.
fn through(proxy: &Server) -> Network {
    let proxy_variables = ProxyVariables {
        http: Some(proxy.url_with("user:pass", "/")),
        no_proxy: Some("127.0.0.0/8".to_owned()),
        ..ProxyVariables::default()
    };
    Network::new(NetworkSettings { proxy_variables, ..settings() })
}

/// Neither cookies nor what a proxy is told go to the host that a redirect names (CVE-2015-2296,
/// CVE-2023-32681, CVE-2023-43804, CVE-2024-37891).
#[test]
fn redirects_carry_nothing_along() {
    let direct = Server::start(|_| Reply::ok("direct"));
    let landing = direct.url("/landing");
    let proxy = Server::start(move |_| Reply::redirect(302, &landing).header("Set-Cookie", "a=b"));
    let network = through(&proxy);
    assert_eq!(body(&network, "http://index.invalid/simple/"), b"direct");
    assert_eq!(proxy.seen()[0].header("proxy-authorization"), Some(USER_PASS));
    let seen = direct.seen();
    for name in ["proxy-authorization", "authorization", "cookie"] {
        assert_eq!((seen.len(), seen[0].header(name)), (1, None), "{name}");
    }
}

#[test]
fn a_401_asks_once_and_the_answer_is_kept() {
    let server = Server::start(|request| match request.header("authorization") {
        Some(USER_PASS) => Reply::ok("secret page"),
        _ => Reply::new(401, ""),
    });
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let expected = server.url("/simple/");
    let network = Network::new(NetworkSettings {
        index_urls: vec![server.url_with("user", "/simple")],
        ask: Some(Arc::new(move |index: Option<&str>, host: &str, user: Option<&str>| {
            let place = index.unwrap_or(host);
            count.fetch_add(1, Ordering::SeqCst);
            assert_eq!((place, user), (expected.as_str(), Some("user")));
            Some(("user".to_owned(), "pass".to_owned()))
        })),
        ..settings()
    });
    let gets = (0..5).map(|n| Get::new(server.url(&format!("/simple/{n}")))).collect();
    assert!(network.get_many(gets).iter().all(|(_, result)| result.is_ok()));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let network = Network::new(settings());
    let error = network.get(&Get::new(server.url_with("user:wrong", "/"))).unwrap_err();
    assert_eq!(error.kind, NetErrorKind::Status(401));
}

#[test]
fn redirects_have_limits() {
    let server = Server::start(|request| match request.target.as_str() {
        "/loop" => Reply::redirect(302, "/loop"),
        _ => Reply::redirect(302, "file:///etc/passwd"),
    });
    let network = Network::new(settings());
    for (path, reason) in [("/loop", "more than 30"), ("/file", "not a http(s) location")] {
        let error = network.get(&Get::new(server.url(path))).unwrap_err();
        assert_eq!(error.kind, NetErrorKind::Redirect);
        assert!(error.reason.contains(reason), "{error}");
    }
    assert_eq!(server.seen_at("/loop").len(), 30);
}

#[test]
fn proxies_get_whole_urls_and_their_own_credentials() {
    let proxy = Server::start(|request| match request.target.as_str() {
        "index.invalid:443" => Reply::new(403, ""),
        _ => Reply::ok("through the proxy"),
    });
    let direct = Server::start(|_| Reply::ok("direct"));
    let network = through(&proxy);
    assert_eq!(body(&network, "http://index.invalid/simple/"), b"through the proxy");
    assert_eq!(body(&network, &direct.url("/")), b"direct");
    let seen = proxy.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].target, "http://index.invalid/simple/");
    assert_eq!(seen[0].header("proxy-authorization"), Some(USER_PASS));
    let network =
        Network::new(NetworkSettings { proxy: Some(proxy.authority()), retries: 0, ..settings() });
    assert_eq!(body(&network, &direct.url("/")), b"through the proxy");
    // A proxy that does not tunnel.
    let error = network.get(&Get::new("https://index.invalid/")).unwrap_err();
    assert_eq!(error.kind, NetErrorKind::Proxy, "{error:?}");
}

/// An `openssl s_server` that serves the files of a folder; killed when dropped.
struct TlsServer {
    child: Child,
    port: u16,
}

impl TlsServer {
    /// `None` where there is no openssl program.
    fn start(folder: &Path, more: &[&str]) -> Option<Self> {
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"])
            .args(["-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=localhost"])
            .args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
            .current_dir(folder)
            .stderr(Stdio::null())
            .status()
            .ok()?;
        assert!(made.success());
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new("openssl")
            .args(["s_server", "-quiet", "-HTTP", "-cert", "cert.pem", "-key", "key.pem"])
            .args(["-accept", &format!("127.0.0.1:{port}")])
            .args(more)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        Some(Self { child, port })
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn certificates_are_verified_unless_the_host_is_trusted() {
    let folder = Scratch::new(std::env::temp_dir()).unwrap();
    // s_server sends the file as it is: status line, headers and all.
    let page = "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\nover TLS";
    fs::write(folder.path().join("page"), page).unwrap();
    fs::create_dir(folder.path().join("certs")).unwrap();
    let Some(server) = TlsServer::start(folder.path(), &[]) else { return };
    let url = format!("https://localhost:{}/page", server.port);
    let error = Network::new(settings()).get(&Get::new(&url)).unwrap_err();
    assert_eq!(error.kind, NetErrorKind::Tls, "{error}");
    let trusting =
        |host: String| Network::new(NetworkSettings { trusted_hosts: vec![host], ..settings() });
    assert_eq!(body(&trusting("localhost".into()), &url), b"over TLS");
    assert_eq!(body(&trusting(format!("localhost:{}", server.port)), &url), b"over TLS");
    let other_port = trusting("localhost:443".into()).get(&Get::new(&url)).unwrap_err();
    assert_eq!(other_port.kind, NetErrorKind::Tls);
    let cert = folder.path().join("cert.pem");
    fs::copy(&cert, folder.path().join("certs/any.pem")).unwrap();
    fs::write(folder.path().join("certs/README"), "no certificate").unwrap();
    for given in [cert, folder.path().join("certs")] {
        let network = Network::new(NetworkSettings { cert: Some(given), ..settings() });
        assert_eq!(body(&network, &url), b"over TLS");
        let wanted = Download::new(&url, folder.path());
        assert_eq!(network.download(&wanted, &mut |_| {}).unwrap().digests.size, 8);
    }
    let missing = Some(folder.path().join("nothing.pem"));
    let network = Network::new(NetworkSettings { cert: missing, ..settings() });
    let error = network.get(&Get::new(&url)).unwrap_err();
    assert_eq!(error.kind, NetErrorKind::Settings);
    assert!(error.reason.contains("nothing.pem"), "{error}");
}

/// A proxy that tunnels every connection to one port; gives what it was sent.
fn tunnel(port: u16) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener.local_addr().unwrap().port();
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                client.read_exact(&mut byte).unwrap();
                head.extend(byte);
            }
            let _ = sender.send(String::from_utf8(head).unwrap());
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            let mut server = TcpStream::connect(("127.0.0.1", port)).unwrap();
            let mut up = (client.try_clone().unwrap(), server.try_clone().unwrap());
            std::thread::spawn(move || std::io::copy(&mut up.0, &mut up.1));
            std::thread::spawn(move || std::io::copy(&mut server, &mut client));
        }
    });
    (own, receiver)
}

#[test]
fn https_goes_through_a_tunnel() {
    let folder = Scratch::new(std::env::temp_dir()).unwrap();
    fs::write(folder.path().join("page"), "HTTP/1.0 200 OK\r\n\r\nover TLS").unwrap();
    let Some(server) = TlsServer::start(folder.path(), &[]) else { return };
    let (proxy, heads) = tunnel(server.port);
    let network = Network::new(NetworkSettings {
        cert: Some(folder.path().join("cert.pem")),
        proxy: Some(format!("http://user:pass@127.0.0.1:{proxy}")),
        index_urls: vec!["https://me:secret@localhost/".to_owned()],
        ..settings()
    });
    assert_eq!(body(&network, "https://localhost/page"), b"over TLS");
    let head = heads.recv().unwrap();
    assert!(head.starts_with("CONNECT localhost:443 HTTP/1.1\r\n"), "{head}");
    let sent = format!("proxy-authorization: {}", USER_PASS.to_lowercase());
    assert!(head.to_lowercase().contains(&sent), "{head}");
    assert!(!head.to_lowercase().contains("\r\nauthorization"), "{head}");
}

#[test]
fn client_certificates_are_shown() {
    let folder = Scratch::new(std::env::temp_dir()).unwrap();
    fs::write(folder.path().join("page"), "HTTP/1.0 200 OK\r\n\r\nwelcome").unwrap();
    let verify = ["-Verify", "1", "-verify_return_error", "-CAfile", "cert.pem"];
    let Some(server) = TlsServer::start(folder.path(), &verify) else { return };
    let url = format!("https://localhost:{}/page", server.port);
    let both = folder.path().join("both.pem");
    let read = |name| fs::read_to_string(folder.path().join(name)).unwrap();
    fs::write(&both, read("key.pem") + &read("cert.pem")).unwrap();
    let cert = Some(folder.path().join("cert.pem"));
    let with = |client_cert| {
        Network::new(NetworkSettings { cert: cert.clone(), client_cert, retries: 0, ..settings() })
    };
    assert!(with(None).get(&Get::new(&url)).is_err());
    assert_eq!(body(&with(Some(both)), &url), b"welcome");
}

#[test]
fn files_are_not_redirected_from_https_to_http() {
    let folder = Scratch::new(std::env::temp_dir()).unwrap();
    let plain = Server::start(|_| Reply::ok("insecure"));
    let page = format!("HTTP/1.0 302 Found\r\nLocation: {}\r\n\r\n", plain.url("/file"));
    fs::write(folder.path().join("file"), page).unwrap();
    let Some(server) = TlsServer::start(folder.path(), &[]) else { return };
    let cert = Some(folder.path().join("cert.pem"));
    let with = |trusted_hosts| {
        Network::new(NetworkSettings { cert: cert.clone(), trusted_hosts, ..settings() })
    };
    let wanted = Download::new(format!("https://localhost:{}/file", server.port), folder.path());
    let error = with(Vec::new()).download(&wanted, &mut |_| {}).unwrap_err();
    assert_eq!(error.kind, NetErrorKind::Redirect, "{error}");
    assert!(plain.seen().is_empty());
    let trusted = with(vec!["127.0.0.1".to_owned()]);
    assert_eq!(trusted.download(&wanted, &mut |_| {}).unwrap().digests.size, 8);
}

/// Needs PyPI: the certificates of the machine, HTTP/2, compression, and conditional requests.
#[test]
fn the_real_index_answers() {
    let cert = std::env::var_os("PIP_CERT").map(Into::into);
    let variable = |name: &str| std::env::var(name).or_else(|_| std::env::var(name.to_uppercase()));
    let proxy_variables = ProxyVariables {
        https: variable("https_proxy").ok(),
        no_proxy: variable("no_proxy").ok(),
        ..ProxyVariables::default()
    };
    let network = Network::new(NetworkSettings { cert, proxy_variables, ..settings() });
    let names = ["six", "idna", "wheel", "iniconfig", "this-project-does-not-exist-at-all-1"];
    let get = |name: &str| {
        Get::new(format!("https://pypi.org/simple/{name}/"))
            .accept("application/vnd.pypi.simple.v1+json")
    };
    let mut found = 0;
    for (position, result) in network.get_many(names.iter().map(|name| get(name)).collect()) {
        match result {
            Ok(Answer::Found(page)) => {
                assert!(page.body.starts_with(b"{"), "{}", names[position]);
                found += 1;
                // Mirrors may know nothing of validators.
                if !page.validators.is_empty() {
                    let again = get(names[position]).newer_than(page.validators);
                    let answer = network.get(&again).unwrap();
                    assert!(matches!(answer, Answer::NotModified { .. }), "{}", names[position]);
                }
            }
            Ok(other) => panic!("{other:?}"),
            Err(error) => assert!(position == 4 && error.is_not_found(), "{error:?}"),
        }
    }
    assert_eq!(found, 4);
}
