//! What goes wrong with TLS and HTTP/2: certificates that are no good any more, servers that end a
//! connection while requests are on their way, proxies that answer themselves.

use std::path::Path;

use accel_testkit::fault::Fault;
use accel_testkit::index::{Answer, IndexOptions, IndexServer};
use accel_testkit::tls::{Certificate, GoAway, TlsFront};
use accel_testkit::wheel::WheelMaker;

use crate::freshness::installed;
use crate::sandbox::{Ran, Sandbox};

/// `demo` and the three that it wants, so that there is more than one request to go wrong.
fn index(sandbox: &Sandbox) -> IndexServer {
    let mut demo = WheelMaker::new("demo", "1.0").file("demo.py", "x = 1\n");
    for name in ["one", "two", "three"] {
        WheelMaker::new(name, "1.0").file(&format!("{name}.py"), "").write_to(&sandbox.at("dist"));
        demo = demo.requires(name);
    }
    demo.write_to(&sandbox.at("dist"));
    IndexServer::start(sandbox.at("dist"), IndexOptions::default())
}

const ALL: [&str; 4] = ["demo-1.0", "one-1.0", "three-1.0", "two-1.0"];

#[test]
fn an_expired_certificate_is_refused_in_pips_words() {
    let Some(expired) = Certificate::expired() else { return };
    let sandbox = Sandbox::new();
    let server = index(&sandbox);
    let front = TlsFront::start(&server, &expired, GoAway::Never);
    let environment = sandbox.environment("environment");
    let (url, cert) = (front.url(), expired.path());
    let file = url.replace("/simple", "/files/one-1.0-py3-none-any.whl");
    let wants = [
        vec!["-i", &url, "demo"],
        // It vouches for itself, but not for today.
        vec!["-i", &url, "--cert", cert.to_str().unwrap(), "demo"],
        vec![&file, "--cert", cert.to_str().unwrap()],
    ];
    for wanted in wants {
        let ours = sandbox.install(&environment, &wanted).bad();
        let pips = sandbox.pip_install(&environment, &wanted, &[]).bad();
        // All but the words of the library behind it, and what this program adds.
        let words = |ran: &Ran| {
            let other = |line: &&str| line.starts_with("╰─>") || line.starts_with("HINT: ");
            let lines = ran.stderr.lines().filter(|line| !other(line));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(words(&ours), words(&pips), "{wanted:?}");
        let said = format!("{}{}", ours.stdout, ours.stderr);
        assert!(said.to_lowercase().contains("expired"), "{wanted:?}: {said}");
        assert!(installed(&environment).is_empty());
    }
    assert_eq!(server.requests(), []);
    // Who trusts the host does not ask for its certificate.
    let arguments = ["-i", &url, "--trusted-host", "localhost", "demo"];
    sandbox.install(&environment, &arguments).good();
    assert_eq!(installed(&environment), ALL);
    // What is kept answers, for the price of one line.
    let again = sandbox.environment("again");
    let ran = sandbox.install(&again, &["-i", &url, "demo"]).good();
    assert_eq!(ran.lines("WARNING:").len(), 1, "{}", ran.stderr);
    assert_eq!(installed(&again), ALL);
}

#[test]
fn a_certificate_that_is_given_is_trusted() {
    let Some(valid) = Certificate::valid() else { return };
    let sandbox = Sandbox::new();
    let server = index(&sandbox);
    let front = TlsFront::start(&server, &valid, GoAway::Never);
    let environment = sandbox.environment("environment");
    let (url, cert) = (front.url(), valid.path());
    let ran = sandbox.install(&environment, &["-i", &url, "demo"]).bad();
    assert!(ran.stderr.contains("demo"), "{}", ran.stderr);
    assert_eq!(server.requests(), []);
    sandbox.install(&environment, &["-i", &url, "--cert", cert.to_str().unwrap(), "demo"]).good();
    assert_eq!(installed(&environment), ALL);
    assert!(front.connections() > 0, "pages come by HTTP/2");
}

/// GOAWAY behind an answer, in the middle of one and instead of one: what passes is got over on a new
/// connection, what stays is told.
#[test]
fn a_server_that_goes_away_is_asked_again() {
    let Some(valid) = Certificate::valid() else { return };
    let sandbox = Sandbox::new();
    let server = index(&sandbox);
    let cert = valid.path();
    let cases = [
        (GoAway::Behind, "2", true),
        (GoAway::Amid(1), "2", true),
        (GoAway::Instead(1), "2", true),
        (GoAway::Amid(usize::MAX), "1", false),
        (GoAway::Instead(usize::MAX), "1", false),
    ];
    for (number, (go_away, retries, heals)) in cases.into_iter().enumerate() {
        let front = TlsFront::start(&server, &valid, go_away);
        let environment = sandbox.environment(&format!("environment-{number}"));
        let cache = sandbox.at(&format!("cache-{number}"));
        let (url, cert) = (front.url(), cert.to_str().unwrap());
        let arguments = ["-i", &url, "--cert", cert, "--retries", retries, "demo"];
        let variables = [("PIP_ACCEL_CACHE", cache.to_str().unwrap())];
        let ran = sandbox.install_with(&environment, &arguments, &variables);
        assert!(front.connections() > 1, "{go_away:?}: {}", front.connections());
        if heals {
            ran.good();
            assert_eq!(installed(&environment), ALL, "{go_away:?}");
        } else {
            let ran = ran.bad();
            let said = format!("{}{}", ran.stdout, ran.stderr);
            assert!(ran.stderr.contains("ERROR: No matching distribution found for demo"));
            assert!(said.contains("localhost"), "{go_away:?}: {said}");
            assert!(installed(&environment).is_empty());
        }
    }
}

/// A proxy whose own page comes instead of the index's. What passes for a failing index is answered
/// from what is kept; a refusal counts, whoever it is from.
#[test]
fn a_page_of_the_proxy_is_no_index() {
    let sandbox = Sandbox::new();
    let server = index(&sandbox);
    let environment = sandbox.environment("kept");
    let proxy = server.at("");
    let through = |environment: &Path, cache: &str| {
        let index = ["-i", "http://index.invalid/simple", "--trusted-host", "index.invalid"];
        let arguments = [&["--proxy", &proxy][..], &index, &["demo"]].concat();
        let cache = sandbox.at(cache);
        let variables = [("PIP_ACCEL_CACHE", cache.to_str().unwrap())];
        sandbox.install_with(environment, &arguments, &variables)
    };
    // It is asked for whole URLs, of which it knows these.
    for path in ["demo", "one", "two", "three"] {
        let file = format!("{path}-1.0-py3-none-any.whl");
        let bytes = std::fs::read(sandbox.at("dist").join(&file)).unwrap();
        let page =
            format!("<!DOCTYPE html><html><body><a href=\"/{file}\">{file}</a></body></html>");
        let at = |path: &str| format!("http://index.invalid/{path}");
        server.fix(&at(&format!("simple/{path}/")), Answer::new(200, "text/html", page));
        server.fix(&at(&file), Answer::new(200, "application/zip", bytes));
    }
    through(&environment, "kept").good();
    assert_eq!(installed(&environment), ALL);
    let page = "<!DOCTYPE html><html><body><h1>This site is blocked</h1></body></html>";
    for (status, refuses) in [(200, false), (502, false), (504, false), (403, true), (407, true)] {
        server.heal();
        let answer = Fault::Instead(Answer::new(status, "text/html", page));
        server.fault("http://", answer, usize::MAX);
        let fresh = sandbox.environment(&format!("fresh-{status}"));
        let ran = through(&fresh, &format!("cache-{status}")).bad();
        assert!(ran.stderr.contains("ERROR: No matching distribution found for demo"));
        assert!(installed(&fresh).is_empty());
        let again = sandbox.environment(&format!("again-{status}"));
        let ran = through(&again, "kept");
        if refuses {
            ran.bad();
            assert!(installed(&again).is_empty(), "{status}");
        } else {
            let ran = ran.good();
            assert_eq!(ran.lines("WARNING:").len(), 1, "{status}: {}", ran.stderr);
            assert_eq!(installed(&again), ALL);
        }
    }
}
