//! Integration tests: the command line and configuration, compared with the real pip.

mod args;
mod config;
mod freshness;
mod promises;
mod real;
mod request;
mod sandbox;
