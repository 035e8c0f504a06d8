//! Ctrl-C and its kin: work stops at the next safe place, children end, and whoever holds
//! something half-done cleans it up on the way out.
//!
//! A signal only sets a flag and writes a byte; both are cheap enough for every run. Work that can
//! wait for long asks [`check`] at its joints; what waits inside of this crate (children, the
//! network, locks) is woken by a thread that exists from the first such wait on.

use std::future::{Future, poll_fn};
use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, Once, PoisonError, mpsc};
use std::task::Poll;
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::{flag, low_level};
use tokio::sync::Notify;

use crate::error::IoError;
use crate::process;

/// How long children have for cleaning up after themselves.
const GRACE: Duration = Duration::from_secs(3);

/// How long the program itself has once its children are gone.
const LAST: Duration = Duration::from_secs(30);

/// How often somebody who waits for a person looks whether to go on waiting.
const GLANCE: Duration = Duration::from_millis(50);

/// The number of the first signal; 0 before it.
static ASKED: LazyLock<Arc<AtomicUsize>> = LazyLock::new(Arc::default);

/// Where signals write their bytes to, until somebody reads them.
static PIPE: Mutex<Option<UnixStream>> = Mutex::new(None);

/// Wakes what waits for the network.
static WAKE: Notify = Notify::const_new();

/// Who wants this run to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// A person at the keyboard: Ctrl-C.
    Keyboard,
    /// Another program, or the end of the terminal; carries the signal's number.
    Signal(i32),
}

/// From now on SIGINT, SIGTERM and SIGHUP end the run in good order. To be called once, early.
///
/// What the process was told to ignore (`nohup`, background jobs of scripts) stays ignored.
pub fn listen() -> io::Result<()> {
    let (reader, writer) = UnixStream::pair()?;
    let ignored = process::ignored_signals();
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        if ignored & (1 << (signal - 1)) != 0 {
            continue;
        }
        let number = usize::try_from(signal).unwrap_or_default();
        flag::register_usize(signal, Arc::clone(&ASKED), number)?;
        low_level::pipe::register(signal, writer.try_clone()?)?;
    }
    *PIPE.lock().unwrap_or_else(PoisonError::into_inner) = Some(reader);
    Ok(())
}

/// Whether, and by whom, the run was asked to end.
pub fn requested() -> Option<Interrupt> {
    match i32::try_from(ASKED.load(Ordering::SeqCst)).unwrap_or_default() {
        0 => None,
        SIGINT => Some(Interrupt::Keyboard),
        other => Some(Interrupt::Signal(other)),
    }
}

/// An error once the run was asked to end: for loops that may take long.
pub fn check() -> Result<(), IoError> {
    if requested().is_none() { Ok(()) } else { Err(error()) }
}

/// Ends the program as the signal would have ended it, had nobody listened.
pub fn end_by(signal: i32) {
    let _ = low_level::emulate_default_handler(signal);
}

/// A line of standard input; nothing where it has ended, or where the run is asked to end.
///
/// A thread of its own reads, as a read begins anew after a signal. It ends with the program.
pub fn read_line() -> Option<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = io::stdin().read_line(&mut line);
        // Whoever asked may be gone.
        let _ = sender.send(read.is_ok_and(|length| length > 0).then_some(line));
    });
    loop {
        match receiver.recv_timeout(GLANCE) {
            Err(mpsc::RecvTimeoutError::Timeout) if requested().is_none() => {}
            answer => return answer.unwrap_or_default(),
        }
    }
}

fn error() -> IoError {
    IoError::refused("finish", "the run", "it was interrupted")
}

/// Makes sure that a signal wakes what the caller is about to wait for.
pub(crate) fn watch() {
    static WATCH: Once = Once::new();
    WATCH.call_once(|| {
        let pipe = PIPE.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(pipe) = pipe {
            // Without it a signal still ends the run, only later.
            let _ = std::thread::Builder::new().name("interrupt".into()).spawn(|| attend(pipe));
        }
    });
}

/// Waits for signals: the first one is passed on, then children are killed, then we are.
fn attend(mut pipe: UnixStream) {
    let mut byte = [0];
    let mut wait = |limit: Option<Duration>| {
        let _ = pipe.set_read_timeout(limit);
        // Ends early when one more signal comes.
        pipe.read(&mut byte)
    };
    if !matches!(wait(None), Ok(1)) {
        return;
    }
    WAKE.notify_waiters();
    process::interrupt_all();
    let _ = wait(Some(GRACE));
    process::kill_all();
    let _ = wait(Some(LAST));
    process::kill_all();
    match requested() {
        Some(Interrupt::Signal(signal)) => end_by(signal),
        _ => end_by(SIGINT),
    }
}

/// Does the work unless the run is asked to end before it is done; then there is nothing.
pub(crate) async fn unless_requested<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut woken = pin!(WAKE.notified());
    // From here on a wake-up counts, so that none falls between the question and the wait.
    woken.as_mut().enable();
    if requested().is_some() {
        return None;
    }
    let mut work = pin!(work);
    poll_fn(move |context| {
        if woken.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        work.as_mut().poll(context).map(Some)
    })
    .await
}
