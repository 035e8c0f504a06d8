//! Numbers of any length, as Python's integers are.

use std::cmp::Ordering;
use std::fmt;

/// Python refuses to read an integer of more decimal digits (`sys.int_info.default_max_str_digits`).
const MAX_DIGITS: usize = 4300;

/// A non-negative integer of any size; one that fits 64 bits costs no allocation.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Number {
    /// A number that fits.
    Small(u64),
    /// Decimal digits without leading zeros of a number that does not fit.
    Big(Box<str>),
}

impl Number {
    /// Zero.
    pub const ZERO: Self = Self::Small(0);

    /// Reads ASCII digits; `None` if there is none, anything else, or more than Python accepts.
    pub fn parse(digits: &str) -> Option<Self> {
        if digits.is_empty() || digits.len() > MAX_DIGITS {
            return None;
        }
        let mut value: u64 = 0;
        let mut fits = true;
        for byte in digits.bytes() {
            if !byte.is_ascii_digit() {
                return None;
            }
            match value.checked_mul(10).and_then(|value| value.checked_add(u64::from(byte - b'0')))
            {
                Some(next) if fits => value = next,
                _ => fits = false,
            }
        }
        if fits {
            Some(Self::Small(value))
        } else {
            Some(Self::Big(digits.trim_start_matches('0').into()))
        }
    }

    /// The number if it fits 64 bits.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Small(value) => Some(*value),
            Self::Big(_) => None,
        }
    }

    /// Whether it is 0.
    pub fn is_zero(&self) -> bool {
        matches!(self, Self::Small(0))
    }

    /// The next number.
    #[must_use]
    pub fn successor(&self) -> Self {
        if let Self::Small(value) = self
            && let Some(next) = value.checked_add(1)
        {
            return Self::Small(next);
        }
        let mut digits = self.to_string().into_bytes();
        for digit in digits.iter_mut().rev() {
            if *digit == b'9' {
                *digit = b'0';
            } else {
                *digit += 1;
                return Self::Big(digits.into_iter().map(char::from).collect::<String>().into());
            }
        }
        let carried: String =
            std::iter::once('1').chain(digits.into_iter().map(char::from)).collect();
        Self::Big(carried.into())
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Small(a), Self::Small(b)) => a.cmp(b),
            (Self::Small(_), Self::Big(_)) => Ordering::Less,
            (Self::Big(_), Self::Small(_)) => Ordering::Greater,
            (Self::Big(a), Self::Big(b)) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq<u64> for Number {
    fn eq(&self, other: &u64) -> bool {
        self.as_u64() == Some(*other)
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self::Small(value)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Small(value) => value.fmt(formatter),
            Self::Big(digits) => formatter.write_str(digits),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(digits: &str) -> Number {
        Number::parse(digits).unwrap()
    }

    #[test]
    fn size_does_not_matter() {
        assert_eq!(number("007"), Number::Small(7));
        assert!(number("18446744073709551615") < number("18446744073709551616"));
        assert!(number("99999999999999999999") < number("100000000000000000000"));
        assert_eq!(number("00099999999999999999999"), number("99999999999999999999"));
        assert!(Number::parse(&"1".repeat(4301)).is_none());
        assert!(Number::parse("").is_none());
    }

    #[test]
    fn successors_carry() {
        assert_eq!(number("18446744073709551615").successor(), number("18446744073709551616"));
        assert_eq!(number("99999999999999999999").successor(), number("100000000000000000000"));
        assert_eq!(number("99999999999999999998").successor(), number("99999999999999999999"));
    }
}
