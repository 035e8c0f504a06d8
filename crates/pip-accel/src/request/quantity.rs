//! Sizes and ages as people write them.

/// Bytes: a number and a unit of 1024 (`500M`, `1.5G`, `20KiB`), or of 1000 where it is spelled
/// `kB`, `MB` and so on. `None` if it is none or too large for any disk.
pub(super) fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = parted(text)?;
    let factor: u64 = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "t" | "tib" => 1 << 40,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        _ => return None,
    };
    scaled(number, factor, 1 << 60)
}

/// Seconds: a number and a unit (`s`, `m`, `h`, `d`, `w`); only nothing needs none. `None` if it is
/// no age or more than a thousand years.
pub(super) fn seconds(text: &str) -> Option<u64> {
    let (number, unit) = parted(text)?;
    let factor = match unit.to_ascii_lowercase().as_str() {
        "" if number == "0" => 1,
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        "w" => 7 * 24 * 60 * 60,
        _ => return None,
    };
    scaled(number, factor, 1000 * 366 * 24 * 60 * 60)
}

/// Number and unit, between which blanks may stand.
fn parted(text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    (end > 0).then(|| (&text[..end], text[end..].trim_start()))
}

fn scaled(number: &str, factor: u64, most: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if whole.is_empty() || whole.len() > 18 || fraction.is_empty() || fraction.len() > 9 {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let parts: u64 = fraction.parse().ok()?;
    let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    let parts = u64::try_from(u128::from(parts) * u128::from(factor) / scale).ok()?;
    whole.checked_mul(factor)?.checked_add(parts).filter(|scaled| *scaled <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        for (text, expected) in [
            ("0", Some(0)),
            ("17", Some(17)),
            ("500M", Some(500 << 20)),
            ("1.5G", Some(3 << 29)),
            ("2 GiB", Some(2 << 30)),
            ("3kB", Some(3000)),
            ("1.5 mb", Some(1_500_000)),
            ("1048576T", Some(1 << 60)),
            ("1048577T", None),
            ("999999999999999999T", None),
            ("1234567890123456789012345", None),
            ("", None),
            ("M", None),
            ("-1M", None),
            (".5M", None),
            ("1.M", None),
            ("1.2.3M", None),
            ("1X", None),
            ("1e3", None),
        ] {
            assert_eq!(bytes(text), expected, "{text:?}");
        }
    }

    #[test]
    fn ages_are_read() {
        for (text, expected) in [
            ("0", Some(0)),
            ("90m", Some(5400)),
            ("12h", Some(43_200)),
            ("1.5d", Some(129_600)),
            ("2w", Some(1_209_600)),
            ("30", None),
            ("999999w", None),
            ("d", None),
            ("", None),
            ("\u{661}d", None),
        ] {
            assert_eq!(seconds(text), expected, "{text:?}");
        }
    }
}
