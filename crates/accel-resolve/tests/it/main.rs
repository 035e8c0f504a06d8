//! The resolver against real pip's answers, and rule by rule.
#![allow(clippy::disallowed_methods, reason = "tests prepare and look at the world themselves")]

mod cases;
mod environment;
mod lists;
mod random;
mod universe;
mod words;
