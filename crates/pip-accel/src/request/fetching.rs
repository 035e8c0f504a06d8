//! `download`: requirements resolved, and nothing installed.

use std::path::PathBuf;

use accel_engine::request::{Changes, DownloadRequest, InstallRequest, Upgrade};

use super::{Request, checks, install};
use crate::args::{Parsed, Stop};
use crate::surroundings::Surroundings;

/// The request of `download`.
pub(super) fn download(
    parsed: &Parsed,
    surroundings: &Surroundings,
    warnings: &mut Vec<String>,
) -> Result<Request, Stop> {
    let options = &parsed.options;
    checks::target_restriction(options, false)?;
    checks::build_constraints(options)?;
    checks::release_control(options)?;
    checks::only_dependencies(options)?;
    Ok(Request::Download(Box::new(DownloadRequest {
        folder: folder(&options.download_dir, surroundings),
        resolve: resolve(parsed, surroundings, warnings)?,
    })))
}

/// What is resolved as if nothing were installed.
fn resolve(
    parsed: &Parsed,
    surroundings: &Surroundings,
    warnings: &mut Vec<String>,
) -> Result<InstallRequest, Stop> {
    checks::not_native(parsed)?;
    let request = install::assembled(parsed, surroundings, &parsed.arguments, warnings)?;
    let changes =
        Changes { upgrade: Upgrade::ToSatisfyOnly, force_reinstall: false, ignore_installed: true };
    Ok(InstallRequest { changes, ..request })
}

/// A folder as pip takes it: absolute, without symbolic links, `~` expanded.
fn folder(text: &str, surroundings: &Surroundings) -> PathBuf {
    accel_io::fs::real_path(surroundings.current_dir.join(surroundings.expand_user(text)))
}
