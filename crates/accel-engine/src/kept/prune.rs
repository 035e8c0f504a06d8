//! `cache prune`: what was not used for long goes, and of the rest what was used least recently until
//! it fits.
//!
//! A distribution goes with everything that was made of it: its age is that of the youngest among
//! archive, metadata, unpacked wheel and bytecode. What running processes use stays.

use super::{Everything, archives_in_use};
use crate::error::EngineError;
use crate::listener::{Level, Listener};
use crate::words::size;
use accel_io::{fs, hold, interrupt};
use accel_types::kept::{Kept, KeptKind};
use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

/// Half-done work of this age belongs to a run that was killed.
const LEFT_OVER: Duration = Duration::from_hours(24);

/// What may stay.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Seconds since the last use.
    pub max_age: Option<u64>,
    /// Bytes of all that stays.
    pub max_size: Option<u64>,
}

impl Limits {
    /// Chooses what goes of everything, least recently used first. `now` is in seconds since 1970.
    pub(super) fn choose(self, mut kept: Vec<Kept>, now: i64) -> Vec<Kept> {
        let mut youngest: HashMap<String, i64> = HashMap::new();
        for one in &kept {
            if let Some(distribution) = &one.distribution {
                let used = youngest.entry(distribution.clone()).or_insert(one.used);
                *used = one.used.max(*used);
            }
        }
        for one in &mut kept {
            if let Some(used) = one.distribution.as_ref().and_then(|it| youngest.get(it)) {
                one.used = *used;
            }
        }
        // Small, and without them archives that are kept can't answer.
        kept.retain(|one| one.kind != KeptKind::Record);
        // What belongs together goes together.
        kept.sort_by(|left, right| {
            (left.used, &left.distribution, left.kind, &left.path).cmp(&(
                right.used,
                &right.distribution,
                right.kind,
                &right.path,
            ))
        });
        let mut bytes: u64 = kept.iter().map(|one| one.bytes).sum();
        let mut last: Option<String> = None;
        let mut goes = |one: &Kept| {
            let age = u64::try_from(now.saturating_sub(one.used)).unwrap_or(0);
            let old = self.max_age.is_some_and(|most| age > most);
            let begun = last.is_some() && last == one.distribution;
            let goes = old || begun || self.max_size.is_some_and(|most| bytes > most);
            if goes {
                bytes -= one.bytes;
                last.clone_from(&one.distribution);
            }
            goes
        };
        kept.retain(|one| goes(one));
        kept
    }
}

/// Throws away what exceeds the limits.
pub fn prune(root: &Path, limits: Limits, ear: &dyn Listener) -> Result<(), EngineError> {
    let everything = Everything::new(root);
    everything.store.sweep(LEFT_OVER)?;
    everything.files.sweep(LEFT_OVER)?;
    let goes = limits.choose(everything.inventory()?, fs::seconds_now());
    // Who works with archives shares this lock, for which there must be a file.
    let lock = archives_in_use(root);
    if fs::is_dir(root.join("archives")) {
        fs::append(&lock)?;
    }
    let alone = hold::alone(&lock)?;
    let (mut removed, mut freed, mut left) = (0, 0, 0);
    for kept in &goes {
        interrupt::check()?;
        let is_archive = matches!(kept.kind, KeptKind::Archive | KeptKind::Built);
        let gone = !(is_archive && alone.is_none()) && everything.remove(kept)?;
        let verb = if gone { "Removed" } else { "Left" };
        ear.say(Level::Verbose, &format!("{verb} {}", everything.shown(&kept.path)));
        if gone {
            removed += 1;
            freed += kept.freed;
        } else {
            left += 1;
        }
    }
    ear.say(Level::Info, &format!("Things removed: {removed} ({})", size(freed)));
    if left > 0 {
        ear.say(Level::Info, &format!("Things left because running processes use them: {left}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(kind: KeptKind, name: &str, distribution: Option<&str>, bytes: u64, used: i64) -> Kept {
        let distribution = distribution.map(str::to_owned);
        Kept { kind, path: name.into(), distribution, bytes, freed: bytes, used }
    }

    fn chosen(limits: Limits) -> Vec<String> {
        let all = vec![
            kept(KeptKind::Archive, "old archive", Some("a"), 10, 100),
            kept(KeptKind::Unpacked, "old wheel", Some("a"), 30, 200),
            kept(KeptKind::Archive, "archive in use", Some("b"), 10, 50),
            kept(KeptKind::Unpacked, "wheel in use", Some("b"), 30, 900),
            kept(KeptKind::Page, "page", None, 1, 150),
            kept(KeptKind::Resolution, "of tomorrow", None, 1, 2000),
        ];
        let goes = limits.choose(all, 1000);
        goes.into_iter().map(|kept| kept.path.display().to_string()).collect()
    }

    #[test]
    fn a_distribution_is_as_old_as_what_was_last_used_of_it() {
        let by_age = |age| chosen(Limits { max_age: Some(age), max_size: None });
        assert_eq!(by_age(0).len(), 5);
        assert_eq!(by_age(500), ["page", "old archive", "old wheel"]);
        assert_eq!(by_age(820), ["page"]);
        assert_eq!(by_age(u64::MAX), [""; 0]);
    }

    #[test]
    fn what_was_used_least_recently_goes_until_the_rest_fits() {
        let by_size = |size| chosen(Limits { max_age: None, max_size: Some(size) });
        assert_eq!(by_size(82), [""; 0]);
        assert_eq!(by_size(81), ["page"]);
        // Once begun, a distribution goes as a whole.
        assert_eq!(by_size(80), ["page", "old archive", "old wheel"]);
        assert_eq!(by_size(0).len(), 6);
        assert_eq!(chosen(Limits::default()), [""; 0]);
    }
}
