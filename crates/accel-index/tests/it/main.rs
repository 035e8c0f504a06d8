//! Tests of accel-index against a real server and against the real pip.

mod pages;
