//! The table of a comparison.

use super::measure::Sample;
use super::programs::{Bench, Program};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// The comparison as a Markdown section.
pub fn table(
    bench: &Bench,
    samples: &BTreeMap<Program, Vec<Sample>>,
    calls: &BTreeMap<Program, Option<u64>>,
) -> String {
    let mut text = format!(
        "{} files, {} directories; {}; {} rounds; {}.\n\n",
        bench.size.0,
        bench.size.1,
        bench.versions(),
        samples.values().map(Vec::len).max().unwrap_or(0),
        machine(),
    );
    text.push_str(
        "| program | wall, s (median) | spread, s | CPU, s | peak memory, MiB | system calls |\n",
    );
    text.push_str("|---|---|---|---|---|---|\n");
    for (program, samples) in samples {
        let walls = sorted(samples, |sample| sample.wall);
        let cpu = sorted(samples, |sample| sample.cpu);
        let memory = samples.iter().map(|sample| sample.memory).max().unwrap_or(0) / 1024;
        let calls = calls.get(program).copied().flatten();
        let calls = calls.map_or_else(|| "-".to_owned(), |count| count.to_string());
        let _ = writeln!(
            text,
            "| {} | {:.3} | {:.3}-{:.3} | {:.3} | {memory} | {calls} |",
            program.title(),
            median(&walls),
            walls[0],
            walls[walls.len() - 1],
            median(&cpu),
        );
    }
    text.push('\n');
    let wall = |program| median(&sorted(&samples[&program], |sample| sample.wall));
    for (ours, theirs) in [
        (Program::Accel, Program::RawLoop),
        (Program::Accel, Program::Uv),
        (Program::AccelBytecode, Program::UvBytecode),
        (Program::AccelBytecode, Program::Pip),
        (Program::AccelAgain, Program::UvAgain),
    ] {
        let ratio = wall(ours) / wall(theirs);
        let _ = writeln!(text, "- {} / {}: **{ratio:.3}**", ours.title(), theirs.title());
    }
    text
}

/// Replaces the section of `set` in `BENCHMARKS.md`, or adds it.
pub fn write(root: &Path, set: &str, table: &str) -> Result<(), String> {
    let path = root.join("BENCHMARKS.md");
    let old = std::fs::read_to_string(&path).unwrap_or_default();
    let heading = format!("## {set}\n");
    let before = old.split(&heading).next().unwrap_or_default().trim_end();
    let after = old
        .split_once(&heading)
        .and_then(|(_, rest)| rest.find("\n## ").map(|at| rest[at..].to_owned()))
        .unwrap_or_default();
    let text = format!("{before}\n\n{heading}\n{}\n{after}", table.trim_end());
    std::fs::write(&path, text)
        .map_err(|error| format!("could not write {}: {error}", path.display()))
}

fn sorted(samples: &[Sample], of: impl Fn(&Sample) -> f64) -> Vec<f64> {
    let mut values: Vec<f64> = samples.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values
}

fn median(sorted: &[f64]) -> f64 {
    sorted[sorted.len() / 2]
}

/// Cores and kernel; never a host name.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let kernel: String = kernel.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    format!("{cores} cores, Linux {}", kernel.trim_end_matches('.'))
}
