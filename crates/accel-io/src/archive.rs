//! Archives: wheels and source distributions.

pub mod deflated;
pub mod tar;
pub mod zip;
