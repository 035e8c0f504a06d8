//! Folders, files and pages on disk, compared with the real pip.

use accel_index::{Index, IndexSettings, Lookup};
use accel_testkit::sdist::SdistMaker;
use accel_testkit::wheel::WheelMaker;
use accel_types::{Hashes, LinkSource};
use serde_json::{Value, json};

use crate::{network, project};

/// Reads `{find_links, index_urls, project}` and writes pip's links and warnings.
const ORACLE: &str = r"
import json, logging, sys
from pip._internal.index.collector import LinkCollector, parse_links
from pip._internal.index.package_finder import PackageFinder
from pip._internal.models.search_scope import SearchScope
from pip._internal.network.session import PipSession
case = json.load(sys.stdin)
messages = []
class Handler(logging.Handler):
    def emit(self, record):
        messages.append([record.levelname.lower(), record.getMessage()])
for name in ('pip._internal.index.sources', 'pip._internal.index.collector'):
    logger = logging.getLogger(name)
    logger.setLevel(logging.DEBUG)
    logger.addHandler(Handler())
collector = LinkCollector(PipSession(), SearchScope.create(case['find_links'], case['index_urls'], False))
def page(link):
    content = collector.fetch_response(link)
    return [] if content is None else PackageFinder._sort_links(None, parse_links(content))
sources = collector.collect_sources(case['project'], page)
pages = [l for group in sources for s in group if s for l in s.page_candidates()]
files = [l for group in sources for s in group if s for l in s.file_links()]
files = sorted((l for l in files if not l.is_vcs), reverse=True)
links = PackageFinder._sort_links(None, files) + pages
messages = [m for m in messages if 'location(s) to search' not in m[1]
    and not m[1].startswith(('Getting page', 'Fetched page', ' file: URL is directory'))]
json.dump({'links': [[l.url, l.filename, l.comes_from or ''] for l in links], 'messages': messages}, sys.stdout)
";

fn compare(settings: &IndexSettings, name: &str) -> Vec<String> {
    let case = json!({ "find_links": settings.find_links, "index_urls": settings.index_urls, "project": name });
    let answer = accel_testkit::real_pip::script(ORACLE, &serde_json::to_vec(&case).unwrap());
    let expected: Value = serde_json::from_slice(&answer).unwrap();
    let kept = tempfile::tempdir().unwrap();
    let run = Index::new(settings.clone(), network(true), kept.path());
    let found = run.links(&project(name), Lookup::Kept).unwrap();
    let links: Vec<Value> = found
        .links
        .iter()
        .map(|link| json!([link.url_with_digest(), link.filename, link.comes_from]))
        .collect();
    let messages: Vec<Value> = found
        .complaints
        .iter()
        .map(|one| json!([format!("{:?}", one.level).to_lowercase(), one.text]))
        .collect();
    assert_eq!(json!({ "links": links, "messages": messages }), expected);
    found.links.iter().map(|link| link.filename.to_string()).collect()
}

#[test]
fn every_kind_of_place_gives_what_pip_sees() {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name).to_string_lossy().into_owned();
    let folder = root.path().join("a folder+x");
    std::fs::create_dir(&folder).unwrap();
    for version in ["1.0", "2.0", "2.0+local.1"] {
        WheelMaker::new("My.Pkg", version).write_to(&folder);
        SdistMaker::new("my_pkg", version).write_to(&folder);
    }
    for name in [
        "my_pkg-2.0.zip",
        "my-pkg-3.0.tar.bz2",
        "my-pkg-nover.tar.gz",
        "my_pkg-4.0-py3-none.whl",
        "README",
        "other-1.0.zip",
    ] {
        std::fs::write(folder.join(name), "x").unwrap();
    }
    std::fs::create_dir(folder.join("my_pkg-9.0.zip")).unwrap();
    let page =
        "<base href='http://127.0.0.1:9/x/'><a href='my_pkg-5.0.zip#md5=12'><a href='/b c.zip'>";
    std::fs::write(folder.join("links.html"), page).unwrap();
    std::fs::write(root.path().join("Links.HTM"), "<a href='sub/my_pkg-6.0.zip'>").unwrap();
    std::fs::write(root.path().join("my_pkg-7.0.tar.gz"), "x").unwrap();
    std::fs::create_dir_all(root.path().join("index/my-pkg")).unwrap();
    std::fs::write(root.path().join("index/my-pkg/index.html"), "<a href='../my_pkg-8.0.zip'>")
        .unwrap();
    std::fs::create_dir_all(root.path().join("index/empty")).unwrap();

    let file_url = format!("file://{}", at("index"));
    let settings = IndexSettings {
        find_links: vec![
            at("a folder+x"),
            at("Links.HTM"),
            at("my_pkg-7.0.tar.gz"),
            at("missing"),
            format!("file://{}", at("missing")),
            format!("file://{}", at("a%20folder%2Bx")),
            at("a folder+x"),
            "git+https://example.test/x".into(),
        ],
        index_urls: vec![file_url, at("index"), at("nowhere"), "nonsense".into()],
        ..IndexSettings::default()
    };
    let names = compare(&settings, "my-pkg");
    assert!(
        names.contains(&"My.Pkg-1.0-py3-none-any.whl".to_owned()) || names.len() > 10,
        "{names:?}"
    );
    compare(&settings, "empty");
    compare(&settings, "absent");
}

#[test]
fn archives_of_folders_stay_where_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let kept = tempfile::tempdir().unwrap();
    let wheel = WheelMaker::new("demo", "1.0").requires("six").write_to(folder.path());
    let settings = IndexSettings {
        find_links: vec![folder.path().to_string_lossy().into_owned()],
        ..IndexSettings::default()
    };
    let run = Index::new(settings.clone(), network(true), kept.path());
    let found = run.links(&project("demo"), Lookup::Always).unwrap();
    assert_eq!(found.links[0].source, LinkSource::FindLinks);
    let archive = run.archive(&found.links[0], &Hashes::new()).unwrap();
    assert_eq!(archive.path, wheel);
    assert_eq!(archive.sha256, accel_testkit::wheel::sha256(&std::fs::read(&wheel).unwrap()));
    assert!(!archive.from_network);
    assert_eq!(run.metadata(&found.links[0]).unwrap().unwrap().requires_dist, ["six"]);
    let direct = run.direct(&found.links[0].url, &Hashes::new()).unwrap();
    assert_eq!(direct, archive);

    // Folders are always read anew, and a replaced file is another one.
    assert!(
        Index::new(settings.clone(), network(true), kept.path()).unchanged(&found.pages).unwrap()
    );
    WheelMaker::new("demo", "1.0").requires("six>=2").write_to(folder.path());
    let run = Index::new(settings, network(true), kept.path());
    assert!(!run.unchanged(&found.pages).unwrap());
    assert_ne!(run.archive(&found.links[0], &Hashes::new()).unwrap().sha256, archive.sha256);
}
