//! Searches that go back through hundreds of versions, shaped like boto3 and s3fs on PyPI: what they
//! ask is counted, for a clock would say more of the machine than of the program.

use std::path::Path;

use accel_testkit::index::{IndexOptions, IndexServer};
use accel_testkit::sdist::SdistMaker;
use accel_testkit::wheel::WheelMaker;

use crate::sandbox::Sandbox;

/// Versions of `cloud` and of `core`, which it pins.
const CLOUD: usize = 150;
/// Versions of `aio`, which pins a `core` that is too old; the oldest are sdists.
const AIO: usize = 40;
const SDISTS: usize = 4;
/// Versions of `files` that need some `aio`.
const FILES: usize = 12;

/// A sdist whose backend leaves a line in `log` whenever it is asked for metadata.
fn sdist(name: &str, version: &str, requires: &str, log: &Path) -> SdistMaker {
    let backend = format!(
        "import os\n\
         def prepare_metadata_for_build_wheel(folder, settings=None):\n    \
             open('{log}', 'a').write('{name} {version}\\n')\n    \
             info = '{name}-{version}.dist-info'\n    \
             os.mkdir(os.path.join(folder, info))\n    \
             with open(os.path.join(folder, info, 'METADATA'), 'w') as file:\n        \
                 file.write('Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n')\n        \
                 file.write('Requires-Dist: {requires}\\n')\n    \
             return info\n",
        log = log.display()
    );
    SdistMaker::new(name, version)
        .file(
            "pyproject.toml",
            "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n",
        )
        .file("backend.py", backend)
}

fn fill(folder: &Path, log: &Path) {
    let write = |name: &str, version: &str, requires: Option<String>| {
        let wheel = WheelMaker::new(name, version);
        let wheel = requires.iter().fold(wheel, |wheel, text| wheel.requires(text));
        wheel.write_to(folder);
    };
    for number in 1..=CLOUD {
        write("core", &format!("1.{number}"), None);
        let core = format!("core<1.{},>=1.{number}", number + 1);
        write("cloud", &format!("1.{number}"), Some(core));
    }
    for number in 1..=AIO {
        let core = format!("core<1.{},>=1.{number}", number + 1);
        if number <= SDISTS {
            sdist("aio", &format!("0.{number}"), &core, log).write_to(folder);
        } else {
            write("aio", &format!("0.{number}"), Some(core));
        }
    }
    for number in 1..=FILES {
        write("files", &format!("2.{number}"), Some(format!("aio>=0.{}", number % 3)));
        write("files", &format!("1.{number}"), None);
    }
    write("other", "1.0", None);
}

#[test]
fn every_version_is_asked_for_its_metadata_once_and_never_again() {
    let sandbox = Sandbox::new();
    let (dist, log) = (sandbox.at("dist"), sandbox.at("prepared"));
    fill(&dist, &log);
    let server = IndexServer::start(&dist, IndexOptions::default());
    let url = server.url();
    let environment = sandbox.environment("environment");
    let asked = |more: &[&str]| {
        let mut arguments = vec!["--dry-run", "-i", url.as_str(), "cloud", "files"];
        arguments.extend(more);
        arguments.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let ours = |more: &[&str]| {
        server.forget_requests();
        let arguments = asked(more);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        sandbox.install(&environment, &arguments).good().stdout
    };
    let prepared = || std::fs::read_to_string(&log).unwrap_or_default().lines().count();

    let first = ours(&[]);
    assert_eq!(prepared(), SDISTS);
    let mut files: Vec<String> = server
        .requests()
        .into_iter()
        .map(|request| request.path)
        .filter(|path| path.starts_with("/files/"))
        .collect();
    let all = files.len();
    files.sort_unstable();
    files.dedup();
    assert_eq!(files.len(), all, "some files were asked for twice");
    // Of `cloud` and `core` the newest versions do; of the others whatever may have to be tried, and
    // a few that were fetched ahead and not needed.
    let few = 8;
    assert!(all <= AIO + 2 * FILES + few, "{all} requests: {files:?}");

    let arguments = asked(&[]);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let theirs = sandbox.pip_install(&environment, &arguments, &[]).good();
    assert_eq!(first.lines().last(), theirs.stdout.lines().last());
    assert_eq!(prepared(), 2 * SDISTS);

    // Another question, so that no remembered resolution answers it. What was only fetched ahead may
    // have come too late to be kept.
    let tried: Vec<&str> = first
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("Downloading "))
        .filter_map(|words| words.split(' ').next())
        .collect();
    assert!(tried.len() > AIO, "{tried:?}");
    ours(&["other"]);
    let again: Vec<String> = server
        .requests()
        .into_iter()
        .filter_map(|request| request.path.strip_prefix("/files/").map(str::to_owned))
        .filter(|file| tried.contains(&file.as_str()))
        .collect();
    assert!(again.is_empty(), "asked again: {again:?}");
    assert_eq!(prepared(), 2 * SDISTS, "sdists were prepared again");
}

/// Versions of `old`, all of them sdists; the tree of each leaves a line in a log when it runs.
const OLD: usize = 12;

#[test]
fn sdists_that_are_prepared_ahead_run_nothing_and_say_nothing() {
    let sandbox = Sandbox::new();
    let (dist, log) = (sandbox.at("dist"), sandbox.at("ran"));
    let backend = "import os\n\
         def prepare_metadata_for_build_wheel(folder, settings=None):\n    \
             return exec(open('tree.py').read(), {'folder': folder}) or open('name').read()\n";
    WheelMaker::new("kit", "1").file("kit.py", backend).write_to(&dist);
    for number in 1..=OLD {
        let info = format!("old-1.{number}.dist-info");
        // The fourth suits; of the third, which is never asked for, nothing must be heard.
        let needs = if number == 4 { "small" } else { "small>1" };
        let tree = format!(
            "import os\n\
             open({:?}, 'a').write('{number}\\n')\n\
             os.mkdir(os.path.join(folder, '{info}'))\n\
             with open(os.path.join(folder, '{info}', 'METADATA'), 'w') as file:\n    \
                 file.write('Metadata-Version: 2.1\\nName: old\\nVersion: 1.{number}\\n')\n    \
                 file.write('Requires-Dist: {needs}\\n')\n",
            log.display().to_string()
        );
        SdistMaker::new("old", &format!("1.{number}"))
            .file("pyproject.toml", "[build-system]\nrequires = ['kit']\nbuild-backend = 'kit'\n")
            .file("tree.py", tree)
            .file("name", info)
            .write_to(&dist);
    }
    std::fs::write(dist.join("old-1.3.tar.gz"), "no archive").unwrap();
    WheelMaker::new("small", "1").write_to(&dist);
    let server = IndexServer::start(&dist, IndexOptions::default());
    let url = server.url();
    let environment = sandbox.environment("environment");
    let arguments = ["--dry-run", "-i", url.as_str(), "old", "small"];
    let ran = || {
        let ran = std::fs::read_to_string(&log).unwrap_or_default();
        std::fs::write(&log, "").unwrap();
        ran
    };
    let ours = sandbox.install(&environment, &arguments).good();
    let ours_ran = ran();
    let theirs = sandbox.pip_install(&environment, &arguments, &[]).good();
    assert_eq!(ours_ran, ran());
    assert_eq!(ours_ran.lines().count(), OLD - 3);
    let lines = |text: &str| {
        let told = |line: &&str| !line.contains("━━");
        text.lines().filter(told).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(lines(&ours.stdout), lines(&theirs.stdout));
    assert_eq!(ours.stderr, theirs.stderr);
    let scratch = std::fs::read_dir(sandbox.at("cache/scratch")).unwrap();
    assert_eq!(scratch.count(), 0, "something was left behind");
}
