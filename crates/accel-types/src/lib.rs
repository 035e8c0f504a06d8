//! Names, versions, specifiers, markers, tags, METADATA and RECORD: pure types without I/O.
//!
//! This is the ground floor: everything that pip-accel reads or writes has its type here, and
//! every other crate builds on it. Nothing in it opens a file, reads the environment or prints.
//!
//! The measure of each type is the program that pip itself uses for it, in its newest release:
//!
//! | module | what | measure |
//! |---|---|---|
//! | [`name`] | [`PackageName`], [`ExtraName`] | PEP 503, `packaging.utils` |
//! | [`version`] | [`Version`] | PEP 440, `packaging.version` |
//! | [`specifier`] | [`Specifier`], [`SpecifierSet`] | `packaging.specifiers` |
//! | [`marker`] | [`Marker`], [`MarkerEnvironment`] | PEP 508, `packaging.markers` |
//! | [`requirement`] | [`Requirement`] | PEP 508, `packaging.requirements` |
//! | [`tags`] | [`Tag`], [`TagList`] | PEP 425, `packaging.tags` |
//! | [`filename`] | [`WheelFilename`], [`SdistName`] | pip's finder |
//! | [`hashes`] | [`Digest`], [`Hashes`] | pip's `Hashes` |
//! | [`link`] | [`Link`] | pip's `Link` |
//! | [`metadata`] | [`CoreMetadata`], [`Headers`] | `email.parser`, `importlib.metadata` |
//! | [`wheel_info`] | [`WheelInfo`] | pip's `utils.wheel` |
//! | [`record`] | [`RecordRow`] | Python's `csv` |
//! | [`entry_points`] | [`EntryPoints`] | `importlib.metadata` |
//! | [`direct_url`] | [`DirectUrl`] | PEP 610, as pip writes it |
//! | [`python_text`], [`python_url`] | texts and URLs | `str`, `repr`, `urllib.parse` |
//! | [`manifest`] | [`Manifest`], [`Bytecode`] | our own, mapped from disk |
//! | [`staged`] | [`StagedSet`](staged::StagedSet) | our own, mapped from disk |
//!
//! What `packaging` refuses is refused here, with its message; nothing is repaired. The tests ask
//! the newest `packaging` on PyPI about some tens of thousands of texts and compare the answers.
//!
//! # Example
//!
//! Which of some versions would satisfy a requirement, if it applies at all?
//!
//! ```
//! use accel_types::{MarkerEnvironment, Requirement, TypesError, Version};
//!
//! fn main() -> Result<(), TypesError> {
//!     let requirement: Requirement =
//!         "Foo.Bar[fast] >= 1.0, < 2 ; python_version >= '3.9' and extra == 'test'".parse()?;
//!     assert_eq!(requirement.package(), "foo-bar");
//!     assert_eq!(
//!         requirement.to_string(),
//!         "Foo.Bar[fast]<2,>=1.0; python_version >= \"3.9\" and extra == \"test\""
//!     );
//!
//!     let environment = MarkerEnvironment {
//!         python_version: "3.12".to_owned(),
//!         ..MarkerEnvironment::default()
//!     };
//!     let marker = requirement.marker.as_ref().expect("there is one");
//!     assert!(marker.evaluate(&environment, &["test"]));
//!     assert!(!marker.evaluate(&environment, &[]));
//!
//!     let versions: Vec<Version> = ["0.9", "1.0", "1.1rc1", "1.0.post1", "2.0.dev1"]
//!         .into_iter()
//!         .map(str::parse)
//!         .collect::<Result<_, _>>()?;
//!     let passed = requirement.specifier.filter(&versions, None);
//!     assert_eq!(passed, [&versions[1], &versions[3]]);
//!     let with_previews = requirement.specifier.filter(&versions, Some(true));
//!     assert_eq!(with_previews.into_iter().max(), Some(&versions[2]));
//!     Ok(())
//! }
//! ```
#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests prepare the world themselves"))]

pub mod control;
pub mod direct_url;
pub mod entry_points;
pub mod filename;
pub mod fnmatch;
pub mod hashes;
pub mod kept;
pub mod link;
pub mod manifest;
pub mod marker;
pub mod metadata;
pub mod moment;
pub mod name;
pub mod python_json;
pub mod python_text;
pub mod python_url;
pub mod record;
pub mod requirement;
pub mod specifier;
pub mod staged;
pub mod tags;
pub mod tags_compatible;
pub mod tags_platform;
pub mod version;
pub mod wheel_info;

mod error;
mod headers;
mod text;
mod tokenizer;

pub use control::{AllowedFormats, FormatControl, NameSet, ReleaseControl};
pub use direct_url::{ArchiveInfo, DirInfo, DirectUrl, VcsInfo};
pub use entry_points::{EntryPoint, EntryPoints};
pub use error::TypesError;
pub use filename::{SdistName, WheelFilename, WheelParts};
pub use hashes::{Digest, HashAlgorithm, Hashes};
pub use link::{Link, LinkSource};
pub use manifest::{
    Area, Bytecode, BytecodeFile, Launcher, Manifest, ManifestDirectory, ManifestFile,
    ManifestRecord,
};
pub use marker::{Marker, MarkerEnvironment};
pub use metadata::{CoreMetadata, Headers, LineEnds};
pub use name::{ExtraName, PackageName};
pub use python_json::Json;
pub use python_text::repr as python_repr;
pub use record::RecordRow;
pub use requirement::Requirement;
pub use specifier::{Operator, Specifier, SpecifierSet};
pub use tags::{Tag, TagList};
pub use tags_compatible::{TagFacts, TagRequest, compatible_tags};
pub use tags_platform::{PlatformFacts, platform_tags};
pub use text::Text;
pub use version::Version;
pub use wheel_info::WheelInfo;
