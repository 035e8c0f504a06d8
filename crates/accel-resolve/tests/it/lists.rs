//! The rules of candidate lists, one by one.

use accel_resolve::{Direct, Prepared, ResolveError, ResolveRequest, RootKind, resolve};
use accel_types::moment::from_iso_format;
use accel_types::{Digest, Hashes, Link, NameSet};

use crate::universe::{Universe, constraint, link, metadata, request};

/// The version that is chosen for a project called `a`.
fn chosen(universe: &Universe, request: &ResolveRequest) -> String {
    universe.chosen(request).unwrap()["a"].clone()
}

/// The file that is chosen for `a`.
fn file(universe: &Universe, request: &ResolveRequest) -> String {
    let name = format!("a-{}", chosen(universe, request));
    let prepared = universe.prepared.borrow();
    prepared.iter().rfind(|url| url.contains(&name)).unwrap().clone()
}

fn offered(files: &[Link]) -> Universe {
    let mut universe = Universe::default();
    for file in files {
        let version = file.filename.split('-').nth(1).unwrap();
        let version = version.trim_end_matches(".tar.gz").trim_end_matches(".zip");
        universe.offer(file.clone(), "a", version, "");
    }
    universe
}

fn at(url: &str, filename: &str) -> Link {
    Link { url: format!("{url}/{filename}").into(), ..link(filename) }
}

fn yanked(filename: &str) -> Link {
    Link { yanked: Some("bad".into()), ..link(filename) }
}

#[test]
fn of_equals_the_last_listed_wins() {
    let find_links = at("file:///links", "a-1-py3-none-any.whl");
    let first = at("https://one", "a-1-py3-none-any.whl");
    let second = at("https://two", "a-1-py3-none-any.whl");
    let universe = offered(&[find_links, first, second.clone()]);
    assert_eq!(second.url, file(&universe, &request(&["a"])));
}

#[test]
fn find_links_come_first_and_lose_to_the_page() {
    let find_links = at("file:///links", "a-1-py3-none-any.whl");
    let page = at("https://one", "a-1-py3-none-any.whl");
    let universe = offered(&[find_links, page.clone()]);
    assert_eq!(page.url, file(&universe, &request(&["a"])));
}

#[test]
fn tags_then_build_tags_then_sdists() {
    let names = [
        "a-1.tar.gz",
        "a-1-2-py3-none-any.whl",
        "a-1-10-cp311-cp311-manylinux_2_17_x86_64.whl",
        "a-1-9-cp311-cp311-linux_x86_64.whl",
        "a-1-cp311-cp311-linux_x86_64.whl",
        "a-1-cp310-cp310-linux_x86_64.whl",
    ];
    let universe = offered(&names.map(link));
    let best = file(&universe, &request(&["a"]));
    assert!(best.ends_with(names[3]), "{best}");
    let universe = offered(&[link(names[1]), link(names[0])]);
    assert!(file(&universe, &request(&["a"])).ends_with(names[1]));
}

#[test]
fn a_newer_sdist_wins_unless_binaries_are_preferred() {
    let universe = offered(&[link("a-2.tar.gz"), link("a-1-py3-none-any.whl")]);
    let mut asked = request(&["a"]);
    assert_eq!(chosen(&universe, &asked), "2");
    asked.options.prefer_binary = true;
    assert_eq!(chosen(&universe, &asked), "1");
}

#[test]
fn format_control_is_by_name() {
    let universe = offered(&[link("a-2.tar.gz"), link("a-1-py3-none-any.whl"), link("a-1.zip")]);
    let mut asked = request(&["a"]);
    asked.options.formats.add_only_binary("A").unwrap();
    assert_eq!(chosen(&universe, &asked), "1");
    asked.options.formats.add_no_binary("a").unwrap();
    asked.roots = request(&["a<2"]).roots;
    assert!(file(&universe, &asked).ends_with("a-1.zip"));
}

#[test]
fn a_yanked_file_serves_only_a_pin_that_nothing_else_satisfies() {
    let universe = offered(&[link("a-1-py3-none-any.whl"), yanked("a-2-py3-none-any.whl")]);
    assert_eq!(chosen(&universe, &request(&["a"])), "1");
    assert_eq!(chosen(&universe, &request(&["a==2"])), "2");
    assert!(universe.said.borrow().iter().any(|line| line.ends_with(
        "yanked version: 'a' candidate (version 2 at https://index.test/files/\
         a-2-py3-none-any.whl (from https://index.test/simple/))\nReason for being yanked: bad"
    )));
    assert!(universe.chosen(&request(&["a>=2"])).is_err());
    assert!(universe.chosen(&request(&["a==2.*"])).is_err());
    let mut constrained = request(&["a"]);
    constrained.constraints = vec![constraint("a==2")];
    assert_eq!(chosen(&universe, &constrained), "2");
}

#[test]
fn a_yanked_final_hides_prereleases() {
    let universe = offered(&[yanked("a-1-py3-none-any.whl"), link("a-2rc1-py3-none-any.whl")]);
    assert!(universe.chosen(&request(&["a"])).is_err());
}

#[test]
fn prereleases_come_if_asked_for_or_if_alone() {
    let both = offered(&[link("a-1-py3-none-any.whl"), link("a-2rc1-py3-none-any.whl")]);
    let alone = offered(&[link("a-2rc1-py3-none-any.whl")]);
    let mut asked = request(&["a"]);
    assert_eq!(chosen(&both, &asked), "1");
    assert_eq!(chosen(&alone, &asked), "2rc1");
    assert_eq!(chosen(&both, &request(&["a>=2.dev0"])), "2rc1");
    assert_eq!(chosen(&both, &request(&["a!=0.1rc1"])), "1");
    let mut constrained = request(&["a"]);
    constrained.constraints = vec![constraint("a>=0.1a1")];
    assert_eq!(chosen(&both, &constrained), "2rc1");
    asked.options.releases.all_releases = NameSet::all();
    assert_eq!(chosen(&both, &asked), "2rc1");
    asked.options.releases.add_only_final("a").unwrap();
    assert_eq!(chosen(&both, &asked), "1");
    assert!(alone.chosen(&asked).is_err());
}

#[test]
fn requires_python_of_the_page_is_looked_at_first() {
    let mut other = link("a-2-py3-none-any.whl");
    other.requires_python = Some(">=3.12".into());
    let mut odd = link("a-1-py3-none-any.whl");
    odd.requires_python = Some("three".into());
    let universe = offered(&[odd, other]);
    let mut asked = request(&["a"]);
    assert_eq!(chosen(&universe, &asked), "1");
    asked.options.ignore_requires_python = true;
    assert_eq!(chosen(&universe, &asked), "2");
}

#[test]
fn what_was_uploaded_too_late_is_not_seen() {
    let mut early = link("a-1-py3-none-any.whl");
    early.upload_time = Some("2026-01-01T00:00:00.5Z".into());
    let mut late = link("a-2-py3-none-any.whl");
    late.upload_time = Some("2026-02-01T00:00:00+00:00".into());
    let local = at("file:///links", "a-0.5-py3-none-any.whl");
    let mut asked = request(&["a"]);
    asked.options.uploaded_prior_to = from_iso_format("2026-02-01T01:00:00+01:00");
    let universe = offered(&[local.clone(), early, late]);
    assert_eq!(chosen(&universe, &asked), "1");
    let untold = offered(&[local, link("a-3-py3-none-any.whl")]);
    let error = untold.chosen(&asked).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Index https://index.test/simple/ does not provide upload-time metadata."
    );
}

#[test]
fn digests_filter_only_if_one_matches() {
    let with =
        |filename: &str, hex: &str| Link { digests: vec![Digest::sha256(hex)], ..link(filename) };
    let universe = offered(&[
        with("a-1-py3-none-any.whl", "aa"),
        with("a-2-py3-none-any.whl", "bb"),
        link("a-3-py3-none-any.whl"),
    ]);
    let hashes = |hex: &str| -> Hashes { [&Digest::sha256(hex)].into_iter().collect() };
    let mut asked = request(&["a"]);
    asked.roots[0].hashes = hashes("aa");
    assert_eq!(chosen(&universe, &asked), "1");
    asked.roots[0].hashes = hashes("cc");
    assert_eq!(chosen(&universe, &asked), "3");
    let mut constrained = request(&["a"]);
    constrained.constraints = vec![constraint("a")];
    constrained.constraints[0].hashes = hashes("bb");
    assert_eq!(chosen(&universe, &constrained), "2");
    let resolution = resolve(&constrained, &universe).unwrap();
    assert!(resolution.pins[0].hashes.allows(&Digest::sha256("bb")));
    assert_eq!(resolution.pins[0].requirement.as_ref().unwrap().to_string(), "a==2");
}

#[test]
fn a_file_of_another_name_version_or_platform_is_no_candidate() {
    let mut universe = offered(&[link("a-1-py3-none-any.whl")]);
    for name in [
        "b-9-py3-none-any.whl",
        "a_b-9.tar.gz",
        "a-nine.tar.gz",
        "a-9.exe",
        "a-9",
        "a-9-py3-none-win32.whl",
        "a-9-py2.7.tar.gz",
    ] {
        universe.offer(link(name), "a", "9", "");
    }
    assert_eq!(chosen(&universe, &request(&["a"])), "1");
    universe.offer(link("a-8-py3.1.tar.gz"), "a", "8", "");
    universe.offer(link("A-7.tar.gz"), "a", "7", "");
    assert_eq!(chosen(&universe, &request(&["a"])), "7");
}

#[test]
fn metadata_that_disagrees_discards_the_file_and_broken_metadata_the_version() {
    let mut universe = offered(&[
        link("a-1-py3-none-any.whl"),
        link("a-2.tar.gz"),
        link("a-2-py3-none-any.whl"),
        link("a-3.tar.gz"),
        link("a-3-py3-none-any.whl"),
    ]);
    let url = |name: &str| format!("https://index.test/files/{name}");
    let wrong = Prepared::Metadata(metadata("a", "2.5", ""));
    universe.answer(&url("a-2-py3-none-any.whl"), wrong);
    let broken = Prepared::Metadata(metadata("a", "3", "Requires-Dist: b>>1\n"));
    universe.answer(&url("a-3-py3-none-any.whl"), broken);
    assert!(file(&universe, &request(&["a"])).ends_with("a-2.tar.gz"));
    let said = universe.said.borrow();
    assert!(
        said.iter().any(|line| line.starts_with("WARNING: Ignoring version 3 of a since")),
        "{said:?}"
    );
    assert!(said.iter().any(|line| line.ends_with(
        ": Requested a from https://index.test/files/a-2-py3-none-any.whl has inconsistent \
         version: expected '2', but metadata has '2.5'"
    )));
}

#[test]
fn the_best_candidate_is_prepared_before_later_requirements_are_known() {
    let mut universe = Universe::default();
    universe.wheel("brk", "1", &[]).wheel("brk", "2", &[]);
    universe.break_url("https://index.test/files/brk-2-py3-none-any.whl");
    let error = resolve(&request(&["brk", "brk<2"]), &universe).unwrap_err();
    assert!(matches!(error, ResolveError::Stopped(_)));
    assert_eq!(universe.chosen(&request(&["brk<2", "brk"])).unwrap()["brk"], "1");
}

#[test]
fn a_direct_wheel_must_fit() {
    let universe = Universe::default();
    let mut asked = request(&[]);
    asked.roots = request(&["x"]).roots;
    asked.roots[0].kind = RootKind::Direct(Direct {
        requirement: None,
        url: "file:///x/a-1-py3-none-win32.whl".to_owned(),
        extras: Vec::new(),
        marker: None,
        editable: false,
    });
    let error = universe.chosen(&asked).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a-1-py3-none-win32.whl is not a supported wheel on this platform."
    );
}

#[test]
fn a_partial_answer_is_asked_again_when_it_does_not_serve() {
    let mut universe = Universe::default();
    universe.wheel("a", "1", &[]).wheel("a", "2", &["b"]).wheel("b", "1", &[]);
    universe.partial = Some(("a".to_owned(), vec![link("a-1-py3-none-any.whl")]));
    assert_eq!(chosen(&universe, &request(&["a==1"])), "1");
    assert_eq!(*universe.asked.borrow(), ["a Pinned false"]);
    universe.asked.take();
    assert_eq!(chosen(&universe, &request(&["a==2"])), "2");
    let asked = ["a Pinned false", "a Pinned true", "b BroughtByPinned false"];
    assert_eq!(*universe.asked.borrow(), asked);
    universe.asked.take();
    universe.partial = None;
    universe.chosen(&request(&["a"])).unwrap();
    assert_eq!(*universe.asked.borrow(), ["a Open false", "b Open false"]);
}

#[test]
fn what_something_open_pins_does_not_settle_what_it_brings() {
    let mut universe = Universe::default();
    universe.wheel("o", "1", &["a==1"]).wheel("a", "1", &["b"]).wheel("b", "1", &[]);
    universe.chosen(&request(&["o"])).unwrap();
    assert_eq!(*universe.asked.borrow(), ["o Open false", "a Pinned false", "b Open false"]);
    universe.asked.take();
    universe.chosen(&request(&["o==1"])).unwrap();
    let asked = ["o Pinned false", "a Pinned false", "b BroughtByPinned false"];
    assert_eq!(*universe.asked.borrow(), asked);
}
