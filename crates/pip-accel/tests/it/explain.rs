//! `explain` and `install --explain`, word for word, against made universes. pip has neither.

mod conflicts;

use std::collections::BTreeMap;
use std::path::PathBuf;

use accel_testkit::index::{IndexOptions, IndexServer};
use accel_testkit::sdist::SdistMaker;
use accel_testkit::wheel::{WheelMaker, sha256};

use crate::sandbox::{Ran, Sandbox, tree};

/// Wheels as `name version`, and what each requires; a `#` begins another line of metadata.
type Wheels<'a> = &'a [(&'a str, &'a [&'a str])];

/// An index with such wheels, and an environment to explain.
struct Universe {
    sandbox: Sandbox,
    server: IndexServer,
    environment: PathBuf,
    /// Such as `3.11.7`.
    python: String,
}

impl Universe {
    fn new(wheels: Wheels<'_>) -> Self {
        let sandbox = Sandbox::new();
        let dist = sandbox.at("dist");
        for (what, requires) in wheels {
            wheel(what, requires).write_to(&dist);
        }
        let server = IndexServer::start(&dist, IndexOptions::default());
        let environment = sandbox.environment("environment");
        let config = std::fs::read_to_string(environment.join("pyvenv.cfg")).expect("a file");
        let version = config.lines().find_map(|line| line.strip_prefix("version = "));
        let python = version.expect("a version").to_owned();
        Self { sandbox, server, environment, python }
    }

    fn dist(&self) -> PathBuf {
        self.sandbox.at("dist")
    }

    /// `pip-accel --python ENVIRONMENT COMMAND -i INDEX …`
    fn run(&self, command: &str, arguments: &[&str]) -> Ran {
        let python = self.environment.join("bin/python");
        let python = python.to_str().expect("a plain path");
        let url = self.server.url();
        let mut all = vec!["--python", python, command, "-i", url.as_str()];
        all.extend(arguments);
        self.sandbox.ours(&all, &[])
    }

    fn explain(&self, arguments: &[&str]) -> Ran {
        self.run("explain", arguments)
    }

    /// What `explain` says of something that is there.
    #[track_caller]
    fn explained(&self, arguments: &[&str]) -> String {
        let before = tree(&self.environment);
        let ran = self.explain(arguments).good();
        assert_eq!(ran.stderr, "");
        assert_eq!(tree(&self.environment), before);
        self.shown(&ran.stdout)
    }

    /// A text without what differs from run to run.
    fn shown(&self, text: &str) -> String {
        let minor = self.python.rsplit_once('.').expect("three numbers").0;
        text.replace(&self.server.url(), "INDEX")
            .replace(self.sandbox.text(), "FOLDER")
            .replace(&self.python, "PYTHON")
            .replace(&format!("python{minor}/"), "pythonX.Y/")
    }
}

fn wheel(what: &str, requires: &[&str]) -> WheelMaker {
    let (name, version) = what.split_once(' ').expect("name and version");
    let wheel = WheelMaker::new(name, version).file(&format!("{name}.py"), "x = 1\n");
    requires.iter().fold(wheel, |wheel, text| match text.strip_prefix('#') {
        Some(line) => wheel.metadata(line),
        None => wheel.requires(text),
    })
}

#[test]
fn every_version_has_its_reason() {
    let universe = Universe::new(&[
        ("tool 3.1", &["#Provides-Extra: fast", "app>=1", "app[x]; extra == \"fast\""]),
        (
            "app 1.0",
            &["lib<3; python_version >= \"3\"", "#Provides-Extra: x", "lib; extra == \"x\""],
        ),
        ("lib 3.1", &[]),
        ("lib 3.0", &[]),
        ("lib 2.9rc1", &[]),
        ("lib 2.8", &[]),
        ("lib 2.7", &["#Requires-Python: >=4"]),
        ("lib 1.5", &[]),
        ("lib 1.4", &[]),
        ("lib 1.3", &[]),
        ("lib 1.2", &[]),
    ]);
    let dist = universe.dist();
    wheel("lib 2.6", &[]).tag("cp27-cp27m-win32").write_to(&dist);
    SdistMaker::new("lib", "2.5").write_to(&dist);
    let yanked = BTreeMap::from([("lib-2.8-py3-none-any.whl".to_owned(), "bad".to_owned())]);
    universe.server.change(|options| options.yanked = yanked);
    let shown = universe.explained(&["lib", "tool[fast]>=3", "--only-binary", ":all:"]);
    assert_eq!(
        shown,
        "\
         lib 1.5 would be installed from INDEX/lib/ (lib-1.5-py3-none-any.whl).\n\
         Asked for by:\n\
         \x20 command line: tool[fast]>=3 -> tool[fast] 3.1: app[x]; extra == \"fast\" -> app 1.0: lib<3; python_version >= \"3\"\n\
         \x20 command line: tool[fast]>=3 -> tool[fast] 3.1: app[x]; extra == \"fast\" -> app[x] 1.0: lib; extra == \"x\"\n\
         Other versions:\n\
         \x20 3.1, 3.0: excluded by lib<3 of app 1.0\n\
         \x20 2.9rc1: pre-release (--pre was not given)\n\
         \x20 2.8: yanked (bad)\n\
         \x20 2.7: requires a different Python (PYTHON not in '>=4')\n\
         \x20 2.6: no file for this platform and Python\n\
         \x20 2.5: no file of an allowed format (--no-binary, --only-binary)\n\
         \x20 1.4 to 1.2 (3): older\n"
    );
}

#[test]
fn metadata_that_cannot_be_used_is_told() {
    let universe = Universe::new(&[
        ("lib 2.0", &["not a requirement"]),
        ("lib 1.0", &[]),
        ("app 1.0", &["lib"]),
    ]);
    let ran = universe.explain(&["lib", "app"]).good();
    assert_eq!(
        universe.shown(&ran.stdout),
        "\
         lib 1.0 would be installed from INDEX/lib/ (lib-1.0-py3-none-any.whl).\n\
         Asked for by:\n\
         \x20 command line: app -> app 1.0: lib\n\
         Other versions:\n\
         \x20 2.0: invalid metadata: Expected semicolon (after name with no version specifier) or end\n"
    );
    assert!(ran.stderr.starts_with("WARNING: Ignoring version 2.0 of lib"), "{}", ran.stderr);
}

#[test]
fn files_uploaded_too_late_or_without_an_allowed_hash_are_told() {
    let universe = Universe::new(&[("lib 2.0", &[]), ("lib 1.0", &[])]);
    let uploaded = [
        ("lib-2.0-py3-none-any.whl", "2026-03-01T00:00:00Z"),
        ("lib-1.0-py3-none-any.whl", "2025-03-01T00:00:00Z"),
    ];
    let uploaded = uploaded.map(|(file, time)| (file.to_owned(), time.to_owned()));
    universe.server.change(|options| options.uploaded = BTreeMap::from(uploaded));
    let shown = universe.explained(&["lib", "lib", "--uploaded-prior-to", "2026-01-01T00:00:00Z"]);
    assert_eq!(
        shown,
        "\
         lib 1.0 would be installed from INDEX/lib/ (lib-1.0-py3-none-any.whl).\n\
         Asked for by:\n\
         \x20 command line: lib\n\
         Other versions:\n\
         \x20 2.0: not uploaded prior to 2026-01-01 00:00:00+00:00 (--uploaded-prior-to)\n"
    );
    let digest =
        sha256(&std::fs::read(universe.dist().join("lib-1.0-py3-none-any.whl")).expect("a wheel"));
    universe.sandbox.write("hashed.txt", format!("lib>=1 --hash=sha256:{digest}\n"));
    assert_eq!(
        universe.explained(&["lib", "-r", "hashed.txt"]),
        "\
         lib 1.0 would be installed from INDEX/lib/ (lib-1.0-py3-none-any.whl).\n\
         Asked for by:\n\
         \x20 -r hashed.txt (line 1): lib>=1\n\
         Other versions:\n\
         \x20 2.0: no file with an allowed hash\n"
    );
}

#[test]
fn constraints_formats_and_the_search_are_told() {
    let universe = Universe::new(&[
        ("app 2.0", &["lib>=2"]),
        ("app 1.0", &["lib"]),
        ("lib 2.0", &[]),
        ("lib 1.0", &[]),
        ("a 2.0", &["lib==1.0"]),
        ("a 1.0", &["lib"]),
        ("b 1.0", &["a<2"]),
    ]);
    SdistMaker::new("lib", "3.0").write_to(&universe.dist());
    universe.sandbox.write("c.txt", "# two\nlib<3\n");
    universe.sandbox.write("r.txt", "app\nlib<2\n");
    assert_eq!(
        universe.explained(&["lib", "lib", "-c", "c.txt"]),
        "\
         lib 2.0 would be installed from INDEX/lib/ (lib-2.0-py3-none-any.whl).\n\
         Asked for by:\n\
         \x20 command line: lib\n\
         Other versions:\n\
         \x20 3.0: excluded by lib<3 of -c c.txt (line 2)\n\
         \x20 1.0: older\n"
    );
    assert_eq!(
        universe.explained(&["lib", "lib", "--prefer-binary"]),
        "\
         lib 2.0 would be installed from INDEX/lib/ (lib-2.0-py3-none-any.whl).\n\
         Asked for by:\n\
         \x20 command line: lib\n\
         Other versions:\n\
         \x20 3.0: has no wheel (--prefer-binary)\n\
         \x20 1.0: older\n"
    );
    assert_eq!(
        universe.explained(&["app,lib", "-r", "r.txt"]),
        "\
         app 1.0 would be installed from INDEX/app/ (app-1.0-py3-none-any.whl).\n\
         Asked for by:\n\
         \x20 -r r.txt (line 1): app\n\
         Other versions:\n\
         \x20 2.0: tried and turned down: it needs lib>=2, but the user requested lib<2 (-r r.txt (line 2))\n\
         ---\n\
         lib 1.0 would be installed from INDEX/lib/ (lib-1.0-py3-none-any.whl).\n\
         Asked for by:\n\
         \x20 -r r.txt (line 2): lib<2\n\
         \x20 -r r.txt (line 1): app -> app 1.0: lib\n\
         Other versions:\n\
         \x20 3.0, 2.0: excluded by lib<2 of -r r.txt (line 2)\n"
    );
    // The search takes the first `a`, which pins `lib`, and finds out later that it can't be.
    assert_eq!(
        universe.explained(&["lib", "a", "b", "--only-binary", ":all:"]),
        "\
         lib 1.0 would be installed from INDEX/lib/ (lib-1.0-py3-none-any.whl).\n\
         Asked for by:\n\
         \x20 command line: a -> a 1.0: lib\n\
         Other versions:\n\
         \x20 3.0: no file of an allowed format (--no-binary, --only-binary)\n\
         \x20 2.0: fits, but the search did not come to it\n"
    );
}

#[test]
fn what_is_kept_and_what_is_installed_decides_and_is_told() {
    let universe = Universe::new(&[
        ("app 1.0", &["lib<2", "other; extra == \"x\"", "#Provides-Extra: x"]),
        ("lib 1.0", &[]),
        ("alone 1.0", &[]),
    ]);
    universe.run("install", &["app==1.0", "alone"]).good();
    wheel("lib 2.0", &[]).write_to(&universe.dist());
    wheel("lib 1.5", &[]).write_to(&universe.dist());
    let folder = wheel("direct 1.0", &[]);
    let file = universe.sandbox.at("direct-1.0-py3-none-any.whl");
    folder.write_to(file.parent().expect("a folder"));
    universe.run("install", &["./direct-1.0-py3-none-any.whl"]).good();
    assert_eq!(
        universe.explained(&["lib"]),
        "\
         lib 1.0 is installed in ./environment/lib/pythonX.Y/site-packages by pip.\n\
         It was not asked for by the user.\n\
         Required by:\n\
         \x20 app 1.0: lib<2\n\
         Newer versions:\n\
         \x20 2.0: excluded by lib<2 of app 1.0\n\
         \x20 1.5: could be installed (--upgrade)\n"
    );
    assert_eq!(
        universe.explained(&["alone,direct"]),
        "\
         alone 1.0 is installed in ./environment/lib/pythonX.Y/site-packages by pip.\n\
         It was asked for by the user.\n\
         No newer version is known.\n\
         ---\n\
         direct 1.0 is installed in ./environment/lib/pythonX.Y/site-packages from file://FOLDER/direct-1.0-py3-none-any.whl by pip.\n\
         It was asked for by the user.\n\
         No newer version is known.\n"
    );
    assert_eq!(
        universe.explained(&["lib", "app"]),
        "\
         lib 1.0 is installed in ./environment/lib/pythonX.Y/site-packages and stays.\n\
         Asked for by:\n\
         \x20 command line: app -> app 1.0: lib<2\n\
         Other versions:\n\
         \x20 2.0: excluded by lib<2 of app 1.0\n\
         \x20 1.5: newer, but what is installed satisfies (--upgrade was not given)\n"
    );
    assert_eq!(
        universe.explained(&["lib", "app", "--upgrade", "--upgrade-strategy", "eager"]),
        "\
         lib 1.5 would replace the installed 1.0, from INDEX/lib/ (lib-1.5-py3-none-any.whl).\n\
         Asked for by:\n\
         \x20 command line: app -> app 1.0: lib<2\n\
         Other versions:\n\
         \x20 2.0: excluded by lib<2 of app 1.0\n\
         \x20 1.0: older\n"
    );
    assert_eq!(
        universe.explained(&["alone", "alone==1.0", "-I"]),
        "\
         alone 1.0 would be installed from INDEX/alone/ (alone-1.0-py3-none-any.whl, kept).\n\
         Asked for by:\n\
         \x20 command line: alone==1.0\n\
         No other version is known.\n\
         Only what is kept was looked at (--freshness always asks the indexes).\n"
    );
    assert_eq!(
        universe.explained(&["direct", "-I", "./direct-1.0-py3-none-any.whl"]),
        "\
         direct 1.0 would be installed from file://FOLDER/direct-1.0-py3-none-any.whl.\n\
         Asked for by:\n\
         \x20 command line: file://FOLDER/direct-1.0-py3-none-any.whl\n"
    );
    let absent = universe.explain(&["other"]).bad();
    assert_eq!(
        (absent.stdout.as_str(), absent.stderr.as_str()),
        (
            "\
         other is not installed, but named:\n\
         \x20 app 1.0: other; extra == \"x\" (app[x] would bring it in)\n",
            ""
        )
    );
}

#[test]
fn what_is_not_there_is_said_with_what_would_bring_it_in() {
    let universe = Universe::new(&[
        (
            "app 1.0",
            &[
                "lib<2; extra == \"x\"",
                "lib; sys_platform == \"win32\"",
                "#Provides-Extra: x",
                "dep",
            ],
        ),
        ("lib 1.0", &[]),
        ("dep 1.0", &[]),
    ]);
    universe.sandbox.write("c.txt", "lib<3\n");
    let absent = |arguments: &[&str]| {
        let ran = universe.explain(arguments).bad();
        assert_eq!(ran.stderr, "");
        ran.stdout
    };
    assert_eq!(
        absent(&["lib", "app", "lib; sys_platform == 'win32'", "-c", "c.txt"]),
        "\
         lib is not part of the answer, but named:\n\
         \x20 command line: lib; sys_platform == \"win32\" (its marker does not hold here)\n\
         \x20 app 1.0: lib<2; extra == \"x\" (app[x] would bring it in)\n\
         \x20 app 1.0: lib; sys_platform == \"win32\" (its marker does not hold here)\n\
         \x20 -c c.txt (line 1): lib<3 (a constraint, which asks for nothing)\n"
    );
    assert_eq!(
        absent(&["dep", "app", "--no-deps"]),
        "\
         dep is not part of the answer, but named:\n\
         \x20 app 1.0: dep (left out by --no-deps)\n"
    );
    assert_eq!(
        absent(&["nowhere", "app"]),
        "nowhere is not part of the answer: nothing there asks for it.\n"
    );
    assert_eq!(
        absent(&["nowhere"]),
        "nowhere is not installed, and nothing that is asks for it.\n"
    );
    for hostile in ["", "a b", "-", "../x", "x\u{1b}[31m", "flask>=2", "a,,b"] {
        let ran = universe.explain(&["--", hostile]).bad();
        assert_eq!(
            (ran.stdout.as_str(), ran.lines("ERROR:").len(), ran.stderr.lines().count()),
            ("", 1, 1)
        );
        assert!(!ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
    }
    assert_eq!(
        universe.explain(&[]).bad().stderr,
        "ERROR: You must give the name of a project to explain (see \"pip help explain\")\n"
    );
    assert_eq!(universe.explain(&["lib", "nowhere"]).bad().lines("ERROR:").len(), 2);
}

#[test]
fn an_installation_explains_itself_in_a_line_or_two_each() {
    let universe = Universe::new(&[
        ("app 1.0", &["lib<2"]),
        ("more 1.0", &["lib"]),
        ("last 1.0", &["lib>=1"]),
        ("lib 2.0", &[]),
        ("lib 1.5", &[]),
        ("lib 1.9b1", &[]),
    ]);
    let ran = universe.run("install", &["--explain", "--dry-run", "app", "more", "last"]).good();
    assert_eq!(
        universe.shown(&ran.stdout),
        "\
         Looking in indexes: INDEX\n\
         Collecting app\n\
         \x20 Downloading app-1.0-py3-none-any.whl.metadata (66 bytes)\n\
         Collecting more\n\
         \x20 Downloading more-1.0-py3-none-any.whl.metadata (65 bytes)\n\
         Collecting last\n\
         \x20 Downloading last-1.0-py3-none-any.whl.metadata (68 bytes)\n\
         Collecting lib<2 (from app)\n\
         \x20 Downloading lib-1.5-py3-none-any.whl.metadata (45 bytes)\n\
         Would install app-1.0 last-1.0 lib-1.5 more-1.0\n\
         Why these versions:\n\
         \x20 app 1.0, the newest (app of the command line)\n\
         \x20 last 1.0, the newest (last of the command line)\n\
         \x20 lib 1.5 (lib<2 of app 1.0, lib of more 1.0 and 1 more)\n\
         \x20   2.0: excluded by lib<2 of app 1.0; 1.9b1: pre-release (--pre was not given)\n\
         \x20 more 1.0, the newest (more of the command line)\n"
    );
    let ran = universe.run("install", &["--explain", "app"]).good();
    assert_eq!(
        universe.shown(&ran.stdout),
        "\
         Looking in indexes: INDEX\n\
         Collecting app\n\
         \x20 Using cached app-1.0-py3-none-any.whl.metadata (66 bytes)\n\
         Collecting lib<2 (from app)\n\
         \x20 Using cached lib-1.5-py3-none-any.whl.metadata (45 bytes)\n\
         Downloading app-1.0-py3-none-any.whl (823 bytes)\n\
         Downloading lib-1.5-py3-none-any.whl (803 bytes)\n\
         Installing collected packages: lib, app\n\
         \n\
         Successfully installed app-1.0 lib-1.5\n\
         Why these versions:\n\
         \x20 app 1.0, the newest (app of the command line)\n\
         \x20 lib 1.5 (lib<2 of app 1.0)\n\
         \x20   2.0: excluded by lib<2 of app 1.0; 1.9b1: pre-release (--pre was not given)\n"
    );
    let ran = universe.run("install", &["--explain", "app"]).good();
    assert_eq!(
        universe.shown(&ran.stdout),
        "\
         Looking in indexes: INDEX\n\
         Requirement already satisfied: app in ./environment/lib/pythonX.Y/site-packages (1.0)\n\
         Requirement already satisfied: lib<2 in ./environment/lib/pythonX.Y/site-packages (from app) (1.5)\n\
         Why these versions:\n\
         \x20 app 1.0, installed (app of the command line)\n\
         \x20 lib 1.5, installed (lib<2 of app 1.0)\n"
    );
}

#[test]
fn json_says_the_same() {
    let universe = Universe::new(&[("app 1.0", &["lib<2"]), ("lib 2.0", &[]), ("lib 1.5", &[])]);
    let ran = universe.explain(&["--json", "lib", "app"]).good();
    let said = universe.shown(&ran.stdout);
    assert_eq!(
        said,
        "\
         {\n\
         \x20 \"version\": \"1\",\n\
         \x20 \"python\": \"PYTHON\",\n\
         \x20 \"explained\": [\n\
         \x20   {\n\
         \x20     \"name\": \"lib\",\n\
         \x20     \"status\": \"install\",\n\
         \x20     \"chosen\": \"1.5\",\n\
         \x20     \"source\": {\n\
         \x20       \"place\": \"INDEX/lib/\",\n\
         \x20       \"file\": \"lib-1.5-py3-none-any.whl\",\n\
         \x20       \"kept\": false\n\
         \x20     },\n\
         \x20     \"asked_for_by\": [\n\
         \x20       [\n\
         \x20         {\n\
         \x20           \"by\": {\n\
         \x20             \"user\": \"command line\"\n\
         \x20           },\n\
         \x20           \"requirement\": \"app\"\n\
         \x20         },\n\
         \x20         {\n\
         \x20           \"by\": {\n\
         \x20             \"name\": \"app\",\n\
         \x20             \"version\": \"1.0\",\n\
         \x20             \"extras\": []\n\
         \x20           },\n\
         \x20           \"requirement\": \"lib<2\"\n\
         \x20         }\n\
         \x20       ]\n\
         \x20     ],\n\
         \x20     \"looked\": \"everywhere\",\n\
         \x20     \"others\": [\n\
         \x20       {\n\
         \x20         \"reason\": \"excluded\",\n\
         \x20         \"versions\": [\n\
         \x20           \"2.0\"\n\
         \x20         ],\n\
         \x20         \"requirements\": [\n\
         \x20           {\n\
         \x20             \"by\": {\n\
         \x20               \"name\": \"app\",\n\
         \x20               \"version\": \"1.0\",\n\
         \x20               \"extras\": []\n\
         \x20             },\n\
         \x20             \"requirement\": \"lib<2\"\n\
         \x20           }\n\
         \x20         ]\n\
         \x20       }\n\
         \x20     ]\n\
         \x20   }\n\
         \x20 ]\n\
         }\n"
    );
}
