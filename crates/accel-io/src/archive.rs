//! Archives: wheels and source distributions.

pub mod tar;
