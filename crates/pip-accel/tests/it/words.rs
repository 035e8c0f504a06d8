//! Whole outputs of both programs side by side.
//!
//! What may differ is listed in [`accel_testkit::words`], and nowhere else.

use std::path::Path;

use accel_testkit::index::{IndexOptions, IndexServer};
use accel_testkit::sdist::SdistMaker;
use accel_testkit::wheel::WheelMaker;
use accel_testkit::words::comparable_lines;

use crate::pair::{Both, Pair, Ran, python311, text};

/// An output, with all that may differ made equal.
pub struct Words {
    pub stdout: Vec<String>,
    pub stderr: Vec<String>,
}

impl Words {
    pub fn of(ran: &Ran, side: &Path) -> Self {
        let lines = |output: &str| comparable_lines(output, side);
        Self { stdout: lines(&ran.stdout), stderr: lines(&ran.stderr) }
    }
}

/// Both must have said the same on both streams and returned the same code.
#[track_caller]
pub fn same_words<'a>(pair: &Pair, both: &'a Both) -> &'a Both {
    let ours = Words::of(&both.ours, &pair.ours());
    let theirs = Words::of(&both.theirs, &pair.theirs());
    let shown = |words: &[String]| words.join("\n");
    assert_eq!(both.ours.code, both.theirs.code, "{both:#?}");
    assert!(
        ours.stdout == theirs.stdout,
        "standard output\n--- ours\n{}\n--- pip's\n{}",
        shown(&ours.stdout),
        shown(&theirs.stdout)
    );
    assert!(
        ours.stderr == theirs.stderr,
        "standard error\n--- ours\n{}\n--- pip's\n{}",
        shown(&ours.stderr),
        shown(&theirs.stderr)
    );
    both
}

/// A sdist that needs nothing to be built.
pub fn plain_sdist(name: &str, version: &str) -> SdistMaker {
    let backend = format!(
        "import os, zipfile\n\
         def build_wheel(folder, settings=None, metadata=None):\n    \
             name, info = '{name}-{version}-py3-none-any.whl', '{name}-{version}.dist-info/'\n    \
             files = {{'{name}.py': 'x = 1'}}\n    \
             files[info + 'METADATA'] = 'Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n\\nWords.\\n'\n    \
             files[info + 'WHEEL'] = 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n'\n    \
             files[info + 'RECORD'] = ''.join(f'{{file}},,\\n' for file in [*files, info + 'RECORD'])\n    \
             with zipfile.ZipFile(os.path.join(folder, name), 'w') as wheel:\n        \
                 for file, text in files.items():\n            \
                     wheel.writestr(file, text)\n    \
             return name\n"
    );
    SdistMaker::new(name, version)
        .file(
            "pyproject.toml",
            "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n",
        )
        .file("backend.py", backend)
}

/// An index with wheels that depend on each other, in two versions, and a sdist.
fn index(folder: &Path, metadata: bool) -> IndexServer {
    std::fs::create_dir_all(folder).unwrap();
    for version in ["1.0", "2.0"] {
        WheelMaker::new("top", version)
            .requires("middle")
            .requires("built")
            .requires("other; sys_platform == 'nowhere'")
            .metadata("Summary: several words")
            .write_to(folder);
        WheelMaker::new("middle", version).requires("leaf>=1").write_to(folder);
        WheelMaker::new("leaf", version).file("leaf.bin", vec![7; 20_000]).write_to(folder);
    }
    plain_sdist("built", "1.0").write_to(folder);
    IndexServer::start(folder, IndexOptions { metadata, ..IndexOptions::default() })
}

/// An installation, a repetition, an upgrade and a reinstallation, told alike at every loudness.
fn tells_the_same(metadata: bool) {
    let pair = Pair::new(python311());
    let server = index(&pair.shared().join("dist"), metadata);
    let url = server.url();
    let play = |arguments: &[&str]| {
        let all = [&["install", "--no-cache-dir", "-i", url.as_str()], arguments].concat();
        same_words(&pair, &pair.run(&all)).succeed();
    };
    play(&["--dry-run", "top<2"]);
    play(&["top<2", "leaf<2"]);
    play(&["top<2"]);
    play(&["-U", "top", "leaf"]);
    play(&["--force-reinstall", "-q", "top<2"]);
    play(&["--force-reinstall", "--no-deps", "-v", "middle", "built"]);
    let direct = server.at("/files/leaf-1.0-py3-none-any.whl");
    play(&[&format!("leaf @ {direct}")]);
    play(&["--force-reinstall", &server.at("/files/built-1.0.tar.gz")]);
    play(&["-i", &url, "-f", text(&pair.shared().join("dist")), "--no-index", "-U", "leaf"]);
    pair.equal("venv/lib", true);
}

#[test]
fn of_an_index_with_metadata() {
    tells_the_same(true);
}

#[test]
fn of_an_index_without_metadata() {
    tells_the_same(false);
}

#[test]
fn of_failures() {
    let pair = Pair::new(python311());
    let server = index(&pair.shared().join("dist"), true);
    let url = server.url();
    for arguments in [
        &["nothing"][..],
        &["top==3.0"],
        &["top", "leaf<1"],
        &["-q", "-q", "nothing"],
        &["-q", "-q", "-q", "nothing"],
    ] {
        let all = [&["install", "--no-cache-dir", "-i", url.as_str()], arguments].concat();
        let both = pair.run(&all);
        same_words(&pair, &both);
        assert_eq!(both.ours.code, 1, "{both:#?}");
    }
}

#[test]
fn reports_are_equal() {
    let pair = Pair::new(python311());
    let folder = pair.shared().join("dist");
    let server = index(&folder, true);
    WheelMaker::new("wordy", "1.0")
        .replace(
            "METADATA",
            Some(
                "Metadata-Version: 2.1\nName: wordy\nVersion: 1.0\nKeywords: a,b\nClassifier: x\n\
                 \n# Much\n\nto *say*: \u{e4}\n"
                    .as_bytes(),
            ),
        )
        .write_to(&folder);
    let url = server.url();
    let direct = server.at("/files/leaf-1.0-py3-none-any.whl");
    for arguments in [
        &["--dry-run", "wordy", "top", "built"][..],
        &["wordy", &format!("leaf @ {direct}")],
        &["--dry-run", "--force-reinstall", "wordy"],
    ] {
        let all = [&["install", "-i", &url, "-q", "--report", "report.json"], arguments].concat();
        pair.run(&all).succeed();
        let read = |side: &Path| {
            let text = std::fs::read_to_string(side.join("report.json")).unwrap();
            let mut report: serde_json::Value = serde_json::from_str(&text).unwrap();
            // Its own place in the order is not promised for what was resolved side by side.
            report["install"].take()
        };
        let (ours, theirs) = (read(&pair.ours()), read(&pair.theirs()));
        assert_eq!(ours, theirs);
        assert!(ours[0]["metadata"]["name"].is_string());
    }
    let text = std::fs::read_to_string(pair.ours().join("report.json")).unwrap();
    assert!(text.contains("# Much\\n\\nto *say*"), "{text}");
}
