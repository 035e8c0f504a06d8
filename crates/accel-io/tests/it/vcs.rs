//! git repositories, against the real program.

use std::path::{Path, PathBuf};

use accel_io::fs::{self, Scratch};

use accel_io::process::{Run, find_program};
use accel_io::vcs::{self, Change, Programs, Remote, SYSTEMS, Stand, System, VcsError};

fn program() -> PathBuf {
    find_program("git", &std::env::var_os("PATH").unwrap_or_default()).expect("git is installed")
}

/// Nothing of the user's own configuration takes part.
fn programs() -> Programs {
    Programs::new(std::env::var_os("PATH").unwrap_or_default(), "/")
        .no_input()
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_ALLOW_PROTOCOL", "file:http")
}

fn run(folder: &Path, args: &[&str]) -> String {
    let finished = Run::new(program())
        .args(["-c", "user.name=x", "-c", "user.email=x@y", "-c", "init.defaultBranch=main"])
        .args(["-c", "protocol.file.allow=always", "-c", "tag.gpgSign=false"])
        .args(args.iter().copied())
        .cwd(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .finish()
        .unwrap();
    assert!(finished.success(), "{args:?}: {}", finished.stderr_text());
    finished.stdout_text().trim().to_owned()
}

fn git() -> &'static dyn System {
    vcs::system("git").unwrap()
}

fn remote(url: &str, revision: Option<&str>) -> Remote {
    let revision = revision.map(str::to_owned);
    Remote { url: url.to_owned(), revision, user: None, password: None }
}

fn commit(folder: &Path, text: &str) -> String {
    fs::write(folder.join("file"), text).unwrap();
    run(folder, &["add", "."]);
    run(folder, &["commit", "-qm", text]);
    run(folder, &["rev-parse", "HEAD"])
}

/// A repository with two commits on `main`, one on `side`, tags, and a ref of no kind.
struct Fixture {
    folder: Scratch,
    url: String,
    first: String,
    second: String,
    side: String,
    hidden: String,
}

fn fixture() -> Fixture {
    let folder = Scratch::new(std::env::temp_dir()).unwrap();
    let origin = folder.path().join("origin");
    fs::create_dir(&origin).unwrap();
    run(&origin, &["init", "-q"]);
    run(&origin, &["config", "uploadpack.allowFilter", "true"]);
    run(&origin, &["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let first = commit(&origin, "first");
    run(&origin, &["tag", "light"]);
    run(&origin, &["tag", "-a", "heavy", "-m", "annotated"]);
    run(&origin, &["checkout", "-q", "-b", "side"]);
    let side = commit(&origin, "side");
    run(&origin, &["checkout", "-q", "-b", "gone"]);
    let hidden = commit(&origin, "hidden");
    run(&origin, &["update-ref", "refs/pull/1/head", "HEAD"]);
    run(&origin, &["checkout", "-q", "main"]);
    run(&origin, &["branch", "-qD", "gone"]);
    let second = commit(&origin, "second");
    let url = format!("file://{}", origin.display());
    Fixture { folder, url, first, second, side, hidden }
}

#[test]
fn revisions_are_checked_out_as_pip_understands_them() {
    let made = fixture();
    for (number, (name, wanted, immutable)) in [
        (None, &made.second, false),
        (Some("side"), &made.side, false),
        (Some("light"), &made.first, false),
        (Some("heavy"), &made.first, false),
        (Some("refs/pull/1/head"), &made.hidden, false),
        (Some(made.first.as_str()), &made.first, true),
        (Some(made.hidden.as_str()), &made.hidden, true),
        (Some(&made.first[..8]), &made.first, false),
    ]
    .into_iter()
    .enumerate()
    {
        let dest = made.folder.path().join(number.to_string());
        let (commit, stand) =
            vcs::checkout(git(), &programs(), &dest, &remote(&made.url, name)).unwrap();
        assert_eq!((&commit, stand == Stand::ForGood), (wanted, immutable), "{name:?}");
        assert_eq!(run(&dest, &["rev-parse", "HEAD"]), *wanted);
        assert!(fs::exists(dest.join("file")));
    }
    let clone = made.folder.path().join("0");
    assert_eq!(git().remote_url(&programs(), &clone).unwrap(), made.url);
    assert_eq!(git().root(&programs(), &clone.join(".")), Some(clone.join(".")));
    assert_eq!(git().root(&programs(), made.folder.path()), None);
}

#[test]
fn submodules_come_along() {
    let made = fixture();
    let outer = made.folder.path().join("outer");
    fs::create_dir(&outer).unwrap();
    run(&outer, &["init", "-q"]);
    run(&outer, &["submodule", "add", "-q", &made.url, "inner"]);
    commit(&outer, "outer");
    let dest = made.folder.path().join("clone");
    let url = format!("file://{}", outer.display());
    // git allows local submodules only when it is told to.
    vcs::checkout(git(), &programs().no_partial_clone(), &dest, &remote(&url, None)).unwrap();
    assert_eq!(fs::read_to_string(dest.join("inner/file")).unwrap(), "second");
}

#[test]
fn options_in_disguise_are_refused_and_failures_hide_passwords() {
    let made = fixture();
    let dest = made.folder.path().join("dest");
    let url = made.url.as_str();
    for (url, name) in [
        ("--upload-pack=touch /tmp/x", None),
        ("ssh://-oProxyCommand=touch/x", None),
        ("ssh://user@-oProxyCommand=touch/x", None),
        (url, Some("--output=x")),
        (url, Some("-x")),
        (url, Some("")),
    ] {
        let systems = SYSTEMS.iter().filter(|_| name.is_none()).copied();
        for system in systems.chain([git()]) {
            let error = vcs::checkout(system, &programs(), &dest, &remote(url, name)).unwrap_err();
            assert!(matches!(error, VcsError::LooksLikeOption(_)), "{error}");
            assert!(!fs::exists(&dest));
        }
    }
    let secret = remote("http://user:secret@127.0.0.1:1/x.git", None);
    let quiet = programs().verbosity(-1);
    let error = git().bring(&quiet, Change::New, &dest, &secret).unwrap_err();
    assert!(matches!(&error, VcsError::Failed { output: Some(_), .. }));
    assert!(!format!("{error:?}").contains("secret"), "{error:?}");
}
