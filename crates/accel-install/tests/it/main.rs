//! Integration tests of accel-install.
#![allow(missing_docs)]
#![allow(clippy::disallowed_methods, reason = "tests prepare and look at the world themselves")]

mod found;
mod install;
mod installed;
mod interpreters;
mod interrupted;
mod kept;
mod tags;
mod uninstall;
mod venvs;
