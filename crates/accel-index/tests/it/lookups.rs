//! Pages: conditional requests, freshness, failures.

use accel_index::{ComplaintLevel, IndexSettings, Lookup};
use accel_io::net::{Network, NetworkSettings};
use accel_testkit::index::{Answer, IndexOptions, PageKind};
use accel_types::hashes::Hashes;

use crate::{World, names, network, project};

#[test]
fn a_page_is_fetched_once_then_revalidated() {
    for pages in [PageKind::Html, PageKind::Json] {
        let world = World::new(IndexOptions { pages, ..IndexOptions::default() });
        world.wheel("demo", "1.0");
        world.wheel("demo", "2.0");
        for status in [200, 304] {
            let run = world.run();
            let found = run.links(&project("Demo"), Lookup::Fresh).unwrap();
            assert_eq!(
                names(&found.links),
                ["demo-1.0-py3-none-any.whl", "demo-2.0-py3-none-any.whl"]
            );
            assert!(found.complaints.is_empty());
            assert!(found.links[0].core_metadata.is_some());
            assert_eq!(found.links[0].comes_from, format!("{}/demo/", world.server.url()));
            // Remembered for the rest of the run.
            run.links(&project("demo"), Lookup::Fresh).unwrap();
            let requests = world.server.requests();
            assert_eq!(requests.len(), 1);
            assert_eq!(requests[0].status, status);
            assert_eq!(requests[0].headers["accept"], accel_index::page::ACCEPT);
            world.server.forget_requests();
        }
    }
}

#[test]
fn max_age_spares_the_request_unless_always() {
    let world = World::new(IndexOptions {
        cache_control: Some("max-age=600, public".into()),
        ..IndexOptions::default()
    });
    world.wheel("demo", "1.0");
    world.run().links(&project("demo"), Lookup::Fresh).unwrap();
    world.wheel("demo", "2.0");
    assert_eq!(world.run().links(&project("demo"), Lookup::Fresh).unwrap().links.len(), 1);
    assert_eq!(world.server.count("/"), 1);
    assert_eq!(world.run().links(&project("demo"), Lookup::Always).unwrap().links.len(), 2);
    assert_eq!(world.server.count("/"), 2);
}

#[test]
fn an_unreachable_index_is_answered_by_what_is_kept_with_one_warning() {
    let world = World::new(IndexOptions::default());
    world.wheel("one", "1.0");
    world.wheel("two", "1.0");
    for name in ["one", "two"] {
        let run = world.run();
        let links = &run.links(&project(name), Lookup::Fresh).unwrap().links;
        run.archive(&links[0], &Hashes::new()).unwrap();
        // Known and not kept: of no use without the server.
        world.wheel(name, "2.0");
        world.run().links(&project(name), Lookup::Fresh).unwrap();
    }
    world.server.stop();
    let run = world.run();
    let mut warnings = Vec::new();
    for name in ["one", "two"] {
        let found = run.links(&project(name), Lookup::Always).unwrap();
        assert_eq!(found.links.len(), 1);
        warnings.extend(
            found.complaints.iter().filter(|one| one.level == ComplaintLevel::Warning).cloned(),
        );
    }
    assert_eq!(warnings.len(), 1);
    assert!(
        warnings[0].text.starts_with(&format!("Could not fetch URL {}/one/: ", world.server.url())),
        "{warnings:?}"
    );
    assert!(warnings[0].text.ends_with(" - using what is kept"), "{warnings:?}");
    let never_seen = run.links(&project("three"), Lookup::Fresh).unwrap();
    assert!(never_seen.links.is_empty());
    assert!(never_seen.complaints[0].text.ends_with(" - skipping"));
}

#[test]
fn refusals_are_worded_as_by_pip() {
    let world = World::new(IndexOptions::default());
    let url = |name: &str| format!("{}/{name}/", world.server.url());
    for (name, status, words) in
        [("p403", 403, "403 Client Error: Forbidden"), ("p404", 404, "404 Client Error: Not Found")]
    {
        world.server.fix(&format!("/simple/{name}/"), Answer::new(status, "text/html", "no"));
        let found = world.run().links(&project(name), Lookup::Fresh).unwrap();
        assert!(found.links.is_empty());
        let at = url(name);
        assert_eq!(found.complaints.len(), 1);
        assert_eq!(found.complaints[0].level, ComplaintLevel::Debug);
        assert_eq!(
            found.complaints[0].text,
            format!("Could not fetch URL {at}: {words} for url: {at} - skipping")
        );
    }
    world.server.fix("/simple/odd/", Answer::new(200, "application/json", "{}"));
    let found = world.run().links(&project("odd"), Lookup::Fresh).unwrap();
    assert_eq!(found.complaints[0].level, ComplaintLevel::Warning);
    assert_eq!(
        found.complaints[0].text,
        format!(
            "Skipping page {} because the GET request got Content-Type: application/json. The only supported \
             Content-Types are application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html, and text/html",
            url("odd")
        )
    );
}

#[test]
fn a_page_that_is_gone_is_not_kept() {
    let world = World::new(IndexOptions::default());
    let wheel = world.wheel("demo", "1.0");
    assert_eq!(world.run().links(&project("demo"), Lookup::Fresh).unwrap().links.len(), 1);
    std::fs::remove_file(wheel).unwrap();
    assert_eq!(world.run().links(&project("demo"), Lookup::Fresh).unwrap().links.len(), 0);
    world.server.stop();
    assert_eq!(world.run().links(&project("demo"), Lookup::Fresh).unwrap().links.len(), 0);
}

#[test]
fn indexes_in_the_given_order_without_repetitions() {
    let (first, second) =
        (World::new(IndexOptions::default()), World::new(IndexOptions::default()));
    first.wheel("demo", "1.0");
    second.wheel("demo", "1.0");
    let index_urls = vec![second.server.url(), first.server.url() + "/", second.server.url()];
    let run = first.run_with(IndexSettings { index_urls, ..IndexSettings::default() });
    let found = run.links(&project("demo"), Lookup::Fresh).unwrap();
    let hosts: Vec<bool> =
        found.links.iter().map(|link| link.url.starts_with(&second.server.at(""))).collect();
    assert_eq!(hosts, [true, false]);
    assert_eq!(found.pages.len(), 2);
    let none = first.run_with(IndexSettings { no_index: true, ..first.settings() });
    assert!(none.links(&project("demo"), Lookup::Always).unwrap().links.is_empty());
}

#[test]
fn unchanged_asks_for_all_pages_at_once() {
    let world = World::new(IndexOptions::default());
    let projects: Vec<_> = (0..20).map(|number| format!("demo{number}")).collect();
    for name in &projects {
        world.wheel(name, "1.0");
    }
    let run = world.run();
    let mut states = Vec::new();
    for name in &projects {
        states.extend(run.links(&project(name), Lookup::Fresh).unwrap().pages.clone());
    }
    assert_eq!(states.len(), 20);
    world.server.change(|options| options.delay = std::time::Duration::from_millis(100));
    let started = std::time::Instant::now();
    assert!(world.run().unchanged(&states).unwrap());
    assert!(started.elapsed().as_millis() < 1500, "{:?}", started.elapsed());
    assert!(world.server.requests()[20..].iter().all(|request| request.status == 304));
    world.wheel("demo7", "2.0");
    assert!(!world.run().unchanged(&states).unwrap());
    let text = accel_types_json(&states);
    assert!(text.contains("\"project\":\"demo0\""), "{text}");
}

fn accel_types_json(states: &[accel_index::PageState]) -> String {
    serde_json::to_string(states).unwrap()
}

#[test]
fn prefetching_changes_nothing_but_the_time() {
    let world = World::new(IndexOptions::default());
    for number in 0..10 {
        world.wheel(&format!("demo{number}"), "1.0");
    }
    let run = world.run();
    let projects: Vec<_> =
        (0..12).map(|number| (project(&format!("demo{number}")), Lookup::Fresh)).collect();
    run.prefetch(projects.clone());
    for (number, (name, lookup)) in projects.iter().enumerate() {
        let found = run.links(name, *lookup).unwrap();
        assert_eq!(found.links.len(), usize::from(number < 10));
        run.prefetch_metadata(found.links.to_vec());
        for link in found.links.iter() {
            assert_eq!(run.metadata(link).unwrap().unwrap().requires_dist, ["six>=1.0"]);
        }
    }
    assert_eq!(world.server.count("/simple/"), 12);
    assert_eq!(world.server.count("/files/"), 10);
}

#[test]
fn credentials_are_used_and_never_written() {
    let world = World::new(IndexOptions {
        credentials: Some(("me".into(), "geheim".into())),
        ..IndexOptions::default()
    });
    world.wheel("demo", "1.0");
    let index_urls = vec![world.server.url_with("me", "geheim")];
    let settings = NetworkSettings {
        retries: 0,
        index_urls: index_urls.clone(),
        ..NetworkSettings::default()
    };
    let run = accel_index::Index::new(
        IndexSettings { index_urls, ..IndexSettings::default() },
        Network::new(settings),
        world.kept.path(),
    );
    let found = run.links(&project("demo"), Lookup::Fresh).unwrap();
    assert_eq!(found.links.len(), 1, "{:?}", found.complaints);
    run.metadata(&found.links[0]).unwrap();
    run.archive(&found.links[0], &Hashes::new()).unwrap();
    let mut folders = vec![world.kept.path().to_owned()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files += 1;
                let bytes = std::fs::read(&path).unwrap();
                assert!(!String::from_utf8_lossy(&bytes).contains("geheim"), "{}", path.display());
            }
        }
    }
    assert!(files >= 5);
    // What was kept with credentials answers without them, too.
    let offline = accel_index::Index::new(world.settings(), network(true), world.kept.path());
    assert_eq!(offline.links(&project("demo"), Lookup::Kept).unwrap().links.len(), 1);
}
