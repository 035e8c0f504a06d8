//! Integration tests: the command line and configuration, compared with the real pip.
#![allow(clippy::disallowed_methods, reason = "tests prepare and look at the world themselves")]

mod args;
mod bad_input;
mod chaos;
mod completion;
mod config;
mod counts;
mod faults;
mod fetching;
mod fleet;
mod freshness;
mod hosts;
mod interpreters;
mod interrupts;
mod lines;
mod looking;
mod network_faults;
mod once;
mod pair;
mod places;
mod promises;
mod pypi_sets;
mod real;
mod repositories;
mod request;
mod sandbox;
mod sdists;
mod secrets;
mod staged;
mod surface;
mod system_packages;
mod uninstall;
mod universes;
mod upkeep;
mod walking_back;
mod words;
