//! Integration tests: everything is compared with the real pip.
#![allow(clippy::disallowed_methods, reason = "tests prepare and look at the world themselves")]

mod cases;
mod files;
mod groups;
mod oracle;
mod texts;
