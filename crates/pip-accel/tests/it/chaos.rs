//! Killed at some sixty moments that a seed chose, every run after it ends with a whole environment.
//!
//! `cargo xtask chaos` does it some thousand times (`docs/reliability.md`).

use std::path::Path;
use std::time::Duration;

use accel_testkit::chaos::{Chaos, DiskKind, Scene, Tally, Tool};
use accel_testkit::dice::Dice;

#[test]
fn every_run_after_a_kill_ends_with_a_whole_environment() {
    let program = Path::new(env!("CARGO_BIN_EXE_pip-accel"));
    let mut chaos = Chaos::new(Tool::PipAccel(program.to_owned()), program);
    let mut dice = Dice::new(5);
    let mut all = Tally::default();
    for scene in Scene::ALL {
        all.add(chaos.random(scene, 5, &mut dice));
    }
    // Of the calls that change something, some dozen.
    for (at, scene) in [Scene::Install, Scene::Upgrade].into_iter().enumerate() {
        all.add(chaos.every_call(scene, (at, 97)));
    }
    assert!(all.kills > 50 && all.amid > 10, "too few kills came in time: {all:#?}");
    assert_eq!(all.wrong(), 0, "{all:#?}");
}

/// Every so-manieth system call that changes something is refused: the run gets over it, or says so and
/// leaves the environment as it was.
#[test]
fn what_the_system_refuses_leaves_whole_environments() {
    let program = Path::new(env!("CARGO_BIN_EXE_pip-accel"));
    let mut chaos = Chaos::new(Tool::PipAccel(program.to_owned()), program);
    let mut all = Tally::default();
    for (at, scene) in [Scene::Install, Scene::Upgrade, Scene::Uninstall].into_iter().enumerate() {
        all.add(chaos.every_refusal(scene, (at, 61)));
    }
    assert!(all.kills > 8 && all.amid > 2, "too little was refused: {all:#?}");
    assert_eq!(all.wrong(), 0, "{all:#?}");
}

/// The power is cut, and what had not reached the disk is gone.
#[test]
#[allow(clippy::print_stderr, reason = "says why a test was not run")]
fn every_run_after_a_power_cut_ends_with_a_whole_environment() {
    let program = Path::new(env!("CARGO_BIN_EXE_pip-accel"));
    for (kind, count) in [(DiskKind::Ext4, 6), (DiskKind::Xfs, 4)] {
        let mut chaos = match Chaos::on_disk(Tool::PipAccel(program.to_owned()), program, kind) {
            Ok(chaos) => chaos,
            Err(reason) => {
                eprintln!("{} not run, for {reason}", kind.name());
                continue;
            }
        };
        let (mut dice, mut emptied) = (Dice::new(8), 0);
        let mut all = Tally::default();
        for scene in [Scene::Install, Scene::Upgrade, Scene::Uninstall, Scene::Unpack] {
            let cuts = chaos.cuts(scene, count, &mut dice);
            emptied += cuts.emptied;
            all.add(cuts.tally);
        }
        assert_eq!(all.wrong(), 0, "{all:#?}");
        assert!(2 * emptied >= count, "{emptied} cuts took something: {all:#?}");
    }
}

/// Sixteen processes on one cache, eleven of them on one environment.
#[test]
fn many_at_once_leave_whole_environments() {
    let program = Path::new(env!("CARGO_BIN_EXE_pip-accel"));
    let mut chaos = Chaos::new(Tool::PipAccel(program.to_owned()), program);
    let soak = chaos.soak(16, 4, Duration::ZERO, 7);
    assert!(soak.wrong.is_empty(), "{} ran well, but:\n{}", soak.runs, soak.wrong.join("\n"));
    assert_eq!(soak.runs, 64);
}
