//! `--log FILE`: every line that is said, however quiet the terminal is, with its time in front.
//!
//! There is one log for the process, as there is one standard output.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

static LOG: OnceLock<Log> = OnceLock::new();

struct Log {
    path: PathBuf,
    /// Opened with the first line; none if that failed.
    file: OnceLock<Option<Mutex<File>>>,
}

/// Names the log of the process. Only the first call counts, and there is only one.
pub fn open(path: PathBuf) {
    let _ = LOG.set(Log { path, file: OnceLock::new() });
}

/// Whether there is a log.
pub fn is_open() -> bool {
    LOG.get().is_some()
}

/// Writes the lines of `text`, if there is a log.
pub fn write(text: &str) {
    let Some(log) = LOG.get() else { return };
    let file = log.file.get_or_init(|| append(&log.path));
    let Some(mut file) = file.as_ref().and_then(|file| file.lock().ok()) else { return };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // A full disk must not end a run that only wanted to talk.
    let _ = file.write_all(stamped(text, now).as_bytes());
}

/// Opens a log for appending; its folder is made if there is none. What can't be opened is said
/// once, and the run goes on.
fn append(path: &Path) -> Option<Mutex<File>> {
    let folder = path.parent().map_or(Ok(()), accel_io::fs::create_dir_all);
    match folder.and_then(|()| accel_io::fs::append(path)) {
        Ok(file) => Some(Mutex::new(file)),
        Err(error) => {
            let _ = writeln!(anstream::stderr(), "WARNING: There will be no log: {error}");
            None
        }
    }
}

/// Each line with the time in front, in pip's form but in universal time: local time would need
/// the zone's tables.
fn stamped(text: &str, since_1970: Duration) -> String {
    let seconds = since_1970.as_secs();
    let (year, month, day) = date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let millis = since_1970.subsec_millis();
    let mut stamped = String::new();
    for line in text.split('\n') {
        let _ = writeln!(
            stamped,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02},{millis:03} {line}"
        );
    }
    stamped
}

/// Year, month and day of a day since 1970.
fn date(mut days: u64) -> (u64, u64, u64) {
    let leap =
        |year: u64| year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let mut year = 1970;
    loop {
        let length = if leap(year) { 366 } else { 365 };
        if days < length {
            break;
        }
        days -= length;
        year += 1;
    }
    let february = if leap(year) { 29 } else { 28 };
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    (year, month, days + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_its_time() {
        let at = Duration::from_millis(1_709_210_096_007);
        let expected = "2024-02-29T12:34:56,007 a\n2024-02-29T12:34:56,007   b\n";
        assert_eq!(stamped("a\n  b", at), expected);
        assert_eq!(date(0), (1970, 1, 1));
        assert_eq!(date(365 + 365 + 366), (1973, 1, 1));
    }
}
