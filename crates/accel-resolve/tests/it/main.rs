//! The resolver against real pip's answers, and rule by rule.

mod cases;
mod universe;
