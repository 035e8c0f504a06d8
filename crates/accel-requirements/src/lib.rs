//! Requirement files, constraints and the options inside them, as pip reads them.
//!
//! A [`Reader`] makes [`RequirementInput`]s of arguments and files, and collects what the options in
//! files say in its [`FileOptions`]. Nothing here touches disk, network or environment: a [`Source`]
//! answers those questions.
#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests prepare the world themselves"))]

mod decode;
mod error;
mod file;
mod groups;
mod line_options;
mod lines;
pub mod optparse;
mod pylock;
pub mod python_path;
mod requirement;
mod script;
pub mod shlex;
mod source;
mod text;
pub mod url_text;
mod vcs;

pub use error::RequirementsError;
pub use file::{FileOptions, Reader};
pub use groups::read_groups;
pub use line_options::FEATURES;
pub use lines::without_comment;
pub use pylock::{
    Choosing, LockFile, LockSource, LockedFile, LockedRequirement, RequirementSource, Sources,
    is_lock_file, requirement_sources,
};
pub use requirement::{
    ConfigSettings, ConfigValue, DirectLink, MissingEquals, Origin, RequirementInput,
};
pub use script::{ScriptMetadata, read_script};
pub use source::{Fetched, PathKind, Source};
pub use vcs::{VcsKind, VcsUrl};
