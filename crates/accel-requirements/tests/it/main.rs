//! Integration tests: everything is compared with the real pip.

mod cases;
mod files;
mod groups;
mod oracle;
mod texts;
