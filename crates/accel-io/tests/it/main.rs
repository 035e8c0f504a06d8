//! Tests over the crate's public interface.

mod git;
mod net_download;
mod net_pages;
mod net_trust;
mod server;
mod zip;
