//! Archives: wheels and source distributions.

pub mod deflated;
pub mod tar;
pub mod zip;

/// What deflate makes of one byte at most: a match of 258 bytes takes two bits or more.
pub(crate) const MOST_PER_DEFLATED_BYTE: u64 = 1032;
