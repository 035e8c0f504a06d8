//! `cache verify`, `prune` and `stats`: what is damaged or old goes, and is made again; what is in
//! use stays.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use accel_testkit::index::{IndexOptions, IndexServer};
use accel_testkit::wheel::WheelMaker;

use crate::once::slow_sdist;
use crate::sandbox::{Ran, Sandbox, site_packages, tree};

/// A cache that one installation has filled.
struct Filled {
    sandbox: Sandbox,
    server: IndexServer,
    /// What was installed, as files.
    installed: std::collections::BTreeMap<PathBuf, String>,
}

const WHEELS: [&str; 5] = ["alpha", "beta", "gamma", "delta", "epsilon"];

impl Filled {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let dist = sandbox.at("dist");
        for name in WHEELS {
            WheelMaker::new(name, "1.0").file(&format!("{name}.py"), "x = 1\n").write_to(&dist);
        }
        slow_sdist("built", "1.0", &sandbox.at("builds")).write_to(&dist);
        let server = IndexServer::start(&dist, IndexOptions::default());
        let mut filled = Self { sandbox, server, installed: std::collections::BTreeMap::new() };
        filled.installed = filled.install("first").expect("the first installation");
        filled
    }

    /// Installs everything into a new environment; what came of it. Pages are asked, for nothing is
    /// pinned.
    fn install(&self, name: &str) -> Result<std::collections::BTreeMap<PathBuf, String>, Ran> {
        let environment = self.sandbox.environment(name);
        let url = self.server.url();
        let ran =
            self.sandbox.install(&environment, &[&["-i", &url, "built"], &WHEELS[..]].concat());
        if ran.code != 0 {
            return Err(ran);
        }
        let mut installed = tree(&site_packages(&environment));
        // A wheel that is built again has other times in it.
        let of_build =
            ["__pycache__/built.cpython-311.pyc", "built-1.0.dist-info/RECORD"].map(Path::new);
        installed.retain(|path, _| {
            !path.starts_with(".pip-accel-journal") && !of_build.contains(&path.as_path())
        });
        Ok(installed)
    }

    fn cache(&self, arguments: &[&str]) -> Ran {
        self.sandbox.ours(&[&["cache"], arguments].concat(), &[])
    }

    /// Files below a folder of the cache, in the order of their names.
    fn files(&self, folder: &str) -> Vec<PathBuf> {
        let root = self.sandbox.at("cache").join(folder);
        let files = tree(&root).into_iter().filter(|(_, words)| words.starts_with("file"));
        files.map(|(path, _)| root.join(path)).collect()
    }

    /// The only file below a folder whose path has all these parts.
    #[track_caller]
    fn file(&self, folder: &str, parts: &[&str]) -> PathBuf {
        let fits = |path: &PathBuf| {
            let text = path.to_string_lossy().into_owned();
            parts.iter().all(|part| text.contains(part))
        };
        let found: Vec<PathBuf> = self.files(folder).into_iter().filter(fits).collect();
        let [one] = found.as_slice() else { panic!("{folder} {parts:?}: {found:?}") };
        one.clone()
    }

    /// The folder of the store that has a wheel's module.
    fn unpacked(&self, name: &str) -> PathBuf {
        let module = self.file("store-v1", &[&format!("/tree/lib/{name}.py")]);
        module.ancestors().nth(3).unwrap().to_path_buf()
    }

    /// One file of each thing that is kept, of things that are different ones.
    fn victims(&self) -> Vec<PathBuf> {
        vec![
            self.unpacked("alpha").join("manifest.rkyv"),
            // Or else nobody would need the built wheel again.
            self.unpacked("built").join("manifest.rkyv"),
            self.unpacked("beta").join("digests"),
            self.unpacked("gamma").join("tree/lib/gamma.py"),
            self.file("bytecode-v1", &["/delta."]),
            self.file("bytecode-v1", &["/epsilon."])
                .ancestors()
                .nth(4)
                .unwrap()
                .join("bytecode.rkyv"),
            self.file("archives", &["/alpha-1.0"]),
            self.file("archives", &["/beta-1.0"]).with_file_name(
                self.files("archives")
                    .iter()
                    .find(|path| {
                        path.parent() == self.file("archives", &["/beta-1.0"]).parent()
                            && path.to_string_lossy().contains("provenance-")
                    })
                    .unwrap()
                    .file_name()
                    .unwrap(),
            ),
            self.file("archives/kept-v1", &["/gamma/"]),
            self.file("built-v1", &[".whl"]),
            self.file("pages/v2", &["/alpha/"]),
            self.files("metadata/v1").remove(0),
            self.files("resolutions-v1").remove(0),
            self.file("interpreters-v1", &[".venv.json"]),
        ]
    }
}

/// Overwrites a file in place; its time stays.
fn damage(path: &Path, change: impl Fn(&mut Vec<u8>)) {
    let mtime = path.metadata().unwrap().modified().unwrap();
    let mut bytes = std::fs::read(path).unwrap();
    change(&mut bytes);
    std::fs::write(path, bytes).unwrap();
    std::fs::File::options().write(true).open(path).unwrap().set_modified(mtime).unwrap();
}

/// What happens to a file's bytes, and how it is called.
type Damage<'a> = (&'a str, &'a dyn Fn(&mut Vec<u8>));

#[test]
fn what_is_damaged_is_found_and_made_again() {
    let filled = Filled::new();
    filled.cache(&["verify"]).good();
    let half = |bytes: &mut Vec<u8>| bytes.truncate(bytes.len() / 2);
    let flipped = |bytes: &mut Vec<u8>| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
    };
    let foreign = |bytes: &mut Vec<u8>| bytes.fill(b'x');
    let damages: [Damage<'_>; 4] =
        [("half", &half), ("empty", &Vec::clear), ("flipped", &flipped), ("foreign", &foreign)];
    for (name, change) in damages {
        let victims = filled.victims();
        for path in &victims {
            damage(path, change);
        }
        let ran = filled.cache(&["verify"]).bad();
        let lines = ran.lines("WARNING: ");
        assert_eq!(lines.len(), victims.len(), "{name}: {ran:#?}");
        for path in &victims {
            let below = path.strip_prefix(filled.sandbox.at("cache")).unwrap();
            let told = lines.iter().any(|line| {
                let thing = line.trim_start_matches("WARNING: ").split(": ").next().unwrap();
                below.starts_with(thing)
            });
            assert!(told, "{name}: {}: {ran:#?}", below.display());
        }
        let again = filled.cache(&["verify"]).good();
        assert!(again.stdout.contains("all whole"), "{again:?}");
        assert_eq!(filled.install(name).unwrap(), filled.installed, "{name}");
    }
}

#[test]
fn what_has_no_business_there_goes() {
    let filled = Filled::new();
    let cache = filled.sandbox.at("cache");
    let strangers = [
        filled.unpacked("alpha").join("tree/lib/extra.py"),
        filled.file("bytecode-v1", &["/beta."]).with_file_name("extra.pyc"),
        cache.join("store-v1/ab/stranger"),
        cache.join("archives/ab/stranger/file"),
        cache.join("built-v1/stranger"),
        cache.join("metadata/v1/ab/stranger"),
        cache.join("pages/v2/alpha/stranger"),
        cache.join("resolutions-v1/ab/stranger"),
        cache.join("interpreters-v1/stranger.json"),
        cache.join("index/stranger-1.0-py3-none-any.whl"),
    ];
    for path in &strangers {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "I am not yours").unwrap();
    }
    let ran = filled.cache(&["verify"]).bad();
    assert_eq!(ran.lines("WARNING: ").len(), strangers.len(), "{ran:#?}");
    assert!(strangers.iter().all(|path| !path.exists()), "{ran:#?}");
    filled.cache(&["verify"]).good();
    assert_eq!(filled.install("again").unwrap(), filled.installed);
}

#[test]
fn staged_trees_are_looked_after_too() {
    let filled = Filled::new();
    let python = filled.sandbox.at("first/bin/python");
    let url = filled.server.url();
    let stage = || {
        let arguments = ["--python", python.to_str().unwrap(), "cache", "stage", "-i", &url];
        let arguments = [&arguments[..], &["--trees", "2", "alpha==1.0", "beta==1.0"]].concat();
        filled.sandbox.ours(&arguments, &[]).good();
    };
    let standing = || {
        let json = filled.cache(&["stats", "--json"]).good().stdout;
        let stats: serde_json::Value = serde_json::from_str(&json).unwrap();
        stats["kinds"]["staged_trees"]["count"].as_u64().unwrap()
    };
    stage();
    assert_eq!(standing(), 2);
    filled.cache(&["verify"]).good();
    let mut descriptions = filled.files("staged-v1");
    descriptions.retain(|path| path.ends_with("set.rkyv"));
    damage(&descriptions[0], |bytes| bytes.truncate(100));
    assert_eq!(filled.cache(&["verify"]).bad().lines("WARNING: ").len(), 1);
    assert_eq!(standing(), 1);
    // What a tree shares with a damaged wheel is damaged there, too.
    let module = filled.unpacked("alpha").join("tree/lib/alpha.py");
    damage(&module, |bytes| bytes.fill(b'#'));
    filled.cache(&["verify"]).bad();
    assert_eq!(standing(), 0);
    assert_eq!(filled.install("again").unwrap(), filled.installed);
    stage();
    filled.cache(&["prune", "--max-size", "0"]).good();
    assert_eq!(standing(), 0);
}

/// Makes everything below a folder as old as that.
fn age(files: &[PathBuf], days: u64) {
    let then = SystemTime::now() - Duration::from_hours(24 * days);
    for path in files {
        std::fs::File::open(path).unwrap().set_modified(then).unwrap();
    }
}

#[test]
fn what_was_not_used_for_long_goes() {
    let filled = Filled::new();
    let of_kind = |name: &str| {
        let json = filled.cache(&["stats", "--json"]).good().stdout;
        let stats: serde_json::Value = serde_json::from_str(&json).unwrap();
        stats["kinds"][name]["count"].as_u64().unwrap()
    };
    let kinds = ["archives", "unpacked_wheels", "bytecode", "built_wheels"];
    assert_eq!(kinds.map(of_kind), [6, 6, 6, 1]);
    let signs = ["manifest.rkyv", "bytecode.rkyv", "/built", "/archives/", "/metadata/", "/pages/"];
    let mut files = filled.files("");
    files.retain(|path| signs.iter().any(|sign| path.to_string_lossy().contains(sign)));
    age(&files, 40);
    // What is used is young again, and so is all that belongs to it.
    let environment = filled.sandbox.environment("used");
    let url = filled.server.url();
    filled.sandbox.install(&environment, &["-i", &url, "alpha"]).good();
    let nothing = filled.cache(&["prune", "--max-age", "41d"]).good();
    assert!(nothing.stdout.starts_with("Things removed: 0 (0 bytes)"), "{nothing:?}");
    let told = filled.cache(&["stats", "--max-age", "30d"]).good();
    let pruned = filled.cache(&["prune", "--max-age", "30d"]).good();
    let freed = pruned.stdout.trim().rsplit(" (").next().unwrap().trim_end_matches(')');
    assert!(told.stdout.contains(&format!("and free {freed}")), "{told:?} {pruned:?}");
    assert_eq!(kinds.map(of_kind), [1, 1, 1, 0]);
    let index = filled.files("index");
    assert_eq!(index.len(), 1, "{index:?}");
    filled.cache(&["verify"]).good();
    filled.server.forget_requests();
    let environment = filled.sandbox.environment("pinned");
    filled.sandbox.install(&environment, &["-i", &url, "alpha==1.0"]).good();
    assert!(filled.server.requests().is_empty());
    assert_eq!(filled.install("again").unwrap(), filled.installed);
    filled.cache(&["prune", "--max-size", "0"]).good();
    assert_eq!(kinds.map(of_kind), [0; 4]);
    assert_eq!(filled.install("once more").unwrap(), filled.installed);
}

#[test]
fn what_is_used_at_this_moment_stays() {
    let filled = Filled::new();
    let store = accel_store::Store::new(filled.sandbox.at("cache"));
    let used = filled.unpacked("alpha");
    let digest = used.file_name().unwrap().to_str().unwrap();
    let entry = store.entry(digest).unwrap().unwrap();
    let ran = filled.cache(&["prune", "--max-size", "0", "-v"]).good();
    let line = format!("Left store-v1/{}/{digest}", &digest[..2]);
    assert!(ran.stdout.lines().any(|known| known == line), "{ran:?}");
    assert_eq!(store.verify(&entry).unwrap(), [""; 0]);
    drop(entry);
    filled.cache(&["prune", "--max-size", "0"]).good();
    assert!(!used.exists());

    // And whoever comes upon a prune in the midst of it installs all the same.
    let installing = AtomicBool::new(true);
    std::thread::scope(|scope| {
        let pruning = scope.spawn(|| {
            let mut rounds = 0;
            while installing.load(Ordering::Relaxed) {
                filled.cache(&["prune", "--max-size", "0"]).good();
                rounds += 1;
            }
            rounds
        });
        let outcomes: Vec<_> =
            (0..4).map(|round| filled.install(&format!("round {round}"))).collect();
        installing.store(false, Ordering::Relaxed);
        assert!(pruning.join().unwrap() > 1);
        for outcome in outcomes {
            assert_eq!(outcome.unwrap(), filled.installed);
        }
    });
    filled.cache(&["verify"]).good();
}

#[test]
fn quantities_that_are_none_are_refused() {
    let sandbox = Sandbox::new();
    for arguments in [
        &["prune"][..],
        &["prune", "--max-age", "30"],
        &["prune", "--max-size", "many"],
        &["stats", "--max-age", "99999999999999999999d"],
        &["verify", "more"],
    ] {
        let ran = sandbox.ours(&[&["cache"], arguments].concat(), &[]).bad();
        assert_eq!(ran.lines("ERROR: ").len(), 1, "{ran:?}");
    }
    // There is nothing in a cache that was never used, and nothing wrong with it.
    for word in [&["verify"][..], &["stats"], &["prune", "--max-age", "0"]] {
        sandbox.ours(&[&["cache"], word].concat(), &[]).good();
    }
    assert!(!sandbox.at("cache").exists());
}

#[test]
fn what_installations_were_answered_from_is_told() {
    let filled = Filled::new();
    let days = || -> Vec<serde_json::Value> {
        let json = filled.cache(&["stats", "--json"]).good().stdout;
        let stats: serde_json::Value = serde_json::from_str(&json).unwrap();
        stats["installed"].as_array().unwrap().clone()
    };
    // The index gave five wheels and a source distribution, which was built.
    let origins = ["runs", "distributions", "store", "archives", "shared", "network", "build"];
    let told = |day: &serde_json::Value| origins.map(|name| day[name].as_u64().unwrap());
    let [day] = days().try_into().unwrap();
    assert_eq!(told(&day), [1, 6, 0, 0, 0, 5, 1]);
    filled.install("again").unwrap();
    assert_eq!(told(&days()[0]), [2, 12, 6, 0, 0, 5, 1]);
    let text = filled.cache(&["stats"]).good().stdout;
    let line = text.lines().last().unwrap().split_whitespace().skip(1);
    assert_eq!(line.collect::<Vec<_>>(), ["2", "12", "6", "0", "0", "5", "1"]);

    // A run that has nothing to do writes nothing.
    let [file] = filled.files("usage-v1").try_into().unwrap();
    let before = std::fs::read(&file).unwrap();
    let (again, url) = (filled.sandbox.at("again"), filled.server.url());
    filled.sandbox.install(&again, &["-i", &url, "alpha==1.0"]).good();
    assert_eq!(std::fs::read(&file).unwrap(), before);
    // Unpacked once more from what is kept.
    std::fs::remove_dir_all(filled.sandbox.at("cache/store-v1")).unwrap();
    filled.install("unpacked").unwrap();
    assert_eq!(told(&days()[0]), [3, 18, 6, 6, 0, 5, 1]);
    // Damaged lines do not count.
    damage(&file, |bytes| bytes.splice(..0, *b"\xff 1 2\nrubbish\n").for_each(drop));
    assert_eq!(told(&days()[0]), [3, 18, 6, 6, 0, 5, 1]);
}
