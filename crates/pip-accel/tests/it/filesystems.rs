//! File systems with habits of their own, mounted from files where that is allowed: one without hard
//! links, symbolic links, modes and upper case of its own (exFAT or FAT), and one with reflinks (XFS).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use accel_testkit::disk::Disk;
use accel_testkit::index::{IndexOptions, IndexServer};
use accel_testkit::wheel::WheelMaker;

use crate::freshness::installed;
use crate::sandbox::{Sandbox, site_packages, tree};

/// A file system in a file.
struct Mounted(Disk);

impl Mounted {
    /// `None`, and the reason on standard error, where it can't be.
    #[allow(clippy::print_stderr, reason = "says why a test was not run")]
    fn new(sandbox: &Sandbox, size: u64, make: &[&str], mount: &[&str]) -> Option<Self> {
        let disk = Disk::new(sandbox.at("image"), sandbox.at("mounted"), size, make, mount);
        disk.map(Self).inspect_err(|reason| eprintln!("not run, for {reason}")).ok()
    }

    fn fat(sandbox: &Sandbox) -> Option<Self> {
        let fat = Self::new(sandbox, 64 << 20, &["mkfs.vfat"], &["mount", "-t", "vfat"]);
        fat.or_else(|| Self::new(sandbox, 64 << 20, &["mkfs.exfat"], &["mount.exfat-fuse"]))
    }

    fn xfs(sandbox: &Sandbox) -> Option<Self> {
        Self::new(sandbox, 400 << 20, &["mkfs.xfs", "-q"], &["mount", "-t", "xfs"])
    }

    fn text(&self, below: &str) -> String {
        self.0.at().join(below).to_str().unwrap().to_owned()
    }
}

fn index(sandbox: &Sandbox) -> IndexServer {
    for version in ["1.0", "2.0"] {
        WheelMaker::new("demo", version)
            .file("demo/__init__.py", format!("version = '{version}'\n"))
            .file("demo/same.py", "same = True\n")
            .file(&format!("demo/part{version}.txt"), version)
            .data("data", "share/demo/text", version)
            .entry_point("console_scripts", "demo", "demo:main")
            .write_to(&sandbox.at("dist"));
    }
    WheelMaker::new("case", "1.0")
        .file("case/Name.py", "first = 1\n")
        .file("case/name.py", "second = 2\n")
        .write_to(&sandbox.at("dist"));
    IndexServer::start(sandbox.at("dist"), IndexOptions::default())
}

/// Contents of files by path; bytecode says where it was made, and modes are not kept.
fn contents(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = tree(folder);
    found.retain(|path, _| path.extension().is_none_or(|kind| kind != "pyc"));
    for words in found.values_mut() {
        *words = words.rsplit(' ').next().unwrap().to_owned();
    }
    found
}

#[test]
fn without_hard_links_and_modes_all_is_the_same() {
    let sandbox = Sandbox::new();
    let server = index(&sandbox);
    let Some(mounted) = Mounted::fat(&sandbox) else { return };
    let url = server.url();
    let environment = sandbox.environment("environment");
    let local = sandbox.at("cache").to_str().unwrap().to_owned();
    let target = |cache: &str, folder: &str, wanted: &str| {
        let arguments = ["-i", &url, "--upgrade", "--target", folder, wanted];
        sandbox.install_with(&environment, &arguments, &[("PIP_ACCEL_CACHE", cache)]).good();
        contents(Path::new(folder))
    };
    let plain = sandbox.at("plain").to_str().unwrap().to_owned();
    for wanted in ["demo==1.0", "demo==2.0"] {
        let expected = target(&local, &plain, wanted);
        for cache in [&local, &mounted.text("cache")] {
            // Twice: what is kept there is used.
            for _ in 0..2 {
                assert_eq!(target(cache, &mounted.text("target"), wanted), expected, "{wanted}");
            }
        }
    }
    // The cache there, the environment here: it comes, is upgraded and goes.
    let variables = [("PIP_ACCEL_CACHE", &*mounted.text("cache"))];
    for (mode, wanted, expected) in
        [("auto", "demo==1.0", "demo-1.0"), ("hardlink", "demo==2.0", "demo-2.0")]
    {
        let arguments = ["-i", &url, "--link-mode", mode, wanted];
        sandbox.install_with(&environment, &arguments, &variables).good();
        assert_eq!(installed(&environment), [expected]);
    }
    let python = environment.join("bin/python");
    let gone = ["--python", python.to_str().unwrap(), "uninstall", "-y", "demo"];
    sandbox.ours(&gone, &variables).good();
    assert!(installed(&environment).is_empty());
    sandbox.ours(&["cache", "verify"], &variables).good();
}

/// Whether files can be cloned is not tried where a kill could leave what it is tried with: this file
/// system has no files without names (nor has NFS).
#[test]
fn nothing_is_tried_under_a_name_in_the_environment() {
    let sandbox = Sandbox::new();
    let server = index(&sandbox);
    let Some(mounted) = Mounted::fat(&sandbox) else { return };
    let environment = sandbox.environment("environment");
    let (log, target) = (sandbox.at("trace"), mounted.text("target"));
    std::fs::create_dir(&target).unwrap();
    let mut command = Command::new("strace");
    sandbox.surround(&mut command, &[]);
    command.args(["-f", "-s", "0", "-e", "trace=open,openat,mkdir,mkdirat", "-o"]).arg(&log);
    command.arg(env!("CARGO_BIN_EXE_pip-accel")).arg("--python");
    command.arg(environment.join("bin/python")).args(["install", "-i", &server.url()]);
    let ran = command.args(["--target", &target, "demo==1.0"]).output();
    assert!(ran.expect("this test needs the program strace").status.success());
    let calls = std::fs::read_to_string(&log).unwrap();
    let below = |call| str::split_once(call, &*target).map(|(_, rest)| rest);
    let tried: Vec<&str> = calls.lines().filter_map(below).collect();
    assert!(tried.iter().any(|call| call.contains("TMPFILE")), "{tried:#?}");
    let named = ["/.tmp", "/.probe"];
    assert!(!tried.iter().any(|call| named.iter().any(|name| call.contains(name))), "{tried:#?}");
}

/// Where `Name.py` is `name.py`, one of both stays, as with pip; everything else is there.
#[test]
fn names_that_differ_in_case_only_are_one() {
    let sandbox = Sandbox::new();
    let server = index(&sandbox);
    let Some(mounted) = Mounted::fat(&sandbox) else { return };
    let url = server.url();
    let environment = sandbox.environment("environment");
    let (ours, pips) = (mounted.text("ours"), mounted.text("pips"));
    sandbox.install(&environment, &["-i", &url, "--target", &ours, "case"]).good();
    sandbox.pip_install(&environment, &["-i", &url, "--target", &pips, "case"], &[]).good();
    let [ours, pips] = [&ours, &pips].map(|folder| contents(Path::new(folder)));
    assert!(ours.keys().eq(pips.keys()), "{ours:?} {pips:?}");
    let different = ours.iter().filter(|(path, digest)| pips[*path] != **digest);
    assert!(different.into_iter().all(|(path, _)| path.ends_with("name.py")), "{ours:?}");
    // Where the store has such a file system, both can't be kept: never one in the place of the other.
    let again = sandbox.at("again").to_str().unwrap().to_owned();
    let variables = [("PIP_ACCEL_CACHE", &*mounted.text("cache"))];
    let arguments = ["-i", &url, "--target", &again, "case"];
    let ran = sandbox.install_with(&environment, &arguments, &variables);
    let found = contents(Path::new(&again));
    let [first, second] = ["case/Name.py", "case/name.py"].map(|name| found.get(Path::new(name)));
    let refused = ran.code != 0 && !ran.lines("ERROR:").is_empty();
    assert!(refused || first != second, "{ran:#?}");
}

/// With reflinks an edit in one environment reaches neither another one that is there already nor
/// the store.
#[test]
fn with_reflinks_edits_reach_nobody() {
    let sandbox = Sandbox::new();
    let server = index(&sandbox);
    let Some(mounted) = Mounted::xfs(&sandbox) else { return };
    let url = server.url();
    let variables = [("PIP_ACCEL_CACHE", &*mounted.text("cache"))];
    let [one, two, three] = ["one", "two", "three"].map(|name| {
        let environment = sandbox.environment(&format!("mounted/{name}"));
        let ran = sandbox.install_with(&environment, &["-v", "-i", &url, "demo==1.0"], &variables);
        assert!(ran.good().stdout.contains("reflink"), "-v says how files got there");
        environment
    });
    let before = [&two, &three].map(|other| tree(&site_packages(other)));
    let site = site_packages(&one);
    std::fs::write(site.join("demo/__init__.py"), "edited = True\n").unwrap();
    std::fs::File::create(site.join("demo/same.py")).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    std::fs::set_permissions(site.join("demo/part1.0.txt"), mode).unwrap();
    let after = [&two, &three].map(|other| tree(&site_packages(other)));
    assert!(before == after, "an edit reached another environment");
    sandbox.ours(&["cache", "verify"], &variables).good();
    let fresh = sandbox.environment("mounted/fresh");
    sandbox.install_with(&fresh, &["-i", &url, "demo==1.0"], &variables).good();
    let [expected, fresh] = [&two, &fresh].map(|one| tree(&site_packages(one).join("demo")));
    assert!(expected == fresh, "an edit reached the store");
}
