//! The whole story: request to report.
#![warn(missing_docs)]

pub mod request;
