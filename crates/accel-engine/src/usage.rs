//! What installations were answered from, day by day: a line a run, in a file a day.
//!
//! A run that changes an environment adds its line at its end; one that has nothing to do writes
//! nothing. Days of more than [`MOST_DAYS`] go when a new one begins, and a file of more than
//! [`MOST_BYTES`] becomes one line. A line that can't be understood does not count.

use crate::origins::Origin;
use crate::report::Summary;
use accel_io::{IoError, fs};
use accel_types::moment;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Days that are kept.
const MOST_DAYS: usize = 90;

/// A file of more than this is summed up: some three thousand runs.
const MOST_BYTES: u64 = 64 * 1024;

const DAY: i64 = 24 * 60 * 60;

/// Characters of a date, `2026-11-27`.
const DATE: usize = 10;

/// What some runs installed, and where it came from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Runs that installed something.
    pub(crate) runs: u64,
    /// Distributions by origin, in the order of [`Origin::ALL`].
    pub(crate) origins: [u64; Origin::ALL.len()],
}

impl Usage {
    fn of(summary: &Summary) -> Self {
        let count = |origin| u64::try_from(summary.from(origin)).unwrap_or(0);
        Self { runs: 1, origins: Origin::ALL.map(count) }
    }

    /// All distributions.
    pub(crate) fn distributions(&self) -> u64 {
        self.origins.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.runs = self.runs.saturating_add(other.runs);
        for (sum, count) in self.origins.iter_mut().zip(other.origins) {
            *sum = sum.saturating_add(count);
        }
    }

    /// `1 78 0 0 2 0`: runs, then distributions by origin.
    fn line(&self) -> String {
        let numbers = [self.runs].into_iter().chain(self.origins);
        numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(" ") + "\n"
    }

    fn read(line: &str) -> Option<Self> {
        let numbers: Option<Vec<u64>> = line.split(' ').map(|word| word.parse().ok()).collect();
        let (runs, origins) = numbers.as_deref()?.split_first()?;
        Some(Self { runs: *runs, origins: origins.try_into().ok()? })
    }

    /// All lines of a file.
    fn read_all(text: &[u8]) -> Self {
        let mut sum = Self::default();
        for line in String::from_utf8_lossy(text).lines().filter_map(Self::read) {
            sum.add(&line);
        }
        sum
    }
}

fn folder(root: &Path) -> PathBuf {
    root.join("usage-v1")
}

/// The date of a point in time, given in seconds since 1970.
pub(crate) fn date(seconds: i64) -> String {
    let mut text = moment::shown(seconds.saturating_mul(1_000_000));
    text.truncate(DATE);
    text
}

/// Adds a run that has changed an environment. Where that can't be written it does not count.
pub(crate) fn note(root: &Path, summary: &Summary) {
    if !summary.distributions.is_empty() {
        let _ = add(root, &Usage::of(summary), fs::seconds_now());
    }
}

fn add(root: &Path, usage: &Usage, now: i64) -> Result<(), IoError> {
    let folder = folder(root);
    let day = folder.join(date(now));
    let opened = fs::append(&day).or_else(|_| {
        fs::create_dir_all(&folder)?;
        fs::append(&day)
    });
    let mut file = opened?;
    let size = file.metadata().map_or(0, |facts| facts.len());
    // One write of a line so short is never mixed with another's.
    let _ = file.write_all(usage.line().as_bytes());
    if size == 0 {
        forget(&folder, now);
    } else if size > MOST_BYTES {
        sum_up(&day)?;
    }
    Ok(())
}

/// Removes what is older than [`MOST_DAYS`].
fn forget(folder: &Path, now: i64) {
    let days = i64::try_from(MOST_DAYS).unwrap_or(i64::MAX);
    let oldest = date(now - (days - 1) * DAY);
    for entry in fs::read_dir(folder).unwrap_or_default() {
        let name = entry.name.to_string_lossy().into_owned();
        if day_of(&name).is_none_or(|day| *day < *oldest) {
            let _ = fs::remove_tree(folder.join(entry.name));
        }
    }
}

/// Makes one line of a file. It is counted under another name meanwhile, so that a run that is killed
/// loses nothing.
fn sum_up(day: &Path) -> Result<(), IoError> {
    let name = day.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let aside = day.with_file_name(format!("{name}.{}", std::process::id()));
    fs::rename(day, &aside)?;
    let sum = Usage::read_all(&fs::read(&aside)?);
    let written = fs::append(day)?.write_all(sum.line().as_bytes());
    if written.is_ok() {
        fs::remove_tree(&aside)?;
    }
    Ok(())
}

/// The day that a file is of.
fn day_of(name: &str) -> Option<&str> {
    let day = name.get(..DATE)?;
    moment::from_iso_format(day).map(|_| day)
}

/// Every day of which something is known, oldest first.
pub(crate) fn days(root: &Path) -> BTreeMap<String, Usage> {
    let folder = folder(root);
    let mut days: BTreeMap<String, Usage> = BTreeMap::new();
    for entry in fs::read_dir(&folder).unwrap_or_default() {
        let name = entry.name.to_string_lossy().into_owned();
        if let (Some(day), Ok(text)) = (day_of(&name), fs::read(folder.join(&name))) {
            days.entry(day.to_owned()).or_default().add(&Usage::read_all(&text));
        }
    }
    days.retain(|_, usage| usage.runs > 0);
    days
}

/// The Monday of the week of a day, `None` if it is no day.
pub(crate) fn monday(day: &str) -> Option<String> {
    let seconds = moment::from_iso_format(day)? / 1_000_000;
    // 1970 began on a Thursday.
    let since_monday = (seconds.div_euclid(DAY) + 3).rem_euclid(7);
    Some(date(seconds - since_monday * DAY))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs as disk;

    /// Noon of 2026-11-27, a Friday.
    const NOON: i64 = 1_795_780_800;

    fn usage(store: u64, network: u64) -> Usage {
        Usage { runs: 1, origins: [store, 0, 0, network, 0] }
    }

    #[test]
    fn days_are_summed_and_damaged_lines_do_not_count() {
        let root = tempfile::tempdir().unwrap();
        assert!(days(root.path()).is_empty());
        add(root.path(), &usage(3, 1), NOON).unwrap();
        add(root.path(), &usage(4, 0), NOON).unwrap();
        let file = folder(root.path()).join("2026-11-27");
        let mut text = disk::read(&file).unwrap();
        text.extend(b"1 2\nx y z\n\n1 1 1 1 1 1 1\n-1 0 0 0 0 0\n\xff\xfe\n1 1 0 0 0 0");
        disk::write(&file, text).unwrap();
        disk::write(folder(root.path()).join("notes"), "1 9 9 9 9 9\n").unwrap();
        let days = days(root.path());
        assert_eq!(days.len(), 1);
        let day = days["2026-11-27"];
        assert_eq!((day.runs, day.distributions()), (3, 9));
        assert_eq!(day.origins, [8, 0, 0, 1, 0]);
    }

    #[test]
    fn a_new_day_forgets_old_ones() {
        let root = tempfile::tempdir().unwrap();
        for before in [89, 90, 400] {
            disk::create_dir_all(folder(root.path())).unwrap();
            disk::write(folder(root.path()).join(date(NOON - before * DAY)), "1 1 0 0 0 0\n")
                .unwrap();
        }
        disk::write(folder(root.path()).join("rubbish"), "").unwrap();
        add(root.path(), &usage(1, 0), NOON).unwrap();
        let left: Vec<String> = days(root.path()).into_keys().collect();
        assert_eq!(left, [date(NOON - 89 * DAY), date(NOON)]);
        assert!(!folder(root.path()).join("rubbish").exists());
    }

    #[test]
    fn a_long_file_becomes_one_line() {
        let root = tempfile::tempdir().unwrap();
        let lines = MOST_BYTES / 12 + 2;
        let file = folder(root.path()).join("2026-11-27");
        disk::create_dir_all(folder(root.path())).unwrap();
        disk::write(&file, "1 2 0 0 0 0\n".repeat(usize::try_from(lines).unwrap())).unwrap();
        add(root.path(), &usage(0, 5), NOON).unwrap();
        assert!(disk::metadata(&file).unwrap().len() < 40);
        assert_eq!(disk::read_dir(folder(root.path())).unwrap().count(), 1);
        let day = days(root.path())["2026-11-27"];
        assert_eq!((day.runs, day.origins), (lines + 1, [lines * 2, 0, 0, 5, 0]));
    }

    #[test]
    fn weeks_begin_on_mondays() {
        let of = |day| monday(day);
        assert_eq!(of("2026-11-27").as_deref(), Some("2026-11-23"));
        assert_eq!(of("2026-11-23").as_deref(), Some("2026-11-23"));
        assert_eq!(of("1970-01-01").as_deref(), Some("1969-12-29"));
        assert_eq!(of("x"), None);
    }
}
