//! Repositories of the four systems, fetched by this program and by the newest pip.

use std::path::{Path, PathBuf};
use std::process::Command;

use accel_io::vcs::{Described, Programs, describe};

use crate::pair::{Pair, python311, text};
use crate::words::same_words;

/// A source tree that needs nothing to be built; its version stands in a file.
fn write_project(folder: &Path, version: &str) {
    let backend = r"import os, zipfile
HERE = os.path.dirname(os.path.abspath(__file__))
VERSION = open(os.path.join(HERE, 'version')).read().strip()
def wheel(folder, files):
    info = f'demo-{VERSION}.dist-info/'
    files = dict(files)
    files[info + 'METADATA'] = f'Metadata-Version: 2.1\nName: demo\nVersion: {VERSION}\n'
    files[info + 'WHEEL'] = 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n'
    files[info + 'RECORD'] = ''.join(f'{name},,\n' for name in [*files, info + 'RECORD'])
    name = f'demo-{VERSION}-py3-none-any.whl'
    with zipfile.ZipFile(os.path.join(folder, name), 'w') as out:
        for file, text in files.items():
            out.writestr(file, text)
    return name
def build_wheel(folder, settings=None, metadata=None):
    return wheel(folder, {'demo/__init__.py': ''})
def build_editable(folder, settings=None, metadata=None):
    return wheel(folder, {'demo.pth': HERE + '\n'})
";
    let table = "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n";
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("pyproject.toml"), table).unwrap();
    std::fs::write(folder.join("backend.py"), backend).unwrap();
    std::fs::write(folder.join("version"), version).unwrap();
}

/// Runs a program in a folder; it must be there (`.ci/run` installs it) and succeed.
#[track_caller]
fn run(folder: &Path, command: &[&str]) -> String {
    let ran = Command::new(command[0])
        .args(&command[1..])
        .current_dir(folder)
        .env("HOME", folder)
        .envs([("HGUSER", "x"), ("BRZ_EMAIL", "x <x@y>"), ("GIT_CONFIG_GLOBAL", "/dev/null")])
        .envs([("GIT_AUTHOR_NAME", "x"), ("GIT_AUTHOR_EMAIL", "x@y")])
        .envs([("GIT_COMMITTER_NAME", "x"), ("GIT_COMMITTER_EMAIL", "x@y")])
        .output()
        .unwrap_or_else(|error| panic!("the system package of {} is missing: {error}", command[0]));
    assert!(ran.status.success(), "{command:?}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap().trim().to_owned()
}

/// A repository with versions 1.0 and 2.0 of a project, and how to refer to the first of them.
struct Repository {
    program: &'static str,
    /// Where commits are made.
    work: PathBuf,
    url: String,
    first: &'static str,
}

impl Repository {
    fn new(program: &'static str, folder: &Path) -> Self {
        let work = folder.join(format!("{program}-work"));
        let mut at = work.clone();
        if program == "svn" {
            at = folder.join("svn-repository");
            run(folder, &["svnadmin", "create", text(&at)]);
            run(folder, &["svn", "checkout", "-q", &format!("file://{}", text(&at)), text(&work)]);
        } else {
            std::fs::create_dir(&work).unwrap();
            run(&work, &[program, "init", "-q"]);
        }
        let first = match program {
            "git" => "first",
            "hg" => "0",
            _ => "1",
        };
        let made = Self { program, url: format!("{program}+file://{}", text(&at)), work, first };
        for version in ["1.0", "2.0"] {
            made.commit(version);
            if (program, version) == ("git", "1.0") {
                run(&made.work, &["git", "tag", "first"]);
            }
        }
        made
    }

    fn commit(&self, version: &str) {
        write_project(&self.work, version);
        let names = ["pyproject.toml", "backend.py", "version"];
        let add: Vec<&str> = match self.program {
            "svn" => [vec!["svn", "add", "-q", "--force"], names.to_vec()].concat(),
            program => [vec![program, "add"], names.to_vec()].concat(),
        };
        run(&self.work, &add);
        run(&self.work, &[self.program, "commit", "-q", "-m", version]);
        if self.program == "svn" {
            run(&self.work, &["svn", "update", "-q"]);
        }
    }
}

/// The `-e` line of pip's `freeze` for our environment, and what [`describe`] says.
#[track_caller]
fn described_alike(pair: &Pair, location: &Path) -> String {
    let frozen = pair.pip_on(&pair.ours(), &["freeze"]).stdout;
    let line = frozen.lines().find_map(|line| line.strip_prefix("-e ")).unwrap_or(&frozen);
    let programs = Programs::new(std::env::var_os("PATH").unwrap(), pair.ours());
    match describe(&programs, location, "demo") {
        Described::Requirement(requirement) => assert_eq!(requirement, line),
        other => panic!("{other:?} as against {frozen}"),
    }
    line.to_owned()
}

/// Installs revisions, then an editable working copy that is updated, switched and left alone.
fn plays_the_same(program: &'static str) {
    let pair = Pair::new(python311()).variable("GIT_CONFIG_GLOBAL", "/dev/null");
    let repository = Repository::new(program, pair.shared());
    let Repository { url, first, .. } = &repository;
    let play = |arguments: &[&str]| {
        let all = [&["install", "--no-index", "--no-cache-dir"], arguments].concat();
        same_words(&pair, &pair.run(&all)).succeed();
    };
    play(&[&format!("demo @ {url}@{first}")]);
    pair.equal("venv", true);
    play(&[&format!("{url}#egg=demo"), "--force-reinstall"]);
    pair.equal("venv", true);

    let editable = format!("{url}#egg=demo");
    play(&["-e", &editable]);
    repository.commit("3.0");
    play(&["-e", &editable]);
    pair.equal("venv/lib", true);
    assert_eq!(std::fs::read_to_string(pair.ours().join("venv/src/demo/version")).unwrap(), "3.0");
    let copy = pair.ours().join("venv/src/demo");
    described_alike(&pair, &copy);
    play(&["-e", &format!("{url}@{first}#egg=demo")]);
    assert_eq!(std::fs::read_to_string(copy.join("version")).unwrap(), "1.0");
    let moved = Repository::new(program, &{
        let folder = pair.shared().join("other");
        std::fs::create_dir(&folder).unwrap();
        folder
    });
    let elsewhere = format!("{}#egg=demo", moved.url);
    let ways: &[&str] = if program == "git" { &["i", "b", "w"] } else { &["w"] };
    for way in ways {
        play(&["-e", &elsewhere, "--exists-action", way]);
    }
    described_alike(&pair, &copy);
    pair.equal("venv/lib", true);
}

#[test]
fn git_repositories() {
    plays_the_same("git");
}

#[test]
fn mercurial_repositories() {
    plays_the_same("hg");
}

#[test]
fn subversion_repositories() {
    plays_the_same("svn");
}

#[test]
fn bazaar_repositories() {
    plays_the_same("bzr");
}

#[test]
fn what_fails_is_told_alike() {
    let pair = Pair::new(python311()).variable("GIT_CONFIG_GLOBAL", "/dev/null");
    let repository = Repository::new("git", pair.shared());
    let url = &repository.url;
    for arguments in [
        vec![format!("{url}@nothing")],
        vec!["-q".to_owned(), format!("demo @ {url}@nothing")],
        vec![format!("{url}-missing")],
        vec!["-e".to_owned(), url.clone()],
    ] {
        let mut all = vec!["install", "--no-index"];
        all.extend(arguments.iter().map(String::as_str));
        let both = pair.run(&all);
        same_words(&pair, &both);
        assert_eq!(both.ours.code, 1, "{both:#?}");
    }
}

#[test]
fn branches_refs_submodules_and_subdirectories_of_git() {
    let pair = Pair::new(python311())
        .variable("GIT_CONFIG_GLOBAL", "/dev/null")
        .variable("GIT_ALLOW_PROTOCOL", "file");
    let repository = Repository::new("git", pair.shared());
    let work = &repository.work;
    run(work, &["git", "checkout", "-q", "-b", "side"]);
    write_project(&work.join("below/deep"), "4.0");
    run(work, &["git", "add", "below"]);
    run(work, &["git", "commit", "-q", "-m", "side"]);
    let id = run(work, &["git", "rev-parse", "HEAD"]);
    run(work, &["git", "update-ref", "refs/pull/7/head", "HEAD"]);
    run(work, &["git", "checkout", "-q", "-"]);
    let outer = pair.shared().join("outer");
    write_project(&outer, "5.0");
    run(&outer, &["git", "init", "-q"]);
    let add =
        ["git", "-c", "protocol.file.allow=always", "submodule", "add", "-q", text(work), "inner"];
    run(&outer, &add);
    run(&outer, &["git", "add", "-A"]);
    run(&outer, &["git", "commit", "-q", "-m", "outer"]);
    let url = &repository.url;
    let below = "#subdirectory=below/deep";
    for requirement in [
        format!("demo @ {url}@side{below}"),
        format!("demo @ {url}@{id}{below}"),
        format!("demo @ {url}@refs/pull/7/head{below}"),
        format!("git+file://{}", text(&outer)),
    ] {
        let arguments =
            ["install", "--no-index", "--no-cache-dir", "--force-reinstall", &requirement];
        same_words(&pair, &pair.run(&arguments)).succeed();
        pair.equal("venv", true);
    }
    let arguments =
        ["install", "--no-index", "-e", &format!("{url}@side#egg=demo&subdirectory=below/deep")];
    same_words(&pair, &pair.run(&arguments)).succeed();
    let line = described_alike(&pair, &pair.ours().join("venv/src/demo/below/deep"));
    assert!(line.ends_with("&subdirectory=below/deep"), "{line}");
}
