//! One wheel, installed by pip and by us at the same path.

use std::path::{Path, PathBuf};

use accel_install::install::error::InstallError;
use accel_install::install::{Job, Outcome, install};
use accel_io::fs;
use accel_io::fs::Scratch;
use accel_io::link::LinkMode;
use accel_testkit::wheel::WheelMaker;
use accel_testkit::zip::ZipMember;

use crate::kept::{Environment, KeptWheel, assert_same};

/// A folder with wheels, a store and a place for an environment.
pub(crate) struct Bench {
    pub(crate) root: Scratch,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let root = Scratch::new(std::env::temp_dir()).unwrap();
        fs::create_dir(root.path().join("wheels")).unwrap();
        Self { root }
    }

    pub(crate) fn wheels(&self) -> PathBuf {
        self.root.path().join("wheels")
    }

    pub(crate) fn keep(&self, wheel: &WheelMaker) -> KeptWheel {
        let path = wheel.write_to(&self.wheels());
        KeptWheel::new(&path, &self.root.path().join("store"))
    }

    pub(crate) fn environment(&self) -> Environment {
        Environment::make(&self.root.path().join("env"))
    }
}

pub(crate) fn put(environment: &Environment, jobs: &[Job<'_>]) {
    let outcome = install(jobs, &environment.layout()).unwrap();
    assert!(matches!(outcome, Outcome::Installed { .. }), "{outcome:?}");
}

/// pip and we install the same wheels; everything must be equal.
fn compare(wheels: &[WheelMaker], names: &[&str]) {
    let bench = Bench::new();
    let kept: Vec<KeptWheel> = wheels.iter().map(|wheel| bench.keep(wheel)).collect();
    let theirs = bench.environment();
    theirs.pip_install(&bench.wheels(), names);
    let theirs = theirs.snapshot();
    let ours = bench.environment();
    let jobs: Vec<Job<'_>> = kept.iter().map(KeptWheel::job).collect();
    put(&ours, &jobs);
    assert_same(&ours.snapshot(), &theirs);
}

fn everything() -> WheelMaker {
    WheelMaker::new("Every.Thing", "1.0")
        .file("thing/__init__.py", "x = 1\n")
        .file("thing/sub/deep/er.py", "")
        .file("thing/a,b \"c\".txt", "odd")
        .file("thing/naïve.txt", "é")
        .file("thing/broken.py", "def (:\n")
        .executable("thing/tool.sh", "#!/bin/sh\n")
        .file("single.py", "y = 2\n")
        .data("scripts", "run-me", "#!python\nprint(1)\n")
        .data("scripts", "windowed", "#!pythonw -E\r\nprint(2)\n")
        .data("scripts", "plain.sh", "#!/bin/sh\necho\n")
        .data("scripts", "module.py", "#!python\nprint(3)\n")
        .data("data", "share/thing/data.txt", "data")
        .data("data", "etc/thing.conf", "conf")
        .data("headers", "thing.h", "int x;\n")
        .data("headers", "sub/other.h", "int y;\n")
        .data("purelib", "pure_extra/__init__.py", "")
        .data("platlib", "plat_extra/__init__.py", "")
        .member(
            ZipMember::new("Every_Thing-1.0.data/scripts/exec", "#!python\n").with_mode(0o100_755),
        )
        .entry_point("console_scripts", "thing", "thing:main")
        .entry_point("console_scripts", "thing-extra", "thing.sub.deep:cls.run [extra]")
        .entry_point("gui_scripts", "thing-gui", "thing:gui")
}

#[test]
fn everything_a_wheel_can_hold() {
    compare(&[everything()], &["Every.Thing"]);
}

#[test]
fn a_wheel_with_compiled_code() {
    let wheel = WheelMaker::new("plat", "2.0")
        .platlib()
        .executable("plat/core.so", "\x7fELF")
        .file("plat/__init__.py", "")
        .data("purelib", "pure_part.py", "")
        .data("data", "lib/extra/x", "x");
    compare(&[wheel], &["plat"]);
}

#[test]
fn names_with_versions_follow_the_target() {
    let wheel = WheelMaker::new("fakes", "1")
        .file("m.py", "")
        .entry_point("console_scripts", "pip", "m:f")
        .entry_point("console_scripts", "pip2", "m:f")
        .entry_point("console_scripts", "pip2.7", "m:f")
        .entry_point("console_scripts", "easy_install", "m:f")
        .entry_point("console_scripts", "easy_install-2.7", "m:f")
        .entry_point("console_scripts", "my tool", "m:f")
        .entry_point("console_scripts", "sub/prog", "m:f");
    compare(&[wheel], &["fakes"]);
}

#[test]
fn rows_that_are_no_files_and_files_without_rows() {
    let record = "gone.py,sha256=abc,3\nr/__init__.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n\
                  r/__init__.py,sha256=twice,0\nr-1.data/scripts/gen,sha256=x,1\nr-1.dist-info/METADATA,,\n\
                  r-1.dist-info/INSTALLER,sha256=old,4\nr-1.dist-info/RECORD,,\n";
    let wheel = WheelMaker::new("r", "1")
        .file("r/__init__.py", "")
        .file("r/unlisted.py", "")
        .data("scripts", "unlisted-script", "#!python\n")
        .data("scripts", "gen", "#!python\n# wrapper by setuptools\n")
        .file("r-1.dist-info/INSTALLER", "uv\n")
        .file("r-1.dist-info/licenses/deep/LICENSE", "free")
        .file("r-1.dist-info/sbom.py", "z = 1\n")
        .entry_point("console_scripts", "gen", "r:f")
        .record(record);
    compare(&[wheel], &["r"]);
}

#[test]
fn data_aimed_at_the_modules() {
    let minor = Bench::new().environment().python.1;
    let lib = format!("lib/python3.{minor}/site-packages");
    let wheel = WheelMaker::new("aim", "1")
        .file("aim/__init__.py", "first = 1\n")
        .data("data", &format!("{lib}/aim.pth"), "import os\n")
        .data("data", &format!("{lib}/aim/__init__.py"), "second = 2\n")
        .data("data", &format!("lib/python3.{minor}/above.txt"), "")
        .data("data", "bin/from-data", "#!/bin/sh\n");
    compare(&[wheel], &["aim"]);
}

#[test]
fn two_wheels_with_the_same_file() {
    let part = |name: &str| {
        WheelMaker::new(name, "1")
            .file("space/__init__.py", format!("# {name}\n"))
            .file(&format!("space/{name}.py"), "")
            .data("scripts", "shared", format!("#!python\n# {name}\n"))
            .entry_point("console_scripts", "same", &format!("{name}:f"))
    };
    // pip installs what nothing depends on in this order.
    compare(&[part("two"), part("one")], &["one", "two"]);
}

#[test]
fn direct_urls_and_dependencies() {
    let bench = Bench::new();
    let wheel = WheelMaker::new("direct", "1").file("direct.py", "");
    let kept = bench.keep(&wheel);
    let theirs = bench.environment();
    let path = bench.wheels().join(wheel.filename());
    theirs.pip(&["install", "--no-index", "--no-deps", path.to_str().unwrap()]);
    let info = theirs.site_packages().join("direct-1.dist-info");
    let text = fs::read_to_string(info.join("direct_url.json")).unwrap();
    let theirs = theirs.snapshot();
    let ours = bench.environment();
    put(&ours, &[Job { direct_url: Some(&text), ..kept.job() }]);
    assert_same(&ours.snapshot(), &theirs);
    let ours = bench.environment();
    put(&ours, &[Job { requested: false, bytecode: None, ..kept.job() }]);
    let left: Vec<String> =
        ours.snapshot().into_keys().filter(|name| name.contains("direct")).collect();
    assert_eq!(left.len(), 6, "{left:?}");
}

#[test]
fn an_interpreter_with_a_space_in_its_path() {
    let bench = Bench::new();
    let kept = bench.keep(&everything());
    let prefix = bench.root.path().join("with space");
    let theirs = Environment::make(&prefix);
    theirs.pip_install(&bench.wheels(), &["Every.Thing"]);
    let theirs = theirs.snapshot();
    let ours = Environment::make(&prefix);
    put(&ours, &[kept.job()]);
    assert_same(&ours.snapshot(), &theirs);
}

#[test]
fn the_store_is_never_written_to() {
    let bench = Bench::new();
    let kept = bench.keep(&everything());
    let environment = bench.environment();
    put(&environment, &[kept.job()]);
    let before = environment.snapshot();
    // Files are links to the store now; putting the same ones there again must replace them.
    let module = environment.site_packages().join("thing/__init__.py");
    fs::remove_file(&module).unwrap();
    fs::write(&module, "edited\n").unwrap();
    put(&environment, &[kept.job()]);
    assert_same(&environment.snapshot(), &before);
    assert_eq!(fs::read(kept.tree.join("thing/__init__.py")).unwrap(), b"x = 1\n");
}

#[test]
fn an_edited_entry_is_found_and_nothing_stays() {
    let bench = Bench::new();
    let environment = bench.environment();
    let empty = environment.snapshot();
    let other = bench.keep(&WheelMaker::new("other", "1").file("other/__init__.py", ""));
    for (edit, bytecode) in [("thing/sub/deep/er.py", false), ("Lib/__pycache__", true)] {
        let kept = bench.keep(&everything());
        let path = if bytecode {
            let folder = kept.compiled.join(edit);
            let file = &fs::read_dir(&folder).unwrap()[0];
            folder.join(&file.name)
        } else {
            kept.tree.join(edit)
        };
        fs::write(&path, "longer than before\n").unwrap();
        let outcome = install(&[other.job(), kept.job()], &environment.layout()).unwrap();
        let Outcome::Edited { job: 1, bytecode: found, source } = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(found, bytecode);
        assert!(path.ends_with(source));
        assert_same(&environment.snapshot(), &empty);
        fs::remove_tree(bench.root.path().join("store/Every.Thing-1.0-py3-none-any.whl")).unwrap();
        fs::remove_tree(bench.root.path().join("store").join(everything().filename())).unwrap();
    }
}

#[test]
fn modes_follow_the_umask() {
    let bench = Bench::new();
    let kept = bench.keep(&everything());
    let environment = bench.environment();
    let layout = accel_install::install::Layout {
        umask: 0o077,
        link_mode: LinkMode::Hardlink,
        seen: None,
        ..environment.layout()
    };
    install(&[kept.job()], &layout).unwrap();
    let found = environment.snapshot();
    let lib = format!("lib/python3.{}/site-packages", environment.python.1);
    let mode = |name: &str| format!("{:o}", found[name].0 & 0o7777);
    assert_eq!(mode(&format!("{lib}/thing/__init__.py")), "600");
    assert_eq!(mode(&format!("{lib}/thing/tool.sh")), "711");
    assert_eq!(mode("bin/thing"), "755");
    assert_eq!(mode("bin/run-me"), "600");
    assert_eq!(mode("bin/exec"), "711");
    assert_eq!(mode(&format!("{lib}/Every_Thing-1.0.dist-info/RECORD")), "600");
    let facts = fs::metadata(kept.tree.join("thing/__init__.py")).unwrap();
    let copied = fs::metadata(environment.site_packages().join("thing/__init__.py")).unwrap();
    assert_eq!(fs::mtime_seconds(&facts), fs::mtime_seconds(&copied));
}

#[test]
fn entry_points_that_pip_refuses() {
    let refusals = [("a", "m"), ("../a", "m:f"), ("a", "m:f:g")];
    for (number, (name, value)) in refusals.into_iter().enumerate() {
        let bench = Bench::new();
        let wheel = WheelMaker::new("bad", "1").file("m.py", "").entry_point(
            "console_scripts",
            name,
            value,
        );
        let kept = bench.keep(&wheel);
        let environment = bench.environment();
        let empty = environment.snapshot();
        let error = install(&[kept.job()], &environment.layout()).unwrap_err();
        assert!(matches!(error, InstallError::Refused { .. }));
        assert_same(&environment.snapshot(), &empty);
        let folder = bench.wheels();
        let arguments =
            ["install", "--no-index", "--find-links", folder.to_str().unwrap(), "bad==1"];
        let (told, success) = environment.try_pip(&arguments);
        assert!(!success);
        // The last is distlib's exception, which pip does not catch.
        let words = error.to_string();
        let words = if number == 2 { words.replace("For req: bad==1. ", "") } else { words };
        assert!(told.contains(&words), "{told}\n{words}");
    }
}

#[test]
fn failures_undo_everything() {
    let bench = Bench::new();
    let kept = [
        bench.keep(&WheelMaker::new("fine", "1").file("fine/__init__.py", "")),
        bench.keep(&everything()),
    ];
    let obstacles: [fn(&Path); 3] = [
        // A folder where a file goes.
        |site| fs::create_dir_all(site.join("single.py/x")).unwrap(),
        // A file where a folder goes.
        |site| fs::write(site.join("thing"), "mine").unwrap(),
        // A file where the `.dist-info` goes, which is made last of all.
        |site| fs::write(site.join("Every_Thing-1.0.dist-info"), "mine").unwrap(),
    ];
    for obstacle in obstacles {
        let environment = bench.environment();
        obstacle(&environment.site_packages());
        // A file of somebody else's that would be replaced.
        fs::create_dir(environment.site_packages().join("fine")).unwrap();
        fs::write(environment.site_packages().join("fine/__init__.py"), "mine").unwrap();
        let before = environment.snapshot();
        let jobs: Vec<Job<'_>> = kept.iter().map(KeptWheel::job).collect();
        let error = install(&jobs, &environment.layout()).unwrap_err();
        assert!(matches!(error, InstallError::Io(_)), "{error}");
        assert_same(&environment.snapshot(), &before);
    }
}
