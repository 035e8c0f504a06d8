//! Where distributions come from and where they go: each way equal to the newest pip's.

use std::path::Path;
use std::process::Command;

use crate::pair::{Pair, python311, text};

const SIX: &str = "https://files.pythonhosted.org/packages/b7/ce/\
149a00dd41f10bc29e5921b496af8b574d8413afcd5e30dfa0ed46c2cc5e/six-1.17.0-py2.py3-none-any.whl";

/// A setuptools project with a program, data and a package, as a repository with a tag.
fn project(folder: &Path) {
    let write = |name: &str, contents: &str| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, contents).unwrap();
    };
    write(
        "pyproject.toml",
        "[build-system]\nrequires = [\"setuptools==80.9.0\"]\nbuild-backend = \"setuptools.build_meta\"\n\
         [project]\nname = \"Twin.Demo\"\nversion = \"1.5\"\ndependencies = [\"six==1.17.0\"]\n\
         [project.scripts]\ntwin-demo = \"twin_demo.cli:main\"\n\
         [tool.setuptools]\npackages = [\"twin_demo\"]\n",
    );
    write("twin_demo/__init__.py", "import six\n");
    write("twin_demo/cli.py", "def main():\n    print('twin')\n");
    write(
        "deep/er/setup.py",
        "from setuptools import setup\nsetup(name='deeper', version='2', py_modules=['deeper'])\n",
    );
    write("deep/er/deeper.py", "DEEP = True\n");
    for arguments in [
        &["init", "--quiet", "--initial-branch=main"][..],
        &["add", "."],
        &["commit", "--quiet", "--message=first"],
        &["tag", "v1.5"],
    ] {
        let done = Command::new("git")
            .args(["-c", "user.name=Test", "-c", "user.email=test@example.org"])
            .args(arguments)
            .current_dir(folder)
            .output()
            .expect("this test needs the system package git");
        assert!(done.status.success(), "{done:?}");
    }
}

#[test]
fn direct_references() {
    let pair = Pair::new(python311());
    let source = pair.shared().join("project");
    project(&source);
    let source = text(&source);
    let cases: [&[&str]; 8] = [
        &[source],
        &[&format!("twin-demo @ file://{source}")],
        &[&format!("git+file://{source}@v1.5")],
        &[&format!("git+file://{source}@main#subdirectory=deep/er")],
        &[&format!("deeper @ git+file://{source}#subdirectory=deep/er")],
        &["-e", source],
        &["-e", &format!("{source}/deep/er")],
        &[SIX],
    ];
    for case in cases {
        let mut arguments = vec!["install"];
        arguments.extend(case);
        pair.run(&arguments).succeed();
        pair.equal("venv", true);
    }
    let list = ["uninstall", "--yes", "twin-demo", "deeper", "six"];
    let removed = pair.pip_on(&pair.ours(), &list);
    assert_eq!(removed.code, 0, "{removed:#?}");
    pair.run_pip(&list);
    pair.equal("venv", true);
}

#[test]
fn into_folders() {
    let pair = Pair::new(python311());
    let cases: [&[&str]; 6] = [
        &["--target", "@SIDE@/target", "docutils==0.19", "markupsafe==2.1.3"],
        // Once more: what is there is left alone with a warning, unless --upgrade.
        &["--target", "@SIDE@/target", "markupsafe==2.1.5"],
        &["--target", "@SIDE@/target", "--upgrade", "markupsafe==2.1.5"],
        &["--prefix", "@SIDE@/prefix", "docutils==0.19", "markupsafe==2.1.3"],
        &["--root", "@SIDE@/root", "docutils==0.19", "markupsafe==2.1.3"],
        &["--no-compile", "--prefix", "@SIDE@/plain", "docutils==0.19"],
    ];
    for case in cases {
        let mut arguments = vec!["install"];
        arguments.extend(case);
        pair.run(&arguments).succeed();
    }
    for folder in ["target", "prefix", "plain", "venv"] {
        pair.equal(folder, false);
    }
    // Below a --root the whole path of the environment stands once more; to be compared, it must
    // not have the side's name in it.
    for side in [pair.ours(), pair.theirs()] {
        let below = side.join("root").join(side.strip_prefix("/").unwrap());
        std::fs::rename(below.join("venv"), side.join("rooted")).unwrap();
    }
    pair.equal("rooted", false);
}

#[test]
fn for_the_user() {
    // In an environment that sees the interpreter's own distributions, so that none of those can
    // be touched: pip leaves them where they are and puts another version into the user's site.
    let pair = Pair::with_options(python311(), &["--without-pip", "--system-site-packages"]);
    let arguments = ["install", "--user", "docutils==0.20", "markupsafe==2.1.3"];
    pair.run(&arguments).succeed();
    pair.equal("home/.local", false);
    pair.run(&arguments).succeed();
    // But what the environment itself has would hide it.
    pair.run(&["install", "--ignore-installed", "six==1.16.0"]).succeed();
    let both = pair.run(&["install", "--user", "six==1.15.0"]);
    assert_eq!(both.agree().ours.code, 1);
    assert_eq!(both.ours.stderr.replace("/ours/", "/pips/"), both.theirs.stderr);
    pair.equal("venv", false);
}

#[test]
fn changes_of_versions() {
    let pair = Pair::new(python311());
    let cases: [&[&str]; 8] = [
        &["markupsafe==2.1.3", "docutils==0.19"],
        &["markupsafe==2.1.5"],
        &["--dry-run", "markupsafe==2.1.3", "six==1.16.0"],
        &["markupsafe", "docutils<0.20"],
        &["--force-reinstall", "--no-deps", "docutils==0.19"],
        &["--ignore-installed", "markupsafe==2.1.5"],
        &["--no-deps", "--upgrade", "jinja2==3.1.2"],
        &["--only-deps", "jinja2==3.1.3"],
    ];
    for case in cases {
        let mut arguments = vec!["install"];
        arguments.extend(case);
        pair.run(&arguments).succeed();
        pair.equal("venv", false);
    }
    let cases: [&[&str]; 3] =
        [&["six==99"], &["no-such-distribution-of-that-name"], &["jinja2==3.1.2", "markupsafe<2"]];
    for case in cases {
        let mut arguments = vec!["install"];
        arguments.extend(case);
        let both = pair.run(&arguments);
        assert_eq!(both.agree().ours.code, 1);
        pair.equal("venv", false);
    }
}
