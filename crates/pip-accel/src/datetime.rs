//! Points in time as `--uploaded-prior-to` accepts them.

use std::time::{SystemTime, UNIX_EPOCH};

use accel_requirements::python_text::repr;

const DAY: i64 = 86_400_000_000;

/// `PnD`, that many days ago, or an ISO 8601 date or date and time; microseconds since 1970 UTC.
///
/// A time without offset is taken for UTC. `Err` is the reason in Python's words.
pub fn prior_to(text: &str) -> Result<i64, String> {
    let days = text.strip_prefix('P').and_then(|rest| rest.strip_suffix('D'));
    if let Some(days) = days.filter(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit())) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
        let days: i64 = days.parse().map_err(|_| "days out of range".to_owned())?;
        return Ok(now.saturating_sub(days.saturating_mul(DAY)));
    }
    parse(text).ok_or_else(|| format!("Invalid isoformat string: {}", repr(text)))
}

/// `datetime.fromisoformat` for calendar dates, with or without dashes and colons.
fn parse(text: &str) -> Option<i64> {
    if !text.is_ascii() {
        return None;
    }
    let (date, rest) = if text.as_bytes().get(4) == Some(&b'-') {
        let (date, rest) = text.split_at_checked(10)?;
        let parts = [date.get(..4)?, date.get(5..7)?, date.get(8..10)?];
        ((date.as_bytes()[7] == b'-').then_some(parts)?, rest)
    } else {
        let (date, rest) = text.split_at_checked(8)?;
        ([&date[..4], &date[4..6], &date[6..]], rest)
    };
    let midnight = days_since_1970(number(date[0])?, number(date[1])?, number(date[2])?)? * DAY;
    if rest.is_empty() {
        return Some(midnight);
    }
    // Any one character separates date and time.
    let time = &rest[1..];
    let zone = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(zone);
    let offset = match zone {
        "" | "Z" => 0,
        _ => {
            let (sign, zone) = zone.split_at(1);
            clock_micros(zone)? * if sign == "-" { -1 } else { 1 }
        }
    };
    (offset.abs() < DAY).then_some(midnight + clock_micros(clock)? - offset)
}

/// `HH[:MM[:SS[.ffffff]]]`, or the same without colons.
fn clock_micros(text: &str) -> Option<i64> {
    let (whole, fraction) = match text.split_once(['.', ',']) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let parts: Vec<&str> = if whole.contains(':') {
        whole.split(':').collect()
    } else {
        (0..whole.len()).step_by(2).map(|at| whole.get(at..at + 2)).collect::<Option<_>>()?
    };
    if parts.is_empty() || parts.len() > 3 || parts.iter().any(|part| part.len() != 2) {
        return None;
    }
    let part = |index: usize| parts.get(index).map_or(Some(0), |part| number(part));
    let (hours, minutes, seconds) = (part(0)?, part(1)?, part(2)?);
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let micros = match fraction {
        None => 0,
        Some(digits) if parts.len() == 3 && !digits.is_empty() => {
            number(&format!("{digits:0<6}")[..6])
                .filter(|_| digits.bytes().all(|b| b.is_ascii_digit()))?
        }
        Some(_) => return None,
    };
    Some(((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + micros)
}

fn number(text: &str) -> Option<i64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Days of the proleptic Gregorian calendar; `None` if there is no such day.
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if year < 1 || day < 1 || day > length {
        return None;
    }
    // Years that begin in March, so that the leap day is the last one.
    let shifted = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + day_of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_python_reads_them() {
        assert_eq!(prior_to("1970-01-01"), Ok(0));
        assert_eq!(prior_to("20000301T000000Z"), Ok(951_868_800_000_000));
        assert_eq!(prior_to("2023-01-01T01:00:00.5+01:00"), Ok(1_672_531_200_500_000));
        assert_eq!(prior_to("2023-01-01 00:00"), Ok(1_672_531_200_000_000));
        for wrong in ["2023-02-29", "x", "2023-01-01T25", "P1.5D", "2023-1-1", ""] {
            let expected = format!("Invalid isoformat string: '{wrong}'");
            assert_eq!(prior_to(wrong), Err(expected), "{wrong}");
        }
    }
}
