//! `download`, `wheel` and `lock`: requirements resolved, and nothing installed.

use std::path::PathBuf;

use accel_engine::request::{
    Changes, DownloadRequest, InstallRequest, LockRequest, Upgrade, WheelRequest,
};

use accel_requirements::{is_lock_file, python_path};

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

/// The request of `wheel`.
pub(super) fn wheel(
    parsed: &Parsed,
    surroundings: &Surroundings,
    warnings: &mut Vec<String>,
) -> Result<Request, Stop> {
    let options = &parsed.options;
    checks::build_constraints(options)?;
    checks::release_control(options)?;
    checks::only_dependencies(options)?;
    let mut resolve = resolve(parsed, surroundings, warnings)?;
    resolve.selection.heed_python_of_pages = true;
    Ok(Request::Wheel(Box::new(WheelRequest {
        folder: folder(&options.wheel_dir, surroundings),
        verify: !options.no_verify,
        resolve,
    })))
}

/// The request of `lock`.
pub(super) fn lock(
    parsed: &Parsed,
    surroundings: &Surroundings,
    warnings: &mut Vec<String>,
) -> Result<Request, Stop> {
    let options = &parsed.options;
    warnings.push(
        "pip lock is currently an experimental command. It may be removed/changed in a future \
         release without prior warning."
            .to_owned(),
    );
    checks::build_constraints(options)?;
    checks::release_control(options)?;
    checks::only_dependencies(options)?;
    let output = python_path::pure(&options.output_file);
    Ok(Request::Lock(Box::new(LockRequest {
        is_valid_name: is_lock_file(&output, false),
        output: (options.output_file != "-").then(|| output.into()),
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
    let path = surroundings.current_dir.join(surroundings.expand_user(text));
    if accel_io::fs::exists(&path) {
        return accel_io::fs::real_path(&path);
    }
    let current = surroundings.current_dir_text();
    accel_io::fs::real_path(python_path::abspath(&current, &path.to_string_lossy()))
}
