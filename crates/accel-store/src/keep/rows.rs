//! The rows of the wheel's RECORD, dealt out to its files as pip deals them.

use std::collections::HashMap;

use accel_types::manifest::ManifestRecord;
use accel_types::record::RecordRow;

/// Rows that have no file yet.
pub(super) struct Rows {
    left: Vec<Option<RecordRow>>,
    /// Where the first row of each path is: only that one is the file's, pip keeps the others.
    first: HashMap<String, usize>,
    record: String,
}

impl Rows {
    pub(super) fn new(rows: Vec<RecordRow>, dist_info: &str) -> Self {
        let mut first = HashMap::with_capacity(rows.len());
        for (at, row) in rows.iter().enumerate() {
            first.entry(row.path.clone()).or_insert(at);
        }
        Self {
            left: rows.into_iter().map(Some).collect(),
            first,
            record: format!("{dist_info}/RECORD"),
        }
    }

    /// Hash and size of the file with this name in the archive; empty if RECORD does not list it.
    pub(super) fn take(&mut self, name: &str) -> (String, String) {
        let row = self.first.remove(name).and_then(|at| self.left[at].take());
        row.map(|row| (row.hash, row.size)).unwrap_or_default()
    }

    /// The file with this name was replaced by another at `path`; pip's RECORD lists both there.
    pub(super) fn overwrite(&mut self, name: &str, path: &str) {
        let (hash, size) = self.take(name);
        self.left.push(Some(RecordRow { path: path.to_owned(), hash, size }));
    }

    /// The rows without a file, among them always RECORD's own.
    pub(super) fn rest(mut self) -> Vec<ManifestRecord> {
        if !self.first.contains_key(&self.record) {
            let (hash, size) = Default::default();
            self.left.push(Some(RecordRow { path: self.record, hash, size }));
        }
        let rest = self.left.into_iter().flatten();
        rest.map(|row| ManifestRecord { path: row.path, hash: row.hash, size: row.size }).collect()
    }
}
