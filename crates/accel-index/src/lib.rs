//! Simple index pages, the local index, find-links, metadata and downloads.
#![warn(missing_docs)]
#![allow(dead_code)]

mod entities;
mod error;
mod html;
mod json;
pub mod page;
mod settings;
mod url_text;

pub use error::IndexError;
pub use settings::{Complaint, ComplaintLevel, IndexSettings, Lookup};
