//! Why a build failed, in packages of the operating system: its log names headers, libraries and
//! programs that were not there; data files (`data/system-packages.toml` and the user's) name the
//! packages that have them.
//!
//! [`Catalog::needs`] reads a log, [`Host`] knows this machine's packages and how to install more.

mod catalog;
mod host;
mod log;

pub use catalog::{Catalog, CatalogError, Need};
pub use host::{Family, Host, HostError};
