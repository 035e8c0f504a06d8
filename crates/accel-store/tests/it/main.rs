//! Tests over the crate's public interface.
#![allow(clippy::disallowed_methods, reason = "tests prepare and look at the world themselves")]

mod bytecode;
mod damage;
mod keep;
mod oracle;

mod refused;

use std::path::{Path, PathBuf};

use accel_io::fs::{self, Scratch};
use accel_store::{Entry, Expected, Store, StoreError};
use accel_testkit::wheel::{WheelMaker, sha256};
use accel_types::name::PackageName;

/// A store of its own for one test.
struct Sandbox {
    scratch: Scratch,
    store: Store,
}

impl Sandbox {
    fn new() -> Self {
        let scratch = Scratch::new(std::env::temp_dir()).unwrap();
        let store = Store::new(scratch.path().join("cache"));
        Self { scratch, store }
    }

    fn path(&self) -> &Path {
        self.scratch.path()
    }

    fn keep(&self, wheel: &WheelMaker, name: &str) -> Result<Entry, StoreError> {
        let path = wheel.write_to(self.path());
        self.keep_file(&path, name)
    }

    fn keep_file(&self, path: &Path, name: &str) -> Result<Entry, StoreError> {
        let name = PackageName::new(name);
        let digest = sha256(&fs::read(path).unwrap());
        self.store.keep(path, &digest, &Expected { name: &name, version: None })
    }
}

/// The interpreters that can be found on this machine: those of pyenv, and the system's.
fn interpreters() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let home = std::env::var_os("PYENV_ROOT")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".pyenv")));
    if let Some(home) = home
        && let Ok(versions) = fs::read_dir(home.join("versions"))
    {
        for version in versions {
            found.push(home.join("versions").join(&version.name).join("bin/python"));
        }
    }
    found.push(PathBuf::from("/usr/bin/python3"));
    found.retain(|python| fs::is_file(python));
    found
}

/// The newest of them.
fn python3() -> Option<PathBuf> {
    interpreters().into_iter().rev().find(|python| {
        !python.to_string_lossy().contains("/2.7") && python != Path::new("/usr/bin/python3")
    })
}
