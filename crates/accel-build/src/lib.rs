//! Source distribution to wheel through its build backend, in an isolated environment.
