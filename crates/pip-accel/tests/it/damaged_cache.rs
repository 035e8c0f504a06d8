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
        let mut told = false;
        for (damage, act) in DAMAGES {
            world.copy("sound", "cache");
            act(&world.sandbox.at("cache").join(path));
            let (ran, found) = world.install();
            let same = found == expected;
            told |= ran.lines("WARNING: Kept files were damaged").len() == 1;
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
        // What a run has no need of it does not look at, such as one memo of several.
        let needed = ["store-v1 manifest.rkyv", "bytecode-v1 bytecode.rkyv"];
        if needed.contains(&kind.as_str()) && !told {
            wrong.push(format!("{kind}: nobody said that it was damaged"));
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

/// Nobody's number; root can give it files.
const NOBODY: u32 = 65_534;

/// A run as nobody, with a program and an environment that nobody may use.
struct Nobody<'a> {
    world: &'a World,
    program: PathBuf,
}

impl<'a> Nobody<'a> {
    /// `None` where that takes rights that this user does not have.
    fn new(world: &'a World) -> Option<Self> {
        let program = world.sandbox.at("pip-accel");
        std::fs::copy(env!("CARGO_BIN_EXE_pip-accel"), &program).unwrap();
        for open in ["", "home"] {
            let bits = std::fs::Permissions::from_mode(0o777);
            std::fs::set_permissions(world.sandbox.at(open), bits).unwrap();
        }
        let nobody = Self { world, program };
        nobody.environment().map(|_| nobody)
    }

    /// A fresh environment of nobody's.
    fn environment(&self) -> Option<PathBuf> {
        let environment = self.world.sandbox.at("environment");
        let _ = std::fs::remove_dir_all(&environment);
        let mut venv = Command::new("/usr/bin/python3");
        let made = venv.args(["-m", "venv", "--without-pip"]).arg(&environment).output();
        let made = made.is_ok_and(|output| output.status.success());
        (made && give(&environment, NOBODY)).then_some(environment)
    }

    /// Installs into a fresh environment.
    fn install(&self) -> (Ran, BTreeMap<PathBuf, String>) {
        let environment = self.environment().expect("it could be made before");
        let mut command = Command::new("setpriv");
        self.world.sandbox.surround(&mut command, &[]);
        command.args([&format!("--reuid={NOBODY}"), "--clear-groups"]).arg(&self.program);
        command.arg("--python").arg(environment.join("bin/python"));
        command.args(["install", "-i", &self.world.server.url(), "demo"]);
        let ran = Ran::of(&command.output().unwrap());
        (ran, tree(&site_packages(&environment)))
    }
}

/// Gives everything below a path to somebody.
fn give(path: &Path, user: u32) -> bool {
    let given = Command::new("chown").args(["-R", &user.to_string()]).arg(path).output();
    given.is_ok_and(|output| output.status.success())
}

/// A cache that belongs to somebody else, who lets nobody look: one line, and an installation without
/// it. Another user is needed for that, and an interpreter that this user may see.
#[test]
fn a_cache_of_somebody_else_is_left_alone() {
    let world = World::new();
    let cache = world.sandbox.at("cache");
    std::fs::create_dir_all(&cache).unwrap();
    std::fs::set_permissions(&cache, std::fs::Permissions::from_mode(0o700)).unwrap();
    let Some(nobody) = Nobody::new(&world) else { return };
    let (ran, found) = nobody.install();
    let ran = ran.good();
    let warnings = ran.lines("WARNING: The directory ");
    assert_eq!(warnings.len(), 1, "{}", ran.stderr);
    assert!(warnings[0].contains("/cache' or its parent directory is not owned"), "{warnings:?}");
    assert!(found.contains_key(Path::new("demo/text.txt")));
    assert_eq!(std::fs::read_dir(cache).unwrap().count(), 0);
}

/// `sudo pip-accel` has left files in the user's cache that the user may not read: they are made again,
/// and one line says so. What may be read is used, whoever owns it.
#[test]
fn files_of_somebody_else_are_made_again_or_used() {
    let world = World::new();
    std::fs::create_dir_all(world.sandbox.at("cache")).unwrap();
    let Some(nobody) = Nobody::new(&world) else { return };
    assert!(give(&world.sandbox.at("cache"), NOBODY));
    let (ran, expected) = nobody.install();
    assert_eq!((ran.code, ran.lines("WARNING:")), (0, vec![]), "{}", ran.stderr);
    for (bits, kept) in [("0600", false), ("0644", true)] {
        let mut find = Command::new("find");
        find.arg(world.sandbox.at("cache")).args(["-type", "f", "-exec", "chown", "0", "{}", "+"]);
        find.args(["-exec", "chmod", bits, "{}", "+"]);
        assert!(find.status().unwrap().success());
        let (ran, found) = nobody.install();
        let ran = ran.good();
        assert!(found == expected, "{bits}: something else was installed");
        let told = ran.lines("WARNING: Kept files were damaged or may not be read by this user");
        assert_eq!(told.len(), usize::from(!kept), "{bits}: {}", ran.stderr);
        // Afterwards all is well.
        let (ran, found) = nobody.install();
        assert_eq!((ran.code, ran.lines("WARNING:")), (0, vec![]), "{bits}: {}", ran.stderr);
        assert!(found == expected);
    }
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
