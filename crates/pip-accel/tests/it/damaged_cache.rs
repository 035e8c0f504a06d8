//! Whatever happens to what is kept: it is noticed, made again, and the environment is the same.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use accel_testkit::index::{IndexOptions, IndexServer};
use accel_testkit::wheel::WheelMaker;

use crate::once::sdist_that_takes;
use crate::sandbox::{Ran, Sandbox, site_packages, tree};

/// A name and what it does to a file.
type Damage = (&'static str, fn(&Path));

/// What can happen to a file.
const DAMAGES: [Damage; 4] = [
    ("cut short", |path| {
        let bytes = std::fs::read(path).unwrap();
        std::fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
    }),
    ("empty after a power cut", |path| std::fs::write(path, "").unwrap()),
    ("a flipped bit", |path| {
        let mut bytes = std::fs::read(path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 4;
        std::fs::write(path, bytes).unwrap();
    }),
    ("gone", |path| std::fs::remove_file(path).unwrap()),
];

struct World {
    sandbox: Sandbox,
    server: IndexServer,
}

impl World {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let dist = sandbox.at("dist");
        WheelMaker::new("demo", "1.0")
            .file("demo/__init__.py", "def main(): pass\n")
            .file("demo/text.txt", "some text\n")
            .entry_point("console_scripts", "demo", "demo:main")
            .requires("other>=1")
            .write_to(&dist);
        WheelMaker::new("other", "1.0").file("other.py", "x = 1\n").write_to(&dist);
        sdist_that_takes(0.0, "made", "1.0", &sandbox.at("log")).write_to(&dist);
        let server = IndexServer::start(&dist, IndexOptions::default());
        Self { sandbox, server }
    }

    /// Installs into a fresh environment.
    fn install(&self) -> (Ran, BTreeMap<PathBuf, String>) {
        let _ = std::fs::remove_dir_all(self.sandbox.at("environment"));
        let environment = self.sandbox.environment("environment");
        let ran = self.sandbox.install(&environment, &["-i", &self.server.url(), "demo", "made"]);
        let mut found = tree(&site_packages(&environment));
        // Its wheel is made anew if the kept one is damaged, with the times of that moment.
        found.retain(|path, _| !path.to_string_lossy().contains("made"));
        (ran, found)
    }

    fn copy(&self, from: &str, to: &str) {
        let _ = std::fs::remove_dir_all(self.sandbox.at(to));
        let (from, to) = (self.sandbox.at(from), self.sandbox.at(to));
        assert!(Command::new("cp").arg("-a").args([from, to]).status().unwrap().success());
    }
}

/// One file of each kind: folder of the cache, and name without digests.
fn kinds(cache: &Path) -> BTreeMap<String, PathBuf> {
    let mut kinds = BTreeMap::new();
    for (path, facts) in tree(cache) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let area = path.iter().next().unwrap().to_string_lossy().into_owned();
        if facts.starts_with("file") && area != "scratch" && name != "CACHEDIR.TAG" {
            let digest = name.len() > 24 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
            let kind = if digest { area } else { format!("{area} {name}") };
            kinds.entry(kind).or_insert(path);
        }
    }
    kinds
}

#[test]
fn every_kind_of_kept_file_may_be_damaged() {
    let world = World::new();
    let (ran, expected) = world.install();
    ran.good();
    world.install().0.good();
    world.copy("cache", "sound");
    let kinds = kinds(&world.sandbox.at("sound"));
    let areas =
        ["archives", "pages", "metadata", "store", "bytecode", "built", "resolutions", "interp"];
    for area in areas {
        assert!(kinds.keys().any(|kind| kind.starts_with(area)), "nothing of {area} in {kinds:?}");
    }
    let mut wrong = Vec::new();
    for (kind, path) in &kinds {
        for (damage, act) in DAMAGES {
            world.copy("sound", "cache");
            act(&world.sandbox.at("cache").join(path));
            let (ran, found) = world.install();
            let same = found == expected;
            if ran.code != 0 || !same || ran.stderr.contains("panicked") {
                let says = ran.stderr;
                wrong.push(format!("{kind} {damage}: code {}, same {same}: {says}", ran.code));
            }
            // And what was made again is sound.
            let (ran, found) = world.install();
            if ran.code != 0 || found != expected {
                wrong.push(format!("{kind} {damage}, second run: {}", ran.stderr));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Folders of another version of the program, and names that mean nothing to us.
#[test]
fn what_others_put_there_is_left_alone() {
    let world = World::new();
    for folder in ["store-v0/ab/cd", "store-v99/ab/cd", "resolutions-v99", "stranger"] {
        world.sandbox.write(&format!("cache/{folder}/manifest.rkyv"), "of another version");
    }
    let (ran, expected) = world.install();
    ran.good();
    assert_eq!(world.install().1, expected);
    for folder in ["store-v0/ab/cd", "store-v99/ab/cd", "resolutions-v99", "stranger"] {
        let path = world.sandbox.at("cache").join(folder).join("manifest.rkyv");
        assert_eq!(std::fs::read_to_string(path).unwrap(), "of another version");
    }
}

/// A cache that belongs to somebody else, who lets nobody look: one line, and an installation without
/// it. Another user is needed for that, and an interpreter that this user may see.
#[test]
fn a_cache_of_somebody_else_is_left_alone() {
    const NOBODY: u32 = 65_534;
    let world = World::new();
    let sandbox = &world.sandbox;
    let program = sandbox.at("pip-accel");
    std::fs::copy(env!("CARGO_BIN_EXE_pip-accel"), &program).unwrap();
    let environment = sandbox.at("environment");
    let mut venv = Command::new("/usr/bin/python3");
    let made = venv.args(["-m", "venv", "--without-pip"]).arg(&environment).output();
    for open in [sandbox.at(""), environment.clone(), sandbox.at("cache")] {
        std::fs::create_dir_all(&open).unwrap();
        let bits = if open.ends_with("cache") { 0o700 } else { 0o777 };
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(bits)).unwrap();
    }
    let given = Command::new("chown").args(["-R", &NOBODY.to_string()]).arg(&environment).output();
    let is_possible = |done: std::io::Result<std::process::Output>| {
        done.is_ok_and(|output| output.status.success())
    };
    if !is_possible(made) || !is_possible(given) {
        return;
    }
    let mut command = Command::new("setpriv");
    sandbox.surround(&mut command, &[]);
    command.args([&format!("--reuid={NOBODY}"), "--clear-groups"]).arg(&program);
    command.arg("--python").arg(environment.join("bin/python"));
    command.args(["install", "-i", &world.server.url(), "demo"]);
    let ran = Ran::of(&command.output().unwrap()).good();
    let warnings = ran.lines("WARNING: The directory ");
    assert_eq!(warnings.len(), 1, "{}", ran.stderr);
    assert!(warnings[0].contains("/cache' or its parent directory is not owned"), "{warnings:?}");
    assert!(site_packages(&environment).join("demo/text.txt").is_file());
    assert_eq!(std::fs::read_dir(sandbox.at("cache")).unwrap().count(), 0);
}

/// A cache that cannot be written serves what it has.
#[test]
fn a_read_only_cache_still_answers() {
    let world = World::new();
    let (ran, expected) = world.install();
    ran.good();
    let cache = world.sandbox.at("cache");
    let bound = Command::new("mount").arg("--bind").args([&cache, &cache]).output();
    if !bound.is_ok_and(|output| output.status.success()) {
        return;
    }
    let remount = ["-o", "remount,ro,bind"];
    let done = Command::new("mount").args(remount).arg(&cache).status().unwrap();
    let (ran, found) = world.install();
    Command::new("umount").arg("-l").arg(&cache).status().unwrap();
    assert!(done.success());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:#?}");
    assert_eq!(found, expected);
}

/// Neither links nor copies of blocks reach another file system: everything is copied.
#[test]
fn a_cache_on_another_disk_gives_the_same() {
    let world = World::new();
    let (ran, expected) = world.install();
    ran.good();
    let disk = world.sandbox.at("disk");
    std::fs::create_dir(&disk).unwrap();
    let mounted =
        Command::new("mount").args(["-t", "tmpfs", "-o", "size=20m", "tmpfs"]).arg(&disk).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        return;
    }
    let _ = std::fs::remove_dir_all(world.sandbox.at("environment"));
    let environment = world.sandbox.environment("environment");
    let mut answers = Vec::new();
    for mode in ["auto", "hardlink", "copy"] {
        let cache = disk.join(mode);
        let variables = [("PIP_ACCEL_CACHE", cache.to_str().unwrap())];
        let arguments =
            ["-i", &world.server.url(), "--link-mode", mode, "--force-reinstall", "demo"];
        let ran = world.sandbox.install_with(&environment, &arguments, &variables);
        answers.push((mode, ran, tree(&site_packages(&environment))));
    }
    Command::new("umount").arg("-l").arg(&disk).status().unwrap();
    for (mode, ran, found) in answers {
        assert_eq!(ran.code, 0, "{mode}: {ran:#?}");
        assert!(found == expected, "{mode} gives something else");
    }
}

/// Names that no file system takes are an error that names them, and nothing stays.
#[test]
fn a_name_that_is_too_long_is_told() {
    let world = World::new();
    let long = format!("{}.py", "n".repeat(260));
    WheelMaker::new("long", "1.0").file(&long, "").write_to(&world.sandbox.at("dist"));
    let environment = world.sandbox.environment("environment");
    let before = tree(&environment);
    let ran = world.sandbox.install(&environment, &["-i", &world.server.url(), "long"]).bad();
    let said = ran.lines("ERROR:").join("\n");
    assert!(said.contains("[Errno 36] File name too long: '") && said.contains("nnn"), "{said}");
    assert!(before == tree(&environment));
}

/// What is kept is its user's alone, unless there is a folder already that is not.
#[test]
fn the_folder_is_private_unless_it_is_there() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    let mode = || world.sandbox.at("cache").metadata().unwrap().permissions().mode() & 0o777;
    let _ = std::fs::remove_dir_all(world.sandbox.at("cache"));
    world.install().0.good();
    assert_eq!(mode(), 0o700);
    std::fs::remove_dir_all(world.sandbox.at("cache")).unwrap();
    std::fs::create_dir(world.sandbox.at("cache")).unwrap();
    let open = std::fs::Permissions::from_mode(0o775);
    std::fs::set_permissions(world.sandbox.at("cache"), open).unwrap();
    world.install().0.good();
    assert_eq!(mode(), 0o775);
}
