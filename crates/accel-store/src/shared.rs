//! Shelves that a fleet shares: what one machine has fetched, built or compiled, for the others.
//!
//! | object below the prefix | what | believed because |
//! |---|---|---|
//! | `v1/archives/ab/SHA256` | a distribution as an index served it | its digest, which an index or the user vouches for |
//! | `v1/built/ab/KEY` | a wheel that was built, in an envelope | its signature |
//! | `v1/requires/ab/KEY` | what was resolved for a build, in an envelope | its signature |
//! | `v1/bytecode/ab/SHA256-…` | the `.pyc` files of a wheel, packed, in an envelope | its signature |
//! | `v1/metadata/ab/SHA256` | `METADATA` of a wheel, in an envelope | its signature |
//! | `v1/resolutions/ab/KEY` | the memo of a resolution of pins, in an envelope | its signature |
//! | `v1/leases/ab/KEY` | who builds at this moment, in an envelope | its signature; believed or not, it costs only time |
//!
//! An envelope names its kind and key, so that no object passes for another one. Nothing that goes
//! wrong here is an error: a shelf that fails is left out for the rest of the run, and said to be.

mod envelope;
mod lease;
mod tier;
mod trust;

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use accel_io::fs;
use accel_io::objects::Objects;

pub use envelope::{Provenance, Refusal};
pub use lease::{Lease, LeaseAnswer, Watch};
pub use tier::TierReport;
pub use trust::{Keyring, TrustError, new_pair};

use tier::Tier;

/// An archive is no larger; nobody publishes such.
const LARGEST_ARCHIVE: u64 = 16 << 30;

/// What is read into memory is no larger.
const LARGEST_OBJECT: u64 = 2 << 30;

/// What travels in envelopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SharedKind {
    /// A wheel that was built, by its whole key.
    Built,
    /// What was resolved for a build, by the key without it.
    Requires,
    /// Packed bytecode.
    Bytecode,
    /// METADATA by the digest of its wheel.
    Metadata,
    /// The memo of a resolution.
    Resolution,
    /// Who builds at this moment.
    Lease,
}

impl SharedKind {
    fn folder(self) -> &'static str {
        match self {
            Self::Built => "built",
            Self::Requires => "requires",
            Self::Bytecode => "bytecode",
            Self::Metadata => "metadata",
            Self::Resolution => "resolutions",
            Self::Lease => "leases",
        }
    }
}

/// Objects and bytes by kind.
pub type Sizes = BTreeMap<String, (u64, u64)>;

/// Hears of a shelf that is left out, and of objects that were refused.
pub type Told = Arc<dyn Fn(&str) + Send + Sync>;

/// How shelves are used.
#[derive(Clone, Debug)]
pub struct SharedOptions {
    /// Nothing is written.
    pub read_only: bool,
    /// A builder that has not been heard of for so long is taken for dead.
    pub lease: Duration,
}

/// All shared shelves of a run, in the order in which they are asked.
pub struct SharedShelves {
    tiers: Vec<Tier>,
    keyring: Keyring,
    options: SharedOptions,
    told: Told,
    /// A process that holds a lease waits for nobody, so that two never wait for each other.
    held: Arc<AtomicUsize>,
    said_refused: AtomicBool,
    /// Names of objects that were not believed: they are replaced when there are better ones.
    refused: Mutex<HashSet<String>>,
}

impl SharedShelves {
    /// Shelves at these places. Nothing is opened yet.
    pub fn new(places: Vec<Objects>, keyring: Keyring, options: SharedOptions, told: Told) -> Self {
        let tiers = places.into_iter().map(|place| Tier::new(place, options.read_only)).collect();
        Self {
            tiers,
            keyring,
            options,
            told,
            held: Arc::default(),
            said_refused: AtomicBool::new(false),
            refused: Mutex::default(),
        }
    }

    /// Whether anything can be read.
    pub fn is_readable(&self) -> bool {
        self.tiers.iter().any(Tier::is_readable)
    }

    /// Whether anything can be written that others would believe.
    pub fn is_writable(&self) -> bool {
        self.tiers.iter().any(Tier::is_writable)
    }

    /// Writes the archive with this digest to `into`; whether some shelf had it, whole.
    pub fn archive(&self, sha256: &str, into: &Path) -> bool {
        if sha256.len() != 64 || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return false;
        }
        let name = archive_name(sha256);
        self.tiers.iter().any(|tier| {
            let found = tier.ask(&self.told, |objects| objects.fetch(&name, into, LARGEST_ARCHIVE));
            if found != Some(true) {
                tier.count_miss(found.is_some());
                return false;
            }
            let whole = fs::sha256_file(into).is_ok_and(|digest| digest == sha256);
            if whole {
                tier.count_hit(fs::metadata(into).map_or(0, |facts| facts.len()));
            } else {
                self.refuse(tier, &name, Refusal::Digest);
            }
            whole
        })
    }

    /// The contents of an object in an envelope that can be believed, from the first shelf that has
    /// one.
    pub fn object(&self, kind: SharedKind, key: &str) -> Option<(Vec<u8>, Provenance)> {
        let name = object_name(kind, key);
        self.tiers.iter().find_map(|tier| {
            let found = tier.ask(&self.told, |objects| objects.get(&name, LARGEST_OBJECT));
            let Some(Some(bytes)) = found else {
                tier.count_miss(found.is_some());
                return None;
            };
            match envelope::open(kind.folder(), key, bytes, &self.keyring) {
                Ok(opened) => {
                    tier.count_hit(opened.0.len() as u64);
                    Some(opened)
                }
                Err(refusal) => {
                    self.refuse(tier, &name, refusal);
                    None
                }
            }
        })
    }

    /// Puts an archive on every shelf that has none. Stops at `deadline`.
    pub fn put_archive(&self, sha256: &str, path: &Path, deadline: Instant) -> bool {
        let name = archive_name(sha256);
        self.put_new(&name, deadline, |_| true, || fs::read(path).ok())
    }

    /// Puts contents into envelopes on every shelf. Without a key nothing is put there that needs a
    /// signature, unless unsigned objects are allowed.
    pub fn put_object(
        &self,
        kind: SharedKind,
        key: &str,
        contents: &[u8],
        provenance: &Provenance,
        deadline: Instant,
    ) -> bool {
        if !self.keyring.can_sign() {
            return false;
        }
        let name = object_name(kind, key);
        let sealed = || envelope::seal(kind.folder(), key, contents, provenance, &self.keyring);
        // What was made although it is there was perhaps never asked for, because something on the
        // way to it could not be believed: then it is not to be believed either.
        let is_good = |tier: &Tier| {
            let found = tier.ask(&self.told, |objects| objects.get(&name, LARGEST_OBJECT));
            found.flatten().is_some_and(|bytes| {
                envelope::open(kind.folder(), key, bytes, &self.keyring).is_ok()
            })
        };
        self.put_new(&name, deadline, is_good, || Some(sealed()))
    }

    /// Whether all shelves that can be written have this object.
    fn put_new(
        &self,
        name: &str,
        deadline: Instant,
        is_good: impl Fn(&Tier) -> bool,
        bytes: impl Fn() -> Option<Vec<u8>>,
    ) -> bool {
        let mut done = true;
        for tier in self.tiers.iter().filter(|tier| tier.is_writable()) {
            if Instant::now() >= deadline {
                return false;
            }
            let refused = self.refused().contains(name);
            match tier.ask(&self.told, |objects| objects.exists(name)) {
                None => continue,
                Some(true) if !refused && is_good(tier) => continue,
                Some(_) => {}
            }
            let Some(bytes) = bytes() else { return false };
            done &= tier.write(&self.told, name, bytes);
        }
        done
    }

    /// Asks for the right to build what has this key; see [`LeaseAnswer`].
    pub fn lease(self: &Arc<Self>, key: &str) -> LeaseAnswer {
        if !self.keyring.can_sign() {
            return LeaseAnswer::NoLeases;
        }
        lease::ask(self, key)
    }

    /// How each shelf has served so far.
    pub fn report(&self) -> Vec<TierReport> {
        self.tiers.iter().map(Tier::report).collect()
    }

    /// What lies on each shelf: folder by folder, objects and bytes; `None` where that is not told.
    pub fn sizes(&self) -> Vec<(String, Option<Sizes>)> {
        let sizes = |tier: &Tier| {
            let listed = tier.ask(&self.told, |objects| objects.list("v1")).flatten()?;
            let mut sizes = Sizes::new();
            for object in listed {
                let folder = object.name.split('/').nth(1).unwrap_or_default().to_owned();
                let size = sizes.entry(folder).or_default();
                *size = (size.0 + 1, size.1 + object.size);
            }
            Some(sizes)
        };
        self.tiers.iter().map(|tier| (tier.shown(), sizes(tier))).collect()
    }

    fn refused(&self) -> MutexGuard<'_, HashSet<String>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An object that cannot be believed is as good as none; the first one of a run is told.
    fn refuse(&self, tier: &Tier, name: &str, refusal: Refusal) {
        tier.count_refused();
        self.refused().insert(name.to_owned());
        if !self.said_refused.swap(true, Ordering::Relaxed) {
            (self.told)(&format!(
                "An object of the shared cache {} was refused ({name}): {refusal}",
                tier.shown()
            ));
        }
    }
}

fn archive_name(sha256: &str) -> String {
    format!("v1/archives/{}/{sha256}", sha256.get(..2).unwrap_or("--"))
}

/// A key that is no plain file name goes by its digest.
fn object_name(kind: SharedKind, key: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let digest;
    let key = if key.len() > 2 && key.len() <= 180 && key.bytes().all(plain) && &key[..2] != ".." {
        key
    } else {
        digest = blake3::hash(key.as_bytes()).to_hex();
        digest.as_str()
    };
    format!("v1/{}/{}/{key}", kind.folder(), &key[..2])
}
