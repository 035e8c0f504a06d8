//! What the commands are asked that resolve without installing.

use std::path::PathBuf;

use accel_types::PackageName;

use super::InstallRequest;

/// Everything that `pip-accel download` needs to know.
#[derive(Debug, Clone)]
pub struct DownloadRequest {
    /// What is resolved; nothing of it is installed.
    pub resolve: InstallRequest,
    /// `--dest DIR`: absolute, without symbolic links.
    pub folder: PathBuf,
}

/// Everything that `pip-accel wheel` needs to know.
#[derive(Debug, Clone)]
pub struct WheelRequest {
    /// What is resolved; nothing of it is installed.
    pub resolve: InstallRequest,
    /// `--wheel-dir DIR`: absolute, without symbolic links.
    pub folder: PathBuf,
    /// False with `--no-verify`: a built wheel may be another than it promises to be.
    pub verify: bool,
}

/// Everything that `pip-accel lock` needs to know.
#[derive(Debug, Clone)]
pub struct LockRequest {
    /// What is resolved; nothing of it is installed.
    pub resolve: InstallRequest,
    /// `--output FILE` as pip shows it; standard output if there is none.
    pub output: Option<PathBuf>,
    /// Whether the file is named as lock files are.
    pub is_valid_name: bool,
}

/// Everything that `pip-accel explain` needs to know.
#[derive(Debug, Clone)]
pub struct ExplainRequest {
    /// What is explained.
    pub names: Vec<PackageName>,
    /// What is resolved; nothing of it is installed.
    pub resolve: InstallRequest,
    /// Whether nothing is resolved, and what is installed is explained.
    pub of_environment: bool,
    /// `--json`.
    pub json: bool,
}
