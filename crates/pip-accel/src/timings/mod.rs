//! `--timings`: what a run spent its time on, as a page that needs no network and as JSON.

mod page;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use accel_io::stopwatch::{Lap, Record, Stage, Tier};
use accel_types::{Json, PackageName};

/// The version of the JSON.
const VERSION: u32 = 1;

/// Waits that are told of.
const MOST_WAITS: usize = 15;

/// One piece of work begins and ends within this time for all that it is done for.
const TOGETHER: Duration = Duration::from_millis(10);

/// Pauses below this part of the run are not drawn.
const FINEST: u32 = 500;

/// What was measured, in the order in which it is shown.
#[derive(Debug)]
pub struct Timings {
    took: Duration,
    arguments: Vec<String>,
    code: u8,
    rows: Vec<Row>,
    stages: Vec<Total>,
    tiers: Vec<(Tier, usize, usize)>,
    waits: Vec<Span>,
    requests: u64,
    bytes: u64,
}

/// A distribution, or what is done for all of them.
#[derive(Debug)]
struct Row {
    name: String,
    spans: Vec<Span>,
}

/// All work of one stage on one thing.
#[derive(Debug, Clone)]
struct Span {
    stage: Stage,
    what: String,
    start: Duration,
    end: Duration,
    bytes: u64,
}

impl Span {
    fn length(&self) -> Duration {
        self.end.saturating_sub(self.start)
    }

    /// Of how many spans of the same stage, in order, it shares the work: its own is one of them.
    fn together(&self, spans: &[(Duration, Duration)]) -> u32 {
        let first = spans.partition_point(|(start, _)| *start + TOGETHER <= self.start);
        let near = spans[first..].iter().take_while(|(start, _)| *start < self.start + TOGETHER);
        let count = near.filter(|(_, end)| end.abs_diff(self.end) < TOGETHER).count();
        u32::try_from(count).unwrap_or(u32::MAX).max(1)
    }
}

/// A stage in all.
#[derive(Debug)]
struct Total {
    stage: Stage,
    count: usize,
    /// For how long somebody was at it; threads work side by side.
    busy: Duration,
    /// When somebody was at it: starts and ends, in order.
    active: Vec<(Duration, Duration)>,
    bytes: u64,
}

/// How much time was spent on a distribution.
#[derive(Debug)]
struct Work<'a> {
    name: &'a str,
    all: Duration,
    /// The stage that took most of it, and how long.
    most: (Stage, Duration),
}

impl Timings {
    /// The distributions by the time spent on them, longest first. What was done for several at once,
    /// as bytecode is compiled, is divided among them.
    fn work(&self) -> Vec<Work<'_>> {
        let mut at_work: HashMap<Stage, Vec<(Duration, Duration)>> = HashMap::new();
        for span in self.rows.iter().flat_map(|row| &row.spans) {
            at_work.entry(span.stage).or_default().push((span.start, span.end));
        }
        for spans in at_work.values_mut() {
            spans.sort_unstable();
        }
        let share = |span: &Span| span.length() / span.together(&at_work[&span.stage]);
        let distributions = self.rows.iter().filter(|row| !row.name.contains(' '));
        let mut work: Vec<Work<'_>> = distributions
            .filter_map(|row| {
                let longest = row.spans.iter().max_by_key(|span| share(span))?;
                let all = row.spans.iter().map(share).sum();
                Some(Work { name: &row.name, all, most: (longest.stage, share(longest)) })
            })
            .collect();
        work.sort_by_key(|work| std::cmp::Reverse(work.all));
        work
    }

    /// Puts in order what was measured.
    pub fn of(record: Record, arguments: &[String], took: Duration, code: u8) -> Self {
        let mut rows: Vec<Row> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut waits = Vec::new();
        let pause = took / FINEST;
        let stages = Stage::ALL.into_iter().map(|stage| Total::of(stage, &record.laps, pause));
        let stages: Vec<Total> = stages.filter(|total| total.count > 0).collect();
        for lap in record.laps {
            let (stage, start, end, bytes) = (lap.stage, lap.start, lap.end, lap.bytes);
            let span = Span { stage, what: lap.what, start, end, bytes };
            if stage == Stage::Wait {
                waits.push(span);
                continue;
            }
            let name = project_of(&span.what);
            let at = *places.entry(name.clone()).or_insert_with(|| {
                rows.push(Row { name, spans: Vec::new() });
                rows.len() - 1
            });
            rows[at].add(span);
        }
        for row in &mut rows {
            row.spans.sort_by_key(|span| (span.start, span.end));
        }
        rows.sort_by_key(|row| row.spans.first().map(|span| span.start));
        waits.sort_by_key(|wait| std::cmp::Reverse(wait.length()));
        waits.truncate(MOST_WAITS);
        let count = |tier, had| record.answers.iter().filter(|one| **one == (tier, had)).count();
        let tiers = Tier::ALL.into_iter().map(|tier| (tier, count(tier, true), count(tier, false)));
        let bytes = stages.iter().map(|total| total.bytes).sum();
        Self {
            took,
            arguments: arguments.to_vec(),
            code,
            rows,
            stages,
            tiers: tiers.filter(|(_, hits, misses)| hits + misses > 0).collect(),
            waits,
            requests: record.requests,
            bytes,
        }
    }

    /// Writes the page and, beside it, the same as `.json`.
    pub fn write(&self, page: &Path) -> Result<(), accel_io::IoError> {
        if let Some(folder) = page.parent() {
            accel_io::fs::create_dir_all(folder)?;
        }
        accel_io::fs::write(page, self.page())?;
        accel_io::fs::write(page.with_extension("json"), self.json().pretty() + "\n")
    }

    fn json(&self) -> Json {
        let span = |span: &Span| {
            object([
                ("stage", Json::text(span.stage.name())),
                ("what", Json::text(&*span.what)),
                ("start", seconds(span.start)),
                ("end", seconds(span.end)),
                ("bytes", number(&span.bytes)),
            ])
        };
        let row = |row: &Row| {
            let spans = Json::List(row.spans.iter().map(span).collect());
            object([("name", Json::text(&*row.name)), ("spans", spans)])
        };
        let stage = |total: &Total| {
            object([
                ("stage", Json::text(total.stage.name())),
                ("count", number(&total.count)),
                ("busy", seconds(total.busy)),
                ("bytes", number(&total.bytes)),
            ])
        };
        let tier = |(tier, hits, misses): &(Tier, usize, usize)| {
            object([
                ("tier", Json::text(tier.name())),
                ("hits", number(&hits)),
                ("misses", number(&misses)),
            ])
        };
        object([
            ("version", number(&VERSION)),
            ("pip_accel", Json::text(env!("CARGO_PKG_VERSION"))),
            ("arguments", Json::List(self.arguments.iter().map(|a| Json::text(&**a)).collect())),
            ("exit_code", number(&self.code)),
            ("seconds", seconds(self.took)),
            ("requests", number(&self.requests)),
            ("bytes", number(&self.bytes)),
            ("stages", Json::List(self.stages.iter().map(stage).collect())),
            ("tiers", Json::List(self.tiers.iter().map(tier).collect())),
            ("waits", Json::List(self.waits.iter().map(span).collect())),
            ("distributions", Json::List(self.rows.iter().map(row).collect())),
        ])
    }
}

impl Total {
    /// `pause` is the shortest one that is seen.
    fn of(stage: Stage, laps: &[Lap], pause: Duration) -> Self {
        let mut own: Vec<&Lap> = laps.iter().filter(|lap| lap.stage == stage).collect();
        own.sort_by_key(|lap| lap.start);
        let (mut busy, mut until) = (Duration::ZERO, Duration::ZERO);
        let mut active: Vec<(Duration, Duration)> = Vec::new();
        for lap in &own {
            busy += lap.end.saturating_sub(lap.start.max(until));
            until = until.max(lap.end);
            match active.last_mut() {
                Some((_, end)) if lap.start <= *end + pause => *end = until,
                _ => active.push((lap.start, lap.end)),
            }
        }
        let bytes = own.iter().map(|lap| lap.bytes).sum();
        Self { stage, count: own.len(), busy, active, bytes }
    }
}

impl Row {
    /// Laps of one stage are one span: files are linked folder by folder.
    fn add(&mut self, span: Span) {
        match self.spans.iter_mut().find(|known| known.stage == span.stage) {
            Some(known) => {
                known.start = known.start.min(span.start);
                known.end = known.end.max(span.end);
                known.bytes += span.bytes;
            }
            None => self.spans.push(span),
        }
    }
}

/// The project that a file or name belongs to.
fn project_of(what: &str) -> String {
    let sdist = [".tar.gz", ".zip", ".tar.bz2", ".tgz"];
    let name = match what.strip_suffix(".whl") {
        Some(stem) => stem.split('-').next().unwrap_or(stem),
        None => match sdist.iter().find_map(|suffix| what.strip_suffix(suffix)) {
            Some(stem) => stem.rsplit_once('-').map_or(stem, |(name, _)| name),
            None => what,
        },
    };
    if name.contains(' ') { name.to_owned() } else { PackageName::new(name).to_string() }
}

fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
    Json::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

fn number(number: &impl ToString) -> Json {
    Json::Number(number.to_string())
}

fn seconds(time: Duration) -> Json {
    Json::Number(format!("{:.6}", time.as_secs_f64()))
}

/// Where the page goes that is asked for without a name.
pub fn default_page() -> PathBuf {
    PathBuf::from("pip-accel-timings.html")
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn example() -> Timings {
        let lap = |stage, what: &str, start, end, bytes| Lap {
            stage,
            what: what.to_owned(),
            start: Duration::from_millis(start),
            end: Duration::from_millis(end),
            thread: 0,
            bytes,
        };
        let record = Record {
            laps: vec![
                lap(Stage::Page, "b", 10, 20, 0),
                lap(Stage::Wait, "b", 10, 20, 0),
                lap(Stage::Link, "Big_One", 90, 95, 0),
                lap(Stage::Link, "Big_One", 80, 92, 0),
                lap(Stage::Download, "big_one-1.0-py3-none-any.whl", 20, 70, 1_200_000),
                lap(Stage::Build, "b-2.tar.gz", 70, 80, 0),
                lap(Stage::Resolve, "the whole <set> & more", 0, 30, 0),
            ],
            answers: vec![(Tier::Store, false), (Tier::Store, true), (Tier::Store, true)],
            requests: 3,
        };
        Timings::of(
            record,
            &["install".to_owned(), "</script>".to_owned()],
            Duration::from_millis(100),
            0,
        )
    }

    #[test]
    fn what_is_done_for_several_at_once_is_divided() {
        let lap = |stage, what: &str, start, end| Lap {
            stage,
            what: what.to_owned(),
            start: Duration::from_millis(start),
            end: Duration::from_millis(end),
            thread: 0,
            bytes: 0,
        };
        let laps = vec![
            // Around full hundredths of a second, too.
            lap(Stage::Compile, "a", 9, 69),
            lap(Stage::Compile, "b", 10, 70),
            lap(Stage::Compile, "c", 11, 71),
            lap(Stage::Unpack, "b", 0, 30),
            lap(Stage::Resolve, "the resolution", 0, 90),
        ];
        let record = Record { laps, ..Record::default() };
        let timings = Timings::of(record, &[], Duration::from_millis(100), 0);
        let work: Vec<_> = timings
            .work()
            .iter()
            .map(|work| (work.name.to_owned(), work.all.as_millis(), work.most.0))
            .collect();
        let expected =
            [("b", 50, Stage::Unpack), ("a", 20, Stage::Compile), ("c", 20, Stage::Compile)];
        assert_eq!(work, expected.map(|(name, all, most)| (name.to_owned(), all, most)));
    }

    #[test]
    fn laps_of_one_distribution_are_one_row() {
        let timings = example();
        let names: Vec<&str> = timings.rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["the whole <set> & more", "b", "big-one"]);
        let link = timings.rows[2].spans.iter().find(|span| span.stage == Stage::Link);
        let link = link.map(|span| (span.start.as_millis(), span.end.as_millis()));
        assert_eq!(link, Some((80, 95)));
        let link = timings.stages.iter().find(|total| total.stage == Stage::Link);
        assert_eq!(link.map(|total| (total.count, total.busy.as_millis())), Some((2, 15)));
        assert_eq!(timings.tiers, [(Tier::Store, 2, 1)]);
        assert_eq!((timings.waits.len(), timings.bytes), (1, 1_200_000));
        let resolve = timings.stages.iter().find(|total| total.stage == Stage::Link);
        assert_eq!(resolve.map(|total| total.active.len()), Some(1));
        let text = timings.json().pretty();
        assert!(Json::parse(&text).is_ok(), "{text}");
    }
}
