//! The tables, and the file that keeps them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use super::measure::Sample;
use super::player::{Scenario, Target};
use super::reasons;

/// What is known of one row.
#[derive(Default)]
pub struct Row {
    /// The measured rounds.
    pub samples: Vec<Sample>,
    /// System calls of one more run.
    pub calls: Option<u64>,
    /// Files in the result of the last round.
    pub files: Option<usize>,
}

/// The rows by the titles of their players.
pub type Rows = BTreeMap<&'static str, Row>;

/// A scenario as a Markdown section, without its heading.
pub fn section(scenario: &Scenario<'_>, rows: &Rows, versions: &str) -> String {
    let mut text = format!("{}\n\n{versions}; {}.\n\n", scenario.about, machine());
    text.push_str(
        "| program | rounds | wall, s (median) | spread, s | CPU, s | peak memory, MiB | system \
         calls | files |\n|---|---|---|---|---|---|---|---|\n",
    );
    for player in &scenario.players {
        let Some(row) = rows.get(player.title) else { continue };
        let walls = sorted(row, |sample| sample.wall);
        let dash = |number: Option<String>| number.unwrap_or_else(|| "-".to_owned());
        let _ = writeln!(
            text,
            "| {} | {} | {:.4} | {:.4}-{:.4} | {:.4} | {:.1} | {} | {} |",
            player.title,
            walls.len(),
            median(&walls),
            walls.first().copied().unwrap_or_default(),
            walls.last().copied().unwrap_or_default(),
            median(&sorted(row, |sample| sample.cpu)),
            memory(row),
            dash(row.calls.map(|calls| calls.to_string())),
            dash(row.files.map(|files| files.to_string())),
        );
    }
    text.push('\n');
    for target in &scenario.targets {
        text.push_str(&verdict(target, rows));
    }
    text
}

/// The lines about one target.
fn verdict(target: &Target, rows: &Rows) -> String {
    let wall = |title: &str| Some(median(&sorted(rows.get(title)?, |sample| sample.wall)));
    let best = target.theirs.iter().filter_map(|title| Some((wall(title)?, *title)));
    let best = best.min_by(|left, right| left.0.total_cmp(&right.0));
    let (Some(ours), Some((theirs, against))) = (wall(target.ours), best) else {
        return String::new();
    };
    let mut text = String::new();
    let mut line = |what: &str, ratio: f64, at_most: Option<f64>| {
        let _ = write!(text, "- {what}: **{ratio:.3}**");
        if let Some(at_most) = at_most {
            let met = if ratio <= at_most { "met" } else { "**not met**" };
            let _ = write!(text, ", target at most {at_most}: {met}");
        }
        text.push('\n');
    };
    let names = format!("{} / {against}", target.ours);
    line(&names, ours / theirs / target.work, target.at_most);
    if target.compares_memory()
        && let (Some(mine), Some(other)) = (rows.get(target.ours), rows.get(against))
    {
        line(&format!("peak memory, {names}"), memory(mine) / memory(other), Some(1.0));
    }
    text
}

/// Replaces the section `name` of `BENCHMARKS.md`, or adds it; all others stay.
pub fn write(root: &Path, name: &str, section: &str) -> Result<(), String> {
    let path = root.join("BENCHMARKS.md");
    let old = std::fs::read_to_string(&path).unwrap_or_default();
    let text = with_section(&old, name, section);
    std::fs::write(&path, with_section(&text, TARGETS, &targets(&text)))
        .map_err(|error| format!("could not write {}: {error}", path.display()))
}

/// The heading of the section about all targets.
const TARGETS: &str = "Targets";

/// Every line of the sections that tells of a target, as a table.
fn targets(text: &str) -> String {
    let mut table = "| scenario | ratio | is | at most | |\n|---|---|---|---|---|\n".to_owned();
    let mut scenario = "";
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            scenario = name;
        }
        let about = line.strip_prefix("- ").and_then(|line| line.split_once(": **"));
        let Some((ratio, rest)) = about else { continue };
        let verdict = rest.split_once("**, target at most ");
        let verdict = verdict.and_then(|(is, rest)| Some((is, rest.split_once(": ")?)));
        if let Some((is, (at_most, met))) = verdict {
            let why = reasons::of(scenario, ratio).filter(|_| met != "met");
            let why = why.map(|why| format!(": {why}")).unwrap_or_default();
            let _ = writeln!(table, "| {scenario} | {ratio} | {is} | {at_most} | {met}{why} |");
        }
    }
    table
}

fn with_section(old: &str, name: &str, section: &str) -> String {
    let heading = format!("\n## {name}\n");
    let (before, after) = match old.split_once(&heading) {
        Some((before, rest)) => (before, rest.find("\n## ").map_or("", |at| &rest[at + 1..])),
        None => (old, ""),
    };
    let mut text = format!("{}\n{heading}\n{}\n", before.trim_end(), section.trim_end());
    if !after.is_empty() {
        text.push('\n');
        text.push_str(after);
    }
    text
}

fn sorted(row: &Row, of: impl Fn(&Sample) -> f64) -> Vec<f64> {
    let mut values: Vec<f64> = row.samples.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values
}

fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    match sorted {
        [] => f64::NAN,
        _ if sorted.len() % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// The median of the rounds' peaks, MiB.
#[allow(clippy::cast_precision_loss, reason = "KiB of a process")]
fn memory(row: &Row) -> f64 {
    median(&sorted(row, |sample| sample.memory as f64 / 1024.0))
}

/// Cores, kernel and date; never a host name.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let kernel: String = kernel.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    format!("{cores} cores, Linux {}", kernel.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_replaced_and_the_others_stay() {
        let one = with_section("# Top\n\nWords.\n", "web", "first\n");
        assert_eq!(one, "# Top\n\nWords.\n\n## web\n\nfirst\n");
        let two = with_section(&one, "cold", "second");
        assert_eq!(two, "# Top\n\nWords.\n\n## web\n\nfirst\n\n## cold\n\nsecond\n");
        let three = with_section(&two, "web", "third");
        assert_eq!(three, "# Top\n\nWords.\n\n## web\n\nthird\n\n## cold\n\nsecond\n");
        assert_eq!(with_section(&three, "web", "third"), three);
    }

    #[test]
    fn all_targets_stand_in_one_table() {
        let text = "# Top\n\n## web\n\nwords\n\n- a / b: **0.500**, target at most 0.4: **not met**\n\
                    - a / c: **0.1**\n\n## cold\n\n- a / b: **0.7**, target at most 0.85: met\n";
        let rows = targets(text);
        let rows: Vec<&str> = rows.lines().skip(2).collect();
        assert_eq!(
            rows,
            ["| web | a / b | 0.500 | 0.4 | **not met** |", "| cold | a / b | 0.7 | 0.85 | met |"]
        );
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert!((median(&[1.0, 2.0, 9.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(&[1.0, 2.0, 4.0, 9.0]) - 3.0).abs() < f64::EPSILON);
    }
}
