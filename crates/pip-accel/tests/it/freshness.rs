//! When what is kept answers, and when the index is asked.

use std::path::Path;

use accel_testkit::index::{Answer, IndexOptions, IndexServer};
use accel_testkit::wheel::WheelMaker;

use crate::promises::small_set;
use crate::sandbox::{Sandbox, site_packages};

/// An index with the small set, from which `web==1.0` was installed once.
struct World {
    sandbox: Sandbox,
    server: IndexServer,
    url: String,
    made: std::cell::Cell<u32>,
}

impl World {
    fn new(options: IndexOptions) -> Self {
        let sandbox = Sandbox::new();
        small_set(&sandbox.at("dist"));
        let server = IndexServer::start(sandbox.at("dist"), options);
        let url = server.url();
        let world = Self { sandbox, server, url, made: std::cell::Cell::new(0) };
        world.install(&["web==1.0", "template==1.5"]).good();
        world
    }

    /// Installs into a new environment.
    fn install(&self, arguments: &[&str]) -> Installed {
        self.install_with(arguments, &[])
    }

    fn install_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Installed {
        self.made.set(self.made.get() + 1);
        let environment = self.sandbox.environment(&format!("env-{}", self.made.get()));
        self.server.forget_requests();
        let mut all = vec!["--index-url", &self.url];
        all.extend(arguments);
        let ran = self.sandbox.install_with(&environment, &all, variables);
        Installed { ran, names: installed(&environment), requests: self.requests() }
    }

    fn requests(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .server
            .requests()
            .into_iter()
            .map(|request| {
                let condition = request.headers.contains_key("if-none-match");
                format!(
                    "{} {}{}",
                    request.status,
                    request.path,
                    if condition { " if changed" } else { "" }
                )
            })
            .collect();
        lines.sort();
        lines
    }

    /// Something newer for every project.
    fn publish(&self) {
        let dist = self.sandbox.at("dist");
        WheelMaker::new("web", "1.1")
            .file("web/__init__.py", "")
            .requires("template")
            .write_to(&dist);
        WheelMaker::new("template", "3.0").file("template.py", "").write_to(&dist);
        WheelMaker::new("colours", "0.4").file("colours/__init__.py", "").write_to(&dist);
    }
}

struct Installed {
    ran: crate::sandbox::Ran,
    names: Vec<String>,
    requests: Vec<String>,
}

impl Installed {
    #[track_caller]
    fn good(self) -> Self {
        Self { ran: self.ran.good(), ..self }
    }
}

/// `name-version` of everything in an environment.
pub fn installed(environment: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(site_packages(environment)).unwrap();
    let names = entries.filter_map(|entry| entry.unwrap().file_name().into_string().ok());
    let mut names: Vec<String> =
        names.filter_map(|name| Some(name.strip_suffix(".dist-info")?.to_owned())).collect();
    names.sort();
    names
}

const NOTHING: &[&str] = &[];

#[test]
fn pins_and_what_they_bring_in_need_no_index() {
    let world = World::new(IndexOptions::default());
    world.publish();
    let found = world.install(&["web==1.0"]).good();
    assert_eq!(found.names, ["colours-0.3", "template-1.5", "web-1.0"]);
    assert_eq!(found.requests, NOTHING);
    let constraint = world.sandbox.write("constraints.txt", "web==1.0\n");
    let found = world.install(&["web", "-c", constraint.to_str().unwrap()]).good();
    assert_eq!(found.names, ["colours-0.3", "template-1.5", "web-1.0"]);
    assert_eq!(found.requests, NOTHING);
    world.server.stop();
    for again in 0..2 {
        let found = world.install(&["web===1.0", "template<2"]);
        // `template<2` is open and asked for: one line tells that its page did not come.
        let found = found.good();
        assert_eq!(found.ran.lines("WARNING:").len(), 1, "{again}: {}", found.ran.stderr);
        assert_eq!(found.names, ["colours-0.3", "template-1.5", "web-1.0"]);
        let found = world.install(&["web==1.0"]).good();
        assert_eq!(found.ran.stderr, "");
    }
}

#[test]
fn open_names_are_asked_for_once_and_conditionally() {
    let world = World::new(IndexOptions::default());
    world.install(&["web"]).good();
    let found = world.install(&["web"]).good();
    assert_eq!(found.names, ["colours-0.3", "template-2.0", "web-1.0"]);
    let pages = [
        "304 /simple/colours/ if changed",
        "304 /simple/template/ if changed",
        "304 /simple/web/ if changed",
    ];
    assert_eq!(found.requests, pages);
    let found = world.install(&["web", "--prefer-binary"]).good();
    assert_eq!(found.requests, pages);
    world.publish();
    let found = world.install(&["web"]).good();
    assert_eq!(found.names, ["template-3.0", "web-1.1"]);
}

#[test]
fn a_page_is_trusted_as_long_as_its_index_says() {
    let world = World::new(IndexOptions {
        cache_control: Some("max-age=600, public".to_owned()),
        ..IndexOptions::default()
    });
    world.install(&["web"]).good();
    world.publish();
    for arguments in [&["web"][..], &["web", "--prefer-binary"]] {
        let found = world.install(arguments).good();
        assert_eq!(found.names, ["colours-0.3", "template-2.0", "web-1.0"]);
        assert_eq!(found.requests, NOTHING);
    }
    // `-U` and `always` look at the page nevertheless.
    let found = world.install(&["-U", "web"]).good();
    assert_eq!(found.names, ["template-3.0", "web-1.1"]);
    let found = world.install(&["--freshness", "always", "web==1.0"]).good();
    assert_eq!(found.names, ["colours-0.4", "template-3.0", "web-1.0"]);
}

#[test]
fn always_revalidates_every_page() {
    let world = World::new(IndexOptions::default());
    for _ in 0..2 {
        let found = world
            .install_with(&["web==1.0", "template==1.5"], &[("PIP_ACCEL_FRESHNESS", "always")]);
        let pages = [
            "304 /simple/colours/ if changed",
            "304 /simple/template/ if changed",
            "304 /simple/web/ if changed",
        ];
        assert_eq!(found.good().requests, pages);
    }
}

#[test]
fn local_takes_what_is_kept_and_fetches_the_rest() {
    let world = World::new(IndexOptions::default());
    world.publish();
    let found = world.install(&["--freshness", "local", "web", "template>1"]).good();
    assert_eq!(found.names, ["colours-0.3", "template-1.5", "web-1.0"]);
    assert_eq!(found.requests, NOTHING);
    let found = world.install(&["--freshness", "local", "web", "template>1.5"]).good();
    assert_eq!(found.names, ["colours-0.3", "template-3.0", "web-1.0"]);
    assert!(found.requests.iter().all(|line| line.contains("template")), "{:?}", found.requests);
    let found = world.install(&["--freshness", "local", "web", "template>1.5"]).good();
    assert_eq!(found.requests, NOTHING);
}

#[test]
fn a_broken_index_is_replaced_by_what_is_kept_with_one_line() {
    let world = World::new(IndexOptions::default());
    for page in ["web", "template", "colours"] {
        world.server.fix(&format!("/simple/{page}/"), Answer::new(500, "text/plain", "oh"));
    }
    for arguments in [&["web"][..], &["web"], &["--freshness", "always", "web==1.0"]] {
        let found = world.install(arguments).good();
        assert_eq!(found.names, ["colours-0.3", "template-1.5", "web-1.0"]);
        let lines = found.ran.lines("WARNING:");
        assert_eq!(lines.len(), 1, "{arguments:?} {}", found.ran.stderr);
        assert!(lines[0].contains("500") && lines[0].contains("kept"), "{lines:?}");
    }
    // Back again for a moment: the newest counts.
    world.server.unfix("/simple/template/");
    assert_eq!(world.install(&["--dry-run", "template"]).good().ran.stderr, "");
    world.server.stop();
    for arguments in [&["web"][..], &["web"], &["-U", "web"]] {
        let found = world.install(arguments).good();
        assert_eq!(found.names, ["colours-0.3", "template-1.5", "web-1.0"]);
        assert_eq!(found.ran.lines("WARNING:").len(), 1, "{arguments:?} {}", found.ran.stderr);
    }
}

#[test]
fn what_is_not_kept_and_cannot_be_fetched_is_pips_error() {
    let world = World::new(IndexOptions::default());
    world.server.stop();
    let pip = world.sandbox.environment("pip");
    // What is kept stands among the versions that were seen.
    let cut = |line: &str| line.split(" (from versions").next().unwrap_or_default().to_owned();
    for arguments in [&["web==2.0"][..], &["nothing"], &["--freshness", "local", "template>=2"]] {
        let found = world.install(arguments);
        let ours = found.ran.bad();
        assert_eq!(found.names, NOTHING);
        let mut all: Vec<&str> = vec!["--index-url", &world.url];
        all.extend(arguments.iter().filter(|word| !["--freshness", "local"].contains(word)));
        let pips = world.sandbox.pip_install(&pip, &all, &[]).bad();
        let known = |lines: Vec<&str>| -> Vec<String> { lines.into_iter().map(cut).collect() };
        assert_eq!(known(ours.lines("ERROR:")), known(pips.lines("ERROR:")));
    }
    // Kept, but not all of it.
    let ours = world.install(&["web==1.0", "template==2.0"]).ran.bad();
    let line = "ERROR: No matching distribution found for template==2.0";
    assert!(ours.stderr.contains(line), "{}", ours.stderr);
}

#[test]
fn without_index_what_is_kept_of_the_index_answers() {
    let world = World::new(IndexOptions::default());
    world.publish();
    for variables in [
        &[("PIP_NO_INDEX", "1")][..],
        &[("PIP_NO_INDEX", "yes"), ("PIP_ACCEL_FRESHNESS", "always")],
    ] {
        let found = world.install_with(&["web"], variables).good();
        assert_eq!(found.names, ["colours-0.3", "template-1.5", "web-1.0"]);
        assert_eq!(found.requests, NOTHING);
        assert_eq!(found.ran.stderr, "");
    }
    let found = world.install(&["--no-index", "template>=2"]);
    let ours = found.ran.bad();
    assert!(
        ours.stderr.contains("ERROR: No matching distribution found for template>=2"),
        "{}",
        ours.stderr
    );
    assert_eq!(found.requests, NOTHING);
}

#[test]
fn a_file_of_one_index_never_answers_for_another() {
    let world = World::new(IndexOptions { digests: false, ..IndexOptions::default() });
    let others = world.sandbox.at("others");
    std::fs::create_dir(&others).unwrap();
    WheelMaker::new("web", "1.0").file("web/__init__.py", "other = 1\n").write_to(&others);
    let options = IndexOptions { digests: false, ..IndexOptions::default() };
    let other = IndexServer::start(&others, options);
    let environment = world.sandbox.environment("other");
    world.sandbox.install(&environment, &["--index-url", &other.url(), "web==1.0"]).good();
    let module = site_packages(&environment).join("web/__init__.py");
    assert_eq!(std::fs::read_to_string(module).unwrap(), "other = 1\n");
    // And back: both are kept, each for its own index.
    world.server.stop();
    let url = other.url();
    other.stop();
    for (index, expected) in [(&world.url, "def main(): print('web')\n"), (&url, "other = 1\n")] {
        let environment = world.sandbox.environment(&format!("again-{}", expected.len()));
        world
            .sandbox
            .install(&environment, &["--index-url", index, "web==1.0", "--no-deps"])
            .good();
        let module = site_packages(&environment).join("web/__init__.py");
        assert_eq!(std::fs::read_to_string(module).unwrap(), expected);
    }
    // An index that never gave it has nothing to offer, kept by others or not.
    let third = IndexServer::start(world.sandbox.at("home"), IndexOptions::default());
    let environment = world.sandbox.environment("third");
    world.sandbox.install(&environment, &["--index-url", &third.url(), "web==1.0"]).bad();
}

#[test]
fn the_real_pip_installs_from_the_folder_of_the_local_index() {
    let world = World::new(IndexOptions::default());
    let file = world.sandbox.write("set.txt", "web==1.0\ntemplate\n");
    let links = format!("--find-links=file://{}", world.sandbox.at("cache/index").display());
    let environment = world.sandbox.environment("pip");
    let arguments = ["--no-index", &links, "-r", file.to_str().unwrap()];
    world.sandbox.pip_install(&environment, &arguments, &[]).good();
    assert_eq!(installed(&environment), ["colours-0.3", "template-1.5", "web-1.0"]);
}

/// The option once reached the resolver as nothing at all: every upload was early enough.
#[test]
fn uploads_are_told_by_their_time() {
    let world = World::new(IndexOptions::default());
    let found = world.install(&["web", "--uploaded-prior-to", "2020-01-01"]);
    let said = found.ran.bad().stderr;
    assert!(said.contains("does not provide upload-time metadata."), "{said}");
}
