//! For tests: a simple index server, wheel and sdist makers, sandboxes, real pip.
#![allow(clippy::disallowed_methods, reason = "tests prepare and look at the world themselves")]

pub mod index;
pub mod real_pip;
pub mod sdist;
pub mod wheel;
pub mod zip;
