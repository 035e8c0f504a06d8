//! One shared shelf: whether it is still used, and how it has served.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use accel_io::objects::{Objects, ObjectsError, Trouble};

use super::Told;

pub(super) struct Tier {
    objects: Objects,
    left_out: AtomicBool,
    read_only: AtomicBool,
    hits: AtomicU64,
    misses: AtomicU64,
    refused: AtomicU64,
    read: AtomicU64,
    written: AtomicU64,
    put: AtomicU64,
}

/// How a shelf has served a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TierReport {
    /// Its URL without credentials.
    pub place: String,
    /// Objects that were read and believed.
    pub hits: u64,
    /// Objects that were not there.
    pub misses: u64,
    /// Objects that were there and could not be believed.
    pub refused: u64,
    /// Bytes read.
    pub read: u64,
    /// Objects written.
    pub put: u64,
    /// Bytes written.
    pub written: u64,
    /// Whether it was left out after a failure.
    pub left_out: bool,
}

impl Tier {
    pub(super) fn new(objects: Objects, read_only: bool) -> Self {
        Self {
            objects,
            left_out: AtomicBool::new(false),
            read_only: AtomicBool::new(read_only),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            read: AtomicU64::new(0),
            written: AtomicU64::new(0),
            put: AtomicU64::new(0),
        }
    }

    pub(super) fn shown(&self) -> String {
        self.objects.shown()
    }

    pub(super) fn is_readable(&self) -> bool {
        !self.left_out.load(Ordering::Relaxed)
    }

    pub(super) fn is_writable(&self) -> bool {
        self.is_readable() && !self.read_only.load(Ordering::Relaxed)
    }

    /// Asks it, unless it was left out; one that fails is left out from now on.
    pub(super) fn ask<T>(
        &self,
        told: &Told,
        question: impl FnOnce(&Objects) -> Result<T, ObjectsError>,
    ) -> Option<T> {
        if !self.is_readable() {
            return None;
        }
        match question(&self.objects) {
            Ok(answer) => Some(answer),
            Err(error) => {
                if error.trouble != Trouble::TooLarge {
                    self.leave_out(told, &error);
                }
                None
            }
        }
    }

    /// Asks it to change something. Who may not is left with reading.
    pub(super) fn change<T>(
        &self,
        told: &Told,
        question: impl FnOnce(&Objects) -> Result<T, ObjectsError>,
    ) -> Option<T> {
        if !self.is_writable() {
            return None;
        }
        match question(&self.objects) {
            Ok(answer) => Some(answer),
            Err(error) if matches!(error.trouble, Trouble::Denied | Trouble::Refused) => {
                if !self.read_only.swap(true, Ordering::Relaxed) {
                    let shown = self.shown();
                    let reason = error.reason;
                    told(&format!("Nothing is written to the shared cache {shown}: {reason}"));
                }
                None
            }
            Err(error) => {
                self.leave_out(told, &error);
                None
            }
        }
    }

    /// Puts an object there.
    pub(super) fn write(&self, told: &Told, name: &str, bytes: Vec<u8>) -> bool {
        let size = bytes.len() as u64;
        let done = self.change(told, |objects| objects.put(name, bytes)).is_some();
        if done {
            self.put.fetch_add(1, Ordering::Relaxed);
            self.written.fetch_add(size, Ordering::Relaxed);
        }
        done
    }

    fn leave_out(&self, told: &Told, error: &ObjectsError) {
        let first = !self.left_out.swap(true, Ordering::Relaxed);
        if first && error.trouble != Trouble::Interrupted {
            let (shown, reason) = (self.shown(), &error.reason);
            told(&format!("The shared cache {shown} is left out of this run: {reason}"));
        }
    }

    pub(super) fn count_hit(&self, bytes: u64) {
        self.hits.fetch_add(1, Ordering::Relaxed);
        self.read.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn count_miss(&self, answered: bool) {
        self.misses.fetch_add(u64::from(answered), Ordering::Relaxed);
    }

    pub(super) fn count_refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn report(&self) -> TierReport {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        TierReport {
            place: self.shown(),
            hits: count(&self.hits),
            misses: count(&self.misses),
            refused: count(&self.refused),
            read: count(&self.read),
            put: count(&self.put),
            written: count(&self.written),
            left_out: !self.is_readable(),
        }
    }
}
