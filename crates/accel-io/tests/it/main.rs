//! Tests over the crate's public interface.

mod zip;
