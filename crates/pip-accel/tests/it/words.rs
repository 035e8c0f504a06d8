//! Whole outputs of both programs side by side.
//!
//! What may differ is listed in [`line`], and nowhere else.

use crate::pair::{Both, Pair, Ran, text};

/// An output, with all that may differ made equal.
pub struct Words {
    pub stdout: Vec<String>,
    pub stderr: Vec<String>,
}

impl Words {
    pub fn of(ran: &Ran, side: &std::path::Path) -> Self {
        let lines = |output: &str| {
            let lines = output.lines().filter_map(|text| line(text, side));
            lines.collect::<Vec<_>>()
        };
        Self { stdout: lines(&ran.stdout), stderr: lines(&ran.stderr) }
    }
}

/// A line as it is compared; `None` if it is not.
fn line(line: &str, side: &std::path::Path) -> Option<String> {
    // The folder of the side itself.
    let line = line.replace(text(side), "@SIDE@");
    let start = line.trim_start();
    // Progress is drawn differently, and an installation of several draws an empty line at its end.
    if start.starts_with('━') || start.is_empty() {
        return None;
    }
    // What is built has other time stamps, and pip counts what its own archive program makes.
    if let Some((before, _)) =
        line.split_once(" size=").filter(|_| start.starts_with("Created wheel"))
    {
        return Some(before.to_owned());
    }
    // Each has a folder of its own for what it keeps and for what it works on.
    if let Some((before, _)) = line.split_once("Stored in directory: ") {
        return Some(format!("{before}Stored in directory"));
    }
    let words = line.split(' ').map(|word| {
        let ours = word.contains("/scratch/checkout");
        let pips = word.contains("/pip-install-") || word.contains("/pip-req-build-");
        if ours || pips { "@TEMPORARY@" } else { word }
    });
    Some(words.collect::<Vec<_>>().join(" "))
}

/// Both must have said the same on both streams and returned the same code.
#[track_caller]
pub fn same_words<'a>(pair: &Pair, both: &'a Both) -> &'a Both {
    let ours = Words::of(&both.ours, &pair.ours());
    let theirs = Words::of(&both.theirs, &pair.theirs());
    let shown = |words: &[String]| words.join("\n");
    assert_eq!(both.ours.code, both.theirs.code, "{both:#?}");
    assert!(
        ours.stdout == theirs.stdout,
        "standard output\n--- ours\n{}\n--- pip's\n{}",
        shown(&ours.stdout),
        shown(&theirs.stdout)
    );
    assert!(
        ours.stderr == theirs.stderr,
        "standard error\n--- ours\n{}\n--- pip's\n{}",
        shown(&ours.stderr),
        shown(&theirs.stderr)
    );
    both
}
