//! Who builds: one machine of the fleet at a time, for as long as it is heard of.
//!
//! A lease is an object that is put where there is none. Its holder puts it again every few
//! seconds with another number. Who finds it watches it with the own clock alone: a lease that
//! does not change for [`SharedOptions::lease`](super::SharedOptions::lease) belongs to a dead
//! builder and is taken over, so that clocks that differ do no harm. Where a server overwrites in
//! spite of the condition, two may build: that costs time and is right.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::envelope::{self, Provenance};
use super::{SharedKind, SharedShelves, object_name};

/// A lease is no larger.
const LARGEST: u64 = 64 << 10;

/// The answer to who asks for a lease.
pub enum LeaseAnswer {
    /// It is the caller's: build, and drop the lease when the result is on the shelf.
    Ours(Lease),
    /// Somebody else builds: look for the result and ask again in a while.
    Held,
    /// There are no leases here, or it is better not to wait: build.
    NoLeases,
}

/// The right to build; given back when it is dropped.
pub struct Lease {
    shelves: Arc<SharedShelves>,
    key: String,
    nonce: String,
    stop: Option<Sender<()>>,
    beat: Option<JoinHandle<()>>,
}

/// What was last seen of somebody's lease.
#[derive(Debug, Default)]
pub struct Watch {
    seen: Option<(Vec<u8>, Instant)>,
}

pub(super) fn ask(shelves: &Arc<SharedShelves>, key: &str) -> LeaseAnswer {
    let nonce = nonce();
    match put(shelves, key, &nonce, 0, true) {
        Some(true) => {}
        Some(false) => {
            return if shelves.held.load(Ordering::SeqCst) > 0 {
                LeaseAnswer::NoLeases
            } else {
                LeaseAnswer::Held
            };
        }
        None => return LeaseAnswer::NoLeases,
    }
    // A server that overwrites has let the later of two win; the earlier one sees that here.
    match current(shelves, key) {
        Some(Some(bytes)) if holder(shelves, key, bytes.clone()).as_deref() != Some(&*nonce) => {
            LeaseAnswer::Held
        }
        Some(_) => LeaseAnswer::Ours(Lease::new(shelves, key, nonce)),
        None => LeaseAnswer::NoLeases,
    }
}

impl SharedShelves {
    /// Takes the lease of a builder that has not been heard of for too long. `watch` is of one
    /// waiter and one key. Leases that nobody known has signed are taken at once.
    pub fn take_over(self: &Arc<Self>, key: &str, watch: &mut Watch) -> LeaseAnswer {
        let Some(now) = current(self, key) else { return LeaseAnswer::NoLeases };
        let Some(bytes) = now else { return self.lease(key) };
        let known = holder(self, key, bytes.clone()).is_some();
        match &watch.seen {
            Some((seen, since))
                if *seen == bytes && known && since.elapsed() < self.options.lease =>
            {
                return LeaseAnswer::Held;
            }
            Some((seen, _)) if *seen == bytes && known => {}
            _ if known => {
                watch.seen = Some((bytes, Instant::now()));
                return LeaseAnswer::Held;
            }
            _ => {}
        }
        let nonce = nonce();
        if put(self, key, &nonce, 0, false).is_none() {
            return LeaseAnswer::NoLeases;
        }
        match current(self, key) {
            Some(Some(bytes)) if holder(self, key, bytes.clone()).as_deref() == Some(&*nonce) => {
                LeaseAnswer::Ours(Lease::new(self, key, nonce))
            }
            Some(_) => {
                watch.seen = None;
                LeaseAnswer::Held
            }
            None => LeaseAnswer::NoLeases,
        }
    }
}

impl Lease {
    fn new(shelves: &Arc<SharedShelves>, key: &str, nonce: String) -> Self {
        shelves.held.fetch_add(1, Ordering::SeqCst);
        let (stop, stopped) = channel();
        let beat = {
            let (shelves, key, nonce) = (Arc::clone(shelves), key.to_owned(), nonce.clone());
            std::thread::spawn(move || {
                let pause = shelves.options.lease / 4;
                let mut number = 1;
                while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                    put(&shelves, &key, &nonce, number, false);
                    number += 1;
                }
            })
        };
        Self {
            shelves: Arc::clone(shelves),
            key: key.to_owned(),
            nonce,
            stop: Some(stop),
            beat: Some(beat),
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(beat) = self.beat.take() {
            // It had nothing to do that could panic; if it did, the lease runs out.
            let _ = beat.join();
        }
        self.shelves.held.fetch_sub(1, Ordering::SeqCst);
        // Somebody may have taken it over.
        let now = current(&self.shelves, &self.key).flatten();
        let ours = now.and_then(|bytes| holder(&self.shelves, &self.key, bytes));
        if ours.as_deref() == Some(&*self.nonce)
            && let Some(tier) = self.shelves.tiers.iter().find(|tier| tier.is_writable())
        {
            let name = object_name(SharedKind::Lease, &self.key);
            let _ = tier.change(&self.shelves.told, |objects| objects.remove(&name));
        }
    }
}

/// Puts a lease on the first shelf that can be written; whether it did, or `None` where that can't
/// be told.
fn put(
    shelves: &SharedShelves,
    key: &str,
    nonce: &str,
    number: u64,
    only_new: bool,
) -> Option<bool> {
    let tier = shelves.tiers.iter().find(|tier| tier.is_writable())?;
    let contents = format!("{nonce} {number}");
    let kind = SharedKind::Lease;
    let bytes = envelope::seal(
        kind.folder(),
        key,
        contents.as_bytes(),
        &Provenance::new(),
        &shelves.keyring,
    );
    let name = object_name(kind, key);
    tier.change(&shelves.told, |objects| {
        if only_new {
            objects.create(&name, bytes)
        } else {
            objects.put(&name, bytes).map(|()| true)
        }
    })
}

/// The lease as it is now; `None` where that can't be told.
#[expect(clippy::option_option, reason = "outside: not told; inside: no lease")]
fn current(shelves: &SharedShelves, key: &str) -> Option<Option<Vec<u8>>> {
    let tier = shelves.tiers.iter().find(|tier| tier.is_writable())?;
    tier.ask(&shelves.told, |objects| objects.get(&object_name(SharedKind::Lease, key), LARGEST))
}

/// Who holds a lease, if somebody known has signed it.
fn holder(shelves: &SharedShelves, key: &str, bytes: Vec<u8>) -> Option<String> {
    let kind = SharedKind::Lease.folder();
    let (contents, _) = envelope::open(kind, key, bytes, &shelves.keyring).ok()?;
    Some(String::from_utf8(contents).ok()?.split(' ').next()?.to_owned())
}

/// A text that nobody else has.
fn nonce() -> String {
    use std::time::{SystemTime, UNIX_EPOCH};
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let mut bytes = [0_u8; 16];
    // Without random numbers the time and the process tell two builders apart.
    let _ = ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes);
    let random = accel_io::digest::hex(&bytes);
    format!("{random}-{}-{}", std::process::id(), now.as_nanos())
}
