//! `uninstall`: what stock pip and others have installed goes as it goes with stock pip.

use std::path::{Path, PathBuf};

use accel_testkit::twin;
use accel_testkit::wheel::WheelMaker;

use crate::pair::{Pair, python311, text};
use crate::words::{plain_sdist, same_words};

/// A backend that installs a project by a `.pth` file.
const EDITABLE: &str = r"
import os, zipfile
def build_editable(folder, settings=None, metadata=None):
    info = 'shown-1.0.dist-info/'
    files = {'__editable__.shown.pth': os.getcwd() + '\n', 'shown.py': ''}
    files[info + 'METADATA'] = 'Metadata-Version: 2.1\nName: shown\nVersion: 1.0\n'
    files[info + 'WHEEL'] = 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n'
    files[info + 'RECORD'] = ''.join(f'{file},,\n' for file in [*files, info + 'RECORD'])
    with zipfile.ZipFile(os.path.join(folder, 'shown-1.0-py3-none-any.whl'), 'w') as wheel:
        for file, text in files.items():
            wheel.writestr(file, text)
    return 'shown-1.0-py3-none-any.whl'
";

/// A small world on either side of a pair.
struct Side {
    folder: PathBuf,
    site: PathBuf,
}

impl Side {
    fn of(folder: PathBuf) -> Self {
        Self { site: folder.join("venv/lib/python3.11/site-packages"), folder }
    }

    /// Writes a file below `site-packages`.
    fn write(&self, below: &str, contents: &str) {
        write(&self.site.join(below), contents);
    }

    /// Metadata that nobody but its writer answers for.
    fn metadata(&self, folder: &str, name: &str) {
        let file = if folder.contains(".dist-info") { "METADATA" } else { "PKG-INFO" };
        let text = format!("Metadata-Version: 1.0\nName: {name}\nVersion: 1.0\n");
        self.write(&format!("{folder}/{file}"), &text);
    }

    /// What older tools left, or strangers.
    fn furnish(&self) {
        self.write("some/own.txt", "");
        self.metadata("flat-1.0-py3.9.egg-info", "flat");
        self.write(
            "flat-1.0-py3.9.egg-info/installed-files.txt",
            "../flat/__init__.py\n../flat/__pycache__/__init__.cpython-311.pyc\n../../../../bin/flat\nPKG-INFO\n",
        );
        self.write("flat/__init__.py", "");
        self.write("flat/__pycache__/__init__.cpython-311.pyc", "");
        self.write("flat/__pycache__/__init__.cpython-37.pyc", "");
        self.write("../../../bin/flat", "");
        self.metadata("top-1.0-py3.9.egg-info", "top");
        self.write("top-1.0-py3.9.egg-info/top_level.txt", "top\n_top\nspace\n");
        self.write("top-1.0-py3.9.egg-info/namespace_packages.txt", "space\n");
        self.write("top/__init__.py", "");
        self.write("top-heavy.txt", "");
        self.write("_top.py", "");
        self.write("space/other.py", "");
        // Two eggs and two `setup.py develop`, one of them without its line in the `.pth` file.
        for name in ["eggy", "yolk"] {
            self.metadata(&format!("{name}-1.0-py3.11.egg/EGG-INFO"), name);
            self.write(&format!("{name}-1.0-py3.11.egg/{name}.py"), "");
        }
        for name in ["dev", "stray"] {
            let source = self.folder.join(name);
            let info = format!("{name}.egg-info");
            write(
                &source.join(&info).join("PKG-INFO"),
                &format!("Metadata-Version: 1.0\nName: {name}\nVersion: 1.0\n"),
            );
            write(
                &source.join(&info).join("entry_points.txt"),
                &format!("[console_scripts]\n{name} = {name}:main\n"),
            );
            self.write(&format!("../../../bin/{name}"), "");
            self.write(&format!("{name}.egg-link"), &format!("{}\n.", source.display()));
        }
        let lines = format!(
            "/else\n./eggy-1.0-py3.11.egg\n./yolk-1.0-py3.11.egg\n{}",
            self.folder.join("dev").display()
        );
        self.write("easy-install.pth", &lines);
        // Refusals.
        self.write("old-1.0.egg-info", "Metadata-Version: 1.0\nName: old\nVersion: 1.0\n");
        self.metadata("bare-1.0.dist-info", "bare");
        self.metadata("conda_made-1.0.dist-info", "conda.made");
        self.write("conda_made-1.0.dist-info/INSTALLER", "conda\n");
        // It claims what is not its own.
        self.metadata("stranger-1.0.dist-info", "stranger");
        self.write(
            "stranger-1.0.dist-info/RECORD",
            "stranger.py,,\n../../../../precious.txt,,\n/etc/hostname,,\nstranger-1.0.dist-info/METADATA,,\n\
             stranger-1.0.dist-info/RECORD,,\n",
        );
        self.write("stranger.py", "");
        write(&self.folder.join("precious.txt"), "precious");
        // Odd ones.
        self.write("nameless-1.0.dist-info/METADATA", "Metadata-Version: 2.1\n");
        self.write("nameless-1.0.dist-info/RECORD", "nameless-1.0.dist-info/METADATA,,\n");
    }
}

fn write(path: &Path, contents: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, contents).unwrap();
}

/// Two environments in which stock pip has installed the same things.
fn furnished() -> Pair {
    let pair = Pair::new(python311());
    let dist = pair.shared().join("dist");
    std::fs::create_dir(&dist).unwrap();
    WheelMaker::new("some-thing", "1.0")
        .file("some/__init__.py", "")
        .file("some/sub/deep.py", "")
        .file("some/data.txt", "")
        .file("some-more/__init__.py", "")
        .file("single.py", "")
        .data("scripts", "tool", "#!python\n")
        .data("data", "share/some/file", "")
        .data("headers", "some.h", "")
        .entry_point("console_scripts", "some", "some:main")
        .write_to(&dist);
    WheelMaker::new("Other.Thing", "2.0").file("other/thing.py", "").write_to(&dist);
    WheelMaker::new("Other.Else", "2.0").file("other/other.py", "").write_to(&dist);
    plain_sdist("built", "1.0").write_to(&dist);
    let source = pair.shared().join("shown");
    write(
        &source.join("pyproject.toml"),
        "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n",
    );
    write(&source.join("backend.py"), EDITABLE);
    for side in [pair.ours(), pair.theirs()] {
        let from = ["install", "--no-index", "-f", text(&dist), "-e", text(&source)];
        let what = ["some-thing", "other-thing", "other-else", "built"];
        let ran = pair.pip_on(&side, &[&from[..], &what].concat());
        assert_eq!(ran.code, 0, "{ran:#?}");
        let requirements = format!(
            "# what goes\nsome_thing>=3 --hash=sha256:{}\n-e {}\nother.thing ; python_version < '3'\n-r @MORE@\n",
            "0".repeat(64),
            text(&source)
        );
        write(&side.join("goes.txt"), &requirements.replace("@MORE@", "more.txt"));
        write(&side.join("more.txt"), "-i https://nowhere.invalid\nbuilt[all] @ file:///x.zip\n");
        write(&side.join("nothing.txt"), "# nothing\n");
        Side::of(side).furnish();
    }
    pair
}

#[test]
fn everything_goes_as_pip_lets_it_go() {
    let pair = furnished();
    let cases: [(&str, &[&str]); 31] = [
        ("", &["uninstall"]),
        ("", &["uninstall", "-r", "nothing.txt"]),
        ("", &["uninstall", "-r", "absent.txt"]),
        ("", &["uninstall", "-y", "some thing"]),
        ("", &["uninstall", "-y", "./nowhere"]),
        ("", &["uninstall", "-y", "https://nowhere.invalid/x.zip", "no.such-Thing"]),
        ("", &["uninstall", "-y", "not.there-1.0-py3-none-any.whl"]),
        ("", &["uninstall", "-q", "-y", "Not_there", "not.there", "absent"]),
        ("", &["uninstall", "some-thing"]),
        ("", &["uninstall", "--no-input", "some-thing"]),
        ("maybe\n N \n", &["uninstall", "some-thing"]),
        ("\u{e4}'\nno\nn", &["uninstall", "-q", "some-thing"]),
        ("n\n", &["uninstall", "-v", "Some.Thing"]),
        ("n\nn\nn\nn\n", &["uninstall", "stranger", "dev", "flat", "eggy"]),
        ("n\n", &["uninstall", "-v", "stranger"]),
        ("", &["uninstall", "-y", "old", "some-thing"]),
        ("", &["uninstall", "-qy", "bare"]),
        ("", &["uninstall", "-qqqy", "bare"]),
        ("", &["uninstall", "-y", "conda-made"]),
        ("y\n", &["uninstall", "-v", "flat"]),
        ("", &["uninstall", "-y", "top", "nameless"]),
        ("", &["uninstall", "-vy", "eggy"]),
        ("", &["uninstall", "-y", "-v", "dev", "stray"]),
        ("Y\n", &["uninstall", "yolk"]),
        ("", &["uninstall", "-y", "stranger", "stranger"]),
        ("\n", &["uninstall", "other.else"]),
        ("n\ny\n", &["uninstall", "built", "shown"]),
        ("", &["uninstall", "-y", "shown"]),
        ("", &["uninstall", "-v", "-y", "-r", "goes.txt"]),
        ("", &["uninstall", "-y", "-r", "goes.txt"]),
        ("", &["uninstall", "--yes", "some-thing", "--root-user-action", "warn"]),
    ];
    for (input, arguments) in cases {
        let both = pair.run_fed(input, arguments);
        same_words(&pair, &both);
        let left = [pair.ours(), pair.theirs()].map(|side| {
            let pth = side.join("venv/lib/python3.11/site-packages/easy-install.pth");
            let lines = std::fs::read_to_string(pth).unwrap().replace(text(&side), "@SIDE@");
            (twin::listing(&side.join("venv")), lines)
        });
        assert_eq!(left[0], left[1], "{arguments:?}");
    }
    for side in [pair.ours(), pair.theirs()] {
        assert_eq!(std::fs::read_to_string(side.join("precious.txt")).unwrap(), "precious");
        assert!(side.join("dev/dev.egg-info/PKG-INFO").exists());
    }
}

#[test]
fn pip_itself_goes() {
    let pair = Pair::with_options(python311(), &[]);
    same_words(&pair, &pair.run(&["uninstall", "--yes", "pip", "setuptools"])).succeed();
    let left = [pair.ours(), pair.theirs()].map(|side| twin::listing(&side.join("venv")));
    assert_eq!(left[0], left[1]);
}

#[test]
fn leftovers_are_pointed_out() {
    let pair = Pair::new(python311());
    for side in [pair.ours(), pair.theirs()] {
        let side = Side::of(side);
        side.write("~eft-1.0.dist-info/METADATA", "Name: eft\nVersion: 1.0\n");
    }
    same_words(&pair, &pair.run(&["uninstall", "-y", "absent", "gone"])).succeed();
}

/// A distribution in the user's site folder of a side's home.
fn of_user(side: &Path) {
    let side = Side {
        folder: side.to_owned(),
        site: side.join("home/.local/lib/python3.11/site-packages"),
    };
    side.metadata("users-1.0.dist-info", "users");
    side.write("users.py", "");
    side.write("../../../bin/users", "");
    side.write(
        "users-1.0.dist-info/RECORD",
        "users.py,,\nusers-1.0.dist-info/METADATA,,\nusers-1.0.dist-info/RECORD,,\n../../../bin/users,,\n",
    );
}

#[test]
fn what_lies_outside_of_a_virtual_environment_stays() {
    let pair = Pair::with_options(python311(), &["--without-pip", "--system-site-packages"]);
    for side in [pair.ours(), pair.theirs()] {
        of_user(&side);
    }
    let both = pair.run(&["uninstall", "-y", "users"]);
    assert!(both.theirs.stdout.contains("outside environment"), "{both:#?}");
    same_words(&pair, &both).succeed();
    pair.equal("home/.local", true);
}

#[test]
fn the_users_own_goes_without_a_virtual_environment() {
    let pair = Pair::without_venv(python311());
    for side in [pair.ours(), pair.theirs()] {
        of_user(&side);
    }
    for arguments in [
        &["uninstall", "users"][..],
        &["uninstall", "-y", "users", "--root-user-action=warn"],
        &["uninstall", "-y", "users", "--root-user-action=ignore"],
    ] {
        same_words(&pair, &pair.run(arguments));
        // Its folders are gone on both sides, or on neither.
        let left =
            [pair.ours(), pair.theirs()].map(|side| twin::listing(&side.join("home/.local")));
        assert_eq!(left[0], left[1]);
    }
    assert!(!pair.ours().join("home/.local/bin/users").exists());
}

#[test]
fn a_managed_environment_is_refused_unless_forced() {
    let python = Path::new("/usr/bin/python3");
    let marker = std::fs::read_dir("/usr/lib").unwrap().flatten().any(|entry| {
        let name = entry.file_name();
        name.to_str().is_some_and(|name| name.starts_with("python3."))
            && entry.path().join("EXTERNALLY-MANAGED").exists()
    });
    assert!(marker, "Debian's Python is wanted for this test: install the package python3");
    let pair = Pair::without_venv(python);
    for arguments in [
        &["uninstall", "-y", "no-such-thing"][..],
        &["uninstall", "-y", "no-such-thing", "--break-system-packages"],
        &["uninstall", "-y", "no-such-thing", "--break-sys", "--root-user-action=warn"],
    ] {
        same_words(&pair, &pair.run(arguments));
    }
}
