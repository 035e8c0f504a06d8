//! Nothing is done twice: one pin changes, a build is repeated, a file of the store is edited.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use accel_testkit::index::{IndexOptions, IndexServer};
use accel_testkit::sdist::SdistMaker;
use accel_testkit::wheel::WheelMaker;

use crate::freshness::installed;
use crate::sandbox::{Sandbox, site_packages, tree};

/// A sdist with an in-tree backend that leaves a line in `LOG` for each wheel it builds; the wheel
/// says with which settings and `CFLAGS`.
pub fn slow_sdist(name: &str, version: &str, log: &Path) -> SdistMaker {
    sdist_that_takes(0.2, name, version, log)
}

/// The same with a build of so many seconds.
pub fn sdist_that_takes(seconds: f64, name: &str, version: &str, log: &Path) -> SdistMaker {
    let backend = format!(
        "import os, time, zipfile\n\
         def build_wheel(folder, settings=None, metadata=None):\n    \
             time.sleep({seconds})\n    \
             open('{log}', 'a').write('{name}\\n')\n    \
             file = '{name}-{version}-py3-none-any.whl'\n    \
             text = 'made = %r' % ((settings, os.environ.get('CFLAGS')),)\n    \
             info = '{name}-{version}.dist-info/'\n    \
             with zipfile.ZipFile(os.path.join(folder, file), 'w') as wheel:\n        \
                 wheel.writestr('{name}.py', text)\n        \
                 wheel.writestr(info + 'METADATA', 'Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n')\n        \
                 wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')\n        \
                 wheel.writestr(info + 'RECORD', '{name}.py,,\\n' + info + 'RECORD,,\\n')\n    \
             return file\n",
        log = log.display()
    );
    SdistMaker::new(name, version)
        .file(
            "pyproject.toml",
            "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n",
        )
        .file("backend.py", backend)
}

fn lines(log: &Path) -> usize {
    std::fs::read_to_string(log).map_or(0, |text| text.lines().count())
}

#[test]
fn one_changed_pin_is_all_that_is_fetched_built_and_linked() {
    let sandbox = Sandbox::new();
    let dist = sandbox.at("dist");
    let log = sandbox.at("builds");
    let names: Vec<String> = (0..20).map(|number| format!("part{number}")).collect();
    for name in &names {
        for version in ["1.0", "2.0"] {
            WheelMaker::new(name, version).file(&format!("{name}.py"), version).write_to(&dist);
        }
    }
    for version in ["1.0", "2.0"] {
        slow_sdist("built", version, &log).write_to(&dist);
    }
    let server = IndexServer::start(&dist, IndexOptions::default());
    let url = server.url();
    let pins = |changed: &str, version: &str| {
        let all = names.iter().map(String::as_str).chain(["built"]);
        let pin = |name| format!("{name}=={}\n", if name == changed { version } else { "1.0" });
        all.map(pin).collect::<String>()
    };
    let environment = sandbox.environment("environment");
    let install = |text: String| {
        let file = sandbox.write("pins.txt", text);
        server.forget_requests();
        sandbox.install(&environment, &["-i", &url, "-r", file.to_str().unwrap()]).good()
    };
    let inodes = |but: &str| {
        let site = site_packages(&environment);
        let files = tree(&site).into_keys();
        let other = |path: &std::path::PathBuf| !path.to_string_lossy().contains(but);
        let inode = |path: std::path::PathBuf| {
            let facts = site.join(&path).symlink_metadata().unwrap();
            (path, facts.ino(), facts.mtime(), facts.mtime_nsec(), facts.ctime())
        };
        // The folder of bytecode is shared and changes.
        let files = files.filter(other).filter(|path| !site.join(path).is_dir());
        files.map(inode).collect::<Vec<_>>()
    };
    install(pins("", ""));
    assert_eq!(lines(&log), 1);

    let before = inodes("part7");
    let ran = install(pins("part7", "2.0"));
    let fetched: Vec<String> = server.requests().into_iter().map(|request| request.path).collect();
    assert!(fetched.iter().all(|path| path.contains("part7")), "{fetched:?}");
    assert_eq!(
        server.count("/files/part7-2.0-py3-none-any.whl")
            - server.count("/files/part7-2.0-py3-none-any.whl.metadata"),
        1
    );
    assert!(ran.stdout.contains("Successfully installed part7-2.0\n"), "{}", ran.stdout);
    assert_eq!(inodes("part7"), before);
    assert_eq!(lines(&log), 1);

    let file = sandbox.write("pins.txt", pins("part7", "2.0").replace("built==1.0", "built==2.0"));
    server.forget_requests();
    let before = inodes("built");
    sandbox.install(&environment, &["-i", &url, "-r", file.to_str().unwrap()]).good();
    assert_eq!(server.count("/files/"), server.count("/files/built-2.0.tar.gz"));
    assert_eq!(server.count("/files/"), 1);
    assert_eq!(inodes("built"), before);
    assert_eq!(lines(&log), 2);

    // And for a new environment: only what is not kept comes over the network.
    let another = sandbox.environment("another");
    let file = sandbox.write("pins.txt", pins("part3", "2.0"));
    server.forget_requests();
    sandbox.install(&another, &["-i", &url, "-r", file.to_str().unwrap()]).good();
    let fetched: Vec<String> = server.requests().into_iter().map(|request| request.path).collect();
    assert!(
        !fetched.is_empty() && fetched.iter().all(|path| path.contains("part3")),
        "{fetched:?}"
    );
    assert_eq!(lines(&log), 2);
    assert_eq!(installed(&another).len(), 21);
}

/// A remembered upgrade once left the old version's dist-info behind: the memo had forgotten what the
/// answer replaces.
#[test]
fn a_remembered_upgrade_replaces_the_old_version_too() {
    let sandbox = Sandbox::new();
    let dist = sandbox.at("dist");
    for version in ["1.0", "2.0"] {
        let module = format!("part_{}.py", &version[..1]);
        WheelMaker::new("part", version).file(&module, version).write_to(&dist);
    }
    let links = dist.to_str().expect("a plain path");
    let environments = ["first", "second"].map(|name| sandbox.environment(name));
    for pin in ["part==1.0", "part==2.0"] {
        for environment in &environments {
            let arguments = ["--no-index", "--find-links", links, pin];
            let ran = sandbox.install(environment, &arguments).good();
            let line = format!("Successfully installed {}", pin.replace("==", "-"));
            assert_eq!(ran.stdout.lines().last(), Some(line.as_str()));
        }
    }
    for environment in &environments {
        let left = tree(&site_packages(environment)).into_keys();
        let left: Vec<_> = left.filter(|path| !path.starts_with("__pycache__")).collect();
        assert!(left.iter().any(|path| path.starts_with("part-2.0.dist-info")), "{left:?}");
        assert!(left.iter().any(|path| path.starts_with("part_2.py")), "{left:?}");
        assert!(left.iter().all(|path| !path.starts_with("part-1.0.dist-info")), "{left:?}");
        assert!(left.iter().all(|path| !path.starts_with("part_1.py")), "{left:?}");
    }
}

#[test]
fn a_source_distribution_is_built_once() {
    let sandbox = Sandbox::new();
    let log = sandbox.at("builds");
    slow_sdist("slow", "1.0", &log).write_to(&sandbox.at("dist"));
    let server = IndexServer::start(sandbox.at("dist"), IndexOptions::default());
    let url = server.url();
    let module = |environment: &Path| {
        std::fs::read_to_string(site_packages(environment).join("slow.py")).unwrap()
    };
    let first = sandbox.environment("first");
    sandbox.install(&first, &["-i", &url, "slow==1.0"]).good();
    assert_eq!((lines(&log), module(&first)), (1, "made = (None, None)".to_owned()));
    server.stop();
    // A second environment, with the memo of the resolution and without.
    for (name, more) in [("second", &[][..]), ("third", &["--prefer-binary"])] {
        let environment = sandbox.environment(name);
        let mut arguments = vec!["-i", &url, "slow==1.0"];
        arguments.extend(more);
        crate::promises::assert_quiet(&sandbox, &environment, &arguments);
        assert_eq!(lines(&log), 1);
        let inode = |environment: &Path| {
            site_packages(environment).join("slow.py").metadata().unwrap().ino()
        };
        assert_eq!(inode(&environment), inode(&first));
    }
    // Settings and compilers' variables are part of what is built.
    for (at, (more, variables, expected)) in [
        (&["--config-settings", "a=b"][..], &[][..], "made = ({'a': 'b'}, None)"),
        (&[], &[("CFLAGS", "-O3")], "made = (None, '-O3')"),
    ]
    .into_iter()
    .enumerate()
    {
        for again in 0..2 {
            let environment = sandbox.environment(&format!("other-{at}-{again}"));
            let mut arguments = vec!["-i", &url, "slow==1.0"];
            arguments.extend(more);
            sandbox.install_with(&environment, &arguments, variables).good();
            assert_eq!(module(&environment), expected);
            assert_eq!(lines(&log), at + 2, "{more:?} {variables:?}");
        }
    }
    let environment = sandbox.environment("last");
    sandbox.install(&environment, &["-i", &url, "slow==1.0"]).good();
    assert_eq!((lines(&log), module(&environment)), (3, "made = (None, None)".to_owned()));
}

#[test]
fn two_processes_that_build_the_same_end_well() {
    let sandbox = Sandbox::new();
    let log = sandbox.at("builds");
    slow_sdist("slow", "1.0", &log).write_to(&sandbox.at("dist"));
    let server = IndexServer::start(sandbox.at("dist"), IndexOptions::default());
    let url = server.url();
    let environments: Vec<_> = (0..16).map(|at| sandbox.environment(&format!("e{at}"))).collect();
    std::thread::scope(|scope| {
        for environment in &environments {
            scope.spawn(|| sandbox.install(environment, &["-i", &url, "slow==1.0"]).good());
        }
    });
    for environment in &environments {
        assert_eq!(installed(environment), ["slow-1.0"]);
    }
    let built = lines(&log);
    assert_eq!(built, 1, "built {built} times");
}

#[test]
fn an_edit_through_one_environment_does_not_reach_the_next() {
    let sandbox = Sandbox::new();
    crate::promises::small_set(&sandbox.at("dist"));
    let server = IndexServer::start(sandbox.at("dist"), IndexOptions::default());
    let url = server.url();
    let arguments = ["-i", &url, "web==1.0", "template==1.5"];
    let first = sandbox.environment("first");
    sandbox.install(&first, &arguments).good();
    server.stop();
    let module = |environment: &Path| site_packages(environment).join("template.py");
    let bytecode = |environment: &Path| {
        let folder = site_packages(environment).join("__pycache__");
        let mut files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        files.find(|path| path.to_string_lossy().contains("template")).unwrap()
    };
    let original = std::fs::read(bytecode(&first)).unwrap();
    for round in 0..2 {
        std::fs::write(module(&first), format!("edited = {round}\n")).unwrap();
        let next = sandbox.environment(&format!("next-{round}"));
        sandbox.install(&next, &arguments).good();
        assert_eq!(std::fs::read_to_string(module(&next)).unwrap(), "y = 2\n");
    }
    std::fs::write(bytecode(&first), "edited").unwrap();
    let newest = sandbox.environment("next-1");
    std::fs::write(bytecode(&newest), "edited").unwrap();
    let next = sandbox.environment("after-bytecode");
    sandbox.install(&next, &arguments).good();
    assert_eq!(std::fs::read(bytecode(&next)).unwrap(), original);
}

#[test]
fn a_damaged_kept_archive_is_fetched_again() {
    let sandbox = Sandbox::new();
    let dist = sandbox.at("dist");
    crate::promises::small_set(&dist);
    let log = sandbox.at("builds");
    slow_sdist("slow", "1.0", &log).write_to(&dist);
    let server = IndexServer::start(&dist, IndexOptions::default());
    let url = server.url();
    let arguments = ["-i", &url, "web==1.0", "template==1.5", "slow==1.0"];
    let first = sandbox.environment("first");
    sandbox.install(&first, &arguments).good();
    let whole = installed(&first);
    for folder in ["store-v1", "built-v1"] {
        std::fs::remove_dir_all(sandbox.at("cache").join(folder)).unwrap();
    }
    let archives = sandbox.at("cache/archives");
    for path in tree(&archives).into_keys() {
        let name = path.to_string_lossy();
        if name.ends_with(".whl") || name.ends_with(".tar.gz") {
            let path = archives.join(&path);
            let bytes = std::fs::read(&path).unwrap();
            std::fs::remove_file(&path).unwrap();
            std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        }
    }
    for again in 0..2 {
        let next = sandbox.environment(&format!("next-{again}"));
        sandbox.install(&next, &arguments).good();
        assert_eq!(installed(&next), whole);
        server.stop();
    }
}
