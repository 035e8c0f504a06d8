//! Pinned wheels come whole while the rest is still looked for.

use accel_testkit::index::{IndexOptions, IndexServer};
use accel_testkit::wheel::WheelMaker;

use crate::sandbox::{Ran, Sandbox, tree};

/// An index that serves no METADATA beside its wheels.
struct World {
    sandbox: Sandbox,
    server: IndexServer,
}

impl World {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        for (name, version, requires) in [
            ("web", "1.0", Some("colours>=1")),
            ("colours", "1.0", None),
            ("colours", "2.0", None),
            ("tool", "1.0", Some("colours<2")),
        ] {
            let wheel = WheelMaker::new(name, version).file(&format!("{name}.py"), "x = 1\n");
            let wheel = requires.into_iter().fold(wheel, WheelMaker::requires);
            wheel.write_to(&sandbox.at("dist"));
        }
        let options = IndexOptions { metadata: false, ..IndexOptions::default() };
        let server = IndexServer::start(sandbox.at("dist"), options);
        Self { sandbox, server }
    }

    /// Installs into a new environment with nothing kept; `cache` names the folder of what is.
    fn install(&self, cache: &str, arguments: &[&str]) -> Ran {
        let environment = self.sandbox.environment(&format!("env-{cache}"));
        self.server.forget_requests();
        let url = self.server.url();
        let all = [&["--index-url", url.as_str()], arguments].concat();
        let folder = self.sandbox.at(cache);
        let cache = [("PIP_ACCEL_CACHE", folder.to_str().unwrap())];
        self.sandbox.install_with(&environment, &all, &cache)
    }

    /// What was asked for of each file of a project: `200` all of it, `206` a part.
    fn answers(&self, project: &str) -> Vec<u16> {
        let requests = self.server.requests().into_iter();
        let files = requests.filter(|request| request.path.contains(&format!("{project}-")));
        files.map(|request| request.status).collect()
    }
}

#[test]
fn a_pinned_wheel_is_fetched_once_and_told_of_as_pip_does() {
    let world = World::new();
    let ran = world.install("cold", &["web==1.0", "colours==2.0"]).good();
    assert_eq!(world.answers("web"), [200]);
    assert_eq!(world.answers("colours"), [200]);
    for file in ["web-1.0-py3-none-any.whl", "colours-2.0-py3-none-any.whl"] {
        assert_eq!(
            ran.stdout.matches(&format!("Downloading {file} (")).count(),
            1,
            "{}",
            ran.stdout
        );
    }
    assert!(!ran.stdout.contains("Using cached"), "{}", ran.stdout);
}

#[test]
fn a_constraint_pins_as_well() {
    let world = World::new();
    let constraints = world.sandbox.write("constraints.txt", "colours==1.0\n");
    let constraints = constraints.to_str().unwrap();
    world.install("cold", &["web==1.0", "-c", constraints]).good();
    assert_eq!(world.answers("colours"), [200]);
}

#[test]
fn nothing_comes_whole_that_is_not_to_be_installed() {
    let world = World::new();
    world.install("dry", &["web==1.0", "colours==2.0", "--dry-run"]).good();
    assert_eq!([world.answers("web"), world.answers("colours")], [[206], [206]]);
    world.install("source", &["web==1.0", "--no-binary", ":all:"]).bad();
    assert_eq!(world.answers("web"), [0_u16; 0]);
    let other = format!("colours==2.0 --hash=sha256:{}\n", "0".repeat(64));
    let hashed = world.sandbox.write("hashed.txt", other);
    world.install("hashed", &["-r", hashed.to_str().unwrap()]).bad();
    let answers = world.answers("colours");
    assert!(answers.iter().filter(|status| **status == 200).count() <= 1, "{answers:?}");
}

#[test]
fn a_conflict_leaves_no_half_of_a_file() {
    let world = World::new();
    let ran = world.install("cold", &["tool==1.0", "colours==2.0"]).bad();
    assert!(ran.stderr.contains("ResolutionImpossible"), "{}", ran.stderr);
    let kept = tree(&world.sandbox.at("cold"));
    let mut names = kept.keys().map(|path| path.to_string_lossy());
    assert!(!names.any(|name| name.contains(".download-")), "{kept:?}");
}
