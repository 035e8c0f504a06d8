//! What one machine has fetched, built and compiled the others do not do again, on real servers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use accel_testkit::index::{IndexOptions, IndexServer};
use accel_testkit::servers::{Access, Server};
use accel_testkit::wheel::WheelMaker;

use crate::once::{sdist_that_takes, slow_sdist};
use crate::promises::traced_with;
use crate::sandbox::{Ran, Sandbox, site_packages, tree};

/// A secret that a fleet shares.
const SECRET: &str = "a-secret-that-the-fleet-shares";

/// Distributions on an index, a log of builds, and how the fleet is reached.
pub struct Fleet {
    shared: Sandbox,
    pub index: IndexServer,
    variables: Vec<(String, String)>,
}

impl Fleet {
    pub fn new(place: &str) -> Self {
        let shared = Sandbox::new();
        let dist = shared.at("dist");
        WheelMaker::new("web", "1.0")
            .file("web/__init__.py", "x = 1\n")
            .file("web/main.py", "def main():\n    return 0\n")
            .requires("template>=1")
            .entry_point("console_scripts", "web", "web.main:main")
            .write_to(&dist);
        WheelMaker::new("template", "1.5").file("template.py", "y = 2\n").write_to(&dist);
        slow_sdist("built", "1.0", &shared.at("builds")).write_to(&dist);
        shared.write("pins.txt", "web==1.0\nbuilt==1.0\n");
        let index = IndexServer::start(&dist, IndexOptions::default());
        let variables = vec![
            ("PIP_ACCEL_SHARED_CACHE".to_owned(), place.to_owned()),
            ("PIP_ACCEL_SHARED_CACHE_KEY".to_owned(), SECRET.to_owned()),
        ];
        Self { shared, index, variables }
    }

    /// On a folder.
    pub fn on_folder() -> (Self, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        (Self::new(&format!("file://{}", folder.path().display())), folder)
    }

    /// Sets a variable of all machines.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn builds(&self) -> usize {
        std::fs::read_to_string(self.shared.at("builds")).map_or(0, |text| text.lines().count())
    }

    pub fn arguments(&self) -> Vec<String> {
        let pins = self.shared.at("pins.txt").display().to_string();
        ["--index-url".to_owned(), self.index.url(), "-r".to_owned(), pins].into()
    }

    pub fn variables<'a>(&'a self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let all = self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        all.filter(|(name, _)| more.iter().all(|(other, _)| other != name))
            .chain(more.iter().copied())
            .collect()
    }

    /// A machine that has nothing yet.
    pub fn machine(&self) -> Machine<'_> {
        let sandbox = Sandbox::new();
        let environment = sandbox.environment("environment");
        self.index.forget_requests();
        Machine { fleet: self, sandbox, environment }
    }
}

pub struct Machine<'a> {
    fleet: &'a Fleet,
    pub sandbox: Sandbox,
    pub environment: PathBuf,
}

impl Machine<'_> {
    pub fn install(&self, more: &[(&str, &str)]) -> Ran {
        let arguments = self.fleet.arguments();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let variables = self.fleet.variables(more);
        self.sandbox.install_with(&self.environment, &arguments, &variables).good()
    }

    /// What is installed, without what names the environment's own place.
    fn installed(&self) -> BTreeMap<PathBuf, String> {
        let mut files = tree(&site_packages(&self.environment));
        files.retain(|path, _| !path.to_string_lossy().ends_with("RECORD"));
        files
    }

    /// The same without bytecode, in which the time of a build is.
    fn sources(&self) -> BTreeMap<PathBuf, String> {
        let mut files = self.installed();
        files.retain(|path, _| path.extension().is_none_or(|kind| kind != "pyc"));
        files
    }

    /// Asks nobody but the fleet: no index request, no build, no program at all.
    fn needs_only_the_fleet(&self) {
        let arguments = self.fleet.arguments();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let builds = self.fleet.builds();
        let variables = self.fleet.variables(&[]);
        let trace = traced_with(&self.sandbox, &self.environment, &arguments, &variables);
        let requests: Vec<String> =
            self.fleet.index.requests().into_iter().map(|request| request.path).collect();
        assert_eq!(requests, Vec::<String>::new());
        assert_eq!(self.fleet.builds(), builds);
        assert_eq!(trace.programs.len(), 1, "{:#?}", trace.programs);
    }
}

fn warnings(ran: &Ran) -> Vec<&str> {
    ran.lines("WARNING: ")
}

/// The second machine takes everything from the first one; a third that only reads, too.
fn shares(fleet: &Fleet) {
    let first = fleet.machine();
    let ran = first.install(&[]);
    assert_eq!(warnings(&ran), Vec::<&str>::new());
    assert_eq!(fleet.builds(), 1);
    assert_ne!(fleet.index.requests().len(), 0);
    let second = fleet.machine();
    second.needs_only_the_fleet();
    assert_eq!(second.installed(), first.installed());
    let pyc =
        second.installed().keys().filter(|path| path.to_string_lossy().ends_with(".pyc")).count();
    assert_eq!(pyc, 4);
    // What it has is kept: a repetition needs nobody.
    let again = second.sandbox.environment("again");
    let arguments = fleet.arguments();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    crate::promises::assert_quiet(&second.sandbox, &again, &arguments);
}

#[test]
fn by_a_folder() {
    let (fleet, _folder) = Fleet::on_folder();
    shares(&fleet);
}

#[test]
fn by_nginx() {
    let server = Server::nginx(Access::Full);
    shares(&Fleet::new(&format!("{}/team/cache", server.url())));
}

#[test]
fn by_a_bucket_of_moto() {
    let server = Server::moto();
    shares(&in_bucket(&server, "s3://fleet/team", "anyone", "anything"));
}

#[test]
fn by_a_bucket_of_ceph() {
    let Some(server) = Server::ceph() else { return };
    let fleet = in_bucket(&server, "s3://fleet/team", "test", "testtest");
    shares(&fleet);
    // The real thing refuses who has the wrong key: one line, and the index serves.
    let stranger = fleet.machine();
    let ran = stranger.install(&[("AWS_SECRET_ACCESS_KEY", "wrong")]);
    let warnings = warnings(&ran);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("The shared cache s3://fleet/team is left out of this run"));
    at_once(&in_bucket(&server, "s3://fleet/race", "test", "testtest"), 1);
}

#[test]
fn by_a_container_of_azure() {
    let Some(server) = Server::azurite() else { return };
    let at = |place| {
        Fleet::new(place)
            .with("AZURE_STORAGE_USE_EMULATOR", "true")
            .with("AZURITE_BLOB_STORAGE_URL", &server.url())
    };
    shares(&at("az://fleet/team"));
    at_once(&at("az://fleet/race"), 1);
}

#[test]
fn by_a_bucket_of_google() {
    let (_server, account) = Server::google();
    let at =
        |place| Fleet::new(place).with("GOOGLE_SERVICE_ACCOUNT", &account.display().to_string());
    shares(&at("gs://fleet/team"));
    at_once(&at("gs://fleet/race"), 1);
}

fn in_bucket(server: &Server, place: &str, key: &str, secret: &str) -> Fleet {
    Fleet::new(place)
        .with("AWS_ENDPOINT_URL", &server.url())
        .with("AWS_ACCESS_KEY_ID", key)
        .with("AWS_SECRET_ACCESS_KEY", secret)
}

/// Machines that start at once on a set with a source distribution that takes long.
fn at_once(fleet: &Fleet, most: usize) {
    sdist_that_takes(3.0, "built", "1.0", &fleet.shared.at("builds"))
        .write_to(fleet.index.folder());
    let machines: Vec<Machine<'_>> = (0..10).map(|_| fleet.machine()).collect();
    std::thread::scope(|scope| {
        for machine in &machines {
            scope.spawn(|| machine.install(&[]));
        }
    });
    // Where each may build, each has the time of its own.
    let files = if most == 1 { Machine::installed } else { Machine::sources };
    let installed = files(&machines[0]);
    assert!(machines.iter().all(|machine| files(machine) == installed));
    assert!((1..=most).contains(&fleet.builds()), "built {} times", fleet.builds());
}

#[test]
fn ten_at_once_build_once_in_a_folder() {
    let (fleet, _folder) = Fleet::on_folder();
    at_once(&fleet, 1);
}

#[test]
fn ten_at_once_build_once_in_a_bucket() {
    let server = Server::moto();
    at_once(&in_bucket(&server, "s3://fleet", "anyone", "anything"), 1);
}

#[test]
fn where_a_server_overwrites_nobody_waits_for_ever() {
    let server = Server::nginx(Access::Full);
    at_once(&Fleet::new(&server.url()), 10);
}

#[test]
fn a_lease_that_does_not_beat_is_taken_over() {
    let (fleet, folder) = Fleet::on_folder();
    let fleet = fleet.with("PIP_ACCEL_SHARED_CACHE_LEASE", "2");
    sdist_that_takes(4.0, "built", "1.0", &fleet.shared.at("builds"))
        .write_to(fleet.index.folder());
    let first = fleet.machine();
    let mut command = first.sandbox.command(&fleet.variables(&[]));
    command.arg("--python").arg(first.environment.join("bin/python")).arg("install");
    command.stdout(Stdio::null());
    let mut running = command.args(fleet.arguments()).spawn().unwrap();
    let leases = folder.path().join("v1/leases");
    let started = Instant::now();
    while !tree(&leases).values().any(|what| what.starts_with("file")) {
        assert!(started.elapsed() < Duration::from_mins(1), "nobody took a lease");
        std::thread::sleep(Duration::from_millis(50));
    }
    running.kill().unwrap();
    running.wait().unwrap();
    let second = fleet.machine();
    let started = Instant::now();
    let ran = second.install(&[]);
    assert!(started.elapsed() >= Duration::from_secs(2), "it did not wait for the dead: {ran:?}");
    // What the dead one had started may have gone on without it.
    assert!((1..=2).contains(&fleet.builds()));
    assert!(!tree(&leases).values().any(|what| what.starts_with("file")), "a lease is left");
}

/// All objects of a kind in a folder.
fn objects(folder: &Path, kind: &str) -> Vec<PathBuf> {
    let root = folder.join("v1").join(kind);
    let files = tree(&root).into_iter().filter(|(_, what)| what.starts_with("file"));
    files.map(|(path, _)| root.join(path)).collect()
}

/// Does harm to an object.
type Spoil = fn(&mut Vec<u8>);

#[test]
fn what_cannot_be_believed_is_refused() {
    let (fleet, folder) = Fleet::on_folder();
    let first = fleet.machine();
    first.install(&[]);
    let kinds = ["archives", "built", "requires", "bytecode", "resolutions"];
    let good: Vec<(PathBuf, Vec<u8>)> = kinds
        .iter()
        .flat_map(|kind| objects(folder.path(), kind))
        .map(|path| (path.clone(), std::fs::read(&path).unwrap()))
        .collect();
    for kind in kinds {
        assert!(!objects(folder.path(), kind).is_empty(), "{kind}");
    }
    let spoil: [(&str, Spoil); 4] = [
        ("poisoned", |bytes| {
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
        }),
        ("truncated", |bytes| bytes.truncate(bytes.len() / 2)),
        ("emptied", Vec::clear),
        ("signed by nobody", |bytes| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            if let Some(start) = text.find("hmac-sha256 ") {
                let end = bytes[start..].iter().position(|byte| *byte == b'\n').unwrap() + start;
                bytes.splice(start..end, *b"unsigned");
            } else {
                bytes[0] ^= 1;
            }
        }),
    ];
    for (how, spoil) in spoil {
        for (path, bytes) in &good {
            let mut bytes = bytes.clone();
            spoil(&mut bytes);
            std::fs::write(path, bytes).unwrap();
        }
        let victim = fleet.machine();
        let ran = victim.install(&[]);
        assert_eq!(victim.sources(), first.sources(), "{how}");
        let warnings = warnings(&ran);
        assert_eq!(warnings.len(), 1, "{how}: {warnings:?}");
        assert!(warnings[0].contains("was refused"), "{how}: {warnings:?}");
        // And what was refused is replaced.
        fleet.machine().needs_only_the_fleet();
    }
    // An object in another one's place, with a good signature of ours: replayed.
    for kind in ["built", "requires", "bytecode", "resolutions"] {
        let path = objects(folder.path(), kind).remove(0);
        let other = if kind == "built" { "bytecode" } else { "built" };
        std::fs::copy(objects(folder.path(), other).remove(0), &path).unwrap();
    }
    let victim = fleet.machine();
    let ran = victim.install(&[]);
    assert_eq!(victim.sources(), first.sources());
    assert!(warnings(&ran)[0].contains("it is another object under this name"), "{ran:?}");
}

fn key_of(text: &str) -> (&'static str, &str) {
    ("PIP_ACCEL_SHARED_CACHE_KEY", text)
}

#[test]
fn who_signs_and_who_only_verifies() {
    let (fleet, folder) = Fleet::on_folder();
    let (secret, public) = accel_store::shared::new_pair().unwrap();
    let (_, stranger) = accel_store::shared::new_pair().unwrap();
    let key = key_of;
    // Who can't sign puts there what needs no signature.
    fleet.machine().install(&[key(&public)]);
    assert!(objects(folder.path(), "built").is_empty());
    assert_eq!(objects(folder.path(), "archives").len(), 3);
    fleet.machine().install(&[key(&secret)]);
    assert_eq!(objects(folder.path(), "built").len(), 1);
    let builds = fleet.builds();
    let laptop = fleet.machine();
    laptop.install(&[key(&public)]);
    assert_eq!(fleet.builds(), builds);
    assert_eq!(fleet.index.requests().len(), 0);
    // Another key: everything signed is refused, everything is made here.
    let ran = fleet.machine().install(&[key(&stranger)]);
    assert_eq!(fleet.builds(), builds + 1);
    assert!(warnings(&ran)[0].contains("a key that is not known here"), "{ran:?}");
    // No key: archives alone, and nothing to say about it but that.
    let ran = fleet.machine().install(&[key("")]);
    assert_eq!(fleet.builds(), builds + 2);
    assert_eq!(warnings(&ran).len(), 1, "{ran:?}");
    // A key that is none.
    let ran = fleet.machine().install(&[key("short")]);
    let expected = "WARNING: The shared cache is left out of this run: a key of the shared cache has \
                    fewer than 16 characters";
    assert_eq!(warnings(&ran), [expected]);
}

#[test]
fn unsigned_objects_count_where_they_are_allowed() {
    let (fleet, _folder) = Fleet::on_folder();
    let fleet = fleet
        .with("PIP_ACCEL_SHARED_CACHE_KEY", "")
        .with("PIP_ACCEL_SHARED_CACHE_UNSIGNED", "true");
    shares(&fleet);
}

#[test]
fn who_only_reads_writes_nothing() {
    let (fleet, folder) = Fleet::on_folder();
    let ran = fleet.machine().install(&[("PIP_ACCEL_SHARED_CACHE_READ_ONLY", "true")]);
    assert_eq!(warnings(&ran), Vec::<&str>::new());
    assert!(tree(folder.path()).is_empty());
    // A server that forbids it: one line.
    let server = Server::nginx(Access::ReadOnly);
    let fleet = Fleet::new(&server.url());
    let ran = fleet.machine().install(&[]);
    let warnings = warnings(&ran);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].starts_with("WARNING: Nothing is written to the shared cache http"));
}

#[test]
fn several_shelves_are_asked_in_order() {
    let (fleet, near) = Fleet::on_folder();
    let far = tempfile::tempdir().unwrap();
    let place = |folder: &Path| format!("file://{}", folder.display());
    let far_only = place(far.path());
    fleet.machine().install(&[("PIP_ACCEL_SHARED_CACHE", &far_only)]);
    let both = format!("{},{}", place(near.path()), far_only);
    let fleet = fleet.with("PIP_ACCEL_SHARED_CACHE", &both);
    fleet.machine().needs_only_the_fleet();
    // One that is not there is left out, the other serves.
    let both = format!("{},{}", place(&near.path().join("absent")), far_only);
    let ran = fleet.machine().install(&[("PIP_ACCEL_SHARED_CACHE", &both)]);
    assert_eq!(warnings(&ran).len(), 1, "{ran:?}");
    assert_eq!(fleet.index.requests().len(), 0);
}

#[test]
fn servers_that_fail_cost_one_line() {
    // Nobody listens.
    let mut server = Server::nginx(Access::Full);
    let fleet = Fleet::new(&server.url());
    fleet.machine().install(&[]);
    server.stop();
    one_line(&fleet, Duration::from_secs(20));
    // It answers never, or breaks off, or trickles.
    for answer in [
        "",
        "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nhalf of it",
        "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
        "nonsense\r\n\r\n",
    ] {
        let port = answering(answer);
        let fleet = Fleet::new(&format!("http://127.0.0.1:{port}/"))
            .with("PIP_ACCEL_SHARED_CACHE_TIMEOUT", "1");
        one_line(&fleet, Duration::from_secs(30));
    }
    // A kind of store that nobody knows.
    one_line(&Fleet::new("gopher://cache/"), Duration::from_secs(20));
}

fn one_line(fleet: &Fleet, limit: Duration) {
    let machine = fleet.machine();
    let started = Instant::now();
    let ran = machine.install(&[]);
    let warnings = warnings(&ran);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("is left out of this run: "), "{warnings:?}");
    assert!(started.elapsed() < limit, "{:?}", started.elapsed());
}

/// A port that gives everybody the same answer and keeps the connection open if it is empty.
fn answering(answer: &'static str) -> u16 {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let _ = stream.read(&mut [0; 4096]);
            if answer.is_empty() {
                held.push(stream);
            } else {
                let _ = stream.write_all(answer.as_bytes());
            }
        }
    });
    port
}

#[test]
fn what_is_kept_is_pushed_and_pulled_by_command() {
    let (fleet, folder) = Fleet::on_folder();
    let pins = fleet.arguments();
    let pins: Vec<&str> = pins.iter().map(String::as_str).collect();
    let run = |machine: &Machine<'_>, words: &[&str], shared: bool| {
        let python = machine.sandbox.at("environment/bin/python");
        let line = [&["--python", python.to_str().unwrap(), "cache"], words].concat();
        let variables = fleet.variables(&[]);
        let variables: Vec<(&str, &str)> = if shared { variables } else { Vec::new() };
        machine.sandbox.ours(&line, &variables)
    };
    // The first machine knew of no fleet when it installed.
    let first = fleet.machine();
    let environment = first.sandbox.at("environment");
    first.sandbox.install(&environment, &pins).good();
    run(&first, &["push"], false).bad();
    let pushed = run(&first, &["push", "-v"], true).good();
    assert!(pushed.stdout.contains(" things put there ("), "{pushed:?}");
    let again = run(&first, &["push"], true).good();
    assert!(again.stdout.contains(": 0 of "), "{again:?}");
    run(&first, &[&["warm"], &pins[..]].concat(), true).good();
    for kind in ["archives", "built", "requires", "bytecode", "metadata", "resolutions"] {
        assert!(folder.path().join("v1").join(kind).is_dir(), "no {kind}");
    }
    let before = tree(folder.path());
    let second = fleet.machine();
    let pulled = run(&second, &[&["pull"], &pins[..]].concat(), true).good();
    assert!(pulled.stdout.contains("Distributions ready to install: 3"), "{pulled:?}");
    assert_eq!(fleet.builds(), 1);
    assert!(fleet.index.requests().is_empty(), "{:?}", fleet.index.requests());
    // From now on it needs neither fleet nor index.
    fleet.index.stop();
    let environment = second.sandbox.at("environment");
    second.sandbox.install(&environment, &pins).good();
    assert_eq!(fleet.builds(), 1);
    assert!(tree(folder.path()) == before, "a machine that pulls has written");
    run(&second, &["pull", "web==1.0"], false).bad();
    run(&second, &["push", "more"], true).bad();
}
