//! Manifests and bytecode held against what the real pip installs from the same wheel.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use accel_io::fs;
use accel_store::{BytecodeTarget, Entry};
use accel_testkit::real_pip;
use accel_testkit::wheel::WheelMaker;
use accel_types::manifest::ArchivedArea;
use accel_types::record::{self, RecordRow};

use crate::Sandbox;

/// Runs pip for `environment`, or for its own one, without the settings of the tests' environment
/// except those that lead to an index.
fn pip(environment: Option<&Path>, args: &[&str]) {
    let mut command = Command::new(real_pip::python());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy().into_owned();
        let network = matches!(text.as_str(), "PIP_CERT" | "PIP_CONFIG_FILE" | "PIP_INDEX_URL");
        if (text.starts_with("PIP_") && !network) || text.starts_with("PYTHON") {
            command.env_remove(name);
        }
    }
    command.args(["-m", "pip", "--disable-pip-version-check"]);
    if let Some(environment) = environment {
        command.arg("--python").arg(environment.join("bin/python"));
    }
    let output = command.args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A new environment and its site-packages, into which pip has installed the wheel.
fn installed(sandbox: &Sandbox, wheel: &Path) -> (PathBuf, PathBuf) {
    let environment = sandbox.path().join("environment");
    let made = Command::new(real_pip::python())
        .args(["-m", "venv", "--without-pip"])
        .arg(&environment)
        .status()
        .unwrap();
    assert!(made.success());
    let args = ["install", "--no-deps", "--no-index", wheel.to_str().unwrap()];
    pip(Some(&environment), &args);
    let lib = environment.join("lib");
    let version = &fs::read_dir(&lib).unwrap()[0].name;
    let site = lib.join(version).join("site-packages");
    (environment, site)
}

/// The path as RECORD has it: relative to site-packages.
fn record_path(environment: &Path, site: &Path, path: &Path) -> String {
    if let Ok(below) = path.strip_prefix(site) {
        return below.to_str().unwrap().to_owned();
    }
    format!("../../../{}", path.strip_prefix(environment).unwrap().display())
}

fn compare(wheel: &Path, name: &str) {
    let sandbox = Sandbox::new();
    let entry = sandbox.keep_file(wheel, name).unwrap();
    let (environment, site) = installed(&sandbox, wheel);
    let manifest = entry.manifest().unwrap();
    let headers = {
        let version = site.parent().unwrap().file_name().unwrap();
        environment.join("include/site").join(version).join(name)
    };
    let folder = |area: ArchivedArea| match area {
        ArchivedArea::Lib | ArchivedArea::OtherLib => site.clone(),
        ArchivedArea::Scripts => environment.join("bin"),
        ArchivedArea::Data => environment.clone(),
        ArchivedArea::Headers => headers.clone(),
    };
    let row_of = |path: &Path| record_path(&environment, &site, path);

    let mut rows = Vec::new();
    for file in manifest.files.iter() {
        let path = folder(file.area).join(file.path.as_str());
        let theirs = fs::read(&path).unwrap();
        let ours = fs::read(entry.tree().join(file.source.as_str())).unwrap();
        let executable = |path: &Path| {
            use std::os::unix::fs::PermissionsExt;
            fs::metadata(path).unwrap().permissions().mode() & 0o777
        };
        assert_eq!(executable(&path), executable(&entry.tree().join(file.source.as_str())));
        let rest = |bytes: &[u8]| {
            let end = bytes.iter().position(|&byte| byte == b'\n').unwrap();
            bytes[end..].to_vec()
        };
        if file.python_script {
            assert_ne!(theirs, ours, "{}", path.display());
            assert_eq!(rest(&theirs), rest(&ours));
        } else {
            assert_eq!(theirs, ours, "{}", path.display());
            let hash = file.record_hash.as_str();
            rows.push(RecordRow::new(row_of(&path), hash, file.record_size.as_str()));
        }
    }
    for row in manifest.record.iter() {
        rows.push(RecordRow::new(row.path.as_str(), row.hash.as_str(), row.size.as_str()));
    }

    // What is generated while installing is not the store's: taken out of pip's rows, by name.
    let record = site.join(manifest.dist_info.as_str()).join("RECORD");
    let mut theirs = record::parse(&fs::read_to_string(record).unwrap()).unwrap();
    let mut generated: BTreeSet<String> = ["INSTALLER", "REQUESTED", "direct_url.json"]
        .map(|file| format!("{}/{file}", manifest.dist_info))
        .into();
    for launcher in manifest.launchers.iter() {
        generated.insert(row_of(&environment.join("bin").join(launcher.name.as_str())));
    }
    for file in manifest.files.iter().filter(|file| file.python_script) {
        generated.insert(row_of(&folder(file.area).join(file.path.as_str())));
    }
    let found: BTreeSet<String> = theirs.iter().map(|row| row.path.clone()).collect();
    assert!(generated.is_subset(&found), "{generated:?} in {found:?}");

    let target = BytecodeTarget {
        python: environment.join("bin/python"),
        key: "key".to_owned(),
        optimize: 0,
    };
    generated.extend(bytecode(&sandbox, entry, &target, &folder, &row_of));
    theirs.retain(|row| !generated.contains(&row.path));
    record::sort_rows(&mut theirs);
    record::sort_rows(&mut rows);
    assert_eq!(theirs, rows);

    let listed: BTreeMap<String, String> =
        found.into_iter().map(|path| (path.clone(), path)).collect();
    let known = rows.iter().map(|row| &row.path).chain(&generated);
    let known: BTreeMap<String, String> = known.map(|path| (path.clone(), path.clone())).collect();
    assert_eq!(listed, known);
}

/// The bytecode files that pip has written are those that the store makes; returns their rows.
fn bytecode(
    sandbox: &Sandbox,
    entry: Entry,
    target: &BytecodeTarget,
    folder: &dyn Fn(ArchivedArea) -> PathBuf,
    row_of: &dyn Fn(&Path) -> String,
) -> Vec<String> {
    let made = sandbox.store.bytecode(&[entry], target).unwrap();
    let manifest = made[0].manifest().unwrap();
    let places = manifest.files.iter().map(|file| folder(file.area).join(file.path.as_str()));
    places
        .map(|path| {
            assert!(fs::is_file(&path), "{} is not pip's", path.display());
            row_of(&path)
        })
        .collect()
}

#[test]
fn a_wheel_with_everything() {
    let sandbox = Sandbox::new();
    let wheel = WheelMaker::new("everything", "1.0")
        .file("everything/__init__.py", "def main(): pass\n")
        .file("everything/broken.py", "def (:\n")
        .executable("everything/tool.sh", "#!/bin/sh\n")
        .data("purelib", "everything/more.py", "x = 1\n")
        .data("platlib", "everything/native.py", "y = 1\n")
        .data("purelib", "everything/tool.sh", "replaced\n")
        .data("data", "share/everything/readme", "read me")
        .data("data", "share/everything/code.py", "z = 1\n")
        .data("headers", "everything.h", "int everything;\n")
        .data("scripts", "everything", "wrapper")
        .data("scripts", "everything-script.py", "wrapper")
        .data("scripts", "rewritten", "#!python -u\nprint(1)\n")
        .data("scripts", "plain.sh", "#!/bin/sh\n")
        .data("scripts", "plain.py", "#!/bin/sh\n")
        .entry_point("console_scripts", "everything", "everything:main")
        .entry_point("gui_scripts", "everything-gui", "everything:main [gui]")
        .entry_point("console_scripts", "dotted.name", "everything:App.run");
    compare(&wheel.write_to(sandbox.path()), "everything");
}

#[test]
fn a_wheel_whose_record_is_wrong() {
    let sandbox = Sandbox::new();
    let wheel = WheelMaker::new("wrong", "1.0").platlib().file("a.py", "a = 1\n").file("b.py", "").record(
        "a.py,sha256=wrong,99\na.py,second,1\n\"gone, \"\"quoted\"\".py\",sha256=x,5\n./b.py,,\n",
    );
    compare(&wheel.write_to(sandbox.path()), "wrong");
}

/// Needs an index by its nature: wheels as they are in the world.
#[test]
fn wheels_from_an_index() {
    let sandbox = Sandbox::new();
    let wheels = sandbox.path().join("wheels");
    // docutils 0.17 has scripts to be rewritten, greenlet headers and extension modules.
    let wanted = ["six==1.17.0", "attrs==25.1.0", "docutils==0.17.1", "greenlet"];
    let mut args = vec!["download", "--no-deps", "--only-binary=:all:", "-d"];
    args.push(wheels.to_str().unwrap());
    args.extend(wanted);
    pip(None, &args);
    let found = fs::read_dir(&wheels).unwrap();
    assert_eq!(found.len(), wanted.len());
    for wheel in found {
        let name = wheel.name.to_str().unwrap().split('-').next().unwrap().to_owned();
        compare(&wheels.join(&wheel.name), &name);
    }
}
