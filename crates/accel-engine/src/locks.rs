//! Lock files: what they have for the target, and the only files that may then be chosen.

use crate::error::EngineError;
use crate::request::InstallRequest;
use accel_install::interpreter::Interpreter;
use accel_requirements::{Choosing, LockedFile};
use accel_types::filename::split_extension;
use accel_types::python_text::repr;
use accel_types::{Link, LinkSource};
use std::borrow::Cow;

/// The request with the requirements of its lock files in their places.
pub(crate) fn resolved<'r>(
    request: &'r InstallRequest,
    python: &Interpreter,
) -> Result<Cow<'r, InstallRequest>, EngineError> {
    if request.locks.is_empty() {
        return Ok(Cow::Borrowed(request));
    }
    let mut whole = request.clone();
    let choosing = Choosing {
        markers: python.markers(),
        tags: python.tags(),
        formats: &request.selection.format_control,
    };
    let mut added = 0;
    for lock in std::mem::take(&mut whole.locks) {
        for locked in lock.file.requirements(&choosing)? {
            whole.require_hashes |= request.heed_hashes_of_locks && !locked.input.hashes.is_empty();
            whole.requirements.insert(lock.at + added, locked.input);
            added += 1;
            if let Some(file) = locked.file {
                if let Some(known) = whole.locked.iter().find(|known| known.name == file.name) {
                    return Err(EngineError::installation(format!(
                        "Multiple locked links provided for {}: {} and {}",
                        file.name,
                        shown(known),
                        shown(&file)
                    )));
                }
                whole.locked.push(file);
            }
        }
    }
    Ok(Cow::Owned(whole))
}

fn shown(file: &LockedFile) -> String {
    format!("{} (from {})", file.url, file.comes_from)
}

/// The link of a locked file. Its digests are those of the lock file: pip checks them all the same.
pub(crate) fn link(file: &LockedFile) -> Link {
    let url = file.url.split('#').next().unwrap_or(&file.url);
    let name = url.split('?').next().unwrap_or(url).rsplit('/').next().unwrap_or(url);
    Link {
        filename: accel_types::python_url::unquote(name).into_owned().into(),
        url: url.to_owned().into(),
        digests: file.hashes.iter().map(|(algorithm, hex)| digest(algorithm, hex)).collect(),
        requires_python: None,
        yanked: None,
        core_metadata: None,
        upload_time: file.upload_time.clone().map(Into::into),
        size: None,
        source: LinkSource::Index,
        comes_from: file.comes_from.clone().into(),
    }
}

fn digest(algorithm: accel_types::HashAlgorithm, hex: &str) -> accel_types::Digest {
    accel_types::Digest::new(algorithm, hex)
}

/// Why a locked file may not be chosen, as pip says it.
pub(crate) fn refusal(request: &InstallRequest, file: &LockedFile) -> Option<EngineError> {
    let link = link(file);
    let name = file.name.as_str();
    let formats = request.selection.format_control.allowed(&file.name);
    let detail = if link.is_wheel() && !formats.binary {
        format!("No binaries permitted for {name}")
    } else if let Some(late) = too_late(request, &link) {
        late
    } else if !link.is_wheel() && !formats.source {
        format!("No sources permitted for {name}")
    } else if split_extension(&link.filename).1.is_empty() {
        "not a file".to_owned()
    } else {
        return None;
    };
    Some(EngineError::installation(format!(
        "Could not install locked package {} from {}: {detail}",
        repr(name),
        repr(&file.comes_from)
    )))
}

/// Whether it was uploaded when it was too late, or nobody knows when.
fn too_late(request: &InstallRequest, link: &Link) -> Option<String> {
    let limit = request.selection.uploaded_prior_to?;
    if link.url.starts_with("file:") {
        return None;
    }
    let Some(time) = &link.upload_time else {
        return Some(format!("Index {} does not provide upload-time metadata.", link.comes_from));
    };
    let moment = accel_types::moment::from_iso_format(time)?;
    let shown = accel_types::moment::shown;
    (moment >= limit)
        .then(|| format!("Upload time {} not prior to {}", shown(moment), shown(limit)))
}
