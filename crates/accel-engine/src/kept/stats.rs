//! `cache stats`: how much is kept of what, for how long it was not used, what a prune would free, and
//! what installations were answered from.

use super::{Everything, Limits};
use crate::error::EngineError;
use crate::listener::{Level, Listener};
use crate::origins::Origin;
use crate::usage::{self, Usage};
use crate::words::size;
use accel_io::fs;
use accel_types::kept::{Kept, KeptKind};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;

const DAY: u64 = 24 * 60 * 60;

/// Days that are told one by one.
const SINGLE_DAYS: i64 = 7;

/// Ages that things are counted by: below so many days without use.
const AGES: [(&str, u64); 4] =
    [("today", 1), ("this week", 7), ("this month", 30), ("this quarter", 90)];

/// What is older than all of [`AGES`].
const OLDER: &str = "before";

/// Some things of one kind.
#[derive(Clone, Copy, Default)]
struct Sum {
    count: u64,
    bytes: u64,
    freed: u64,
}

impl Sum {
    fn of<'a>(kept: impl Iterator<Item = &'a Kept>) -> Self {
        kept.fold(Self::default(), |sum, kept| Self {
            count: sum.count + 1,
            bytes: sum.bytes + kept.bytes,
            freed: sum.freed + kept.freed,
        })
    }

    fn json(self) -> Value {
        json!({"count": self.count, "bytes": self.bytes, "freed": self.freed})
    }
}

/// Tells what is kept below a cache root. With limits, also what a prune by them would free.
pub fn stats(
    root: &Path,
    limits: Limits,
    as_json: bool,
    ear: &dyn Listener,
) -> Result<(), EngineError> {
    let kept = Everything::new(root).inventory()?;
    let now = fs::seconds_now();
    if as_json {
        let mut report = report(root, &kept, limits, now);
        report["installed"] =
            usage::days(root).iter().map(|(day, usage)| of_day(day, usage)).collect();
        ear.answer(&format!("{report:#}"));
        return Ok(());
    }
    let say = |line: &str| ear.say(Level::Info, line);
    say(&format!("Location: {}", root.display()));
    let ages: Vec<String> = AGES.iter().map(|(name, _)| format!("{name:>14}")).collect();
    let ages = ages.concat();
    say(&format!("{:16}{:>8}{:>12}{ages}{OLDER:>14}", "Used last", "things", "size"));
    for kind in KeptKind::ALL {
        let of_kind: Vec<&Kept> = kept.iter().filter(|kept| kept.kind == kind).collect();
        say(&line(kind.plural(), &of_kind, now));
    }
    say(&line("all", &kept.iter().collect::<Vec<_>>(), now));
    if limits == Limits::default() {
        for (_, days) in AGES.into_iter().filter(|(_, days)| *days >= 7) {
            let limits = Limits { max_age: Some(days * DAY), max_size: None };
            let goes = Sum::of(limits.choose(kept.clone(), now).iter());
            say(&format!("prune --max-age {days}d would free {}", size(goes.freed)));
        }
    } else {
        let goes = Sum::of(limits.choose(kept, now).iter());
        say(&format!("prune would remove {} things and free {}", goes.count, size(goes.freed)));
    }
    for line in installed(&usage::days(root), now) {
        say(&line);
    }
    Ok(())
}

/// What was installed: the last days one by one, what was before by weeks.
fn installed(days: &BTreeMap<String, Usage>, now: i64) -> Vec<String> {
    if days.is_empty() {
        return Vec::new();
    }
    let names = Origin::ALL.map(|origin| format!("{:>10}", origin.name())).concat();
    let mut lines = vec![format!("{:16}{:>8}{:>15}{names}", "Installed", "runs", "distributions")];
    let first_day = usage::date(now - (SINGLE_DAYS - 1) * DAY.cast_signed());
    let mut spans: BTreeMap<String, Usage> = BTreeMap::new();
    for (day, usage) in days {
        let week = (*day < first_day).then(|| usage::monday(day)).flatten();
        let name = week.map_or_else(|| day.clone(), |monday| format!("{monday} week"));
        spans.entry(name).or_default().add(usage);
    }
    for (name, usage) in spans {
        let counts = usage.origins.map(|count| format!("{count:>10}")).concat();
        lines.push(format!("{name:16}{:>8}{:>15}{counts}", usage.runs, usage.distributions()));
    }
    lines
}

fn of_day(day: &str, usage: &Usage) -> Value {
    let mut value = json!({"day": day, "runs": usage.runs, "distributions": usage.distributions()});
    for (origin, count) in Origin::ALL.into_iter().zip(usage.origins) {
        value[origin.name()] = json!(count);
    }
    value
}

/// The name of the age of a last use.
fn age(used: i64, now: i64) -> &'static str {
    let age = u64::try_from(now.saturating_sub(used)).unwrap_or(0);
    AGES.iter().find(|(_, days)| age < days * DAY).map_or(OLDER, |(name, _)| name)
}

fn names() -> impl Iterator<Item = &'static str> {
    AGES.iter().map(|(name, _)| *name).chain([OLDER])
}

/// The sums by age.
fn by_age<'a>(kept: &'a [&Kept], now: i64) -> impl Iterator<Item = (&'static str, Sum)> + 'a {
    let of_age = move |name| kept.iter().copied().filter(move |kept| age(kept.used, now) == name);
    names().map(move |name| (name, Sum::of(of_age(name))))
}

fn line(name: &str, kept: &[&Kept], now: i64) -> String {
    let all = Sum::of(kept.iter().copied());
    let ages: Vec<String> =
        by_age(kept, now).map(|(_, sum)| format!("{:>14}", size(sum.bytes))).collect();
    let ages = ages.concat();
    format!("{name:16}{:>8}{:>12}{ages}", all.count, size(all.bytes))
}

fn report(root: &Path, kept: &[Kept], limits: Limits, now: i64) -> Value {
    let of = |things: &[&Kept]| {
        let mut value = Sum::of(things.iter().copied()).json();
        let ages = by_age(things, now).map(|(name, sum)| (name.replace(' ', "_"), sum.json()));
        value["used"] = Value::Object(ages.collect());
        value
    };
    let kinds: Map<String, Value> = KeptKind::ALL
        .into_iter()
        .map(|kind| {
            let things: Vec<&Kept> = kept.iter().filter(|kept| kept.kind == kind).collect();
            (kind.plural().replace(' ', "_"), of(&things))
        })
        .collect();
    let goes = limits.choose(kept.to_vec(), now);
    json!({
        "location": root,
        "kinds": kinds,
        "all": of(&kept.iter().collect::<Vec<_>>()),
        "prune": Sum::of(goes.iter()).json(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_then_weeks() {
        let usage = |store| Usage { runs: 1, origins: [store, 0, 0, 1, 0] };
        let days = [("2026-11-27", 5), ("2026-11-21", 1), ("2026-11-20", 2), ("2026-11-16", 3)];
        let days = days.into_iter().map(|(day, store)| (day.to_owned(), usage(store))).collect();
        let lines = installed(&days, 1_795_780_800);
        let words = |line: &String| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let lines: Vec<String> = lines.iter().map(|line| words(line).join(" ")).collect();
        assert_eq!(
            lines,
            [
                "Installed runs distributions store archives shared network build",
                "2026-11-16 week 2 7 5 0 0 2 0",
                "2026-11-21 1 2 1 0 0 1 0",
                "2026-11-27 1 6 5 0 0 1 0",
            ]
        );
        assert!(installed(&BTreeMap::new(), 0).is_empty());
    }
}
