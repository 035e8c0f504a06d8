//! Downloads, what is kept of them, and for whom it answers.

use std::os::unix::fs::MetadataExt as _;

use accel_index::{IndexError, IndexSettings, Lookup};
use accel_testkit::index::{Answer, IndexOptions};
use accel_types::{Digest, HashAlgorithm, Hashes};

use crate::{World, names, project};

#[test]
fn what_is_kept_answers_without_network() {
    let world = World::new(IndexOptions::default());
    let wheel = world.wheel("demo", "1.0");
    world.wheel("demo", "2.0");
    let run = world.run();
    let found = run.links(&project("demo"), Lookup::Fresh).unwrap();
    let fetched = run.archive(&found.links[0], &Hashes::new()).unwrap();
    assert!(fetched.from_network);
    assert_eq!(std::fs::read(&fetched.path).unwrap(), std::fs::read(&wheel).unwrap());
    assert_eq!(fetched.size, std::fs::metadata(&wheel).unwrap().len());
    assert!(fetched.path.ends_with(format!("{}/demo-1.0-py3-none-any.whl", fetched.sha256)));
    let linked = run.folder().join("demo-1.0-py3-none-any.whl");
    assert_eq!(
        std::fs::metadata(linked).unwrap().ino(),
        std::fs::metadata(&fetched.path).unwrap().ino()
    );

    let offline = world.offline();
    let kept = offline.links(&project("demo"), Lookup::Kept).unwrap();
    assert_eq!(kept.links[..], found.links[..1]);
    assert!(kept.complaints.is_empty());
    let again = offline.archive(&kept.links[0], &Hashes::new()).unwrap();
    assert!(!again.from_network);
    assert_eq!((again.path, again.sha256), (fetched.path, fetched.sha256));
    assert_eq!(offline.metadata(&kept.links[0]).unwrap().unwrap().name, "demo");
    assert!(offline.unchanged(&kept.pages).unwrap());
    world.run().archive(&found.links[1], &Hashes::new()).unwrap();
    assert!(!world.offline().unchanged(&kept.pages).unwrap());
}

#[test]
fn without_digests_the_place_and_url_decide() {
    let world = World::new(IndexOptions { digests: false, ..IndexOptions::default() });
    world.wheel("demo", "1.0");
    let run = world.run();
    let link = run.links(&project("demo"), Lookup::Fresh).unwrap().links[0].clone();
    assert!(link.digests.is_empty());
    assert!(run.archive(&link, &Hashes::new()).unwrap().from_network);
    assert!(!world.offline().archive(&link, &Hashes::new()).unwrap().from_network);

    // The same file name on another index is another file.
    let other = World::new(IndexOptions { digests: false, ..IndexOptions::default() });
    other.wheel("demo", "1.0");
    let run = world.run_with(other.settings());
    assert!(run.links(&project("demo"), Lookup::Kept).unwrap().links.is_empty());
    let link = run.links(&project("demo"), Lookup::Fresh).unwrap().links[0].clone();
    assert!(run.archive(&link, &Hashes::new()).unwrap().from_network);
}

#[test]
fn a_digest_answers_for_every_place_that_gives_it() {
    let (one, two) = (World::new(IndexOptions::default()), World::new(IndexOptions::default()));
    one.wheel("demo", "1.0");
    two.wheel("demo", "1.0");
    let run = one.run();
    let link = run.links(&project("demo"), Lookup::Fresh).unwrap().links[0].clone();
    run.archive(&link, &Hashes::new()).unwrap();
    let run = one.run_with(two.settings());
    assert!(run.links(&project("demo"), Lookup::Kept).unwrap().links.is_empty());
    let link = run.links(&project("demo"), Lookup::Fresh).unwrap().links[0].clone();
    assert!(!run.archive(&link, &Hashes::new()).unwrap().from_network);
    assert_eq!(
        one.run_with(two.settings()).links(&project("demo"), Lookup::Kept).unwrap().links.len(),
        1
    );
}

#[test]
fn digests_that_do_not_match() {
    let world = World::new(IndexOptions::default());
    let wheel = world.wheel("demo", "1.0");
    let right = accel_testkit::wheel::sha256(&std::fs::read(&wheel).unwrap());
    let run = world.run();
    let mut link = run.links(&project("demo"), Lookup::Fresh).unwrap().links[0].clone();

    // The user's digests replace the page's; one of them suffices.
    let wrong = Digest::sha256("0".repeat(64));
    let hashes: Hashes = [&wrong].into_iter().collect();
    let error = run.archive(&link, &hashes).unwrap_err();
    let IndexError::HashMismatch { place, allowed, got, .. } = error else { panic!("{error}") };
    assert_eq!(link.url, place);
    assert_eq!(allowed, hashes);
    assert_eq!(got, [Digest::sha256(right.clone())]);
    assert!(!run.folder().exists(), "nothing wrong is kept");
    let either: Hashes = [&wrong, &Digest::sha256(right)].into_iter().collect();
    assert!(run.archive(&link, &either).unwrap().from_network);
    let error = run.archive(&link, &hashes).unwrap_err();
    assert!(matches!(error, IndexError::HashMismatch { .. }), "{error}");

    link.digests = vec![Digest::new(HashAlgorithm::Md5, "00")];
    let error = run.archive(&link, &Hashes::new()).unwrap_err();
    let IndexError::HashMismatch { got, .. } = error else { panic!("{error}") };
    assert_eq!(got[0].algorithm, HashAlgorithm::Md5);
    assert_eq!(got[0].hex.len(), 32);
}

#[test]
fn several_threads_want_the_same_file() {
    let world = World::new(IndexOptions::default());
    world.wheel("demo", "1.0");
    world.server.change(|options| options.delay = std::time::Duration::from_millis(50));
    let run = world.run();
    let link = run.links(&project("demo"), Lookup::Fresh).unwrap().links[0].clone();
    let fetched: Vec<bool> = std::thread::scope(|scope| {
        let ask = || run.archive(&link, &Hashes::new()).unwrap().from_network;
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(fetched.iter().filter(|one| **one).count(), 1);
    assert_eq!(world.server.count("/files/"), 1);
}

#[test]
fn several_runs_record_into_one_place() {
    let world = World::new(IndexOptions::default());
    for number in 0..12 {
        world.wheel("demo", &format!("1.{number}"));
    }
    let links = world.run().links(&project("demo"), Lookup::Fresh).unwrap();
    std::thread::scope(|scope| {
        for link in links.links.iter() {
            let world = &world;
            scope.spawn(move || world.run().archive(link, &Hashes::new()).unwrap());
        }
    });
    assert_eq!(world.offline().links(&project("demo"), Lookup::Kept).unwrap().links.len(), 12);
}

#[test]
fn what_is_missing_on_the_server() {
    let world = World::new(IndexOptions::default());
    let wheel = world.wheel("demo", "1.0");
    let run = world.run();
    let link = run.links(&project("demo"), Lookup::Fresh).unwrap().links[0].clone();
    std::fs::remove_file(wheel).unwrap();
    let error = run.archive(&link, &Hashes::new()).unwrap_err();
    assert!(matches!(error, IndexError::Http { status: Some(404), .. }), "{error:?}");
    assert!(
        error.to_string().contains("404 Client Error: Not Found for url: http://127.0.0.1"),
        "{error}"
    );
}

#[test]
fn a_damaged_archive_is_thrown_away_and_fetched_again() {
    let world = World::new(IndexOptions::default());
    world.wheel("demo", "1.0");
    let run = world.run();
    let link = run.links(&project("demo"), Lookup::Fresh).unwrap().links[0].clone();
    let kept = run.archive(&link, &Hashes::new()).unwrap();
    run.discard(&kept.sha256).unwrap();
    assert!(!kept.path.exists());
    assert!(!run.folder().join(&link.filename).exists());
    assert!(run.archive(&link, &Hashes::new()).unwrap().from_network);
}

#[test]
fn a_file_that_is_yanked_later_is_yanked_in_the_local_index() {
    let world = World::new(IndexOptions::default());
    world.wheel("demo", "1.0");
    let run = world.run();
    let link = run.links(&project("demo"), Lookup::Fresh).unwrap().links[0].clone();
    run.archive(&link, &Hashes::new()).unwrap();
    world.server.change(|options| {
        options.yanked.insert("demo-1.0-py3-none-any.whl".into(), "broken".into());
    });
    world.run().links(&project("demo"), Lookup::Fresh).unwrap();
    let kept = world.offline().links(&project("demo"), Lookup::Kept).unwrap();
    assert_eq!(kept.links[0].yanked.as_deref(), Some("broken"));
}

#[test]
fn direct_urls() {
    let world = World::new(IndexOptions::default());
    world.wheel("demo", "1.0");
    let url = world.server.at("/files/demo-1.0-py3-none-any.whl");
    assert!(world.run().direct(&url, &Hashes::new()).unwrap().from_network);
    assert!(!world.offline().direct(&url, &Hashes::new()).unwrap().from_network);
    assert!(world.run().direct_anew(&url, &Hashes::new()).unwrap().from_network);
    // It answers for its URL, not for an index that was never asked.
    assert!(world.offline().links(&project("demo"), Lookup::Kept).unwrap().links.is_empty());
    let error = world.run().direct(&format!("{url}#sha256=00"), &Hashes::new()).unwrap_err();
    assert!(matches!(error, IndexError::HashMismatch { .. }), "{error}");
    world.server.fix("/moved.whl", Answer::new(301, "text/plain", "").with("Location", &url));
    assert!(
        world
            .run()
            .direct(&world.server.at("/moved.whl"), &Hashes::new())
            .unwrap()
            .path
            .ends_with("moved.whl")
    );
}

#[test]
fn find_links_pages_answer_for_themselves() {
    let world = World::new(IndexOptions::default());
    world.wheel("demo", "1.0");
    let page = "<a href='/files/demo-1.0-py3-none-any.whl'>demo</a><a href='/files/other-1.0.zip'>";
    world.server.fix("/links.html", Answer::new(200, "text/html", page));
    let settings = IndexSettings {
        find_links: vec![world.server.at("/links.html")],
        no_index: true,
        ..IndexSettings::default()
    };
    let run = world.run_with(settings.clone());
    let found = run.links(&project("demo"), Lookup::Fresh).unwrap();
    assert_eq!(names(&found.links), ["demo-1.0-py3-none-any.whl", "other-1.0.zip"]);
    run.archive(&found.links[0], &Hashes::new()).unwrap();
    world.server.stop();
    let kept = world.run_with(settings).links(&project("demo"), Lookup::Kept).unwrap();
    assert_eq!(names(&kept.links), ["demo-1.0-py3-none-any.whl"]);
}
