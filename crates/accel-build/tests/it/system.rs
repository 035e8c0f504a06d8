//! Logs of failed builds, the packages that help, and how they are installed.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use accel_build::system::{Catalog, CatalogError, Family, Host};
use tempfile::TempDir;

const FAMILIES: [(&str, Family); 5] = [
    ("debian", Family::Debian),
    ("fedora", Family::Fedora),
    ("alpine", Family::Alpine),
    ("arch", Family::Arch),
    ("macos", Family::MacOs),
];

fn packages(catalog: &Catalog, log: &str, family: Family) -> Vec<String> {
    catalog.needs(log, family).into_iter().flat_map(|need| need.packages).collect()
}

#[test]
fn logs_tell_the_packages() {
    let catalog = Catalog::read(&[]).unwrap();
    let cases: toml::Table = toml::from_str(include_str!("build-logs.toml")).unwrap();
    for case in cases["log"].as_array().unwrap() {
        for (name, family) in FAMILIES {
            let expected: Vec<&str> =
                case[name].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
            let found = packages(&catalog, case["text"].as_str().unwrap(), family);
            assert_eq!(found, expected, "{:?} on {name}", case["of"]);
        }
    }
}

#[test]
fn needs_say_what_is_missing() {
    let catalog = Catalog::read(&[]).unwrap();
    let log = "a.c:1:1: fatal error: sys/acl.h: No such file or directory\n\
               ld: cannot find -lxml2\nerror: command '/usr/bin/swig' failed: No such file or directory\n";
    let missing: Vec<String> =
        catalog.needs(log, Family::Debian).into_iter().map(|need| need.missing).collect();
    assert_eq!(missing, ["sys/acl.h", "-lxml2", "/usr/bin/swig"]);
}

#[test]
fn files_of_the_user_extend_and_override() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("lists");
    std::fs::create_dir(&own).unwrap();
    let text = "[patterns]\nprogram = ['Where is {}?']\n\
                [[need]]\nprogram = ['frob']\nheader = ['sys/acl.h']\ndebian = ['frob-tools']\n";
    std::fs::write(own.join("frob.toml"), text).unwrap();
    std::fs::write(own.join("notes.txt"), "no data").unwrap();
    let catalog = Catalog::read(&[folder.path().join("absent"), own.clone()]).unwrap();
    let log = "Where is frob?\n";
    assert_eq!(packages(&catalog, log, Family::Debian), ["frob-tools"]);
    assert_eq!(packages(&catalog, log, Family::Arch), Vec::<String>::new());
    let log = "fatal error: sys/acl.h: No such file or directory\nWhere is swig?\n";
    assert_eq!(packages(&catalog, log, Family::Debian), ["frob-tools", "swig"]);

    std::fs::write(own.join("wrong.toml"), "[[need]]\ncolour = ['red']\n").unwrap();
    let error = Catalog::read(std::slice::from_ref(&own)).unwrap_err();
    assert!(matches!(&error, CatalogError::Parse { path, .. } if *path == own.join("wrong.toml")));
    assert!(error.to_string().contains("colour"), "{error}");
}

/// A folder of programs that write down how they were called.
struct Programs {
    folder: TempDir,
}

impl Programs {
    fn new(scripts: &[(&str, &str)]) -> Self {
        let programs = Self { folder: tempfile::tempdir().unwrap() };
        for (name, body) in scripts {
            let path = programs.path().join(name);
            let text =
                format!("#!/bin/sh\necho {name} \"$@\" >> {}\n{body}\n", programs.log().display());
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        programs
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn log(&self) -> PathBuf {
        self.path().join("log")
    }

    fn called(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.log()).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }

    fn host(&self, family: Family, root: bool) -> Host {
        let folders = [self.path().to_owned(), PathBuf::from("/usr/bin"), PathBuf::from("/bin")];
        Host::new(family, &folders, root)
    }
}

fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn packages_are_asked_for_and_installed_by_each_systems_own_program() {
    let query = "case \"$*\" in *there*) printf installed;; *) exit 1;; esac";
    for (family, ask, install, plain) in [
        (Family::Debian, "dpkg-query", "apt-get", "apt-get install new"),
        (Family::Fedora, "rpm", "dnf", "dnf install new"),
        (Family::Alpine, "apk", "apk", "apk add new"),
        (Family::Arch, "pacman", "pacman", "pacman --sync new"),
        (Family::MacOs, "brew", "brew", "brew install new"),
    ] {
        let body = if ask == install {
            "case \"$*\" in *new*--query*|*list*new*|*info*new*|*--query*new*) exit 1;; esac"
        } else {
            ""
        };
        let programs = Programs::new(&[(ask, query), (install, body)]);
        let host = programs.host(family, true);
        assert_eq!(host.absent(&texts(&["there", "new"])), ["new"], "{family:?}");
        assert_eq!(host.command(&texts(&["new"])), plain);
        host.install(&texts(&["new"]), false).unwrap();
        let last = programs.called().pop().unwrap();
        assert!(last.starts_with(install) && last.ends_with(" new"), "{last}");
    }
}

#[test]
fn lists_of_packages_are_fetched_when_an_installation_fails() {
    let folder = tempfile::tempdir().unwrap();
    let marker = folder.path().join("updated");
    let body = format!(
        "case \"$1\" in update) touch {0};; install) test -e {0} || {{ echo no such package; exit 100; }};; esac",
        marker.display()
    );
    let programs = Programs::new(&[("apt-get", &body)]);
    programs.host(Family::Debian, true).install(&texts(&["new"]), false).unwrap();
    let called = programs.called();
    let steps: Vec<&str> = called.iter().filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(steps, ["install", "update", "install"]);

    let programs = Programs::new(&[("apt-get", "echo it is broken; exit 100")]);
    let error = programs.host(Family::Debian, true).install(&texts(&["new"]), false).unwrap_err();
    assert_eq!(error.to_string(), "`apt-get update` failed with exit code 100: it is broken");
}

#[test]
fn others_than_root_go_through_sudo() {
    let programs = Programs::new(&[("apt-get", ""), ("sudo", "shift; exec \"$@\"")]);
    let host = programs.host(Family::Debian, false);
    assert_eq!(host.command(&texts(&["new"])), "sudo apt-get install new");
    host.install(&texts(&["new"]), false).unwrap();
    let called = programs.called();
    assert!(called[0].starts_with("sudo --non-interactive "), "{called:?}");
    assert!(called[1].starts_with("apt-get install "), "{called:?}");
}
