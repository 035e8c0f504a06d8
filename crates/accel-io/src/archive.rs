//! Archives: wheels and source distributions.

pub mod tar;
pub mod zip;
