//! One package of a lock file.

use super::toml_text::{Table, Value};
use crate::acquire;
use crate::direct;
use crate::error::EngineError;
use crate::plan::{Step, StepSource};
use crate::session::Session;
use accel_io::fs;
use accel_types::{ArchiveInfo, Digest, DirInfo, DirectUrl, Link, VcsInfo};
use std::path::Path;

/// The table of a step.
pub(super) fn of_step(
    session: &Session<'_>,
    step: &Step,
    base: &Path,
) -> Result<Table, EngineError> {
    let mut table = vec![("name", text(step.name.as_str()))];
    match &step.source {
        StepSource::Link(link) => {
            table.push(("version", text(&step.version)));
            let file = Value::Table(file(session, step, link)?);
            table.push(if link.is_wheel() {
                ("wheels", Value::List(vec![file]))
            } else {
                ("sdist", file)
            });
        }
        StepSource::Direct { url, editable } => {
            let place = session.obtain(url, *editable, step.root)?.direct_url();
            table.push(direct_place(session, &place, base)?);
        }
    }
    Ok(table)
}

/// A file of an index or find-links.
fn file(session: &Session<'_>, step: &Step, link: &Link) -> Result<Table, EngineError> {
    let digest = match link.digests.iter().max_by_key(|digest| digest.algorithm) {
        Some(digest) => digest.clone(),
        // pip does not have the file, and knows nothing to write.
        None if acquire::told_now(session, step).is_some() => {
            return Err(EngineError::Crash("NotImplementedError".to_owned()));
        }
        None => Digest::sha256(session.archive(link, &step.hashes)?.sha256),
    };
    Ok(vec![
        ("name", text(&link.filename)),
        ("url", text(&link.url)),
        ("hashes", Value::Table(vec![(digest.algorithm.name(), text(&digest.hex))])),
    ])
}

/// What a URL or path named.
fn direct_place(
    session: &Session<'_>,
    place: &DirectUrl,
    base: &Path,
) -> Result<(&'static str, Value), EngineError> {
    let mut table = Table::new();
    let kind = if let Some(VcsInfo { vcs, requested_revision, commit_id }) = &place.vcs_info {
        table.extend([("type", text(vcs)), ("url", text(&place.url))]);
        table.extend(requested_revision.as_deref().map(|name| ("requested-revision", text(name))));
        table.push(("commit-id", text(commit_id)));
        "vcs"
    } else if let Some(DirInfo { editable }) = &place.dir_info {
        table.push(("path", text(&below(session, &place.url, base)?)));
        table.extend(editable.filter(|editable| *editable).map(|_| ("editable", Value::True)));
        "directory"
    } else {
        let hashes = place.archive_info.as_ref().and_then(|ArchiveInfo { hashes }| hashes.as_ref());
        let hashes = hashes.into_iter().flatten().filter_map(|(name, hex)| {
            Some((name.parse::<accel_types::HashAlgorithm>().ok()?.name(), text(hex)))
        });
        table.push(("url", text(&place.url)));
        table.push(("hashes", Value::Table(hashes.collect())));
        "archive"
    };
    table.extend(place.subdirectory.as_deref().map(|below| ("subdirectory", text(below))));
    Ok((kind, Value::Table(table)))
}

/// The path of a folder, which must be below `base`.
fn below(session: &Session<'_>, url: &str, base: &Path) -> Result<String, EngineError> {
    let path = fs::real_path(direct::local_path(url).unwrap_or_default());
    let Ok(below) = path.strip_prefix(base) else {
        // Python's words have changed.
        let end = match session.python.version() {
            (3, minor, _) if minor >= 12 => "",
            _ => " OR one path is relative and the other is absolute.",
        };
        return Err(EngineError::Crash(format!(
            "ValueError: {} is not in the subpath of {}{end}",
            python_text(&path),
            python_text(base)
        )));
    };
    Ok(if below.as_os_str().is_empty() { ".".to_owned() } else { below.display().to_string() })
}

fn python_text(path: &Path) -> String {
    accel_types::python_text::repr(&path.to_string_lossy())
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}
