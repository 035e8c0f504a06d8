//! Points in time as `--uploaded-prior-to` accepts them.

use std::time::{SystemTime, UNIX_EPOCH};

use accel_types::moment::from_iso_format;
use accel_types::python_text::repr;

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
    from_iso_format(text).ok_or_else(|| format!("Invalid isoformat string: {}", repr(text)))
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
