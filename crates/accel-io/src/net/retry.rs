//! When to try again and how long to wait, as pip's urllib3 does it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// No pause is longer, whatever the server asks for.
const LONGEST: Duration = Duration::from_mins(2);

/// Statuses that pip takes for passing trouble.
const PASSING: [u16; 5] = [500, 502, 503, 520, 527];

/// Statuses that are repeated if the server says when.
const WITH_RETRY_AFTER: [u16; 3] = [413, 429, 503];

/// The repetitions that are left for one request.
#[derive(Debug, Clone)]
pub(super) struct Attempts {
    left: u32,
    failures: u32,
}

impl Attempts {
    pub(super) fn new(retries: u32) -> Self {
        Self { left: retries, failures: 0 }
    }

    /// How many repetitions remain.
    pub(super) fn left(&self) -> u32 {
        self.left
    }

    /// Counts a failure: the pause before the next attempt, or `None` if this was the last.
    ///
    /// The first repetition follows at once, then the pauses double from half a second.
    pub(super) fn next(&mut self) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        self.failures += 1;
        if self.failures == 1 {
            return Some(Duration::ZERO);
        }
        let doubled = 1u32 << (self.failures - 1).min(16);
        Some((Duration::from_millis(250) * doubled).min(LONGEST))
    }
}

/// Whether an answer with this status is asked for again.
pub(super) fn is_passing(status: StatusCode, headers: &HeaderMap) -> bool {
    let status = status.as_u16();
    PASSING.contains(&status)
        || (WITH_RETRY_AFTER.contains(&status) && headers.contains_key(RETRY_AFTER))
}

/// The pause that the server asks for, at most two minutes.
pub(super) fn asked_pause(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let pause = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => http_date(text)?.duration_since(SystemTime::now()).unwrap_or_default(),
    };
    Some(pause.min(LONGEST)).filter(|pause| !pause.is_zero())
}

/// Parses the date form that HTTP prescribes: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(text: &str) -> Option<SystemTime> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, date) = text.split_once(", ")?;
    let mut parts = date.split(' ');
    let day: u64 = parts.next()?.parse().ok().filter(|day| (1..=31).contains(day))?;
    let name = parts.next()?;
    let month = MONTHS.iter().position(|month| *month == name)? as u64 + 1;
    let year: u64 = parts.next()?.parse().ok().filter(|year| (1970..=9999).contains(year))?;
    let mut clock = parts.next()?.split(':').map(|part| part.parse::<u64>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    if parts.next() != Some("GMT") || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // Years that begin in March put the leap day at their end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    let days = days.checked_sub(719_468)?;
    Some(UNIX_EPOCH + Duration::from_secs(((days * 24 + hour) * 60 + minute) * 60 + second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_as_in_urllib3() {
        let mut attempts = Attempts::new(5);
        let mut pauses = Vec::new();
        while let Some(pause) = attempts.next() {
            pauses.push(pause.as_millis());
        }
        assert_eq!(pauses, [0, 500, 1000, 2000, 4000]);
        assert_eq!(Attempts::new(0).next(), None);
    }

    #[test]
    fn dates() {
        let seconds =
            |text| http_date(text).map(|date| date.duration_since(UNIX_EPOCH).unwrap().as_secs());
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(seconds("Thu, 29 Feb 2024 23:59:59 GMT"), Some(1_709_251_199));
        assert_eq!(seconds("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(seconds("yesterday"), None);
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49 GMT"), None);
    }

    #[test]
    fn statuses_and_the_pause_that_servers_ask_for() {
        let with = |value: &str| HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]);
        let status = |number| StatusCode::from_u16(number).unwrap();
        assert!(is_passing(status(502), &HeaderMap::new()));
        assert!(is_passing(status(527), &HeaderMap::new()));
        assert!(!is_passing(status(429), &HeaderMap::new()));
        assert!(is_passing(status(429), &with("1")));
        assert!(!is_passing(status(404), &with("1")));
        assert_eq!(asked_pause(&with("7")), Some(Duration::from_secs(7)));
        assert_eq!(asked_pause(&with("100000")), Some(LONGEST));
        assert_eq!(asked_pause(&with("Sun, 06 Nov 1994 08:49:37 GMT")), None);
        assert_eq!(asked_pause(&HeaderMap::new()), None);
    }
}
