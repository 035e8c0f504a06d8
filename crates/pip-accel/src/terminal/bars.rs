//! Lines of progress in the layout that pip's users know.

use std::fmt::Write as _;
use std::time::Duration;

/// What a terminal can show.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    /// Columns of a line.
    pub(super) columns: usize,
    pub(super) colours: bool,
}

/// A file that is arriving, or has arrived.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    pub(super) done: u64,
    pub(super) total: Option<u64>,
    pub(super) elapsed: Duration,
}

/// Columns of pip's bar.
const WIDTH: usize = 40;

/// A bar below this says nothing.
const NARROWEST: usize = 5;

const BLANKS: &str = "     ";

const DONE: &str = "38;5;197";
const ALL_DONE: &str = "38;5;106";
const REST: &str = "38;5;237";
const GREEN: &str = "32";
const RED: &str = "31";
const CYAN: &str = "36";
const YELLOW: &str = "33";
const DIM: &str = "2";

impl Style {
    fn paint(self, colour: &str, text: &str) -> String {
        if self.colours && !text.is_empty() {
            format!("\x1b[{colour}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    /// A text in the background of attention.
    pub(super) fn dim(self, text: &str) -> String {
        self.paint(DIM, text)
    }

    /// One line for a file: bar, amount, speed, time; `name` where there is room for it.
    pub(super) fn arrival(self, arrival: Arrival, name: Option<&str>) -> String {
        let complete = arrival.total.is_some_and(|total| arrival.done >= total);
        let amount = amount(arrival.done, arrival.total);
        let speed = speed(arrival.done, arrival.elapsed);
        let (eta, time) = if complete {
            ("", clock(arrival.elapsed))
        } else {
            ("eta", remaining(arrival).map_or_else(|| "-:--:--".to_owned(), clock))
        };
        // What is dropped first where the terminal is narrow stands last.
        let (mut eta, mut time, mut speed) = (eta, time, speed);
        let fixed = |parts: [&str; 4]| -> usize {
            BLANKS.len() + parts.iter().map(|part| part.chars().count() + 1).sum::<usize>()
        };
        let room = self.columns.saturating_sub(1);
        if fixed([&amount, &speed, eta, &time]) + NARROWEST > room {
            eta = "";
            time = String::new();
        }
        if fixed([&amount, &speed, eta, &time]) + NARROWEST > room {
            speed = String::new();
        }
        let width = room.saturating_sub(fixed([&amount, &speed, eta, &time])).min(WIDTH);
        let bar = match arrival.total {
            Some(total) if width >= NARROWEST => self.bar(arrival.done, total, width),
            _ => String::new(),
        };
        let mut line = format!("{BLANKS}{bar} {}", self.paint(GREEN, &amount));
        let mut length = BLANKS.len() + width + 1 + amount.chars().count();
        if !speed.is_empty() {
            line.push(' ');
            line.push_str(&self.paint(RED, &speed));
            length += 1 + speed.chars().count();
        }
        if !time.is_empty() {
            let colour = if complete { YELLOW } else { CYAN };
            let _ = write!(line, " {eta} {}", self.paint(colour, &time));
            length += 2 + eta.len() + time.len();
        }
        if let Some(name) = name.filter(|name| length + 1 + name.chars().count() <= room) {
            line.push(' ');
            line.push_str(name);
        }
        line
    }

    /// One line for all files of a run.
    pub(super) fn overall(self, done: usize, of: usize) -> String {
        let count = format!("{done}/{of}");
        let room = self.columns.saturating_sub(BLANKS.len() + count.len() + 2);
        if room < NARROWEST {
            return format!("{BLANKS}{count}");
        }
        let bar = self.bar(done as u64, of as u64, room.min(WIDTH));
        format!("{BLANKS}{bar} {}", self.paint(GREEN, &count))
    }

    fn bar(self, done: u64, total: u64, width: usize) -> String {
        let (done, total) = (u128::from(done.min(total)), u128::from(total.max(1)));
        let halves = usize::try_from(done * 2 * width as u128 / total).unwrap_or(2 * width);
        let (whole, half) = (halves / 2, halves % 2);
        let mut filled = "━".repeat(whole);
        if half == 1 {
            filled.push('╸');
        }
        let rest = width - whole - half;
        let rest = match (self.colours, rest) {
            (true, 1..) if half == 0 && whole > 0 => format!("╺{}", "━".repeat(rest - 1)),
            (true, _) => "━".repeat(rest),
            (false, _) => " ".repeat(rest),
        };
        let colour = if done == total { ALL_DONE } else { DONE };
        self.paint(colour, &filled) + &self.paint(REST, &rest)
    }
}

/// `1.2/3.4 MB`.
fn amount(done: u64, total: Option<u64>) -> String {
    let Some(total) = total else { return size(done) };
    let (unit, suffix) = unit(total);
    format!("{}/{} {suffix}", scaled(done, unit), scaled(total, unit))
}

fn size(bytes: u64) -> String {
    let (unit, suffix) = unit(bytes);
    format!("{} {suffix}", scaled(bytes, unit))
}

fn unit(bytes: u64) -> (u64, &'static str) {
    match bytes {
        0..1_000 => (1, "bytes"),
        1_000..1_000_000 => (1_000, "kB"),
        1_000_000..1_000_000_000 => (1_000_000, "MB"),
        _ => (1_000_000_000, "GB"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
fn scaled(bytes: u64, unit: u64) -> String {
    if unit == 1 { bytes.to_string() } else { format!("{:.1}", bytes as f64 / unit as f64) }
}

fn speed(done: u64, elapsed: Duration) -> String {
    let millis = elapsed.as_millis();
    if millis == 0 {
        return "?".to_owned();
    }
    let rate = u128::from(done) * 1000 / millis;
    format!("{}/s", size(u64::try_from(rate).unwrap_or(u64::MAX)))
}

fn remaining(arrival: Arrival) -> Option<Duration> {
    let total = arrival.total?;
    if arrival.done == 0 {
        return None;
    }
    let left = u128::from(total.saturating_sub(arrival.done));
    let millis = arrival.elapsed.as_millis() * left / u128::from(arrival.done);
    Some(Duration::from_millis(u64::try_from(millis).ok()?))
}

/// `0:01:02`.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn half(seconds: u64) -> Arrival {
        let elapsed = Duration::from_secs(seconds);
        Arrival { done: 1_200_000, total: Some(2_400_000), elapsed }
    }

    #[test]
    fn a_bar_looks_as_pips_does() {
        let style = Style { columns: 100, colours: false };
        let bar = "━".repeat(20) + &" ".repeat(20);
        let expected = format!("     {bar} 1.2/2.4 MB 600.0 kB/s eta 0:00:02 x.whl");
        assert_eq!(style.arrival(half(2), Some("x.whl")), expected);
        let done = Arrival { done: 2_400_000, ..half(2) };
        let expected = format!("     {} 2.4/2.4 MB 1.2 MB/s  0:00:02", "━".repeat(40));
        assert_eq!(style.arrival(done, None), expected);
        let unknown = Arrival { total: None, ..half(0) };
        assert!(style.arrival(unknown, None).ends_with(" 1.2 MB ? eta -:--:--"));
        let coloured = Style { columns: 100, colours: true }.arrival(half(2), None);
        assert!(coloured.contains("\x1b[38;5;197m"), "{coloured}");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for columns in 12..90 {
            let style = Style { columns, colours: false };
            for seconds in [0, 1, 100_000] {
                let line = style.arrival(half(seconds), Some("a-name.whl"));
                let room = columns.max(BLANKS.len() + 13);
                assert!(line.chars().count() < room, "{columns}: {line}");
            }
            let line = style.overall(3, 80);
            assert!(line.chars().count() < columns, "{columns}: {line}");
        }
    }
}
