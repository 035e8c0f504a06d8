//! What is prepared before its turn: the same answers, and nothing of the tree runs early.

use crate::world::{MAKE, World};
use accel_build::Ahead;
use accel_testkit::wheel::WheelMaker;

/// A world whose backend comes from a requirement. It runs the tree's `setup.py`, and every step
/// leaves a line in `log`.
fn world() -> World {
    let world = World::new(&[("setup.py", "note('tree')")]);
    let log = world.path("log").display().to_string();
    let backend = format!(
        "{MAKE}\n\
         import sys, warnings\n\
         def note(text): open({log:?}, 'a').write(text + '\\n')\n\
         note('import')\n\
         def get_requires_for_build_wheel(settings=None):\n    \
             note('requires %d' % len(sys.argv)); warnings.warn('beware'); return []\n\
         def prepare_metadata_for_build_wheel(folder, settings=None):\n    \
             note('metadata %r %r' % (settings, sys.stdin.read()))\n    \
             exec(open('setup.py').read(), {{'note': note}})\n    \
             return dist_info(folder)\n"
    );
    std::fs::create_dir(world.path("dist")).unwrap();
    let wheel = WheelMaker::new("kit", "1").file("kit.py", backend).write_to(&world.path("dist"));
    let pyproject = format!(
        "[build-system]\nrequires = ['kit @ file://{}']\nbuild-backend = 'kit'\n",
        wheel.display()
    );
    std::fs::write(world.tree().join("pyproject.toml"), pyproject).unwrap();
    world
}

fn log(world: &World) -> Vec<String> {
    let log = std::fs::read_to_string(world.path("log")).unwrap_or_default();
    log.lines().map(str::to_owned).collect()
}

/// What was said, with the world's own folder left out.
fn heard(world: &World) -> Vec<String> {
    let own = world.path("").display().to_string();
    world.heard().iter().map(|line| line.replace(&own, "")).collect()
}

#[test]
fn the_tree_runs_when_it_is_its_turn() {
    let plain = world();
    let metadata = plain.open(plain.options()).metadata(&plain).unwrap();

    let early = world();
    let scratch = early.path("scratch");
    let precedent = early.open(early.options()).system().clone();
    let ahead = Ahead::prepare(&early.tree(), &scratch, &precedent, &early).unwrap();
    assert!(ahead.is_some());
    assert!(log(&early).iter().all(|line| line == "import"), "{:?}", log(&early));
    assert!(early.heard().is_empty());
    let mut build = early.open(early.options()).prepared(ahead);
    assert_eq!(build.metadata(&early).unwrap(), metadata);
    assert_eq!(heard(&early), heard(&plain));
    assert_eq!(early.provided.lock().unwrap().len(), 1);
    let sorted = |world: &World| {
        let mut lines = log(world);
        lines.sort();
        lines
    };
    assert_eq!(sorted(&early), sorted(&plain));
    assert_eq!(log(&early).len(), 5);

    // What is not wanted after all leaves no process and no line.
    let unwanted = world();
    let scratch = unwanted.path("scratch");
    let precedent = unwanted.open(unwanted.options()).system().clone();
    drop(Ahead::prepare(&unwanted.tree(), &scratch, &precedent, &unwanted).unwrap());
    assert!(log(&unwanted).iter().all(|line| line == "import"));
}

#[test]
fn only_what_is_built_like_the_one_before_is_prepared() {
    let world = world();
    let scratch = world.path("scratch");
    let system = || world.open(world.options()).system().clone();
    let (mut needs_less, mut other_backend) = (system(), system());
    needs_less.requires.clear();
    other_backend.backend.push('2');
    for other in [needs_less, other_backend] {
        assert!(Ahead::prepare(&world.tree(), &scratch, &other, &world).unwrap().is_none());
    }
    // A backend in the tree is the tree's own code.
    let own = World::with_backend(MAKE);
    let system = own.open(own.options()).system().clone();
    assert!(Ahead::prepare(&own.tree(), &own.path("scratch"), &system, &own).unwrap().is_none());
    assert!(world.provided.lock().unwrap().is_empty() && log(&world).is_empty());
}
