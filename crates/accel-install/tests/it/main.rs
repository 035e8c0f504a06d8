//! Integration tests of accel-install.
#![allow(missing_docs)]

mod found;
mod installed;
mod interpreters;
mod tags;
mod venvs;
