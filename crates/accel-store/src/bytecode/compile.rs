//! Compiling many sources with a few processes of one interpreter.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::thread;

use accel_io::process::Run;

use super::BytecodeTarget;
use crate::error::{Result, StoreError};

/// The program that the interpreter runs.
const PROGRAM: &str = include_str!("compile.py");
/// A second process pays from this much source on: it costs a start of the interpreter.
const PROCESS_WORTH: u64 = 200_000;
/// What a source costs besides its size, in bytes of source.
const FILE_COST: u64 = 500;

/// One source to compile.
pub(super) struct Job {
    pub(super) source: PathBuf,
    /// Where the source would stand in the tree of bytecode.
    pub(super) place: PathBuf,
    /// `co_filename`.
    pub(super) shown: String,
    pub(super) size: u64,
    /// Time that the bytecode file gets.
    pub(super) mtime: i64,
}

/// The files that were written, in the order of the jobs; nothing where a source does not compile.
pub(super) fn compile(jobs: &[Job], target: &BytecodeTarget) -> Result<Vec<Option<PathBuf>>> {
    let mut answers: Vec<Option<PathBuf>> = jobs.iter().map(|_| None).collect();
    let parts = divide(jobs);
    let results = thread::scope(|scope| {
        let threads: Vec<_> = parts
            .iter()
            .map(|part| scope.spawn(|| run(part.iter().map(|&at| &jobs[at]), target)))
            .collect();
        threads.into_iter().map(thread::ScopedJoinHandle::join).collect::<Vec<_>>()
    });
    for (part, result) in parts.iter().zip(results) {
        let paths = result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        if paths.len() != part.len() {
            return Err(failed(target, format!("{} answers to {} jobs", paths.len(), part.len())));
        }
        for (&at, path) in part.iter().zip(paths) {
            answers[at] = path;
        }
    }
    Ok(answers)
}

/// Numbers of jobs for each process: the biggest first, each to whoever has least to do.
fn divide(jobs: &[Job]) -> Vec<Vec<usize>> {
    let cost = |at: usize| jobs[at].size + FILE_COST;
    let total: u64 = (0..jobs.len()).map(cost).sum();
    let worth = usize::try_from(total / PROCESS_WORTH).unwrap_or(usize::MAX);
    let processes = rayon::current_num_threads().min(worth).max(1);
    let mut order: Vec<usize> = (0..jobs.len()).collect();
    order.sort_by_key(|&at| std::cmp::Reverse(cost(at)));
    let mut parts: Vec<(u64, Vec<usize>)> = vec![(0, Vec::new()); processes];
    for at in order {
        if let Some((load, part)) = parts.iter_mut().min_by_key(|(load, _)| *load) {
            *load += cost(at);
            part.push(at);
        }
    }
    parts.into_iter().map(|(_, part)| part).filter(|part| !part.is_empty()).collect()
}

fn run<'a>(
    jobs: impl Iterator<Item = &'a Job>,
    target: &BytecodeTarget,
) -> Result<Vec<Option<PathBuf>>> {
    let mut given = Vec::new();
    for job in jobs {
        let mtime = job.mtime.to_string();
        let texts = [
            job.source.as_os_str().as_bytes(),
            job.place.as_os_str().as_bytes(),
            job.shown.as_bytes(),
            mtime.as_bytes(),
        ];
        for text in texts {
            given.extend(text);
            given.push(0);
        }
    }
    let optimize = match target.optimize {
        0 => None,
        1 => Some("-O"),
        _ => Some("-OO"),
    };
    // Neither the environment nor site-packages may change what is compiled, and starting
    // without them is quicker, too.
    let finished = Run::new(&target.python)
        .args(["-E", "-s", "-S", "-W", "ignore"])
        // The C library keeps what the compiler frees after each source, which needs it for the next
        // one: to give it back and get it again is a third of the page faults.
        .env("MALLOC_TRIM_THRESHOLD_", "1000000000")
        .env("MALLOC_TOP_PAD_", "16777216")
        .env("MALLOC_MMAP_MAX_", "0")
        .args(optimize)
        .args(["-c", PROGRAM])
        .stdin(given)
        .finish()?;
    if !finished.success() {
        let said = finished.stderr_text();
        let last = said.trim_end().lines().last().unwrap_or("it said nothing");
        return Err(failed(target, format!("exit code {}: {last}", finished.code())));
    }
    let mut texts: Vec<&[u8]> = finished.stdout.split(|&byte| byte == 0).collect();
    texts.pop();
    let path = |text: &[u8]| PathBuf::from(OsString::from_vec(text.to_vec()));
    Ok(texts.into_iter().map(|text| (!text.is_empty()).then(|| path(text))).collect())
}

fn failed(target: &BytecodeTarget, reason: String) -> StoreError {
    StoreError::Compile { python: target.python.clone(), reason }
}
