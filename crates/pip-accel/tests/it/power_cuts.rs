//! After a power cut: what was lost is brought back by the next run, or told.

use std::path::{Path, PathBuf};
use std::process::Command;

use accel_testkit::index::{IndexOptions, IndexServer};
use accel_testkit::wheel::WheelMaker;

use crate::sandbox::{Ran, Sandbox, site_packages, tree};

/// An environment with two distributions, and its index.
struct World {
    sandbox: Sandbox,
    server: IndexServer,
    environment: PathBuf,
}

impl World {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        for name in ["one", "two"] {
            WheelMaker::new(name, "1.0")
                .file(&format!("{name}/__init__.py"), format!("name = '{name}'\n"))
                .entry_point("console_scripts", name, &format!("{name}:main"))
                .write_to(&sandbox.at("dist"));
        }
        let server = IndexServer::start(sandbox.at("dist"), IndexOptions::default());
        let environment = sandbox.environment("environment");
        let world = Self { sandbox, server, environment };
        world.install(&["one", "two==1.0"]).good();
        world
    }

    fn install(&self, wanted: &[&str]) -> Ran {
        let url = self.server.url();
        let arguments = [&["-i", &url], wanted].concat();
        self.sandbox.install(&self.environment, &arguments)
    }

    fn ours(&self, arguments: &[&str]) -> Ran {
        let python = self.environment.join("bin/python");
        let all = [&["--python", python.to_str().unwrap()], arguments].concat();
        self.sandbox.ours(&all, &[])
    }

    /// Empties files, as a power cut does, and lets the environment have been changed before the
    /// machine was started. `false`, with words, where the file system has no attributes.
    #[allow(clippy::print_stderr, reason = "says why a test was not run")]
    fn cut(&self, lost: &[&str]) -> bool {
        let site = site_packages(&self.environment);
        let set = "import os, sys; os.setxattr(sys.argv[1], 'user.pip-accel.changed', b'other 1')";
        let python = self.environment.join("bin/python");
        let marked = Command::new(python).args(["-c", set]).arg(&site).status().unwrap();
        if !marked.success() {
            eprintln!("not run, for {} takes no attributes", site.display());
            return false;
        }
        for path in lost {
            let path = site.join(path);
            // What else links to the file keeps its contents.
            std::fs::remove_file(&path).unwrap();
            std::fs::File::create(&path).unwrap();
        }
        true
    }
}

fn back(ran: &Ran) -> Vec<&str> {
    ran.lines("WARNING: Brought back")
}

const OF_ONE: [&str; 4] = [
    "one-1.0.dist-info/RECORD",
    "one-1.0.dist-info/INSTALLER",
    "one/__pycache__/__init__.PYC",
    "../../../bin/one",
];

/// The same with the name that Python gives to bytecode.
fn of_one(environment: &Path) -> Vec<String> {
    let cache = site_packages(environment).join("one/__pycache__");
    let mut names = std::fs::read_dir(cache).unwrap().flatten();
    let compiled = names.next().unwrap().file_name().into_string().unwrap();
    OF_ONE.iter().map(|path| path.replace("__init__.PYC", &compiled)).collect()
}

#[test]
fn the_next_run_brings_back_what_a_power_cut_took() {
    let world = World::new();
    let whole = tree(&world.environment);
    let lost = of_one(&world.environment);
    let lost: Vec<&str> = lost.iter().map(String::as_str).collect();
    for next in [&["install", "two"][..], &["install", "one==1.0"], &["uninstall", "-y", "absent"]]
    {
        if !world.cut(&lost) {
            return;
        }
        let checked = world.ours(&["check"]).bad();
        assert!(checked.stdout.contains("one 1.0 has lost files in a power cut"), "{checked:#?}");
        let url = world.server.url();
        let index = if next[0] == "install" { vec!["-i", &*url] } else { vec![] };
        let ran = world.ours(&[next, &index].concat()).good();
        assert_eq!(back(&ran), ["WARNING: Brought back what a power cut took of one 1.0"]);
        assert!(tree(&world.environment) == whole, "{next:?}");
        assert!(back(&world.install(&["two"]).good()).is_empty(), "it is told once");
        world.ours(&["check"]).good();
    }
    // What is removed is removed whole.
    world.cut(&lost);
    world.ours(&["uninstall", "-y", "one"]).good();
    assert!(!world.environment.join("bin/one").exists());
    assert!(!site_packages(&world.environment).join("one").exists());
}

/// What somebody has edited is no damage.
#[test]
fn an_edit_is_not_taken_for_a_loss() {
    let world = World::new();
    if !world.cut(&[]) {
        return;
    }
    let edited = site_packages(&world.environment).join("one/__init__.py");
    std::fs::remove_file(&edited).unwrap();
    std::fs::write(&edited, "x\n").unwrap();
    assert!(back(&world.install(&["two"]).good()).is_empty());
    assert_eq!(std::fs::read_to_string(edited).unwrap(), "x\n");
}

#[test]
fn what_cannot_be_brought_back_is_told_until_it_is() {
    let world = World::new();
    let whole = tree(&world.environment);
    if !world.cut(&["one-1.0.dist-info/RECORD"]) {
        return;
    }
    std::fs::remove_dir_all(world.sandbox.at("cache")).unwrap();
    let dist = world.sandbox.at("dist");
    let elsewhere = world.sandbox.at("elsewhere");
    std::fs::rename(&dist, &elsewhere).unwrap();
    std::fs::create_dir(&dist).unwrap();
    for _ in 0..2 {
        let ran = world.install(&["two"]).bad();
        let told = ran.lines("ERROR: one 1.0 has lost files in a power cut");
        assert!(told[0].contains("--force-reinstall --no-deps one==1.0"), "{ran:#?}");
    }
    let links = elsewhere.to_str().unwrap();
    let mends = ["--force-reinstall", "--no-deps", "one==1.0", "--no-index", "-f", links];
    world.install(&mends[..3]).bad();
    world.sandbox.install(&world.environment, &mends).good();
    assert!(tree(&world.environment) == whole);
    assert!(world.install(&["two"]).good().lines("ERROR").is_empty());
}

/// Of the store's own files, and of archives, nothing is left but their names.
#[test]
fn what_is_kept_may_be_lost_with_it() {
    let world = World::new();
    let whole = tree(&world.environment);
    let lost = of_one(&world.environment);
    let lost: Vec<&str> = lost.iter().map(String::as_str).collect();
    if !world.cut(&lost) {
        return;
    }
    let mut waiting = vec![world.sandbox.at("cache")];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            if entry.file_type().unwrap().is_dir() {
                waiting.push(entry.path());
            } else {
                std::fs::File::create(entry.path()).unwrap();
            }
        }
    }
    // Links into the store are the same files.
    let ran = world.install(&["one", "two"]).good();
    assert_eq!(back(&ran), ["WARNING: Brought back what a power cut took of one 1.0, two 1.0"]);
    assert!(tree(&world.environment) == whole);
}

/// Neither URL nor path have to be known from files.
#[test]
fn what_came_from_a_url_comes_back_from_there() {
    let world = World::new();
    let wheel = world.sandbox.at("dist/one-1.0-py3-none-any.whl");
    let wheel = wheel.to_str().unwrap();
    world.install(&["--force-reinstall", wheel]).good();
    let whole = tree(&world.environment);
    let lost = ["one-1.0.dist-info/RECORD", "one-1.0.dist-info/direct_url.json"];
    for without_cache in [false, true] {
        if !world.cut(&lost) {
            return;
        }
        if without_cache {
            std::fs::remove_dir_all(world.sandbox.at("cache")).unwrap();
        }
        let ran = world.install(&["two"]).good();
        assert_eq!(back(&ran).len(), 1, "{ran:#?}");
        assert!(tree(&world.environment) == whole);
    }
}
