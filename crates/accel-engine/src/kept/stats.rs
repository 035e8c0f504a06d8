//! `cache stats`: how much is kept of what, for how long it was not used, and what a prune would free.

use super::{Everything, Limits};
use crate::error::EngineError;
use crate::listener::{Level, Listener};
use crate::words::size;
use accel_io::fs;
use accel_types::kept::{Kept, KeptKind};
use serde_json::{Map, Value, json};
use std::path::Path;

const DAY: u64 = 24 * 60 * 60;

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
        ear.answer(&format!("{:#}", report(root, &kept, limits, now)));
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
    Ok(())
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
