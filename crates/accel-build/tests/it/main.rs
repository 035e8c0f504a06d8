//! Real builds: environments of the real `venv`, filled by the real pip, and its verdicts.

mod failures;
mod hooks;
mod real_backends;
mod sdists;
mod world;
