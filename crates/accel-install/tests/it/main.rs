//! Integration tests of accel-install.
#![allow(missing_docs)]

mod found;
mod install;
mod installed;
mod interpreters;
mod interrupted;
mod kept;
mod tags;
mod uninstall;
mod venvs;
