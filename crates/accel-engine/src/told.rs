//! Which files a run has told of: pip fetches one again that it looks at for another reason, such as
//! a URL and the index's own link to the same file.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The URLs of files, and whether each came over the network.
#[derive(Default)]
pub(crate) struct ToldFiles(Mutex<HashMap<String, bool>>);

impl ToldFiles {
    /// Notes that a file was told of.
    pub(crate) fn note(&self, url: &str, from_network: bool) {
        self.lock().entry(file_of(url).to_owned()).or_insert(from_network);
    }

    /// How a file came when it was told of first; `None` if it never was.
    pub(crate) fn earlier(&self, url: &str) -> Option<bool> {
        self.lock().get(file_of(url)).copied()
    }

    /// Everything may be told once more.
    pub(crate) fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, bool>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A URL without what follows the file's address.
fn file_of(url: &str) -> &str {
    url.split('#').next().unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_time_counts() {
        let told = ToldFiles::default();
        assert_eq!(told.earlier("http://h/a.whl"), None);
        told.note("http://h/a.whl#sha256=0", true);
        told.note("http://h/a.whl", false);
        assert_eq!(told.earlier("http://h/a.whl#egg=a"), Some(true));
        told.forget();
        assert_eq!(told.earlier("http://h/a.whl"), None);
    }
}
