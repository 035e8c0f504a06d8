//! A running child that never outlives its owner.

use std::collections::BTreeMap;
use std::io;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, ExitStatus};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::interrupt;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group};

/// The children that we have started and that have not ended; whether each leads a group.
static CHILDREN: Mutex<BTreeMap<i32, bool>> = Mutex::new(BTreeMap::new());

fn children() -> MutexGuard<'static, BTreeMap<i32, bool>> {
    CHILDREN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Kills everything that [`Run`](super::Run) has started and that still runs.
pub fn kill_all() {
    signal_all(Signal::KILL);
}

/// Asks everything that [`Run`](super::Run) has started to end, as Ctrl-C would.
///
/// A Ctrl-C itself reaches our own process group only.
pub(crate) fn interrupt_all() {
    signal_all(Signal::INT);
}

fn signal_all(signal: Signal) {
    for (raw, leads_group) in children().iter() {
        send(Pid::from_raw(*raw), *leads_group, signal);
    }
}

fn send(pid: Option<Pid>, leads_group: bool, signal: Signal) {
    // It may have ended just now, which is what we want.
    let _ = match pid {
        Some(pid) if leads_group => kill_process_group(pid, signal),
        Some(pid) => kill_process(pid, signal),
        None => Ok(()),
    };
}

/// What may be killed, until it has been waited for: afterwards the number is somebody else's.
#[derive(Debug)]
struct Victim {
    pid: Option<Pid>,
    own_group: bool,
    timed_out: bool,
}

impl Victim {
    fn kill(&self) {
        send(self.pid, self.own_group, Signal::KILL);
    }
}

/// A started program; dropped before [`Running::wait`], it is killed.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    victim: Arc<Mutex<Victim>>,
    watchdog: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Running {
    pub(super) fn new(child: Child, own_group: bool, timeout: Option<Duration>) -> Self {
        let raw = i32::try_from(child.id()).unwrap_or_default();
        children().insert(raw, own_group);
        let victim = Victim { pid: Pid::from_raw(raw), own_group, timed_out: false };
        if interrupt::requested().is_some() {
            // It came too late for whoever signals all of them.
            victim.kill();
        }
        let victim = Arc::new(Mutex::new(victim));
        let watchdog = timeout.map(|limit| {
            let (sender, receiver) = channel::<()>();
            let victim = Arc::clone(&victim);
            let watch = std::thread::spawn(move || {
                if receiver.recv_timeout(limit) == Err(RecvTimeoutError::Timeout)
                    && let Ok(mut victim) = victim.lock()
                    && victim.pid.is_some()
                {
                    victim.timed_out = true;
                    victim.kill();
                }
            });
            (sender, watch)
        });
        Self { child, victim, watchdog }
    }

    #[cfg(test)]
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    pub(super) fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    pub(super) fn stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// Waits for the end; the second value says whether the timeout brought it.
    pub(super) fn wait(mut self) -> io::Result<(ExitStatus, bool)> {
        self.reap()
    }

    fn reap(&mut self) -> io::Result<(ExitStatus, bool)> {
        let pid = self.victim.lock().ok().and_then(|victim| victim.pid);
        if let Some(pid) = pid {
            // Leaves the number taken, so that a watchdog that fires now hits nobody else.
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            while let Err(rustix::io::Errno::INTR) =
                rustix::process::waitid(WaitId::Pid(pid), options)
            {}
        }
        let mut victim = self.victim.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pid) = victim.pid.take() {
            if victim.own_group && interrupt::requested().is_some() {
                // What the child has started must not outlive it.
                send(Some(pid), true, Signal::KILL);
            }
            children().remove(&pid.as_raw_nonzero().get());
        }
        let timed_out = victim.timed_out;
        drop(victim);
        let status = self.child.wait()?;
        if let Some((sender, watch)) = self.watchdog.take() {
            drop(sender);
            let _ = watch.join();
        }
        Ok((status, timed_out))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let running = self.victim.lock().is_ok_and(|victim| {
            victim.kill();
            victim.pid.is_some()
        });
        if running {
            let _ = self.reap();
        }
    }
}
