//! Facts of interpreters and of virtual environments against what Python says in them.

use std::path::{Path, PathBuf};

use accel_install::scheme::Scheme;
use accel_install::{
    Interpreter, SchemeChoice, Target, TargetError, TargetRequest, UserSettings, locate,
};
use serde_json::Value;

use crate::found::{ask, cache_root, interpreters, pip_for, python, query, scratch, target};

const SAYS: &str = r#"
import json, os, platform, site, sys
try:
    from importlib.util import MAGIC_NUMBER as magic
except ImportError:
    import imp
    magic = imp.get_magic()
implementation = getattr(sys, "implementation", None)
info = implementation.version if implementation else None
full = "%d.%d.%d" % tuple(info[:3]) if info else "0"
if info and info[3] != "final":
    full += info[3][0] + str(info[4])
print(json.dumps({
    "executable": sys.executable,
    "prefix": sys.prefix,
    "base_prefix": getattr(sys, "base_prefix", sys.prefix),
    "magic": "".join("%02x" % byte for byte in bytearray(magic)),
    "cache_tag": getattr(implementation, "cache_tag", None),
    "path": [path for path in sys.path if path],
    "user_site": site.getusersitepackages(),
    "user_enabled": bool(site.ENABLE_USER_SITE),
    "markers": {
        "implementation_name": implementation.name if implementation else "",
        "implementation_version": full,
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "platform_python_implementation": platform.python_implementation(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    },
}))
"#;

const SCHEMES: &str = r#"
import json, sys
sys.path.insert(0, PIP)
try:
    from pip._internal.locations import get_scheme
except ImportError:
    from pip._internal.locations import distutils_scheme

    class get_scheme(object):
        def __init__(self, name, **arguments):
            self.__dict__.update(distutils_scheme(name, **arguments))
result = []
for arguments in [{}, {"user": True}, {"prefix": "/some/prefix"}, {"home": "/some/home"},
                  {"root": "/some/root"}]:
    scheme = get_scheme("NAME", **arguments)
    result.append([getattr(scheme, key) for key in ("purelib", "platlib", "scripts", "data", "headers")])
print(json.dumps(result))
"#;

fn text(path: &Path) -> Value {
    Value::String(path.to_str().unwrap().to_owned())
}

fn compare(target: &Target, executable: &Path, home: &Path) {
    let interpreter = &target.interpreter;
    let says = ask(executable, home, SAYS);
    assert_eq!(text(interpreter.executable()), says["executable"]);
    assert_eq!(text(interpreter.prefix()), says["prefix"]);
    assert_eq!(text(interpreter.base_prefix()), says["base_prefix"]);
    assert_eq!(interpreter.facts().magic, says["magic"]);
    assert_eq!(interpreter.facts().cache_tag.as_deref(), says["cache_tag"].as_str());
    assert_eq!(serde_json::to_value(interpreter.markers()).unwrap(), says["markers"]);
    assert_eq!(text(&target.user_site().unwrap()), says["user_site"]);
    assert_eq!(target.user_site_enabled(), says["user_enabled"]);
    let path: Vec<PathBuf> = serde_json::from_value(says["path"].clone()).unwrap();
    assert_eq!(target.sys_path(), path, "sys.path of {}", executable.display());
}

fn compare_schemes(target: &Target, executable: &Path, home: &Path) {
    let Some(pip) = pip_for(&target.interpreter) else { return };
    let answers = ask(executable, home, &SCHEMES.replace("PIP", &format!("{pip:?}")));
    let choices = [
        (SchemeChoice::Default, None),
        (SchemeChoice::User, None),
        (SchemeChoice::Prefix("/some/prefix".into()), None),
        (SchemeChoice::Home("/some/home".into()), None),
        (SchemeChoice::Default, Some(Path::new("/some/root"))),
    ];
    for (at, (choice, root)) in choices.iter().enumerate() {
        let Scheme { purelib, platlib, scripts, data, headers } =
            target.scheme(choice, *root).unwrap();
        let ours = [purelib, platlib, scripts, data, headers.join("NAME")];
        let theirs: Vec<PathBuf> = serde_json::from_value(answers[at].clone()).unwrap();
        // Old pips disagree among each other about the headers in a venv.
        let old = target.interpreter.in_venv() && target.interpreter.version() < (3, 10, 0);
        let count = if old && *choice != SchemeChoice::Default { 4 } else { 5 };
        assert_eq!(ours[..count], theirs[..count], "{} {choice:?}", executable.display());
    }
}

/// A home with a user site folder that Python will see.
fn with_user_site(target: &Target) {
    std::fs::create_dir_all(target.user_site().unwrap()).unwrap();
}

#[test]
fn base_interpreters_are_what_they_say() {
    let home = scratch();
    for executable in interpreters() {
        let target = target(executable, home.path());
        compare(&target, executable, home.path());
        with_user_site(&target);
        compare(&target, executable, home.path());
        compare_schemes(&target, executable, home.path());
    }
}

#[test]
fn virtual_environments_are_derived_from_their_base() {
    let home = scratch();
    for executable in interpreters() {
        let base = query(executable);
        if base.version() < (3, 0, 0) {
            continue;
        }
        for flags in [&[][..], &["--system-site-packages"], &["--copies"]] {
            if flags.contains(&"--copies") && base.implementation() != "cpython" {
                continue;
            }
            let folder = scratch();
            let root = folder.path().join("env");
            let mut args = vec!["-m", "venv", "--without-pip"];
            args.extend(flags);
            args.push(root.to_str().unwrap());
            python(executable, home.path(), &args);
            for name in ["python", "python3"] {
                let inside = root.join("bin").join(name);
                let target = target(&inside, home.path());
                assert!(target.interpreter.in_venv());
                assert_eq!(
                    target.interpreter.is_isolated_venv(),
                    !flags.contains(&"--system-site-packages")
                );
                with_user_site(&target);
                compare(&target, &inside, home.path());
                if name == "python" && !flags.contains(&"--copies") {
                    compare_schemes(&target, &inside, home.path());
                }
            }
        }
    }
}

/// The one kept file of facts below a cache, changed in a way that shows.
fn tamper(cache: &Path, from: &str, to: &str) {
    let folder = cache.join("interpreters-v1");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let json = text.split_once('\n').unwrap().1.replace(from, to);
        let sum = accel_testkit::wheel::sha256(json.as_bytes());
        std::fs::write(path, format!("{sum}\n{json}")).unwrap();
    }
}

#[test]
fn kept_facts_are_believed_until_the_executable_changes() {
    let folder = scratch();
    let cache = folder.path().join("cache");
    let executable = interpreters().iter().find(|path| query(path).version() > (3, 0, 0)).unwrap();
    let copy = folder.path().join("bin/python");
    std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
    std::fs::copy(executable.canonicalize().unwrap(), &copy).unwrap();

    let asked = Interpreter::query(&copy, &cache).unwrap();
    let magic = asked.facts().magic.clone();
    tamper(&cache, &format!("\"magic\":\"{magic}\""), "\"magic\":\"kept\"");
    let kept = Interpreter::query(&copy, &cache).unwrap();
    assert_eq!(kept.facts().magic, "kept", "the answer was not taken from the cache");

    std::fs::File::options()
        .append(true)
        .open(&copy)
        .unwrap()
        .set_modified(std::time::UNIX_EPOCH)
        .unwrap();
    let again = Interpreter::query(&copy, &cache).unwrap();
    assert_eq!(again.facts().magic, magic, "a changed executable was believed to be the same");
}

#[test]
fn a_damaged_entry_is_made_again() {
    let folder = scratch();
    let executable = &interpreters()[0];
    let first = Interpreter::query(executable, folder.path()).unwrap();
    let kept = folder.path().join("interpreters-v1");
    for entry in std::fs::read_dir(&kept).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
    }
    let second = Interpreter::query(executable, folder.path()).unwrap();
    assert_eq!(first.facts(), second.facts());
}

#[test]
fn a_wrapper_script_is_asked_each_time_what_it_runs() {
    use std::os::unix::fs::PermissionsExt;

    let [first, .., last] = interpreters() else { return };
    let folder = scratch();
    let script = folder.path().join("python");
    for executable in [first, last, first] {
        let text = format!("#!/bin/sh\nexec '{}' \"$@\"\n", executable.display());
        std::fs::write(&script, text).unwrap();
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
        let interpreter = Interpreter::query(&script, cache_root()).unwrap();
        assert_eq!(interpreter.facts(), query(executable).facts());
    }
}

#[test]
fn the_target_is_looked_for_in_order() {
    let folder = scratch();
    let base = interpreters().iter().find(|path| query(path).version() > (3, 0, 0)).unwrap();
    let make = |name: &str| {
        let root = folder.path().join(name);
        python(base, folder.path(), &["-m", "venv", "--without-pip", root.to_str().unwrap()]);
        root
    };
    let (asked, beside, active, conda) =
        (make("asked"), make("beside"), make("active"), make("conda"));
    let mut request = TargetRequest {
        python: Some(asked.to_str().unwrap().to_owned()),
        beside: Some(beside.join("bin")),
        virtual_env: Some(active.clone()),
        conda_prefix: Some(conda.clone()),
        path: base.parent().unwrap().into(),
        user: UserSettings::default(),
        cache_root: cache_root().to_owned(),
    };
    let found = |request: &TargetRequest| locate(request).unwrap().interpreter.prefix().to_owned();
    assert_eq!(found(&request), asked);
    request.python = None;
    assert_eq!(found(&request), beside);
    request.beside = Some(folder.path().join("nothing"));
    assert_eq!(found(&request), active);
    request.virtual_env = None;
    assert_eq!(found(&request), conda);
    request.conda_prefix = None;
    assert_eq!(found(&request), query(base).prefix());
    request.python = Some("python3".to_owned());
    assert_eq!(found(&request), query(base).prefix());
    request.python = Some("no-such-python".to_owned());
    let error = locate(&request).unwrap_err();
    assert_eq!(error.to_string(), "Could not locate Python interpreter no-such-python");
    request.python = None;
    request.path = "".into();
    assert!(matches!(locate(&request), Err(TargetError::NoPython)));
}
