//! From a wheel on disk to the store's entry, each wheel once however many threads want it.

use crate::compiled_ahead::CompiledAhead;
use crate::error::EngineError;
use crate::gate::Gate;
use accel_store::{BytecodeTarget, Entry, Expected, Store};
use accel_types::WheelFilename;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Unpacks wheels into the store. Shared by threads.
pub(crate) struct Unpacker {
    store: Store,
    /// Wheels that are unpacked at once.
    gate: Gate,
    /// A lock for each wheel that was wanted, by its digest.
    wheels: Mutex<HashMap<String, Arc<Mutex<()>>>>,
    /// Compiles what is unpacked, where that is wanted.
    compiled: OnceLock<CompiledAhead>,
}

impl Unpacker {
    /// Nothing is unpacked yet.
    pub(crate) fn new(store: Store) -> Self {
        Self { store, gate: Gate::of_cores(), wheels: Mutex::default(), compiled: OnceLock::new() }
    }

    /// From now on what is unpacked is compiled, too.
    pub(crate) fn compile_for(&self, target: BytecodeTarget) {
        self.compiled.get_or_init(|| CompiledAhead::new(self.store.clone(), target));
    }

    /// Nothing more is compiled. Returns the wheels whose bytecode was made so far.
    pub(crate) fn compiled(&self) -> HashSet<String> {
        self.compiled.get().map(CompiledAhead::close).unwrap_or_default()
    }

    /// The store's entry of a wheel on disk, unpacked now if it was not yet.
    pub(crate) fn entry_of(&self, wheel: &Path, sha256: &str) -> Result<Entry, EngineError> {
        let name = wheel.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_default();
        let parsed = WheelFilename::parse(&name)
            .map_err(|error| EngineError::installation(error.to_string()))?;
        let expected = Expected { name: &parsed.name, version: None };
        let one = self.lock_of(sha256);
        let _alone = one.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = self.gate.pass(|| self.store.keep(wheel, sha256, &expected))?;
        if let Some(compiled) = self.compiled.get() {
            compiled.unpacked(sha256);
        }
        Ok(entry)
    }

    fn lock_of(&self, sha256: &str) -> Arc<Mutex<()>> {
        let mut wheels = self.wheels.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(wheels.entry(sha256.to_owned()).or_default())
    }
}
