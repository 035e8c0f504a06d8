//! Tests over the crate's public interface.
#![allow(clippy::disallowed_methods, reason = "tests prepare and look at the world themselves")]

mod net_download;
mod net_pages;
mod net_trust;
mod server;
mod vcs;
mod zip;
