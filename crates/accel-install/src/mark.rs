//! The mark of a changed environment: in which start of the machine it was changed, and since when.
//!
//! What files hold reaches the disk some seconds after it was written, so that a power cut leaves
//! files of that time empty. Who finds a mark of another start of the machine has to look
//! ([`crate::lost`]). It is an attribute of the folder of modules, which reaches the disk before
//! anything that is done after it was set.

use std::path::Path;

use accel_io::fs;

/// The attribute's name.
const CHANGED: &str = "user.pip-accel.changed";

/// A mark that was found.
struct Mark {
    boot: String,
    since: i64,
}

impl Mark {
    fn of(purelib: &Path) -> Option<Self> {
        let text = String::from_utf8(fs::attribute(purelib, CHANGED)?).ok()?;
        let (boot, since) = text.split_once(' ')?;
        Some(Self { boot: boot.to_owned(), since: i64::from_str_radix(since, 16).ok()? })
    }

    /// Best effort: where it can't be set nothing is promised.
    fn set(&self, purelib: &Path) {
        let text = format!("{} {:x}", self.boot, self.since);
        fs::set_attribute(purelib, CHANGED, text.as_bytes());
    }
}

/// Marks an environment that is about to be changed, unless it is marked: a mark of an earlier start
/// tells of files that nobody has looked at yet.
pub(crate) fn before_change(purelib: &Path) {
    let now = fs::seconds_now();
    match Mark::of(purelib) {
        None => settle(purelib, now),
        // The clock was set back.
        Some(mark) if now < mark.since => Mark { since: now, ..mark }.set(purelib),
        Some(_) => {}
    }
}

/// Marks an environment as changed since a time in this start of the machine, and at no other one.
pub(crate) fn settle(purelib: &Path, since: i64) {
    if let Some(boot) = fs::boot_id() {
        Mark { boot, since }.set(purelib);
    }
}

/// Since when an environment was changed in an earlier start of the machine; `None` if it was not.
pub(crate) fn earlier_change(purelib: &Path) -> Option<i64> {
    let mark = Mark::of(purelib)?;
    (fs::boot_id()? != mark.boot).then_some(mark.since)
}
