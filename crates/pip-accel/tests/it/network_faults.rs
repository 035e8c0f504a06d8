//! Every fault of a network: tried again, resumed, answered from what is kept, or told as pip does.

use std::path::Path;
use std::time::Duration;

use accel_testkit::fault::Fault;
use accel_testkit::index::{Answer, IndexOptions, IndexServer};
use accel_testkit::wheel::WheelMaker;

use crate::freshness::installed;
use crate::sandbox::{Ran, Sandbox, tree};

/// Where a fault strikes.
const PAGE: &str = "/simple/demo/";
const FILE: &str = "/files/demo-";

/// A fault, and whether one that passes is got over on the page and on the file.
struct Case {
    name: &'static str,
    fault: Fault,
    page_heals: bool,
    file_heals: bool,
}

fn cases() -> Vec<Case> {
    let case = |name, fault, page_heals, file_heals| Case { name, fault, page_heals, file_heals };
    let answer = |status, body: &str| Answer::new(status, "text/html", body);
    let late = Duration::from_millis(1300);
    let login = "<html><body><form action=/login>Sign in to this network</form></body></html>";
    vec![
        case("closed", Fault::Closed, true, true),
        case("cut", Fault::CutAfter(60), false, true),
        case("stalled", Fault::StallAfter(60, late), false, true),
        case("slow", Fault::Slow(900, Duration::from_millis(30)), true, true),
        case("too many", Fault::Instead(answer(429, "wait").with("Retry-After", "1")), true, true),
        case("broken gateway", Fault::Instead(answer(502, "bad")), true, true),
        case("overloaded", Fault::Instead(answer(503, "busy")), true, true),
        case("longer than it says", Fault::Length(-20), false, false),
        case("shorter than it says", Fault::Length(20), false, true),
        case("cut gzip", Fault::CutGzip, false, false),
        case("login page", Fault::Instead(answer(200, login)), false, false),
        case("wrong type", Fault::Type("image/png".to_owned()), false, true),
    ]
}

struct World {
    sandbox: Sandbox,
    server: IndexServer,
    made: std::cell::Cell<u32>,
}

impl World {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        for version in ["1.0", "2.0"] {
            WheelMaker::new("demo", version)
                .file("demo.py", format!("seen = '{version}'\n").repeat(200))
                .write_to(&sandbox.at("dist"));
        }
        let options = IndexOptions { metadata: false, ranges: true, ..IndexOptions::default() };
        let server = IndexServer::start(sandbox.at("dist"), options);
        Self { sandbox, server, made: std::cell::Cell::new(0) }
    }

    /// Installs with an empty cache, or with one of the given name.
    fn install(&self, cache: Option<&str>, what: &str, retries: &str) -> (Ran, Vec<String>) {
        let number = self.made.get();
        self.made.set(number + 1);
        let environment = self.sandbox.environment(&format!("env-{number}"));
        let cache = self.sandbox.at(&cache.map_or(format!("cache-{number}"), str::to_owned));
        let url = self.server.url();
        let arguments = ["-i", &url, "--timeout", "1", "--retries", retries, what];
        let variables = [("PIP_ACCEL_CACHE", cache.to_str().unwrap())];
        let ran = self.sandbox.install_with(&environment, &arguments, &variables);
        assert!(!ran.stderr.contains("panicked at"), "{}", ran.stderr);
        let found = installed(&environment);
        assert_eq!(found.len(), usize::from(ran.code == 0), "{what}: {}", ran.stderr);
        (ran, found)
    }
}

#[test]
fn what_passes_is_got_over_and_what_stays_is_told() {
    let world = World::new();
    let host = world.server.url().trim_end_matches("/simple").to_owned();
    let mut wrong = Vec::new();
    for case in cases() {
        for (path, heals) in [(PAGE, case.page_heals), (FILE, case.file_heals)] {
            let name = format!("{} {path}", case.name);
            world.server.fault(path, case.fault.clone(), 1);
            let (ran, found) = world.install(None, "demo", "2");
            let healed = ran.code == 0 && found == ["demo-2.0"];
            if heals && !healed {
                wrong.push(format!("{name} is not got over: {}", ran.stderr));
            }
            world.server.heal();
            world.server.fault(path, case.fault.clone(), 100);
            let (ran, found) = world.install(None, "demo", "1");
            let told = ran.stderr.contains(&host) || ran.stderr.contains("demo");
            let fine = ran.code == 0 && found == ["demo-2.0"];
            let failed = ran.code == 1 && ran.stderr.to_lowercase().contains("error:");
            if !(fine || failed && told) {
                wrong.push(format!("{name} is not told ({}): {}", ran.code, ran.stderr));
            }
            if path == FILE && ran.code != 0 && !ran.stderr.contains(&host) {
                wrong.push(format!("{name}: no URL in {}", ran.stderr));
            }
            world.server.heal();
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n---\n"));
}

#[test]
fn what_is_kept_answers_for_an_index_that_is_out_of_order() {
    let world = World::new();
    world.install(Some("kept"), "demo<2", "0").0.good();
    for case in cases() {
        world.server.fault("/", case.fault.clone(), 1000);
        let (ran, found) = world.install(Some("kept"), "demo<2", "0");
        assert_eq!(
            (ran.code, &*found),
            (0, &["demo-1.0".to_owned()][..]),
            "{}: {}",
            case.name,
            ran.stderr
        );
        world.server.heal();
    }
    world.server.stop();
    let (ran, found) = world.install(Some("kept"), "demo<2", "0");
    assert_eq!(found, ["demo-1.0"]);
    assert_eq!(ran.good().lines("WARNING:").len(), 1);
    let (ran, _) = world.install(Some("kept"), "demo==2.0", "0");
    let ran = ran.bad();
    assert!(ran.stderr.contains("demo==2.0"), "{}", ran.stderr);
}

/// A download goes on where it broke off, instead of from its start.
#[test]
fn downloads_are_resumed() {
    let world = World::new();
    let file = "demo-2.0-py3-none-any.whl";
    let bytes = std::fs::read(world.sandbox.at("dist").join(file)).unwrap();
    let answer = Answer::new(200, "application/zip", bytes).with("ETag", "\"same\"");
    world.server.fix(&format!("/files/{file}"), answer);
    // One of them may meet METADATA, another the attempt that is made before anybody asks.
    world.server.fault(FILE, Fault::CutAfter(100), 5);
    world.install(None, "demo==2.0", "0").0.good();
    let ranges: Vec<String> = world
        .server
        .requests()
        .iter()
        .filter(|request| {
            request.path.starts_with(FILE) && request.headers.contains_key("if-range")
        })
        .filter_map(|request| request.headers.get("range").cloned())
        .collect();
    assert!(ranges.is_sorted() && !ranges.is_empty(), "{ranges:?}");
}

/// Hosts that do not exist, or where nobody listens: pip's exit code and words.
#[test]
fn hosts_that_cannot_be_reached_are_named() {
    let sandbox = Sandbox::new();
    let environment = sandbox.environment("environment");
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for index in ["http://nowhere.invalid/simple".to_owned(), format!("http://{free}/simple")] {
        let arguments = ["-i", &*index, "--timeout", "2", "demo"];
        let ours = sandbox.install(&environment, &arguments).bad();
        let pips = sandbox.pip_install(&environment, &arguments, &[]).bad();
        assert_eq!(ours.lines("ERROR:"), pips.lines("ERROR:"));
    }
}

/// A server that takes the connection and says nothing: pip's words, for a page and for a file.
#[test]
fn servers_that_say_nothing_are_named() {
    let sandbox = Sandbox::new();
    let environment = sandbox.environment("environment");
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = silent.local_addr().unwrap();
    let (index, file) = (format!("http://{at}/simple"), format!("http://{at}/demo-1.0.tar.gz"));
    for wanted in [vec!["-i", &index, "demo"], vec![&*file]] {
        let arguments = [&wanted[..], &["--timeout", "1"]].concat();
        let ours = sandbox.install(&environment, &arguments).bad();
        let pips = sandbox.pip_install(&environment, &arguments, &[]).bad();
        // What is missing from the local index is told by this program only.
        let said: String =
            ours.stderr.split_inclusive('\n').filter(|line| !line.starts_with("HINT: ")).collect();
        assert_eq!((ours.stdout, said), (pips.stdout, pips.stderr));
    }
}

/// Whether any file below a folder holds the text.
fn mentions(folder: &Path, text: &str) -> Vec<String> {
    let holds = |path: &Path| {
        let bytes = std::fs::read(folder.join(path)).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    };
    let paths = tree(folder).into_keys().filter(|path| holds(path));
    paths.map(|path| path.display().to_string()).collect()
}

/// A password in a URL is written nowhere: not into the cache, `direct_url.json`, a log or the
/// terminal; and no other host gets it.
#[test]
fn passwords_are_written_nowhere() {
    let sandbox = Sandbox::new();
    let (dist, elsewhere) = (sandbox.at("dist"), sandbox.at("elsewhere"));
    std::fs::create_dir(&elsewhere).unwrap();
    WheelMaker::new("away", "1.0").file("away.py", "").write_to(&elsewhere);
    WheelMaker::new("demo", "1.0").file("demo.py", "").write_to(&dist);
    let other = IndexServer::start(&elsewhere, IndexOptions::default());
    let options = IndexOptions {
        credentials: Some(("user".to_owned(), "s3cr3t-word".to_owned())),
        ..IndexOptions::default()
    };
    let server = IndexServer::start(&dist, options);
    let page = format!("<a href=\"{}\">away</a>", other.at("/files/away-1.0-py3-none-any.whl"));
    server.fix("/simple/away/", Answer::new(200, "text/html", page));
    let index = server.url_with("user", "s3cr3t-word");
    let direct = index.replace("/simple", "/files/demo-1.0-py3-none-any.whl");
    let environment = sandbox.environment("environment");
    let again = ["--force-reinstall", "--no-deps", "-vvv", "--log", "log.txt"];
    let named = format!("demo @ {direct}");
    let wants = [vec!["-i", &*index, "demo", "away"], vec![&*direct], vec![&*named]];
    for wanted in wants {
        let ran = sandbox.install(&environment, &[&wanted[..], &again].concat()).good();
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!said.contains("s3cr3t"), "{said}");
    }
    let failing = format!("{index}/../nothing.whl");
    for wanted in [&*failing, "missing"] {
        let ran =
            sandbox.install(&environment, &["-i", &index, wanted, "-vvv", "--log", "log.txt"]);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(ran.code != 0 && !said.contains("s3cr3t"), "{said}");
    }
    for word in ["s3cr3t-word", "dXNlcjpzM2NyM3Qtd29yZA"] {
        let found = mentions(Path::new(sandbox.text()), word);
        assert!(found.is_empty(), "{word}: {found:?}");
    }
    assert!(other.requests().iter().all(|request| !request.headers.contains_key("authorization")));
    assert!(!other.requests().is_empty());
}
