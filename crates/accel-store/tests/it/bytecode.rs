//! Bytecode, compared with what each interpreter's own compileall writes.

use std::path::{Path, PathBuf};
use std::process::Command;

use accel_io::fs;
use accel_store::BytecodeTarget;
use accel_testkit::wheel::WheelMaker;

use crate::{Sandbox, interpreters, python3};

/// Sources of some length, with what compilers treat specially.
fn wheel() -> WheelMaker {
    let long = (0..400).fold(String::new(), |long, number| {
        long + &format!("def f{number}(x, y=None):\n    return [x, {number}, 'text {number}']\n\n")
    });
    let nested =
        "class A(object):\n    def m(self):\n        return lambda: [i for i in range(3)]\n";
    WheelMaker::new("demo", "1.0")
        .file("demo/__init__.py", "")
        .file("demo/long.py", &long)
        .file("demo/longer.py", format!("{long}{long}{nested}assert True, 'kept'\n"))
        .file("demo/deep/er/nested.py", format!("\"\"\"Docs.\"\"\"\n{nested}"))
        .file("demo/broken.py", "def (:\n")
        .file("demo/future.py", "print 1; match = !\n")
        .file("demo/nul.py", b"x = 1\0\n")
        .file("demo/latin.py", b"# -*- coding: latin-1 -*-\ns = '\xe4'\n")
        .file("demo/undecodable.py", b"s = '\xe4'\n")
        .file("demo/not_source.txt", "x = 1")
        .data("scripts", "run.py", "#!python\nprint('run')\n")
        .data("platlib", "native.py", "z = 3\n")
}

/// Compiles a copy of the tree with compileall as pip does, and says where the results differ in
/// more than `co_filename`; prints the version, too.
const COMPARE: &str = r#"
import compileall, marshal, os, sys
theirs, ours = sys.argv[1:]
python2 = sys.version_info[0] == 2
header = 8 if python2 else (16 if sys.version_info >= (3, 7) else 12)

def code(data, top=True):
    if type(data) is tuple:
        return tuple(code(one, False) for one in data)
    if not hasattr(data, "co_code"):
        return (type(data).__name__, repr(data))
    names = [name for name in dir(data) if name.startswith("co_")]
    skip = ("co_filename", "co_lines", "co_positions", "co_branches", "co_lnotab")
    return [(n, code(getattr(data, n), False)) for n in names
            if n not in skip and not callable(getattr(data, n))]

def files(root):
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            if name.endswith((".pyc", ".pyo")):
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    found[os.path.relpath(path, root)] = file.read()
    return found

for folder, _, names in os.walk(theirs):
    for name in names:
        if name.endswith(".py"):
            compileall.compile_file(os.path.join(folder, name), force=True, quiet=True)
theirs, ours = files(theirs), files(ours)
assert sorted(theirs) == sorted(ours), (sorted(theirs), sorted(ours))
assert len(ours) >= 6, sorted(ours)
for path, data in theirs.items():
    mine = ours[path]
    assert data[:header] == mine[:header], (path, data[:header], mine[:header])
    a, b = marshal.loads(data[header:]), marshal.loads(mine[header:])
    assert code(a) == code(b), path
    area = path.split(os.sep)[0]
    assert not os.path.isabs(b.co_filename), b.co_filename
"#;

fn copy_sources(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let (source, target) = (from.join(&entry.name), to.join(&entry.name));
        if fs::is_dir(&source) {
            fs::create_dir_all(&target).unwrap();
            copy_sources(&source, &target);
        } else {
            fs::copy(&source, &target).unwrap();
            let mtime = fs::mtime_seconds(&fs::metadata(&source).unwrap());
            fs::set_mtime(&target, mtime).unwrap();
        }
    }
}

fn target(python: &Path) -> BytecodeTarget {
    let key = python.to_string_lossy().replace('/', "-");
    BytecodeTarget { python: python.to_path_buf(), key, optimize: 0 }
}

fn command(python: &Path) -> Command {
    let mut command = Command::new(python);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PYTHON") {
            command.env_remove(name);
        }
    }
    command
}

#[test]
fn every_interpreter_gets_what_its_own_compileall_writes() {
    let sandbox = Sandbox::new();
    let entry = sandbox.keep(&wheel(), "demo").unwrap();
    for (number, python) in interpreters().into_iter().enumerate() {
        let made = sandbox.store.bytecode(std::slice::from_ref(&entry), &target(&python)).unwrap();
        let copy = sandbox.path().join(format!("copy-{number}"));
        fs::create_dir(&copy).unwrap();
        copy_sources(&entry.tree(), &copy);
        let compared =
            command(&python).args(["-c", COMPARE]).arg(&copy).arg(made[0].tree()).output().unwrap();
        let said = String::from_utf8_lossy(&compared.stderr);
        assert!(compared.status.success(), "{}: {said}", python.display());

        let manifest = made[0].manifest().unwrap();
        for file in manifest.files.iter() {
            let facts = fs::metadata(made[0].tree().join(file.source.as_str())).unwrap();
            assert_eq!(facts.len(), file.size.to_native());
            assert_eq!(fs::mtime_seconds(&facts), file.mtime.to_native());
            assert!(file.record_hash.starts_with("sha256="));
            assert_eq!(file.record_hash.len(), 7 + 43);
        }
        let new: Vec<_> = manifest.directories.iter().map(|it| it.path.as_str()).collect();
        if python.to_string_lossy().contains("/2.7") {
            assert!(new.is_empty(), "{new:?}");
        } else {
            assert!(new.contains(&"demo/deep/er/__pycache__"), "{new:?}");
            assert!(!new.contains(&"demo"), "{new:?}");
        }
    }
}

#[test]
fn kept_bytecode_is_not_compiled_again_and_damaged_is() {
    let Some(python) = python3() else { return };
    let sandbox = Sandbox::new();
    let entries = [
        sandbox.keep(&wheel(), "demo").unwrap(),
        sandbox.keep(&WheelMaker::new("other", "2").file("other.py", "x = 1"), "other").unwrap(),
        sandbox.keep(&WheelMaker::new("empty", "3"), "empty").unwrap(),
    ];
    let good = target(&python);
    let made = sandbox.store.bytecode(&entries[..1], &good).unwrap();
    let digest = made[0].manifest().unwrap().files[0].record_hash.as_str().to_owned();
    // With an interpreter that cannot run, only what is kept is found.
    let nowhere = BytecodeTarget { python: PathBuf::from("/nowhere/python"), ..good.clone() };
    let kept = sandbox.store.bytecode(&entries[..1], &nowhere).unwrap();
    assert_eq!(kept[0].manifest().unwrap().files[0].record_hash, digest.as_str());
    assert!(sandbox.store.bytecode(&entries, &nowhere).is_err());
    let all = sandbox.store.bytecode(&entries, &good).unwrap();
    let owners: Vec<_> =
        all.iter().map(|it| it.manifest().unwrap().wheel_sha256.as_str().to_owned()).collect();
    let wanted: Vec<_> = entries.iter().map(|entry| entry.wheel_sha256().to_owned()).collect();
    assert_eq!(owners, wanted);
    assert_eq!(all[1].manifest().unwrap().files.len(), 1);
    assert_eq!(all[2].manifest().unwrap().files.len(), 0);

    let manifest = all[1].tree().parent().unwrap().join("bytecode.rkyv");
    fs::write(&manifest, "").unwrap();
    assert!(sandbox.store.bytecode(&entries, &nowhere).is_err());
    assert_eq!(sandbox.store.bytecode(&entries, &good).unwrap().len(), 3);
}

#[test]
fn optimised_bytecode_has_its_own_names() {
    let Some(python) = python3() else { return };
    let sandbox = Sandbox::new();
    let entry = sandbox.keep(&wheel(), "demo").unwrap();
    let optimised = BytecodeTarget { python, key: "with/odd key".to_owned(), optimize: 2 };
    let made = sandbox.store.bytecode(&[entry], &optimised).unwrap();
    let manifest = made[0].manifest().unwrap();
    assert!(manifest.files.iter().all(|file| file.path.ends_with(".opt-2.pyc")));
    assert_eq!(manifest.interpreter, "with/odd key");
}

/// An installed copy with its bytecode beside it is imported without compiling, and tracebacks
/// show the environment's own path.
#[test]
fn interpreters_accept_it_and_show_real_paths() {
    const PROGRAM: &str = r#"
import sys
sys.path.insert(0, sys.argv[1]); sys.dont_write_bytecode = True
def refuse(*_): raise SystemExit("compiled again")
import importlib._bootstrap_external as e
e.SourceLoader.source_to_code = refuse
import demo.deep.er.nested as module
print(module.A.m.__code__.co_filename)
"#;
    let Some(python) = python3() else { return };
    let sandbox = Sandbox::new();
    let entry = sandbox.keep(&wheel(), "demo").unwrap();
    let site = sandbox.path().join("site");
    fs::create_dir(&site).unwrap();
    copy_sources(&entry.tree().join("lib"), &site);
    let made = sandbox.store.bytecode(&[entry], &target(&python)).unwrap();
    copy_sources(&made[0].tree().join("lib"), &site);
    let output = command(&python).args(["-c", PROGRAM]).arg(&site).output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(shown, site.join("demo/deep/er/nested.py").to_str().unwrap(), "{said}");
}
