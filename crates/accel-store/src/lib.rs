//! Kept wheels by key: manifests, unpacking, bytecode, built wheels, memos.
//!
//! | folder | module | key |
//! |---|---|---|
//! | `store-v1/ab/abcd…/` | [`Store::keep`], [`Entry`] | sha256 of the wheel |
//! | `bytecode-v1/ab/abcd…-KEY/` | [`Store::bytecode`], [`BytecodeEntry`] | the same and the interpreter's bytecode key |
//! | `built-v1/ab/abcd…/` | [`Store::built`] | [`BuildKey`] |
//! | `resolutions-v1/ab/abcd…` | [`Store::memo`] | blake3 of the caller's key |
//! | `staged-v1/KEY-N/` | [`Store::staged`], [`StagedTree`] | the caller's key and a number |
//!
//! Everything is written out of sight and appears by one rename, so two runs at once do no harm
//! and a killed run leaves nothing half done. Everything carries a checksum that is compared when
//! it is opened; what is damaged is thrown away and reported as not there.
//!
//! ```no_run
//! use accel_store::{Expected, Store};
//! use accel_types::name::PackageName;
//!
//! # fn main() -> Result<(), accel_store::StoreError> {
//! let store = Store::new("/var/cache/pip-accel");
//! let name = PackageName::new("six");
//! let wheel = std::path::Path::new("six-1.17.0-py2.py3-none-any.whl");
//! let sha256 = "4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274";
//! let entry = store.keep(wheel, sha256, &Expected { name: &name, version: None })?;
//! for file in entry.manifest()?.files.iter() {
//!     println!("{} from {}", file.path, entry.tree().join(file.source.as_str()).display());
//! }
//! # Ok(())
//! # }
//! ```
#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests prepare the world themselves"))]

mod areas;
mod built;
mod bytecode;
mod entry;
mod error;
mod inventory;
mod keep;
mod key;
mod memo;
mod pack;
mod quoted;
mod sealed;
pub mod shared;
mod staged;
mod store;
mod verify;

pub use built::BuiltWheel;
pub use bytecode::{BytecodeEntry, BytecodeTarget};
pub use entry::Entry;
pub use error::{Result, StoreError};
pub use keep::Expected;
pub use key::{BuildInputs, BuildKey, ResolvedRequirement, is_build_variable};
pub use staged::{MOST_COPIES, StagedTree, TakenTree};
pub use store::{Lookup, Store};
pub use verify::Damage;
