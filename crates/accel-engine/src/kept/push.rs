//! `cache push`: everything that is kept here goes to the shared cache, where it lacks it.
//!
//! What is damaged stays here: what this machine signs, others believe. Resolutions travel when they
//! are made, or with `cache warm`: where a fleet looks for one is known from the request alone.

use super::Everything;
use crate::error::EngineError;
use crate::listener::{Level, Listener, Voice};
use crate::request::General;
use crate::tools;
use crate::words::size;
use accel_io::interrupt;
use accel_types::kept::KeptKind;
use std::sync::Arc;
use std::time::Duration;

/// As long as it takes.
const UNBOUNDED: Duration = Duration::from_hours(24);

/// Puts everything kept on the shared shelves; whether all of them took it.
pub fn push(general: &General, listener: &Arc<dyn Listener>) -> Result<bool, EngineError> {
    let mut general = general.clone();
    general.shared_cache.write_for = UNBOUNDED;
    let voice = Voice::new(Arc::clone(listener));
    let shared = tools::shelves(&general, &voice);
    if shared.writable().is_none() {
        return Err(EngineError::installation(
            "There is no shared cache that can be written (see PIP_ACCEL_SHARED_CACHE)",
        ));
    }
    let everything = Everything::new(&general.cache_root);
    let mut count = 0;
    for kept in everything.inventory()? {
        interrupt::check()?;
        if everything.damage(&kept).is_some() {
            let text =
                format!("WARNING: {} is damaged, and stays here", everything.shown(&kept.path));
            listener.say(Level::Warning, &text);
            continue;
        }
        let noted = match kept.kind {
            KeptKind::Archive => everything.files.archive(&kept).map(|(sha256, path)| {
                shared.kept_archive(sha256, path);
            }),
            KeptKind::Metadata => everything.files.metadata(&kept).map(|(sha256, text)| {
                shared.kept_metadata(sha256, text);
            }),
            KeptKind::Built => everything.store.built_at(&kept).map(|(key, wheel)| {
                shared.kept_built(key, wheel.path);
            }),
            KeptKind::Bytecode => everything.store.bytecode_at(&kept).map(|(sha256, target)| {
                shared.bytecode_made(vec![sha256], &target);
            }),
            KeptKind::Resolution => everything.store.memo_at(&kept).and_then(|(key, value)| {
                // The other memos are of resolutions, in JSON.
                (!value.starts_with(b"{")).then(|| shared.kept_requires(key, value))
            }),
            _ => None,
        };
        count += usize::from(noted.is_some());
    }
    shared.put_new(&everything.store);
    for tier in shared.tiers() {
        let text = format!(
            "Shared cache {}: {} of {count} things put there ({})",
            tier.place,
            tier.put,
            size(tier.written)
        );
        listener.say(Level::Info, &text);
    }
    Ok(shared.writable().is_some())
}
