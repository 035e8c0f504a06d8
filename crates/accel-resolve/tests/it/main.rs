//! The resolver against real pip's answers, and rule by rule.

mod cases;
mod environment;
mod lists;
mod random;
mod universe;
mod words;
