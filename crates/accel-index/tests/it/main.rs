//! Tests of accel-index against a real server and against the real pip.
#![allow(clippy::disallowed_methods, reason = "tests prepare and look at the world themselves")]

mod archives;
mod find_links;
mod lookups;
mod metadata;
mod pages;
mod public_index;
mod stock_pip;

use std::path::PathBuf;

use accel_index::{Index, IndexSettings};
use accel_io::net::{Network, NetworkSettings};
use accel_testkit::index::{IndexOptions, IndexServer};
use accel_testkit::wheel::WheelMaker;
use accel_types::{Link, PackageName};

/// A folder of distributions on a server, and a place to keep things.
struct World {
    folder: tempfile::TempDir,
    kept: tempfile::TempDir,
    server: IndexServer,
}

impl World {
    fn new(options: IndexOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let kept = tempfile::tempdir().unwrap();
        let server = IndexServer::start(folder.path(), options);
        Self { folder, kept, server }
    }

    fn wheel(&self, name: &str, version: &str) -> PathBuf {
        WheelMaker::new(name, version).requires("six>=1.0").write_to(self.folder.path())
    }

    /// A new run with what earlier ones have kept.
    fn run(&self) -> Index {
        self.run_with(self.settings())
    }

    fn run_with(&self, settings: IndexSettings) -> Index {
        Index::new(settings, network(false), self.kept.path())
    }

    /// A new run that cannot open a connection.
    fn offline(&self) -> Index {
        Index::new(self.settings(), network(true), self.kept.path())
    }

    fn settings(&self) -> IndexSettings {
        IndexSettings { index_urls: vec![self.server.url()], ..IndexSettings::default() }
    }
}

fn network(offline: bool) -> Network {
    let settings = NetworkSettings { offline, retries: 0, ..NetworkSettings::default() };
    Network::new(settings)
}

fn project(name: &str) -> PackageName {
    PackageName::new(name)
}

fn names(links: &[Link]) -> Vec<&str> {
    links.iter().map(|link| link.filename.as_str()).collect()
}
