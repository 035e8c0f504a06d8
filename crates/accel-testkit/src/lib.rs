//! For tests: a simple index server, wheel and sdist makers, interpreters, the real pip and
//! what it installs compared with what this program installs.
#![allow(clippy::disallowed_methods, reason = "tests prepare and look at the world themselves")]

pub mod fault;
pub mod index;
pub mod interpreters;
pub mod real_pip;
pub mod sdist;
pub mod servers;
pub mod twin;
pub mod wheel;
pub mod zip;
