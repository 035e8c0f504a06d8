//! Staged trees: an environment that takes one is the one that would have been linked, whatever
//! happens on the way.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use accel_testkit::wheel::WheelMaker;

use crate::once::sdist_that_takes;
use crate::sandbox::{Ran, Sandbox, site_packages, tree};

/// What an environment has, by path.
type Tree = BTreeMap<PathBuf, String>;

/// A sandbox with wheels of all kinds, their pins, and what an environment with them looks like.
struct Scene {
    sandbox: Sandbox,
}

/// The environment's name: always the same, since programs name it.
const ENVIRONMENT: &str = "environment";

impl Scene {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let dist = sandbox.at("dist");
        for number in 0..6 {
            let name = format!("plain{number}");
            for version in ["1.0", "2.0"] {
                let mut wheel = WheelMaker::new(&name, version);
                for module in 0..9 {
                    let below = format!("{name}/deep/er/module{module}.py");
                    wheel = wheel.file(&below, format!("x = '{version}'\n"));
                }
                wheel.file(&format!("{name}/__init__.py"), "").write_to(&dist);
            }
        }
        let half = |name: &str| {
            WheelMaker::new(name, "1.0").file(&format!("shared/{name}/__init__.py"), "y = 1\n")
        };
        half("left").write_to(&dist);
        half("right").file("right_module.py", "z = 1\n").write_to(&dist);
        WheelMaker::new("programs", "1.0")
            .platlib()
            .file("programs/__init__.py", "def main():\n    pass\n")
            .entry_point("console_scripts", "prog", "programs:main")
            .data("scripts", "script", "#!python\nprint('script')\n")
            .data("scripts", "binary", b"\x7fELF".as_slice())
            .data("data", "share/programs/text", "text\n")
            .data("headers", "programs.h", "int x;\n")
            .data("platlib", "programs/more.py", "m = 1\n")
            .write_to(&dist);
        Self { sandbox }
    }

    /// Pins of everything; `changed` is wanted in another version.
    fn pins(&self, changed: &str) -> String {
        let names = (0..6).map(|number| format!("plain{number}"));
        let names = names.chain(["left", "right", "programs"].map(str::to_owned));
        let pin = |name: String| {
            let version = if name == changed { "2.0" } else { "1.0" };
            format!("{name}=={version}\n")
        };
        let text: String = names.map(pin).collect();
        let path = self.sandbox.write(&format!("pins{changed}.txt"), text);
        path.to_str().expect("a plain path").to_owned()
    }

    fn words<'a>(dist: &'a str, pins: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        [&["--no-index", "--find-links", dist, "-r", pins], more].concat()
    }

    fn environment(&self) -> PathBuf {
        let old = self.sandbox.at(ENVIRONMENT);
        if old.exists() {
            std::fs::remove_dir_all(&old).expect("it is ours");
        }
        self.sandbox.environment(ENVIRONMENT)
    }

    fn install(&self, changed: &str, more: &[&str], variables: &[(&str, &str)]) -> Ran {
        let (dist, pins) = (self.sandbox.at("dist"), self.pins(changed));
        let words = Self::words(dist.to_str().expect("a plain path"), &pins, more);
        self.sandbox.install_with(&self.sandbox.at(ENVIRONMENT), &words, variables)
    }

    /// A new environment with everything in it.
    fn filled(&self, changed: &str, more: &[&str]) -> Tree {
        let environment = self.environment();
        let ran = self.install(changed, more, &[]).good();
        assert!(ran.stdout.contains("Successfully installed left-1.0"), "{}", ran.stdout);
        tree(&environment)
    }

    fn stage(&self, more: &[&str]) -> Ran {
        self.stage_with(more, &[])
    }

    fn stage_with(&self, more: &[&str], variables: &[(&str, &str)]) -> Ran {
        let (dist, pins) = (self.sandbox.at("dist"), self.pins(""));
        let python = self.sandbox.at(ENVIRONMENT).join("bin/python");
        let words = Self::words(dist.to_str().expect("a plain path"), &pins, more);
        let python = ["--python", python.to_str().expect("a plain path"), "cache", "stage"];
        self.sandbox.ours(&[&python[..], &words].concat(), variables)
    }

    /// The staged trees that stand.
    fn standing(&self) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(self.sandbox.at("cache/staged-v1")) else {
            return Vec::new();
        };
        let paths = entries.flatten().map(|entry| entry.path());
        let mut paths: Vec<_> =
            paths.filter(|path| path.file_name().is_some_and(|name| name != ".new")).collect();
        paths.sort();
        paths
    }

    /// Inode numbers of the folders in the staged tree.
    fn folders(&self) -> BTreeMap<PathBuf, u64> {
        folders(&self.standing()[0].join("tree"))
    }
}

/// Inode numbers of the folders at the top.
fn folders(library: &Path) -> BTreeMap<PathBuf, u64> {
    let entries = std::fs::read_dir(library).expect("a folder").flatten();
    let folders = entries.filter(|entry| entry.path().is_dir());
    folders
        .map(|entry| (entry.file_name().into(), entry.metadata().expect("it is there").ino()))
        .collect()
}

/// The differences of two trees.
#[track_caller]
fn assert_same(found: &Tree, expected: &Tree, about: &str) {
    let odd = |one: &Tree, other: &Tree| -> Vec<String> {
        let odd = one.iter().filter(|(path, facts)| other.get(*path) != Some(facts));
        odd.map(|(path, facts)| format!("{}: {facts}", path.display())).collect()
    };
    let (more, less) = (odd(found, expected), odd(expected, found));
    assert!(more.is_empty() && less.is_empty(), "{about}: found {more:#?}, expected {less:#?}");
}

#[test]
fn a_moved_environment_is_the_linked_one() {
    let scene = Scene::new();
    for more in [&["--no-compile"][..], &[], &["--no-compile", "--link-mode", "copy"]] {
        let linked = scene.filled("", more);
        let said = scene.stage(&[more, &["--trees", "2"]].concat()).good();
        assert!(said.stdout.ends_with("2 staged trees stand ready for this set\n"), "{said:?}");
        let staged = scene.folders();
        assert_same(&scene.filled("", more), &linked, "moved");
        let found = folders(&site_packages(&scene.sandbox.at(ENVIRONMENT)));
        assert_eq!(found, staged, "every folder is the staged one");
        assert_eq!(scene.standing().len(), 1);
        scene.filled("", more);
        assert_same(&scene.filled("", more), &linked, "linked again");
        assert!(scene.standing().is_empty());
        let left = std::fs::read_dir(scene.sandbox.at("cache/staged-v1/.new")).expect("a folder");
        assert_eq!(left.count(), 0);
    }
}

#[test]
fn with_another_pin_the_other_pieces_are_moved() {
    let scene = Scene::new();
    for changed in ["plain3", "plain0"] {
        let linked = scene.filled(changed, &[]);
        scene.stage(&[]).good();
        let mut staged = scene.folders();
        assert_same(&scene.filled(changed, &[]), &linked, changed);
        let found = folders(&site_packages(&scene.sandbox.at(ENVIRONMENT)));
        let own = |path: &PathBuf| path.to_string_lossy().starts_with(changed);
        assert!(
            found.iter().any(|(path, inode)| own(path) && !staged.values().any(|i| i == inode))
        );
        staged.retain(|path, _| !own(path));
        for (path, inode) in &staged {
            assert_eq!(found.get(path), Some(inode), "{}", path.display());
        }
        assert!(scene.standing().is_empty(), "what is left of the tree is removed");
    }
}

#[test]
fn what_is_there_already_is_neither_replaced_nor_lost() {
    let scene = Scene::new();
    scene.filled("", &[]);
    scene.stage(&[]).good();
    let environment = scene.environment();
    let own = site_packages(&environment).join("shared/mine.py");
    std::fs::create_dir_all(own.parent().expect("a folder")).expect("it can be made");
    std::fs::write(&own, "mine\n").expect("it can be written");
    scene.install("", &[], &[]).good();
    assert_eq!(std::fs::read_to_string(&own).expect("it is there"), "mine\n");
    assert!(site_packages(&environment).join("shared/left/__init__.py").is_file());
    // An upgrade of one in an environment leaves trees alone.
    scene.stage(&[]).good();
    scene.install("plain2", &[], &[]).good();
    assert_eq!(scene.standing().len(), 1);
}

#[test]
fn an_edit_through_a_link_does_not_spread() {
    let scene = Scene::new();
    let linked = scene.filled("", &[]);
    scene.stage(&[]).good();
    let edited = site_packages(&scene.sandbox.at(ENVIRONMENT)).join("plain1/deep/er/module4.py");
    std::fs::write(&edited, "x = 'evil'\n").expect("it can be written");
    assert_same(&scene.filled("", &[]), &linked, "after an edit");
    assert!(scene.standing().is_empty(), "the edited tree is gone");
    // And staging finds the edited store as installing does.
    let edited = site_packages(&scene.sandbox.at(ENVIRONMENT)).join("plain1/deep/er/module5.py");
    std::fs::write(&edited, "x = 'evil'\n").expect("it can be written");
    scene.stage(&[]).good();
    assert_same(&scene.filled("", &[]), &linked, "staged after an edit");
    assert!(scene.standing().is_empty());
}

#[test]
fn on_another_file_system_files_are_copied_as_ever() {
    let scene = Scene::new();
    let linked = scene.filled("", &[]);
    let Ok(other) = tempfile::tempdir_in("/dev/shm") else { return };
    let device = |path: &Path| path.metadata().expect("it is there").dev();
    if device(other.path()) == device(&scene.sandbox.at("home")) {
        return;
    }
    let cache = [("PIP_ACCEL_CACHE", other.path().to_str().expect("a plain path"))];
    scene.stage_with(&[], &cache).good();
    let environment = scene.environment();
    scene.install("", &[], &cache).good();
    assert_same(&tree(&environment), &linked, "across file systems");
    let standing = std::fs::read_dir(other.path().join("staged-v1")).expect("a folder").flatten();
    assert_eq!(standing.filter(|entry| entry.file_name() != ".new").count(), 1);
}

#[test]
fn killed_anywhere_nothing_half_done_is_used() {
    let scene = Scene::new();
    let linked = scene.filled("", &["--no-compile"]);
    let python = scene.sandbox.at(ENVIRONMENT).join("bin/python");
    let (dist, pins) = (scene.sandbox.at("dist"), scene.pins(""));
    let mut words = Scene::words(dist.to_str().expect("a plain path"), &pins, &["--no-compile"]);
    let killed = |command: &[&str], words: &[&str], calls: &str, number: usize| {
        let mut strace = Command::new("strace");
        scene.sandbox.surround(&mut strace, &[]);
        let inject = format!("inject={calls}:signal=KILL:when={number}");
        strace.args(["-f", "-qq", "-o", "/dev/null", "-e", &inject]);
        strace.arg(env!("CARGO_BIN_EXE_pip-accel")).arg("--python").arg(&python);
        let output = strace.args(command).args(words).output();
        output.expect("this test needs the program strace (Debian package strace)")
    };
    // While a tree is taken: every rename, and what is written afterwards.
    for (calls, numbers) in
        [("rename", &[1, 2, 5, 11, 17][..]), ("linkat", &[1, 3]), ("write", &[3])]
    {
        for number in numbers {
            scene.stage(&["--no-compile"]).good();
            scene.environment();
            let output = killed(&["install"], &words, calls, *number);
            assert!(!output.status.success(), "{calls} {number}: {output:?}");
            scene.install("", &["--no-compile"], &[]).good();
            let found = tree(&scene.sandbox.at(ENVIRONMENT));
            assert_same(&found, &linked, &format!("{calls} {number}"));
        }
    }
    // While one is made: there is none, or a whole one.
    words.extend(["--trees", "2"]);
    for (calls, number) in
        [("mkdirat", 7), ("linkat", 5), ("rename", 1), ("rename", 2), ("rename", 3)]
    {
        let output = killed(&["cache", "stage"], &words, calls, number);
        assert!(!output.status.success(), "{calls} {number}: {output:?}");
        assert_same(&scene.filled("", &["--no-compile"]), &linked, &format!("{calls} {number}"));
    }
}

#[test]
fn two_at_once_never_take_the_same_tree() {
    let scene = Scene::new();
    scene.filled("", &[]);
    scene.stage(&["--trees", "1"]).good();
    let environments = ["one", "two", "three"].map(|name| scene.sandbox.environment(name));
    let (dist, pins) = (scene.sandbox.at("dist"), scene.pins(""));
    let words = Scene::words(dist.to_str().expect("a plain path"), &pins, &[]);
    std::thread::scope(|scope| {
        for environment in &environments {
            scope.spawn(|| scene.sandbox.install(environment, &words).good());
        }
    });
    let count = |environment: &PathBuf| tree(&site_packages(environment)).len();
    assert_eq!(count(&environments[0]), count(&environments[1]));
    assert_eq!(count(&environments[0]), count(&environments[2]));
}

/// With `PIP_ACCEL_STAGE` a run that took long leaves trees behind, and one that took none is left
/// alone: it would take as long again.
#[test]
fn only_a_run_that_took_long_stages_by_itself() {
    let sandbox = Sandbox::new();
    let dist = sandbox.at("dist");
    sdist_that_takes(3.0, "built", "1.0", &sandbox.at("builds")).write_to(&dist);
    WheelMaker::new("plain", "1.0").file("plain.py", "").write_to(&dist);
    let links = dist.to_str().expect("a plain path");
    let standing = || {
        let entries = std::fs::read_dir(sandbox.at("cache/staged-v1")).into_iter().flatten();
        entries.flatten().filter(|entry| entry.file_name() != ".new").count()
    };
    let trees: Vec<usize> = ["one", "two", "three", "four"]
        .into_iter()
        .map(|name| {
            let words = ["--no-index", "--find-links", links, "--no-compile", "built", "plain"];
            let variables = [("PIP_ACCEL_STAGE", "2")];
            let environment = sandbox.environment(name);
            sandbox.install_with(&environment, &words, &variables).good();
            assert!(site_packages(&environment).join("plain.py").is_file(), "{name}");
            standing()
        })
        .collect();
    assert_eq!(trees, [2, 1, 0, 0]);
}

#[test]
fn what_cannot_be_staged_is_said() {
    let scene = Scene::new();
    scene.environment();
    let ran = scene.stage(&["--target", "x"]);
    let about = "Can not combine 'cache stage' and '--target'";
    assert!(ran.code == 1 && ran.stderr.contains(about), "{ran:?}");
    let ran = scene.sandbox.ours(&["cache", "stage", "x", "--trees", "9"], &[]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let ran = scene.install("", &[], &[("PIP_ACCEL_STAGE", "9")]);
    assert!(ran.code == 3 && ran.stderr.contains("option stage: invalid choice: '9'"), "{ran:?}");
}
