//! Plays a universe to both programs.

use super::{Served, Universe};
use crate::stage::Stage;

/// What came of it.
#[derive(Debug)]
pub enum Outcome {
    /// Both did and said the same.
    Equal {
        /// The exit code of both.
        code: i32,
    },
    /// pip itself did not come to an end or crashed.
    Skipped {
        /// Why.
        reason: String,
    },
    /// What differs, a line each.
    Different(Vec<String>),
}

/// How many pips are asked where their own order is any.
const PIPS: usize = 24;

/// Plays a universe on a stage; `None` if it names things that it doesn't have.
///
/// Where pip goes through a set of texts (the constraints of a conflict, what requires each other in a
/// circle) each of its runs has another order: there it is enough that one of several says the same.
pub fn play(stage: &mut Stage, universe: &Universe) -> Option<Outcome> {
    let mut outcome = play_once(stage, universe)?;
    for _ in 1..PIPS {
        match &outcome {
            Outcome::Different(lines) if is_another_order(lines) => stage.change_pip(),
            _ => break,
        }
        outcome = play_once(stage, universe)?;
    }
    Some(outcome)
}

/// Whether both say the same words in another order.
fn is_another_order(different: &[String]) -> bool {
    let words = |who: &str| {
        let lines = different.iter().filter_map(|line| line.split_once(who));
        let mut words: Vec<&str> = lines.flat_map(|(_, said)| said.split([' ', ','])).collect();
        words.sort_unstable();
        words
    };
    let of_words = different.iter().all(|line| line.starts_with("stdout line "));
    of_words && words(" line ours:  ") == words(" line pip's: ")
}

fn play_once(stage: &mut Stage, universe: &Universe) -> Option<Outcome> {
    stage.clear();
    let served = Served::new(universe, &stage.shared());
    let (command, rest) = universe.arguments.split_first()?;
    let mut arguments = vec![command.clone()];
    arguments.extend(served.options());
    for argument in rest {
        arguments.push(served.filled(argument)?);
    }
    for (name, text) in &universe.files {
        let text = served.filled(text)?;
        for side in stage.sides() {
            std::fs::write(side.folder.join("work").join(name), &text).expect("a file");
        }
    }
    for side in stage.sides() {
        for dist in &universe.installed {
            dist.install(&side.site_packages());
        }
    }
    let both = stage.run(&arguments, &[]);
    if both.theirs.code < 0 {
        return Some(Outcome::Skipped { reason: "pip did not end in time".to_owned() });
    }
    if both.theirs.stderr.contains("Traceback (most recent call last)") {
        let last = both.theirs.stderr.lines().last().unwrap_or_default();
        return Some(Outcome::Skipped { reason: format!("pip crashed: {last}") });
    }
    let mut different = stage.differences(&both);
    let [ours, theirs] = [report(&stage.ours.folder), report(&stage.theirs.folder)];
    if ours != theirs {
        different.push(format!(
            "report: ours {}, pip's {}",
            picks(ours.as_ref()),
            picks(theirs.as_ref())
        ));
    }
    different.extend(stage.differing_paths("venv/lib"));
    different.extend(stage.differing_paths("venv/bin"));
    let left = crate::twin::listing(&stage.ours.folder.join("tmp"));
    different.extend(left.into_iter().map(|path| format!("left behind: {path}")));
    // The second time it comes from what is kept, and nothing else may change.
    if different.is_empty() && arguments.iter().any(|word| word == "--dry-run") {
        let again = stage.run_ours(&arguments, &[]);
        if again.code != both.ours.code {
            different.push(format!("second time: {}, first {}", again.code, both.ours.code));
        }
        let second = report(&stage.ours.folder);
        if second != ours {
            let (second, first) = (picks(second.as_ref()), picks(ours.as_ref()));
            different.push(format!("second time: {second}, first {first}"));
        }
    }
    if different.is_empty() {
        return Some(Outcome::Equal { code: both.theirs.code });
    }
    Some(Outcome::Different(different))
}

fn report(side: &std::path::Path) -> Option<serde_json::Value> {
    let text = std::fs::read(side.join("work/report.json")).ok()?;
    serde_json::from_slice(&text).ok()
}

/// The picked files of a report with all that it says of them.
fn picks(report: Option<&serde_json::Value>) -> String {
    let Some(report) = report else { return "none".to_owned() };
    let items = report["install"].as_array().into_iter().flatten();
    let lines: Vec<String> = items.map(|item| format!("\n    {item}")).collect();
    lines.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_order_is_no_other_answer() {
        let lines = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        let order = ["stdout line ours:  Installing a, b", "stdout line pip's: Installing b, a"];
        assert!(is_another_order(&lines(&order)));
        let more = [&order[..], &["exit code: ours 0, pip's 1"]].concat();
        assert!(!is_another_order(&lines(&more)));
        let other = ["stdout line ours:  Installing a", "stdout line pip's: Installing b"];
        assert!(!is_another_order(&lines(&other)));
    }
}
