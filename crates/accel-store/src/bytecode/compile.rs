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
    // The biggest first, so that the processes end together.
    let mut order: Vec<usize> = (0..jobs.len()).collect();
    order.sort_by_key(|&at| std::cmp::Reverse(jobs[at].size));
    let given = texts(order.iter().map(|&at| &jobs[at]));
    let results = thread::scope(|scope| {
        let threads: Vec<_> =
            (0..processes(jobs)).map(|_| scope.spawn(|| run(given.clone(), target))).collect();
        threads.into_iter().map(thread::ScopedJoinHandle::join).collect::<Vec<_>>()
    });
    let mut answers: Vec<Option<Option<PathBuf>>> = jobs.iter().map(|_| None).collect();
    for result in results {
        for (number, path) in result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))? {
            let job = order.get(number).and_then(|&at| answers.get_mut(at));
            *job.ok_or_else(|| failed(target, format!("an answer to job {number}")))? = Some(path);
        }
    }
    let unanswered = || failed(target, "a job without an answer".to_owned());
    answers.into_iter().map(|answer| answer.ok_or_else(unanswered)).collect()
}

/// How many processes are worth their start. Each takes the next job that no other has taken.
fn processes(jobs: &[Job]) -> usize {
    let total: u64 = jobs.iter().map(|job| job.size + FILE_COST).sum();
    let worth = usize::try_from(total / PROCESS_WORTH).unwrap_or(usize::MAX);
    rayon::current_num_threads().min(worth).max(1).min(jobs.len())
}

fn texts<'a>(jobs: impl Iterator<Item = &'a Job>) -> Vec<u8> {
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
    given
}

/// Runs one process. Returns the jobs that it took, by their numbers in what is given.
fn run(given: Vec<u8>, target: &BytecodeTarget) -> Result<Vec<(usize, Option<PathBuf>)>> {
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
    let (answers, rest) = texts.as_chunks::<2>();
    let number = |text: &[u8]| std::str::from_utf8(text).ok()?.parse().ok();
    let path = |text: &[u8]| PathBuf::from(OsString::from_vec(text.to_vec()));
    let read = |&[job, file]: &[&[u8]; 2]| {
        let unread = || failed(target, format!("{} for a number", String::from_utf8_lossy(job)));
        Ok((number(job).ok_or_else(unread)?, (!file.is_empty()).then(|| path(file))))
    };
    if !rest.is_empty() {
        return Err(failed(target, "an answer without its file".to_owned()));
    }
    answers.iter().map(read).collect()
}

fn failed(target: &BytecodeTarget, reason: String) -> StoreError {
    StoreError::Compile { python: target.python.clone(), reason }
}
