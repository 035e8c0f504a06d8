//! Simple index pages, the local index, find-links, metadata and downloads.
//!
//! [`Index`] answers the four questions that come before an installation:
//!
//! | question | answered by | kept in |
//! |---|---|---|
//! | which files are there? | [`Index::links`]: pages (PEP 503, 691), folders, single files | `pages/v2` |
//! | what does one need? | [`Index::metadata`]: PEP 658, or ranges of the wheel | `metadata/v1` |
//! | give it to me | [`Index::archive`], [`Index::direct`] | `archives/`, `index/` |
//! | is all as before? | [`Index::unchanged`] | |
//!
//! With [`Lookup::Kept`] the first is answered from the local index alone: one small file for a
//! project and place names the kept archives, and no network is touched. A kept archive answers
//! only for the place that it came from, or by its digest.
//!
//! ```no_run
//! use accel_index::{Index, IndexSettings, Lookup};
//! use accel_io::net::{Network, NetworkSettings};
//! use accel_types::{Hashes, PackageName};
//!
//! let settings = IndexSettings {
//!     index_urls: vec!["https://pypi.org/simple".into()],
//!     ..IndexSettings::default()
//! };
//! let network = Network::new(NetworkSettings::default());
//! let index = Index::new(settings, network, "/tmp/kept".as_ref());
//! let six = index.links(&PackageName::new("six"), Lookup::Fresh)?;
//! let newest = six.links.last().expect("a file");
//! println!("{}", index.archive(newest, &Hashes::new())?.path.display());
//! # Ok::<(), accel_index::IndexError>(())
//! ```
#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests prepare the world themselves"))]

mod archive;
mod elsewhere;
mod entities;
mod error;
mod folder;
mod found;
mod html;
mod index;
mod inventory;
mod json;
mod kept_page;
mod local;
mod lookup;
mod memo;
mod metadata;
pub mod page;
mod page_links;
mod prefetch;
mod record;
mod remote_wheel;
mod settings;
mod sources;
mod url_text;

pub use elsewhere::Elsewhere;
pub use error::IndexError;
pub use index::{Fits, Index, KeptArchive, PageState, ProjectLinks};
pub use inventory::KeptFiles;
pub use metadata::MetadataArrival;
pub use settings::{Complaint, ComplaintLevel, IndexSettings, Lookup};
