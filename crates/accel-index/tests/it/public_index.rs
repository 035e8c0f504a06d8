//! The public index itself; needs the network by nature.

use accel_index::{Index, IndexSettings, Lookup};
use accel_io::net::{Network, NetworkSettings};

use crate::project;

#[test]
fn six_on_the_public_index() {
    let kept = tempfile::tempdir().unwrap();
    let settings = IndexSettings {
        index_urls: vec!["https://pypi.org/simple".into()],
        ..IndexSettings::default()
    };
    let network = NetworkSettings {
        cert: std::env::var_os("PIP_CERT").map(Into::into),
        ..NetworkSettings::default()
    };
    let run = Index::new(settings, Network::new(network), kept.path());
    let found = run.links(&project("six"), Lookup::Fresh).unwrap();
    assert!(found.links.len() > 20, "{:?}", found.complaints);
    let mut wheel = found
        .links
        .iter()
        .find(|link| link.filename == "six-1.16.0-py2.py3-none-any.whl")
        .expect("a well-known wheel")
        .clone();
    assert_eq!(
        wheel.sha256(),
        Some("8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254")
    );
    // Without its sidecar the metadata comes out of the wheel itself.
    wheel.core_metadata = None;
    let metadata = run.metadata(&wheel).unwrap().expect("ranges");
    assert_eq!((&*metadata.name, &*metadata.version), ("six", "1.16.0"));
    assert_eq!(metadata.requires_python.as_deref(), Some(">=2.7, !=3.0.*, !=3.1.*, !=3.2.*"));
}
