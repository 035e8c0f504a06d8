//! Failures, told as pip tells them.

use crate::world::{MAKE, World};
use accel_build::{BuildError, BuildOptions};

/// Our words for a failed build of the wheel, in the order in which pip prints them.
fn told(error: &BuildError) -> String {
    let mut lines: Vec<String> = error.pictures().iter().map(ToString::to_string).collect();
    if !error.is_told_by_pictures() {
        lines.push(format!("ERROR: {error}"));
    }
    lines.join("\n")
}

/// Without indents, and without what tells two runs apart: folders and the frames of two programs.
fn comparable(text: &str) -> Vec<String> {
    let own = |line: &&str| {
        !line.starts_with("File \"")
            && !line.starts_with("json_out[")
            && !line.starts_with("answer[")
            && !line.starts_with("return load().")
            && !line.starts_with("return _build_backend().")
            && !line.chars().all(|c| matches!(c, '^' | '~'))
    };
    text.lines().map(str::trim).filter(own).map(str::to_owned).collect()
}

#[track_caller]
fn pip_says_the_same(world: &World, error: &BuildError, arguments: &[&str]) {
    let tree = world.tree();
    let (output, code) = world.pip_wheel(&[arguments, &[tree.to_str().unwrap()]].concat());
    assert_ne!(code, 0);
    let (ours, pips) = (comparable(&told(error)).join("\n"), comparable(&output).join("\n"));
    assert!(pips.contains(&ours), "--- ours\n{ours}\n--- pip's\n{pips}");
}

#[test]
fn hooks_that_fail_are_shown_with_their_output() {
    let failing = "
import sys
def fail():
    print('out   ', flush=True)
    print('\\ttab [x]', flush=True)
    sys.stderr.write('one\\rtwo\\r\\n'); sys.stderr.flush()
    sys.stderr.buffer.write(b'bad \\xff\\n'); sys.stderr.flush()
    raise RuntimeError('not today')
";
    for (hook, finals) in [
        ("def get_requires_for_build_wheel(config_settings): fail()", "when getting requirements"),
        ("def prepare_metadata_for_build_wheel(folder, config_settings): fail()", "metadata gen"),
        ("def prepare_metadata_for_build_wheel(folder, settings): sys.exit(3)", "metadata gen"),
        (
            "def prepare_metadata_for_build_wheel(folder, settings): return dist_info(folder)\n\
             def build_wheel(*arguments): fail()",
            "Failed building wheel for demo",
        ),
    ] {
        let world = World::with_backend(&format!("{MAKE}{failing}{hook}\n"));
        let error = world.open(world.options()).wheel(&world, &world.path("out")).unwrap_err();
        assert!(error.to_string().contains(finals), "{error}");
        let BuildError::Hook(failed) = &error else { panic!("{error}") };
        assert_eq!(failed.code, if hook.contains("exit") { 3 } else { 1 });
        assert_eq!(failed.lines, failed.output.lines().count());
        assert_eq!(std::fs::metadata(&failed.log).unwrap().len() > 0, failed.lines > 0);
        assert!(world.heard().last().unwrap().ends_with("'error'"));
        pip_says_the_same(&world, &error, &[]);
    }
}

#[test]
fn a_huge_output_stands_in_the_log_only() {
    let backend = "
import sys
def get_requires_for_build_wheel(config_settings):
    for number in range(200):
        sys.stdout.write(('%d ' % number) + 'x' * 99990 + '\\n')
    sys.exit(1)
";
    let world = World::with_backend(backend);
    let error = world.open(world.options()).metadata(&world).unwrap_err();
    let BuildError::Hook(failed) = &error else { panic!("{error}") };
    assert_eq!(failed.lines, 200);
    assert!(
        failed.output.len() < 9 << 20 && failed.output.lines().last().unwrap().starts_with("199 ")
    );
    assert!(std::fs::metadata(&failed.log).unwrap().len() > 199 * 99990);
    assert!(told(&error).contains("earlier lines are in"));
}

#[test]
fn backends_that_are_not_there() {
    for text in ["build-backend = 'no_such.backend'", "build-backend = 'own'\nbackend-path = ['.']"]
    {
        let table = format!("[build-system]\nrequires = []\n{text}\n");
        let world = World::new(&[("pyproject.toml", &table)]);
        let error = world.open(world.options()).metadata(&world).unwrap_err();
        assert!(matches!(error, BuildError::BackendUnavailable { .. }), "{error}");
        pip_says_the_same(&world, &error, &[]);
    }
}

#[test]
fn trees_that_are_no_projects() {
    for text in [
        None,
        Some("[build-system]\n"),
        Some("[build-system]\nrequires = 'x'\n"),
        Some("[build-system]\nrequires = [\"a 'b\"]\n"),
    ] {
        let world = World::new(&[("README", ""), ("pyproject.toml", text.unwrap_or_default())]);
        if text.is_none() {
            std::fs::remove_file(world.tree().join("pyproject.toml")).unwrap();
        }
        let scratch = world.path("scratch");
        let opened = accel_build::Build::open(
            &world.tree(),
            &world.url(),
            &scratch,
            BuildOptions::default(),
        );
        let Err(error) = opened else { panic!("{text:?}") };
        if text.is_some() {
            pip_says_the_same(&world, &error, &[]);
        } else {
            assert!(error.to_string().contains("neither 'setup.py' nor 'pyproject.toml' found."));
        }
    }
}

#[test]
fn editables_need_a_hook() {
    let backend = format!("{MAKE}def build_wheel(folder, *more): return make(folder)\n");
    let world = World::with_backend(&backend);
    let error = world.open(world.options()).editable().metadata(&world).unwrap_err();
    assert!(matches!(error, BuildError::NoEditable { .. }));
    pip_says_the_same(&world, &error, &["-e"]);
}

#[test]
fn an_environment_that_does_not_suffice() {
    // Nothing is installed: the tree names a requirement whose marker excludes it, and no backend.
    let table = "[build-system]\nrequires = [\"nothing; python_version < '3'\"]\n";
    let world = World::new(&[("pyproject.toml", table), ("setup.py", "")]);
    let error = world.open(world.options()).metadata(&world).unwrap_err();
    assert!(matches!(error, BuildError::BackendUnavailable { .. }), "{error}");
    let warnings: Vec<String> =
        world.heard().into_iter().filter(|line| line.starts_with("WARNING")).collect();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    let (output, _) = world.pip_wheel(&[world.tree().to_str().unwrap()]);
    for warning in &warnings {
        assert!(output.contains(warning.as_str()), "{warning}\n{output}");
    }

    let table = "[build-system]\nrequires = ['absent>1', 'away']\nbuild-backend = 'x'\n";
    let world = World::new(&[("pyproject.toml", table)]);
    let mut options = world.options();
    (options.no_isolation, options.check_dependencies) = (true, true);
    let error = world.open(options).metadata(&world).unwrap_err();
    assert!(matches!(error, BuildError::MissingRequires { .. }), "{error}");
    pip_says_the_same(&world, &error, &["--no-build-isolation", "--check-build-dependencies"]);
    assert_eq!(*world.provided.lock().unwrap(), [Vec::<String>::new()]);
    assert_eq!(world.heard(), Vec::<String>::new());
}
