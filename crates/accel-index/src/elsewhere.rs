//! Other places than indexes where files may be that an index vouches for.

use std::path::Path;

/// A place that has files by their SHA-256: asked before an index is, told of what came from one.
///
/// What it gives as an archive is checked by its digest by whoever implements this; what it gives
/// as metadata must be such that it can be believed.
pub trait Elsewhere: Send + Sync {
    /// Writes the archive with this digest into a file; whether it was there.
    fn archive(&self, sha256: &str, into: &Path) -> bool;

    /// The METADATA of the wheel with this digest.
    fn metadata(&self, sha256: &str) -> Option<Vec<u8>>;

    /// An archive has come from an index.
    fn archive_came(&self, sha256: &str, path: &Path);

    /// METADATA has come out of a wheel on a server.
    fn metadata_came(&self, sha256: &str, text: &[u8]);
}
