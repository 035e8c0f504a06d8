//! What the commands are asked that resolve without installing.

use std::path::PathBuf;

use super::InstallRequest;

/// Everything that `pip-accel download` needs to know.
#[derive(Debug, Clone)]
pub struct DownloadRequest {
    /// What is resolved; nothing of it is installed.
    pub resolve: InstallRequest,
    /// `--dest DIR`: absolute, without symbolic links.
    pub folder: PathBuf,
}
