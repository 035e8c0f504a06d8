//! What an in-tree backend is given, in which order, and what becomes of its answers.

use crate::world::{MAKE, World};
use accel_build::{BuildError, BuildOptions, Kind, Progress, Watcher};
use std::sync::{Arc, Mutex};

#[test]
fn hooks_get_what_pip_gives_them() {
    // Told under other names than the standard's: pip passes by position.
    let backend = format!(
        r#"{MAKE}
import json, sys
def note(hook, *given):
    with open("calls", "a") as file:
        file.write(json.dumps([hook, os.getcwd() == os.path.realpath(".."  "/tree"), given]) + "\n")
    with open("environ", "w") as file:
        file.write("\n".join(sorted(os.environ)) + "\n" + str(os.umask(0o22)))
def get_requires_for_build_wheel(settings=None):
    note("requires", settings); return []
def prepare_metadata_for_build_wheel(folder, settings=None):
    note("metadata", os.path.isabs(folder), settings); return dist_info(folder)
def build_wheel(folder, settings=None, metadata=None):
    note("wheel", os.path.isabs(folder), settings, os.path.basename(metadata), os.listdir(metadata))
    open(os.path.join(folder, "rubbish"), "w").close()
    return make(folder)
"#
    );
    let settings = ["-C", "zeta=1", "-C", "alpha=x", "-C", "zeta=2"];
    let ours = World::with_backend(&backend);
    let mut options = ours.options();
    options.config_settings =
        vec![("zeta".into(), vec!["1".into(), "2".into()]), ("alpha".into(), vec!["x".into()])];
    let mut build = ours.open(options);
    let metadata = build.metadata(&ours).unwrap();
    assert!(String::from_utf8(metadata).unwrap().contains("Name: demo\n"));
    let wheel = build.wheel(&ours, &ours.path("out")).unwrap();
    assert_eq!(wheel, ours.path("out/demo-1.0-py3-none-any.whl"));
    let left = std::fs::read_dir(ours.path("out")).unwrap().count();
    assert_eq!(left, 1, "what a backend leaves beside its wheel does not arrive");

    let pips = World::with_backend(&backend);
    let (output, code) =
        pips.pip_wheel(&[&[pips.tree().to_str().unwrap()], &settings[..]].concat());
    assert_eq!(code, 0, "{output}");
    let read =
        |world: &World, name: &str| std::fs::read_to_string(world.tree().join(name)).unwrap();
    assert_eq!(read(&ours, "calls"), read(&pips, "calls"));
    assert!(read(&ours, "calls").contains(r#"{"zeta": ["1", "2"], "alpha": "x"}"#));
    // `PYTHONPATH` and the like are the environment's, which is the caller's; the rest is pip's.
    let relevant = |text: String| -> Vec<String> {
        let own = ["PIP_", "PYTHON", "VIRTUAL_ENV", "CARGO", "LD_LIBRARY_PATH"];
        let keep = |line: &&str| !own.iter().any(|start| line.starts_with(start));
        text.lines().filter(keep).map(str::to_owned).collect()
    };
    let (ours_had, pips_had) = (relevant(read(&ours, "environ")), relevant(read(&pips, "environ")));
    assert_eq!(ours_had.last(), pips_had.last(), "the umask");
    assert!(ours_had.contains(&"_PYPROJECT_HOOKS_BACKEND_PATH_JSON".to_owned()));
    let missing: Vec<_> = pips_had.iter().filter(|name| !ours_had.contains(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");

    let steps = [
        "Getting requirements to build wheel",
        "Preparing metadata (pyproject.toml)",
        "Building wheel for demo (pyproject.toml)",
    ];
    let expected: Vec<String> = steps
        .iter()
        .flat_map(|step| {
            ["started", "finished with status 'done'"].map(|end| format!("{step}: {end}"))
        })
        .collect();
    assert_eq!(ours.heard(), expected);
    let of_pip: Vec<&str> =
        output.lines().map(str::trim).filter(|line| line.contains(": ")).collect();
    assert!(expected.iter().all(|line| of_pip.contains(&line.as_str())), "{output}");
}

#[test]
fn a_backend_that_writes_is_at_work() {
    let backend = format!(
        "{MAKE}
def build_wheel(folder, config_settings=None, metadata_directory=None):
    print('one\\ntwo', flush=True)
    return make(folder)
"
    );
    let world = World::with_backend(&backend);
    let heard = Arc::new(Mutex::new(Vec::new()));
    let steps = Arc::clone(&heard);
    let watcher: Watcher = Arc::new(move |step: &str, progress: Progress| {
        if progress == Progress::Going {
            steps.lock().unwrap().push(step.to_owned());
        }
    });
    let options = BuildOptions { watcher: Some(watcher), ..world.options() };
    world.open(options).wheel(&world, &world.path("out")).unwrap();
    // A backend without a hook for metadata builds the wheel for it.
    assert_eq!(*heard.lock().unwrap(), ["Preparing metadata (pyproject.toml)"; 2]);
}

#[test]
fn no_settings_are_none() {
    let backend = format!(
        "{MAKE}
def build_wheel(folder, config_settings=1, metadata_directory=1):
    assert config_settings is None, config_settings
    return make(folder)
"
    );
    let world = World::with_backend(&backend);
    world.open(world.options()).wheel(&world, &world.path("out")).unwrap();
}

#[test]
fn a_backend_without_metadata_hook_builds_once() {
    let backend = format!(
        "{MAKE}
def build_wheel(folder, config_settings=None, metadata_directory=None):
    open('built', 'a').write('x')
    return make(folder)
build_editable = build_wheel
"
    );
    for kind in [Kind::Wheel, Kind::Editable] {
        let world = World::with_backend(&backend);
        let mut build = world.open(world.options());
        if kind == Kind::Editable {
            build = build.editable();
        }
        assert!(build.metadata(&world).unwrap().starts_with(b"Metadata-Version: 2.1"));
        let wheel = build.wheel(&world, &world.path("out")).unwrap();
        assert_eq!(wheel.file_name().unwrap(), "demo-1.0-py3-none-any.whl");
        assert_eq!(std::fs::read_to_string(world.tree().join("built")).unwrap(), "x");
        let last =
            format!("Building {kind} for demo (pyproject.toml): finished with status 'done'");
        assert_eq!(world.heard().last(), Some(&last));
    }
}

#[test]
fn warnings_are_heard_in_pips_form() {
    let backend = format!(
        "{MAKE}
import warnings
def build_wheel(folder, config_settings=None, metadata_directory=None):
    warnings.warn('careful')
    warnings.warn('not shown', DeprecationWarning)
    return make(folder)
"
    );
    let world = World::with_backend(&backend);
    world.open(world.options()).wheel(&world, &world.path("out")).unwrap();
    let warnings = world.heard();
    let shown = warnings.iter().find(|line| line.starts_with("WARNING")).unwrap();
    let (output, _) = world.pip_wheel(&[world.tree().to_str().unwrap()]);
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let warning = shown.trim_start_matches("WARNING: ");
    assert!(flat(&output).contains(&flat(warning)), "{warning}\n{output}");
    assert_eq!(warnings.iter().filter(|line| line.starts_with("WARNING")).count(), 1);
}

#[test]
fn a_wheel_that_is_not_what_it_says_is_invalid() {
    for (filename, info) in [
        ("'other-1.0-py3-none-any.whl'", "1.0"),
        ("'demo-2.0-py3-none-any.whl'", "1.0"),
        ("'demo-1.0.whl'", "1.0"),
        ("'demo-1.0-py3-none-any.whl'", "1.0.0"),
    ] {
        let backend = format!(
            "{MAKE}
def prepare_metadata_for_build_wheel(folder, config_settings=None): return dist_info(folder)
def build_wheel(folder, config_settings=None, metadata_directory=None):
    global VERSION
    VERSION = '{info}'
    return make(folder, {filename})
"
        );
        let world = World::with_backend(&backend);
        let done = world.open(world.options()).wheel(&world, &world.path("out"));
        let (output, code) = world.pip_wheel(&[world.tree().to_str().unwrap()]);
        match done {
            Ok(_) => assert_eq!(code, 0, "{output}"),
            Err(error @ BuildError::InvalidWheel { .. }) => {
                assert!(output.contains(&format!("WARNING: {error}\n")), "{error}\n{output}");
            }
            Err(other) => panic!("{other}"),
        }
        let mut options = world.options();
        options.no_verify = true;
        let scratch = world.path("second");
        let mut build = accel_build::Build::open(&world.tree(), "demo", &scratch, options).unwrap();
        assert!(build.wheel(&world, &world.path("out")).is_ok(), "{filename} unverified");
    }
}
