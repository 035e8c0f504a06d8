//! What a repeated install costs in system calls, held against the raw loop that makes the same
//! folders and links and does nothing else. Counts do not depend on the clock.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use accel_testkit::wheel::WheelMaker;

use crate::sandbox::Sandbox;

/// Distributions, and modules of each.
const PROJECTS: usize = 6;
const MODULES: usize = 400;
/// What may be done besides, for each file that is installed.
const EXCESS: f64 = 0.05;

/// Wheels of the usual shape: modules in folders of twenty, every third with a program. Returns
/// the file that pins them.
fn wheels(sandbox: &Sandbox) -> std::path::PathBuf {
    let mut pins = String::new();
    for project in 0..PROJECTS {
        let name = format!("project{project}");
        let mut wheel = WheelMaker::new(&name, "1.0").file(&format!("{name}/__init__.py"), "");
        for module in 1..MODULES {
            let below = format!("{name}/part{}/module{module}.py", module / 20);
            wheel = wheel.file(&below, format!("x = {module}\n"));
        }
        if project % 3 == 0 {
            wheel = wheel.entry_point("console_scripts", &name, &format!("{name}:main"));
        }
        wheel.write_to(&sandbox.at("dist"));
        let _ = writeln!(pins, "{name}==1.0");
    }
    sandbox.write("pins.txt", pins)
}

/// Successful system calls by name.
struct Counts(BTreeMap<String, usize>);

impl Counts {
    /// Runs a command under strace.
    fn of(sandbox: &Sandbox, words: &[&str]) -> Self {
        let log = sandbox.at("trace");
        let mut command = Command::new("strace");
        sandbox.surround(&mut command, &[]);
        let output = command.args(["-f", "-s", "0", "-o"]).arg(&log).args(words).output();
        let output = output.expect("this test needs the program strace (Debian package strace)");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let mut counts = BTreeMap::new();
        let text = std::fs::read(&log).expect("strace wrote its log");
        for line in String::from_utf8_lossy(&text).lines() {
            // "1234  linkat(3, ..." or "1234  <... linkat resumed>..."
            let Some((_, call)) = line.split_once(char::is_whitespace) else { continue };
            let call = call.trim_start();
            let resumed = call.strip_prefix("<... ").and_then(|rest| rest.split(' ').next());
            let unfinished = call.ends_with("<unfinished ...>");
            let name = resumed.or_else(|| call.split('(').next().filter(|_| !unfinished));
            if let Some(name) = name.filter(|_| !line.contains(" = -1 ")) {
                *counts.entry(name.to_owned()).or_default() += 1;
            }
        }
        Self(counts)
    }

    fn sum(&self, names: &[&str]) -> usize {
        names.iter().filter_map(|name| self.0.get(*name)).sum()
    }

    /// Doors to a network; the pair of `socketpair` through which signals arrive is none.
    fn sockets(&self) -> usize {
        self.sum(&["socket", "connect"])
    }

    /// Programs that were started, without the one that strace starts.
    fn programs(&self) -> usize {
        self.sum(&["execve", "execveat"]) - 1
    }

    fn opened(&self) -> usize {
        self.sum(&["open", "openat", "openat2", "creat"])
    }

    fn links(&self) -> usize {
        self.sum(&["link", "linkat"])
    }

    fn folders(&self) -> usize {
        self.sum(&["mkdir", "mkdirat"])
    }

    /// All that ask the disk for something.
    fn of_files(&self) -> usize {
        let others = ["close", "read", "write", "lseek", "unlink", "unlinkat", "readlink", "flock"];
        let looks = ["stat", "lstat", "fstat", "newfstatat", "statx", "getdents64", "access"];
        self.opened() + self.links() + self.folders() + self.sum(&others) + self.sum(&looks)
    }
}

/// Files and folders below `folder`.
fn size(folder: &Path) -> (usize, usize) {
    let (mut files, mut folders) = (0, 0);
    for entry in std::fs::read_dir(folder).expect("it is a folder").flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            let (below, deeper) = size(&entry.path());
            (files, folders) = (files + below, folders + deeper + 1);
        } else {
            files += 1;
        }
    }
    (files, folders)
}

fn library(environment: &Path) -> std::path::PathBuf {
    let folders = std::fs::read_dir(environment.join("lib")).expect("an environment has it");
    let mut folders = folders.flatten().map(|entry| entry.path().join("site-packages"));
    folders.find(|path| path.is_dir()).expect("an environment has it")
}

/// Installs the set for a second time, and checks the counts against those of the raw loop.
#[allow(clippy::cast_precision_loss, reason = "some thousands")]
fn assert_lean(sandbox: &Sandbox, pins: &Path, more: &[&str]) {
    let dist = sandbox.at("dist");
    let mut arguments = vec!["--no-index", "--find-links", dist.to_str().expect("a plain path")];
    arguments.extend(["-r", pins.to_str().expect("a plain path")]);
    arguments.extend(more);
    let name = |name: &str| format!("{name}{}", more.concat());
    sandbox.install(&sandbox.environment(&name("first")), &arguments).good();
    let environment = sandbox.environment(&name("second"));
    let before = size(&environment);
    let python = environment.join("bin/python");
    let mut words = vec![env!("CARGO_BIN_EXE_pip-accel"), "--python"];
    words.extend([python.to_str().expect("a plain path"), "install"]);
    words.extend(&arguments);
    let counts = Counts::of(sandbox, &words);
    let after = size(&environment);
    let (files, folders) = (after.0 - before.0, after.1 - before.1);
    assert!(files >= PROJECTS * MODULES, "{files}");
    let excess = |count: usize, least: usize| (count as f64 - least as f64) / files as f64;
    let seen = &counts.0;
    assert_eq!((counts.sockets(), counts.programs()), (0, 0), "{seen:?}");
    // The raw loop makes every folder and every link once, and opens next to nothing.
    assert_eq!(counts.folders(), folders, "{seen:?}");
    assert!(counts.links() <= files, "{} links for {files} files", counts.links());
    assert!(excess(files, counts.links()) <= EXCESS, "{} links, {files} files", counts.links());
    assert!(excess(counts.opened(), 0) <= EXCESS, "{} files opened: {seen:?}", counts.opened());
    // Besides, each kept file is looked at once: what was edited must not spread.
    let raw = folders + counts.links();
    let looked = counts.links();
    let asked = counts.of_files();
    assert!(excess(asked, raw + looked) <= 4.0 * EXCESS, "{asked} calls: {seen:?}");
    assert!(library(&environment).join("project0/part3/module70.py").is_file());
}

#[test]
fn a_repeated_install_does_little_more_than_the_raw_loop() {
    let sandbox = Sandbox::new();
    let pins = wheels(&sandbox);
    assert_lean(&sandbox, &pins, &["--no-compile"]);
    assert_lean(&sandbox, &pins, &[]);
}

/// A staged tree is taken by renaming: each file is looked at once, and next to nothing is made.
#[test]
#[allow(clippy::cast_precision_loss, reason = "some thousands")]
fn a_staged_tree_is_moved_and_nothing_else() {
    let sandbox = Sandbox::new();
    let pins = wheels(&sandbox);
    let dist = sandbox.at("dist");
    let arguments = ["--no-index", "--find-links", dist.to_str().expect("a plain path"), "-r"];
    let arguments = [&arguments[..], &[pins.to_str().expect("a plain path")]].concat();
    let environment = sandbox.environment("environment");
    let python = environment.join("bin/python");
    let python = ["--python", python.to_str().expect("a plain path")];
    sandbox.ours(&[&python[..], &["cache", "stage"], &arguments].concat(), &[]).good();
    let before = size(&environment);
    let words = [&[env!("CARGO_BIN_EXE_pip-accel")], &python[..], &["install"]].concat();
    let counts = Counts::of(&sandbox, &[words, arguments].concat());
    let after = size(&environment);
    let (files, folders) = (after.0 - before.0, after.1 - before.1);
    assert!(files >= 2 * PROJECTS * MODULES, "{files}");
    let seen = &counts.0;
    assert_eq!((counts.sockets(), counts.programs()), (0, 0), "{seen:?}");
    // Of the RECORDs and programs that name the environment, and one folder out of sight.
    assert!(counts.links() == 0 && counts.folders() <= 4, "{folders} folders moved: {seen:?}");
    let renamed = counts.sum(&["rename", "renameat", "renameat2"]);
    assert_eq!(renamed, 1 + 2 * PROJECTS, "{seen:?}");
    assert!(counts.opened() as f64 <= EXCESS * files as f64, "{seen:?}");
    let asked = counts.of_files() as f64 / files as f64;
    assert!(asked <= 1.0 + 4.0 * EXCESS, "{asked} calls for each file: {seen:?}");
}

#[test]
fn a_repeated_install_of_nothing_opens_nothing_of_the_store() {
    let sandbox = Sandbox::new();
    let pins = wheels(&sandbox);
    let dist = sandbox.at("dist");
    let arguments = ["--no-index", "--find-links", dist.to_str().expect("a plain path"), "-r"];
    let arguments = [&arguments[..], &[pins.to_str().expect("a plain path")]].concat();
    let environment = sandbox.environment("environment");
    sandbox.install(&environment, &arguments).good();
    sandbox.install(&environment, &arguments).good();
    let python = environment.join("bin/python");
    let words = [env!("CARGO_BIN_EXE_pip-accel"), "--python"];
    let words = [&words[..], &[python.to_str().expect("a plain path"), "install"]].concat();
    let counts = Counts::of(&sandbox, &[words, arguments].concat());
    let seen = &counts.0;
    assert_eq!((counts.sockets(), counts.programs()), (0, 0), "{seen:?}");
    assert_eq!((counts.folders(), counts.links()), (0, 0), "{seen:?}");
    // Loader, libraries, interpreter's facts, requirements, the memo, one folder of modules.
    assert!(counts.opened() <= 40, "{} files opened: {seen:?}", counts.opened());
}
