//! Points in time as pages and options write them: ISO 8601.

const DAY: i64 = 86_400_000_000;

/// Python's `datetime.fromisoformat` for calendar dates, with or without dashes and colons.
///
/// Microseconds since 1970 UTC; a time without offset is taken for UTC, and a date alone is its first
/// moment. Finer digits than microseconds are cut off, as in Python. `None` if it is no such text.
pub fn from_iso_format(text: &str) -> Option<i64> {
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

/// A moment as Python prints a `datetime` in UTC.
pub fn shown(micros: i64) -> String {
    let (days, within) = (micros.div_euclid(DAY), micros.rem_euclid(DAY));
    let (year, month, day) = date_of(days);
    let (seconds, fraction) = (within / 1_000_000, within % 1_000_000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction = if fraction == 0 { String::new() } else { format!(".{fraction:06}") };
    format!("{year:04}-{month:02}-{day:02} {hours:02}:{minutes:02}:{seconds:02}{fraction}+00:00")
}

/// Year, month and day of a number of days since 1970.
fn date_of(days: i64) -> (i64, i64, i64) {
    // Years that begin in March, in eras of 400 of them.
    let shifted = days + 719_468;
    let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, month) =
        (day - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    (era * 400 + year + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_and_fractions_count() {
        let at = |text: &str| from_iso_format(text).unwrap();
        assert_eq!(at("1970-01-01T00:00:00Z"), 0);
        assert_eq!(at("2000-03-01"), 951_868_800_000_000);
        assert_eq!(at("2024-02-29T12:30:00+01:30"), at("2024-02-29T11:00:00Z"));
        assert_eq!(at("2024-02-29T11:00"), at("2024-02-29T11:00:00Z"));
        assert!(at("2024-02-29T11:00:00.5Z") > at("2024-02-29T11:00:00.49Z"));
        assert_eq!(from_iso_format("yesterday"), None);
    }

    #[test]
    fn moments_are_shown_as_they_were_read() {
        for text in ["1970-01-01 00:00:00+00:00", "2024-02-29 23:59:59.000500+00:00"] {
            assert_eq!(shown(from_iso_format(text).unwrap()), text);
        }
        assert_eq!(shown(-1), "1969-12-31 23:59:59.999999+00:00");
    }
}
