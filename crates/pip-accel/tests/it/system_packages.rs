//! Builds that lack packages of the operating system.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use accel_testkit::sdist::SdistMaker;

use crate::pair::{Pair, python311, text};
use crate::sandbox::{Ran, Sandbox};

/// A sandbox whose package managers make a marker; and `frob` in it, which builds once that is there.
struct World {
    sandbox: Sandbox,
    path: String,
}

impl World {
    fn new(hook: &str) -> Self {
        let sandbox = Sandbox::new();
        let marker = sandbox.at("marker");
        let backend = format!(
            "import os, sys, zipfile\n\
             def need():\n    \
                 if not os.path.exists('{}'):\n        \
                     print('frob.c:1:10: fatal error: frob/frob.h: No such file or directory', flush=True)\n        \
                     sys.exit(1)\n\
             def get_requires_for_build_wheel(settings=None):\n    \
                 return []\n\
             def prepare_metadata_for_build_wheel(folder, settings=None):\n    \
                 {}\n    \
                 os.mkdir(os.path.join(folder, 'frob-1.0.dist-info'))\n    \
                 with open(os.path.join(folder, 'frob-1.0.dist-info', 'METADATA'), 'w') as file:\n        \
                     file.write('Metadata-Version: 2.1\\nName: frob\\nVersion: 1.0\\n')\n    \
                 return 'frob-1.0.dist-info'\n\
             def build_wheel(folder, settings=None, metadata=None):\n    \
                 {}\n    \
                 file = 'frob-1.0-py3-none-any.whl'\n    \
                 info = 'frob-1.0.dist-info/'\n    \
                 with zipfile.ZipFile(os.path.join(folder, file), 'w') as wheel:\n        \
                     wheel.writestr('frob.py', '')\n        \
                     wheel.writestr(info + 'METADATA', 'Metadata-Version: 2.1\\nName: frob\\nVersion: 1.0\\n')\n        \
                     wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')\n        \
                     wheel.writestr(info + 'RECORD', 'frob.py,,\\n' + info + 'RECORD,,\\n')\n    \
                 return file\n",
            marker.display(),
            if hook == "metadata" { "need()" } else { "pass" },
            if hook == "wheel" { "need()" } else { "pass" },
        );
        let table =
            "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n";
        SdistMaker::new("frob", "1.0")
            .file("pyproject.toml", table)
            .file("backend.py", backend)
            .write_to(&sandbox.at("dist"));
        let list = "[[need]]\nheader = ['frob/*']\n\
                    debian = ['frob-dev']\nfedora = ['frob-dev']\nalpine = ['frob-dev']\n\
                    arch = ['frob-dev']\nmacos = ['frob-dev']\n";
        sandbox.write("home/.config/pip-accel/system-packages/frob.toml", list);
        // One of them is this system's; each of them knows of no installed package.
        for name in ["apt-get", "dnf", "apk", "pacman", "brew", "rpm", "dpkg-query", "sudo"] {
            let script = format!(
                "#!/bin/sh\ncase \"$*\" in *install*frob-dev|add*frob-dev|--sync*frob-dev) touch {};; *) exit 1;; esac\n",
                marker.display()
            );
            let file = sandbox.write(&format!("bin/{name}"), script);
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let path = std::env::var("PATH").unwrap();
        let path = format!("{}:{path}", sandbox.at("bin").display());
        Self { sandbox, path }
    }

    fn arguments(&self) -> [String; 4] {
        let dist = self.sandbox.at("dist").display().to_string();
        ["--no-index".to_owned(), "--find-links".to_owned(), dist, "frob".to_owned()]
    }

    fn install(&self, name: &str, options: &[&str], variables: &[(&str, &str)]) -> Ran {
        let environment = self.sandbox.environment(name);
        let arguments = self.arguments();
        let mut all: Vec<&str> = arguments.iter().map(String::as_str).collect();
        all.extend(options);
        // Where nothing is kept of the builds before.
        let cache = self.sandbox.at(&format!("cache-{name}")).display().to_string();
        let mut variables = variables.to_vec();
        variables.extend([("PATH", self.path.as_str()), ("PIP_ACCEL_CACHE", &cache)]);
        self.sandbox.install_with(&environment, &all, &variables)
    }

    fn pip(&self) -> Ran {
        let environment = self.sandbox.environment("pip");
        let arguments = self.arguments();
        let all: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.sandbox.pip_install(&environment, &all, &[("PATH", &self.path)])
    }
}

impl World {
    /// Standard output with paths as pip shows those below the current folder.
    fn shown(&self, ran: &Ran) -> String {
        ran.stdout.replace(&format!("Processing {}/", self.sandbox.text()), "Processing ./")
    }
}

/// Without hints and indents.
fn comparable(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.starts_with("HINT: "));
    lines.map(|line| line.trim().to_owned()).collect()
}

#[test]
fn a_hint_follows_pips_words() {
    for hook in ["metadata", "wheel"] {
        let world = World::new(hook);
        let theirs = world.pip().bad();
        let ours = world.install("ours", &["--system-packages", "off"], &[]).bad();
        assert!(!ours.stderr.contains("HINT"), "{}", ours.stderr);
        assert_eq!(comparable(&ours.stderr), comparable(&theirs.stderr));
        assert_eq!(world.shown(&ours), world.shown(&theirs));
        for (number, variables) in
            [&[][..], &[("PIP_ACCEL_AUTO_INSTALL", "false")]].iter().enumerate()
        {
            let ours = world.install(&format!("hint{number}"), &[], variables).bad();
            assert_eq!(comparable(&ours.stderr), comparable(&theirs.stderr));
            assert_eq!(world.shown(&ours), world.shown(&theirs));
            let hint = ours.stderr.lines().last().unwrap();
            let start = "HINT: building frob needs frob/frob.h of frob-dev: `";
            assert!(hint.starts_with(start) && hint.contains(" frob-dev` installs it"), "{hint}");
        }
        // Nobody sits at a terminal.
        let ours = world.install("ask", &["--system-packages", "ask"], &[]).bad();
        assert_eq!(ours.lines("HINT: ").len(), 1);
        assert!(!world.sandbox.at("marker").exists());
    }
}

#[test]
fn packages_are_installed_and_the_build_passes() {
    for (hook, options, variables) in [
        ("metadata", &["--system-packages", "install"][..], &[][..]),
        ("wheel", &["--system-packages", "install"], &[]),
        ("wheel", &[], &[("PIP_ACCEL_AUTO_INSTALL", "true")]),
        ("wheel", &[], &[("PIP_ACCEL_SYSTEM_PACKAGES", "install")]),
    ] {
        let world = World::new(hook);
        let ours = world.install("ours", options, variables).good();
        assert!(ours.stdout.contains("Successfully installed frob-1.0"), "{}", ours.stdout);
        assert_eq!(ours.lines("HINT: ").len(), 0);
        assert_eq!(
            ours.lines("WARNING: building frob needs frob/frob.h of frob-dev: running").len(),
            1
        );
        assert!(world.sandbox.at("marker").exists());
    }
}

#[test]
fn a_package_manager_that_fails_costs_one_line() {
    let world = World::new("wheel");
    for name in ["apt-get", "dnf", "apk", "pacman", "brew"] {
        world.sandbox.write(&format!("bin/{name}"), "#!/bin/sh\necho out of order\nexit 9\n");
    }
    let ours = world.install("ours", &["--system-packages", "install"], &[]).bad();
    let hint = ours.stderr.lines().last().unwrap();
    assert!(hint.starts_with(
        "HINT: building frob needs frob/frob.h of frob-dev, which could not be installed: "
    ));
    assert!(hint.contains("out of order"), "{hint}");
    let picture = "× Failed to build installable wheels";
    assert!(ours.stderr.contains(picture), "{}", ours.stderr);
}

#[test]
fn who_sits_at_a_terminal_is_asked() {
    for (answer, code) in [("y\n", 0), ("n\n", 1)] {
        let world = World::new("wheel");
        let environment = world.sandbox.environment("ours");
        let line = format!(
            "{} --python {} install {}",
            env!("CARGO_BIN_EXE_pip-accel"),
            environment.join("bin/python").display(),
            world.arguments().join(" ")
        );
        let mut command = Command::new("script");
        world.sandbox.surround(&mut command, &[("PATH", &world.path)]);
        command.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("util-linux is there");
        child.stdin.take().unwrap().write_all(answer.as_bytes()).unwrap();
        let ran = Ran::of(&child.wait_with_output().unwrap());
        assert_eq!(ran.code, code, "{ran:#?}");
        assert!(
            ran.stdout.contains("building frob needs frob/frob.h of frob-dev. Run `"),
            "{ran:#?}"
        );
        assert_eq!(world.sandbox.at("marker").exists(), code == 0);
    }
}

/// The Debian package that pylibacl is built with.
const LIBACL: &str = "libacl1-dev";

fn apt(arguments: &[&str]) -> bool {
    let mut run = Command::new("apt-get");
    run.args(["--option=DPkg::Lock::Timeout=300"]).args(arguments);
    run.env("DEBIAN_FRONTEND", "noninteractive")
        .output()
        .is_ok_and(|output| output.status.success())
}

/// A real build, with a real package of the operating system: only root on a Debian can try.
#[test]
fn a_real_package_is_installed() {
    let apt_get: PathBuf = Path::new("/usr/bin/apt-get").into();
    if !apt_get.exists() || !accel_io::process::is_root() {
        return;
    }
    assert!(apt(&["remove", "--yes", LIBACL]), "apt-get cannot remove {LIBACL}");
    let pair = Pair::new(python311());
    // Where nothing was built before.
    let cache = text(&pair.shared().join("cache")).to_owned();
    let pair = pair.variable("PIP_ACCEL_CACHE", &cache);
    let python = pair.ours().join("venv/bin/python");
    let run = |mode| {
        let options = ["--no-binary", "pylibacl", "--system-packages", mode, "pylibacl==0.7.3"];
        let mut all = vec!["--python", text(&python), "install"];
        all.extend(options);
        pair.run_ours(&all)
    };
    let refused = run("hint");
    assert_eq!(refused.code, 1, "{refused:#?}");
    let hint =
        "HINT: building pylibacl needs sys/acl.h of libacl1-dev: `apt-get install libacl1-dev`";
    assert!(refused.stderr.lines().last().unwrap().starts_with(hint), "{refused:#?}");
    let ran = run("install");
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert!(ran.stdout.contains("Successfully installed pylibacl-0.7.3"), "{ran:#?}");
    pair.python("import posix1e");
}
