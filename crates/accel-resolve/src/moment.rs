//! Points in time as pages write them: RFC 3339.

/// Seconds since the epoch and the nanoseconds beyond, both in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(i64, u32);

impl Moment {
    /// Reads `2026-01-31T12:00:00.123Z`, with any offset; without one, UTC is meant. A date alone
    /// is its first moment.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let number = |from: usize, to: usize| -> Option<i64> {
            let digits = text.get(from..to)?;
            digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
            digits.parse().ok()
        };
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let whole = days_from_civil(year, month, day) * 86_400;
        if text.len() == 10 {
            return Some(Self(whole, 0));
        }
        let (hour, minute) = (number(11, 13)?, number(14, 16)?);
        let has_seconds = text.as_bytes().get(16) == Some(&b':');
        let (second, mut rest) =
            if has_seconds { (number(17, 19)?, text.get(19..)?) } else { (0, text.get(16..)?) };
        let mut nanoseconds = 0;
        if let Some(fraction) = rest.strip_prefix(['.', ',']) {
            let end = fraction
                .find(|character: char| !character.is_ascii_digit())
                .unwrap_or(fraction.len());
            let digits: String = fraction[..end].chars().take(9).collect();
            nanoseconds = format!("{digits:0<9}").parse().ok()?;
            rest = &fraction[end..];
        }
        let offset = offset_seconds(rest)?;
        let seconds = whole + hour * 3600 + minute * 60 + second - offset;
        Some(Self(seconds, nanoseconds))
    }
}

/// Seconds east of UTC of `Z`, `+01:00`, `-0130` or nothing.
fn offset_seconds(text: &str) -> Option<i64> {
    if text.is_empty() || text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let digits = digits.replace(':', "");
    let hours: i64 = digits.get(..2)?.parse().ok()?;
    let minutes: i64 = digits.get(2..4).map_or(Some(0), |text| text.parse().ok())?;
    Some(sign * (hours * 3600 + minutes * 60))
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_and_fractions_count() {
        let at = |text: &str| Moment::parse(text).unwrap();
        assert_eq!(at("1970-01-01T00:00:00Z"), Moment(0, 0));
        assert_eq!(at("2000-03-01"), Moment(951_868_800, 0));
        assert_eq!(at("2024-02-29T12:30:00+01:30"), at("2024-02-29T11:00:00Z"));
        assert_eq!(at("2024-02-29T11:00"), at("2024-02-29T11:00:00Z"));
        assert!(at("2024-02-29T11:00:00.5Z") > at("2024-02-29T11:00:00.49Z"));
        assert_eq!(Moment::parse("yesterday"), None);
    }
}
