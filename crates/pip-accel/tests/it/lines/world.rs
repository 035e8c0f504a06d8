//! What the command lines find: indexes, links, files of the current directory, installed sets.

use std::path::{Path, PathBuf};

use accel_testkit::index::{Answer, IndexOptions, IndexServer, PageKind};
use accel_testkit::sdist::SdistMaker;
use accel_testkit::stage::Stage;
use accel_testkit::universe::Dist;
use accel_testkit::wheel::{WheelMaker, sha256};
use accel_testkit::zip::{ZipMaker, ZipMember};

/// Servers and folders that all cases of a process read; nothing of it is ever written again.
pub struct World {
    folder: tempfile::TempDir,
    servers: Vec<(&'static str, IndexServer)>,
}

impl World {
    /// Makes it.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let at = |name: &str| {
            let folder = folder.path().join(name);
            std::fs::create_dir(&folder).expect("the folder takes folders");
            folder
        };
        let (main, more, links) = (at("main"), at("more"), at("links"));
        fill_main(&main);
        fill_more(&more);
        for wheel in [wheel("leaf", "1.5"), wheel("linked", "1.0").requires("leaf")] {
            wheel.write_to(&links);
        }
        wheel("linked", "2.0a1").write_to(&links);
        sdist("builds", "3.0", "").write_to(&links);
        fill_simple(&at("simple"), &main);
        fill_repository(&at("repo"));
        // Files may be kept for longer than these tests will live.
        let kept = IndexOptions {
            file_cache_control: Some("max-age=3650000000, immutable, public".to_owned()),
            ..options()
        };
        let html = IndexOptions { pages: PageKind::Html, metadata: false, ..kept.clone() };
        let secret = Some(("user".to_owned(), "secret".to_owned()));
        let locked = IndexOptions { credentials: secret, ..kept.clone() };
        let servers = vec![
            ("main", IndexServer::start(&main, kept.clone())),
            ("more", IndexServer::start(&more, kept)),
            ("html", IndexServer::start(&main, html)),
            ("locked", IndexServer::start(&more, locked)),
            ("failing", IndexServer::start(&more, options())),
        ];
        let world = Self { folder, servers };
        world.server("failing").fix("/simple/leaf/", Answer::new(500, "text/plain", "no"));
        world.server("failing").fix("/simple/solo/", Answer::new(403, "text/plain", "no"));
        for (file, text) in
            [("gone-1.0-py3-none-any.whl", ""), ("altered-1.0-py3-none-any.whl", "x")]
        {
            let path = format!("/files/{file}");
            let answer = match text {
                "" => Answer::new(404, "text/plain", "gone"),
                _ => Answer::new(200, "text/plain", wheel("altered", "1.0").file("b", "b").build()),
            };
            world.server("main").fix(&path, answer);
        }
        world
    }

    fn server(&self, name: &str) -> &IndexServer {
        let found = self.servers.iter().find(|(known, _)| *known == name);
        &found.unwrap_or_else(|| panic!("no index is called {name}")).1
    }

    /// A text with everything between braces put in.
    ///
    /// `@{main}` is the URL of that index, `@{port main}` its port, `@{url main FILE}`, `@{path main
    /// FILE}` and `@{sha256 main FILE}` are of a file, `@{links}` is the folder of links, `@{simple}` that of an
    /// index, `@{repo}` a git repository; a side's
    /// own folder is `@SIDE@`.
    pub fn filled(&self, text: &str) -> String {
        let mut done = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("@{") {
            let (inside, after) = after.split_once('}').expect("braces are closed");
            done.push_str(before);
            done.push_str(&self.named(inside));
            rest = after;
        }
        done.push_str(rest);
        done
    }

    fn named(&self, words: &str) -> String {
        let words: Vec<&str> = words.split(' ').collect();
        match words[..] {
            [folder @ ("links" | "simple" | "repo")] => {
                self.folder.path().join(folder).display().to_string()
            }
            ["port", index] => {
                let url = self.server(index).at("");
                url.trim_end_matches('/').rsplit(':').next().expect("a port").to_owned()
            }
            [index] => self.server(index).url(),
            ["url", index, file] => match index {
                "links" => format!("file://{}", self.path(index, file).display()),
                _ => self.server(index).at(&format!("files/{file}")),
            },
            ["path", index, file] => self.path(index, file).display().to_string(),
            ["sha256", index, file] => {
                let bytes = std::fs::read(self.path(index, file));
                sha256(&bytes.unwrap_or_else(|error| panic!("{index} has {file}: {error}")))
            }
            _ => panic!("what is {words:?}?"),
        }
    }

    fn path(&self, index: &str, file: &str) -> PathBuf {
        let folder = match index {
            "links" => self.folder.path().join("links"),
            _ => self.server(index).folder().to_path_buf(),
        };
        folder.join(file)
    }

    /// Puts the files of the current directory and an installed set on both sides.
    pub fn prepare(&self, stage: &Stage, set: &str) {
        let installed = installed(set);
        for side in stage.sides() {
            for dist in &installed {
                dist.install(&side.site_packages());
            }
            let work = side.folder.join("work");
            for section in data("files.txt").split("\n@@ ").skip(1) {
                let (name, text) = section.split_once('\n').expect("a name and a text");
                let text = self.filled(text).replace("@SIDE@", &side.folder.display().to_string());
                // The blank line in front of the next name is none of the file's.
                write(&work.join(name), text.strip_suffix('\n').unwrap_or(&text));
            }
            write(&work.join("bom.txt"), "\u{feff}leaf==1.0\n");
            for (folder, name, fails) in [
                ("project", "project", ""),
                ("plain", "plain", "no-editable"),
                ("broken", "broken", "metadata"),
                ("unbuildable", "unbuildable", "wheel"),
            ] {
                let extras = "Provides-Extra: more\nRequires-Dist: leaf\n\
                              Requires-Dist: solo; extra == 'more'\n";
                let extras = if name == "project" { extras } else { "" };
                for (file, text) in source(name, "1.0", extras, fails) {
                    write(&work.join(folder).join(file), &text);
                }
            }
        }
    }
}

/// A file beside the cases.
pub fn data(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/install").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn options() -> IndexOptions {
    let mut options = IndexOptions::default();
    let mut yank = |file: &str, why: &str| options.yanked.insert(file.to_owned(), why.to_owned());
    yank("yanked-2.0-py3-none-any.whl", "it bites");
    yank("withdrawn-1.0-py3-none-any.whl", "");
    for (file, time) in [
        ("timed-1.0-py3-none-any.whl", "2020-01-01T00:00:00Z"),
        ("timed-2.0-py3-none-any.whl", "2024-06-01T12:00:00Z"),
        ("leaf-1.0-py3-none-any.whl", "2020-01-01T00:00:00Z"),
    ] {
        options.uploaded.insert(file.to_owned(), time.to_owned());
    }
    options
}

/// A wheel with one module.
fn wheel(name: &str, version: &str) -> WheelMaker {
    let module = format!("{}.py", name.replace('-', "_"));
    WheelMaker::new(name, version).file(&module, format!("version = {version:?}\n"))
}

fn fill_main(folder: &Path) {
    let put = |wheel: WheelMaker| drop(wheel.write_to(folder));
    for version in ["1.0", "2.0"] {
        put(wheel("top", version)
            .requires("middle")
            .requires("other; sys_platform == 'nowhere'")
            .metadata("Summary: several words"));
        put(wheel("middle", version).requires("leaf>=1"));
        put(wheel("leaf", version));
        put(wheel("yanked", version));
        put(wheel("timed", version));
        put(wheel("mixed", "1.0"));
    }
    put(wheel("leaf", "3.0a1"));
    put(wheel("withdrawn", "1.0"));
    put(wheel("only-pre", "1.0b1"));
    put(wheel("solo", "1.0"));
    put(wheel("old-python", "1.0").metadata("Requires-Python: >=3"));
    put(wheel("old-python", "2.0").metadata("Requires-Python: >=3.99"));
    put(wheel("no-python", "1.0").metadata("Requires-Python: <3"));
    put(wheel("fancy", "1.0")
        .metadata("Provides-Extra: more")
        .metadata("Provides-Extra: test")
        .requires("leaf; extra == 'more'")
        .requires("solo>=1; extra == 'test'"));
    put(wheel("wants-old", "1.0").requires("leaf<2"));
    put(wheel("wants-new", "1.0").requires("leaf>=2"));
    put(wheel("wants-nothing", "1.0").requires("absent>=1"));
    put(wheel("wants-fancy", "1.0").requires("fancy[more,unknown]"));
    put(wheel("picky", "1.0").requires("leaf"));
    put(wheel("picky", "2.0").requires("leaf>=2").requires("solo<1"));
    put(wheel("picky", "3.0").requires("wants-old").requires("leaf>=2"));
    put(wheel("deep", "1.0").requires("picky>1").requires("top"));
    put(wheel("needs-future", "1.0").requires("old-python>=2"));
    put(wheel("needs-future", "0.9").requires("old-python"));
    put(wheel("needs-yanked", "1.0").requires("yanked>=2"));
    put(wheel("needs-pre", "1.0").requires("leaf>=3.0a0"));
    put(wheel("needs-native", "1.0").requires("wintool"));
    put(wheel("needs-missing-extra", "1.0").requires("fancy[nothing]>=1"));
    put(wheel("loop-a", "1.0").requires("loop-b==1.0"));
    put(wheel("loop-b", "1.0").requires("loop-a==2.0"));
    put(wheel("circle", "1.0").requires("round"));
    put(wheel("round", "1.0").requires("circle"));
    put(WheelMaker::new("tool", "1.0")
        .file("tool/__init__.py", "def main(): print('hello')\n")
        .entry_point("console_scripts", "tool", "tool:main")
        .entry_point("console_scripts", "other-tool", "tool:main")
        .entry_point("gui_scripts", "window", "tool:main")
        .data("scripts", "shell-tool", "#!python\nprint(1)\n")
        .data("data", "share/tool/page", "words")
        .data("headers", "tool.h", "int x;\n"));
    put(wheel("one-tool", "1.0").entry_point("console_scripts", "one", "one_tool:main"));
    put(wheel("wintool", "1.0").tag("cp311-cp311-win_amd64"));
    put(wheel("native", "1.0").tag("cp311-cp311-manylinux_2_17_x86_64"));
    put(wheel("native", "1.0").tag("cp311-cp311-manylinux_2_17_aarch64"));
    put(wheel("native", "2.0").tag("cp312-abi3-macosx_11_0_arm64"));
    put(wheel("native", "1.5").tag("py39-none-any"));
    put(wheel("gone", "1.0"));
    put(wheel("altered", "1.0"));
    put(wheel("clash", "1.0").file("leaf.py", "clash = 1\n"));
    put(wheel("wrong-name", "1.0")
        .replace("METADATA", Some(b"Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")));
    put(wheel("wrong-version", "1.0")
        .replace("METADATA", Some(b"Metadata-Version: 2.1\nName: wrong-version\nVersion: 7\n")));
    put(wheel("wrong-requires", "1.0").requires("not a !! requirement"));
    put(wheel("wrong-requires", "0.5"));
    put(wheel("no-wheel-file", "1.0").replace("WHEEL", None));
    put(wheel("future", "1.0")
        .replace("WHEEL", Some(b"Wheel-Version: 9.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")));
    put(wheel("builddep", "1.0"));
    put(wheel("builddep", "2.0"));
    std::fs::write(folder.join("remote.txt"), "leaf==1.0\nsolo\n").expect("a file");
    let zipped = source("zipped", "1.0", "", "")
        .map(|(file, text)| ZipMember::new(format!("zipped-1.0/{file}"), text));
    std::fs::write(folder.join("zipped-1.0.zip"), ZipMaker::new(zipped).build()).expect("a file");
    std::fs::write(folder.join("garbage-1.0-py3-none-any.whl"), "no archive").expect("a file");
    std::fs::write(folder.join("rubbish-1.0.tar.gz"), "no archive").expect("a file");
    for sdist in [
        sdist("builds", "1.0", ""),
        sdist("mixed", "2.0", ""),
        sdist("fails-early", "1.0", "metadata"),
        sdist("fails-late", "1.0", "wheel"),
        sdist("needs-build", "1.0", "").file("pyproject.toml", project("'builddep'")),
        sdist("needs-absent", "1.0", "").file("pyproject.toml", project("'absent>3'")),
        sdist("asks-more", "1.0", "").file("REQUIRES", "builddep<2\n"),
        SdistMaker::new("no-backend", "1.0")
            .file("pyproject.toml", "[build-system]\nrequires = []\nbuild-backend = 'nowhere'\n"),
        SdistMaker::new("bad-table", "1.0")
            .file("pyproject.toml", "[build-system]\nbuild-backend = 'x'\n"),
        SdistMaker::new("bad-toml", "1.0").file("pyproject.toml", "[build-system\n"),
        SdistMaker::new("no-project", "1.0").file("README", ""),
    ] {
        sdist.write_to(folder);
    }
}

/// An index of one project without a server.
fn fill_simple(folder: &Path, files: &Path) {
    let leaf = folder.join("leaf");
    std::fs::create_dir(&leaf).expect("the folder takes folders");
    let name = "leaf-1.0-py3-none-any.whl";
    std::fs::copy(files.join(name), leaf.join(name)).expect("a file");
    write(&leaf.join("index.html"), &format!("<!DOCTYPE html><a href=\"{name}\">{name}</a>"));
}

/// A repository of two commits, the first of which is `v1`, with another project `below`.
fn fill_repository(folder: &Path) {
    let git = |arguments: &[&str]| {
        let ran = std::process::Command::new("git")
            .args(["-c", "user.name=x", "-c", "user.email=x@y", "-c", "init.defaultBranch=main"])
            .args(arguments)
            .current_dir(folder)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_COMMITTER_DATE", "2020-01-01T00:00:00Z")
            .env("GIT_AUTHOR_DATE", "2020-01-01T00:00:00Z")
            .output();
        let ran = ran.expect("git is installed");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    };
    git(&["init", "-q"]);
    let more = "Provides-Extra: more\nRequires-Dist: leaf; extra == 'more'\n";
    for (version, tag) in [("1.0", "v1"), ("2.0", "v2")] {
        for (below, name) in [("", "repo"), ("below", "deeper")] {
            for (file, text) in source(name, version, more, "") {
                write(&folder.join(below).join(file), &text);
            }
        }
        git(&["add", "-A"]);
        git(&["commit", "-q", "-m", version]);
        git(&["tag", tag]);
    }
}

fn fill_more(folder: &Path) {
    for wheel in
        [wheel("leaf", "2.0").file("more.py", ""), wheel("leaf", "4.0"), wheel("solo", "1.0")]
    {
        wheel.write_to(folder);
    }
    wheel("only-more", "1.0").requires("leaf").write_to(folder);
}

fn project(requires: &str) -> String {
    format!(
        "[build-system]\nrequires = [{requires}]\nbuild-backend = 'backend'\nbackend-path = ['.']\n"
    )
}

/// The files of a source tree; `fails` is the stage at which it can't be built.
fn source(name: &str, version: &str, metadata: &str, fails: &str) -> [(&'static str, String); 4] {
    let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{metadata}");
    [
        ("pyproject.toml", project("")),
        ("backend.py", data("backend.py")),
        ("METADATA.in", metadata),
        ("FAILS", fails.to_owned()),
    ]
}

fn sdist(name: &str, version: &str, fails: &str) -> SdistMaker {
    let maker = SdistMaker::new(&name.replace('-', "_"), version);
    source(name, version, "", fails)
        .into_iter()
        .fold(maker, |maker, (file, text)| maker.file(file, text))
}

/// The sets that may be installed before a case begins.
fn installed(set: &str) -> Vec<Dist> {
    let dist = |name: &str, version: &str, requires: &[&str]| Dist {
        name: name.to_owned(),
        version: version.to_owned(),
        requires: requires.iter().map(|text| (*text).to_owned()).collect(),
        ..Dist::default()
    };
    match set {
        "empty" => Vec::new(),
        "old" => vec![
            dist("top", "1.0", &["middle"]),
            dist("middle", "1.0", &["leaf>=1"]),
            dist("leaf", "1.0", &[]),
        ],
        "new" => vec![dist("leaf", "9.0", &[]), dist("solo", "1.0", &[])],
        "strict" => vec![
            dist("wants-old", "1.0", &["leaf<2"]),
            dist("wants-more", "1.0", &["absent", "solo>=3"]),
            dist("leaf", "1.0", &[]),
            dist("solo", "1.0", &[]),
        ],
        "direct" => vec![Dist {
            direct: Some("https://nowhere.invalid/leaf-1.0-py3-none-any.whl".to_owned()),
            ..dist("leaf", "1.0", &[])
        }],
        _ => panic!("no set is called {set}"),
    }
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("the stage takes folders");
    std::fs::write(path, text).expect("the stage takes files");
}
