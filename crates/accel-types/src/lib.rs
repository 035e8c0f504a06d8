//! Names, versions, specifiers, markers, tags, METADATA and RECORD: pure types without I/O.
#![warn(missing_docs)]

pub mod hashes;
pub mod link;
pub mod manifest;
pub mod name;
pub mod tags;
pub mod tags_compatible;
pub mod tags_platform;
pub mod version;

mod error;
mod python_text;

pub use error::TypesError;
pub use hashes::{Digest, HashAlgorithm, Hashes};
pub use link::{Link, LinkSource};
pub use manifest::{
    Area, Bytecode, BytecodeFile, Launcher, Manifest, ManifestDirectory, ManifestFile,
    ManifestRecord,
};
pub use name::{ExtraName, PackageName};
pub use tags::{Tag, TagList};
pub use tags_compatible::{TagFacts, TagRequest, compatible_tags};
pub use tags_platform::{PlatformFacts, platform_tags};
pub use version::Version;
