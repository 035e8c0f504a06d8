//! Real builds: environments of the real `venv`, filled by the real pip, and its verdicts.
#![allow(clippy::disallowed_methods, reason = "tests prepare and look at the world themselves")]

mod ahead;
mod failures;
mod hooks;
mod real_backends;
mod sdists;
mod system;
mod world;
