//! Metadata: sidecars, ranges, kept archives.

use accel_index::{IndexError, Lookup};
use accel_testkit::index::{Answer, IndexOptions};
use accel_testkit::sdist::SdistMaker;
use accel_testkit::wheel::WheelMaker;
use accel_types::Hashes;

use crate::{World, project};

#[test]
fn a_sidecar_is_fetched_once_for_all_runs() {
    let world = World::new(IndexOptions::default());
    world.wheel("demo", "1.0");
    for fetched in [1, 0] {
        let run = world.run();
        let link = run.links(&project("demo"), Lookup::Fresh).unwrap().links[0].clone();
        world.server.forget_requests();
        for _ in 0..2 {
            let metadata = run.metadata(&link).unwrap().unwrap();
            assert_eq!((&*metadata.name, &*metadata.version), ("demo", "1.0"));
            assert_eq!(metadata.requires_dist, ["six>=1.0"]);
        }
        assert_eq!(world.server.count("/files/demo-1.0-py3-none-any.whl.metadata"), fetched);
        assert_eq!(world.server.count("/"), fetched);
    }
}

#[test]
fn a_sidecar_that_lies_or_is_missing_is_an_error() {
    let world = World::new(IndexOptions::default());
    world.wheel("demo", "1.0");
    let path = "/files/demo-1.0-py3-none-any.whl.metadata";
    let link = world.run().links(&project("demo"), Lookup::Fresh).unwrap().links[0].clone();
    world.server.fix(path, Answer::new(200, "text/plain", "Name: demo\n"));
    let error = world.run().metadata(&link).unwrap_err();
    assert!(matches!(error, IndexError::HashMismatch { .. }), "{error}");
    world.server.fix(path, Answer::new(404, "text/plain", ""));
    let error = world.run().metadata(&link).unwrap_err();
    assert!(matches!(error, IndexError::Http { status: Some(404), .. }), "{error}");
}

#[test]
fn ranges_of_the_wheel() {
    let world = World::new(IndexOptions { metadata: false, ..IndexOptions::default() });
    // Large enough that its end is not the whole, with a directory larger than the first request.
    let mut wheel = WheelMaker::new("big", "1.0").requires("six");
    let mut noise = 1_u32;
    for number in 0..1500 {
        let contents: Vec<u8> = (0..200)
            .map(|_| {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (noise >> 24) as u8
            })
            .collect();
        wheel = wheel.file(&format!("big/module_with_a_long_name_{number}.py"), contents);
    }
    let size = std::fs::metadata(wheel.write_to(world.folder.path())).unwrap().len();
    assert!(size > 400_000, "{size}");
    world.wheel("small", "1.0");
    for name in ["big", "small"] {
        let run = world.run();
        let link = run.links(&project(name), Lookup::Fresh).unwrap().links[0].clone();
        assert!(link.core_metadata.is_none());
        world.server.forget_requests();
        assert_eq!(run.metadata(&link).unwrap().unwrap().name, name);
        let requests = world.server.requests();
        assert!(requests.iter().all(|request| request.status == 206), "{requests:?}");
        assert!(requests.len() <= 3, "{requests:?}");
        // Kept by the digest of the wheel.
        world.server.forget_requests();
        assert_eq!(world.offline().metadata(&link).unwrap().unwrap().name, name);
    }
}

#[test]
fn without_ranges_only_the_whole_file_tells() {
    let world =
        World::new(IndexOptions { metadata: false, ranges: false, ..IndexOptions::default() });
    world.wheel("demo", "1.0");
    SdistMaker::new("source", "1.0").write_to(world.folder.path());
    let run = world.run();
    let link = run.links(&project("demo"), Lookup::Fresh).unwrap().links[0].clone();
    for _ in 0..2 {
        assert_eq!(run.metadata(&link).unwrap(), None);
    }
    assert_eq!(world.server.count("/files/"), 1, "asked once");
    run.archive(&link, &Hashes::new()).unwrap();
    assert_eq!(run.metadata(&link).unwrap().unwrap().name, "demo");

    let sdist = run.links(&project("source"), Lookup::Fresh).unwrap().links[0].clone();
    assert_eq!(run.metadata(&sdist).unwrap(), None);
}

#[test]
fn odd_wheels_are_left_to_the_whole_file() {
    let world = World::new(IndexOptions { metadata: false, ..IndexOptions::default() });
    WheelMaker::new("odd", "1.0").dist_info("other-1.0.dist-info").write_to(world.folder.path());
    WheelMaker::new("two", "1.0")
        .file("two-0.9.dist-info/METADATA", "Name: two\n")
        .write_to(world.folder.path());
    std::fs::write(world.folder.path().join("junk-1.0-py3-none-any.whl"), "junk").unwrap();
    std::fs::write(world.folder.path().join("empty-1.0-py3-none-any.whl"), "").unwrap();
    let run = world.run();
    for name in ["odd", "two", "junk", "empty"] {
        let link = run.links(&project(name), Lookup::Fresh).unwrap().links[0].clone();
        assert_eq!(run.metadata(&link).unwrap(), None, "{name}");
    }
}
