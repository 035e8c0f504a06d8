//! An installation that has no network names what the local index lacks.

use accel_testkit::index::{IndexOptions, IndexServer};
use accel_testkit::wheel::WheelMaker;

use crate::sandbox::Sandbox;

const START: &str = "HINT: without the network these are missing from the local index: ";
const END: &str = "; see docs/troubleshooting.md#without-a-network";

/// A cache in which `top` and `mid` are kept, and not all that they need; the index is gone.
fn left_alone() -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    let dist = sandbox.at("dist");
    WheelMaker::new("top", "1.0")
        .requires("mid>=1")
        .requires("other>=2")
        .requires("never; python_version < '3'")
        .requires("tested; extra == 'test'")
        .metadata("Provides-Extra: test")
        .write_to(&dist);
    WheelMaker::new("mid", "1.0").requires("leaf").write_to(&dist);
    for version in ["1.0", "1.5"] {
        WheelMaker::new("other", version).write_to(&dist);
    }
    let index = IndexServer::start(&dist, IndexOptions::default());
    let url = index.url();
    let environment = sandbox.environment("filled");
    for name in ["top==1.0", "mid==1.0", "other==1.0", "other==1.5"] {
        sandbox.install(&environment, &["--no-deps", "-i", &url, name]).good();
    }
    (sandbox, url)
}

#[test]
fn everything_that_is_missing_is_named() {
    let (sandbox, url) = left_alone();
    let of_top = "other>=2 (of top 1.0; kept: 1.5, 1.0), leaf (of mid 1.0; none is kept)";
    for (arguments, missing) in [
        (&["top==1.0"][..], of_top),
        (&["top==1.0", "other==3"], &format!("other==3 (kept: 1.5, 1.0), {of_top}")),
        (&["mid==2.0"], "mid==2.0 (kept: 1.0)"),
        (&["top[test]==1.0", "--no-deps", "x"], "x (none is kept)"),
    ] {
        for places in [&["-i", &url][..], &["--no-index", "-i", &url]] {
            let environment = sandbox.environment("empty");
            let ran = sandbox.install(&environment, &[places, arguments].concat()).bad();
            assert_eq!(ran.lines("HINT: "), [format!("{START}{missing}{END}")], "{ran:#?}");
            // It stands behind pip's own words.
            assert!(ran.stderr.trim_end().ends_with(END), "{ran:#?}");
            std::fs::remove_dir_all(environment).unwrap();
        }
    }
    let environment = sandbox.environment("tested");
    let ran = sandbox.install(&environment, &["-i", &url, "top[test]==1.0"]).bad();
    assert!(ran.lines("HINT: ")[0].contains("tested (of top 1.0; none is kept)"), "{ran:#?}");
}

#[test]
fn what_an_index_does_not_have_is_no_matter_of_the_network() {
    let sandbox = Sandbox::new();
    let index = IndexServer::start(sandbox.at("dist"), IndexOptions::default());
    let environment = sandbox.environment("empty");
    let ran = sandbox.install(&environment, &["-i", &index.url(), "x"]).bad();
    assert_eq!(ran.lines("HINT: "), [""; 0]);
    let links = sandbox.at("dist").to_str().unwrap().to_owned();
    let ran = sandbox.install(&environment, &["--no-index", "--find-links", &links, "x"]).bad();
    assert_eq!(ran.lines("HINT: "), [""; 0]);
}
