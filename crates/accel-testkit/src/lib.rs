//! For tests: a simple index server, wheel and sdist makers, interpreters, the real pip and
//! what it installs compared with what this program installs; [`stage`] plays command lines to
//! both, [`universe`] makes random worlds for them, [`chaos`] kills them.
#![allow(clippy::disallowed_methods, reason = "tests prepare and look at the world themselves")]

pub mod chaos;
pub mod dice;
pub mod disk;
pub mod fault;
pub mod index;
pub mod interpreters;
pub mod managed;
pub mod real_pip;
pub mod running_pip;
pub mod sdist;
pub mod servers;
pub mod stage;
pub mod tls;
pub mod twin;
pub mod universe;
pub mod wheel;
pub mod words;
pub mod zip;
