//! Backends from PyPI: the only tests that need the network.

use crate::world::{World, names};
use accel_build::BuildError;

const SETUP: &str = "from setuptools import setup\n\
     setup(name='old-style', version='0.3', py_modules=['old_style'])\n";

#[test]
fn a_tree_with_setup_py_only() {
    let world = World::new(&[("setup.py", SETUP), ("old_style.py", "x = 1\n")]);
    let mut build = world.open(world.options());
    let metadata = String::from_utf8(build.metadata(&world).unwrap()).unwrap();
    assert!(metadata.contains("\nName: old-style\nVersion: 0.3\n"), "{metadata}");
    let wheel = build.wheel(&world, &world.path("out")).unwrap();
    assert_eq!(wheel.file_name().unwrap(), "old_style-0.3-py3-none-any.whl");
    assert!(names(&wheel).contains(&"old_style.py".to_owned()));
    assert_eq!(world.heard()[0], "Installing build dependencies: started");

    // Once more as an editable, whose wheel points at the tree.
    let mut options = world.options();
    options.config_settings = vec![("editable_mode".into(), vec!["compat".into()])];
    let scratch = world.path("second");
    let build = accel_build::Build::open(&world.tree(), "old-style", &scratch, options).unwrap();
    let wheel = build.editable().wheel(&world, &world.path("editable")).unwrap();
    assert!(names(&wheel).iter().any(|name| name.contains(".pth")), "{:?}", names(&wheel));
    let heard = world.heard();
    let position = |step: &str| heard.iter().position(|line| line.starts_with(step)).unwrap();
    assert!(
        position("Checking if build backend supports build_editable")
            < position("Getting requirements to build editable")
    );
    assert!(position("Preparing editable metadata") < position("Building editable for old-style"));
}

#[test]
fn flit_core_and_a_requirement_of_the_backend() {
    let table = "[build-system]\nrequires = ['flit_core>=3.4']\nbuild-backend = 'own'\n\
         backend-path = ['.']\n[project]\nname = 'flat'\nversion = '2'\ndescription = 'x'\n\
         requires-python = '>=3.8'\n";
    let backend = "from flit_core.buildapi import *\n\
         def get_requires_for_build_wheel(config_settings=None):\n\
         \x20   return ['wheel', 'flit_core', \"gone; python_version < '3'\"]\n";
    let files = [("pyproject.toml", table), ("own.py", backend), ("flat.py", "")];
    let world = World::new(&files);
    let wheel = world.open(world.options()).wheel(&world, &world.path("out")).unwrap();
    assert_eq!(wheel.file_name().unwrap(), "flat-2-py3-none-any.whl");
    assert_eq!(*world.provided.lock().unwrap(), [["flit_core>=3.4"], ["wheel"]]);
    assert!(world.heard().contains(&"Installing backend dependencies: started".to_owned()));

    let asking = backend.replace("'flit_core'", "'flit_core<2'");
    let world = World::new(&[files[0], ("own.py", &asking), files[2]]);
    let error = world.open(world.options()).metadata(&world).unwrap_err();
    assert!(matches!(error, BuildError::Conflicts { .. }), "{error}");
    let words = error.to_string();
    assert!(words.starts_with(&format!(
        "Some build dependencies for {} conflict with the backend dependencies: flit_core==",
        world.url()
    )));
    assert!(words.ends_with(" is incompatible with flit_core<2."), "{words}");
}
