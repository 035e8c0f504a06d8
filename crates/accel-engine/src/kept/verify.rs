//! `cache verify`: everything is read again, and what is damaged goes, to be made again.

use super::Everything;
use crate::error::EngineError;
use crate::listener::{Level, Listener};
use crate::words::size;
use accel_io::interrupt;
use accel_types::kept::KeptKind;
use rayon::prelude::*;
use std::path::Path;

/// Verifies everything below a cache root; whether all of it was whole.
pub fn verify(root: &Path, ear: &dyn Listener) -> Result<bool, EngineError> {
    let everything = Everything::new(root);
    let (mut kept, mut damaged) = (everything.inventory()?, Vec::new());
    let checked: Result<Vec<Option<String>>, EngineError> = kept
        .par_iter()
        .map(|kept| {
            interrupt::check()?;
            Ok(everything.damage(kept))
        })
        .collect();
    let (count, bytes) = (kept.len(), kept.iter().map(|kept| kept.bytes).sum());
    let mut reasons = checked?.into_iter();
    kept.retain(|kept| match reasons.next().flatten() {
        Some(reason) => {
            damaged.push((kept.clone(), reason));
            false
        }
        None => true,
    });
    if damaged.iter().any(|(kept, _)| matches!(kept.kind, KeptKind::Unpacked | KeptKind::Bytecode))
    {
        let staged = kept.iter().filter(|kept| kept.kind == KeptKind::Staged);
        damaged.extend(
            staged.map(|kept| (kept.clone(), "it may share files with what is damaged".to_owned())),
        );
        kept.retain(|kept| kept.kind != KeptKind::Staged);
    }
    for (kept, reason) in &damaged {
        let gone = everything.remove(kept)?;
        let done = if gone { "removed" } else { "left, for a running process uses it" };
        let line = format!("WARNING: {}: {reason}; {done}", everything.shown(&kept.path));
        ear.say(Level::Warning, &line);
    }
    let dangling = everything.files.remove_dangling(&kept)?;
    for path in &dangling {
        let line = format!(
            "WARNING: {}: it stands for nothing that is kept; removed",
            everything.shown(path)
        );
        ear.say(Level::Warning, &line);
    }
    let wrong = damaged.len() + dangling.len();
    let told = if wrong == 0 { "all whole".to_owned() } else { format!("{wrong} damaged") };
    ear.say(Level::Info, &format!("Verified {count} things ({}): {told}", size(bytes)));
    Ok(wrong == 0)
}
