//! Bad input of every kind: pip's words and exit code, and nothing changed.

use std::fmt::Write as _;
use std::path::Path;

use accel_testkit::index::{Answer, IndexOptions, IndexServer};
use accel_testkit::sdist::SdistMaker;
use accel_testkit::wheel::WheelMaker;
use accel_testkit::zip::{ZipMaker, ZipMember};

use crate::sandbox::{Ran, Sandbox, tree};

/// How much of what pip says must be the same.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Words {
    /// All lines that start with `ERROR:` or `WARNING:`, paths of temporary folders aside.
    Same,
    /// Both say this in some line; what is around it comes from Python's libraries.
    Both(&'static str),
    /// We say this; pip says something less to the point, or what the order of a hash table decides.
    Ours(&'static str),
}

/// One thing that goes wrong (or, for warnings, does not).
struct Case {
    arguments: Vec<String>,
    words: Words,
    /// Sound wheels may be unpacked before the failure.
    unpacks: bool,
}

impl Case {
    fn unpacks(self) -> Self {
        Self { unpacks: true, ..self }
    }
}

fn case(words: Words, arguments: &[&str]) -> Case {
    Case {
        arguments: arguments.iter().map(|&word| word.to_owned()).collect(),
        words,
        unpacks: false,
    }
}

/// A sandbox, an index over its `dist`, and an environment for each program.
struct World {
    sandbox: Sandbox,
    server: IndexServer,
}

impl World {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let dist = sandbox.at("dist");
        WheelMaker::new("keeper", "1.0").file("keeper.py", "k = 1\n").write_to(&dist);
        WheelMaker::new("keeper", "2.0").file("keeper.py", "k = 2\n").write_to(&dist);
        WheelMaker::new("good", "1.0").file("good.py", "g = 1\n").write_to(&dist);
        let options = IndexOptions { metadata: false, ranges: false, ..IndexOptions::default() };
        let server = IndexServer::start(&dist, options);
        let world = Self { sandbox, server };
        for name in ["ours", "pips"] {
            let environment = world.sandbox.environment(name);
            world.sandbox.install(&environment, &["-i", &world.server.url(), "keeper==1.0"]).good();
        }
        world
    }

    /// Runs all cases with both programs; tells all differences at once.
    fn check(&self, cases: &[Case]) {
        let (ours, pips) = (self.sandbox.at("ours"), self.sandbox.at("pips"));
        let url = self.server.url();
        let mut wrong = String::new();
        for case in cases {
            let mut arguments = vec!["--index-url", &*url];
            arguments.extend(case.arguments.iter().map(String::as_str));
            let before = (tree(&ours), kept(&self.sandbox));
            let our = self.sandbox.install(&ours, &arguments);
            let pip = self.sandbox.pip_install(&pips, &arguments, &[]);
            let mut problems = differences(&self.sandbox, case.words, &our, &pip);
            if our.code != 0 && before.0 != tree(&ours) {
                problems.push("the environment was changed".to_owned());
            }
            if our.code != 0 && !case.unpacks && before.1 != kept(&self.sandbox) {
                problems.push("the store was changed".to_owned());
            }
            let left = std::fs::read_dir(self.sandbox.at("cache/scratch"));
            if left.is_ok_and(|mut left| left.next().is_some()) {
                problems.push("a scratch folder was left".to_owned());
            }
            if !problems.is_empty() {
                let _ = write!(
                    wrong,
                    "=== {:?}\n{}\n--- ours ({})\n{}{}\n--- pip's ({})\n{}{}\n",
                    case.arguments,
                    problems.join("\n"),
                    our.code,
                    our.stdout,
                    our.stderr,
                    pip.code,
                    pip.stdout,
                    pip.stderr.split("Traceback").next().unwrap_or_default()
                );
            }
        }
        assert!(wrong.is_empty(), "\n{wrong}");
    }
}

/// The unpacked and built wheels that are kept.
fn kept(sandbox: &Sandbox) -> Vec<String> {
    let mut kept = Vec::new();
    for folder in ["store-v1", "built-v1", "bytecode-v1"] {
        for path in tree(&sandbox.at("cache").join(folder)).into_keys() {
            let path = path.to_string_lossy().into_owned();
            if !path.starts_with(".new") && path.contains('/') {
                kept.push(format!("{folder}/{path}"));
            }
        }
    }
    kept
}

fn differences(sandbox: &Sandbox, words: Words, our: &Ran, pip: &Ran) -> Vec<String> {
    let mut problems = Vec::new();
    let panicked = ["panicked at", "RUST_BACKTRACE", "stack backtrace"];
    if panicked.iter().any(|word| our.stderr.contains(word)) {
        problems.push("a panic".to_owned());
    }
    if pip.stderr.contains("ERROR: Exception:\n") {
        // pip's own crash, with its traceback, is no answer to imitate: one line and a failure.
        let line = our.lines("ERROR:").len() + our.lines("error:").len();
        if !matches!(our.code, 1 | 2) || line == 0 {
            problems.push("pip crashes, and we do not say why".to_owned());
        }
        return problems;
    }
    if our.code != pip.code {
        problems.push(format!("exit code {} instead of {}", our.code, pip.code));
    }
    match words {
        Words::Same => {
            let (ours, pips) = (said(sandbox, &our.stderr), said(sandbox, &pip.stderr));
            if ours != pips {
                problems.push(format!("words\n  ours: {ours:#?}\n  pip's: {pips:#?}"));
            }
        }
        Words::Both(text) => {
            for (whose, ran) in [("ours", our), ("pip's", pip)] {
                if !ran.stderr.contains(text) {
                    problems.push(format!("{whose} lacks {text:?}"));
                }
            }
        }
        Words::Ours(text) => {
            if !our.stderr.contains(text) {
                problems.push(format!("ours lacks {text:?}"));
            }
        }
    }
    problems
}

/// The loud lines, without the paths of temporary folders.
fn said(sandbox: &Sandbox, stderr: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut following = false;
    for line in stderr.lines() {
        let loud = ["ERROR:", "WARNING:", "error:"];
        let starts = loud.iter().any(|word| line.trim_start().starts_with(word));
        // Further lines of the same text are indented.
        following = starts || following && line.starts_with("    ");
        if following {
            let words = line.trim().split(' ').map(|word| shortened(sandbox, word));
            lines.push(words.collect::<Vec<_>>().join(" "));
        }
    }
    lines
}

/// Files in temporary folders and in the cache by their last part; links without the digest of
/// their page, which pip shows for pages in HTML only.
fn shortened(sandbox: &Sandbox, word: &str) -> String {
    let bare = word.trim_matches(['\'', '"', ',', ';', ':', '(', ')']);
    let temporary =
        bare.starts_with(sandbox.text()) && (bare.contains("/pip-") || bare.contains("/cache/"));
    if temporary {
        let last = bare.rsplit('/').next().unwrap_or(bare);
        return word.replace(bare, &format!("TEMPORARY/{last}"));
    }
    match bare.split_once("#sha256=") {
        Some((url, _)) if bare.contains("/lied-") => word.replace(bare, url),
        _ => word.to_owned(),
    }
}

#[test]
fn names_and_versions() {
    let world = World::new();
    let dist = world.sandbox.at("dist");
    WheelMaker::new("needs-old", "1.0").requires("good<1").write_to(&dist);
    WheelMaker::new("needs-new", "1.0").requires("good>=1").write_to(&dist);
    WheelMaker::new("needs-much-old", "1.0").requires("third<1").write_to(&dist);
    WheelMaker::new("needs-much-new", "1.0").requires("third>1").write_to(&dist);
    for version in ["0.5", "1.0", "2.0"] {
        WheelMaker::new("third", version).write_to(&dist);
    }
    WheelMaker::new("future", "1.0").metadata("Requires-Python: >=4").write_to(&dist);
    WheelMaker::new("yanked", "1.0").file("yanked.py", "").write_to(&dist);
    WheelMaker::new("foreign", "1.0").tag("cp27-none-win32").write_to(&dist);
    world.server.change(|options| {
        options.yanked.insert("yanked-1.0-py3-none-any.whl".to_owned(), "it burns".to_owned());
    });
    world.server.fix("/simple/failing/", Answer::new(500, "text/plain", "oh"));
    world.server.fix("/simple/forbidden/", Answer::new(403, "text/plain", "no"));
    let same = Words::Same;
    world.check(&[
        case(same, &["unknown-package"]),
        case(same, &["good==7"]),
        case(same, &["good>=7,<9"]),
        case(same, &["good===1.0.0"]),
        case(same, &["needs-old", "needs-new"]).unpacks(),
        case(same, &["needs-much-old", "needs-much-new"]).unpacks(),
        case(same, &["third<1", "third>1"]),
        case(same, &["needs-old"]).unpacks(),
        case(same, &["future"]),
        case(same, &["foreign"]),
        case(same, &["yanked"]),
        case(same, &["yanked==1.0", "--dry-run"]),
        case(same, &["failing"]),
        case(same, &["forbidden"]),
        case(same, &["good", "unknown-package"]).unpacks(),
        case(same, &["good[nonsense]", "--dry-run"]),
        case(same, &["keeper==2.0", "unknown-package"]).unpacks(),
    ]);
}

#[test]
fn files_and_lines() {
    let world = World::new();
    let box_ = &world.sandbox;
    box_.write("binary.txt", b"\x00\xff\xfe\x89PNG\r\n\x1a\n good");
    box_.write("latin.txt", b"# caf\xe9\ngood\n");
    box_.write("invalid.txt", "good ==\n");
    box_.write("odd.txt", "good\n???\n");
    box_.write("option.txt", "--frobnicate\ngood\n");
    box_.write("nested.txt", "-r deeper/none.txt\n");
    box_.write("itself.txt", "-r itself.txt\n");
    box_.write("path.txt", "./nowhere\n");
    box_.write("equals.txt", "good=1.0\n");
    box_.write("constraint-url.txt", "good[x]\n");
    box_.write("editable-constraint.txt", "-e ./folder\n");
    box_.write("unnamed-constraint.txt", "./folder\n");
    std::fs::create_dir(box_.at("folder")).unwrap();
    box_.write("folder/README", "nothing here");
    box_.write("group/pyproject.toml", "[project\nname = 1\n");
    box_.write("future-1.0-cp99-cp99-win32.whl", "x");
    box_.write("short-1.0.whl", "x");
    box_.write("text-1.0-py3-none-any.whl", "this is no archive");
    box_.write("text-1.0.tar.gz", "this is no archive");
    box_.write("text-1.0.zip", "this is no archive");
    let same = Words::Same;
    world.check(&[
        case(same, &["-r", "missing.txt"]),
        case(Words::Both("folder"), &["-r", "folder"]),
        case(same, &["-r", "binary.txt"]),
        case(same, &["-r", "latin.txt"]),
        case(same, &["-r", "invalid.txt"]),
        case(same, &["-r", "odd.txt"]),
        case(same, &["-r", "option.txt"]),
        case(same, &["-r", "nested.txt"]),
        case(same, &["-r", "itself.txt"]),
        case(same, &["-r", "path.txt"]),
        case(same, &["-r", "equals.txt"]),
        case(same, &["-c", "missing.txt", "good"]),
        case(same, &["-c", "constraint-url.txt", "good"]),
        case(same, &["-c", "editable-constraint.txt", "good"]),
        case(same, &["-c", "unnamed-constraint.txt", "good"]),
        case(same, &["-r", "file:///none/such.txt"]),
        case(same, &["good=1.0"]),
        case(same, &["good >= "]),
        case(same, &["good; nonsense == 'x'"]),
        case(same, &["???"]),
        case(same, &["./nowhere"]),
        case(same, &["./nowhere-1.0-py3-none-any.whl"]),
        case(same, &["/nowhere/at/all.tar.gz"]),
        case(same, &["./folder"]),
        case(same, &["-e", "./folder"]),
        case(same, &["-e", "./nowhere"]),
        case(same, &["-e", "good"]),
        case(Words::Both("group/pyproject.toml"), &["./group"]),
        case(same, &["./future-1.0-cp99-cp99-win32.whl"]),
        case(same, &["./short-1.0.whl"]),
        case(same, &["./text-1.0-py3-none-any.whl"]),
        case(same, &["./text-1.0.tar.gz"]),
        case(same, &["./text-1.0.zip"]),
        case(same, &["good @ file:///none/good-1.0-py3-none-any.whl"]),
        case(Words::Both("Failed to connect to 127.0.0.1 while fetching http://127.0.0.1:9/good-1.0-py3-none-any.whl\n╰─> [Errno 111] Connection refused"), &["good @ http://127.0.0.1:9/good-1.0-py3-none-any.whl"]),
        case(same, &["unknown+vcs://example.org/x"]),
        case(same, &[]),
    ]);
}

#[test]
fn digests() {
    let world = World::new();
    let box_ = &world.sandbox;
    let dist = box_.at("dist");
    let right = accel_testkit::wheel::sha256(
        &std::fs::read(dist.join("good-1.0-py3-none-any.whl")).unwrap(),
    );
    let wrong = "0".repeat(64);
    WheelMaker::new("needy", "1.0").requires("good").write_to(&dist);
    let needy = accel_testkit::wheel::sha256(
        &std::fs::read(dist.join("needy-1.0-py3-none-any.whl")).unwrap(),
    );
    box_.write("wrong.txt", format!("good==1.0 --hash=sha256:{wrong}\n"));
    box_.write(
        "wrongs.txt",
        format!(
            "good==1.0 --hash=sha256:{wrong} --hash=sha512:{wrong}{wrong} --hash=sha256:{needy}\n"
        ),
    );
    box_.write("missing.txt", format!("good==1.0 --hash=sha256:{right}\nkeeper==2.0\n"));
    box_.write("unpinned.txt", format!("good --hash=sha256:{right}\n"));
    box_.write("range.txt", format!("good>=1 --hash=sha256:{right}\n"));
    box_.write("dependency.txt", format!("needy==1.0 --hash=sha256:{needy}\n"));
    box_.write("malformed.txt", "good==1.0 --hash=sha256\n");
    box_.write("unknown.txt", "good==1.0 --hash=crc32:12345678\n");
    box_.write("folder/pyproject.toml", "[project]\nname = 'folder'\nversion = '1'\n");
    box_.write("folder.txt", format!("./folder\ngood==1.0 --hash=sha256:{right}\n"));
    box_.write("editable.txt", format!("-e ./folder\ngood==1.0 --hash=sha256:{right}\n"));
    let page = |digest: &str| {
        Answer::new(
            200,
            "text/html",
            format!(
                "<a href=\"/files/lied-1.0-py3-none-any.whl#sha256={digest}\">lied-1.0-py3-none-any.whl</a>"
            ),
        )
    };
    WheelMaker::new("lied", "1.0").write_to(&dist);
    world.server.fix("/simple/lied/", page(&wrong));
    let url =
        format!("good @ {}#sha256={wrong}", world.server.at("files/good-1.0-py3-none-any.whl"));
    let path = format!(
        "good @ file://{}#sha256={wrong}",
        dist.join("good-1.0-py3-none-any.whl").display()
    );
    let same = Words::Same;
    world.check(&[
        case(same, &["-r", "wrong.txt"]),
        case(same, &["-r", "wrongs.txt"]),
        case(same, &["-r", "missing.txt"]),
        case(same, &["-r", "unpinned.txt"]),
        case(same, &["-r", "range.txt"]),
        case(same, &["-r", "dependency.txt"]),
        case(same, &["-r", "malformed.txt"]),
        case(same, &["-r", "unknown.txt"]),
        case(same, &["-r", "folder.txt"]),
        case(same, &["-r", "editable.txt"]),
        case(same, &["--require-hashes", "good==1.0"]),
        case(same, &["--require-hashes", "good"]),
        case(same, &["lied"]),
        case(same, &[&url]),
        case(same, &[&path]),
    ]);
    // What came with a wrong digest is not kept.
    assert!(!dist_names(&box_.at("cache/index")).iter().any(|name| name.starts_with("lied")));
}

fn dist_names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect()
}

#[test]
fn corrupt_wheels() {
    let world = World::new();
    let dist = world.sandbox.at("dist");
    let wheel = |name: &str| WheelMaker::new(name, "1.0").file("module.py", "x = 1\n".repeat(50));
    let write = |maker: &WheelMaker, bytes: &[u8]| {
        std::fs::write(dist.join(maker.filename()), bytes).unwrap();
    };
    let cut = wheel("cut");
    let bytes = cut.build();
    write(&cut, &bytes[..bytes.len() - 30]);
    let empty = wheel("empty");
    write(&empty, b"");
    let mut member = ZipMember::new("crc.py", "x = 1\n");
    member.crc32 ^= 1;
    WheelMaker::new("crc", "1.0").member(member).write_to(&dist);
    wheel("nowheel").replace("WHEEL", None).write_to(&dist);
    wheel("nometadata").replace("METADATA", None).write_to(&dist);
    wheel("norecord").replace("RECORD", None).write_to(&dist);
    wheel("notext").replace("METADATA", Some(b"\xff\xfe\x00")).write_to(&dist);
    wheel("othername")
        .replace("METADATA", Some(b"Metadata-Version: 2.1\nName: somebody\nVersion: 1.0\n"))
        .write_to(&dist);
    wheel("otherversion")
        .replace("METADATA", Some(b"Metadata-Version: 2.1\nName: otherversion\nVersion: 2.0\n"))
        .write_to(&dist);
    wheel("badversion")
        .replace("METADATA", Some(b"Metadata-Version: 2.1\nName: badversion\nVersion: one.two\n"))
        .write_to(&dist);
    wheel("newformat")
        .replace("WHEEL", Some(b"Wheel-Version: 2.0\nRoot-Is-Purelib: true\n"))
        .write_to(&dist);
    wheel("noformat").replace("WHEEL", Some(b"Root-Is-Purelib: true\n")).write_to(&dist);
    wheel("twoinfo").file("other-1.0.dist-info/METADATA", "Name: other\n").write_to(&dist);
    wheel("wronginfo").dist_info("elsewhere-1.0.dist-info").write_to(&dist);
    wheel("climber").file("../climbed.py", "x = 1\n").write_to(&dist);
    wheel("badentry").entry_point("console_scripts", "bad", "module").write_to(&dist);
    wheel("oddentry").replace("entry_points.txt", Some(b"[console_scripts\nx")).write_to(&dist);
    let nothing = wheel("noinfo");
    write(&nothing, &ZipMaker::new([ZipMember::new("module.py", "x = 1\n")]).build());
    let same = Words::Same;
    let cases: Vec<Case> = [
        ("cut", same),
        ("empty", same),
        ("crc", Words::Ours("crc")),
        ("nowheel", same),
        ("nometadata", same),
        ("norecord", Words::Ours("RECORD")),
        ("notext", Words::Both("METADATA")),
        ("othername", same),
        ("otherversion", same),
        ("badversion", same),
        ("newformat", same),
        ("noformat", same),
        (
            "twoinfo",
            Words::Both("twoinfo has an invalid wheel, multiple .dist-info directories found"),
        ),
        ("wronginfo", same),
        ("climber", Words::Both("climber")),
        ("badentry", same),
        ("oddentry", same),
        ("noinfo", same),
    ]
    .into_iter()
    // Wheels that are sound but not what the file name says are found out when they are used.
    .map(|(name, words)| match name {
        "otherversion" | "badversion" => case(words, &[name]).unpacks(),
        _ => case(words, &[name]),
    })
    .collect();
    world.check(&cases);
    assert!(!world.sandbox.at("climbed.py").exists());
}

#[test]
fn broken_source_distributions() {
    let world = World::new();
    let dist = world.sandbox.at("dist");
    let backend =
        "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n";
    SdistMaker::new("badtoml", "1.0").file("pyproject.toml", "[build-system\nx").write_to(&dist);
    SdistMaker::new("norequires", "1.0")
        .file("pyproject.toml", "[build-system]\nbuild-backend = 'x'\n")
        .write_to(&dist);
    SdistMaker::new("badrequires", "1.0")
        .file("pyproject.toml", "[build-system]\nrequires = 'setuptools'\n")
        .write_to(&dist);
    SdistMaker::new("oddrequires", "1.0")
        .file("pyproject.toml", "[build-system]\nrequires = ['???']\n")
        .write_to(&dist);
    SdistMaker::new("needsmissing", "1.0")
        .file(
            "pyproject.toml",
            "[build-system]\nrequires = ['unknown-backend']\nbuild-backend = 'x'\n",
        )
        .write_to(&dist);
    SdistMaker::new("nobackend", "1.0")
        .file("pyproject.toml", "[build-system]\nrequires = []\nbuild-backend = 'backend'\n")
        .write_to(&dist);
    SdistMaker::new("raising", "1.0")
        .file("pyproject.toml", backend)
        .file("backend.py", "raise RuntimeError('this backend is broken')\n")
        .write_to(&dist);
    SdistMaker::new("failing", "1.0")
        .file("pyproject.toml", backend)
        .file("backend.py", "def build_wheel(*a, **k): raise SystemExit('no wheel today')\n\
              def prepare_metadata_for_build_wheel(folder, settings=None):\n    import os\n    \
              os.mkdir(folder + '/failing-1.0.dist-info')\n    \
              open(folder + '/failing-1.0.dist-info/METADATA', 'w').write('Metadata-Version: 2.1\\nName: failing\\nVersion: 1.0\\n')\n    \
              return 'failing-1.0.dist-info'\n")
        .write_to(&dist);
    SdistMaker::new("nothing", "1.0").write_to(&dist);
    SdistMaker::new("outside", "1.0")
        .file(
            "pyproject.toml",
            "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['..']\n",
        )
        .write_to(&dist);
    std::fs::write(dist.join("noarchive-1.0.tar.gz"), "no archive").unwrap();
    let same = Words::Same;
    world.check(&[
        case(Words::Both("pyproject.toml"), &["badtoml"]),
        case(same, &["norequires"]),
        case(same, &["badrequires"]),
        case(same, &["oddrequires"]),
        case(Words::Both("unknown-backend"), &["needsmissing"]),
        case(Words::Both("backend"), &["nobackend"]),
        case(Words::Both("this backend is broken"), &["raising"]),
        case(Words::Both("no wheel today"), &["failing"]),
        case(same, &["nothing"]),
        case(Words::Both("backend"), &["outside"]),
        case(same, &["noarchive"]),
        case(same, &["--only-binary", ":all:", "failing"]),
        case(same, &["--no-binary", ":all:", "good"]),
    ]);
}
