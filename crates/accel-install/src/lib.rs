//! Interpreters and environments; from store entry to installed files; uninstall.

pub mod scheme;
