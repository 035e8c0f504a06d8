//! Names, versions, specifiers, markers, tags, METADATA and RECORD: pure types without I/O.
#![warn(missing_docs)]

pub mod direct_url;
pub mod entry_points;
pub mod filename;
pub mod hashes;
pub mod link;
pub mod manifest;
pub mod marker;
pub mod metadata;
pub mod name;
pub mod record;
pub mod requirement;
pub mod specifier;
pub mod tags;
pub mod tags_compatible;
pub mod tags_platform;
pub mod version;
pub mod wheel_info;

mod error;
mod headers;
mod python_text;
mod tokenizer;

pub use direct_url::{ArchiveInfo, DirInfo, DirectUrl, VcsInfo};
pub use entry_points::{EntryPoint, EntryPoints};
pub use error::TypesError;
pub use filename::{SdistName, WheelFilename};
pub use hashes::{Digest, HashAlgorithm, Hashes};
pub use link::{Link, LinkSource};
pub use manifest::{
    Area, Bytecode, BytecodeFile, Launcher, Manifest, ManifestDirectory, ManifestFile,
    ManifestRecord,
};
pub use marker::{Marker, MarkerEnvironment};
pub use metadata::{CoreMetadata, Headers};
pub use name::{ExtraName, PackageName};
pub use record::RecordRow;
pub use requirement::Requirement;
pub use specifier::{Operator, Specifier, SpecifierSet};
pub use tags::{Tag, TagList};
pub use tags_compatible::{TagFacts, TagRequest, compatible_tags};
pub use tags_platform::{PlatformFacts, platform_tags};
pub use version::Version;
pub use wheel_info::WheelInfo;
