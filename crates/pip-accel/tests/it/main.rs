//! Integration tests: the command line and configuration, compared with the real pip.

mod args;
mod config;
mod real;
mod request;
