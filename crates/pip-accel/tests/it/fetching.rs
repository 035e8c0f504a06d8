//! `download` and its like beside the newest pip: words, exit codes, and all that is left behind.
//! Cases are lines of files in `tests/data`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use accel_io::archive::zip::{ZipLimits, ZipReader};
use accel_requirements::shlex;
use accel_testkit::index::{Answer, IndexOptions, IndexServer};
use accel_testkit::sdist::SdistMaker;
use accel_testkit::stage::Stage;
use accel_testkit::wheel::{WheelMaker, sha256};

use crate::pair::{python311, text};
use crate::sandbox::command_line;

/// Lock files, each behind a line `### NAME`.
const LOCKS: &str = include_str!("../data/pylocks.txt");

const BACKEND: &str = include_str!("../data/fetching_backend.py");

const PROJECT: &str =
    "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n";

/// The files of a source tree; the backend reads from the summary how it is to behave.
fn source(name: &str, summary: &str, more: &str) -> [(&'static str, String); 3] {
    let metadata =
        format!("Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nSummary: {summary}\n{more}");
    [
        ("pyproject.toml", PROJECT.to_owned()),
        ("backend.py", BACKEND.to_owned()),
        ("METADATA.in", metadata),
    ]
}

fn write_tree(folder: &Path, name: &str) {
    std::fs::create_dir_all(folder).unwrap();
    for (file, content) in source(name, "x", "") {
        std::fs::write(folder.join(file), content).unwrap();
    }
}

fn write_sdist(dist: &Path, name: &str, summary: &str, more: &str) {
    let sdist = SdistMaker::new(name, "1.0");
    let files = source(name, summary, more).into_iter();
    files.fold(sdist, |sdist, (file, content)| sdist.file(file, content)).write_to(dist);
}

/// Indexes over the same files and the trees that cases name.
struct World {
    folder: tempfile::TempDir,
    index: IndexServer,
    /// Without digests and metadata.
    plain: IndexServer,
    /// Without digests alone.
    undigested: IndexServer,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dist = folder.path().join("dist");
        std::fs::create_dir(&dist).unwrap();
        let wheel = WheelMaker::new;
        let wheels = [
            wheel("leaf", "1.0"),
            wheel("leaf", "2.0"),
            wheel("top", "1.0").requires("leaf").requires("extra; extra == 'more'"),
            wheel("extra", "1.0"),
            wheel("yanked", "1.0"),
            wheel("early", "1.0"),
            wheel("early", "2.0a1"),
            wheel("modern", "1.0").metadata("Requires-Python: >=3.6"),
            wheel("future", "1.0").metadata("Requires-Python: >=99"),
            wheel("needy", "1.0").requires("leaf>9"),
            wheel("plat", "1.0").tag("cp39-cp39-win_amd64").platlib(),
            wheel("plat", "1.0").tag("cp311-cp311-win_amd64").platlib(),
        ];
        for wheel in wheels {
            wheel.write_to(&dist);
        }
        write_sdist(&dist, "source", "x", "Requires-Dist: leaf\n");
        write_sdist(&dist, "failing", "fails", "");
        write_sdist(&dist, "breaking", "breaks", "");
        write_sdist(&dist, "misnamed", "misnamed", "");
        let trees = folder.path().join("trees");
        write_tree(&trees.join("tree"), "tree");
        write_tree(&trees.join("repo"), "demo");
        write_tree(&trees.join("repo/sub"), "inner");
        let script = "git init -q && git add . && git commit -q -m x && git tag first";
        shell(&trees.join("repo"), script);
        let options = IndexOptions {
            yanked: BTreeMap::from([("yanked-1.0-py3-none-any.whl".into(), "bad".into())]),
            ..IndexOptions::default()
        };
        let plain = IndexOptions {
            digests: false,
            metadata: false,
            ranges: false,
            ..IndexOptions::default()
        };
        let undigested = IndexOptions { digests: false, ..IndexOptions::default() };
        let world = Self {
            index: IndexServer::start(&dist, options),
            plain: IndexServer::start(&dist, plain),
            undigested: IndexServer::start(&dist, undigested),
            folder,
        };
        world.write_locks();
        world
    }

    /// Writes the lock files, and has them served.
    fn write_locks(&self) {
        std::fs::create_dir(self.at("locks")).unwrap();
        for section in LOCKS.split("### ").skip(1) {
            let (name, text) = section.split_once('\n').unwrap();
            let head = "lock-version = \"1.0\"\ncreated-by = \"x\"";
            let text = self.filled(&text.replace("@HEAD@", head));
            let file = format!("pylock.{name}.toml");
            std::fs::write(self.at("locks").join(&file), &text).unwrap();
            self.index.fix(&format!("/{file}"), Answer::new(200, "text/plain", text));
        }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn filled(&self, line: &str) -> String {
        let files = [
            ("@LEAF1@", "leaf-1.0-py3-none-any.whl"),
            ("@TOP@", "top-1.0-py3-none-any.whl"),
            ("@EXTRA@", "extra-1.0-py3-none-any.whl"),
            ("@EARLY@", "early-1.0-py3-none-any.whl"),
            ("@EARLY2@", "early-2.0a1-py3-none-any.whl"),
            ("@SOURCE@", "source-1.0.tar.gz"),
        ];
        let digests = files.into_iter().fold(line.to_owned(), |line, (mark, file)| {
            line.replace(mark, &sha256(&std::fs::read(self.at("dist").join(file)).unwrap()))
        });
        let commit = std::fs::read_to_string(self.at("trees/repo/.git/refs/tags/first")).unwrap();
        digests
            .replace("@COMMIT@", commit.trim())
            .replace("@LOCKS@", text(&self.at("locks")))
            .replace("@LOCKURL@", self.index.at("").trim_end_matches('/'))
            .replace("@INDEX@", &self.index.url())
            .replace("@PLAIN@", &self.plain.url())
            .replace("@NODIGEST@", &self.undigested.url())
            .replace("@FILES@", &self.index.at("files"))
            .replace("@DIST@", text(&self.at("dist")))
            .replace("@TREES@", text(&self.at("trees")))
    }
}

fn shell(folder: &Path, command: &str) {
    let ran = Command::new("sh")
        .args(["-c", command])
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .envs([("GIT_AUTHOR_NAME", "x"), ("GIT_AUTHOR_EMAIL", "x@y")])
        .envs([("GIT_COMMITTER_NAME", "x"), ("GIT_COMMITTER_EMAIL", "x@y")])
        .output()
        .unwrap();
    assert!(ran.status.success(), "{command}: {}", String::from_utf8_lossy(&ran.stderr));
}

/// A line of a file of cases, taken apart.
struct Case {
    variables: Vec<(String, String)>,
    arguments: Vec<String>,
}

impl Case {
    fn parse(line: &str) -> Self {
        let (variables, arguments) = command_line(&shlex::split(line).unwrap());
        Self { variables, arguments }
    }
}

/// What lies below a folder. Of a zip archive it is what is in it that counts, but for what git
/// and Python keep for themselves; in texts the folder of the side has no name.
fn left(side: &Path, below: &str) -> BTreeMap<String, String> {
    let top = side.join(below);
    let mut found = BTreeMap::new();
    for (path, facts) in crate::sandbox::tree(&top) {
        let name = path.display().to_string();
        if name.contains("__pycache__") {
            continue;
        }
        let whole = top.join(&path);
        let facts = if name.contains(".zip") {
            format!("{:?}", packed(&whole))
        } else if whole.extension().is_some_and(|kind| kind == "toml") && whole.is_file() {
            std::fs::read_to_string(&whole).unwrap().replace(text(side), "@SIDE@")
        } else {
            facts
        };
        found.insert(name, facts);
    }
    found
}

fn packed(archive: &Path) -> Vec<String> {
    let reader = ZipReader::open(archive, &ZipLimits::default()).unwrap();
    let own = |name: &str| name.contains("/.git/") || name.contains("__pycache__");
    let entries = reader.entries().iter().filter(|entry| !own(&entry.name));
    let shown = entries.map(|entry| {
        let content = sha256(&reader.read(entry).unwrap());
        format!("{} {:o} {content}", entry.name, entry.mode & 0o777)
    });
    let mut shown: Vec<String> = shown.collect();
    shown.sort();
    shown
}

/// Plays a file of cases and tells of every one that differs.
#[track_caller]
fn play(cases: &str) {
    let world = World::new();
    let mut stage = Stage::new(Path::new(env!("CARGO_BIN_EXE_pip-accel")), python311());
    let mut different = Vec::new();
    let mut prepared = false;
    for line in cases.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (goes_on, line) = match line.strip_prefix("+ ") {
            Some(line) => (true, line),
            None => (false, line),
        };
        if !goes_on && !prepared {
            stage.clear();
        }
        let filled = world.filled(line);
        if let Some(command) = filled.strip_prefix("$ ") {
            for side in stage.sides() {
                let folder = side.folder.join("work");
                shell(&folder, &command.replace("@SIDE@", text(&side.folder)));
            }
            prepared = true;
            continue;
        }
        prepared = false;
        let case = Case::parse(&filled);
        let mut both = stage.run(&case.arguments, &case.variables);
        if goes_on {
            // The two don't keep the same from run to run.
            for ran in [&mut both.ours, &mut both.theirs] {
                let is_step = |line: &&str| line.contains("): ") || line.contains("wheel: ");
                let lines = ran.stdout.lines().filter(|line| !is_step(line));
                let lines = lines.collect::<Vec<_>>().join("\n");
                ran.stdout = lines.replace("Using cached ", "Downloading ");
            }
        }
        let mut lines = stage.differences(&both);
        let [ours, theirs] = [&stage.ours.folder, &stage.theirs.folder];
        for below in ["work", "home/here", "tmp", "elsewhere"] {
            let (ours, theirs) = (left(ours, below), left(theirs, below));
            if ours != theirs {
                lines.push(format!("{below}: ours {ours:#?}\npip's {theirs:#?}"));
            }
        }
        if !lines.is_empty() {
            different.push(format!("{line}\n  {}", lines.join("\n  ")));
        }
        let _ = std::fs::remove_dir_all(ours.join("elsewhere"));
        let _ = std::fs::remove_dir_all(theirs.join("elsewhere"));
    }
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
}

#[test]
fn download() {
    play(include_str!("../data/download.txt"));
}

#[test]
fn wheel() {
    play(include_str!("../data/wheel.txt"));
}

#[test]
fn lock_files() {
    play(include_str!("../data/pylock.txt"));
}

#[test]
fn lock() {
    play(include_str!("../data/lock.txt"));
}

#[test]
fn what_is_pinned_and_kept_needs_no_network() {
    let world = World::new();
    let stage = Stage::new(Path::new(env!("CARGO_BIN_EXE_pip-accel")), python311());
    let lines = [
        "download -i @INDEX@ -d one top==1.0 leaf==1.0 source==1.0",
        "download -i @INDEX@ -d one top==1.0 leaf==1.0 source==1.0",
        "download -i @INDEX@ -d two top==1.0 leaf==1.0 source==1.0",
        "wheel -i @INDEX@ -w three top==1.0 leaf==1.0 source==1.0",
        "wheel -i @INDEX@ -w four top==1.0 leaf==1.0 source==1.0",
        "lock -i @INDEX@ top==1.0 leaf==1.0 source==1.0",
        "lock -i @INDEX@ -r pylock.toml -o pylock.again.toml",
        "install --no-index -r pylock.toml",
        "install --no-index -r @LOCKS@/pylock.good.toml",
    ];
    for (at, line) in lines.into_iter().enumerate() {
        world.index.forget_requests();
        let case = Case::parse(&world.filled(line));
        let ran = stage.run_ours(&case.arguments, &case.variables);
        assert_eq!(ran.code, 0, "{line}: {ran:#?}");
        let asked = world.index.requests();
        assert!(at == 0 || asked.is_empty(), "{line}: {asked:#?}");
    }
    let work = stage.ours.folder.join("work");
    let [one, two, three, four] = ["one", "two", "three", "four"]
        .map(|name| left(&stage.ours.folder, &format!("work/{name}")));
    assert_eq!((&one, &three), (&two, &four));
    assert_eq!((one.len(), three.len()), (3, 3), "{one:#?} {three:#?}");
    let read = |name: &str| std::fs::read_to_string(work.join(name)).unwrap();
    assert_eq!(read("pylock.toml"), read("pylock.again.toml"));
}
