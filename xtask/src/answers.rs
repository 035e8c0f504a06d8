//! `cargo xtask answers`: real projects from the real index, resolved by both programs as of a day.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use accel_testkit::interpreters::cpython;
use accel_testkit::stage::{Both, Stage};
use serde_json::Value;

const START: &str = "<!-- answers: start (cargo xtask answers --write) -->\n";
const END: &str = "<!-- answers: end -->\n";

struct Asked {
    date: String,
    only: Option<String>,
    write: bool,
    program: Option<PathBuf>,
    seconds: u32,
}

impl Asked {
    fn of(arguments: &[String]) -> Result<Self, String> {
        let mut asked = Self {
            date: "2026-11-01".to_owned(),
            only: None,
            write: false,
            program: None,
            seconds: 600,
        };
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} takes a value"));
            match word.as_str() {
                "--date" => value()?.clone_into(&mut asked.date),
                "--only" => asked.only = Some(value()?.clone()),
                "--program" => asked.program = Some(value()?.into()),
                "--seconds" => {
                    asked.seconds = value()?.parse().map_err(|_| "--seconds takes a number")?;
                }
                "--write" => asked.write = true,
                _ => return Err(
                    "usage: cargo xtask answers [--date DAY] [--only PART-OF-NAME] [--seconds N] \
                     [--program PIP-ACCEL] [--write]"
                        .to_owned(),
                ),
            }
        }
        Ok(asked)
    }
}

/// A set and what came of it.
struct Row {
    name: String,
    chosen: Option<usize>,
    code: i32,
    times: [Duration; 3],
    different: Vec<String>,
    unknown: Option<String>,
}

/// Asks both for every set, prints what differs, and writes docs/answers.md if told to.
pub fn run(root: &Path, arguments: &[String]) -> Result<(), String> {
    let asked = Asked::of(arguments)?;
    let program = match &asked.program {
        Some(program) => program.canonicalize().map_err(|error| format!("--program: {error}"))?,
        None => crate::universes::built(root)?,
    };
    let kept = root.join("target/answers");
    std::fs::create_dir_all(&kept).map_err(|error| format!("could not make a folder: {error}"))?;
    let mut stage = Stage::new(&program, cpython(3, 11));
    stage.seconds = asked.seconds;
    let mut rows = Vec::new();
    let all = sets(&crate::read(&root.join("benches/answers.txt"))?);
    for (name, words) in &all {
        if asked.only.as_ref().is_some_and(|part| !name.contains(part.as_str())) {
            continue;
        }
        let row = ask(&mut stage, &kept, name, words, &asked.date);
        let verdict = match (&row.unknown, row.different.is_empty()) {
            (Some(why), _) => format!("unknown: {why}"),
            (None, true) => "equal".to_owned(),
            (None, false) => format!("DIFFERENT\n  {}", row.different.join("\n  ")),
        };
        println!(
            "{name}: {verdict} (code {}, {} distributions; pip {:.1} s, ours {:.2} s, again {:.3} s)",
            row.code,
            row.chosen.unwrap_or_default(),
            row.times[0].as_secs_f64(),
            row.times[1].as_secs_f64(),
            row.times[2].as_secs_f64(),
        );
        rows.push(row);
    }
    if asked.write {
        let path = root.join("docs/answers.md");
        let old = crate::read(&path)?;
        let (before, rest) = old.split_once(START).ok_or("docs/answers.md has no marker")?;
        let (rows_before, after) =
            rest.split_once(END).ok_or("docs/answers.md has no end marker")?;
        let table = table(&all, &rows, rows_before, &asked.date);
        let text = format!("{before}{START}{table}{END}{after}");
        std::fs::write(&path, text).map_err(|error| format!("docs/answers.md: {error}"))?;
    }
    let different = rows.iter().filter(|row| !row.different.is_empty()).count();
    println!("{} sets, {different} different", rows.len());
    if different == 0 { Ok(()) } else { Err(format!("{different} sets differ")) }
}

/// The sets of the file, by name.
fn sets(text: &str) -> Vec<(String, Vec<String>)> {
    let mut sets = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let Some((name, words)) = line.split_once(": ") else { continue };
        let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
        if name == "most downloaded" {
            sets.extend(words.into_iter().map(|word| (word.clone(), vec![word])));
        } else {
            sets.push((name.to_owned(), words));
        }
    }
    sets
}

fn ask(stage: &mut Stage, kept: &Path, name: &str, words: &[String], date: &str) -> Row {
    stage.clear();
    let mut arguments: Vec<String> =
        ["install", "--dry-run", "--report=report.json", "--retries=3"]
            .into_iter()
            .map(str::to_owned)
            .collect();
    arguments.push(format!("--uploaded-prior-to={date}"));
    arguments.extend(words.iter().cloned());
    let mut variables = passed_on();
    let at = |name: &str| kept.join(name).display().to_string();
    variables.push(("PIP_CACHE_DIR".to_owned(), at("pip-cache")));
    // One after the other, so that neither waits for the other's share of the network.
    let mut play = |ours: bool, kept: &str| {
        let mut variables = variables.clone();
        variables.push(("PIP_ACCEL_CACHE".to_owned(), at(kept)));
        let start = Instant::now();
        let ran = if ours {
            stage.run_ours(&arguments, &variables)
        } else {
            stage.run_theirs(&arguments, &variables)
        };
        (ran, start.elapsed())
    };
    let (theirs, pip_time) = play(false, "kept");
    let (ours, first_time) = play(true, "kept");
    let first = report(&stage.ours.folder);
    let (again, again_time) = {
        let start = Instant::now();
        variables.push(("PIP_ACCEL_CACHE".to_owned(), at("kept")));
        (stage.run_ours(&arguments, &variables), start.elapsed())
    };
    let both = Both { ours, theirs };
    let pips = report(&stage.theirs.folder);
    let mut different = Vec::new();
    if both.ours.code != both.theirs.code {
        different.push(format!("exit code: ours {}, pip's {}", both.ours.code, both.theirs.code));
        different.push(format!("ours: {}", both.ours.stderr));
        different.push(format!("pip's: {}", both.theirs.stderr));
    }
    different.extend(unequal(first.as_ref(), pips.as_ref()));
    if both.theirs.code != 0 {
        different.extend(stage.differences(&both));
    }
    if again.code != both.ours.code || report(&stage.ours.folder) != first {
        different.push("the second time differs from the first".to_owned());
    }
    let unknown = (both.theirs.code < 0).then(|| format!("pip did not end in {} s", stage.seconds));
    if unknown.is_some() {
        different.clear();
    }
    Row {
        name: name.to_owned(),
        chosen: first.as_ref().and_then(|report| report["install"].as_array()).map(Vec::len),
        code: both.ours.code,
        times: [pip_time, first_time, again_time],
        different,
        unknown,
    }
}

/// The variables of this process that say how the index is reached.
fn passed_on() -> Vec<(String, String)> {
    ["PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_INDEX_URL", "PIP_DEFAULT_TIMEOUT"]
        .into_iter()
        .chain(["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"])
        .filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?)))
        .collect()
}

fn report(side: &Path) -> Option<Value> {
    serde_json::from_slice(&std::fs::read(side.join("work/report.json")).ok()?).ok()
}

/// How two reports differ.
fn unequal(ours: Option<&Value>, theirs: Option<&Value>) -> Vec<String> {
    if ours == theirs {
        return Vec::new();
    }
    let lines = |report: Option<&Value>| -> Vec<String> {
        let items = report.and_then(|report| report["install"].as_array()).into_iter().flatten();
        items
            .map(|item| format!("{} {}", item["download_info"]["url"], item["requested"]))
            .collect()
    };
    let (ours, theirs) = (lines(ours), lines(theirs));
    let mut different: Vec<String> = Vec::new();
    for (who, lines, others) in [("ours", &ours, &theirs), ("pip's", &theirs, &ours)] {
        let only = lines.iter().filter(|line| !others.contains(line));
        different.extend(only.map(|line| format!("only {who}: {line}")));
    }
    if different.is_empty() {
        let what = if ours == theirs { "what is said of a distribution" } else { "their order" };
        different.push(format!("the reports differ in {what}"));
    }
    different
}

/// The table: rows of sets that were asked now are new, those of the others stay as they are.
fn table(sets: &[(String, Vec<String>)], rows: &[Row], before: &str, date: &str) -> String {
    let mut text = format!(
        "\nAs of what was uploaded before {date}, CPython 3.11 on Linux x86-64, pip {}.\n\n\
         | set | asked | distributions | answer | pip | ours, nothing kept of it | ours, again |\n\
         |---|---|---|---|---|---|---|\n",
        pip_accel::commands::PIP_VERSION
    );
    for (name, words) in sets {
        let start = format!("| {name} | `{}` |", words.join(" "));
        if let Some(row) = rows.iter().find(|row| row.name == *name) {
            text.push_str(&line(row, &start));
        } else if let Some(line) = before.lines().find(|line| line.starts_with(&start)) {
            text.push_str(line);
            text.push('\n');
        }
    }
    text + "\n"
}

fn line(row: &Row, start: &str) -> String {
    let answer = match (&row.unknown, row.different.is_empty(), row.code) {
        (Some(why), _, _) => why.clone(),
        (None, false, _) => "**differs**".to_owned(),
        (None, true, 0) => "equal".to_owned(),
        (None, true, code) => format!("both fail with {code}"),
    };
    let chosen = row.chosen.map_or_else(|| "-".to_owned(), |count| count.to_string());
    let [pip, first, again] = row.times.map(|time| time.as_secs_f64());
    format!("{start} {chosen} | {answer} | {pip:.1} s | {first:.2} s | {again:.3} s |\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_downloaded_are_sets_of_their_own() {
        let sets = sets("# x\nmost downloaded: a b\nc d: e f<2\n");
        let names: Vec<&str> = sets.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c d"]);
        assert_eq!(sets[2].1, ["e", "f<2"]);
    }

    #[test]
    fn rows_of_what_was_not_asked_stay() {
        let sets = sets("most downloaded: a b c\n");
        let row = |name: &str| Row {
            name: name.to_owned(),
            chosen: Some(1),
            code: 0,
            times: [Duration::from_secs(1); 3],
            different: Vec::new(),
            unknown: None,
        };
        let before = "| a | `a` | 9 | old |\n| b | `b` | 9 | old |\n| gone | `gone` | 9 | old |\n";
        let table = table(&sets, &[row("b")], before, "2026-11-01");
        let lines: Vec<&str> = table.lines().filter(|line| line.contains('`')).collect();
        assert_eq!(
            lines,
            ["| a | `a` | 9 | old |", "| b | `b` | 1 | equal | 1.0 s | 1.00 s | 1.000 s |"]
        );
    }

    #[test]
    fn every_set_of_the_file_has_a_name_of_its_own() {
        let text = include_str!("../../benches/answers.txt");
        let names: Vec<String> = sets(text).into_iter().map(|(name, _)| name).collect();
        for name in &names {
            assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{name}");
        }
    }
}
