//! For tests: a simple index server, wheel and sdist makers, sandboxes, real pip.

pub mod index;
pub mod real_pip;
pub mod sdist;
pub mod wheel;
pub mod zip;
